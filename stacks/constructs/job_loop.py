"""The shape that every job takes in the state machine: start it, then ask until it has ended."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class JobLoop:
    """Start -> Wait -> Describe -> Is it done? -> Wait ...

    Attributes:
        start: where the loop is entered.
        done: the choice that leaves it; `when_completed` says where to.
    """

    start: sfn.TaskStateBase
    done: sfn.Choice
    status: str

    def when_completed(self, next_state: sfn.IChainable) -> None:
        """Go on to `next_state` once the job has completed. Anything that is neither this nor
        still under way has been given to `otherwise` when the loop was made."""
        self.done.when(sfn.Condition.string_equals(self.status, "Completed"), next_state)


def job_loop(
    scope: Construct,
    *,
    job: str,
    at: str,
    start: sfn.TaskStateBase,
    describe: sfn.TaskStateBase,
    otherwise: sfn.IChainable,
) -> JobLoop:
    """The loop for one kind of job.

    Every kind of job goes through it, those with a .sync integration too: one shape to read, to
    bound and to stop. Autopilot tells nobody when it ends (there is no EventBridge event and no
    .sync integration), so it must be asked. How long to wait is the answer's `wait_seconds`:
    rules/waiting.py keeps the longest job far below the 25,000 events an execution may have.

    Args:
        job: what the names of the loop's own states are made of, as "AutoML".
        at: where `start` and `describe` put the job, as "$.training".
        otherwise: what an unknown status leads to; a job that failed makes `describe` raise.
    """
    status = f"{at}.status"
    wait = sfn.Wait(scope, f"WaitFor{job}", time=sfn.WaitTime.seconds_path(f"{at}.wait_seconds"))
    under_way = sfn.Condition.or_(
        sfn.Condition.string_equals(status, "InProgress"),
        sfn.Condition.string_equals(status, "Stopping"),
    )
    done = sfn.Choice(scope, f"Is{job}Done").when(under_way, wait).otherwise(otherwise)
    start.next(wait)
    wait.next(describe)
    describe.next(done)
    return JobLoop(start=start, done=done, status=status)
