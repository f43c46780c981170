"""What the rules say of hyperparameters is what the training script does with them."""

from typing import Any

from rules import lightgbm, numbers, training_jobs

from container.settings import MISSING_TOKENS
from container.training import parameters as training_parameters
from container.training.data import _FORBIDDEN as FORBIDDEN

PROBES = (
    *(-2, -1, 0, 1, 2, 3, 1024, 1025, 131072, 131073, 1e300, 1e301, -1e-9, 0.5, 1.5, 2.0),
    *(True, False, "", "x", "goss", "basic", "1,-1, 0", "2,1"),
)


def _suits(kind: training_parameters.Kind, value: Any) -> bool:
    """Whether a value of a request has the type that the script reads from its text."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is training_parameters.FLAG:
        return isinstance(value, bool)
    return number if kind.read in (int, float) else isinstance(value, str)


def _reads(kind: training_parameters.Kind, value: Any) -> bool:
    try:
        return kind.allowed(kind.read(training_jobs._text(value)))
    except (ValueError, KeyError):
        return False


def test_the_rules_know_what_the_training_script_takes() -> None:
    """What is accepted here does not fail there, an instance later; what it takes can be asked."""
    taken = set(training_parameters.PARAMETERS) | {"objective", "metric"}
    assert set(lightgbm.PARAMETERS) == taken
    assert lightgbm.OBJECTIVES == training_parameters.OBJECTIVES
    for objective in lightgbm.OBJECTIVES:
        known = set(training_parameters.metrics_of(objective))
        assert set(lightgbm.metrics_of(objective)) == known
    for name, kind in training_parameters.PARAMETERS.items():
        assert lightgbm.PARAMETERS[name].words.removeprefix("a text that is ") == kind.rule
        for value in PROBES:
            allowed = lightgbm.PARAMETERS[name].allows(value)
            assert allowed == (_suits(kind, value) and _reads(kind, value)), (name, value)
    assert {"", *MISSING_TOKENS} == numbers.MISSING
    assert numbers.NOT_IN_NAMES == FORBIDDEN
