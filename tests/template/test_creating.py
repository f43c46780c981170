"""What the functions that start jobs may create, whatever their code asks for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.template.assembly import Assembly, as_list
from tests.template.conftest import FULL

ALL = ("dev", "local", "prod", FULL)
TYPES = "sagemaker:InstanceTypes"
NETWORK = {"sagemaker:VpcSubnets", "sagemaker:VpcSecurityGroupIds"}
KEYS = {"sagemaker:OutputKmsKey", "sagemaker:VolumeKmsKey"}
STARTERS = {
    "CreateAutoMLJobV2": "StartAutoMLPolicy",
    "CreateTrainingJob": "StartTrainingPolicy",
    "CreateModel": "CreateModelPolicy",
    "CreateTransformJob": "StartTransformPolicy",
}


def conditions(assembly: Assembly, environment: str, action: str) -> dict[str, Any]:
    """Under what one function may create: no other function's policy allows it."""
    [(name, statement)] = [
        (policy.name, statement)
        for policy, statement in assembly.statements(environment)
        if f"sagemaker:{action}" in as_list(statement["Action"])
        and policy.name != "AutoMLJobsPolicy"
    ]
    assert name == STARTERS[action]
    found: dict[str, Any] = statement.get("Condition", {})
    return found


@pytest.mark.parametrize("environment", ALL)
@pytest.mark.parametrize("action", ["CreateAutoMLJobV2", "CreateTrainingJob", "CreateTransformJob"])
def test_a_job_can_only_be_started_with_our_key_on_what_it_stores(
    assembly: Assembly, environment: str, action: str
) -> None:
    """Outputs and volumes, both."""
    found = conditions(assembly, environment, action)["ArnEquals"]
    assert found.keys() == KEYS
    assert all("Key" in json.dumps(arn) for arn in found.values())


@pytest.mark.parametrize("environment", ALL)
def test_traffic_between_instances_is_encrypted_and_training_has_no_network(
    assembly: Assembly, environment: str
) -> None:
    """Autopilot has no isolation to offer: its containers read and write S3 themselves."""
    encrypted = {"sagemaker:InterContainerTrafficEncryption": "true"}
    assert conditions(assembly, environment, "CreateAutoMLJobV2")["Bool"] == encrypted
    isolated = encrypted | {"sagemaker:NetworkIsolation": "true"}
    assert conditions(assembly, environment, "CreateTrainingJob")["Bool"] == isolated


@pytest.mark.parametrize("action", ["CreateTrainingJob", "CreateTransformJob"])
def test_a_job_has_an_instance_type_that_the_settings_allow(
    assembly: Assembly, action: str
) -> None:
    """And it has one: a condition on all values alone holds for a request without any."""
    found = conditions(assembly, "prod", action)
    assert "ml.m5.2xlarge" in found["ForAllValues:StringEquals"][TYPES]
    assert found["Null"][TYPES] == "false"


def test_a_training_job_ends_when_the_settings_say(assembly: Assembly) -> None:
    """What it may cost is bounded by IAM as well."""
    limit = conditions(assembly, "prod", "CreateTrainingJob")["NumericLessThanEquals"]
    assert limit == {"sagemaker:MaxRuntimeInSeconds": "86400"}


@pytest.mark.parametrize("environment", ALL)
def test_rows_are_only_scored_by_a_model_of_the_environment(
    assembly: Assembly, environment: str
) -> None:
    """No other team's model is run on our data."""
    model = conditions(assembly, environment, "CreateTransformJob")["ArnLike"]["sagemaker:ModelArn"]
    assert f":model/autolote-{environment}-*" in json.dumps(model)


@pytest.mark.parametrize("action", ["CreateAutoMLJobV2", "CreateTrainingJob", "CreateModel"])
def test_where_there_is_a_network_nothing_is_made_outside_it(
    assembly: Assembly, action: str
) -> None:
    """Only in our subnets, only under the jobs' own security groups; and without a network of ours
    nothing is asked, because then there are no subnets to name."""
    for environment in ("prod", FULL):
        found = conditions(assembly, environment, action)
        assert found["ForAllValues:StringEquals"].keys() >= NETWORK
        assert all(found["Null"][key] == "false" for key in NETWORK)
    outside = conditions(assembly, "dev", action)
    assert not NETWORK & outside.get("ForAllValues:StringEquals", {}).keys()


@pytest.mark.parametrize("environment", ALL)
def test_tags_are_given_when_something_is_made_and_never_afterwards(
    assembly: Assembly, environment: str
) -> None:
    """No function can take what another run made for a run of its own by tagging it."""
    tagging = [
        (policy.name, statement)
        for policy, statement in assembly.statements(environment)
        if "sagemaker:AddTags" in as_list(statement["Action"]) and policy.name in STARTERS.values()
    ]
    assert {name for name, _ in tagging} == set(STARTERS.values())
    for _, statement in tagging:
        assert statement["Condition"] == {"Null": {"sagemaker:TaggingAction": "false"}}
