"""What is running: executions of the state machine, and the jobs they started."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from autolote.teardown.cloud import Cloud, found
from autolote.teardown.model import Task, Tell, Thing
from autolote.teardown.stacks import Stack


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How jobs of one kind are listed, described and stopped."""

    called: str
    list: str
    summaries: str
    member: str
    describe: str
    stop: str
    command: str


KINDS = (
    Kind(
        called="AutoML job",
        list="list_auto_ml_jobs",
        summaries="AutoMLJobSummaries",
        member="AutoMLJob",
        describe="describe_auto_ml_job_v2",
        stop="stop_auto_ml_job",
        command="aws sagemaker stop-auto-ml-job --auto-ml-job-name",
    ),
    Kind(
        called="training job",
        list="list_training_jobs",
        summaries="TrainingJobSummaries",
        member="TrainingJob",
        describe="describe_training_job",
        stop="stop_training_job",
        command="aws sagemaker stop-training-job --training-job-name",
    ),
    Kind(
        called="transform job",
        list="list_transform_jobs",
        summaries="TransformJobSummaries",
        member="TransformJob",
        describe="describe_transform_job",
        stop="stop_transform_job",
        command="aws sagemaker stop-transform-job --transform-job-name",
    ),
)


def tasks(cloud: Cloud, environment: str, stacks: tuple[Stack, ...]) -> list[Task]:
    """Stopping what runs: executions first, so that they start no further job."""
    machines = [arn for stack in stacks for arn in stack.ids("AWS::StepFunctions::StateMachine")]
    executions = [
        _execution(cloud, one)
        for arn in machines
        for one in cloud.pages(
            "stepfunctions",
            "list_executions",
            "executions",
            stateMachineArn=arn,
            statusFilter="RUNNING",
        )
    ]
    needs = frozenset(task.thing.arn for task in executions)
    # Every job of the kit is named so; its permissions reach no other.
    prefix = f"autolote-{environment}-"
    jobs = [
        _job(cloud, kind, one, needs)
        for kind in KINDS
        for one in cloud.pages(
            "sagemaker",
            kind.list,
            kind.summaries,
            NameContains=prefix,
            StatusEquals="InProgress",
        )
        if one[f"{kind.member}Name"].startswith(prefix)
    ]
    return [*executions, *jobs]


def _execution(cloud: Cloud, execution: Mapping[str, Any]) -> Task:
    arn, api = execution["executionArn"], cloud.client("stepfunctions")

    def has_ended() -> bool:
        return bool(api.describe_execution(executionArn=arn)["status"] != "RUNNING")

    def carry_out(tell: Tell) -> None:
        if not has_ended():
            cause = {"error": "Teardown", "cause": "the environment is being taken down"}
            cloud.insist(lambda: api.stop_execution(executionArn=arn, **cause), tell=tell)
        cloud.until(has_ended, what=f"run {execution['name']} is stopping", tell=tell)

    return Task(
        thing=Thing(kind="run", name=execution["name"], arn=arn),
        verb="stop",
        why=f"running since {execution['startDate']:%Y-%m-%d %H:%M}",
        carry_out=carry_out,
        command=f"aws stepfunctions stop-execution --execution-arn {arn}",
    )


def _job(cloud: Cloud, kind: Kind, job: Mapping[str, Any], needs: frozenset[str]) -> Task:
    name = job[f"{kind.member}Name"]
    where = {f"{kind.member}Name": name}
    return Task(
        thing=Thing(kind=kind.called, name=name, arn=job[f"{kind.member}Arn"]),
        verb="stop",
        why=f"running since {job['CreationTime']:%Y-%m-%d %H:%M}",
        needs=needs,
        carry_out=_stopping(cloud, kind, where),
        command=f"{kind.command} {name}",
    )


def _stopping(cloud: Cloud, kind: Kind, where: Mapping[str, str]) -> Callable[[Tell], None]:
    api = cloud.client("sagemaker")

    def has_ended() -> bool:
        told = found(lambda: getattr(api, kind.describe)(**where))
        running = ("InProgress", "Stopping")
        return told is None or told[f"{kind.member}Status"] not in running

    def carry_out(tell: Tell) -> None:
        if has_ended():
            return
        try:
            cloud.insist(lambda: getattr(api, kind.stop)(**where), tell=tell)
        except ClientError:
            if not has_ended():  # it ended while it was being stopped
                raise
        cloud.until(has_ended, what=f"{kind.called} is stopping", tell=tell)

    return carry_out
