"""What DescribeAutoMLJobV2 and ListCandidatesForAutoMLJob say of candidates, in few words."""

from collections.abc import Mapping
from typing import Any

Described = Mapping[str, Any]


def summary(candidate: Described) -> dict[str, Any]:
    """Name, objective, its value, and every metric of a candidate."""
    final = candidate.get("FinalAutoMLJobObjectiveMetric", {})
    objective, value = _name(final), final.get("Value")
    return {
        "name": candidate["CandidateName"],
        "objective": objective,
        "value": value,
        "metrics": metrics(candidate),
    }


def metrics(candidate: Described) -> dict[str, float]:
    """A candidate's metrics by name; of one told for several sets, that of the validation set.

    LogLoss and InferenceLatency have a StandardMetricName only: MetricName knows just the metrics
    that can be optimized.
    """
    found: dict[str, float] = {}
    listed = candidate.get("CandidateProperties", {}).get("CandidateMetrics", [])
    # The later one stays, so validation goes last.
    for metric in sorted(listed, key=lambda metric: metric.get("Set") == "Validation"):
        found[_name(metric)] = metric["Value"]
    final = candidate.get("FinalAutoMLJobObjectiveMetric")
    return {_name(final): final["Value"], **found} if final else found


def best_first(candidates: list[Described], best: str) -> list[Described]:
    """Candidates as a leaderboard: Autopilot's choice first, then by their objective.

    Args:
        candidates: all of a job, in any order.
        best: name of the one that Autopilot chose.
    """
    chosen = [candidate for candidate in candidates if candidate["CandidateName"] == best]
    final = [c.get("FinalAutoMLJobObjectiveMetric", {}) for c in chosen]
    minimise = bool(final) and final[0].get("Type") == "Minimize"
    rest = [candidate for candidate in candidates if candidate["CandidateName"] != best]
    scored = [c for c in rest if "FinalAutoMLJobObjectiveMetric" in c]
    unscored = [c for c in rest if "FinalAutoMLJobObjectiveMetric" not in c]
    scored.sort(key=lambda c: c["FinalAutoMLJobObjectiveMetric"]["Value"], reverse=not minimise)
    return [*chosen, *scored, *unscored]


def problem_type(job: Described) -> str | None:
    """The kind of problem that Autopilot solved: the one it found, or the one it was told."""
    resolved = job.get("ResolvedAttributes", {}).get("AutoMLProblemTypeResolvedAttributes", {})
    found = resolved.get("TabularResolvedAttributes", {}).get("ProblemType")
    told = job.get("AutoMLProblemTypeConfig", {}).get("TabularJobConfig", {}).get("ProblemType")
    return str(found or told) if found or told else None


def _name(metric: Described) -> str:
    return str(metric.get("StandardMetricName") or metric.get("MetricName") or "")
