"""CreateAutoMLJobV2 and what describes, lists and stops its jobs."""

import time
from functools import partial

from .automl_rules import check_automl_job
from .automl_runner import KIND, run_automl_job
from .context import Context
from .errors import ValidationError
from .inputs import check_not_empty
from .job_records import existing_job, job_name_taken, resume_jobs
from .listing import in_order, matching, page
from .operations import Params, operation, resource_kind, resumes
from .store import NameTakenError
from .tags import as_mapping

resource_kind(KIND)

_SUMMARY = (
    "AutoMLJobName",
    "AutoMLJobArn",
    "AutoMLJobStatus",
    "AutoMLJobSecondaryStatus",
    "CreationTime",
    "EndTime",
    "LastModifiedTime",
    "FailureReason",
)


@operation("CreateAutoMLJobV2")
def create_automl_job(context: Context, params: Params) -> Params:
    tags = as_mapping(params.pop("Tags", []))
    check_automl_job(params)
    name = params["AutoMLJobName"]
    arn = context.arn(KIND, name)
    role = params["RoleArn"]
    s3 = context.s3(role, arn)
    for channel in params["AutoMLJobInputDataConfig"]:
        source = channel["DataSource"]["S3DataSource"]
        check_not_empty(s3, source, region=context.region, role=role)
    now = round(time.time(), 3)
    description = params | {
        "AutoMLJobArn": arn,
        "AutoMLProblemTypeConfigName": "Tabular",
        "AutoMLJobStatus": "InProgress",
        "AutoMLJobSecondaryStatus": "Starting",
        "CreationTime": now,
        "LastModifiedTime": now,
    }
    record = {"description": description, "tags": tags, "candidates": []}
    try:
        # "The name must be unique to your account and is case insensitive"
        # (API_CreateAutoMLJobV2, AutoMLJobName).
        context.store(KIND).create(name, record, ignore_case=True)
    except NameTakenError as error:
        raise job_name_taken(arn) from error
    context.jobs.start(KIND, name, partial(run_automl_job, context, name))
    return {"AutoMLJobArn": arn}


@operation("DescribeAutoMLJobV2")
def describe_automl_job(context: Context, params: Params) -> Params:
    description: Params = existing_job(context, KIND, params["AutoMLJobName"])["description"]
    return description


@operation("ListAutoMLJobs")
def list_automl_jobs(context: Context, params: Params) -> Params:
    items = [
        {member: job["description"][member] for member in _SUMMARY if member in job["description"]}
        for job in context.store(KIND).all()
    ]
    key = {"CreationTime": "CreationTime", "Status": "AutoMLJobStatus"}.get(
        params.get("SortBy", ""), "AutoMLJobName"
    )
    found = matching(items, params, name="AutoMLJobName")
    descending = params.get("SortOrder", "Descending") == "Descending"
    return page(
        in_order(found, key=key, descending=descending), params, member="AutoMLJobSummaries"
    )


@operation("ListCandidatesForAutoMLJob")
def list_candidates(context: Context, params: Params) -> Params:
    candidates = existing_job(context, KIND, params["AutoMLJobName"])["candidates"]
    wanted = [
        candidate
        for candidate in candidates
        if params.get("StatusEquals") in (None, candidate["CandidateStatus"])
        and params.get("CandidateNameEquals") in (None, candidate["CandidateName"])
    ]
    descending = params.get("SortOrder", "Ascending") == "Descending"
    if params.get("SortBy") == "FinalObjectiveMetricValue":
        values = [
            candidate | {"sort": candidate.get("FinalAutoMLJobObjectiveMetric", {}).get("Value")}
            for candidate in wanted
        ]
        wanted = in_order(values, key="sort", descending=descending)
        for candidate in wanted:
            del candidate["sort"]
    else:
        key = "CandidateStatus" if params.get("SortBy") == "Status" else "CreationTime"
        wanted = in_order(wanted, key=key, descending=descending)
    return page(wanted, params, member="Candidates")


@operation("StopAutoMLJob")
def stop_automl_job(context: Context, params: Params) -> None:
    name = params["AutoMLJobName"]
    existing_job(context, KIND, name)
    with context.store(KIND).change(name) as record:
        description = record["description"]
        if description["AutoMLJobStatus"] not in ("InProgress", "Stopping"):
            raise ValidationError(
                "The request was rejected because the AutoML job is in status "
                f"{description['AutoMLJobStatus']}."
            )
        description |= {
            "AutoMLJobStatus": "Stopping",
            "AutoMLJobSecondaryStatus": "Stopping",
            "LastModifiedTime": round(time.time(), 3),
        }
    context.jobs.stop(KIND, name)


@resumes
def resume_automl_jobs(context: Context) -> None:
    resume_jobs(context, KIND, members="AutoMLJob", run=run_automl_job)
