"""What may be said of a finding about IAM: explained by our own check, or open. Never waived.

cdk-nag reports every wildcard in a resource of a statement and leaves it to people to tell a folder
of the kit's own bucket from a whole account. Our check `iam-resource-scope` tells them apart: the
service, the Region, the account and the kind of resource are fixed, and the name is or begins with
one that this environment gives. Where it finds nothing, the wildcard is explained. What is left are
statements on `*`, and of them only those may be waived whose actions AWS scopes to no resource, or
that AWS documents to work on `*` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from autolote.audit import authorization, policies
from autolote.audit.checks import iam_scope
from autolote.audit.findings import Finding
from autolote.audit.model import Environment
from autolote.audit.policies import Statement
from autolote.audit.result import Explained
from autolote.audit.tools import checkov, nag

CHECK = "iam-resource-scope"
EVERYTHING = "AwsSolutions-IAM5[Resource::*]"
# What they say of a statement on `*`: a wildcard; and write access and permissions management
# without constraints.
_OF_EVERYTHING = {
    (nag.NAME, EVERYTHING),
    (checkov.NAME, "CKV_AWS_109"),
    (checkov.NAME, "CKV_AWS_111"),
}
_ABOUT_IAM = re.compile(r"(^|[^a-z])iam", re.IGNORECASE)


def of(finding: Finding, environment: Environment) -> Explained | None:
    """Why a wildcard that cdk-nag reports is none of concern; None where it is, or is no such."""
    wildcard = nag.WILDCARD.fullmatch(finding.rule) if finding.source == nag.NAME else None
    if wildcard is None or finding.rule == EVERYTHING or not finding.detail:
        return None
    found = [s for s in _statements(finding, environment) if finding.detail in s.resources]
    if not found or any(_fault(environment, finding.detail, one) for one in found):
        return None
    exceptions = iam_scope.EXCEPTIONS
    forced = sorted({one.reason for one in exceptions if re.fullmatch(one.arn, finding.detail)})
    fixed = (
        f"{finding.detail}: the service, the Region, the account and the kind of resource are "
        "fixed, and the name is one that this environment gives"
    )
    return Explained(finding=finding, by=CHECK, because="; ".join(forced) or fixed)


def is_forbidden(finding: Finding, environment: Environment) -> str:
    """Why no row may accept a finding; "" where one may."""
    kinds = {one.type for one in environment.resources if one.where == finding.where}
    of_iam = any(kind.startswith("AWS::IAM::") for kind in kinds)
    if not of_iam and not _ABOUT_IAM.search(finding.rule):
        return ""
    if (finding.source, finding.rule) not in _OF_EVERYTHING:
        return "nothing about IAM is waived but statements on * whose actions AWS cannot scope"
    scoped = sorted(
        action
        for statement in _statements(finding, environment)
        if "*" in statement.resources
        for action in (*statement.actions, *statement.not_actions)
        if not _unscopable(action) and action not in iam_scope.ON_EVERYTHING
    )
    return f"AWS scopes {', '.join(scoped)} to resources" if scoped else ""


def _statements(finding: Finding, environment: Environment) -> Iterator[Statement]:
    for statement in policies.of_identities(environment):
        if statement.holder.where == finding.where and statement.allows:
            yield statement


def _fault(environment: Environment, resource: str, statement: Statement) -> str:
    if not statement.actions or any("*" in action for action in statement.actions):
        return "the actions are left open"
    return iam_scope.fault_of(environment, resource, statement.actions)


def _unscopable(action: str) -> bool:
    """Whether AWS knows an action, and no resource for it."""
    return authorization.exists(action) and not authorization.resource_arns(action)
