"""The two ways to train: which fields of `train` belong to which, and how they fit together."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rules import gate, lightgbm
from rules.violations import Violation

Train = Mapping[str, Any]

AUTOML, SCRIPT = "automl", "script"

_SHARED = frozenset(("method", "data", "target", "max_runtime_seconds"))
_ONLY: Mapping[str, frozenset[str]] = {
    AUTOML: frozenset(
        (
            "problem_type", "objective", "mode", "max_candidates",
            "max_runtime_per_candidate_seconds",
        )
    ),
    SCRIPT: frozenset(
        (
            "hyperparameters", "validation", "validation_fraction", "max_rounds",
            "early_stopping_rounds", "seed", "instance_type", "spot", "max_wait_seconds",
        )
    ),
}  # fmt: skip


def method(train: Train) -> str:
    """How a request wants to train; AutoML unless it says otherwise."""
    return str(train.get("method", AUTOML))


def fields(train: Train) -> frozenset[str]:
    """The fields that a request may have with its method."""
    return _SHARED | _ONLY[method(train)]


def problem_type(train: Train) -> str | None:
    """The kind of problem in SageMaker's words; None when the request does not tell it."""
    if method(train) == AUTOML:
        return train.get("problem_type")
    told = train.get("hyperparameters")
    return lightgbm.problem_type(told) if told else None


def of_method(found: Iterable[Violation], train: Any) -> list[Violation]:
    """What the schema found, without what concerns fields of the other method.

    That these are there is wrong and told elsewhere; what they hold, or lack beside them, is not.

    Args:
        found: by the schema, which knows no methods.
        train: as it was sent.
    """
    if not isinstance(train, Mapping) or train.get("method", AUTOML) not in (AUTOML, SCRIPT):
        return list(found)
    [other] = _ONLY.keys() - {method(train)}
    foreign = {f"train.{name}" for name in _ONLY[other]}
    return [one for one in found if ".".join(one.field.split(".")[:2]) not in foreign]


def missing(train: Any) -> Iterator[Violation]:
    """What a method needs and the schema, which knows no methods, does not ask for.

    Args:
        train: as it was sent; what is there and wrong has been told.
    """
    by_script = isinstance(train, Mapping) and train.get("method") == SCRIPT
    if by_script and "hyperparameters" not in train:
        yield Violation(
            field="train.hyperparameters",
            value=None,
            rule="is required when `train.method` is script",
            fix='Add it: LightGBM\'s parameters, as {"objective": "binary"}.',
        )


def violations(
    train: Train, asked: Mapping[str, Any], contract: Mapping[str, Any]
) -> Iterator[Violation]:
    """What does not fit together in a `train` and a `gate` that each keep the schema.

    Args:
        train: of the request; empty if it trains nothing.
        asked: the request's `gate`; empty if it has none.
        contract: the properties of `train` in the schema, for the defaults of what is left out.
    """
    if not train:
        return
    yield from _of_other_method(train)
    if {"validation", "validation_fraction"} <= train.keys():
        rule = "has no meaning beside train.validation: nothing is held out then"
        value = train["validation_fraction"]
        yield Violation(
            field="train.validation_fraction", value=value, rule=rule, fix="Remove one of them."
        )
    filled = {
        name: train.get(name, told.get("default"))
        for name, told in contract.items()
        if name in fields(train)
    }
    rules = _AUTOML_RULES if method(train) == AUTOML else _SCRIPT_RULES
    for keeps in rules:
        yield from keeps(filled, asked)


def _of_other_method(train: Train) -> Iterator[Violation]:
    own = method(train)
    [other] = _ONLY.keys() - {own}
    for name in train:
        if name in _ONLY[other]:
            yield Violation(
                field=f"train.{name}",
                value=train[name],
                rule=f"belongs to the method {other}, and this request trains by {own}",
                fix=f"Remove it, or write {other} as train.method.",
            )


