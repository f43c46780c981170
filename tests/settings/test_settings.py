"""Settings files: what they may say, and what is said back when they are wrong."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from autolote.allowances import instance_types
from autolote.image_settings import Image
from autolote.settings import LOG_DAYS, Settings, SettingsError, load
from tests.settings.files import TAGS, problems_of, written

ENVIRONMENTS = Path(__file__).parents[2] / "environments"


@pytest.mark.parametrize("name", ["dev", "prod", "local"])
def test_the_files_of_the_project_are_right(name: str) -> None:
    """Each shipped file loads, and its name is the environment."""
    settings = load(ENVIRONMENTS / f"{name}.toml")
    assert settings.environment == name
    assert settings.prefix == f"autolote-{name}"


def test_a_synthesis_needs_no_account_for_dev_and_prod() -> None:
    """Whoever deploys says which account by their credentials; only the local one is fixed."""
    accounts = {path.stem: load(path).account for path in ENVIRONMENTS.glob("*.toml")}
    assert accounts == {"dev": None, "prod": None, "local": "123456789012"}


def test_the_local_account_turns_its_clock_and_drops_its_data() -> None:
    """Only local.toml makes waits short and lets data go with its stack."""
    local = load(ENVIRONMENTS / "local.toml")
    assert local.clock_speed == 60
    assert local.retention.delete_data_with_stack
    assert not load(ENVIRONMENTS / "prod.toml").retention.delete_data_with_stack


def test_what_a_file_leaves_out_has_a_default(tmp_path: Path) -> None:
    """Tags are all that must be said."""
    settings = load(written(tmp_path, TAGS))
    assert settings == Settings(environment="dev", tags={"owner": "me", "cost_center": "mine"})
    assert settings.region == "sa-east-1"
    assert settings.account is None
    assert settings.projects == ()
    assert settings.image == Image()
    assert dataclasses.asdict(settings.retention) == {
        "run_input_days": 30,
        "checkpoint_days": 14,
        "noncurrent_days": 90,
        "access_log_days": 400,
        "log_days": 365,
        "requests_days": 90,
        "delete_data_with_stack": False,
    }
    assert dataclasses.asdict(settings.limits) == {
        "max_automl_runtime_seconds": 86_400,
        "max_candidates": 250,
        "max_training_runtime_seconds": 86_400,
        "max_training_wait_seconds": 172_800,
        "max_transform_runtime_seconds": 86_400,
        "max_instance_count": 10,
        "max_run_cost_usd": 100.0,
        "max_score_gb": 20.0,
    }
    assert settings.instances.transform_default == "ml.m5.xlarge"
    assert settings.instances.training_default == "ml.m5.2xlarge"
    assert settings.instances.automl_assumed == "ml.m5.12xlarge"
    assert settings.network.mode == "none"


def test_settings_cannot_be_changed_after_they_were_checked(tmp_path: Path) -> None:
    """A checked value stays the value that was checked."""
    settings = load(written(tmp_path, TAGS))
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.limits.max_candidates = 900  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("account = 123456789012", r"account = 123456789012; allowed: 12 digits, or left out"),
        ('account = "12345"', r"account = '12345'; allowed: 12 digits"),
        ('region = "brazil"', r"region = 'brazil'; allowed: an AWS Region, as sa-east-1"),
        ('projects = ["Digits"]', r"projects = \('Digits',\); allowed: .*a-z, 0-9, single -"),
        ('projects = ["a--b"]', r"projects = \('a--b',\)"),
        ('projects = ["a", "a"]', r"projects = .*; allowed: a list in which nothing stands twice"),
        ('projects = "digits"', r"projects = 'digits'; allowed: a list"),
        ('notification_emails = ["team"]', r"notification_emails = .*an e-mail address"),
        ('[image]\ntag = "a b"', r"image\.tag = 'a b'; allowed: an image tag, or left out"),
        (
            '[image]\npython_digest = "3.13"',
            r"image\.python_digest = '3\.13'; allowed: sha256: and",
        ),
        ("[image]\nrun_as = -1", r"image\.run_as = -1; allowed: a whole number from 0 to 65535"),
        ("[image]\nkeep = 1", r"image\.keep = 1; allowed: a whole number from 2"),
        (
            '[image]\ntag = "mine"\nrun_as = 0',
            r"image\.run_as = 0; allowed: left out when tag is given, because then nothing is",
        ),
        ("clock_speed = 60", r"clock_speed = 60; allowed: only in local\.toml"),
        ('environment = "prod"', r"environment is unknown: the file's name says it"),
        ("colour = 1", r"colour is unknown; allowed: \[.*'projects'.*\]"),
        ("[limits]\nmax_candidates = 751", r"limits\.max_candidates = 751; .* from 1 to 750"),
        ("[limits]\nmax_candidates = 1.5", r"limits\.max_candidates = 1\.5; .*a whole number"),
        ("[limits]\nmax_candidates = true", r"limits\.max_candidates = True"),
        (
            "[limits]\nmax_automl_runtime_seconds = 2592001",
            r"limits\.max_automl_runtime_seconds = 2592001; .* to 2592000",
        ),
        ("[limits]\nmax_run_cost_usd = 0", r"limits\.max_run_cost_usd = 0; allowed: a number"),
        ("[limits]\nmax_files = 3", r"limits\.max_files is unknown; allowed: \['max_automl"),
        ("limits = 3", r"limits = 3; allowed: a table"),
        ("[retention]\nlog_days = 100", r"retention\.log_days = 100; allowed: one of \[1, 3, 5"),
        ("[retention]\nlog_days = true", r"retention\.log_days = True"),
        (
            '[retention]\ndelete_data_with_stack = "no"',
            r"retention\.delete_data_with_stack = 'no'; allowed: true or false",
        ),
        (
            '[instances]\ntransform_default = "ml.c5.large"',
            r"instances\.transform_default = 'ml\.c5\.large'; allowed: an instance type of batch",
        ),
        (
            '[instances]\ntransform_default = "ml.m5.24xlarge"',
            r"instances\.transform_default = 'ml\.m5\.24xlarge'; allowed: one of transform_allowed",
        ),
        (
            '[instances]\ntraining_default = "ml.c6i.large"',
            r"instances\.training_default = 'ml\.c6i\.large'; allowed: an instance type of train",
        ),
        (
            '[instances]\ntraining_allowed = ["ml.m5.large"]',
            r"instances\.training_default = 'ml\.m5\.2xlarge'; allowed: one of training_allowed",
        ),
        (
            "[limits]\nmax_training_wait_seconds = 3600",
            r"limits\.max_training_wait_seconds = 3600; allowed: at least max_training_runtime",
        ),
        (
            "[limits]\nmax_training_runtime_seconds = 2419201",
            r"limits\.max_training_runtime_seconds = 2419201; .* to 2419200",
        ),
        (
            '[network]\nmode = "vpc"',
            r"network\.mode = 'vpc'; allowed: \"none\", \"created\" or \"existing\"",
        ),
        (
            '[network]\nsubnet_ids = ["subnet-0123456789abcdef0"]',
            r"network\.subnet_ids = .*; allowed: left out when mode is \"none\"",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(
    tmp_path: Path, text: str, problem: str
) -> None:
    """The message has the field, its value, and what to write instead."""
    [told] = problems_of(tmp_path, f"{text}\n{TAGS}")
    assert re.match(problem, told), told


def test_every_problem_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    """Nobody has to run it five times to find five mistakes."""
    told = problems_of(
        tmp_path,
        """
        region = "brazil"
        clock_speed = 5
        colour = "red"
        [limits]
        max_candidates = 0
        max_files = 1
        [network]
        mode = "existing"
        [tags]
        owner = "me"
        [[schedules]]
        name = "Nightly"
        request = "missing.json"
        """,
    )
    fields = {re.split(r" = | is ", problem)[0] for problem in told}
    assert fields == {
        "region",
        "clock_speed",
        "colour",
        "limits.max_candidates",
        "limits.max_files",
        "network.vpc_id",
        "network.subnet_ids",
        "network.security_group_ids",
        "tags",
        "schedules[0].name",
        "schedules[0].expression",
        "schedules[0].request",
    }


@pytest.mark.parametrize("name", ["Dev.toml", "d.toml", "1dev.toml", "production.toml"])
def test_a_file_is_named_like_its_environment(tmp_path: Path, name: str) -> None:
    """2 to 8 of a-z and 0-9: the name becomes part of every job's name."""
    [told] = problems_of(tmp_path, TAGS, name=name)
    assert told.startswith(f"environment = '{name.removesuffix('.toml')}'; allowed: 2-8")


