"""Prices have an origin, and what is not known is never taken for free."""

from datetime import date

import botocore.session
import pytest
from rules import cost
from rules.cost import Job

from autolote.allowances import Instances

REGIONS = ("sa-east-1", "us-east-1", "us-east-2", "eu-west-1")
_SHAPE = "TransformInstanceType"
_LEGAL = botocore.session.get_session().get_service_model("sagemaker").shape_for(_SHAPE).enum


@pytest.mark.parametrize("region", REGIONS)
def test_only_types_that_batch_transform_takes_are_priced(region: str) -> None:
    priced = cost.priced(region)
    assert set(priced) <= set(_LEGAL)
    assert {"ml.m5.xlarge", "ml.m5.12xlarge", "ml.c6i.xlarge", "ml.r6i.large"} <= set(priced)
    assert all(price > 0 for price in priced.values())


@pytest.mark.parametrize("region", REGIONS)
def test_what_an_environment_offers_by_default_has_a_price(region: str) -> None:
    offered = Instances()
    types = {*offered.transform_allowed, *offered.training_allowed, offered.automl_assumed}
    assert types <= cost.priced(region).keys()


def test_every_price_says_where_it_is_from() -> None:
    origins = cost.table()["origins"]
    for origin in origins.values():
        assert date.fromisoformat(origin["date"]) <= date.today()
        assert len(origin["source"]) > 40
    used = {f["origin"] for r in cost.table()["regions"].values() for f in r.values()}
    assert used == set(origins)
    assert date.fromisoformat(cost.price_date())


@pytest.mark.parametrize(
    ("instance_type", "region", "published"),
    [
        ("ml.m5.xlarge", "us-east-1", 0.23),
        ("ml.c5.xlarge", "us-east-1", 0.204),
        ("ml.m5.xlarge", "eu-west-1", 0.257),
        ("ml.m5.xlarge", "us-east-2", 0.23),
    ],
)
def test_prices_are_within_one_percent_of_published_ones(
    instance_type: str, region: str, published: float
) -> None:
    found = cost.price(instance_type=instance_type, region=region)
    assert found == pytest.approx(published, rel=0.01)


def test_a_price_that_is_not_known_names_what_is() -> None:
    with pytest.raises(cost.UnknownPriceError, match=r"ml\.c5\.large in sa-east-1; known: ml\.c5"):
        cost.price(instance_type="ml.c5.large", region="sa-east-1")
    with pytest.raises(cost.UnknownPriceError, match="there are prices for eu-west-1, sa-east-1"):
        cost.price(instance_type="ml.m5.xlarge", region="mars-1")


def test_every_instance_is_counted_for_every_second() -> None:
    job = Job(instance_type="ml.m5.xlarge", instance_count=3, seconds=1800)
    assert cost.of(job, region="us-east-1") == pytest.approx(3 * 0.5 * 0.2304)
    assert cost.of(None, region="us-east-1") == 0


def test_an_estimate_says_what_it_is_and_what_it_is_not() -> None:
    training = Job(instance_type="ml.m5.12xlarge", instance_count=1, seconds=3600)
    told = cost.estimate(
        training=training, scoring=None, region="sa-east-1", automl_assumed="ml.m5.12xlarge"
    )
    assert told["total"] == told["training"] == 4.4064
    assert (told["currency"], told["price_date"]) == ("USD", cost.price_date())
    assert "one ml.m5.12xlarge" in told["note"]
