"""What a transform job has done so far, on disk: a job that is resumed does nothing twice."""

import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from .inputs import InputObject


class Journal:
    """The job's list of input objects, made once, and a line for each object that is settled.

    Also writes the job's data log, in SageMaker's form: `[sagemaker logs]: bucket/key: ...`.
    """

    def __init__(self, *, folder: Path, log: Path) -> None:
        self._list = folder / "objects.json"
        self._lock = threading.Lock()
        self._settled: dict[tuple[str, str], str | None] = {}
        lines = _whole_lines(folder / "settled.jsonl")
        for line in lines:
            saved = json.loads(line)
            self._settled[saved["bucket"], saved["key"]] = saved["failure"]
        self._file = (folder / "settled.jsonl").open("a", encoding="utf-8")
        self._log = log.open("a", encoding="utf-8")

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self._log.close()

    def objects(self, find: Callable[[], Iterable[InputObject]]) -> list[InputObject]:
        """The job's objects: as found when it was started, whatever was added to S3 since."""
        if not self._list.exists():
            draft = self._list.with_suffix(".draft")
            draft.write_text(json.dumps([asdict(item) for item in find()]), encoding="utf-8")
            draft.replace(self._list)
        saved = json.loads(self._list.read_text(encoding="utf-8"))
        return [InputObject(**item) for item in saved]

    def knows(self, item: InputObject) -> bool:
        """Whether the object is settled: its output is stored, or it failed."""
        return (item.bucket, item.key) in self._settled

    def settle(self, item: InputObject, failure: tuple[str, str] | None = None) -> None:
        """Note that an object is done; `failure` is whose fault it was, and what happened."""
        if failure:
            self.log(f"{item.bucket}/{item.key}: {failure[0]}: {failure[1]}")
        reason = failure and (
            f"{failure[0]}: See job logs for more information. "
            f"{item.bucket}/{item.key}: {failure[1]}"
        )
        line = json.dumps({"bucket": item.bucket, "key": item.key, "failure": reason})
        with self._lock:
            self._settled[item.bucket, item.key] = reason
            self._file.write(line + "\n")
            self._file.flush()

    def failure_reason(self) -> str | None:
        """AWS's sentence, then the first object that failed; None if none did."""
        with self._lock:
            reasons = [reason for reason in self._settled.values() if reason]
        if not reasons:
            return None
        others = f" ({len(reasons) - 1} more objects failed)" if len(reasons) > 1 else ""
        return reasons[0][: 1000 - len(others)] + others

    def log(self, message: str) -> None:
        now = time.time()
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        with self._lock:
            self._log.write(f"{moment}.{int(now * 1000) % 1000:03d}:[sagemaker logs]: {message}\n")
            self._log.flush()


def _whole_lines(path: Path) -> list[bytes]:
    """The lines of a file that may have been cut off in its last one, which is then removed."""
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    return whole.splitlines()
