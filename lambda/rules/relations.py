"""How the fields of a request have to fit together, whatever the environment."""

from collections.abc import Iterator, Mapping
from typing import Any

from rules import gate, inference, locations
from rules.violations import Violation

Request = Mapping[str, Any]

# MaxConcurrentTransforms times MaxPayloadInMB is 100 at most.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
_MAX_MB_IN_FLIGHT = 100
# Autopilot gives the algorithm container of such a candidate MAX_CONTENT_LENGTH=20971520.
_MAX_MB_OF_TUNING = 20


def violations(request: Request, contract: Request) -> list[Violation]:
    """What does not fit in a request whose every section keeps the schema by itself.

    Args:
        request: the sections that keep it; others are left out.
        contract: the schema, for the defaults of what is left out.
    """
    rules = (_paths, _objective, _candidate_time, _gate, _output, _payload, _ids)
    return [violation for rule in rules for violation in rule(request, contract)]


def _section(request: Request, name: str) -> Mapping[str, Any]:
    value = request.get(name)
    return value if isinstance(value, Mapping) else {}


def _paths(request: Request, contract: Request) -> Iterator[Violation]:
    for name in ("train", "score"):
        data = _section(request, name).get("data")
        if data is not None:
            try:
                locations.check(data)
            except locations.LocationError as error:
                yield Violation(field=f"{name}.data", value=data, rule=str(error), fix=error.fix)


def _objective(request: Request, contract: Request) -> Iterator[Violation]:
    train = _section(request, "train")
    problem, objective = train.get("problem_type"), train.get("objective")
    if problem and objective and objective not in gate.OBJECTIVES[problem]:
        allowed = ", ".join(sorted(gate.OBJECTIVES[problem]))
        rule = f"cannot be optimized for {problem}; Autopilot can optimize {allowed}"
        fix = f"Write one of {allowed}."
        yield Violation(field="train.objective", value=objective, rule=rule, fix=fix)


def _candidate_time(request: Request, contract: Request) -> Iterator[Violation]:
    train = _section(request, "train")
    whole = train.get("max_runtime_seconds", _default(contract, "train", "max_runtime_seconds"))
    one = train.get("max_runtime_per_candidate_seconds", 0)
    if one > whole:
        yield Violation(
            field="train.max_runtime_per_candidate_seconds",
            value=one,
            rule=f"must be at most train.max_runtime_seconds, {whole}",
            fix="Lower it, or raise train.max_runtime_seconds.",
        )


def _gate(request: Request, contract: Request) -> Iterator[Violation]:
    asked, problem = _section(request, "gate"), _section(request, "train").get("problem_type")
    if not asked:
        return
    if problem and asked["metric"] not in gate.COMPUTED[problem]:
        allowed = ", ".join(sorted(gate.COMPUTED[problem]))
        rule = f"is not computed for {problem}; Autopilot computes {allowed}"
        fix = f"Write one of {allowed}."
        yield Violation(field="gate.metric", value=asked["metric"], rule=rule, fix=fix)
    reason = gate.impossible(asked)
    if reason:
        bound = "at_least" if "at_least" in asked else "at_most"
        fix = f"Write the bound of {asked['metric']} that a good candidate keeps."
        yield Violation(field=f"gate.{bound}", value=asked[bound], rule=reason, fix=fix)


def _output(request: Request, contract: Request) -> Iterator[Violation]:
    output = _section(request, "score").get("output")
    if output and _section(request, "train").get("problem_type") == inference.REGRESSION:
        rule = "is for classification; a regression writes its one prediction"
        yield Violation(field="score.output", value=output, rule=rule, fix="Remove score.output.")


def _payload(request: Request, contract: Request) -> Iterator[Violation]:
    score, mode = _section(request, "score"), _section(request, "train").get("mode")
    size = score.get("max_payload_mb", _default(contract, "score", "max_payload_mb"))
    at_a_time = score.get("max_concurrent_transforms", 1)
    if size * at_a_time > _MAX_MB_IN_FLIGHT:
        yield Violation(
            field="score.max_payload_mb",
            value=size,
            rule=f"times score.max_concurrent_transforms, {at_a_time}, is {size * at_a_time} MB; "
            f"SageMaker allows {_MAX_MB_IN_FLIGHT} MB",
            fix=f"Write at most {_MAX_MB_IN_FLIGHT // int(at_a_time)}, or lower the other.",
        )
    if mode == "HYPERPARAMETER_TUNING" and size > _MAX_MB_OF_TUNING:
        rule = f"must be at most {_MAX_MB_OF_TUNING} for a model of {mode}"
        fix = f"Write at most {_MAX_MB_OF_TUNING}."
        yield Violation(field="score.max_payload_mb", value=size, rule=rule, fix=fix)


def _ids(request: Request, contract: Request) -> Iterator[Violation]:
    score, target = _section(request, "score"), _section(request, "train").get("target")
    ids = score.get("id_columns", [])
    outputs = len(score.get("output") or inference.DEFAULT_OUTPUT)
    if target in ids:
        rule = "names the target, which rows to score do not have"
        yield Violation(
            field="score.id_columns", value=ids, rule=rule, fix=f"Remove {target!r} from it."
        )
    processing = inference.data_processing(ids=len(ids), outputs=outputs)
    if processing and len(processing["OutputFilter"]) > inference.LONGEST_FILTER:
        rule = f"has more columns than a filter of {inference.LONGEST_FILTER} characters can keep"
        yield Violation(field="score.id_columns", value=ids, rule=rule, fix="Carry fewer columns.")


def _default(contract: Request, section: str, field: str) -> Any:
    return contract["properties"][section]["properties"][field]["default"]
