"""What tests make in the account, with the policies that they are about."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from tests.local_aws.account_process import REGION, AccountProcess

ACCOUNT = "123456789012"
Statement = Mapping[str, Any]


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: str | Sequence[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def let_in(service: str, actions: str | Sequence[str], **condition: Any) -> dict[str, Any]:
    """A statement of a resource's own policy that lets a service in."""
    who = {"Principal": {"Service": f"{service}.amazonaws.com"}}
    return allow(actions, **who, **({"Condition": condition} if condition else {}))


DENY_HTTP = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def role(
    account: AccountProcess,
    name: str,
    service: str,
    *statements: Statement,
    trust: Statement | None = None,
) -> str:
    """A role that a service may assume and that may do just this; its ARN."""
    iam = account.client("iam")
    trusted = trust or trusting(service)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trusted))
    permit(account, name, *statements)
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def trusting(service: str, **condition: Any) -> dict[str, Any]:
    """The statement of a trust policy."""
    found = let_in(service, "sts:AssumeRole", **condition)
    del found["Resource"]
    return found


def trust(account: AccountProcess, name: str, statement: Statement) -> None:
    """Change whom a role lets in."""
    account.client("iam").update_assume_role_policy(
        RoleName=name, PolicyDocument=document(statement)
    )


def permit(account: AccountProcess, name: str, *statements: Statement) -> None:
    """Let a role do just this from now on."""
    iam = account.client("iam")
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=document(*statements))
    else:
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)


def key(account: AccountProcess, *statements: Statement) -> str:
    """A key that the account's own policies decide about, and these statements; its ARN."""
    own = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    made = account.client("kms").create_key(Policy=document(own, *statements))
    return str(made["KeyMetadata"]["Arn"])


def queue(account: AccountProcess, name: str, *statements: Statement, **attributes: str) -> str:
    """A queue with a policy; its URL. Its ARN is `arn("sqs", name)`."""
    if statements:
        attributes["Policy"] = document(*statements)
    made = account.client("sqs").create_queue(QueueName=name, Attributes=attributes)
    return str(made["QueueUrl"])


def topic(account: AccountProcess, name: str, *statements: Statement, told: str) -> str:
    """A topic with a policy that tells the queue `told`; its ARN."""
    sns = account.client("sns")
    attributes = {"Policy": document(*statements)} if statements else {}
    made = str(sns.create_topic(Name=name, Attributes=attributes)["TopicArn"])
    sns.subscribe(
        TopicArn=made,
        Protocol="sqs",
        Endpoint=arn("sqs", told),
        Attributes={"RawMessageDelivery": "true"},
    )
    return made


def rule(account: AccountProcess, name: str, **target: Any) -> None:
    """A rule on the source `name` with one target."""
    events = account.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "one", **target}])


def tell(account: AccountProcess, source: str, **entry: Any) -> None:
    """Put an event."""
    event = {"Source": source, "DetailType": "Told", "Detail": '{"n": 1}', **entry}
    answer = account.client("events").put_events(Entries=[event])
    assert answer["FailedEntryCount"] == 0, answer


def attributes(letter: Mapping[str, Any]) -> dict[str, str]:
    """The message attributes of a dead letter."""
    return {name: one["StringValue"] for name, one in letter["MessageAttributes"].items()}


def is_empty(account: AccountProcess, url: str) -> bool:
    counted = account.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    return counted["Attributes"]["ApproximateNumberOfMessages"] == "0"


ECHO = "def handler(event, context):\n return event\n"


def function(
    account: AccountProcess, name: str, role_arn: str, *, code: str = ECHO, **given: Any
) -> str:
    """A function, which answers what it is given; its ARN."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.py", code)
    made = account.client("lambda").create_function(
        FunctionName=name,
        Role=role_arn,
        Runtime="python3.14",
        Handler="index.handler",
        Code={"ZipFile": content.getvalue()},
        **given,
    )
    return str(made["FunctionArn"])


def decisions(account: AccountProcess, role_arn: str) -> set[tuple[str, bool]]:
    """What the account was asked about a role, and whether it was allowed."""
    path = account.home / "authorizations.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {(line["action"], line["allowed"]) for line in lines if line["principal"] == role_arn}
