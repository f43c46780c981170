"""What an audit finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True, kw_only=True)
class Finding:
    """One rule that one resource breaks.

    Attributes:
        source: who found it: "autolote", "cdk-nag", "cfn-lint", "checkov" or "cfn-guard".
        rule: the rule's id, as its source writes it.
        stack: name of the stack within its environment, as "storage"; "" for what is nobody's.
        resource: logical id without the hash that CDK ends it with; "" for a stack as a whole.
        detail: what tells two findings of one rule at one resource apart (an action, a state...).
        message: what is wrong, in a sentence that names the value.
        remedy: what to do about it; "" where the message says it.
        severity: a warning is a finding like any other: it needs a waiver.
    """

    source: str
    rule: str
    stack: str
    resource: str
    detail: str = ""
    message: str
    remedy: str = ""
    severity: Severity = "error"

    @property
    def where(self) -> str:
        """`stack/resource`, which waivers name."""
        return f"{self.stack}/{self.resource}" if self.resource else self.stack

    def as_json(self) -> dict[str, str]:
        """The finding as a JSON object."""
        return asdict(self)
