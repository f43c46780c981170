"""Carrying a plan out: one task after the other, going on with what does not need a failed one."""

import time
from collections.abc import Callable
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from autolote.teardown.model import Left, NotDoneError, Plan, Report, Task


class Shown(Protocol):
    """Who is told how it goes."""

    def begin(self, task: Task) -> None:
        """A task begins."""

    def tell(self, text: str) -> None:
        """What it is waiting for, or has done so far."""

    def end(self, task: Task, why: str | None) -> None:
        """It is done, or is left for a reason."""


def carry_out(plan: Plan, *, again: Callable[[], Plan], shown: Shown) -> Report:
    """Carry out a plan, then what has come up meanwhile.

    Args:
        again: makes the plan anew; what it still finds to do is what is left.
        shown: is told of each step.
    """
    begun = time.monotonic()
    report = Report(plan=plan)
    try:
        _run(plan.tasks, report, shown)
        report.plan = again()
        known = {one.thing.arn for one in report.left}
        # An app that was opened, a run that was started after the plan was made.
        _run([one for one in report.plan.tasks if one.thing.arn not in known], report, shown)
        if report.done:
            report.plan = again()
    finally:
        report.seconds = time.monotonic() - begun
    return report


def _run(tasks: tuple[Task, ...] | list[Task], report: Report, shown: Shown) -> None:
    left = {one.thing.arn: one.thing for one in report.left}
    for task in tasks:
        blocked = next((left[arn] for arn in sorted(task.needs) if arn in left), None)
        if blocked is not None:
            why: str | None = f"{blocked.kind} {blocked.name} is left"
        else:
            why = _attempt(task, shown)
        shown.end(task, why)
        if why is None:
            report.done.append(task)
        else:
            left[task.thing.arn] = task.thing
            report.left.append(Left(thing=task.thing, why=why, command=task.command))


def _attempt(task: Task, shown: Shown) -> str | None:
    """Why a task was not done, None if it was."""
    shown.begin(task)
    try:
        task.carry_out(shown.tell)
    except (NotDoneError, ClientError, BotoCoreError) as error:
        return str(error)
    return None
