"""Wildcards, ARNs and policy variables, as the elements of a policy use them.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
and https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from autolote.local.iam.model import PolicyError, Value

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_LITERALS = ("*", "?", "$")  # ${*} is an asterisk that is no wildcard
_DEFAULT = re.compile(r"(?P<key>[^,]+?)\s*,\s*'(?P<default>[^']*)'")
ARN_PARTS = 6


class NoValue(Exception):  # noqa: N818 (says that there is nothing, which is no error)
    """A policy variable has no value in this request, and no default."""


def has_variable(text: str) -> bool:
    """Whether a text of a policy holds a policy variable."""
    return "${" in text


def filled_in(text: str, context: Mapping[str, Value]) -> str:
    """A text of a policy, each variable replaced by its value as a pattern that matches it alone.

    Args:
        text: the text.
        context: condition keys by name, in lower case.

    Raises:
        NoValue: a variable has no value and no default.
        PolicyError: a variable names a key that has several values.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name in _LITERALS:
            return _escaped(name)
        with_default = _DEFAULT.fullmatch(name)
        key = (with_default["key"] if with_default else name).strip().lower()
        held = context.get(key)
        if held is None:
            if with_default is None:
                raise NoValue(name)
            held = with_default["default"]
        if not isinstance(held, str):
            raise PolicyError(f"${{{name}}}: a variable takes a key of one value")
        return _escaped(held)

    return _VARIABLE.sub(value, text)


def _escaped(literal: str) -> str:
    """Wildcards of a value stand for themselves: marked by a NUL, which no policy can hold."""
    return "".join(f"\0{letter}" if letter in "*?" else letter for letter in literal)


def plain(text: str) -> str:
    """A filled-in text without the marks, for comparisons that know no wildcards."""
    return text.replace("\0", "")


def _translated(text: str, star: str, one: str) -> str:
    found, letters = [], iter(text)
    for letter in letters:
        if letter == "\0":
            found.append(re.escape(next(letters)))
        else:
            found.append({"*": star, "?": one}.get(letter) or re.escape(letter))
    return "".join(found)


@lru_cache(maxsize=8192)
def wildcard(pattern: str, *, fold: bool = False) -> re.Pattern[str]:
    """`*` for any characters and `?` for one."""
    return re.compile(_translated(pattern, ".*", "."), re.DOTALL | (re.IGNORECASE if fold else 0))


@lru_cache(maxsize=8192)
def resource(pattern: str) -> re.Pattern[str]:
    """A Resource entry. A `*` that ends a segment goes on past colons, any other does not; what
    comes after the fifth colon is one segment."""
    if pattern == "*":
        return wildcard("*")
    parts = pattern.split(":", ARN_PARTS - 1)
    translated = []
    for place, part in enumerate(parts):
        last = place == ARN_PARTS - 1
        inner = _translated(
            part.removesuffix("*"), ".*" if last else "[^:]*", "." if last else _ONE
        )
        translated.append(inner + (".*" if part.endswith("*") else ""))
    return re.compile(":".join(translated), re.DOTALL)


_ONE = "[^:]"


@lru_cache(maxsize=8192)
def arn(pattern: str) -> re.Pattern[str]:
    """A value of ArnLike: each of the six parts is matched by itself.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    parts = pattern.split(":", ARN_PARTS - 1)
    if len(parts) < ARN_PARTS and pattern != "*":
        raise PolicyError(f"{plain(pattern)!r} is no ARN: it has {len(parts)} of 6 parts")
    if pattern == "*":
        return wildcard("*")
    translated = [_translated(part, "[^:]*", _ONE) for part in parts[:-1]]
    return re.compile(":".join([*translated, _translated(parts[-1], ".*", ".")]), re.DOTALL)


def texts(value: Any) -> tuple[str, ...]:
    """One value or several of a policy's JSON, as texts; true is `true`."""
    several = value if isinstance(value, list) else [value]
    return tuple(_text(one) for one in several)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise PolicyError(f"{value!r} is neither text nor number nor true or false")