def _objective(train: Train, _asked: Mapping[str, Any]) -> Iterator[Violation]:
    problem, objective = train["problem_type"], train["objective"]
    if problem and objective and objective not in gate.OBJECTIVES[problem]:
        allowed = ", ".join(sorted(gate.OBJECTIVES[problem]))
        rule = f"cannot be optimized for {problem}; Autopilot can optimize {allowed}"
        fix = f"Write one of {allowed}."
        yield Violation(field="train.objective", value=objective, rule=rule, fix=fix)


def _candidate_time(train: Train, _asked: Mapping[str, Any]) -> Iterator[Violation]:
    one, whole = train["max_runtime_per_candidate_seconds"], train["max_runtime_seconds"]
    if one and one > whole:
        yield Violation(
            field="train.max_runtime_per_candidate_seconds",
            value=one,
            rule=f"must be at most train.max_runtime_seconds, {whole}",
            fix="Lower it, or raise train.max_runtime_seconds.",
        )


def _computed_by_autopilot(train: Train, asked: Mapping[str, Any]) -> Iterator[Violation]:
    metric, problem = asked.get("metric"), train["problem_type"]
    computed = frozenset().union(*gate.COMPUTED.values()) if not problem else gate.COMPUTED[problem]
    if metric and metric not in computed:
        allowed = ", ".join(sorted(computed))
        rule = f"is not computed for {problem or 'any problem type'}; Autopilot computes {allowed}"
        fix = f"Write one of {allowed}."
        yield Violation(field="gate.metric", value=metric, rule=rule, fix=fix)


def _hyperparameters(train: Train, _asked: Mapping[str, Any]) -> Iterator[Violation]:
    if train["hyperparameters"]:
        yield from lightgbm.violations(train["hyperparameters"], field="train.hyperparameters")


def _computed_by_script(train: Train, asked: Mapping[str, Any]) -> Iterator[Violation]:
    metric, told = asked.get("metric"), train["hyperparameters"]
    # A metric that does not exist is told by itself, and is no advice.
    sound = told and set(lightgbm.metrics(told)) <= set(lightgbm.metrics_of(told["objective"]))
    if metric and sound and metric not in lightgbm.metrics(told):
        computed = ", ".join(lightgbm.metrics(told))
        rule = f"is not computed by this training, which computes {computed}"
        fix = f"Write one of {computed}, or name it in train.hyperparameters.metric as well."
        yield Violation(field="gate.metric", value=metric, rule=rule, fix=fix)


def _validation(train: Train, asked: Mapping[str, Any]) -> Iterator[Violation]:
    if train["validation"] is not None or train["validation_fraction"]:
        return
    if train["early_stopping_rounds"]:
        yield Violation(
            field="train.early_stopping_rounds",
            value=train["early_stopping_rounds"],
            rule="must be 0 when train.validation_fraction is 0: there is nothing to validate on",
            fix="Write 0, or hold out a part of the rows.",
        )
    if asked:
        rule = "needs validation data, and train.validation_fraction is 0"
        fix = "Remove the gate, hold out a part of the rows, or name train.validation."
        yield Violation(field="gate", value=asked.get("metric"), rule=rule, fix=fix)


def _waiting(train: Train, _asked: Mapping[str, Any]) -> Iterator[Violation]:
    longest, runtime = train["max_wait_seconds"], train["max_runtime_seconds"]
    if longest is None:
        return
    if not train["spot"]:
        rule = "is for training on spot instances, and train.spot is false"
        fix = "Remove it, or write true as train.spot."
        yield Violation(field="train.max_wait_seconds", value=longest, rule=rule, fix=fix)
    elif longest < runtime:
        rule = f"must be at least train.max_runtime_seconds, {runtime}, which it includes"
        fix = f"Write at least {runtime}, or leave it out."
        yield Violation(field="train.max_wait_seconds", value=longest, rule=rule, fix=fix)


_AUTOML_RULES = (_objective, _candidate_time, _computed_by_autopilot)
_SCRIPT_RULES = (_hyperparameters, _computed_by_script, _validation, _waiting)
