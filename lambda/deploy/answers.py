"""The answer of a custom resource: a JSON document, put to the URL that came with the request.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
"""

import json
import urllib.request
from collections.abc import Mapping
from typing import Any


def send(
    event: Mapping[str, Any],
    *,
    physical_id: str,
    attributes: Mapping[str, str] | None = None,
    reason: str | None = None,
) -> None:
    """Tell CloudFormation how its request ended; a `reason` means that it failed.

    Raises:
        OSError: the URL could not be reached.
    """
    answer = {
        "Status": "FAILED" if reason else "SUCCESS",
        "Reason": reason or "",
        "PhysicalResourceId": physical_id,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": dict(attributes or {}),
    }
    request = urllib.request.Request(
        event["ResponseURL"],
        data=json.dumps(answer).encode(),
        method="PUT",
        # The URL is signed for a request without a content type.
        headers={"Content-Type": ""},
    )
    with urllib.request.urlopen(request, timeout=30):
        pass
