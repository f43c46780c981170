"""The search: one candidate after the other until their number or the time is used up."""

import logging
import time
from collections.abc import Callable, Sequence

import lightgbm as lgb
import numpy as np

from autolote.local.automl import metrics
from autolote.local.automl.boosting import Fold, Model, boost, dataset_parameters, parameters
from autolote.local.automl.candidates import Candidate, CandidateStore
from autolote.local.automl.clock import Clock
from autolote.local.automl.data import SEED, TrainingData
from autolote.local.automl.ensemble import MAX_MEMBERS
from autolote.local.automl.folds import Split
from autolote.local.automl.job import JobRequest
from autolote.local.automl.portfolio import Configuration, Portfolio

log = logging.getLogger(__name__)

FIRST_SHARE = 0.7
"""Share of the budget that the first candidate may use. On large data, many candidates cut short
are far worse than one that was allowed to finish."""

LATER_SHARE = 0.2
"""Share of the budget that each further candidate may use. As many splits are used as fit into it
at the pace of the first one."""

FEW_CELLS = 200_000
"""Training data of fewer cells is faster on one thread: two spend their time waiting."""

CLOSING_SHARE = 0.04
CLOSING_SECONDS = 0.3
"""Kept for the reports and the end of the process, beside what packing was seen to take."""


