"""CreateTransformJob, DescribeTransformJob, ListTransformJobs, StopTransformJob."""

import time
from functools import partial

from .context import Context
from .errors import ValidationError
from .events import transform_job_changed
from .inputs import check_not_empty
from .job_records import existing_job, job_name_taken, resume_jobs
from .listing import in_order, matching, page
from .models import existing_model
from .operations import Params, operation, resource_kind, resumes
from .store import NameTakenError
from .tags import as_mapping
from .transform_rules import check_transform_job
from .transform_runner import KIND, run_transform_job

resource_kind(KIND)

_SUMMARY = (
    "TransformJobName",
    "TransformJobArn",
    "TransformJobStatus",
    "CreationTime",
    "TransformEndTime",
    "FailureReason",
)


@operation("CreateTransformJob")
def create_transform_job(context: Context, params: Params) -> Params:
    tags = as_mapping(params.pop("Tags", []))
    model = existing_model(context, params["ModelName"])["description"]
    check_transform_job(params, model)
    name = params["TransformJobName"]
    arn = context.arn(KIND, name)
    store = context.store(KIND)
    if store.read(name) is not None:
        raise job_name_taken(arn)
    role = model["ExecutionRoleArn"]
    source = params["TransformInput"]["DataSource"]["S3DataSource"]
    check_not_empty(context.s3(role, arn), source, region=context.region, role=role)
    now = round(time.time(), 3)
    # The model may be deleted while the job runs: the job keeps what it was started with.
    record = {
        "description": _described(params, arn, now),
        "tags": tags,
        "model": model,
        "changed": now,
    }
    try:
        store.create(name, record)
    except NameTakenError as error:
        raise job_name_taken(arn) from error
    transform_job_changed(context, record)
    context.jobs.start(KIND, name, partial(run_transform_job, context, name))
    return {"TransformJobArn": arn}


@operation("DescribeTransformJob")
def describe_transform_job(context: Context, params: Params) -> Params:
    description: Params = existing_job(context, KIND, params["TransformJobName"])["description"]
    return description


@operation("ListTransformJobs")
def list_transform_jobs(context: Context, params: Params) -> Params:
    items = [
        {member: job["description"][member] for member in _SUMMARY if member in job["description"]}
        | {"LastModifiedTime": job["changed"]}
        for job in context.store(KIND).all()
    ]
    key = {"Name": "TransformJobName", "Status": "TransformJobStatus"}.get(
        params.get("SortBy", ""), "CreationTime"
    )
    found = matching(items, params, name="TransformJobName")
    descending = params.get("SortOrder", "Descending") == "Descending"
    ordered = in_order(found, key=key, descending=descending)
    return page(ordered, params, member="TransformJobSummaries")


@operation("StopTransformJob")
def stop_transform_job(context: Context, params: Params) -> None:
    name = params["TransformJobName"]
    existing_job(context, KIND, name)
    with context.store(KIND).change(name) as record:
        status = record["description"]["TransformJobStatus"]
        if status not in ("InProgress", "Stopping"):
            raise ValidationError(
                f"The request was rejected because the transform job is in status {status}."
            )
        record["description"]["TransformJobStatus"] = "Stopping"
        record["changed"] = round(time.time(), 3)
    if status == "InProgress":
        transform_job_changed(context, record)
    context.jobs.stop(KIND, name)


@resumes
def resume_transform_jobs(context: Context) -> None:
    resume_jobs(context, KIND, members="TransformJob", run=run_transform_job)


def _described(params: Params, arn: str, now: float) -> Params:
    """What Describe answers, with the defaults AWS fills in (API_DescribeTransformJob)."""
    defaults = {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
    source = {"CompressionType": "None", "SplitType": "None"} | params["TransformInput"]
    target = {"AssembleWith": "None", "KmsKeyId": ""} | params["TransformOutput"]
    return params | {
        "TransformJobArn": arn,
        "TransformJobStatus": "InProgress",
        "CreationTime": now,
        "TransformInput": source,
        "TransformOutput": target,
        "DataProcessing": defaults | params.get("DataProcessing", {}),
    }
