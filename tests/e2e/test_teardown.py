"""Everything that `prod` deploys goes again, but what was asked to stay."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autolote import tools
from autolote.accounts import LocalAccount
from autolote.deployment import deploy
from tests.e2e.conftest import LOCAL, PROD

# Domains, apps and the interfaces of functions take minutes of the account's clock.
SPEED = 1200.0


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """An account with all stacks of `prod`, and what was in it before."""

    account: LocalAccount
    before: dict[str, set[str]]


@pytest.fixture(scope="module")
def deployed(prod_assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Without a compiler on the PATH: the image is built without what takes long to compile."""
    home = tmp_path_factory.mktemp("teardown")
    log, number = home / "deploy.log", str(LOCAL.account)
    account = LocalAccount(home=home, region=PROD.region, account=number, speed=SPEED)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", str(home))
            account.ensure()
        extra, target = account.environment(), f"aws://{number}/{PROD.region}"
        tools.cdk("bootstrap", target, "--app", str(prod_assembly), extra=extra, log=log)
        before = what_there_is(account)
        deploy(account, environment=PROD.environment, log=log, app=prod_assembly)
        yield Deployed(account=account, before=before)
    finally:
        account.stop()


def teardown(account: LocalAccount, *options: str) -> dict[str, Any]:
    """`autolote teardown prod --local`, as a person types it."""
    command = [sys.executable, "-m", "autolote", "teardown", PROD.environment, "--local", "--json"]
    command += ["--home", str(account.home), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr + done.stdout
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def items(account: LocalAccount, service: str, operation: str, member: str) -> list[Any]:
    pages = account.client(service).get_paginator(operation).paginate()
    return [one for page in pages for one in page[member]]


def what_there_is(account: LocalAccount) -> dict[str, set[str]]:
    """Every resource of the account, by kind."""
    there = {
        "vpc": {one["VpcId"] for one in items(account, "ec2", "describe_vpcs", "Vpcs")},
        "interface": {
            one["NetworkInterfaceId"]
            for one in items(account, "ec2", "describe_network_interfaces", "NetworkInterfaces")
        },
        "group": {
            one["GroupId"]
            for one in items(account, "ec2", "describe_security_groups", "SecurityGroups")
        },
        "subnet": {one["SubnetId"] for one in items(account, "ec2", "describe_subnets", "Subnets")},
        "endpoint": {
            one["VpcEndpointId"]
            for one in items(account, "ec2", "describe_vpc_endpoints", "VpcEndpoints")
        },
        "flow log": {
            one["FlowLogId"] for one in items(account, "ec2", "describe_flow_logs", "FlowLogs")
        },
        "file system": {
            one["FileSystemId"]
            for one in items(account, "efs", "describe_file_systems", "FileSystems")
        },
        "domain": {
            one["DomainId"] for one in items(account, "sagemaker", "list_domains", "Domains")
        },
        "profile": {
            one["UserProfileName"]
            for one in items(account, "sagemaker", "list_user_profiles", "UserProfiles")
        },
        "space": {one["SpaceName"] for one in items(account, "sagemaker", "list_spaces", "Spaces")},
        "app": {one["SpaceName"] for one in items(account, "sagemaker", "list_apps", "Apps")},
        "stack": {
            one["StackName"]
            for one in items(account, "cloudformation", "describe_stacks", "Stacks")
        },
        "bucket": {one["Name"] for one in account.client("s3").list_buckets()["Buckets"]},
        "repository": {
            one["repositoryName"]
            for one in items(account, "ecr", "describe_repositories", "repositories")
        },
        "function": {
            one["FunctionName"] for one in items(account, "lambda", "list_functions", "Functions")
        },
        "machine": {
            one["name"]
            for one in items(account, "stepfunctions", "list_state_machines", "stateMachines")
        },
        "log group": {
            one["logGroupName"]
            for one in items(account, "logs", "describe_log_groups", "logGroups")
        },
        "topic": {one["TopicArn"] for one in items(account, "sns", "list_topics", "Topics")},
        "queue": set(account.client("sqs").list_queues().get("QueueUrls", [])),
        "rule": {one["Name"] for one in items(account, "events", "list_rules", "Rules")},
        "project": set(items(account, "codebuild", "list_projects", "projects")),
        "role": {one["RoleName"] for one in items(account, "iam", "list_roles", "Roles")},
        "policy": {
            one["PolicyName"]
            for page in account.client("iam").get_paginator("list_policies").paginate(Scope="Local")
            for one in page["Policies"]
        },
        "key": {
            one["KeyId"]
            for one in items(account, "kms", "list_keys", "Keys")
            if account.client("kms").describe_key(KeyId=one["KeyId"])["KeyMetadata"]["KeyState"]
            != "PendingDeletion"
        },
    }
    return {kind: names for kind, names in there.items() if names}


def open_apps(account: LocalAccount) -> None:
    """An app in each space, running."""
    api = account.client("sagemaker")
    for space in items(account, "sagemaker", "list_spaces", "Spaces"):
        app = {
            "DomainId": space["DomainId"],
            "SpaceName": space["SpaceName"],
            "AppType": space["SpaceSettingsSummary"]["AppType"],
            "AppName": "default",
        }
        api.create_app(**app)
        deadline = time.monotonic() + 10
        while api.describe_app(**app)["Status"] != "InService":
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_all_of_it_goes_but_the_data_then_the_data_that_is_named(deployed: Deployed) -> None:
    account = deployed.account
    open_apps(account)
    full = what_there_is(account)
    assert len(full["profile"]) == 2
    assert len(full["app"]) == len(full["space"]) == 2
    planned = teardown(account, "--dry-run")
    assert what_there_is(account) == full

    told = teardown(account, "--yes")
    assert told["left"] == []
    assert {one["arn"] for one in planned["tasks"]} <= {one["arn"] for one in told["done"]}
    stays: dict[str, set[str]] = {}
    for one in told["kept"]:
        stays.setdefault(one["kind"], set()).add(one["name"])
    assert {"bucket", "file system", "key", "log group", "repository"} == set(stays)
    expected = {
        kind: deployed.before.get(kind, set()) | stays.get(kind, set())
        for kind in deployed.before.keys() | stays.keys()
    }
    assert gone(what_there_is(account)) == expected

    names = [name for kind in ("bucket", "repository", "log group") for name in stays[kind]]
    last = teardown(account, "--yes", "--delete-home-efs", "--delete-data", *names)
    assert (last["left"], last["kept"]) == ([], [])
    assert gone(what_there_is(account)) == deployed.before


def gone(there: dict[str, set[str]]) -> dict[str, set[str]]:
    """Without apps: a deleted one is listed for a day."""
    return {kind: names for kind, names in there.items() if kind != "app"}
