"""One account for all teardowns, and small environments that are made in it in no time."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from autolote.accounts import Account
from autolote.teardown import executor, plan
from autolote.teardown.cloud import Cloud, Pace
from autolote.teardown.model import Plan, Report, Task
from tests.local_aws.account_process import ROLE, AccountProcess, machine, python_function
from tests.local_aws.test_networks import ENDPOINT, network, resource
from tests.local_aws.test_studio import sagemaker

_NUMBERS = itertools.count(1)
KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}},
            "Action": "kms:*",
            "Resource": "*",
        }
    ],
}
CODE = "def handler(event, context): pass"


class Reached(Account):
    """The account of a process, for what only knows accounts."""

    def __init__(self, process: AccountProcess) -> None:
        super().__init__(region="sa-east-1")
        self._process = process

    def client(self, service: str) -> Any:
        return self._process.client(service)


class Quiet:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.ended: list[str] = []

    def begin(self, task: Task) -> None:
        pass

    def tell(self, text: str) -> None:
        self.told.append(text)

    def end(self, task: Task, why: str | None) -> None:
        self.ended.append(f"{task.verb} {task.thing.kind} {task.thing.name}")


class Environment:
    """An environment of the account under test: stacks with the names and tags of the kit."""

    def __init__(self, process: AccountProcess) -> None:
        self.process = process
        self.name = f"t{next(_NUMBERS)}"
        self.cloud = Cloud(
            account=Reached(process), pace=Pace(first=0.02, longest=0.1, patience=15)
        )
        self.shown = Quiet()

    def client(self, service: str) -> Any:
        return self.cloud.client(service)

    def stack(self, part: str) -> str:
        return f"autolote-{self.name}-{part}"

    def deploy(self, part: str, resources: dict[str, Any], **outputs: Any) -> dict[str, str]:
        """Make a stack; `outputs` are exported as `<stack>-<name>`. Returns physical ids."""
        name = self.stack(part)
        told = {
            key: {"Value": value, "Export": {"Name": f"{name}-{key}"}}
            for key, value in outputs.items()
        }
        tags = {"project": "autolote", "environment": self.name}
        body = {"Resources": resources, **({"Outputs": told} if told else {})}
        self.client("cloudformation").create_stack(
            StackName=name,
            TemplateBody=json.dumps(body),
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        found = self.process.at_rest(name)
        assert found["StackStatus"] == "CREATE_COMPLETE", self.process.failures(name)
        return self.process.physical_ids(name)

    def exported(self, part: str, name: str) -> dict[str, str]:
        return {"Fn::ImportValue": f"{self.stack(part)}-{name}"}

    def plan(self, *names: str, keep_home: bool = True) -> Plan:
        asked = plan.Asked(delete_data=frozenset(names), keep_home=keep_home)
        return plan.make(self.cloud, self.name, asked)

    def teardown(self, *names: str, keep_home: bool = True) -> Report:
        def again() -> Plan:
            return self.plan(*names, keep_home=keep_home)

        return executor.carry_out(again(), again=again, shown=self.shown)

    def live(self) -> list[str]:
        """The parts whose stacks are there."""
        start = self.stack("")
        found = self.client("cloudformation").describe_stacks()["Stacks"]
        return sorted(
            one["StackName"].removeprefix(start)
            for one in found
            if one["StackName"].startswith(start)
        )


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AccountProcess]:
    made = AccountProcess(tmp_path_factory.mktemp("teardown"), speed=2000)
    made.start()
    made.make_role()
    yield made
    made.end()


@pytest.fixture
def environment(process: AccountProcess) -> Environment:
    return Environment(process)


def storage(policy: str = "RetainExceptOnCreate") -> dict[str, Any]:
    """A key, a bucket and a repository encrypted with it, and a log group."""
    encryption = [
        {
            "ServerSideEncryptionByDefault": {
                "SSEAlgorithm": "aws:kms",
                "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]},
            }
        }
    ]
    rules = {"ServerSideEncryptionConfiguration": encryption}
    resources: dict[str, Any] = {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": KEY_POLICY}},
        "Data": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketEncryption": rules,
                "VersioningConfiguration": {"Status": "Enabled"},
            },
        },
        "Images": {"Type": "AWS::ECR::Repository", "Properties": {"EmptyOnDelete": True}},
        "Logs": {"Type": "AWS::Logs::LogGroup"},
    }
    return {name: {**one, "DeletionPolicy": policy} for name, one in resources.items()}


def domain(environment: Environment) -> dict[str, Any]:
    """A domain in the environment's network, with two users of whom one owns a space."""
    inside = {"DomainId": {"Ref": "Domain"}}
    group = environment.exported("network", "Group")
    private = sagemaker(
        "Space",
        **inside,
        SpaceName="private",
        OwnershipSettings={"OwnerUserProfileName": "ana"},
        SpaceSharingSettings={"SharingType": "Private"},
        SpaceSettings={"AppType": "JupyterLab"},
    )
    return {
        "Domain": sagemaker(
            "Domain",
            DomainName=environment.stack("domain"),
            AuthMode="IAM",
            VpcId=environment.exported("network", "Vpc"),
            SubnetIds=[environment.exported("network", "A"), environment.exported("network", "B")],
            AppNetworkAccessType="VpcOnly",
            KmsKeyId=environment.exported("storage", "Key"),
            DefaultUserSettings={"ExecutionRole": ROLE, "SecurityGroups": [group]},
        ),
        "Ana": sagemaker("UserProfile", **inside, UserProfileName="ana"),
        "Bea": sagemaker("UserProfile", **inside, UserProfileName="bea"),
        "Private": {**private, "DependsOn": "Ana"},
        "Shared": sagemaker("Space", **inside, SpaceName="shared"),
    }


def pipeline(environment: Environment) -> dict[str, Any]:
    """A function in the environment's network, and a machine that waits."""
    where = {
        "SubnetIds": [environment.exported("network", "A")],
        "SecurityGroupIds": [environment.exported("network", "Group")],
    }
    return {
        "Function": python_function(CODE, VpcConfig=where),
        "Machine": machine({"W": {"Type": "Wait", "Seconds": 10**7, "End": True}}, "W"),
    }


def whole(environment: Environment) -> dict[str, dict[str, str]]:
    """All four parts, two apps running and one run; returns physical ids by part."""
    made = {"storage": environment.deploy("storage", storage(), Key={"Ref": "Key"})}
    refs = {name: {"Ref": name} for name in ("Vpc", "A", "B")}
    inside = network(Sts=resource("VPCEndpoint", **ENDPOINT))
    made["network"] = environment.deploy("network", inside, Group={"Ref": "Inside"}, **refs)
    made["domain"] = environment.deploy("domain", domain(environment))
    made["pipeline"] = environment.deploy("pipeline", pipeline(environment))
    identifier = made["domain"]["Domain"]
    for space in ("private", "shared"):
        environment.client("sagemaker").create_app(
            DomainId=identifier, SpaceName=space, AppType="JupyterLab", AppName="default"
        )
    environment.client("stepfunctions").start_execution(stateMachineArn=made["pipeline"]["Machine"])
    put(environment, made["storage"]["Data"])
    return made


def put(environment: Environment, bucket: str) -> None:
    """Two versions, a delete marker and an upload that was never finished."""
    s3 = environment.client("s3")
    for body in (b"1", b"2"):
        s3.put_object(Bucket=bucket, Key="a/b", Body=body)
    s3.delete_object(Bucket=bucket, Key="a/b")
    s3.create_multipart_upload(Bucket=bucket, Key="c")
