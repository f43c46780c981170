"""Starting executions in a test and looking at them."""

import json
from typing import Any

from tests.local_aws.account_process import AccountProcess, eventually


def run(account: AccountProcess, arn: str, given: Any = None, **more: Any) -> dict[str, Any]:
    """Start an execution and wait for its end."""
    client = account.client("stepfunctions")
    started = client.start_execution(
        stateMachineArn=arn, input=json.dumps({} if given is None else given), **more
    )
    return ended(account, started["executionArn"])


def ended(account: AccountProcess, arn: str, *, seconds: float = 15) -> dict[str, Any]:
    client = account.client("stepfunctions")

    def found() -> Any:
        execution = client.describe_execution(executionArn=arn)
        return execution if execution["status"] != "RUNNING" else None

    answer: dict[str, Any] = eventually(found, seconds=seconds)
    return answer


def history(account: AccountProcess, arn: str) -> list[str]:
    client = account.client("stepfunctions")
    return [
        event["type"]
        for page in client.get_paginator("get_execution_history").paginate(
            executionArn=arn, PaginationConfig={"PageSize": 3}
        )
        for event in page["events"]
    ]


def deployed(account: AccountProcess, stack: str, resources: dict[str, Any]) -> str:
    found = account.deploy(stack, resources)
    assert found["StackStatus"] == "CREATE_COMPLETE", account.failures(stack)
    return account.physical_ids(stack)["M"]
