"""The head of an HTTP request, read strictly: what is ambiguous is refused, never guessed
(https://www.rfc-editor.org/rfc/rfc9112, sections 2 to 5)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from container.errors import RequestError

LIMIT_BYTES = 16 << 10
"""The longest head that is read."""

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rf"({_TOKEN}) ([!-~\x80-\xff]+) HTTP/([0-9])\.([0-9])")
_FIELD = re.compile(rf"({_TOKEN}):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")


@dataclass(frozen=True, kw_only=True)
class Head:
    """A request before its body. Names of `headers` are in lower case; the values of a name that
    is sent more than once are joined with a comma, as RFC 9110, section 5.3 has it."""

    method: str
    path: str  # without the query
    keep_alive: bool
    headers: Mapping[str, str]

    @property
    def has_body(self) -> bool:
        """Whether bytes of a body may follow."""
        return "transfer-encoding" in self.headers or self.headers.get("content-length", "0") != "0"


def parse(raw: bytes) -> Head:
    """Read a head up to, but without, its blank line. Raises RequestError 400 or 505."""
    first, *lines = raw.decode("latin-1").split("\r\n")
    found = _REQUEST_LINE.fullmatch(first)
    if found is None:
        raise RequestError(400, "the first line is not METHOD, path and HTTP/1.1")
    method, target, major, minor = found.groups()
    if major != "1":
        raise RequestError(505, f"HTTP/{major}.{minor} is not spoken; send HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:
            raise RequestError(400, f"a malformed header line: {line[:80]!r}")
        name, value = field[1].lower(), field[2].rstrip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    options = {item.strip().lower() for item in headers.get("connection", "").split(",")}
    return Head(
        method=method,
        path=_path(target),
        keep_alive=minor != "0" and "close" not in options,
        headers=headers,
    )


def _path(target: str) -> str:
    """The path of a target: /path?query, or the absolute form that proxies use."""
    if target.lower().startswith("http://"):
        target = "/" + target[7:].partition("/")[2]
    return target.partition("?")[0]
