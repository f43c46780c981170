"""What a rule's target receives: the event, a part of it, a constant, or a filled-in template.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]|\['([^']+)'\]|\[\"([^\"]+)\"\]")
_VARIABLE = re.compile(r"<([A-Za-z0-9_.\-]+)>")


def target_input(
    target: Mapping[str, Any], event: Mapping[str, Any], *, rule_name: str, rule_arn: str
) -> str:
    """The JSON text that a target of a rule receives for an event."""
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath"):
        _, value = select(event, target["InputPath"])
        return json.dumps(value)
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    values = {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_name,
        "aws.events.event.ingestion-time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "aws.events.event": {name: part for name, part in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }
    for name, path in (transformer.get("InputPathsMap") or {}).items():
        found, value = select(event, path)
        if found:
            values[name] = value
    return fill(transformer["InputTemplate"], values)


def select(event: Any, path: str) -> tuple[bool, Any]:
    """The value at a JSON path of names and indexes, and whether there is one.

    Raises:
        ValueError: the path uses something else.
    """
    if not path.startswith("$"):
        raise ValueError(f"a JSON path starts with $, and this one is {path!r}")
    place, value = 1, event
    while place < len(path):
        step = _STEP.match(path, place)
        if step is None:
            raise ValueError(f"the JSON path {path!r} is not one of names and indexes")
        place = step.end()
        name, index, *quoted = step.groups()
        if index is not None:
            if not isinstance(value, list) or int(index) >= len(value):
                return False, None
            value = value[int(index)]
        else:
            wanted = name or next(text for text in quoted if text is not None)
            if not isinstance(value, Mapping) or wanted not in value:
                return False, None
            value = value[wanted]
    return True, value


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Put values into a template: inside a JSON string as text, elsewhere as JSON."""
    pieces: list[str] = []
    place, inside = 0, False
    while place < len(template):
        variable = _VARIABLE.match(template, place)
        if variable:
            if variable[1] in values:
                pieces.append(
                    _inside(values[variable[1]]) if inside else json.dumps(values[variable[1]])
                )
            place = variable.end()
            continue
        letter = template[place]
        if letter == "\\" and inside:
            pieces.append(template[place : place + 2])
            place += 2
            continue
        if letter == '"':
            inside = not inside
        pieces.append(letter)
        place += 1
    return "".join(pieces)


def _inside(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text)[1:-1]
