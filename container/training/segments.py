"""Boosting in segments, so that an interrupted training ends in the very same model.txt.

LightGBM cannot save the state of its random draws, so a training that goes on from a saved model
would draw differently from one that was never interrupted. Here EVERY training proceeds in segments
of `checkpoint_every` rounds: each is a booster of its own, with seeds derived from (seed, segment),
that starts from the raw scores of the trees before it. Resuming repeats exactly the segments that
are missing. A segment's trees are predicted once, which costs about half of their training; handing
LightGBM the whole model as init_model would predict all earlier trees before every segment.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import lightgbm
import numpy as np

from container.training.checkpoints import Segment
from container.training.constraints import monotone_constraints
from container.training.data import Floats, Table
from container.training.errors import TrainingError
from container.training.parameters import CLASSES
from container.training.rounds import Rounds
from container.training.settings import TrainingSettings

# What makes the same data give the same trees on every machine with the same number of threads
# (https://lightgbm.readthedocs.io/en/v4.7.0/Parameters.html#deterministic).
_REPEATABLE = {"deterministic": True, "force_row_wise": True, "verbosity": -1}
_SEEDS = ("bagging_seed", "feature_fraction_seed", "extra_seed", "objective_seed")
_ATTEMPTS = 5

Report = Callable[[int, Mapping[str, float]], None]


class Boosting:
    """The data in LightGBM's form, and the raw scores of the trees so far."""

    def __init__(
        self,
        settings: TrainingSettings,
        *,
        train: Table,
        validation: Table | None,
        classes: int | None,
        threads: int,
    ) -> None:
        self._settings = settings
        parameters = dict(settings.parameters)
        parameters.pop("categorical_feature", None)  # given to the dataset, by name
        if signs := monotone_constraints(settings, train.features):
            parameters["monotone_constraints"] = ",".join(map(str, signs))
        self._parameters: dict[str, Any] = {
            **parameters,
            **_REPEATABLE,
            "objective": settings.objective,
            "metric": list(settings.metrics),
            "num_threads": threads,
            "data_random_seed": settings.seed,
        }
        if settings.objective in CLASSES:
            self._parameters["num_class"] = classes
        self._train = _Scored(train, self._dataset(train, None), threads=threads)
        self._validation: _Scored | None = None
        if validation is not None:
            like = self._train.dataset
            self._validation = _Scored(validation, self._dataset(validation, like), threads=threads)

    def _dataset(self, table: Table, like: Any) -> Any:
        categorical = self._settings.categorical
        return lightgbm.Dataset(
            table.matrix,
            table.target,
            reference=like,
            feature_name=[name.replace(" ", "_") for name in table.features],
            categorical_feature=[name.replace(" ", "_") for name in categorical] or "auto",
            params=self._parameters,
            free_raw_data=False,
        ).construct()

    def grow(self, number: int, *, rounds: Rounds, report: Report) -> Segment:
        """Train the segment `number`, which follows the rounds so far.

        A round that finds no split to make ends the segment early. If its first round does, it is
        tried again with other draws, as with few rows a draw may leave nothing to split.
        """
        before = len(rounds.history)
        for attempt in range(_ATTEMPTS):
            booster = self._booster(derived_seed(self._settings.seed, number, attempt))
            self._boost(booster, rounds, report)
            history = tuple(rounds.history[before:])
            if history:
                break
        last = rounds.ended
        if not history:
            last = "no split that improves the model"
        elif last is None and len(rounds.history) == self._settings.max_rounds:
            last = "max_rounds"
        trees = booster.model_to_string(num_iteration=len(history)) if history else ""
        return Segment(number=number, trees=trees, history=history, last=last)

    def _boost(self, booster: Any, rounds: Rounds, report: Report) -> None:
        settings = self._settings
        first = len(rounds.history) + 1
        end = min(first + settings.checkpoint_every, settings.max_rounds + 1)
        for round_ in range(first, end):
            if booster.update():
                return
            reported = round_ % settings.report_every == 0 or round_ == settings.max_rounds
            metrics = self._metrics(booster, round_, reported=reported)
            if reported:
                report(round_, metrics)
            if rounds.note(metrics):
                return

    def take(self, segment: Segment) -> None:
        """Add a finished segment's trees to the raw scores the next one starts from."""
        if segment.last is None:
            trees = lightgbm.Booster(model_str=segment.trees)
            for scored in (self._train, self._validation):
                if scored is not None:
                    scored.add(trees)

    def evaluate(self, model: str) -> Mapping[str, float]:
        """The metrics of a whole model; nothing can be grown on it afterwards."""
        trees = lightgbm.Booster(model_str=model)
        for scored in (self._train, self._validation):
            if scored is not None:
                scored.start_from(trees)
        return self._metrics(self._booster(0), trees.current_iteration(), reported=True)

    def _booster(self, seed: int) -> Any:
        seeds = dict.fromkeys(_SEEDS, seed)
        booster = lightgbm.Booster(self._parameters | seeds, self._train.dataset)
        if self._validation is not None:
            booster.add_valid(self._validation.dataset, "validation")
        return booster

    def _metrics(self, booster: Any, round_: int, *, reported: bool) -> Mapping[str, float]:
        """The round's metrics; those of the training data cost as much as a tree."""
        found = {}
        for dataset, results in (
            ("train", booster.eval_train() if reported else ()),
            ("validation", booster.eval_valid() if self._validation is not None else ()),
        ):
            for _, name, value, *_ in results:
                found[f"{dataset}:{name}"] = float(value)
                if not np.isfinite(value):
                    raise TrainingError(
                        f"The metric {dataset}:{name} is {value} in round {round_}: the training "
                        "does not converge on this data. Lower learning_rate, or give another "
                        "objective or metric."
                    )
        return found


class _Scored:
    """A dataset and the raw scores of its rows under the trees so far."""

    def __init__(self, table: Table, dataset: Any, *, threads: int) -> None:
        self._matrix = table.matrix
        self._threads = threads
        self._scores: Floats | None = None
        self.dataset = dataset

    def add(self, trees: Any) -> None:
        """Add the trees' raw scores; always segment by segment, so the sum has one order."""
        scores = self._predicted(trees)
        self._scores = scores if self._scores is None else self._scores + scores
        self.dataset.set_init_score(self._scores)

    def start_from(self, trees: Any) -> None:
        """Take the raw scores of a whole model instead."""
        self.dataset.set_init_score(self._predicted(trees))

    def _predicted(self, trees: Any) -> Floats:
        scores: Floats = trees.predict(self._matrix, raw_score=True, num_threads=self._threads)
        return scores


def derived_seed(seed: int, segment: int, attempt: int) -> int:
    """A seed for an attempt's draws, from 0 to 2**31 - 1."""
    digest = hashlib.sha256(f"{seed}/{segment}/{attempt}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1
