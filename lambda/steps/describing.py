"""What describing a job of any kind has in common: asking for it, and deciding to wait on."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError
from rules import waiting

from steps import errors

_PAUSE_SECONDS = 2


def patiently(describe: Callable[[], Mapping[str, Any]], *, patience: int = 3) -> Mapping[str, Any]:
    """A description; a job that is not to be found yet is asked for a few times.

    Describe* reads may lag behind the Create* call by moments.

    Raises:
        ClientError: the call failed, or the job is still not to be found.
    """
    for left in range(patience, -1, -1):
        try:
            return describe()
        except ClientError as error:
            if not left or not errors.is_missing(error):
                raise
            time.sleep(_PAUSE_SECONDS)
    raise AssertionError("unreachable: the last round returns or raises")


def wait_on(
    job: Mapping[str, Any],
    *,
    margin_seconds: int,
    beyond: str,
    stopped: type[Exception],
    timed_out: type[Exception],
) -> dict[str, Any]:
    """The state of a job that has neither completed nor failed, with when to look again.

    Args:
        job: its part of the state, with the `status` it has now.
        margin_seconds: how far it may run beyond its `limit_seconds`.
        beyond: the limit and the margin as the message names them.
        stopped: raised when somebody stopped the job.
        timed_out: raised when it runs beyond its limit and margin.

    Raises:
        UnknownStatus: SageMaker gave a status that is not known here.
    """
    name, status = job["job_name"], job["status"]
    if status == "Stopped":
        raise stopped(f"{name} was stopped by somebody; redrive the execution.")
    if status not in ("InProgress", "Stopping"):
        raise errors.UnknownStatus(f"{name} has the status {status}, which is not known here.")
    times = {
        "elapsed_seconds": time.time() - job["started_at"],
        "limit_seconds": job["limit_seconds"],
        "margin_seconds": margin_seconds,
    }
    if waiting.is_overdue(**times):
        raise timed_out(
            f"{name} has run for {times['elapsed_seconds']:,.0f} seconds, beyond {beyond}; "
            "it will be stopped."
        )
    return {**job, "wait_seconds": waiting.next_wait(**times)}
