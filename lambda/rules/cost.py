"""What a run may cost at worst, and about what it did cost, in US dollars before tax.

Prices come from `prices.json`, which says of each where it is from. An instance type or Region
that is not there is an error: an unknown price is never taken for no price.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SECONDS_PER_HOUR = 3600


class UnknownPriceError(LookupError):
    """There is no price; the message names what is known."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """Instances of one type for some seconds. `seconds` is a limit or a measurement."""

    instance_type: str
    instance_count: int
    seconds: float


@functools.cache
def table() -> Mapping[str, Any]:
    """The table of prices as it is in `prices.json`."""
    path = Path(__file__).with_name("prices.json")
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def price_date() -> str:
    """The day from which the prices are, as YYYY-MM-DD."""
    return str(table()["date"])


def priced(region: str) -> Mapping[str, float]:
    """US dollars per hour of every instance type with a price in `region`.

    Raises:
        UnknownPriceError: there are no prices for this Region.
    """
    regions = table()["regions"]
    if region not in regions:
        raise UnknownPriceError(f"no prices for {region}; there are prices for {_listed(regions)}")
    return {
        f"{family}.{size}": price
        for family, entry in regions[region].items()
        for size, price in entry["usd_per_hour"].items()
    }


def price(*, instance_type: str, region: str) -> float:
    """US dollars per hour of one instance, for training and batch transform alike.

    Raises:
        UnknownPriceError: there is no such price; the message names the types that have one.
    """
    known = priced(region)
    if instance_type not in known:
        raise UnknownPriceError(
            f"no price for {instance_type} in {region}; known: {_listed(known)}"
        )
    return known[instance_type]


def of(job: Job | None, *, region: str) -> float:
    """US dollars for one job; 0.0 when there is none.

    Raises:
        UnknownPriceError: its instance type has no price in `region`.
    """
    if job is None:
        return 0.0
    hourly = price(instance_type=job.instance_type, region=region)
    return round(job.seconds / _SECONDS_PER_HOUR * job.instance_count * hourly, 4)


def estimate(
    *,
    training: Job | None,
    scoring: Job | None,
    golden: Job | None = None,
    region: str,
    automl_assumed: str | None,
) -> dict[str, Any]:
    """The parts of a run and their sum.

    Args:
        training: the training job, or the AutoML job reckoned as one instance.
        scoring: the transform job.
        golden: the transform job over the golden rows.
        region: where they run.
        automl_assumed: the type an AutoML job is reckoned as, because Autopilot neither lets one
            choose its instances nor says which it took; None when the run has no such job.

    Raises:
        UnknownPriceError: a type has no price in `region`.
    """
    parts = {
        "training": of(training, region=region),
        "golden": of(golden, region=region),
        "scoring": of(scoring, region=region),
    }
    note = "An estimate at on-demand prices, without storage, requests and tax."
    if automl_assumed is not None:
        note += (
            f" Autopilot chooses its own instances: training is reckoned as one {automl_assumed}."
        )
    return {
        "currency": str(table()["currency"]),
        "region": region,
        "price_date": price_date(),
        **parts,
        "total": round(sum(parts.values()), 4),
        "note": note,
    }


def spot_saving(*, training_seconds: float, billable_seconds: float) -> float:
    """What spot instances saved, in percent of the price on demand.

    SageMaker's own formula:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
    """
    if training_seconds <= 0:
        return 0.0
    return round((1 - billable_seconds / training_seconds) * 100, 2)


def _listed(names: Mapping[str, Any]) -> str:
    return ", ".join(sorted(names))
