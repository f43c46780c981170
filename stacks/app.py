"""The CDK app, made the same way for a deployment and for a test."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import aws_cdk as cdk

from autolote.settings import Settings, load
from stacks.environment import Environment

ROOT = Path(__file__).parents[1]


def feature_flags() -> dict[str, object]:
    """The CDK feature flags, frozen in cdk.json: with others, the same code makes other templates.

    The command line hands them to app.py; by hand and in tests nobody does."""
    flags: dict[str, object] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return flags


def all_settings(folder: Path = ROOT / "environments") -> list[Settings]:
    """The settings of every environment, sorted by name."""
    return [load(path) for path in sorted(folder.glob("*.toml"))]


def build(environments: Iterable[Settings], *, outdir: Path | None = None) -> cdk.App:
    """The app with a stage for each environment.

    Args:
        outdir: where the cloud assembly goes; None leaves it to the command line.
    """
    app = cdk.App(
        analytics_reporting=False,
        context=feature_flags(),
        outdir=str(outdir) if outdir else None,
    )
    for settings in environments:
        Environment(app, settings)
    return app
