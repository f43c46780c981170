"""A local account in a process of its own, for tests: start, kill, start again."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

ROOT = Path(__file__).parents[2]
REGION = "sa-east-1"
ROLE = "arn:aws:iam::123456789012:role/anything"

SERVICES = (
    "cloudformation",
    "codebuild",
    "events",
    "lambda",
    "sagemaker",
    "scheduler",
    "states",
)
"""The services whose work the tests' role does."""


def policy(*statements: Mapping[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class AccountProcess:
    """`python -m autolote.local` below a folder."""

    def __init__(self, home: Path, *, speed: float = 600) -> None:
        self.home = home
        self.speed = speed
        self.process: subprocess.Popen[bytes] | None = None
        self._clients: dict[tuple[str, str], Any] = {}

    @property
    def url(self) -> str:
        return str(json.loads((self.home / "endpoint.json").read_text())["url"])

    def start(self) -> float:
        """Start it; returns the seconds until it answered."""
        (self.home / "endpoint.json").unlink(missing_ok=True)
        begun = time.monotonic()
        command = [sys.executable, "-m", "autolote.local", "--home", str(self.home)]
        self.process = subprocess.Popen(
            [*command, "--speed", str(self.speed), "--log-level", "warning"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"]},
        )
        process, ready = self.process, self.home / "endpoint.json"
        eventually(lambda: ready.exists() or process.poll() is not None, seconds=30)
        assert ready.exists(), "the account ended instead of answering"
        return time.monotonic() - begun

    def make_role(self) -> None:
        """The role that functions and machines of the tests act under."""
        services = [f"{name}.amazonaws.com" for name in SERVICES]
        trusted = {"Service": services, "AWS": "123456789012"}
        trust = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        iam, name = self.client("iam"), ROLE.rpartition("/")[2]
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
        iam.put_role_policy(
            RoleName=name, PolicyName="everything", PolicyDocument=policy(everything)
        )

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def client(self, service: str) -> Any:
        """A client as its owner; made once, since making one takes longer than most calls."""
        made = self._clients.get((service, self.url))
        if made is None:
            made = self._clients[service, self.url] = boto3.client(
                service,
                region_name=REGION,
                endpoint_url=self.url,
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 1}),
            )
        return made

    def deploy(self, name: str, resources: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Create or update a stack with boto3; returns it when it is at rest."""
        body = json.dumps({"Resources": resources, **more})
        cloudformation = self.client("cloudformation")
        given = {"StackName": name, "TemplateBody": body}
        if any(stack["StackName"] == name for stack in _live(cloudformation)):
            cloudformation.update_stack(**given)
        else:
            cloudformation.create_stack(**given)
        return self.at_rest(name)

    def at_rest(self, name: str) -> dict[str, Any]:
        cloudformation = self.client("cloudformation")

        def settled() -> Any:
            stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack

        found: dict[str, Any] = eventually(settled, seconds=30)
        return found

    def physical_ids(self, name: str) -> dict[str, str]:
        found = self.client("cloudformation").describe_stack_resources(StackName=name)
        return {
            one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found["StackResources"]
        }

    def failures(self, name: str) -> list[str]:
        found = self.client("cloudformation").describe_stack_events(StackName=name)
        return [
            event["ResourceStatusReason"]
            for event in found["StackEvents"]
            if event["ResourceStatus"].endswith("_FAILED")
            and event["ResourceType"] != "AWS::CloudFormation::Stack"
        ]


def _live(cloudformation: Any) -> list[dict[str, Any]]:
    return list(cloudformation.describe_stacks()["Stacks"])


def eventually(found: Callable[[], Any], *, seconds: float = 10) -> Any:
    """What `found` returns as soon as that is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{found} did not come true within {seconds} seconds")


def python_function(code: str, **properties: Any) -> dict[str, Any]:
    """A Lambda function whose code is in the template."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.14",
            "Handler": "index.handler",
            "Role": ROLE,
            "Code": {"ZipFile": code},
            **properties,
        },
    }


def queue_for(service: str, name: str) -> dict[str, Any]:
    """A queue that a service (`events`) may write, as the resources of a template."""
    may = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}}
    arn = {"Fn::GetAtt": [name, "Arn"]}
    statement = {**may, "Action": "sqs:SendMessage", "Resource": arn}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {
        name: {"Type": "AWS::SQS::Queue"},
        f"{name}Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [{"Ref": name}], "PolicyDocument": document},
        },
    }


def permission(function: str, rule: str) -> dict[str, Any]:
    """What lets a rule of the same template invoke a function."""
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": function},
            "Principal": "events.amazonaws.com",
            "SourceArn": {"Fn::GetAtt": [rule, "Arn"]},
        },
    }


def machine(states: Mapping[str, Any], start: str, **more: Any) -> dict[str, Any]:
    """A state machine; `${Name}` in it is filled in from the resources of the template."""
    definition = json.dumps({"StartAt": start, "States": states, **more})
    return {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"RoleArn": ROLE, "DefinitionString": {"Fn::Sub": definition}},
    }


def messages(account: AccountProcess, url: str, *, seconds: float = 10) -> list[dict[str, Any]]:
    """The messages of a queue, as soon as there is one."""
    queue = account.client("sqs")

    def received() -> Any:
        return queue.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages")

    found: list[dict[str, Any]] = eventually(received, seconds=seconds)
    return found
