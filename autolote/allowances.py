"""What an environment allows its requests: instance types, runtimes, numbers, and money."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import botocore.session

from autolote.checks import Checked, Rule, checked, each, number

SECONDS_OF_30_DAYS = 30 * 24 * 3600  # the longest Autopilot job: AWS quota, cannot be raised
# The longest runtime of a training job; with what it waits for spot capacity it may take 30 days:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html
SECONDS_OF_28_DAYS = 28 * 24 * 3600


@functools.cache
def instance_types(job: str) -> tuple[str, ...]:
    """Every instance type of a kind of job, from the service model that comes with boto3.

    Args:
        job: `Transform` or `Training`.
    """
    model = botocore.session.get_session().get_service_model("sagemaker")
    return tuple(model.shape_for(f"{job}InstanceType").enum)


_TRANSFORM = Rule(
    lambda v: v in instance_types("Transform"),
    "an instance type of batch transform, as ml.m5.xlarge",
)
_TRAINING = Rule(
    lambda v: v in instance_types("Training"), "an instance type of training, as ml.m5.xlarge"
)


@dataclass(frozen=True, kw_only=True)
class Instances(Checked):
    """Which instances score and train, and which one an Autopilot job's price is estimated with."""

    transform_default: str = checked(_TRANSFORM, default="ml.m5.xlarge")
    transform_allowed: tuple[str, ...] = checked(
        each(_TRANSFORM),
        default=("ml.m5.large", "ml.m5.xlarge", "ml.m5.2xlarge", "ml.m5.4xlarge", "ml.c5.2xlarge"),
    )
    training_default: str = checked(_TRAINING, default="ml.m5.2xlarge")
    training_allowed: tuple[str, ...] = checked(
        each(_TRAINING),
        default=("ml.m5.xlarge", "ml.m5.2xlarge", "ml.m5.4xlarge", "ml.m5.12xlarge"),
    )
    automl_assumed: str = checked(_TRANSFORM, default="ml.m5.12xlarge")

    def relations(self, wrong: frozenset[str]) -> list[str]:
        if wrong:
            return []
        return [
            f"{job}_default = {default!r}; allowed: one of {job}_allowed = {allowed}"
            for job, default, allowed in (
                ("transform", self.transform_default, self.transform_allowed),
                ("training", self.training_default, self.training_allowed),
            )
            if default not in allowed
        ]


@dataclass(frozen=True, kw_only=True)
class Limits(Checked):
    """What one request may ask for. Seconds, US dollars and GB (10^9 bytes).

    `max_training_wait_seconds` is for training on spot instances: its runtime and what it waits
    for capacity, together.
    """

    max_automl_runtime_seconds: int = checked(number(60, SECONDS_OF_30_DAYS), default=86_400)
    max_candidates: int = checked(number(1, 750), default=250)
    max_training_runtime_seconds: int = checked(number(60, SECONDS_OF_28_DAYS), default=86_400)
    max_training_wait_seconds: int = checked(number(60, SECONDS_OF_30_DAYS), default=172_800)
    max_transform_runtime_seconds: int = checked(number(60, SECONDS_OF_30_DAYS), default=86_400)
    max_instance_count: int = checked(number(1, 100), default=10)
    max_run_cost_usd: float = checked(number(0.01, 1_000_000, whole=False), default=100.0)
    max_score_gb: float = checked(number(0.001, 5_000, whole=False), default=20.0)

    def relations(self, wrong: frozenset[str]) -> list[str]:
        if wrong or self.max_training_wait_seconds >= self.max_training_runtime_seconds:
            return []
        return [
            f"max_training_wait_seconds = {self.max_training_wait_seconds}; allowed: at least "
            f"max_training_runtime_seconds = {self.max_training_runtime_seconds}, which it includes"
        ]
