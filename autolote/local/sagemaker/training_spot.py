"""Interruptions of managed spot training, on request: the file `spot.json` in SageMaker's folder.

    {"interruptions": 2, "seconds_without_capacity": 60}

While the file is there, every managed spot training job loses its instance that many times, each
time as soon as it has stored a new checkpoint (a job without CheckpointConfig: after a second), and
gets another one after so many account seconds (left out: 60). The folder is `sagemaker` in the
local account's home. There is no such file by default, and no interruption.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from .errors import JobFailedError

FILE = "spot.json"
_MEMBERS = {"interruptions", "seconds_without_capacity"}


@dataclass(frozen=True, kw_only=True)
class Spot:
    """How the spot market behaves."""

    interruptions: int = 0
    seconds_without_capacity: float = 60.0


def spot_market(home: Path) -> Spot:
    """What the file says; JobFailedError, with the form it must have, if it says nothing usable."""
    path = home / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Spot()
    except ValueError:
        content = None
    usable = isinstance(content, dict) and set(content) <= _MEMBERS
    if not usable or not all(isinstance(v, int | float) and v >= 0 for v in content.values()):
        raise JobFailedError(
            f"ClientError: {path} must be JSON of the form "
            '{"interruptions": 2, "seconds_without_capacity": 60}, numbers of 0 or more.'
        )
    return Spot(**content)
