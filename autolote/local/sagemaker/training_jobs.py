"""CreateTrainingJob, DescribeTrainingJob, ListTrainingJobs, StopTrainingJob."""

import time
from functools import partial

from .context import Context
from .errors import ValidationError
from .events import training_job_changed
from .inputs import check_not_empty
from .job_records import existing_job, job_name_taken, resume_jobs
from .listing import in_order, matching, page
from .operations import Params, operation, resource_kind, resumes
from .store import NameTakenError
from .tags import as_mapping
from .training_artifacts import model_uri
from .training_rules import LOCAL_CHECKPOINTS, check_training_job, max_runtime
from .training_runner import run_training_job
from .training_states import KIND, entered

resource_kind(KIND)

_SUMMARY = (
    "TrainingJobName",
    "TrainingJobArn",
    "CreationTime",
    "TrainingEndTime",
    "LastModifiedTime",
    "TrainingJobStatus",
    "SecondaryStatus",
)


@operation("CreateTrainingJob")
def create_training_job(context: Context, params: Params) -> Params:
    tags = as_mapping(params.pop("Tags", []))
    check_training_job(params)
    name, role = params["TrainingJobName"], params["RoleArn"]
    arn = context.arn(KIND, name)
    store = context.store(KIND)
    if store.read(name) is not None:
        raise job_name_taken(arn)
    s3 = context.s3(role, arn)
    for channel in params.get("InputDataConfig", []):
        source = channel["DataSource"]["S3DataSource"]
        check_not_empty(s3, source, region=context.region, role=role)
    description = _described(params, arn)
    entered(description, "Starting")
    record = {"description": description, "tags": tags, "seconds": 0.0, "interruptions": 0}
    try:
        store.create(name, record)
    except NameTakenError as error:
        raise job_name_taken(arn) from error
    training_job_changed(context, record)
    context.jobs.start(KIND, name, partial(run_training_job, context, name))
    return {"TrainingJobArn": arn}


@operation("DescribeTrainingJob")
def describe_training_job(context: Context, params: Params) -> Params:
    description: Params = existing_job(context, KIND, params["TrainingJobName"])["description"]
    return description


@operation("ListTrainingJobs")
def list_training_jobs(context: Context, params: Params) -> Params:
    if "WarmPoolStatusEquals" in params or "TrainingPlanArnEquals" in params:
        return {"TrainingJobSummaries": []}  # no job here has either
    items = [
        {member: job["description"][member] for member in _SUMMARY if member in job["description"]}
        for job in context.store(KIND).all()
    ]
    key = {"Name": "TrainingJobName", "Status": "TrainingJobStatus"}.get(
        params.get("SortBy", ""), "CreationTime"
    )
    found = matching(items, params, name="TrainingJobName")
    # API_ListTrainingJobs: the default order is Ascending.
    descending = params.get("SortOrder", "Ascending") == "Descending"
    ordered = in_order(found, key=key, descending=descending)
    return page(ordered, params, member="TrainingJobSummaries")


@operation("StopTrainingJob")
def stop_training_job(context: Context, params: Params) -> None:
    name = params["TrainingJobName"]
    existing_job(context, KIND, name)
    with context.store(KIND).change(name) as record:
        status = record["description"]["TrainingJobStatus"]
        if status not in ("InProgress", "Stopping"):
            raise ValidationError(
                f"The request was rejected because the training job is in status {status}."
            )
        entered(record["description"], "Stopping")
    if status == "InProgress":
        training_job_changed(context, record)
    context.jobs.stop(KIND, name)


@resumes
def resume_training_jobs(context: Context) -> None:
    resume_jobs(context, KIND, members="TrainingJob", run=run_training_job)


def _described(params: Params, arn: str) -> Params:
    """What Describe answers, with the defaults AWS fills in (API_DescribeTrainingJob)."""
    stopping = {"MaxRuntimeInSeconds": max_runtime(params["StoppingCondition"])}
    described = params | {
        "TrainingJobArn": arn,
        "CreationTime": round(time.time(), 3),
        "StoppingCondition": stopping | params["StoppingCondition"],
        # "the Amazon S3 location that is configured for storing model artifacts": known from the
        # start, there once the job is Completed.
        "ModelArtifacts": {"S3ModelArtifacts": model_uri(params)},
        "EnableNetworkIsolation": params.get("EnableNetworkIsolation", False),
        "EnableManagedSpotTraining": params.get("EnableManagedSpotTraining", False),
        "EnableInterContainerTrafficEncryption": params.get(
            "EnableInterContainerTrafficEncryption", False
        ),
    }
    if "CheckpointConfig" in params:
        described["CheckpointConfig"] = {"LocalPath": LOCAL_CHECKPOINTS} | params[
            "CheckpointConfig"
        ]
    return described
