"""Documents of which some parts are generated: each stands between `<!-- generated: NAME -->` and
`<!-- end: NAME -->`."""

from collections.abc import Mapping
from pathlib import Path


def fill(document: Path, parts: Mapping[str, str]) -> str:
    """The document's text as it should be: its prose, and every part as given.

    Args:
        parts: name of a part to its text.

    Raises:
        ValueError: the document lacks the markers of a part.
    """
    text = document.read_text(encoding="utf-8")
    for name, part in parts.items():
        begin, end = f"<!-- generated: {name} -->", f"<!-- end: {name} -->"
        before, opened, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not opened or not closed:
            raise ValueError(f"{document.name} has no lines {begin} and {end}")
        text = f"{before}{begin}\n\n{part}\n\n{end}{after}"
    return text
