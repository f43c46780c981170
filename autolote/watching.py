"""Following one execution of the state machine, from its history and from the jobs it started."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from autolote.accounts import Account, AccountError

ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
APPEARS_WITHIN = 90.0


@dataclass(frozen=True, kw_only=True)
class StateTime:
    """How long the execution has been in one state; `visits` counts how often it was entered."""

    name: str
    visits: int
    seconds: float
    active: bool


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a run stands: `detail` is a line about the job it waits for, empty between jobs."""

    status: str
    states: tuple[StateTime, ...]
    seconds: float
    detail: str = ""
    error: str = ""
    cause: str = ""

    @property
    def ended(self) -> bool:
        return self.status in ENDED


class Watcher:
    """Reads an execution again and again; survives an account that goes away and comes back."""

    def __init__(self, account: Account, *, execution_arn: str, every: float) -> None:
        self._account = account
        self._arn = execution_arn
        self._every = every

    def follow(self, *, patience: float, on_silence: Callable[[], None]) -> Iterator[Progress]:
        """Yield the progress until the run has ended.

        Args:
            patience: seconds to bear with an account that does not answer.
            on_silence: called once each time it stops answering.

        Raises:
            AccountError: no execution appeared, or the account stayed silent.
        """
        started = silent_since = time.monotonic()
        silent = False
        while True:
            try:
                progress = self._read()
            except (BotoCoreError, AccountError) as error:
                if not silent:
                    silent, silent_since = True, time.monotonic()
                    on_silence()
                if time.monotonic() - silent_since > patience:
                    raise AccountError(f"the account does not answer any more: {error}") from error
            else:
                silent = False
                if progress is not None:
                    yield progress
                    if progress.ended:
                        return
                elif time.monotonic() - started > APPEARS_WITHIN:
                    raise AccountError(
                        f"no execution {self._arn} appeared within {APPEARS_WITHIN:.0f} s: look at "
                        "the StartRun function's log and at the dead-letter queue"
                    )
            time.sleep(self._every)

    def _read(self) -> Progress | None:
        machines = self._account.client("stepfunctions")
        try:
            told = machines.describe_execution(executionArn=self._arn)
            events = self._history(machines)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
                return None
            raise
        ended = told.get("stopDate")
        now = ended or datetime.now(UTC)
        states = state_times(events, now=now)
        return Progress(
            status=told["status"],
            states=states,
            seconds=(now - told["startDate"]).total_seconds(),
            detail="" if ended else self._detail(events, states),
            error=told.get("error", ""),
            cause=told.get("cause", ""),
        )

    def _history(self, machines: Any) -> list[Mapping[str, Any]]:
        pages = machines.get_paginator("get_execution_history")
        return [
            event
            for page in pages.paginate(executionArn=self._arn, includeExecutionData=True)
            for event in page["events"]
        ]

    def _detail(self, events: list[Mapping[str, Any]], states: tuple[StateTime, ...]) -> str:
        active = next((state.name for state in states if state.active), "")
        for kind, (part, line) in _JOBS.items():
            job = _job_name(events, part) if kind in active else ""
            if job:
                try:
                    return line(self._account.client("sagemaker"), job)
                except ClientError:
                    return job
        return ""


def state_times(events: list[Mapping[str, Any]], *, now: datetime) -> tuple[StateTime, ...]:
    """Seconds per state, in the order in which the states were first entered.

    Args:
        events: GetExecutionHistory's events, oldest first.
        now: the end of a state that was not left yet.
    """
    seconds: dict[str, float] = {}
    visits: dict[str, int] = {}
    active, since = "", now
    for event in events:
        entered = event.get("stateEnteredEventDetails")
        left = event.get("stateExitedEventDetails")
        if (entered or left) and active:
            seconds[active] += (event["timestamp"] - since).total_seconds()
            active = ""
        if entered:
            active, since = entered["name"], event["timestamp"]
            seconds.setdefault(active, 0.0)
            visits[active] = visits.get(active, 0) + 1
    if active:
        seconds[active] += (now - since).total_seconds()
    return tuple(
        StateTime(name=name, visits=visits[name], seconds=spent, active=name == active)
        for name, spent in seconds.items()
    )


def _job_name(events: list[Mapping[str, Any]], part: str) -> str:
    for event in reversed(events):
        entered = event.get("stateEnteredEventDetails")
        if entered and entered.get("input"):
            found: str = json.loads(entered["input"]).get(part, {}).get("job_name", "")
            return found
    return ""


def _automl_line(sagemaker: Any, job: str) -> str:
    told = sagemaker.describe_auto_ml_job_v2(AutoMLJobName=job)
    pages = sagemaker.get_paginator("list_candidates_for_auto_ml_job")
    ended = [one for page in pages.paginate(AutoMLJobName=job) for one in page["Candidates"]]
    scores = [
        c["FinalAutoMLJobObjectiveMetric"] for c in ended if "FinalAutoMLJobObjectiveMetric" in c
    ]
    line = f"{told['AutoMLJobSecondaryStatus']} · {len(ended)} candidates"
    if scores:
        best = (min if scores[0].get("Type") == "Minimize" else max)(
            scores, key=lambda s: s["Value"]
        )
        line += f" · best {best['MetricName']} {best['Value']:.4f}"
    return line


def _training_line(sagemaker: Any, job: str) -> str:
    told = sagemaker.describe_training_job(TrainingJobName=job)
    moves = [move["Status"] for move in told.get("SecondaryStatusTransitions", [])]
    parts = [told["SecondaryStatus"], told["ResourceConfig"]["InstanceType"]]
    parts += [
        f"{metric['MetricName'].removeprefix('validation:')} {metric['Value']:.4f}"
        for metric in told.get("FinalMetricDataList", [])
        if metric["MetricName"].startswith("validation:")
    ]
    if interruptions := moves.count("Interrupted"):
        parts.append(f"interrupted {interruptions} x, goes on from its checkpoint")
    return " · ".join(parts)


def _transform_line(sagemaker: Any, job: str) -> str:
    told = sagemaker.describe_transform_job(TransformJobName=job)
    return f"{told['TransformJobStatus']} · {told['TransformResources']['InstanceType']}"


# The jobs a state machine waits for: by a part of its states' names, where the job stands in the
# state and what is told of it.
_JOBS: Mapping[str, tuple[str, Callable[[Any, str], str]]] = {
    "AutoML": ("training", _automl_line),
    "Training": ("training", _training_line),
    "Golden": ("golden", _transform_line),
    "Transform": ("scoring", _transform_line),
}
