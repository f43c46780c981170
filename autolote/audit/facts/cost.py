"""What the resources cost a month while nothing runs, as far as templates alone tell it."""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autolote.audit.facts.statements import as_list
from autolote.audit.model import Environment, Resource


@dataclass(frozen=True, order=True, kw_only=True)
class Line:
    """So many of something at a price.

    Attributes:
        count: of priced units, as interfaces of endpoints.
        usd: each, per month.
        source: the page with the price.
    """

    type: str
    what: str
    count: int
    usd: float
    source: str

    @property
    def total(self) -> float:
        """US dollars a month."""
        return round(self.count * self.usd, 2)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """The bill while nothing runs.

    Attributes:
        by_use: what else costs money, by how much it is used: pairs of type and what is counted.
        date: of the prices.
        region: that the prices are of.
        note: what to think of them.
    """

    lines: tuple[Line, ...]
    by_use: tuple[tuple[str, str], ...]
    date: str
    region: str
    note: str

    @property
    def total(self) -> float:
        """US dollars a month."""
        return round(sum(line.total for line in self.lines), 2)


@functools.cache
def table() -> Mapping[str, Any]:
    """The prices, each with its source."""
    loaded: dict[str, Any] = json.loads(
        Path(__file__).with_name("prices.json").read_text(encoding="utf-8")
    )
    return loaded


def cost(environment: Environment) -> Cost:
    """The fixed cost of one environment a month, and what depends on use."""
    prices = table()
    counts: Counter[str] = Counter()
    for resource in environment.resources:
        counts[resource.type] += _units(resource)
    present = {resource.type for resource in environment.resources}
    return Cost(
        lines=tuple(
            Line(
                type=type_,
                what=price["what"],
                count=counts[type_],
                usd=_monthly(price),
                source=price["source"],
            )
            for type_, price in sorted(prices["prices"].items())
            if counts[type_]
        ),
        by_use=tuple(
            (type_, what) for type_, what in sorted(prices["by_use"].items()) if type_ in present
        ),
        date=prices["date"],
        region=prices["region"],
        note=prices["note"],
    )


def _monthly(price: Mapping[str, Any]) -> float:
    if "usd" in price:
        return float(price["usd"])
    return round(float(price["usd_per_hour"]) * int(table()["hours_per_month"]), 4)


def _units(resource: Resource) -> int:
    """How many times a resource costs the price of its type."""
    if resource.type == "AWS::EC2::VPCEndpoint":
        interface = resource.text("VpcEndpointType") == "Interface"
        return len(as_list(resource.get("SubnetIds"))) if interface else 0
    if resource.type == "AWS::CloudWatch::Alarm":
        return sum("MetricStat" in m for m in as_list(resource.get("Metrics"))) or 1
    return 1
