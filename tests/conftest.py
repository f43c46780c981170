"""What every test needs: Node for the CDK, and none of the developer's AWS settings; and one
synthesis for all tests that read templates."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from autolote import tools
from autolote.accounts import forget_aws_settings

if TYPE_CHECKING:
    import aws_cdk as cdk

    from tests.template.assembly import Assembly

os.environ.update({name: value for name, value in tools.environment().items() if "JSII" in name})
forget_aws_settings()
# LightGBM's threads, waiting for each other, otherwise take the cores from the other tests.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--snapshot-update", action="store_true", help="accept the templates as they are now"
    )


# Imported where they are used: the CDK takes seconds to start, and most tests need none.


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> cdk.App:
    """The synthesized app: every environment, and one that uses every setting."""
    from stacks.app import all_settings, build  # noqa: PLC0415
    from tests.template.conftest import full_settings  # noqa: PLC0415

    outdir = tmp_path_factory.mktemp("cdk.out")
    app = build([*all_settings(), full_settings()], outdir=outdir)
    app.synth()
    return app


@pytest.fixture(scope="session")
def assembly(app: cdk.App) -> Assembly:
    """What the synthesis wrote."""
    from tests.template.assembly import Assembly  # noqa: PLC0415

    return Assembly(Path(app.outdir))
