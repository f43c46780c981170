"""What a call needs: the mapping against AWS's own lists of actions and resources."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
import pytest
from policy_sentry.querying.actions import get_action_data

from autolote.local.iam.mapping import s3
from autolote.local.iam.mapping.context import READ
from autolote.local.iam.mapping.passing import ROLES
from autolote.local.iam.mapping.readers import READERS
from autolote.local.iam.mapping.table import PATH, PREFIXES, table
from autolote.local.iam.mapping.tags import TAGGING

BOTOCORE = {
    "elasticfilesystem": "efs",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
"""Where botocore calls a service otherwise than its signature does."""
RUNTIME = {"InvokeEndpoint": "sagemaker-runtime"}


@cache
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(BOTOCORE.get(service, service))


def entries() -> Iterator[tuple[str, str, str]]:
    """Every permission of the table: service, operation, and `action resource`."""
    for service, operations in table().items():
        for operation, wanted in operations.items():
            for entry in [wanted] if isinstance(wanted, str) else wanted:
                yield service, operation, entry


def action_and_resources(service: str, operation: str, entry: str) -> tuple[str, list[str]]:
    named = " " in entry and "|" not in entry
    action, _, resources = entry.rpartition(" ") if named else ("", "", entry)
    prefix = PREFIXES.get(service, service)
    return f"{prefix}:{action or operation}", [one.strip() for one in resources.split("|")]


@cache
def documented(action: str) -> frozenset[str]:
    """The ARN formats of an action, each as an expression; empty when there is no such action."""
    service, name = action.split(":")
    found = get_action_data(service, name)
    rows = found[service] if found else []
    return frozenset(
        "\\*" if row["resource_arn_format"] == "*" else _expression(row["resource_arn_format"])
        for row in rows
    )


def _expression(arn_format: str) -> str:
    parts = re.split(r"\$\{\w+\}", arn_format)
    return ".+".join(re.escape(part) for part in parts)


def _as_arn(service: str, resource: str) -> str | None:
    """An entry's resource with something in each place; None where a parameter is the ARN."""
    filled = re.sub(r"\{[\w:]+\}", "x", resource.replace("{stack:StackName}", "x/*"))
    if resource.startswith("{") and not re.fullmatch(r"\{(queue|Name|QueueName)[\w:]*\}", resource):
        return None
    if filled == "*" or filled.startswith("arn:"):
        return filled
    prefix = PREFIXES.get(service, service)
    region = "" if service == "iam" else "sa-east-1"
    return f"arn:aws:{prefix}:{region}:123456789012:{filled}"


@pytest.mark.parametrize("service", sorted(table()))
def test_every_action_of_the_table_is_one_of_awss(service: str) -> None:
    """Against AWS's service authorization reference."""
    unknown = {
        action
        for own, operation, entry in entries()
        if own == service
        for action in [action_and_resources(own, operation, entry)[0]]
        if not documented(action)
    }
    assert unknown == set()


@pytest.mark.parametrize("service", sorted(table()))
def test_every_resource_of_the_table_has_a_form_its_action_takes(service: str) -> None:
    """`*` stands only where AWS lists no resource, or for a call that lists all."""
    wrong = []
    for own, operation, entry in entries():
        if own != service:
            continue
        action, resources = action_and_resources(own, operation, entry)
        for resource in resources:
            arn = _as_arn(own, resource)
            if arn is None or (arn == "*" and len(resources) > 1):
                continue
            if not any(re.fullmatch(form, arn) for form in documented(action)):
                wrong.append((operation, resource, sorted(documented(action))))
    assert wrong == []


@pytest.mark.parametrize("service", sorted(table()))
def test_every_operation_and_parameter_of_the_table_is_in_the_service_model(service: str) -> None:
    for own, operation, entry in entries():
        if own != service:
            continue
        of = model(RUNTIME.get(operation, service)).operation_model(operation)
        members = {name.lower() for name in (of.input_shape.members if of.input_shape else {})}
        _, resources = action_and_resources(own, operation, entry)
        for reader, name in re.findall(r"\{(?:(\w+):)?(\w+)\}", " ".join(resources)):
            assert not reader or reader in READERS, (operation, reader)
            assert name == "account" or name.lower() in members, (operation, name)


def test_every_permission_of_s3_is_one_of_awss() -> None:
    named = [f"s3:{name}" for name in s3.BUCKET_ACTIONS.values()]
    named += [f"s3:{name}" for pair in s3.OBJECT_ACTIONS.values() for name in pair]
    source = re.findall(r'"(s3:[A-Z]\w+)"', PATH.with_name("s3.py").read_text())
    assert {name for name in [*named, *source] if not documented(name)} == set()


def test_every_operation_of_s3_is_in_its_model() -> None:
    operations = set(model("s3").operation_names)
    # moto's router knows two older names as well
    older = {
        "GetBucketLifecycle",
        "GetBucketNotification",
        "PutBucketLifecycle",
        "PutBucketNotification",
    }
    named = {*s3.BUCKET_ACTIONS, *s3.OBJECT_ACTIONS, *s3._OWN_WAY}
    assert named - operations - older == set()


def test_roles_are_passed_where_aws_says_that_passing_is_needed() -> None:
    """Each operation that hands a role on depends on iam:PassRole, and none is left out."""
    for service, operations in table().items():
        for operation in operations:
            needed = "iam:PassRole" in _dependent(f"{PREFIXES.get(service, service)}:{operation}")
            assert not needed or operation in ROLES.get(service, ("", {}))[1], (service, operation)


def _dependent(action: str) -> set[str]:
    service, name = action.split(":")
    found = get_action_data(service, name)
    return {one for row in (found[service] if found else []) for one in row["dependent_actions"]}


def test_every_tagging_permission_is_one_of_awss() -> None:
    kinds = ("Role", "Policy")
    actions = {name.format(kind=kind) for name in TAGGING.values() if name for kind in kinds}
    assert {name for name in actions if not documented(name)} == set()


def test_every_operation_with_keys_of_its_own_is_mapped() -> None:
    assert {key for key in READ if key[1] not in table().get(key[0], {})} == set()


def test_the_table_is_sorted_so_that_one_place_is_looked_at() -> None:
    for operations in tomllib.loads(PATH.read_text()).values():
        assert list(operations) == sorted(operations, key=str.lower)
