"""Deploying again, with other settings but the same names, replaces no place of data."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import aws_cdk as cdk

from autolote.audit.difference.data import data
from autolote.audit.model import Environment
from autolote.settings import Settings
from stacks.app import all_settings, build


def changed(settings: Settings) -> Settings:
    """Whatever a team changes from one deployment to the next, all at once."""
    retention = settings.retention
    return dataclasses.replace(
        settings,
        projects=("digits", "churn"),
        notification_emails=("team@example.com",),
        tags={**settings.tags, "owner": "somebody-else"},
        retention=dataclasses.replace(
            retention,
            log_days=30,
            run_input_days=retention.run_input_days + 1,
            noncurrent_days=retention.noncurrent_days + 1,
        ),
    )


def test_other_settings_replace_no_place_of_data(app: cdk.App, tmp_path: Path) -> None:
    """No bucket, key, queue, repository, log group or file system is lost by a second synthesis,
    not even by one with other settings."""
    [prod] = [settings for settings in all_settings() if settings.environment == "prod"]
    build([changed(prod)], outdir=tmp_path / "cdk.out").synth()
    before = Environment(Path(app.outdir), "prod")
    after = Environment(tmp_path / "cdk.out", "prod")
    changes = data(before, after)
    assert [change for change in changes if change.weight in ("blocks", "worse")] == []
    assert any("30 days instead of 365 days" in change.says for change in changes)
