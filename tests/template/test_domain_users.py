"""What a project's users may do: their role's policy, evaluated. Each project keeps to its own."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.template.assembly import Assembly, as_list, joined
from tests.template.conftest import FULL

BUCKET = "${autolote-full-data-bucket-arn}"
PROFILES = "arn:aws:sagemaker:sa-east-1:210987654321:user-profile/${StudioDomain.DomainId}"


class Role:
    """A project's policy, evaluated: a denial wins, and nothing is allowed by itself."""

    def __init__(self, assembly: Assembly, project: str) -> None:
        policy = assembly.resource(FULL, "AWS::IAM::ManagedPolicy", f"Project{project}Policy")
        self._statements = policy.properties["PolicyDocument"]["Statement"]

    def may(self, action: str, resource: str, **context: str) -> bool:
        """Whether the action is allowed; the context's keys are written with `_` for `:`."""
        said = {key.replace("_", ":", 1).replace("_", "-"): v for key, v in context.items()}
        hits = [s["Effect"] for s in self._statements if _covers(s, action, resource, said)]
        return "Allow" in hits and "Deny" not in hits


def _covers(
    statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str]
) -> bool:
    resources = [_filled(one, context) for one in as_list(statement["Resource"])]
    return (
        action in as_list(statement["Action"])
        and any(fnmatch.fnmatchcase(resource, one) for one in resources)
        and all(
            _holds(operator, context.get(key), [_filled(one, context) for one in as_list(wanted)])
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _holds(operator: str, value: str | None, wanted: list[str]) -> bool:
    if value is None:
        return operator.startswith("ForAllValues:")
    if "Like" in operator:
        return any(fnmatch.fnmatchcase(value, one) for one in wanted)
    return value in wanted


def _filled(value: Any, context: Mapping[str, str]) -> str:
    """Text with its policy variables filled in; references keep their short names."""
    text = re.sub(r"(StudioDomain|Key)[0-9A-F]{8}", r"\1", joined(value))
    for key, told in context.items():
        text = text.replace(f"${{{key}}}", told)
    return text


@pytest.fixture(scope="module")
def digits(assembly: Assembly) -> Role:
    return Role(assembly, "digits")


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
def test_a_projects_users_reach_what_is_below_their_prefix_and_nothing_else(
    digits: Role, action: str
) -> None:
    """Not another project's, not one whose name begins alike, not the folders of nobody."""
    assert digits.may(action, f"{BUCKET}/digits/first/data/train.csv")
    for key in (
        "churn/first/data/train.csv",
        "digits2/a/b.csv",
        "requests/a.json",
        "checkpoints/a",
    ):
        assert not digits.may(action, f"{BUCKET}/{key}"), key


def test_a_projects_users_list_their_own_prefix_only(digits: Role) -> None:
    """Without a prefix, or with another, nothing is listed."""
    assert digits.may("s3:ListBucket", BUCKET, s3_prefix="digits/")
    assert digits.may("s3:ListBucket", BUCKET, s3_prefix="digits/first/data/")
    for prefix in ("", "churn/", "digits2/", "d"):
        assert not digits.may("s3:ListBucket", BUCKET, s3_prefix=prefix)
    assert not digits.may("s3:ListBucket", BUCKET)


def test_users_read_what_a_run_left_and_cannot_change_it(digits: Role) -> None:
    """Manifest, predictions and lineage are what the run wrote, for whoever reads them later."""
    manifest = f"{BUCKET}/digits/first/runs/r-1/manifest.json"
    assert digits.may("s3:GetObject", manifest)
    assert not digits.may("s3:PutObject", manifest)
    assert not digits.may("s3:DeleteObject", manifest)


def test_users_request_runs_as_their_own_project(digits: Role) -> None:
    """On the environment's bus, as nobody else: the starter believes the source."""
    bus = "arn:aws:events:sa-east-1:210987654321:event-bus/autolote-full"
    asked = {"events_source": "autolote.digits", "events_detail_type": "RunRequested"}
    assert digits.may("events:PutEvents", bus, **asked)
    for source in ("autolote", "autolote.churn", "aws.s3"):
        assert not digits.may("events:PutEvents", bus, **{**asked, "events_source": source})
    other = bus.replace("autolote-full", "default")
    assert not digits.may("events:PutEvents", other, **asked)


SPACE = "arn:aws:sagemaker:sa-east-1:210987654321:space/${StudioDomain.DomainId}/ana-lab"
APP = f"{SPACE.replace(':space/', ':app/')}/jupyterlab/default"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("sagemaker:CreateSpace", SPACE),
        ("sagemaker:UpdateSpace", SPACE),
        ("sagemaker:DeleteSpace", SPACE),
        ("sagemaker:CreateApp", APP),
        ("sagemaker:DeleteApp", APP),
    ],
)
def test_spaces_and_apps_are_their_owners(digits: Role, action: str, resource: str) -> None:
    """A user makes, starts and stops private ones of their own; not a colleague's, no shared ones,
    none in another domain."""
    own = {
        "sagemaker_UserProfileName": "ana",
        "sagemaker_OwnerUserProfileArn": f"{PROFILES}/ana",
        "sagemaker_SpaceSharingType": "Private",
    }
    assert digits.may(action, resource, **own)
    assert not digits.may(action, resource, **{**own, "sagemaker_UserProfileName": "caio"})
    assert not digits.may(action, resource, **{**own, "sagemaker_SpaceSharingType": "Shared"})
    assert not digits.may(action, resource.replace("StudioDomain.DomainId", "Other"), **own)


