"""The names autolote gives to runs, jobs and models.

A name is derived, never drawn: the same request delivered twice gives the same run, and a step
that is repeated after a lost answer gives the same job. A job's name also carries the number of
its attempt, because SageMaker never frees the name of a job that failed or was stopped.
"""

import hashlib
import json
import re

ID_PATTERN = r"[a-z0-9](-?[a-z0-9]){0,31}"
"""A legal `project_id` or `experiment_id`: no slash, no dot, no doubled or trailing hyphen."""

MAX_ATTEMPTS = 9
"""Jobs one run may start under successive names before it has to be looked at by a person."""

# CreateTransformJob, CreateTrainingJob and CreateModel: 1-63 characters.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
_LONGEST_NAME = 63
_RUN_DIGITS = 12
# CreateAutoMLJobV2: 1-32 characters, of which the prefix has 17 with its hyphen; unique without
# regard to case, so lower case only.
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAutoMLJobV2.html
_AUTOML_DIGITS = 14
_ILLEGAL = re.compile(r"[^a-z0-9]+")


def is_id(text: object) -> bool:
    """Whether `text` is a legal project or experiment id."""
    return isinstance(text, str) and re.fullmatch(ID_PATTERN, text) is not None


def run_id(
    *,
    project_id: object,
    experiment_id: object,
    token: object = None,
    delivery: tuple[str, ...] = (),
) -> str:
    """The id of a run, which is also the name of its execution (at most 62 characters).

    The ids may be anything, because a request that is refused has a run as well: what is not
    legal in a name is left out, and what is not there at all is called `unknown`.

    Args:
        project_id: the request's own, checked or not.
        experiment_id: the request's own, checked or not.
        token: the request's own; with it, the run is the same however often the request is sent.
        delivery: what makes a request without a token the same one when it is delivered again:
            the kind of its trigger, then the event's id, the object's bucket, key and version, or
            the schedule's name and time.
    """
    if isinstance(token, str) and token:
        identity = _joined("token", str(project_id), str(experiment_id), token)
    else:
        identity = _joined(*delivery)
    stem = f"{_slug(project_id)}-{_slug(experiment_id)}"
    return f"{stem}-{_digest(identity)[:_RUN_DIGITS]}"


def automl_job_name(*, prefix: str, run_id: str, attempt: int = 1) -> str:
    """The name of a run's AutoML job: the prefix and 14 hexadecimal digits, 32 at most."""
    return f"{prefix}-{_digest(_joined('automl', run_id, str(attempt)))[:_AUTOML_DIGITS]}"


def transform_job_name(*, prefix: str, run_id: str, attempt: int = 1) -> str:
    """The name of a run's transform job: prefix, project, experiment and digits, 63 at most."""
    return _readable_name(prefix=prefix, run_id=run_id, kind="transform", attempt=attempt)


def golden_job_name(*, prefix: str, run_id: str, attempt: int = 1) -> str:
    """The name of a run's transform job over the golden rows, 63 at most."""
    return _readable_name(prefix=prefix, run_id=run_id, kind="golden", attempt=attempt)


def training_job_name(*, prefix: str, run_id: str, attempt: int = 1) -> str:
    """The name of a run's training job: prefix, project, experiment and digits, 63 at most."""
    return _readable_name(prefix=prefix, run_id=run_id, kind="training", attempt=attempt)


def model_name(*, prefix: str, run_id: str, attempt: int = 1) -> str:
    """The name of a run's SageMaker model: prefix, project, experiment and digits, 63 at most."""
    return _readable_name(prefix=prefix, run_id=run_id, kind="model", attempt=attempt)


def run_prefix(*, project_id: str, experiment_id: str, run_id: str) -> str:
    """The S3 prefix of everything that belongs to one run, ending in `/`."""
    return f"{project_id}/{experiment_id}/runs/{run_id}/"


def object_name(*, index: int, key: str) -> str:
    """The name of the `index`-th scoring object in a run's snapshot.

    The number keeps the order and makes names unique; the rest is for people, so characters that
    have a meaning of their own in a URI are replaced.
    """
    tail = re.sub(r"[^A-Za-z0-9._-]", "_", key.rsplit("/", 1)[-1])[-120:]
    return f"{index:05d}-{tail}"


def _readable_name(*, prefix: str, run_id: str, kind: str, attempt: int) -> str:
    digits = _digest(_joined(kind, run_id, str(attempt)))[:_RUN_DIGITS]
    room = _LONGEST_NAME - len(prefix) - len(digits) - 2
    stem = run_id[: -_RUN_DIGITS - 1][:room].strip("-")
    return f"{prefix}-{stem}-{digits}"


def _joined(*parts: str) -> str:
    """One text out of several, so that no two lists of parts give the same text."""
    return json.dumps(parts)


def _slug(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return _ILLEGAL.sub("-", text.lower())[:24].strip("-") or "unknown"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
