"""Greedy ensemble selection from a library of models (Caruana et al., ICML 2004)."""

from collections.abc import Mapping, Sequence

from autolote.local.automl.metrics import Floats, Loss

PICKS = 8
MAX_MEMBERS = 4
"""Distinct candidates in an ensemble: each one is as many model files as there are splits, all of
which the server evaluates for every row."""


def select(library: Sequence[Floats], loss: Loss) -> Mapping[int, float]:
    """Weights (sum 1) of the chosen members of `library`, by position.

    `library` holds the predictions of each candidate for the same held-out rows. Starting with the
    best one, the member that lowers the loss of the average most is added, the same one perhaps
    again, until none lowers it.
    """
    losses = [loss(predicted) for predicted in library]
    picks = [min(range(len(library)), key=losses.__getitem__)]
    best, total = losses[picks[0]], library[picks[0]].copy()
    while len(picks) < PICKS:
        allowed = set(picks) if len(set(picks)) == MAX_MEMBERS else range(len(library))
        trials = {at: loss((total + library[at]) / (len(picks) + 1)) for at in sorted(allowed)}
        at = min(trials, key=trials.__getitem__)
        if trials[at] >= best - 1e-9:
            break
        best = trials[at]
        total = total + library[at]
        picks.append(at)
    return {at: picks.count(at) / len(picks) for at in sorted(set(picks))}


def blend(library: Sequence[Floats], weights: Mapping[int, float]) -> Floats:
    """The weighted average of the members' predictions."""
    parts = [library[at] * weight for at, weight in weights.items()]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