class Search:
    """Trains candidates, saves each one, and hands it to `report`.

    As long as the clock cuts nothing short, the same data, request and number of candidates give
    the same models, whether or not the search was interrupted and resumed.
    """

    def __init__(
        self,
        *,
        data: TrainingData,
        request: JobRequest,
        store: CandidateStore,
        clock: Clock,
        report: Callable[[Candidate], None],
    ) -> None:
        self._data = data
        self._request = request
        self._store = store
        self._clock = clock
        self._report = report
        self._portfolio = Portfolio(problem_type=data.problem.type, seed=SEED)
        self._folds: dict[tuple[int, bool], Fold] = {}
        self._packing: list[float] = []
        self.finished: list[Candidate] = []

    @property
    def splits(self) -> Sequence[Split]:
        """The splits in use: all, or as many as the first candidate showed the budget to allow."""
        if not self.finished:
            return self._data.splits
        return self._data.splits[: len(self.finished[0].rounds)]

    def run(self) -> str:
        """Search; returns what ended it, `MaxCandidates` or `MaxRuntime`."""
        self.finished = self._store.load()
        for candidate in self.finished:
            self._timed_report(candidate)
        while len(self.finished) < self._request.max_candidates:
            if self.finished and not self._worthwhile():
                return "MaxRuntime"
            self._next()
        return "MaxCandidates"

    def held_out(self) -> tuple[metrics.Floats, metrics.Floats]:
        """The targets and weights of the held-out rows, split after split."""
        rows = np.concatenate([split.held_out for split in self.splits])
        return self._data.target[rows], self._data.weights[rows]

    def _worthwhile(self) -> bool:
        """Whether the time that is left can bring another candidate."""
        quickest = min(candidate.seconds for candidate in self.finished)
        enough = min(0.5 * quickest, 0.1 * self._clock.budget)
        return self._time_for_candidates() > max(enough, 0.1)

    def _time_for_candidates(self) -> float:
        packing = sum(self._packing) / len(self._packing) if self._packing else 0.0
        reports = CLOSING_SHARE * self._clock.budget + CLOSING_SECONDS
        return self._clock.left - reports - MAX_MEMBERS * packing

    def _next(self) -> None:
        started = time.monotonic()
        trials = [candidate.trial for candidate in self.finished]
        index = len(self.finished)
        configuration = self._portfolio.choose(index, trials)
        models = self._fit(configuration, first=not self.finished, started=started)
        candidate = self._judge(index, configuration, models, time.monotonic() - started)
        self._store.add(candidate, models)
        self.finished.append(candidate)
        self._clock.save()
        self._timed_report(candidate)

    def _timed_report(self, candidate: Candidate) -> None:
        started = time.monotonic()
        self._report(candidate)
        self._packing.append(time.monotonic() - started)

    def _fit(self, configuration: Configuration, *, first: bool, started: float) -> list[Model]:
        """One model per split. The first split of the first candidate shows how many the budget
        allows."""
        share = FIRST_SHARE if first else LATER_SHARE
        limit = self._request.max_seconds_per_candidate or self._clock.budget
        slot = min(share * self._clock.budget, limit, self._time_for_candidates())
        splits = self.splits
        models: list[Model] = []
        while len(models) < len(splits):
            at = len(models)
            left = started + slot - time.monotonic()
            part = 1 if first and at == 0 else len(splits) - at
            models.append(self._boost(at, configuration, time.monotonic() + left / part))
            if first and at == 0:
                pace = time.monotonic() - started
                later = min(LATER_SHARE * self._clock.budget, limit)
                count = 1 if models[0].cut else int(later / pace)
                splits = splits[: max(count, 1)]
        return models

    def _boost(self, at: int, configuration: Configuration, deadline: float) -> Model:
        fold = self._fold(at, configuration)
        settings = parameters(
            configuration,
            problem_type=self._data.problem.type,
            classes=len(self._data.problem.classes),
            threads=1 if self._data.matrix.size < FEW_CELLS else self._request.threads,
            seed=SEED,
        )
        return boost(
            fold,
            settings,
            rounds=configuration.rounds,
            patience=configuration.patience,
            deadline=deadline,
            each_round=self._clock.note,
        )

    def _fold(self, at: int, configuration: Configuration) -> Fold:
        """The binned data of a split, kept for the candidates to come."""
        binning = dataset_parameters(configuration.params)
        key = (at, bool(binning["linear_tree"]))
        if key not in self._folds:
            split, data = self._data.splits[at], self._data
            features = data.features
            fitted = lgb.Dataset(
                data.matrix[split.fitted],
                label=data.target[split.fitted],
                weight=data.weights[split.fitted],
                feature_name=[feature.name for feature in features],
                categorical_feature=[i for i, item in enumerate(features) if item.categorical],
                params=binning,
            )
            held_out = lgb.Dataset(
                data.matrix[split.held_out],
                label=data.target[split.held_out],
                reference=fitted.construct(),
                params=binning,
            )
            truth, weights = data.target[split.held_out], data.weights[split.held_out]
            loss = metrics.search_loss(data.problem.type, truth, weights)
            self._folds[key] = Fold(fitted=fitted, held_out=held_out.construct(), loss=loss)
        return self._folds[key]

    def _judge(
        self, index: int, configuration: Configuration, models: Sequence[Model], seconds: float
    ) -> Candidate:
        """The candidate with its metrics on the rows held out in all of its splits."""
        kind = self._data.problem.type
        rows = np.concatenate([split.held_out for split in self._data.splits[: len(models)]])
        truth, weights = self._data.target[rows], self._data.weights[rows]
        predicted = np.concatenate([model.predicted for model in models])
        gains = dict.fromkeys((column.name for column in self._data.columns), 0.0)
        for model in models:
            for feature, gain in zip(self._data.features, model.gain, strict=True):
                gains[feature.column] += float(gain)
        candidate = Candidate(
            index=index,
            label=configuration.label,
            params=configuration.params,
            rounds=tuple(model.rounds for model in models),
            loss=metrics.search_loss(kind, truth, weights)(predicted),
            metrics=metrics.leaderboard(kind, truth, predicted, weights),
            gain=gains,
            seconds=seconds,
            cut=any(model.cut for model in models),
        )
        log.info(
            "%s: loss %.5f, %d split(s), %.1f s",
            candidate.name,
            candidate.loss,
            len(models),
            seconds,
        )
        return candidate
