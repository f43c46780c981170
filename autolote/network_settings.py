"""Where functions, jobs and notebooks run: in no VPC, in one of the kit's own, or in the team's."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from autolote.checks import Checked, Rule, checked, each, number, optional, text

# AWS gives the list of S3's addresses one id in each Region, the same in every account. It can only
# be asked for (DescribePrefixLists), and a synthesis asks nobody. Here is what several independent
# public templates agree on, that of sa-east-1 also as seen in the route tables of accounts there.
# In any other Region the settings have to say it.
S3_PREFIX_LISTS: Mapping[str, str] = {
    "ap-northeast-1": "pl-61a54008",
    "ap-northeast-2": "pl-78a54011",
    "ap-south-1": "pl-78a54011",
    "ap-southeast-1": "pl-6fa54006",
    "ap-southeast-2": "pl-6ca54005",
    "ca-central-1": "pl-7da54014",
    "eu-central-1": "pl-6ea54007",
    "eu-north-1": "pl-c3aa4faa",
    "eu-west-1": "pl-6da54004",
    "eu-west-2": "pl-7ca54015",
    "eu-west-3": "pl-23ad484a",
    "sa-east-1": "pl-6aa54003",
    "us-east-1": "pl-63a5400a",
    "us-east-2": "pl-7ba54012",
    "us-west-1": "pl-6ba54002",
    "us-west-2": "pl-68a54001",
}

_PRIVATE = [ipaddress.IPv4Network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
_MODES = ("none", "created", "existing")
_OF_EXISTING = ("vpc_id", "subnet_ids", "security_group_ids")
_OF_CREATED = ("cidr", "availability_zones", "extra_endpoints", "s3_prefix_list_id")


def _is_private_range(value: Any) -> bool:
    try:
        network = ipaddress.IPv4Network(value)
    except (ValueError, TypeError):
        return False
    return 16 <= network.prefixlen <= 22 and any(map(network.subnet_of, _PRIVATE))


@dataclass(frozen=True, kw_only=True)
class Network(Checked):
    """The VPC.

    Attributes:
        mode: "none"; "created": a private VPC with endpoints of its own; "existing": the team's.
        cidr: of the created VPC. Its subnets are quarters of it, so that a third availability zone
            can be added later.
        availability_zones: how many the created VPC spans.
        extra_endpoints: names of services that notebooks use beside what the kit itself needs, as
            "athena" for com.amazonaws.<region>.athena.
        s3_prefix_list_id: where `S3_PREFIX_LISTS` does not know the Region.
        vpc_id: of the existing VPC, which has a way to what docs/network.md lists.
        subnet_ids: private subnets of it.
        security_group_ids: for functions, jobs and notebooks alike.
    """

    mode: Literal["none", "created", "existing"] = checked(
        Rule(lambda v: v in _MODES, '"none", "created" or "existing"'), default="none"
    )
    cidr: str = checked(
        Rule(
            _is_private_range,
            "a private range of 16 to 22 bits (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16), as "
            "10.42.0.0/16",
        ),
        default="10.42.0.0/16",
    )
    availability_zones: int = checked(number(2, 3), default=2)
    extra_endpoints: tuple[str, ...] = checked(
        each(text(r"[a-z0-9]+([.-][a-z0-9]+)*", "the end of a service name, as athena")),
        default=(),
    )
    s3_prefix_list_id: str | None = checked(
        optional(text(r"pl-[0-9a-f]{8,17}", "a prefix list id, as pl-0123abcd")), default=None
    )
    vpc_id: str | None = checked(
        optional(text(r"vpc-[0-9a-f]{8,17}", "a VPC id, as vpc-0123456789abcdef0")), default=None
    )
    subnet_ids: tuple[str, ...] = checked(
        each(text(r"subnet-[0-9a-f]{8,17}", "a subnet id")), default=()
    )
    security_group_ids: tuple[str, ...] = checked(
        each(text(r"sg-[0-9a-f]{8,17}", "a security group id")), default=()
    )

    def s3_prefix_list(self, region: str) -> str | None:
        """The id of the prefix list of S3's addresses in a Region; None where nobody knows it."""
        return self.s3_prefix_list_id or S3_PREFIX_LISTS.get(region)

    def relations(self, wrong: frozenset[str]) -> list[str]:
        if "mode" in wrong:
            return []
        existing = self.mode == "existing"
        words = f'{"given" if existing else "left out"} when mode is "{self.mode}"'
        problems = [
            f"{name} = {getattr(self, name)!r}; allowed: {words}"
            for name in _OF_EXISTING
            if bool(getattr(self, name)) is not existing
        ]
        if self.mode != "created":
            problems += [
                f'{name} = {getattr(self, name)!r}; allowed: left out unless mode is "created"'
                for name in _OF_CREATED
                if getattr(self, name) != type(self).__dataclass_fields__[name].default
            ]
        return problems
