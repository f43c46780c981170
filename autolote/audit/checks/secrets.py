"""Nothing in a template looks like a credential: whoever may read the stack could read it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from autolote.audit.checks.registry import Hit, Subject
from autolote.audit.model import Environment

SECRETS = Subject("Secrets")
_PAGE = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/security-best-practices.html"
)
_REMEDY = (
    "Take it out, replace it where it is valid, and keep it in Secrets Manager; the template holds "
    "only {{resolve:secretsmanager:...}} or the secret's ARN"
)
_NAME = re.compile(
    r"pass(word|wd|phrase)|secret|api_?key|access_?key|private_?key|auth_?token|credential"
    r"|(^|_)(pwd|token)$",
    re.IGNORECASE,
)
# What a name of a credential may hold all the same: where the credential is.
_POINTS = re.compile(
    r"^(arn:|\$\{|\{\{resolve:|s3://|https?://|/|alias/)|^(true|false|\d{1,6})$", re.I
)
_NO_VALUES = re.compile(r"(arn|id|name|path|policy|version|days|window)s?$", re.IGNORECASE)
FORMATS = {
    "an access key of AWS": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "a token of GitHub": re.compile(r"\b(?:gh[pousr]_\w{36,}|github_pat_\w{22,})"),
    "a token of GitLab": re.compile(r"\bglpat-[\w-]{20,}"),
    "a token of Slack": re.compile(r"\bxox[abprs]-[\w-]{10,}"),
    "a webhook of Slack": re.compile(r"hooks\.slack\.com/services/T\w+/B\w+/\w+"),
    "a key of Stripe": re.compile(r"\b[sr]k_live_\w{16,}"),
    "a key of Google": re.compile(r"\bAIza[\w-]{35}\b"),
    "a key of OpenAI or Anthropic": re.compile(r"\bsk-(?:ant-|proj-)?[\w-]{20,}"),
    "a JSON web token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    "a password in a URL": re.compile(r"\b\w+://[^/\s:@]+:[^/\s:@$]+@"),
}
_ANY_FORMAT = re.compile("|".join(form.pattern for form in FORMATS.values()))
_WORD = re.compile(r"[A-Za-z0-9+/=_-]{20,}")
# Four bits a letter is what random hexadecimal has: digests stay below, random base64 does not.
_RANDOM = 4.2


@SECRETS.check(
    "secret-known-format",
    title="No text of a template has the form of a credential",
    remedy=_REMEDY,
    aws=_PAGE,
)
def known_format(environment: Environment) -> Iterator[Hit]:
    for stack, name, path, text in _texts(environment):
        for what, form in FORMATS.items() if _ANY_FORMAT.search(text) else ():
            if form.search(text):
                yield Hit(at=(stack, name), detail=path, message=f"{path} holds {what}")


@SECRETS.check(
    "secret-by-name",
    title="Nothing that is named like a credential has a value in a template",
    remedy=_REMEDY,
    aws=_PAGE,
)
def by_name(environment: Environment) -> Iterator[Hit]:
    for stack, name, path, text in _texts(environment):
        key = path.rpartition(".")[2]
        named = _NAME.search(key) and not _NO_VALUES.search(key)
        if named and text and not _POINTS.search(text):
            yield Hit(at=(stack, name), detail=path, message=f"{path} has a value: {_hidden(text)}")


@SECRETS.check(
    "secret-random",
    title="No variable, parameter or tag holds a random text",
    remedy=_REMEDY,
    aws=_PAGE,
)
def random_text(environment: Environment) -> Iterator[Hit]:
    for stack, name, path, text in _texts(environment):
        if not _is_variable(path):
            continue
        for word in _WORD.findall(re.sub(r"\$\{[^}]*\}", " ", text)):
            if _bits(word) >= _RANDOM and _mixed(word):
                yield Hit(
                    at=(stack, name),
                    detail=path,
                    message=f"{path} holds {_hidden(word)}, which looks random",
                )


@SECRETS.check(
    "secret-parameter",
    title="A parameter for a credential is not shown",
    remedy="Set NoEcho, and give it no Default; better, pass the ARN of a secret",
    aws="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html",
)
def parameter(environment: Environment) -> Iterator[Hit]:
    for stack, template in environment.templates.items():
        for name, body in template.get("Parameters", {}).items():
            named = _NAME.search(name) and not _NO_VALUES.search(name)
            if named and body.get("NoEcho") not in (True, "true"):
                yield Hit(at=(stack, name), message="is shown to whoever may describe the stack")


@lru_cache(maxsize=2)
def _texts(environment: Environment) -> list[tuple[str, str, str, str]]:
    """Every text of the templates: stack, name of the resource, path, and the text."""
    return list(_all_texts(environment))


def _all_texts(environment: Environment) -> Iterator[tuple[str, str, str, str]]:
    for resource in environment.resources:
        for path, value in _walk(resource.properties, ""):
            text = environment.text(value, stack=resource.stack)
            yield resource.stack, resource.name, path, text
    for stack, template in environment.templates.items():
        for name, body in template.get("Parameters", {}).items():
            if isinstance(body.get("Default"), str):
                yield stack, name, f"Default.{name}", body["Default"]


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The leaves of a value: texts, and intrinsic functions, which make one."""
    if isinstance(value, Mapping):
        pair = _pair(value)
        if pair:
            yield f"{path}.{pair[0]}", pair[1]
        elif len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref")):
            yield path, value
        else:
            for key, part in value.items():
                yield from _walk(part, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for part in value:
            yield from _walk(part, path)
    elif isinstance(value, str):
        yield path, value


def _pair(value: Mapping[str, Any]) -> tuple[str, Any] | None:
    """A variable or a tag that is written as a name and a value."""
    name = value.get("Key", value.get("Name"))
    if isinstance(name, str) and "Value" in value:
        return name, value["Value"]
    return None


def _is_variable(path: str) -> bool:
    return path.startswith(
        ("Environment.", "Tags.", "Default.", "DefinitionString", "Value", "Input", "Targets.Input")
    )


def _mixed(word: str) -> bool:
    kinds = (r"[a-z]", r"[A-Z]", r"[0-9]")
    return all(re.search(kind, word) for kind in kinds) and "/" not in word.strip("/")[:8]


def _bits(word: str) -> float:
    """Shannon entropy of a text, in bits a letter."""
    counts = Counter(word).values()
    return -sum(n / len(word) * math.log2(n / len(word)) for n in counts)


def _hidden(text: str) -> str:
    return f"{text[:4]}... ({len(text)} characters)"
