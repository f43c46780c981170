"""Early stopping: which round was the best, and whether to go on."""

from collections.abc import Mapping

# LightGBM's metrics of which more is better; of every other one less is.
_MORE_IS_BETTER = ("auc", "average_precision", "auc_mu")


class Rounds:
    """The rounds of a training so far, whatever segments they came in.

    Args:
        metric: the first metric of the training; watched on the validation data.
        patience: rounds without a better value after which training ends; 0: never.
    """

    def __init__(self, *, metric: str, patience: int) -> None:
        self._watched = f"validation:{metric}"
        self._sign = 1.0 if metric in _MORE_IS_BETTER else -1.0
        self._patience = patience
        self.history: list[Mapping[str, float]] = []
        self.best_round = 0
        self.ended: str | None = None

    def note(self, metrics: Mapping[str, float]) -> bool:
        """Take a round's metrics; whether training ends with it."""
        self.history.append(metrics)
        count = len(self.history)
        best = self.history[self.best_round - 1] if self.best_round else None
        if not self._patience or best is None or self._better(metrics, best):
            self.best_round = count
        elif count - self.best_round >= self._patience:
            self.ended = "early_stopping_rounds"
        return self.ended is not None

    def _better(self, metrics: Mapping[str, float], best: Mapping[str, float]) -> bool:
        return self._sign * (metrics[self._watched] - best[self._watched]) > 0
