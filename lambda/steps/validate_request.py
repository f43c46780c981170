"""State ValidateRequest: check everything about a request before anything is started.

Reads only what it needs: listings, the first bytes of each object, and as many rows as the
smallest training set must have. Writes the run's plan.json, which holds what is too long for the
state: the version of every object, and the model's columns.
"""

from typing import Any

from rules import locations, plan
from rules.violations import Violation

from steps import runtime, storage
from steps.dataset import Dataset
from steps.environment import Environment
from steps.errors import InvalidRequest
from steps.request_check import RequestCheck


def work(event: runtime.Event, env: Environment) -> runtime.Result:
    """The plan of a run.

    Args:
        event: `state`, the execution's input, and `execution`, from the context object.
        env: the environment.

    Raises:
        InvalidRequest: with every violation that was found.
    """
    state = event["state"]
    told = [Violation(**violation) for violation in state.get("violations", [])]
    check = RequestCheck(state["request"], told, env)
    if check.found:
        raise InvalidRequest(check.found)
    run = {
        "run_id": state["run"]["run_id"],
        "trigger": state["trigger"],
        "execution": event["execution"],
    }
    decided = plan.build(
        request=check.request,
        run=run,
        model=check.model,
        data={
            "train": _summary(check, "train.data", check.training, env),
            "validation": _summary(check, "train.validation", check.validation, env),
            "score": _summary(check, "score.data", check.scoring, env),
            "golden": {
                **_summary(check, "score.golden.data", check.golden, env),
                "predictions": check.golden_predictions,
            },
        },
        worst=plan.worst_case(check.request, env.policy, objects=check.objects),
        notes=plan.warnings(check.request, objects=check.objects, named=check.expected.named),
    )
    storage.write_json(
        env,
        key=f"{env.run_prefix(decided)}plan.json",
        content={
            **decided,
            "training_objects": _pinned(check.training),
            "validation_objects": _pinned(check.validation),
            "scoring_objects": _pinned(check.scoring),
            "golden_objects": _pinned(check.golden),
            "features": list(check.expected.features),
        },
    )
    return decided


def _summary(
    check: RequestCheck, field: str, data: Dataset | None, env: Environment
) -> dict[str, Any]:
    if data is None:
        return {}
    named: Any = check.request
    for name in field.split("."):
        named = named[name]
    place = locations.resolve(
        named,
        bucket=env.data_bucket,
        project_id=check.request["project_id"],
        experiment_id=check.request["experiment_id"],
    )
    return {"uri": place.uri, "objects": len(data.tables), "bytes": data.size}


def _pinned(data: Dataset | None) -> list[dict[str, Any]]:
    return [table.as_dict() for table in data.tables] if data else []


handler = runtime.step(work)
