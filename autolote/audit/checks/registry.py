"""Our own rules: each is a small function over the graph, registered with what it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from autolote.audit.findings import Finding, Severity
from autolote.audit.model import Environment, Resource

SOURCE = "autolote"


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One place where a rule is broken.

    Attributes:
        at: the resource, or (stack, name) where there is none (a parameter).
        message: what is wrong, in a sentence that names the value.
        detail: what tells two hits of one rule at one resource apart.
    """

    at: Resource | tuple[str, str]
    message: str
    detail: str = ""


Look = Callable[[Environment], Iterable[Hit]]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One rule.

    Attributes:
        id: as findings and waivers name it, as "iam-action-wildcard".
        subject: the heading it stands under in docs/audit.md.
        title: what it promises when it finds nothing.
        remedy: what to do about a finding.
        aws: the page of AWS that the rule rests on.
        look: finds every place where it is broken.
    """

    id: str
    subject: str
    title: str
    remedy: str
    aws: str
    severity: Severity
    look: Look

    def findings(self, environment: Environment) -> list[Finding]:
        """What the rule finds, sorted."""
        found = {self._finding(hit) for hit in self.look(environment)}
        return sorted(found)

    def _finding(self, hit: Hit) -> Finding:
        stack, name = (hit.at.stack, hit.at.name) if isinstance(hit.at, Resource) else hit.at
        return Finding(
            source=SOURCE,
            rule=self.id,
            stack=stack,
            resource=name,
            detail=hit.detail,
            message=hit.message,
            remedy=self.remedy,
            severity=self.severity,
        )


class Subject:
    """The rules of one subject; an instance is the decorator that registers them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.checks: list[Check] = []

    def check(
        self, rule: str, *, title: str, remedy: str, aws: str, severity: Severity = "error"
    ) -> Callable[[Look], Look]:
        """Register a function as a rule."""

        def register(look: Look) -> Look:
            self.checks.append(
                Check(
                    id=rule,
                    subject=self.name,
                    title=title,
                    remedy=remedy,
                    aws=aws,
                    severity=severity,
                    look=look,
                )
            )
            return look

        return register
