"""Describing a job that may have been created only moments ago."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

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
