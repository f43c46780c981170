"""The two halves of scoring: the golden rows first, if there are any, then the rows themselves.

Both are prepared, started and described by the same functions. The states of the golden rows hand
over `{"part": "golden", "state": ...}` instead of the state alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rules import names

from steps.environment import Environment

Plan = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Part:
    """Where one half finds and leaves its things.

    Attributes:
        at: where its job stands in the state.
        score: how its rows are scored, from the plan.
        objects: where plan.json has its pinned objects.
        folder: of its input and its predictions, below the run's; empty or ending in `/`.
        job_name: names its transform job.
        limit: the request's field that says how long it may run.
    """

    at: str
    score: Callable[[Plan], Mapping[str, Any]]
    objects: str
    folder: str
    job_name: Callable[..., str]
    limit: str

    def input_prefix(self, plan: Plan, env: Environment) -> str:
        """The prefix of its snapshot, ending in `/`."""
        return f"{env.run_prefix(plan)}{self.folder}input/"

    def output_uri(self, plan: Plan, env: Environment, attempt: int) -> str:
        """Where an attempt writes: apart from an earlier one, whose files might be only some."""
        own = "predictions/" if attempt == 1 else f"predictions/attempt-{attempt}/"
        return env.uri(f"{env.run_prefix(plan)}{self.folder}{own}")


def _golden_score(plan: Plan) -> dict[str, Any]:
    golden = plan["score"]["golden"]
    own = {name: golden[name] for name in ("uri", "max_runtime_seconds")}
    return {**plan["score"], **own, "id_columns": [], "instance_count": 1}


ROWS = Part(
    at="scoring",
    score=lambda plan: plan["score"],
    objects="scoring_objects",
    folder="",
    job_name=names.transform_job_name,
    limit="score.max_runtime_seconds",
)
GOLDEN = Part(
    at="golden",
    score=_golden_score,
    objects="golden_objects",
    folder="golden/",
    job_name=names.golden_job_name,
    limit="the limit of a golden job",
)


def of(event: Mapping[str, Any]) -> tuple[Mapping[str, Any], Part]:
    """The state of the machine in what a function was given, and the part that is meant."""
    if event.get("part") == GOLDEN.at:
        return event["state"], GOLDEN
    return event, ROWS
