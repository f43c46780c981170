"""A request file on the laptop: read it, and bring the data files it names into the account."""

import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from rules.request import RequestTextError, parse

from autolote.accounts import Account, Deployment

# The fields that name data, and the folder for a file that lies elsewhere on the laptop.
_DATA = (
    (("train", "data"), "train"),
    (("train", "validation"), "validation"),
    (("score", "data"), "score"),
    (("score", "golden", "data"), "golden"),
    (("score", "golden", "predictions"), "predictions"),
)


class RequestError(ValueError):
    """The request cannot be sent; `violations` lists every reason."""

    def __init__(self, source: Path, violations: list[dict[str, Any]]) -> None:
        self.violations = violations
        lines = [f"{source}: the request is refused, {len(violations)} thing(s) to correct"]
        lines += [
            f"  {v['field']}: {v['rule']} (found {v['value']!r}). {v['fix']}" for v in violations
        ]
        super().__init__("\n".join(lines))


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One local file and the key it goes to."""

    source: Path
    key: str


def read(path: Path) -> dict[str, Any]:
    """Read a request file.

    Raises:
        RequestError: there is no such file, or it holds no JSON object.
    """
    try:
        told = parse(path.read_bytes())
    except OSError as error:
        raise RequestError(
            path, [_violation("file", str(path), f"cannot be read: {error.strerror}")]
        ) from error
    except RequestTextError as error:
        raise RequestError(path, [_violation("file", str(path), str(error))]) from error
    if not isinstance(told, dict):
        raise RequestError(path, [_violation("file", str(path), "must hold one JSON object")])
    return told


def _violation(field: str, value: Any, rule: str) -> dict[str, Any]:
    return {"field": field, "value": value, "rule": rule, "fix": "See docs/request.md."}


def place(request: dict[str, Any], *, folder: Path) -> tuple[dict[str, Any], list[Upload]]:
    """Find the local files a request names and give them their keys.

    Data that exists below `folder` keeps its name in the request, so the same request works
    again on AWS; a file elsewhere on the laptop goes to `data/<what for>/<its name>` and the
    returned request says so. What does not exist here is taken to be in the bucket already. A
    request that scores with the team's own model takes the `model.txt` in `folder` along.
    """
    placed = json.loads(json.dumps(request))
    home = f"{request.get('project_id')}/{request.get('experiment_id')}"
    folder = folder.resolve()
    uploads: list[Upload] = []
    for (*sections, field), purpose in _DATA:
        section = functools.reduce(_inner, sections, placed)
        source = _local_data(section.get(field), folder)
        if source is not None:
            name = _name(source, folder=folder, purpose=purpose)
            section[field] = f"{name}/" if source.is_dir() else name
            uploads += [
                Upload(source=file, key=f"{home}/{name}{rest}") for file, rest in _files(source)
            ]
    own = folder / "model.txt"
    if own.is_file() and "score" in request and not {"train", "model"} & request.keys():
        uploads.append(Upload(source=own, key=f"{home}/model.txt"))
    return placed, uploads


def _inner(section: dict[str, Any], name: str) -> dict[str, Any]:
    inner = section.get(name)
    return inner if isinstance(inner, dict) else {}


def _local_data(data: Any, folder: Path) -> Path | None:
    """The file or folder that a field means on this machine, if there is one."""
    if not isinstance(data, str) or not data or data.startswith("s3://"):
        return None
    source = (folder / Path(data).expanduser()).resolve()
    return source if source.exists() else None


def _name(source: Path, *, folder: Path, purpose: str) -> str:
    if source.is_relative_to(folder) and source != folder:
        return source.relative_to(folder).as_posix()
    return f"data/{purpose}/{source.name}"


def _files(source: Path) -> Iterator[tuple[Path, str]]:
    if source.is_file():
        yield source, ""
        return
    for file in sorted(source.rglob("*")):
        if file.is_file() and not file.name.startswith("."):
            yield file, f"/{file.relative_to(source).as_posix()}"


def upload(
    account: Account, deployment: Deployment, uploads: list[Upload], *, tell: Callable[[str], None]
) -> None:
    """Copy local files into the data bucket, saying what goes where."""
    storage = account.client("s3")
    for item in uploads:
        size = item.source.stat().st_size
        tell(f"{item.source.name} ({size:,} bytes) -> s3://{deployment.data_bucket}/{item.key}")
        storage.upload_file(str(item.source), deployment.data_bucket, item.key)


def was_sent(
    account: Account, deployment: Deployment, request: dict[str, Any], *, run: str, source: Path
) -> bool:
    """Whether the run of this request exists already, because its token was used before.

    Raises:
        RequestError: the token was used for another request, whose run would be taken for this
            one's: the starter refuses it, but an event's sender is not told.
    """
    arn = deployment.execution_arn(run)
    try:
        earlier = account.client("stepfunctions").describe_execution(executionArn=arn)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
            return False
        raise
    if json.loads(earlier.get("input", "{}")).get("request") != request:
        rule = f"belongs to run {run}, which was started with another request"
        fix = "Send the changed request with a new token, or without one."
        told = {"field": "token", "value": request["token"], "rule": rule, "fix": fix}
        raise RequestError(source, [told])
    return True


def send(account: Account, deployment: Deployment, request: dict[str, Any]) -> str:
    """Put the request on the environment's event bus; returns the event's id.

    Raises:
        RequestError: the bus refused the event.
    """
    answer = account.client("events").put_events(
        Entries=[
            {
                "EventBusName": deployment.bus_name,
                "Source": "autolote",
                "DetailType": "RunRequested",
                "Detail": json.dumps(request),
            }
        ]
    )
    entry = answer["Entries"][0]
    if answer["FailedEntryCount"]:
        reason = f"the event bus refused it: {entry.get('ErrorCode')} {entry.get('ErrorMessage')}"
        raise RequestError(Path(deployment.bus_name), [_violation("event", request, reason)])
    event_id: str = entry["EventId"]
    return event_id
