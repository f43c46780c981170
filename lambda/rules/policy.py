"""What an environment allows, as its settings say and as every Lambda function is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules import cost, training
from rules.violations import Violation

Request = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Instances:
    """Types that score and train, by default and at all; what Autopilot is reckoned as."""

    transform_default: str
    transform_allowed: tuple[str, ...]
    training_default: str
    training_allowed: tuple[str, ...]
    automl_assumed: str


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one request may ask for. Seconds, US dollars and GB (10^9 bytes)."""

    max_automl_runtime_seconds: int
    max_candidates: int
    max_training_runtime_seconds: int
    max_training_wait_seconds: int
    max_transform_runtime_seconds: int
    max_instance_count: int
    max_run_cost_usd: float
    max_score_gb: float


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The rules of one environment.

    Attributes:
        environment: its name.
        region: where its jobs run.
        projects: the project ids it serves; empty when it serves every legal one.
    """

    environment: str
    region: str
    projects: tuple[str, ...]
    instances: Instances
    limits: Limits


def read(settings: Mapping[str, Any], *, environment: str, region: str) -> Policy:
    """The policy in the JSON that the pipeline stack puts into the variable SETTINGS.

    Raises:
        KeyError: a setting is missing; its name is the error's argument.
    """
    instances, limits = settings["instances"], settings["limits"]
    return Policy(
        environment=environment,
        region=region,
        projects=tuple(settings["projects"]),
        instances=Instances(
            transform_default=instances["transform_default"],
            transform_allowed=tuple(instances["transform_allowed"]),
            training_default=instances["training_default"],
            training_allowed=tuple(instances["training_allowed"]),
            automl_assumed=instances["automl_assumed"],
        ),
        limits=Limits(**{name: limits[name] for name in Limits.__dataclass_fields__}),
    )


def violations(request: Request, policy: Policy) -> list[Violation]:
    """What is wrong with a normalised request in this environment."""
    return [
        violation
        for rule in (_project, _runtimes, _counts, _instances)
        for violation in rule(request, policy)
    ]


def _section(request: Request, name: str) -> Mapping[str, Any]:
    value = request.get(name)
    return value if isinstance(value, Mapping) else {}


def _project(request: Request, policy: Policy) -> Iterator[Violation]:
    project = request["project_id"]
    if policy.projects and project not in policy.projects:
        allowed = ", ".join(policy.projects)
        rule = f"is not served by the environment {policy.environment}, which serves {allowed}"
        fix = (
            "Write one of these, or ask for the project to be added to the environment's settings."
        )
        yield Violation(field="project_id", value=project, rule=rule, fix=fix)


def _runtimes(request: Request, policy: Policy) -> Iterator[Violation]:
    limits = policy.limits
    by_script = training.method(_section(request, "train")) == training.SCRIPT
    longest = (
        limits.max_training_runtime_seconds if by_script else limits.max_automl_runtime_seconds
    )
    yield from _within(request, policy, "train.max_runtime_seconds", longest)
    yield from _within(request, policy, "train.max_wait_seconds", limits.max_training_wait_seconds)
    yield from _within(
        request, policy, "score.max_runtime_seconds", limits.max_transform_runtime_seconds
    )


def _counts(request: Request, policy: Policy) -> Iterator[Violation]:
    limits = policy.limits
    yield from _within(request, policy, "train.max_candidates", limits.max_candidates)
    yield from _within(request, policy, "score.instance_count", limits.max_instance_count)


def _within(request: Request, policy: Policy, field: str, limit: float) -> Iterator[Violation]:
    section, _, name = field.partition(".")
    value = _section(request, section).get(name)
    if value is not None and value > limit:
        rule = f"must be at most {limit}, the limit of the environment {policy.environment}"
        fix = f"Write at most {limit}, or ask for a higher limit in the environment's settings."
        yield Violation(field=field, value=value, rule=rule, fix=fix)


def _instances(request: Request, policy: Policy) -> Iterator[Violation]:
    for section, allowed in (
        ("train", policy.instances.training_allowed),
        ("score", policy.instances.transform_allowed),
    ):
        wanted = _section(request, section).get("instance_type")
        if wanted is not None:
            yield from _instance(f"{section}.instance_type", wanted, allowed, policy)


def _instance(
    field: str, wanted: str, allowed: tuple[str, ...], policy: Policy
) -> Iterator[Violation]:
    if wanted not in allowed:
        rule = f"is not offered by the environment {policy.environment}"
        fix = f"Write one of {', '.join(allowed)}."
        yield Violation(field=field, value=wanted, rule=rule, fix=fix)
        return
    try:
        cost.price(instance_type=wanted, region=policy.region)
    except cost.UnknownPriceError as error:
        fix = "Choose a type with a price, or add this one to lambda/rules/prices.json."
        yield Violation(field=field, value=wanted, rule=str(error), fix=fix)
