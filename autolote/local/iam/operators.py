"""The condition operators: how one value of a request compares with one value of a policy.

Source:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address, ip_network

from autolote.local.iam.model import PolicyError
from autolote.local.iam.patterns import arn, plain, wildcard

Compare = Callable[[str, str], bool]
"""Takes the request's value and the policy's, variables filled in."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    """An operator without its set qualifier and without IfExists.

    Attributes:
        compare: whether two values match.
        negated: whether it is true when nothing matches.
    """

    compare: Compare
    negated: bool = False


def _ordered(read: Callable[[str], Decimal | datetime | None], kind: str, wanted: str) -> Compare:
    """A comparison of what `read` makes of the texts. A request's value that is not of the kind
    matches nothing; a policy's is an error of the policy."""

    def compare(given: str, policy: str) -> bool:
        bound = read(plain(policy))
        if bound is None:
            raise PolicyError(f"{plain(policy)!r} is no {kind}")
        value = read(given)
        if value is None:
            return False
        less, equal = value < bound, value == bound  # type: ignore[operator]
        return {
            "Equals": equal,
            "LessThan": less,
            "LessThanEquals": less or equal,
            "GreaterThan": not (less or equal),
            "GreaterThanEquals": not less,
        }[wanted]

    return compare


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _moment(text: str) -> datetime | None:
    """ISO 8601, or seconds since 1970."""
    if (seconds := _number(text)) is not None and "-" not in text:
        return datetime.fromtimestamp(float(seconds), UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _in_network(given: str, policy: str) -> bool:
    try:
        network = ip_network(plain(policy), strict=False)
    except ValueError as error:
        raise PolicyError(f"{plain(policy)!r} is no IP range") from error
    try:
        return ip_address(given) in network
    except ValueError:
        return False


def _bool(given: str, policy: str) -> bool:
    wanted = plain(policy).lower()
    if wanted not in ("true", "false"):
        raise PolicyError(f"{plain(policy)!r} is neither true nor false")
    return given.lower() == wanted


def _binary(given: str, policy: str) -> bool:
    try:
        return base64.b64decode(given, validate=True) == base64.b64decode(
            plain(policy), validate=True
        )
    except binascii.Error:
        return False


def _equals(given: str, policy: str) -> bool:
    return given == plain(policy)


def _equals_folded(given: str, policy: str) -> bool:
    return given.casefold() == plain(policy).casefold()


def _like(given: str, policy: str) -> bool:
    return wildcard(policy).fullmatch(given) is not None


def _arn_like(given: str, policy: str) -> bool:
    return arn(policy).fullmatch(given) is not None


def _operators() -> dict[str, Operator]:
    found = {
        "StringEquals": Operator(compare=_equals),
        "StringNotEquals": Operator(compare=_equals, negated=True),
        "StringEqualsIgnoreCase": Operator(compare=_equals_folded),
        "StringNotEqualsIgnoreCase": Operator(compare=_equals_folded, negated=True),
        "StringLike": Operator(compare=_like),
        "StringNotLike": Operator(compare=_like, negated=True),
        # ArnEquals and ArnLike behave identically (the page above).
        "ArnEquals": Operator(compare=_arn_like),
        "ArnLike": Operator(compare=_arn_like),
        "ArnNotEquals": Operator(compare=_arn_like, negated=True),
        "ArnNotLike": Operator(compare=_arn_like, negated=True),
        "Bool": Operator(compare=_bool),
        "BinaryEquals": Operator(compare=_binary),
        "IpAddress": Operator(compare=_in_network),
        "NotIpAddress": Operator(compare=_in_network, negated=True),
    }
    for kind, read, name in (("Numeric", _number, "number"), ("Date", _moment, "date")):
        for order in ("LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"):
            found[f"{kind}{order}"] = Operator(compare=_ordered(read, name, order))
        equal = _ordered(read, name, "Equals")
        found[f"{kind}Equals"] = Operator(compare=equal)
        found[f"{kind}NotEquals"] = Operator(compare=equal, negated=True)
    return found


OPERATORS = _operators()