def test_apps_start_on_the_instances_that_the_settings_allow(digits: Role) -> None:
    """Nobody starts a GPU by accident."""
    own = {
        "sagemaker_UserProfileName": "ana",
        "sagemaker_OwnerUserProfileArn": f"{PROFILES}/ana",
        "sagemaker_SpaceSharingType": "Private",
    }
    assert digits.may("sagemaker:CreateApp", APP, **own, sagemaker_InstanceTypes="ml.t3.medium")
    large = "ml.p4d.24xlarge"
    assert not digits.may("sagemaker:CreateApp", APP, **own, sagemaker_InstanceTypes=large)


def test_a_user_opens_the_domain_as_themselves(digits: Role) -> None:
    """The URL that opens Studio is made for one's own profile."""
    action, user = "sagemaker:CreatePresignedDomainUrl", {"sagemaker_UserProfileName": "ana"}
    assert digits.may(action, f"{PROFILES}/ana", **user)
    assert not digits.may(action, f"{PROFILES}/caio", **user)


def test_the_key_is_used_through_s3_and_lent_to_volumes(digits: Role) -> None:
    """Nothing is decrypted by hand."""
    key = "${autolote-full-storage:ExportsOutputFnGetAttKeyArn5A860C43}"
    of_bucket = {"kms_EncryptionContext:aws:s3:arn": BUCKET}
    through = {"kms_ViaService": "s3.sa-east-1.amazonaws.com", **of_bucket}
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert digits.may(action, key, **through)
        assert not digits.may(action, key, **of_bucket)
    assert digits.may("kms:CreateGrant", key, kms_GrantIsForAWSResource="true")
    assert not digits.may("kms:CreateGrant", key, kms_GrantIsForAWSResource="false")


@pytest.mark.parametrize("environment", ["prod", FULL])
def test_a_projects_policy_never_names_another_project(
    assembly: Assembly, environment: str
) -> None:
    """Whatever the conditions say, the text holds no other project's id."""
    for policy, statement in assembly.statements(environment):
        if policy.stack == "domain":
            text = json.dumps(statement)
            assert not ("digits" in text and "churn" in text)
            assert ("churn" in text) <= (policy.name == "ProjectchurnPolicy")
