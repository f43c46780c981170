"""Content-Type and Accept: CSV in UTF-8 both ways, whatever the parameters' order and spelling."""

import re

from container.errors import RequestError

# Parts between commas or semicolons; a quoted string may hold either.
_BETWEEN_COMMAS = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_BETWEEN_SEMICOLONS = re.compile(r'(?:[^;"]|"(?:[^"\\]|\\.)*")+')


def check_content_type(header: str) -> None:
    """Raise RequestError 415 unless the header says text/csv, in UTF-8 if it names a charset."""
    kind, parameters = _parse(header)
    if kind != "text/csv":
        raise RequestError(415, f"Content-Type is {header!r}; send text/csv")
    charset = parameters.get("charset", "utf-8").lower().replace("_", "-")
    if charset not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise RequestError(415, f"charset {charset!r} is not read; send UTF-8")


def check_accept(header: str) -> None:
    """Raise RequestError 406 when the header rules text/csv out (RFC 9110, section 12.5.1)."""
    ranges = [_parse(part) for part in _BETWEEN_COMMAS.findall(header) if part.strip()]
    precedence = ("text/csv", "text/*", "*/*")
    for kind in precedence:
        found = [parameters for name, parameters in ranges if name == kind]
        if found:
            if all(_is_zero(parameters.get("q", "1")) for parameters in found):
                break
            return
    if ranges:
        raise RequestError(406, f"Accept is {header!r}, but the answer is text/csv")


def _is_zero(quality: str) -> bool:
    return quality.strip("0. ") == "" and quality.strip() != ""


def _parse(value: str) -> tuple[str, dict[str, str]]:
    """Media type and parameters, names in lower case."""
    kind, *parts = _BETWEEN_SEMICOLONS.findall(value) or [""]
    parameters: dict[str, str] = {}
    for part in parts:
        name, _, text = part.partition("=")
        text = text.strip()
        if text.startswith('"'):
            text = re.sub(r"\\(.)", r"\1", text[1:-1])
        parameters[name.strip().lower()] = text
    return kind.strip().lower(), parameters
