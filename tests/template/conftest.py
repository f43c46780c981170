"""One synthesis for all tests here: every environment, and one that uses every setting."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import aws_cdk as cdk
import pytest

from autolote.settings import Network, Schedule, Settings
from stacks.app import all_settings, build
from tests.template.assembly import Assembly

ENVIRONMENTS = ("dev", "local", "prod")
FULL = "full"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--snapshot-update", action="store_true", help="accept the templates as they are now"
    )


def full_settings() -> Settings:
    """Settings that leave nothing out: a VPC, a schedule, subscriptions."""
    [prod] = [settings for settings in all_settings() if settings.environment == "prod"]
    return dataclasses.replace(
        prod,
        environment=FULL,
        account="210987654321",
        projects=("digits", "churn"),
        notification_emails=("team@example.com",),
        network=Network(
            mode="existing",
            vpc_id="vpc-0123456789abcdef0",
            subnet_ids=("subnet-0123456789abcdef0", "subnet-0fedcba9876543210"),
            security_group_ids=("sg-0123456789abcdef0",),
        ),
        schedules=(
            Schedule(
                name="nightly",
                expression="cron(0 3 * * ? *)",
                timezone="America/Sao_Paulo",
                request={"project_id": "digits", "experiment_id": "first"},
            ),
        ),
    )


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> cdk.App:
    """The synthesized app."""
    outdir = tmp_path_factory.mktemp("cdk.out")
    app = build([*all_settings(), full_settings()], outdir=outdir)
    app.synth()
    return app


@pytest.fixture(scope="session")
def assembly(app: cdk.App) -> Assembly:
    """What the synthesis wrote."""
    return Assembly(Path(app.outdir))
