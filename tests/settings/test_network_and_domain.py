"""The network and the domain of a settings file: what fits together, and what is said otherwise."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from autolote.domain_settings import SCRIPT_BYTES, Domain, app_types
from autolote.network_settings import S3_PREFIX_LISTS, Network
from autolote.settings import load
from tests.settings.files import TAGS, problems_of, written

CREATED = '[network]\nmode = "created"\n'
DOMAIN = f"{CREATED}[domain]\nenabled = true\n"
ANA = '[[domain.users]]\nname = "ana"\nproject = "digits"\n'
CAIO = '[[domain.users]]\nname = "caio"\nproject = "churn"\n'
LAB = '[[domain.spaces]]\nname = "lab"\nproject = "digits"\nowner = "ana"\n'


def test_what_is_not_said_is_off_or_private(tmp_path: Path) -> None:
    """No network and no domain by default; a domain that is only switched on is closed."""
    assert load(written(tmp_path, TAGS)).network == Network()
    assert not load(written(tmp_path, TAGS)).domain.enabled
    domain = load(written(tmp_path, DOMAIN + TAGS)).domain
    assert dataclasses.asdict(domain) == {
        "enabled": True,
        "auth_mode": "IAM",
        "network": "VpcOnly",
        "idle_minutes": 60,
        "max_space_gb": 100,
        "instance_types": ("ml.t3.medium", "ml.t3.large", "ml.m5.large", "ml.m5.xlarge"),
        "canvas": False,
        "docker": False,
        "keep_home_efs": True,
        "lifecycle_script": None,
        "users": (),
        "spaces": (),
    }


def test_users_and_spaces_are_read_and_know_their_projects(tmp_path: Path) -> None:
    """Each table becomes a record; the domain knows whose data is reached from it."""
    domain = load(written(tmp_path, DOMAIN + ANA + CAIO + LAB + TAGS)).domain
    assert [(user.name, user.project) for user in domain.users] == [
        ("ana", "digits"),
        ("caio", "churn"),
    ]
    [space] = domain.spaces
    assert (space.name, space.owner, space.sharing, space.app) == (
        "lab",
        "ana",
        "private",
        "JupyterLab",
    )
    assert domain.projects == ["churn", "digits"]
    assert domain.shared_project is None


def test_a_shared_space_may_be_where_all_users_are_of_its_project(tmp_path: Path) -> None:
    """Then whoever opens it reaches nothing they would not reach anyway."""
    text = DOMAIN + ANA + LAB + 'sharing = "shared"\n' + TAGS
    assert load(written(tmp_path, text)).domain.shared_project == "digits"


def test_the_script_is_read_from_beside_the_settings(tmp_path: Path) -> None:
    """The settings hold what it says, so that a change of it is a change of what is deployed."""
    (tmp_path / "start.sh").write_text("#!/bin/bash\n", encoding="utf-8")
    text = DOMAIN + 'lifecycle_script = "start.sh"\n' + TAGS
    assert load(written(tmp_path, text)).domain.lifecycle_script == "#!/bin/bash\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f'{CREATED}cidr = "8.8.0.0/16"', r"network\.cidr = '8\.8\.0\.0/16'; allowed: a private"),
        (f'{CREATED}cidr = "10.0.0.0/8"', r"network\.cidr = .*; allowed: .* of 16 to 22 bits"),
        (f'{CREATED}cidr = "10.0.0.1/16"', r"network\.cidr = '10\.0\.0\.1/16'"),
        (f"{CREATED}cidr = 10", r"network\.cidr = 10; allowed: a private range"),
        (f"{CREATED}availability_zones = 4", r"network\.availability_zones = 4; .* from 2 to 3"),
        (f'{CREATED}extra_endpoints = ["a b"]', r"network\.extra_endpoints = .*as athena"),
        (f'{CREATED}s3_prefix_list_id = "s3"', r"network\.s3_prefix_list_id = 's3'; .* pl-0123"),
        (f'{CREATED}vpc_id = "vpc-01234567"', r"network\.vpc_id = .*left out when mode is \"creat"),
        (
            '[network]\ncidr = "10.1.0.0/16"',
            r"network\.cidr = .*; allowed: left out unless mode is",
        ),
        (
            f'region = "ap-east-1"\n{CREATED}',
            r"network\.s3_prefix_list_id = None; allowed: the id that `aws ec2 describe-prefix-lis",
        ),
    ],
)
def test_a_network_that_cannot_be_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    """The message has the field, its value, and what to write instead."""
    [told] = problems_of(tmp_path, f"{text}\n{TAGS}")
    assert re.match(problem, told), told


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[domain]\nenabled = true", r"network\.mode = \"none\"; allowed: \"created\" or \"exist"),
        (f'{DOMAIN}auth_mode = "SAML"', r"domain\.auth_mode = 'SAML'; allowed: \"IAM\" or \"SSO\""),
        (f'{DOMAIN}network = "Public"', r"domain\.network = .*\"VpcOnly\" or \"PublicInternetOnl"),
        (f"{DOMAIN}idle_minutes = 59", r"domain\.idle_minutes = 59; .* from 60 to 525600"),
        (f"{DOMAIN}max_space_gb = 4", r"domain\.max_space_gb = 4; .* from 5 to 16384"),
        (f'{DOMAIN}instance_types = ["m5"]', r"domain\.instance_types = .*as ml\.t3\.medium"),
        (f'{DOMAIN}canvas = "no"', r"domain\.canvas = 'no'; allowed: true or false"),
        (f"{DOMAIN}docker = 1", r"domain\.docker = 1; allowed: true or false"),
        (f"{DOMAIN}keep_home_efs = 1", r"domain\.keep_home_efs = 1; allowed: true or false"),
        (f"{DOMAIN}colour = 1", r"domain\.colour is unknown; allowed: \['auth_mode'"),
        (f'{DOMAIN}lifecycle_script = "no.sh"', r"domain\.lifecycle_script = 'no\.sh'; .*the path"),
        (f"{DOMAIN}users = 3", r"domain\.users = 3; allowed: a list of tables, each \[\[domain"),
        (f'{DOMAIN}[[domain.users]]\nname = "ana"', r"domain\.users\[0\]\.project is missing"),
        (
            f'{DOMAIN}[[domain.users]]\nname = "a b"\nproject = "p"',
            r"domain\.users\[0\]\.name = 'a b'; allowed: 1-63 letters",
        ),
        (DOMAIN + ANA + ANA, r"domain\.users\.name = 'ana'; allowed: a name only once"),
        (DOMAIN + ANA + LAB + LAB, r"domain\.spaces\.name = 'lab'; allowed: a name only once"),
        (
            f'{DOMAIN}auth_mode = "SSO"\n{ANA}',
            r"domain\.users\[0\]\.sso_user = None; allowed: given when auth_mode is \"SSO\"",
        ),
        (
            f'{DOMAIN}{ANA}sso_user = "ana@x"',
            r"domain\.users\[0\]\.sso_user = 'ana@x'; allowed: left out when auth_mode is \"IAM\"",
        ),
        (
            DOMAIN + CAIO + LAB,
            r"domain\.spaces\[0\]\.owner = 'ana'; allowed: one of the users \['caio'\]",
        ),
        (
            DOMAIN + ANA + LAB.replace("digits", "churn"),
            r"domain\.spaces\[0\]\.project = 'churn'; allowed: 'digits', the project of its owner",
        ),
        (
            DOMAIN + ANA + CAIO + LAB + 'sharing = "shared"',
            r"domain\.spaces\[0\]\.sharing = \"shared\"; allowed: \"private\", because users of",
        ),
        (
            DOMAIN + ANA + LAB + 'sharing = "shared"\napp = "CodeEditor"',
            r"domain\.spaces\[0\]\.app = 'CodeEditor'; allowed: \"JupyterLab\" when sharing is",
        ),
        (DOMAIN + ANA + LAB + 'app = "Canvas"', r"domain\.spaces\[0\]\.app = 'Canvas'; allowed"),
        (
            DOMAIN + ANA + LAB + "ebs_gb = 101",
            r"domain\.spaces\[0\]\.ebs_gb = 101; allowed: at most max_space_gb = 100",
        ),
        (
            f'projects = ["churn"]\n{DOMAIN}{ANA}',
            r"domain\.users\[0\]\.project = 'digits'; allowed: one of projects = \['churn'\]",
        ),
    ],
)
def test_a_domain_that_cannot_be_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    """Before anything is synthesized, and with the way out."""
    [told] = problems_of(tmp_path, f"{text}\n{TAGS}")
    assert re.match(problem, told), told


def test_a_script_that_is_too_long_for_aws_is_refused_by_its_length() -> None:
    """12,288 bytes are 16,384 characters in base64."""
    assert Domain(lifecycle_script="#\n" + "a" * (SCRIPT_BYTES - 2)).lifecycle_script
    with pytest.raises(ValueError, match="at most 12,288 bytes"):
        Domain(lifecycle_script="#\n" + "a" * (SCRIPT_BYTES - 1))


def test_every_list_of_s3_addresses_is_an_id_of_its_region() -> None:
    """The Region of the shipped settings is known; an id given in the settings comes first."""
    assert all(re.fullmatch(r"pl-[0-9a-f]{8}", one) for one in S3_PREFIX_LISTS.values())
    assert Network(mode="created").s3_prefix_list("sa-east-1") == "pl-6aa54003"
    given = Network(mode="created", s3_prefix_list_id="pl-0123abcd")
    assert given.s3_prefix_list("sa-east-1") == "pl-0123abcd"


def test_instance_types_of_apps_are_those_of_the_service_model() -> None:
    """Studio knows other types than jobs do."""
    assert {"ml.t3.medium", "ml.m5.xlarge", "ml.g5.xlarge"} <= set(app_types())
