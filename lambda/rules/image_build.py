"""What a CodeBuild build of the scoring image says about itself: how it ended, and why."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

RUNNING = "IN_PROGRESS"
SUCCEEDED = "SUCCEEDED"
LONGEST_REASON = 1_500
"""Characters. A whole answer to CloudFormation may have 4096 bytes:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-customresource.html"""

_SHOWN_LINES = 5
_LONGEST_LINE = 200
_ERROR = re.compile(r"\berror\b", re.IGNORECASE)


def is_running(build: Mapping[str, Any]) -> bool:
    """Whether there is still something to wait for.

    Args:
        build: one of BatchGetBuilds
            (https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html).
    """
    return str(build["buildStatus"]) == RUNNING


def has_succeeded(build: Mapping[str, Any]) -> bool:
    """Whether a build that ended did what it was for."""
    return str(build["buildStatus"]) == SUCCEEDED


def why_failed(build: Mapping[str, Any], log: Sequence[str]) -> str:
    """The phase that failed, what it said, the telling lines of the log and where the log is.

    Args:
        build: as for `is_running`, ended without success.
        log: the last lines of its log, oldest first; may be empty.
    """
    fine = (None, SUCCEEDED, RUNNING, "QUEUED")
    failed = [one for one in build.get("phases", []) if one.get("phaseStatus") not in fine]
    phase: Mapping[str, Any] = failed[0] if failed else {}
    where = f" in phase {phase['phaseType']}" if phase else ""
    told = [f"the build {build['id']} of the scoring image ended {build['buildStatus']}{where}"]
    told += [
        f"{context.get('statusCode', '')}: {' '.join(context.get('message', '').split())}"[:400]
        for context in phase.get("contexts", [])
    ]
    told += telling_lines(log)
    text = "; ".join(told)[:LONGEST_REASON]
    return f"{text}. Log: {build.get('logs', {}).get('deepLink', 'none')}"


def telling_lines(log: Sequence[str]) -> list[str]:
    """The lines of a log that say what went wrong: the first that speak of an error, or its end."""
    lines = [" ".join(line.split())[:_LONGEST_LINE] for line in log if line.strip()]
    errors = [line for line in lines if _ERROR.search(line)]
    return errors[:_SHOWN_LINES] or lines[-_SHOWN_LINES:]