@pytest.mark.parametrize(
    "tags",
    ['owner = "me"', 'owner = ""\ncost_center = "mine"', 'owner = "me"\ncost_center = "a;b"'],
)
def test_costs_can_always_be_told_apart(tmp_path: Path, tags: str) -> None:
    """Owner and cost center are required, and must be tags that AWS takes."""
    [told] = problems_of(tmp_path, f"[tags]\n{tags}\n")
    assert told.startswith("tags = {")
    assert "owner and cost_center at least" in told


def test_tags_cannot_be_left_out(tmp_path: Path) -> None:
    """An empty file is told what it lacks."""
    assert problems_of(tmp_path, "") == ("tags is missing",)


def test_what_is_not_toml_is_said_to_be_so(tmp_path: Path) -> None:
    """With the line and the column of the mistake."""
    [told] = problems_of(tmp_path, "region = sa-east-1")
    assert told.startswith("is not TOML: ")
    assert "line 1" in told


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The message begins with the path."""
    with pytest.raises(SettingsError, match=r"stage\.toml: 1 problem.*\n.*No such file"):
        load(tmp_path / "stage.toml")


def test_instance_types_are_those_of_the_service_model() -> None:
    """ml.c5.large, which older examples score with, is not among them; ml.c6i.large only scores."""
    for job in ("Transform", "Training"):
        assert {"ml.m5.xlarge", "ml.m5.12xlarge"} <= set(instance_types(job))
    assert "ml.c5.large" not in instance_types("Transform")
    assert "ml.c6i.large" not in instance_types("Training")


def test_logs_are_kept_for_days_that_cloudwatch_knows() -> None:
    """From one day to ten years."""
    assert (min(LOG_DAYS), max(LOG_DAYS), len(LOG_DAYS)) == (1, 3653, 22)
