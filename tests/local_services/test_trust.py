"""A service acts under a role only if the role's trust policy lets it in, for what it acts for."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.account_process import AccountProcess, messages
from tests.local_services.parts import (
    allow,
    arn,
    attributes,
    function,
    let_in,
    queue,
    role,
    rule,
    tell,
    trust,
    trusting,
)

PASS = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
Create = Callable[[AccountProcess, str, str], Any]


def create_machine(account: AccountProcess, name: str, role_arn: str) -> Any:
    return account.client("stepfunctions").create_state_machine(
        name=name, definition=PASS, roleArn=role_arn
    )


def create_schedule(account: AccountProcess, name: str, role_arn: str) -> Any:
    scheduler = account.client("scheduler")
    scheduler.create_schedule_group(Name=name)
    target = {"Arn": arn("sqs", "anything"), "RoleArn": role_arn}
    return scheduler.create_schedule(
        Name=name,
        GroupName=name,
        ScheduleExpression="rate(1 hour)",
        State="DISABLED",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
    )


def create_project(account: AccountProcess, name: str, role_arn: str) -> Any:
    environment = {
        "type": "LINUX_CONTAINER",
        "image": "aws/codebuild/standard:7.0",
        "computeType": "BUILD_GENERAL1_SMALL",
    }
    return account.client("codebuild").create_project(
        name=name,
        source={"type": "S3", "location": "bucket/key"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment=environment,
        serviceRole=role_arn,
    )


def create_model(account: AccountProcess, name: str, role_arn: str) -> Any:
    image = f"123456789012.dkr.ecr.sa-east-1.amazonaws.com/{name}:1"
    return account.client("sagemaker").create_model(
        ModelName=name, PrimaryContainer={"Image": image}, ExecutionRoleArn=role_arn
    )


def source(text: str) -> dict[str, Any]:
    return {
        "ArnLike": {"aws:SourceArn": text},
        "StringEquals": {"aws:SourceAccount": "123456789012"},
    }


@dataclass(frozen=True, kw_only=True)
class Case:
    """How a resource that takes a role is made, what its service acts for, and how it refuses."""

    service: str
    create: Create
    source: str
    said: str


CASES = (
    Case(
        service="states",
        create=create_machine,
        source="states:sa-east-1:123456789012:stateMachine:{}",
        said="Neither the global service principal states.amazonaws.com, nor the regional one is "
        "authorized to assume the provided role.",
    ),
    Case(
        service="scheduler",
        create=create_schedule,
        source="scheduler:sa-east-1:123456789012:schedule-group/{}",
        said="The execution role you provide must allow AWS EventBridge Scheduler to assume the "
        "role.",
    ),
    Case(
        service="codebuild",
        create=create_project,
        source="codebuild:sa-east-1:123456789012:project/{}",
        said="CodeBuild is not authorized to perform: sts:AssumeRole on arn:aws:iam::",
    ),
    Case(
        service="sagemaker",
        create=create_model,
        source="sagemaker:sa-east-1:123456789012:model/{}",
        said="Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' "
        "to assume the role.",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=[case.service for case in CASES])
def test_a_role_is_refused_for_another_source_and_taken_for_the_right_one(
    account: AccountProcess, name: str, case: Case
) -> None:
    """Each service says what it acts for, as AWS documents it: a machine, a schedule's group, a
    project, a model."""
    wrong, right = (source(f"arn:aws:{case.source.format(of)}") for of in ("other", f"{name}-2"))
    role_arn = role(account, name, case.service, trust=trusting(case.service, **wrong))
    with pytest.raises(ClientError) as refused:
        case.create(account, f"{name}-1", role_arn)
    assert case.said in refused.value.response["Error"]["Message"]
    trust(account, name, trusting(case.service, **right))
    assert case.create(account, f"{name}-2", role_arn)


def test_lambda_is_let_in_without_a_source(account: AccountProcess, name: str) -> None:
    """A trust policy that asks for aws:SourceArn keeps Lambda out: it gives none."""
    role_arn = role(account, name, "lambda", trust=trusting("lambda", **source("arn:aws:*")))
    with pytest.raises(ClientError) as refused:
        function(account, name, role_arn)
    assert refused.value.response["Error"] == {
        "Code": "InvalidParameterValueException",
        "Message": "The role defined for the function cannot be assumed by Lambda.",
    }
    trust(account, name, trusting("lambda"))
    assert function(account, name, role_arn)


def test_a_role_that_does_not_exist_is_refused(account: AccountProcess, name: str) -> None:
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        function(account, name, f"arn:aws:iam::123456789012:role/{name}")


def test_a_rule_whose_role_does_not_trust_it_leaves_a_dead_letter(
    account: AccountProcess, name: str
) -> None:
    may = allow("states:StartExecution", arn("states", f"stateMachine:{name}"))
    machine_role = role(account, f"{name}-m", "states")
    machine = create_machine(account, name, machine_role)["stateMachineArn"]
    wrong = trusting("events", **source(arn("events", "rule/other")))
    role_arn = role(account, name, "events", may, trust=wrong)
    dead = queue(account, name, let_in("events", "sqs:SendMessage"))
    rule(
        account,
        name,
        Arn=machine,
        RoleArn=role_arn,
        DeadLetterConfig={"Arn": arn("sqs", name)},
    )
    tell(account, name)
    (letter,) = messages(account, dead)
    told = attributes(letter)
    assert told["ERROR_CODE"] == "FAILED_TO_ASSUME_ROLE"
    assert told["RETRY_ATTEMPTS"] == "0"
