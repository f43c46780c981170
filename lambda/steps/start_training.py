"""State StartTraining: start the run's training job, once."""

from collections.abc import Mapping
from typing import Any

from rules import lightgbm, locations, names, training_jobs, waiting

from steps import adoption, aws, environment, runtime
from steps.adoption import Existing
from steps.environment import Environment


def work(state: runtime.Event, env: Environment) -> runtime.Result:
    """The job as `$.training` tells it.

    Raises:
        JobNameTaken: the job's name belongs to a job that is not this run's.
    """
    plan, train = state["plan"], state["plan"]["train"]
    role, image = environment.variable("TRAINING_ROLE_ARN"), environment.variable("SCORING_IMAGE")
    sagemaker = aws.client("sagemaker")
    started = adoption.start(
        name=lambda attempt: names.training_job_name(
            prefix=env.prefix, run_id=plan["run_id"], attempt=attempt
        ),
        payload=lambda name, _attempt: training_jobs.training_job(
            name=name,
            train=train,
            image=image,
            role_arn=role,
            checkpoint_uri=env.uri(f"{locations.CHECKPOINTS}{env.run_prefix(plan)}"),
            around=env.surroundings(plan),
        ),
        create=lambda payload: str(sagemaker.create_training_job(**payload)["TrainingJobArn"]),
        find=_find,
    )
    limit = train["max_wait_seconds"] if train["spot"] else train["max_runtime_seconds"]
    return {
        "job_name": started.name,
        "job_arn": started.arn,
        "started_at": started.started_at,
        "attempt": started.attempt,
        "status": "InProgress",
        "secondary_status": "Starting",
        "limit_seconds": limit,
        "wait_seconds": waiting.next_wait(
            elapsed_seconds=0, limit_seconds=limit, margin_seconds=waiting.TRAINING_MARGIN_SECONDS
        ),
        "instance_type": train["instance_type"],
        "instance_count": 1,
        "metric": lightgbm.metrics(train["hyperparameters"])[0],
    }


def _find(name: str, payload: Mapping[str, Any]) -> Existing:
    job = aws.client("sagemaker").describe_training_job(TrainingJobName=name)
    return Existing(
        arn=job["TrainingJobArn"],
        status=job["TrainingJobStatus"],
        created_at=job["CreationTime"].timestamp(),
        is_ours=training_jobs.identity(job) == training_jobs.identity(payload),
    )


handler = runtime.step(work)
