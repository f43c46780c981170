"""What starts a run: nothing is lost on the way, and nothing is started by accident."""

from __future__ import annotations

import json

import pytest

from tests.template.assembly import Assembly, Resource, joined
from tests.template.conftest import ENVIRONMENTS, FULL

ALL = (*ENVIRONMENTS, FULL)


def targets(rule: Resource) -> list[str]:
    return [next(iter(t["Arn"].values())) for t in rule.properties["Targets"]]


@pytest.mark.parametrize("environment", ALL)
def test_what_a_rule_cannot_deliver_is_kept(assembly: Assembly, environment: str) -> None:
    """Every target of every rule has retries, an age limit and the dead-letter queue."""
    rules = assembly.resources(environment, "AWS::Events::Rule")
    assert len(rules) == 4
    for rule in rules:
        for target in rule.properties["Targets"]:
            assert "DeadLetters" in json.dumps(target["DeadLetterConfig"]), rule.name
            assert target["RetryPolicy"] == {
                "MaximumEventAgeInSeconds": 86_400,
                "MaximumRetryAttempts": 185,
            }
            assert "RoleArn" not in target


@pytest.mark.parametrize("environment", ALL)
def test_the_dead_letter_queue_lets_every_rule_in(assembly: Assembly, environment: str) -> None:
    """Its policy and the key's let in what CloudFormation names after our stacks, and the bus."""
    policy = assembly.resource(environment, "AWS::SQS::QueuePolicy").properties["PolicyDocument"]
    key = assembly.resource(environment, "AWS::KMS::Key").properties["KeyPolicy"]
    [queue] = [s for s in policy["Statement"] if s["Effect"] == "Allow"]
    [encrypt] = [s for s in key["Statement"] if s.get("Sid") == "EventBridge"]
    assert queue["Condition"] == encrypt["Condition"]
    sources = [
        joined(arn).rpartition(":")[2] for arn in queue["Condition"]["ArnLike"]["aws:SourceArn"]
    ]
    prefix = f"autolote-{environment}"
    assert sources == [f"rule/{prefix}-*", f"rule/{prefix}/{prefix}-*", f"event-bus/{prefix}"]
    for rule in assembly.resources(environment, "AWS::Events::Rule"):
        assert "Name" not in rule.properties


def test_requests_on_the_bus_reach_the_starter_as_they_are(assembly: Assembly) -> None:
    """The rule listens on the environment's own bus and hands the whole event over."""
    rule = assembly.resource("prod", "AWS::Events::Rule", "RunRequested")
    assert "TriggersBus" in json.dumps(rule.properties["EventBusName"])
    assert rule.properties["EventPattern"] == {
        "source": ["autolote", {"prefix": "autolote."}],
        "detail-type": ["RunRequested"],
    }
    [target] = rule.properties["Targets"]
    assert targets(rule)[0][0].startswith("StartRunFunction")
    assert not {"Input", "InputPath", "InputTransformer"} & target.keys()


def test_only_json_objects_below_requests_start_a_run(assembly: Assembly) -> None:
    """One pattern for prefix and suffix: two side by side would mean one or the other."""
    rule = assembly.resource("prod", "AWS::Events::Rule", "RequestDropped")
    pattern = rule.properties["EventPattern"]
    assert pattern["detail"]["object"] == {"key": [{"wildcard": "requests/*.json"}]}
    assert "Data" in json.dumps(pattern["detail"]["bucket"])
    assert "EventBusName" not in rule.properties
    bucket = assembly.resource("prod", "AWS::S3::Bucket", "Data").properties
    assert bucket["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }


def test_a_run_that_is_cut_off_has_its_jobs_stopped_and_people_told(assembly: Assembly) -> None:
    """An execution that is aborted or times out cannot clean up by itself."""
    rule = assembly.resource("prod", "AWS::Events::Rule", "RunCutOff")
    detail = rule.properties["EventPattern"]["detail"]
    assert detail["status"] == ["ABORTED", "TIMED_OUT"]
    assert "stateMachine:autolote-prod" in json.dumps(detail["stateMachineArn"])
    stopper, topic = rule.properties["Targets"]
    assert stopper["Arn"]["Fn::GetAtt"][0].startswith("StopJobsFunction")
    assert "InputTransformer" not in stopper
    assert topic["Arn"]["Ref"].startswith("NotificationsTopic")


def test_a_run_that_fails_past_every_catch_has_its_jobs_stopped(assembly: Assembly) -> None:
    """States.Runtime and States.DataLimitExceeded end an execution without any state of ours."""
    rule = assembly.resource("prod", "AWS::Events::Rule", "RunFailed")
    assert rule.properties["EventPattern"]["detail"]["status"] == ["FAILED"]
    (stopper,) = rule.properties["Targets"]
    assert stopper["Arn"]["Fn::GetAtt"][0].startswith("StopJobsFunction")


@pytest.mark.parametrize("environment", ALL)
def test_every_function_keeps_what_it_fails_on(assembly: Assembly, environment: str) -> None:
    """An asynchronous call that fails three times goes to the dead-letter queue, which the role of
    the function may send to."""
    functions = assembly.resources(environment, "AWS::Lambda::Function")
    for function in functions:
        assert "DeadLetters" in json.dumps(function.properties["DeadLetterConfig"]), function.name
    senders = [
        policy.name
        for policy, statement in assembly.statements(environment)
        if statement["Action"] == "sqs:SendMessage"
    ]
    scheduled = environment == FULL  # the Scheduler's role sends as well
    assert len(senders) == len(functions) + scheduled


def test_what_the_bus_cannot_encrypt_is_kept(assembly: Assembly) -> None:
    """When the key is not to be had, requests wait in the queue instead of being lost."""
    bus = assembly.resource("prod", "AWS::Events::EventBus")
    assert "DeadLetters" in json.dumps(bus.properties["DeadLetterConfig"])


def test_the_dead_letter_queue_serves_no_other_queue(assembly: Assembly) -> None:
    """Nobody else's dead letters are put among ours."""
    queue = assembly.resource("prod", "AWS::SQS::Queue").properties
    assert queue["RedriveAllowPolicy"] == {"redrivePermission": "denyAll"}


def test_a_schedule_names_its_occurrence(assembly: Assembly) -> None:
    """The starter is told the time that was due, so that one occurrence is one run."""
    schedule = assembly.resource(FULL, "AWS::Scheduler::Schedule").properties
    target = schedule["Target"]
    assert json.loads(target["Input"]) == {
        "trigger": "schedule",
        "schedule": "nightly",
        "scheduled_time": "<aws.scheduler.scheduled-time>",
        "request": {"project_id": "digits", "experiment_id": "first"},
    }
    assert schedule["GroupName"] == "autolote-full"
    assert schedule["ScheduleExpression"] == "cron(0 3 * * ? *)"
    assert schedule["ScheduleExpressionTimezone"] == "America/Sao_Paulo"
    assert target["Arn"]["Fn::GetAtt"][0].startswith("StartRunFunction")
    assert "DeadLetters" in json.dumps(target["DeadLetterConfig"])
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0


def test_everyone_on_the_list_gets_messages(assembly: Assembly) -> None:
    """One e-mail subscription for each address in the settings."""
    [subscription] = assembly.resources(FULL, "AWS::SNS::Subscription")
    assert subscription.properties["Protocol"] == "email"
    assert subscription.properties["Endpoint"] == "team@example.com"
    assert not assembly.resources("prod", "AWS::SNS::Subscription")
