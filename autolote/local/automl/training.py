"""One AutoML job from its folder's request to its result: data, search, ensemble, reports."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autolote.local.automl import artifact, data, ensemble, metrics, reports
from autolote.local.automl.candidates import Candidate, CandidateStore
from autolote.local.automl.clock import Clock
from autolote.local.automl.files import write_atomically
from autolote.local.automl.job import JobRequest
from autolote.local.automl.metrics import Floats
from autolote.local.automl.progress import Progress
from autolote.local.automl.search import Search

# The layout that public code shows below {S3OutputPath}/{AutoMLJobName}/; it is no part of the API.
MODELS = "sagemaker-automl-candidates/model"
EXPLAINABILITY = "documentation/explainability/output"
INSIGHTS = "documentation/model_monitor/output"

LIBRARY = 15
"""Candidates, the best ones, that the ensemble is selected from."""

ENSEMBLE = "WeightedEnsemble"


def run(workdir: Path, *, started: float) -> None:
    """Run or resume the job in `workdir`; `started` is time.monotonic() of the process's start.

    Raises TrainingError when the job cannot succeed.
    """
    request = JobRequest.load(workdir / "request.json")
    clock = Clock(workdir / "clock.json", budget=request.budget_seconds, started=started)
    progress = Progress(workdir / "progress.jsonl")
    progress.stage("AnalyzingData")
    loaded = data.load(workdir, request)
    progress.stage("TrainingModels")
    Job(workdir=workdir, request=request, data=loaded, clock=clock, progress=progress).run()


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the leaderboard."""

    name: str
    label: str
    metrics: Mapping[str, float]
    gain: Mapping[str, float]
    predicted: Floats
    seconds: float


class Job:
    """What the parts of one job share."""

    def __init__(
        self,
        *,
        workdir: Path,
        request: JobRequest,
        data: data.TrainingData,
        clock: Clock,
        progress: Progress,
    ) -> None:
        self._workdir = workdir
        self._artifacts = workdir / "artifacts"
        self._data = data
        self._objective = data.problem.objective
        self._progress = progress
        self._store = CandidateStore(workdir / "candidates")
        self._clock = clock
        self._search = Search(
            data=data, request=request, store=self._store, clock=clock, report=self._report
        )
        self._description = artifact.Description(
            problem_type=data.problem.type,
            target=request.target,
            classes=data.problem.classes,
            columns=data.columns,
        )

    def run(self) -> None:
        """Search, close with the ensemble and the reports, write the result."""
        stopped_by = self._search.run()
        entries = [
            Entry(
                name=candidate.name,
                label=candidate.label,
                metrics=candidate.metrics,
                gain=candidate.gain,
                predicted=self._store.held_out(candidate),
                seconds=candidate.seconds,
            )
            for candidate in self._search.finished
        ]
        blended = self._ensemble()
        if blended is not None:
            entries.append(blended)
        entries.sort(key=self._rank)
        self._progress.stage("GeneratingExplainabilityReport")
        for entry in entries:
            path = self._artifacts / EXPLAINABILITY / entry.name / "analysis.json"
            write_atomically(path, json.dumps(reports.explainability(entry.gain), indent=1))
        self._progress.stage("GeneratingModelInsightsReport")
        self._write_insights(entries)
        result = {
            "problem_type": self._data.problem.type,
            "objective": self._objective,
            "stopped_by": stopped_by,
            "rows": self._data.rows,
            "candidates": [self._line(entry) for entry in entries],
        }
        self._clock.save()
        write_atomically(self._workdir / "result.json", json.dumps(result, indent=1))

    def _rank(self, entry: Entry) -> tuple[float, float]:
        """The best value of the objective first; of equals, the one with the lower loss."""
        tie = entry.metrics["RMSE" if self._data.problem.type == "Regression" else "LogLoss"]
        return -metrics.better(self._objective, entry.metrics[self._objective]), tie

    def _line(self, entry: Entry) -> dict[str, Any]:
        return {
            "name": entry.name,
            "label": entry.label,
            "value": entry.metrics[self._objective],
            "metrics": dict(entry.metrics),
            "seconds": round(entry.seconds, 3),
            "model": f"{MODELS}/{entry.name}/model.tar.gz",
            "explainability": f"{EXPLAINABILITY}/{entry.name}/analysis.json",
            "insights": f"{INSIGHTS}/{entry.name}/insights.json",
        }

    def _report(self, candidate: Candidate) -> None:
        """Pack a finished candidate and report it."""
        self._pack(candidate.name, [(candidate, 1.0)])
        self._progress.candidate(
            {
                "name": candidate.name,
                "label": candidate.label,
                "value": candidate.metrics[self._objective],
                "metrics": dict(candidate.metrics),
                "seconds": round(candidate.seconds, 3),
            }
        )

    def _pack(self, name: str, weighted: Sequence[tuple[Candidate, float]]) -> None:
        """The model.tar.gz of candidates: the models of a candidate's splits count alike."""
        path = self._artifacts / MODELS / name / "model.tar.gz"
        if path.exists():
            return
        members = [
            (file, weight / len(candidate.rounds))
            for candidate, weight in weighted
            for file in self._store.models(candidate)
        ]
        artifact.save(path, self._description, members, scratch=self._workdir / "model.json")

    def _ensemble(self) -> Entry | None:
        """The ensemble of the best candidates, or None when one of them alone is best."""
        started = self._clock.used
        library = sorted(self._search.finished, key=lambda candidate: candidate.loss)[:LIBRARY]
        predicted = [self._store.held_out(candidate) for candidate in library]
        truth, weights = self._search.held_out()
        kind = self._data.problem.type
        chosen = ensemble.select(predicted, metrics.search_loss(kind, truth, weights))
        if len(chosen) == 1:
            return None
        members = [(library[at], weight) for at, weight in chosen.items()]
        self._pack(ENSEMBLE, members)
        blended = ensemble.blend(predicted, chosen)
        gain = dict.fromkeys(members[0][0].gain, 0.0)
        for candidate, weight in members:
            total = sum(candidate.gain.values()) or 1.0  # gains of different losses do not compare
            for name, value in candidate.gain.items():
                gain[name] += weight * value / total
        entry = Entry(
            name=ENSEMBLE,
            label=ENSEMBLE,
            metrics=metrics.leaderboard(kind, truth, blended, weights),
            gain=gain,
            predicted=blended,
            seconds=self._clock.used - started,
        )
        line = self._line(entry)
        shown = ("name", "label", "value", "metrics", "seconds")
        self._progress.candidate({key: line[key] for key in shown})
        return entry

    def _write_insights(self, entries: Sequence[Entry]) -> None:
        truth, weights = self._search.held_out()
        splits = len(self._search.splits)
        held_out = (
            f"out of fold: held out in one of {splits} splits, models of the other rows"
            if splits > 1
            else "the rows held out for validation"
        )
        for entry in entries:
            report = reports.insights(
                self._data.problem, truth, entry.predicted, weights, held_out=held_out
            )
            path = self._artifacts / INSIGHTS / entry.name / "insights.json"
            write_atomically(path, json.dumps(report, indent=1))
