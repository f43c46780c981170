"""What every kind of job does with its records: refuse a taken name, look one up, go on."""

from collections.abc import Callable
from functools import partial
from typing import Any

from .context import Context
from .errors import ResourceInUseError, ResourceNotFoundError
from .jobs import Interrupt


def existing_job(context: Context, kind: str, name: str) -> dict[str, Any]:
    """The record of a job.

    Raises:
        ResourceNotFoundError: there is none.
    """
    record = context.store(kind).read(name)
    if record is None:
        raise ResourceNotFoundError(
            f"Could not find requested job with name: {name} ({context.arn(kind, name)})"
        )
    return record


def job_name_taken(arn: str) -> ResourceInUseError:
    """The refusal of a job whose name another one has."""
    return ResourceInUseError(
        "Job name must be unique within an AWS account and region, and a job with this name "
        f"already exists ({arn})"
    )


def resume_jobs(
    context: Context, kind: str, *, members: str, run: Callable[[Context, str, Interrupt], None]
) -> None:
    """Go on with the jobs of a kind that had not ended when the account went down.

    Args:
        context: where their records are.
        kind: as in their ARN.
        members: what the API puts before `Name` and `Status` in their descriptions.
        run: what works on one.
    """
    for job in context.store(kind).all():
        name, status = (job["description"][f"{members}{member}"] for member in ("Name", "Status"))
        if status in ("InProgress", "Stopping"):
            context.jobs.start(kind, name, partial(run, context, name))
        else:
            context.forget_work(kind, name)  # killed after the end, before the folder was gone
        if status == "Stopping":
            context.jobs.stop(kind, name)
