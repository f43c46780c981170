"""State StartAutoML: start the run's AutoML job, once."""

from collections.abc import Mapping
from typing import Any

from rules import jobs, names, waiting

from steps import adoption, aws, environment, runtime
from steps.adoption import Existing
from steps.environment import Environment


def work(state: runtime.Event, env: Environment) -> runtime.Result:
    """The job as `$.training` tells it.

    Raises:
        JobNameTaken: the job's name belongs to a job that is not this run's.
    """
    plan, role = state["plan"], environment.variable("AUTOML_ROLE_ARN")
    sagemaker = aws.client("sagemaker")
    started = adoption.start(
        name=lambda attempt: names.automl_job_name(
            prefix=env.prefix, run_id=plan["run_id"], attempt=attempt
        ),
        payload=lambda name, _attempt: jobs.automl_job(
            name=name,
            train=plan["train"],
            data_uri=plan["train"]["uri"],
            role_arn=role,
            around=env.surroundings(plan),
        ),
        create=lambda payload: str(sagemaker.create_auto_ml_job_v2(**payload)["AutoMLJobArn"]),
        find=_find,
    )
    limit = plan["train"]["max_runtime_seconds"]
    return {
        "job_name": started.name,
        "job_arn": started.arn,
        "started_at": started.started_at,
        "attempt": started.attempt,
        "status": "InProgress",
        "secondary_status": "Starting",
        "limit_seconds": limit,
        "wait_seconds": waiting.next_wait(
            elapsed_seconds=0, limit_seconds=limit, margin_seconds=waiting.AUTOML_MARGIN_SECONDS
        ),
        "candidate": None,
        "problem_type": plan["train"]["problem_type"],
    }


def _find(name: str, payload: Mapping[str, Any]) -> Existing:
    job = aws.client("sagemaker").describe_auto_ml_job_v2(AutoMLJobName=name)
    return Existing(
        arn=job["AutoMLJobArn"],
        status=job["AutoMLJobStatus"],
        created_at=job["CreationTime"].timestamp(),
        is_ours=jobs.automl_identity(job) == jobs.automl_identity(payload),
    )


handler = runtime.step(work)
