"""Custom::ScoringImage: sees to it that the repository holds the image of this source.

The tag says which source: where an image of that tag is, nothing is built. A build is started
and waited for here; it ends within the project's own time-outs, which leave this function time to
say why it failed. Deleting does nothing: images belong to the repository and its lifecycle rules.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from rules import image_build

from deploy import answers

LONGEST_PAUSE_SECONDS = 10
LOG_LINES = 1_000
ANSWER_SECONDS = 30
"""What is kept back of the function's own time to answer CloudFormation."""

_CONFIG = Config(retries={"mode": "standard", "max_attempts": 5})
_log = logging.getLogger("autolote")
_log.setLevel(logging.INFO)


class BuildFailedError(RuntimeError):
    """There is no image of this source; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The resource's properties."""

    project: str
    repository: str
    tag: str

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> "Wanted":
        """From the event; KeyError names a property that is missing."""
        return cls(
            project=properties["Project"],
            repository=properties["Repository"],
            tag=properties["ImageTag"],
        )


def handler(event: Mapping[str, Any], context: Any) -> None:
    """Carry out one request of CloudFormation and answer it, whatever happens."""
    properties = event["ResourceProperties"]
    own = f"{properties.get('Repository')}:{properties.get('ImageTag')}"
    _log.info("%s of the image %s", event["RequestType"], own)
    if event["RequestType"] == "Delete":
        answers.send(event, physical_id=event["PhysicalResourceId"])
        return
    seconds = context.get_remaining_time_in_millis() / 1000 - ANSWER_SECONDS
    try:
        digest = image(Wanted.of(properties), token=event["RequestId"], seconds=seconds)
    except (BuildFailedError, ClientError, BotoCoreError, KeyError) as error:
        _log.error("no image of tag %s: %s", own, error)
        known = event.get("PhysicalResourceId", own)
        answers.send(event, physical_id=known, reason=str(error) or repr(error))
    else:
        answers.send(event, physical_id=own, attributes={"Digest": digest})


def image(wanted: Wanted, *, token: str, seconds: float) -> str:
    """The digest of the image, which is built first if it is not there.

    Args:
        token: names this request: a second delivery of it starts no second build.
        seconds: how long a build may be waited for.

    Raises:
        BuildFailedError: it could not be built, or not in this time.
    """
    found = _digest(wanted)
    if found is not None:
        _log.info("it is there already: %s", found)
        return found
    build = _built(wanted, token=token, seconds=seconds)
    if image_build.is_running(build):
        raise BuildFailedError(
            f"the build {build['id']} of the scoring image has not ended within {seconds:.0f} "
            f"seconds; deploy again when it has. Log: {build['logs'].get('deepLink', 'none')}"
        )
    if not image_build.has_succeeded(build):
        raise BuildFailedError(image_build.why_failed(build, _end_of_log(build)))
    found = _digest(wanted)
    if found is None:
        raise BuildFailedError(
            f"the build {build['id']} succeeded and pushed no image {wanted.repository}:"
            f"{wanted.tag}. Log: {build['logs'].get('deepLink', 'none')}"
        )
    return found


def _built(wanted: Wanted, *, token: str, seconds: float) -> Mapping[str, Any]:
    """A build of the project as it was when it ended, or when the time was over."""
    codebuild = _client("codebuild")
    started = codebuild.start_build(projectName=wanted.project, idempotencyToken=token)["build"]
    _log.info("started the build %s", started["id"])
    deadline = time.monotonic() + seconds
    pause = 0.5
    while True:
        [build] = codebuild.batch_get_builds(ids=[started["id"]])["builds"]
        if not image_build.is_running(build) or time.monotonic() > deadline:
            return dict(build)
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)


def _digest(wanted: Wanted) -> str | None:
    try:
        found = _client("ecr").describe_images(
            repositoryName=wanted.repository, imageIds=[{"imageTag": wanted.tag}]
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ImageNotFoundException":
            return None
        raise
    return str(found["imageDetails"][0]["imageDigest"])


def _end_of_log(build: Mapping[str, Any]) -> list[str]:
    """The last lines of a build's log; none when it has no log."""
    where = build.get("logs", {})
    if not where.get("groupName") or not where.get("streamName"):
        return []
    try:
        found = _client("logs").get_log_events(
            logGroupName=where["groupName"], logStreamName=where["streamName"], limit=LOG_LINES
        )
    except ClientError as error:
        _log.warning("the log cannot be read: %s", error)
        return []
    return [line for event in found["events"] for line in event["message"].splitlines()]


def _client(service: str) -> Any:
    return boto3.client(service, config=_CONFIG)
