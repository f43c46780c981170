"""What a validated request comes to: the few things that later states need to know."""

from collections.abc import Mapping
from typing import Any

from rules import cost, training
from rules.cost import Job
from rules.policy import Policy
from rules.violations import Violation

Request = Mapping[str, Any]

GOLDEN_SECONDS = 1800
"""Runtime of the transform job over the golden rows at most."""


def instance_count(request: Request, objects: int) -> int:
    """Instances that can have work: an object goes to one instance as a whole.

    https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
    """
    asked = int(request["score"]["instance_count"])
    return min(asked, objects) if objects else asked


def golden_seconds(score: Mapping[str, Any]) -> int:
    """How long the job over the golden rows may run: it is small, and scoring waits for it."""
    return min(GOLDEN_SECONDS, int(score["max_runtime_seconds"]))


def worst_case(request: Request, policy: Policy, *, objects: int) -> dict[str, Any]:
    """What the run costs when every limit is reached, as `cost.estimate` tells it.

    Args:
        request: normalised.
        policy: the environment's.
        objects: objects to score; 0 when they are not known.

    Raises:
        UnknownPriceError: an instance type has no price in the Region.
    """
    train, score = request["train"], request["score"]
    by_automl = bool(train) and training.method(train) == training.AUTOML
    assumed = policy.instances.automl_assumed
    # Training on spot instances is billed at most for its runtime, at most on demand.
    job = train and Job(
        instance_type=assumed if by_automl else train["instance_type"],
        instance_count=1,
        seconds=train["max_runtime_seconds"],
    )
    scoring = score and Job(
        instance_type=score["instance_type"],
        instance_count=instance_count(request, objects),
        seconds=score["max_runtime_seconds"],
    )
    golden = (score or {}).get("golden") and Job(
        instance_type=score["instance_type"],
        instance_count=1,
        seconds=golden_seconds(score),
    )
    return cost.estimate(
        training=job,
        scoring=scoring,
        golden=golden,
        region=policy.region,
        automl_assumed=assumed if by_automl else None,
    )


def cost_violations(request: Request, policy: Policy, *, objects: int) -> list[Violation]:
    """The ceilings that the worst case breaks: the request's own and the environment's."""
    try:
        worst = worst_case(request, policy, objects=objects)["total"]
    except cost.UnknownPriceError as error:
        fix = "Let the environment's instances be ones that lambda/rules/prices.json has."
        return [Violation(field="request", value=None, rule=f"has no price: {error}", fix=fix)]
    name = f"of the environment {policy.environment}"
    ceilings = (
        ("max_cost_usd", "of the request", request["max_cost_usd"]),
        ("request", name, policy.limits.max_run_cost_usd),
    )
    return [
        Violation(
            field=field,
            value=ceiling,
            rule=f"may cost {worst:.2f} USD at worst; the ceiling {whose} is {ceiling} USD",
            fix="Lower max_runtime_seconds or instance_count, or choose a smaller instance_type.",
        )
        for field, whose, ceiling in ceilings
        if ceiling is not None and worst > ceiling
    ]


def warnings(request: Request, *, objects: int, named: bool) -> list[str]:
    """What is legal but should be known to whoever reads the result.

    Args:
        request: normalised.
        objects: objects to score; 0 when nothing is scored.
        named: whether the model knows the names of its columns.
    """
    train, score = request["train"] or {}, request["score"] or {}
    found = []
    if score and score["instance_count"] > objects:
        found.append(
            f"{score['instance_count']} instances were asked for; an object is never split, so "
            f"{objects} will be started for {objects} object(s)"
        )
    # https://github.com/aws/sagemaker-python-sdk/issues/4042
    if train.get("mode") == "HYPERPARAMETER_TUNING" and score.get("strategy") == "MultiRecord":
        found.append(
            "a model of HYPERPARAMETER_TUNING is several containers, with which MultiRecord is "
            "known to fail at times; then set score.strategy to SingleRecord"
        )
    if score and not named:
        found.append("the model has no column names, so columns were compared by number only")
    return found


def build(
    *,
    request: Request,
    run: Mapping[str, Any],
    model: Mapping[str, Any] | None,
    data: Mapping[str, Mapping[str, Any]],
    worst: Mapping[str, Any],
    notes: list[str],
) -> dict[str, Any]:
    """The plan that the state machine carries.

    Args:
        request: normalised.
        run: `run_id`, `trigger` and `execution`.
        model: the existing model, pinned; None when one is trained.
        data: for `train`, `validation`, `score` and `golden`, where the data is (`uri`), and how
            much (`objects`, `bytes`); of the golden rows also their `predictions`. Empty when there
            is none.
        worst: what `worst_case` returned.
        notes: what `warnings` returned.
    """
    train, score = request["train"], request["score"]
    if score:
        count = instance_count(request, data["score"]["objects"])
        score = {**score, **data["score"], "instance_count": count}
        if score["golden"]:
            score["golden"] = {
                **score["golden"],
                **data["golden"],
                "max_runtime_seconds": golden_seconds(score),
            }
    if train:
        train = {**train, **data["train"], "validation": data["validation"] or None}
    return {
        **run,
        "project_id": request["project_id"],
        "experiment_id": request["experiment_id"],
        "how": training.method(train) if train else "existing",
        "train": train,
        "model": dict(model) if model else None,
        "gate": request["gate"],
        "score": score,
        "worst_case": dict(worst),
        "warnings": notes,
    }
