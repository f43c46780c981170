"""The Principal and NotPrincipal elements: whom a resource's own policy speaks of.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from autolote.local.iam.model import PolicyError, Principal
from autolote.local.iam.patterns import texts

KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
_ACCOUNT = re.compile(r"\d{12}")


class Named(Enum):
    """How exactly a policy names a caller, which decides what an Allow in it is worth."""

    NOT = "not at all"
    ACCOUNT = "its account, whose own policies decide further"
    ANYONE = "everybody"
    ROLE = "its role"
    SESSION = "this session of its role, or the service itself"


@dataclass(frozen=True, kw_only=True)
class Principals:
    """The entries of Principal or NotPrincipal, by kind; `*` alone is AWS: *."""

    entries: Mapping[str, tuple[str, ...]]
    negated: bool

    def names(self, principal: Principal) -> Named:
        """How the statement names this caller."""
        if self.negated:
            return Named.NOT if self._excepts(principal) else Named.ANYONE
        if principal.kind == "service":
            if principal.arn in self.entries.get("Service", ()):
                return Named.SESSION
            return Named.ANYONE if "*" in self.entries.get("AWS", ()) else Named.NOT
        listed = self.entries.get("AWS", ())
        for named, texts_of_it in _identities(principal).items():
            if any(text in listed for text in texts_of_it):
                return named
        return Named.ANYONE if "*" in listed else Named.NOT

    def _excepts(self, principal: Principal) -> bool:
        """NotPrincipal spares a session only if its account, its role and itself are all listed:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
        """
        if principal.kind == "service":
            return principal.arn in self.entries.get("Service", ())
        listed = self.entries.get("AWS", ())
        return all(any(text in listed for text in each) for each in _identities(principal).values())


def _identities(principal: Principal) -> dict[Named, tuple[str, ...]]:
    account = (principal.account_id, f"arn:aws:iam::{principal.account_id}:root")
    if principal.kind == "root":
        return {Named.ACCOUNT: account}
    return {
        Named.SESSION: (principal.session_arn,),
        Named.ROLE: (principal.arn,),
        Named.ACCOUNT: account,
    }


def principals(statement: Mapping[str, Any]) -> Principals | None:
    """The element of a statement; None where it has neither.

    Raises:
        PolicyError: it has both, or an entry that names nobody.
    """
    present = [name for name in ("Principal", "NotPrincipal") if name in statement]
    if len(present) > 1:
        raise PolicyError("Principal and NotPrincipal exclude each other")
    if not present:
        return None
    element = statement[present[0]]
    if element == "*":
        element = {"AWS": "*"}
    if not isinstance(element, Mapping) or set(element) - set(KINDS):
        raise PolicyError(f"{present[0]} is {element!r}; it is * or an object of {KINDS}")
    if present[0] == "NotPrincipal" and statement.get("Effect") == "Allow":
        raise PolicyError("NotPrincipal goes with Deny only: it would allow everybody else")
    entries = {kind: texts(value) for kind, value in element.items()}
    for entry in entries.get("AWS", ()):
        if "*" in entry and entry != "*":
            raise PolicyError(f"{entry!r}: a principal's ARN takes no wildcards")
        if entry != "*" and not _ACCOUNT.fullmatch(entry) and not entry.startswith("arn:"):
            raise PolicyError(f"{entry!r} is no principal: an ARN, an account id or *")
    return Principals(entries=entries, negated=present[0] == "NotPrincipal")
