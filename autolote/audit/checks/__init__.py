"""Our own rules, over the graph of an environment's templates."""

from __future__ import annotations

from autolote.audit.checks.alarms import ALARMS
from autolote.audit.checks.data import DATA
from autolote.audit.checks.delivery import DELIVERY
from autolote.audit.checks.domains import DOMAINS
from autolote.audit.checks.encryption import ENCRYPTION
from autolote.audit.checks.functions import FUNCTIONS
from autolote.audit.checks.iam_actions import IAM_ACTIONS
from autolote.audit.checks.iam_roles import IAM_ROLES
from autolote.audit.checks.iam_scope import IAM_SCOPE
from autolote.audit.checks.keys import KEYS
from autolote.audit.checks.machines import MACHINES
from autolote.audit.checks.network import NETWORK
from autolote.audit.checks.registry import Check, Subject
from autolote.audit.checks.resource_policies import RESOURCE_POLICIES
from autolote.audit.checks.secrets import SECRETS
from autolote.audit.checks.tags import TAGS
from autolote.audit.findings import Finding
from autolote.audit.model import Environment

SUBJECTS: tuple[Subject, ...] = (
    IAM_ACTIONS,
    IAM_SCOPE,
    IAM_ROLES,
    RESOURCE_POLICIES,
    KEYS,
    DATA,
    ENCRYPTION,
    SECRETS,
    ALARMS,
    DELIVERY,
    MACHINES,
    FUNCTIONS,
    NETWORK,
    DOMAINS,
    TAGS,
)
CHECKS: tuple[Check, ...] = tuple(check for subject in SUBJECTS for check in subject.checks)


def findings(environment: Environment) -> list[Finding]:
    """What our own rules find, sorted."""
    return sorted(finding for check in CHECKS for finding in check.findings(environment))
