"""The shape of a case, and the texts that several share."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

ROW = b"1,2,3,4\n"
CSV = {"Content-Type": "text/csv"}
GZIP = {**CSV, "Content-Encoding": "gzip"}

LIMIT = "but at most 2097152 are taken; lower MaxPayloadInMB of the transform job"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request and its answer. The model is binary, of the features age, income, debt and years
    here; MaxPayloadInMB is 1."""

    what: str
    status: int = 200
    message: str = ""  # of a refusal
    rows: int = 0  # of an answer
    body: bytes | None = ROW
    method: str = "POST"
    path: str = "/invocations"
    headers: Mapping[str, str] = field(default_factory=lambda: CSV)
    variables: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None  # sent as it is after the request line, in place of headers and body


def fits(message: str, text: str) -> bool:
    """Whether the text is the message."""
    pattern = ".*".join(re.escape(part) for part in message.split("..."))
    return re.fullmatch(pattern, text, re.DOTALL) is not None


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What S3 answers: a status, headers, and the object where it answers with it."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Unloadable:
    """A container that cannot serve: the last line of its log says why, and it exits with 1.

    `damage` makes the served file from the binary model's text; None leaves no file.
    """

    what: str
    message: str
    damage: Callable[[bytes], bytes] | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    stored: Stored | None = None
