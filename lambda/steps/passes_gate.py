"""State PassesGate: compare the trained model with what the request asks for."""

from rules import gate

from steps import errors, runtime
from steps.environment import Environment


def work(state: runtime.Event, _env: Environment) -> runtime.Result:
    """The verdict as `$.gate` tells it.

    Raises:
        GateNotMet: naming the metric, the bound and the value.
    """
    candidate = state["training"]["candidate"]
    verdict = gate.judge(gate=state["plan"]["gate"], metrics=candidate["metrics"])
    if verdict.passed:
        return verdict.as_dict()
    if verdict.value is None:
        known = ", ".join(sorted(candidate["metrics"])) or "none"
        raise errors.GateNotMet(
            f"gate.metric {verdict.metric}: the trained model, {candidate['name']}, has no such "
            f"metric; it has {known}. Nothing was scored."
        )
    raise errors.GateNotMet(
        f"gate: {verdict.metric} must be {verdict.bound}; the trained model, "
        f"{candidate['name']}, has {verdict.value}. Nothing was scored."
    )


handler = runtime.step(work)
