"""Starting a job exactly once, although the call may be repeated and its answer may be lost."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from rules import names

from steps import errors

_OVER = frozenset(("Failed", "Stopped", "Stopping"))


@dataclass(frozen=True, kw_only=True)
class Existing:
    """A job that has the name already.

    Attributes:
        arn: the job's.
        status: as SageMaker says it.
        created_at: seconds since the epoch.
        is_ours: whether it is what this run would have created.
    """

    arn: str
    status: str
    created_at: float
    is_ours: bool


@dataclass(frozen=True, kw_only=True)
class Started:
    """A job of this run that is under way, or was found done."""

    name: str
    arn: str
    attempt: int
    started_at: float


def start(
    *,
    name: Callable[[int], str],
    payload: Callable[[str, int], Mapping[str, Any]],
    create: Callable[[Mapping[str, Any]], str],
    find: Callable[[str, Mapping[str, Any]], Existing],
) -> Started:
    """Create the run's job; adopt it if it exists, go on to the next name if it has ended badly.

    Args:
        name: the job's name for an attempt, from 1.
        payload: the request that creates it, from name and attempt.
        create: makes the call and returns the job's ARN.
        find: describes the job of a name and says whether it is the payload's.

    Raises:
        JobNameTaken: the name belongs to a job that is not this run's, or every attempt is used.
    """
    for attempt in range(1, names.MAX_ATTEMPTS + 1):
        job = name(attempt)
        asked = payload(job, attempt)
        try:
            arn = create(asked)
            return Started(name=job, arn=arn, attempt=attempt, started_at=time.time())
        except ClientError as error:
            if errors.code_of(error) != "ResourceInUse":
                raise
        existing = find(job, asked)
        if not existing.is_ours:
            raise errors.JobNameTaken(
                f"{existing.arn} exists and is not this run's: it reads or writes elsewhere. "
                "It was left alone; send the request again with a new token."
            )
        if existing.status not in _OVER:
            return Started(
                name=job, arn=existing.arn, attempt=attempt, started_at=existing.created_at
            )
    raise errors.JobNameTaken(
        f"all {names.MAX_ATTEMPTS} attempts of this run have ended badly; "
        "send the request again with a new token."
    )
