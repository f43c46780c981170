"""waivers.toml: the findings that are accepted, each for a reason, by somebody, until a day.

There is no other place: what a template says about its own audit is taken out before it is judged.
A row names rules and resources one by one, and each pair of them has to be a finding; what no
longer is one, and a row whose day has passed, is a finding itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path

from autolote import checks, tools
from autolote.audit import explanations
from autolote.audit.findings import Finding
from autolote.audit.model import Environment
from autolote.audit.result import Judged, Waived
from autolote.checks import Checked, Rule, SettingsError, checked, each, text

PATH = tools.ROOT / "waivers.toml"
MOST_ROWS = 12
SOURCE = "autolote"
EXPIRED, UNUSED, TOO_WIDE, OF_IAM = (
    "waiver-expired",
    "waiver-unused",
    "waiver-too-wide",
    "waiver-of-iam",
)
_SOURCES = "autolote|cdk-nag|cfn-lint|checkov|cfn-guard"
_FEWEST_WORDS = 10
_DAY = Rule(lambda v: type(v) is date, "a date, as 2027-06-30")


def _is_reason(value: object) -> bool:
    return isinstance(value, str) and len(value.split()) >= _FEWEST_WORDS


@dataclass(frozen=True, kw_only=True)
class Waiver(Checked):
    """One row.

    Attributes:
        rules: `source:rule`, as "checkov:CKV_AWS_18", which say the same thing of a resource.
        resources: `stack/Name`; a `*` stands for a part of the name, within one stack, and never
            for all of a stack's names.
        reason: the evidence for an auditor.
        owner: who answers for it.
        expires: the last day on which it holds.
    """

    rules: tuple[str, ...] = checked(
        each(text(rf"({_SOURCES}):\S.*", f"<source>:<rule> with a source of {_SOURCES}"))
    )
    resources: tuple[str, ...] = checked(
        each(text(r"[\w-]+/\*?\w[\w*]*", "<stack>/<Name>, where * stands for a part of the name"))
    )
    reason: str = checked(Rule(_is_reason, f"a sentence of {_FEWEST_WORDS} words at least"))
    owner: str = checked(text(r"\S.*", "who answers for it"))
    expires: date = checked(_DAY)  # noqa: RUF009 (checked() makes a dataclass field)

    def relations(self, wrong: frozenset[str]) -> list[str]:
        """A row without rules or resources accepts nothing."""
        names = ("rules", "resources")
        return [f"{n} = (); allowed: one at least" for n in names if getattr(self, n) == ()]

    @property
    def label(self) -> str:
        """What the row is called where something is wrong with it."""
        return f"{self.rules[0]} at {self.resources[0]}"

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every rule with every resource."""
        yield from product(self.rules, self.resources)


def load(path: Path = PATH) -> tuple[Waiver, ...]:
    """The rows of a file.

    Raises:
        SettingsError: with every problem of the file: the row, the field, its value, and what is
            allowed.
    """
    table = checks.read_toml(path)
    problems = [f"{key} is unknown; allowed: ['waiver']" for key in table.keys() - {"waiver"}]
    given = table.get("waiver", [])
    rows = [
        checks.build(Waiver, row, f"waiver[{number}].", problems)
        for number, row in enumerate(given if isinstance(given, list) else [given], start=1)
    ]
    waivers: tuple[Waiver, ...] = tuple(row for row in rows if row is not None)
    pairs = [pair for waiver in waivers for pair in waiver.pairs()]
    twice = sorted({pair for pair in pairs if pairs.count(pair) > 1})
    problems += [f"{rule} at {name} is in two rows; keep it in one" for rule, name in twice]
    if problems:
        raise SettingsError(problems, source=str(path))
    return waivers


def apply(
    findings: Collection[Finding],
    waivers: Collection[Waiver],
    *,
    today: date,
    environment: Environment,
) -> Judged:
    """Tell the findings apart: explained by a stricter check, accepted by a row, or open.

    Args:
        today: the day on which rows have to hold.
        environment: what the findings are about.
    """
    explained = [one for f in findings if (one := explanations.of(f, environment)) is not None]
    rest = sorted({*findings} - {one.finding for one in explained})
    stale: set[Finding] = set()
    waived: dict[Finding, Waived] = {}
    for waiver in waivers:
        accepted = _accepted(waiver, rest, environment)
        faults = [*_faults(waiver, accepted, today, environment)]
        stale.update(faults)
        if any(fault.rule in (EXPIRED, TOO_WIDE) for fault in faults):
            continue
        for finding in accepted:
            if not explanations.is_forbidden(finding, environment):
                waived[finding] = Waived(
                    finding=finding,
                    reason=waiver.reason,
                    owner=waiver.owner,
                    expires=waiver.expires,
                )
    return Judged(
        open=tuple(sorted({*rest, *stale} - waived.keys())),
        waived=tuple(sorted(waived.values())),
        explained=tuple(sorted(explained)),
        stale=tuple(sorted(stale)),
    )


def _accepted(waiver: Waiver, findings: list[Finding], environment: Environment) -> list[Finding]:
    return [
        finding
        for finding in findings
        if any(_match(finding, rule, name) for rule, name in waiver.pairs())
    ]


def _match(finding: Finding, rule: str, name: str) -> bool:
    return f"{finding.source}:{finding.rule}" == rule and fnmatchcase(finding.where, name)


def _faults(
    waiver: Waiver, accepted: list[Finding], today: date, environment: Environment
) -> Iterator[Finding]:
    """What is wrong with a row, seen with the findings."""
    if waiver.expires < today:
        yield _fault(
            EXPIRED,
            waiver.label,
            f"The waiver for {waiver.label} expired on {waiver.expires}",
            "Remove the cause of the finding; or look at the reason again and, if it still holds, "
            "set a new day",
        )
    for rule, name in waiver.pairs():
        if not any(_match(finding, rule, name) for finding in accepted):
            yield _fault(
                UNUSED,
                f"{rule} at {name}",
                f"The waiver for {rule} at {name} accepts nothing: there is no such finding",
                "Take it out of its row",
            )
    for name in waiver.resources:
        if _covers_a_stack(name, environment):
            yield _fault(
                TOO_WIDE,
                name,
                f"The waiver for {waiver.label} names {name}, which is all of a stack",
                "Name the resources one by one",
            )
    for finding in accepted:
        why = explanations.is_forbidden(finding, environment)
        if why:
            yield _fault(
                OF_IAM,
                f"{finding.rule} at {finding.where}",
                f"The waiver for {finding.rule} at {finding.where} cannot be given: {why}",
                "Narrow the statement: only actions that AWS scopes to no resource may be waived",
            )


def _covers_a_stack(name: str, environment: Environment) -> bool:
    stack, _, pattern = name.partition("/")
    names = {one.name for one in environment.resources if one.stack == stack}
    return "*" in pattern and len(names) > 0 and all(fnmatchcase(n, pattern) for n in names)


def _fault(rule: str, detail: str, message: str, remedy: str) -> Finding:
    return Finding(
        source=SOURCE,
        rule=rule,
        stack="",
        resource="",
        detail=re.sub(r"\s+", " ", detail),
        message=message,
        remedy=remedy,
    )
