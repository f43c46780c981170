"""Metrics of a training job: what its MetricDefinitions find in its log.

https://docs.aws.amazon.com/sagemaker/latest/dg/define-train-metrics.html
"""

import math
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class Metrics:
    """The last value of each metric, as the log grows."""

    def __init__(self, definitions: Sequence[Mapping[str, str]], log: Path) -> None:
        self._regexes = {item["Name"]: re.compile(item["Regex"]) for item in definitions}
        self._log = log
        self._read = log.stat().st_size if log.exists() else 0
        self._last: dict[str, dict[str, Any]] = {}

    def read(self) -> None:
        """Look at the lines that were added since the last call."""
        if not self._log.exists():
            return
        with self._log.open("rb") as log:
            log.seek(self._read)
            content = log.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            for name, regex in self._regexes.items():
                self._note(name, regex.search(line))

    def final(self) -> list[dict[str, Any]]:
        """FinalMetricDataList: the last value of every metric that was found."""
        self.read()
        return list(self._last.values())

    def _note(self, name: str, found: "re.Match[str] | None") -> None:
        try:
            value = float(found[1]) if found else math.nan
        except (TypeError, ValueError):
            return  # the group matched no number, or nothing
        if math.isfinite(value):
            now = round(time.time(), 3)
            self._last[name] = {"MetricName": name, "Value": value, "Timestamp": now}
