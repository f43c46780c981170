"""States StartTransform and StartGolden: start the run's transform job, once."""

from collections.abc import Mapping
from typing import Any

from rules import jobs, waiting

from steps import adoption, aws, parts, runtime
from steps.adoption import Existing
from steps.environment import Environment


def work(event: runtime.Event, env: Environment) -> runtime.Result:
    """The job as `$.scoring`, or for the golden rows `$.golden`, tells it.

    Raises:
        JobNameTaken: the job's name belongs to a job that is not this run's.
    """
    state, part = parts.of(event)
    plan, score, model = state["plan"], part.score(state["plan"]), state["model"]
    sagemaker = aws.client("sagemaker")
    started = adoption.start(
        name=lambda attempt: part.job_name(
            prefix=env.prefix, run_id=plan["run_id"], attempt=attempt
        ),
        payload=lambda name, attempt: jobs.transform_job(
            name=name,
            model_name=model["model_name"],
            score=score,
            input_uri=env.uri(part.input_prefix(plan, env)),
            output_uri=part.output_uri(plan, env, attempt),
            outputs=len(model["output_columns"]),
            around=env.surroundings(plan),
        ),
        create=lambda payload: str(sagemaker.create_transform_job(**payload)["TransformJobArn"]),
        find=_find,
    )
    limit = score["max_runtime_seconds"]
    return {
        "job_name": started.name,
        "job_arn": started.arn,
        "started_at": started.started_at,
        "attempt": started.attempt,
        "status": "InProgress",
        "limit_seconds": limit,
        "wait_seconds": waiting.next_wait(
            elapsed_seconds=0, limit_seconds=limit, margin_seconds=waiting.TRANSFORM_MARGIN_SECONDS
        ),
        "output_uri": part.output_uri(plan, env, started.attempt),
        "instance_type": score["instance_type"],
        "instance_count": score["instance_count"],
        "seconds": None,
    }


def _find(name: str, payload: Mapping[str, Any]) -> Existing:
    job = aws.client("sagemaker").describe_transform_job(TransformJobName=name)
    return Existing(
        arn=job["TransformJobArn"],
        status=job["TransformJobStatus"],
        created_at=job["CreationTime"].timestamp(),
        is_ours=jobs.transform_identity(job) == jobs.transform_identity(payload),
    )


handler = runtime.step(work)
