"""Teardowns: whatever holds on to something is met and solved, and nothing goes unasked."""

import contextlib

import pytest
from botocore.exceptions import ClientError

from autolote.teardown import executor
from autolote.teardown.model import Report, Task, report_as_json
from tests.local_aws.test_networks import network
from tests.teardown.conftest import (
    Environment,
    Quiet,
    domain,
    pipeline,
    put,
    storage,
    whole,
)


def versions(environment: Environment, bucket: str) -> int:
    found = environment.client("s3").list_object_versions(Bucket=bucket)
    return len(found.get("Versions", [])) + len(found.get("DeleteMarkers", []))


def without_network(environment: Environment) -> None:
    """Deploy a network and a function in it: the smallest that meets DependencyViolation."""
    refs = {name: {"Ref": name} for name in ("Vpc", "A", "B")}
    environment.deploy("network", network(), Group={"Ref": "Inside"}, **refs)
    environment.deploy("pipeline", pipeline(environment))


def test_all_of_it_goes_but_the_data_and_then_the_data_that_is_named(
    environment: Environment,
) -> None:
    """Apps hold spaces, spaces profiles, profiles the domain; mount targets, groups that name each
    other and the interfaces of functions hold the network: all are met on the way."""
    made = whole(environment)
    report = environment.teardown()
    assert report.left == []
    assert environment.live() == []
    kinds = sorted(one.thing.kind for one in report.plan.kept)
    assert kinds == ["bucket", "file system", "key", "log group", "repository"]
    bucket = made["storage"]["Data"]
    assert versions(environment, bucket) == 3
    assert "network interfaces" in " ".join(environment.shown.told)

    nothing = environment.teardown()
    assert (nothing.done, nothing.left) == ([], [])
    assert versions(environment, bucket) == 3

    names = [made["storage"][name] for name in ("Data", "Images", "Logs")]
    last = environment.teardown(*names, keep_home=False)
    assert (last.left, last.plan.kept, last.plan.tasks) == ([], (), ())
    with pytest.raises(ClientError, match="404"):
        environment.client("s3").head_bucket(Bucket=bucket)
    key = environment.client("kms").describe_key(KeyId=made["storage"]["Key"])
    assert key["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert environment.teardown(*names, keep_home=False).done == []


def test_what_comes_into_a_domain_after_the_plan_was_made_is_met(
    environment: Environment,
) -> None:
    """Somebody logs in and opens an app in the middle of a teardown."""
    environment.deploy("storage", storage(), Key={"Ref": "Key"})
    refs = {name: {"Ref": name} for name in ("Vpc", "A", "B")}
    environment.deploy("network", network(), Group={"Ref": "Inside"}, **refs)
    made = environment.deploy("domain", domain(environment))
    planned, api = environment.plan(), environment.client("sagemaker")

    class LateUser(Quiet):
        def begin(self, task: Task) -> None:
            if task.thing.kind == "domain":
                self.come()

        def come(self) -> None:
            where = {"DomainId": made["Domain"]}
            api.create_user_profile(**where, UserProfileName="late")
            api.create_space(**where, SpaceName="late")
            with contextlib.suppress(ClientError):
                while api.describe_space(**where, SpaceName="late")["Status"] != "InService":
                    pass
            app = {"SpaceName": "late", "AppType": "JupyterLab", "AppName": "default"}
            api.create_app(**where, **app)

    shown = LateUser()
    report = executor.carry_out(planned, again=environment.plan, shown=shown)
    assert report.left == []
    assert environment.live() == []
    assert any("ResourceInUse" in text for text in shown.told)


def test_a_stranger_in_the_network_is_named_and_the_rest_goes(environment: Environment) -> None:
    without_network(environment)
    ec2, subnet = (
        environment.client("ec2"),
        environment.process.physical_ids(environment.stack("network"))["A"],
    )
    stray = ec2.create_network_interface(SubnetId=subnet, Description="a person's")
    identifier = stray["NetworkInterface"]["NetworkInterfaceId"]
    report = environment.teardown()
    assert environment.live() == ["network"]
    left = {one.thing.kind: one for one in report.left}
    assert identifier in left["network interfaces"].why
    assert "a person's" in left["network interfaces"].why
    assert left["stack"].command.startswith("aws cloudformation delete-stack")
    told = report_as_json(report)
    assert {one["arn"] for one in told["left"]} == {one.thing.arn for one in report.left}
    ec2.delete_network_interface(NetworkInterfaceId=identifier)
    assert environment.teardown().left == []
    assert environment.live() == []


def test_a_stack_that_another_imports_from_stays_with_the_reason(environment: Environment) -> None:
    environment.deploy("storage", storage(), Key={"Ref": "Key"})
    value = environment.exported("storage", "Key")
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}
    other = f"other-of-{environment.name}"
    environment.process.deploy(other, {"P": parameter})
    report = environment.teardown()
    (left,) = report.left
    assert other in left.why
    environment.client("cloudformation").delete_stack(StackName=other)
    assert environment.teardown().left == []


def test_a_stack_whose_deletion_failed_is_finished(environment: Environment) -> None:
    """`cdk destroy` was tried first, with data in the bucket."""
    made = environment.deploy("storage", storage("Delete"))
    put(environment, made["Data"])
    name = environment.stack("storage")
    environment.client("cloudformation").delete_stack(StackName=name)
    assert environment.process.at_rest(name)["StackStatus"] == "DELETE_FAILED"
    assert environment.teardown().left == []
    assert versions(environment, made["Data"]) == 3
    assert environment.teardown(made["Data"]).left == []
    assert environment.live() == []


class Interrupted(Quiet):
    """Ctrl-C when the n-th task begins."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def begin(self, task: Task) -> None:
        self.after -= 1
        if self.after < 0:
            raise KeyboardInterrupt


def test_what_was_interrupted_is_finished_by_the_next(environment: Environment) -> None:
    whole(environment)
    for after in (2, 9):
        with pytest.raises(KeyboardInterrupt):
            executor.carry_out(environment.plan(), again=environment.plan, shown=Interrupted(after))
    assert environment.live() != []
    report: Report = environment.teardown()
    assert report.left == []
    assert environment.live() == []


def test_jobs_are_stopped_before_anything_goes(environment: Environment) -> None:
    without_network(environment)
    made = environment.process.physical_ids(environment.stack("pipeline"))
    states = environment.client("stepfunctions")
    run = states.start_execution(stateMachineArn=made["Machine"])["executionArn"]
    planned = environment.plan()
    assert [thing.arn for thing in planned.running] == [run]
    assert planned.tasks[0].thing.arn == run
    assert environment.teardown().left == []
    assert environment.shown.ended[0].startswith("stop run")
