"""How the fields of a request have to fit together, whatever the environment."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from rules import gate, inference, locations, training
from rules.tolerance import Tolerance, ToleranceError
from rules.violations import Violation

Request = Mapping[str, Any]

# MaxConcurrentTransforms times MaxPayloadInMB is 100 at most.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
_MAX_MB_IN_FLIGHT = 100
# Autopilot gives the algorithm container of such a candidate MAX_CONTENT_LENGTH=20971520.
_MAX_MB_OF_TUNING = 20
_GOLDEN_PATHS = ("score.golden.data", "score.golden.predictions")
_TOLERANCE = ("absolute", "relative", "share", "max_deviation")


def violations(request: Request, contract: Request) -> list[Violation]:
    """What does not fit in a request whose every section keeps the schema by itself.

    Args:
        request: the sections that keep it; others are left out.
        contract: the schema, for the defaults of what is left out.
    """
    rules = (_project, _paths, _train, _gate, _output, _payload, _ids, _golden)
    return [violation for rule in rules for violation in rule(request, contract)]


def _section(request: Request, name: str) -> Mapping[str, Any]:
    value = request.get(name)
    return value if isinstance(value, Mapping) else {}


def _project(request: Request, contract: Request) -> Iterator[Violation]:
    project = request.get("project_id")
    if project in locations.NOT_PROJECTS:
        rule = f"is the name of a folder beside the projects: {', '.join(locations.NOT_PROJECTS)}"
        yield Violation(
            field="project_id", value=project, rule=rule, fix="Give the project another id."
        )


def _paths(request: Request, contract: Request) -> Iterator[Violation]:
    for field in ("train.data", "train.validation", "score.data", *_GOLDEN_PATHS):
        *sections, name = field.split(".")
        data = functools.reduce(_section, sections, request).get(name)
        if isinstance(data, str):
            try:
                locations.check(data)
            except locations.LocationError as error:
                yield Violation(field=field, value=data, rule=str(error), fix=error.fix)


def _train(request: Request, contract: Request) -> Iterator[Violation]:
    train, asked = _section(request, "train"), _section(request, "gate")
    yield from training.violations(train, asked, contract["properties"]["train"]["properties"])


def _gate(request: Request, contract: Request) -> Iterator[Violation]:
    asked = _section(request, "gate")
    reason = gate.impossible(asked) if asked else None
    if reason:
        bound = "at_least" if "at_least" in asked else "at_most"
        fix = f"Write the bound of {asked['metric']} that a good model keeps."
        yield Violation(field=f"gate.{bound}", value=asked[bound], rule=reason, fix=fix)


def _output(request: Request, contract: Request) -> Iterator[Violation]:
    output = _section(request, "score").get("output")
    if output and training.problem_type(_section(request, "train")) == inference.REGRESSION:
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


def _golden(request: Request, contract: Request) -> Iterator[Violation]:
    asked = _section(_section(request, "score"), "golden")
    try:
        Tolerance(**{name: asked[name] for name in _TOLERANCE if name in asked})
    except ToleranceError as error:
        fix = "Write score.golden.max_deviation as well, or leave share out."
        value = {name: asked[name] for name in _TOLERANCE if name in asked}
        yield Violation(field="score.golden", value=value, rule=str(error), fix=fix)


def _default(contract: Request, section: str, field: str) -> Any:
    return contract["properties"][section]["properties"][field]["default"]
