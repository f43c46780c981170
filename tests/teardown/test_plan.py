"""The plan: what belongs to an environment, in which order it goes, and what stays."""

import json
from typing import Any

import pytest

from autolote.local.calls import is_read_only
from autolote.teardown.model import TeardownError, plan_as_json
from tests.local_aws.account_process import AccountProcess
from tests.teardown.conftest import Environment, put, storage, whole

QUEUE: dict[str, Any] = {"Q": {"Type": "AWS::SQS::Queue"}}


@pytest.fixture(scope="module")
def complete(process: AccountProcess) -> Environment:
    """Storage, network, domain and pipeline, with two apps and a run."""
    made = Environment(process)
    whole(made)
    return made


def changes(process: AccountProcess) -> list[str]:
    """The requests so far that may have changed the account."""
    lines = (process.home / "calls.jsonl").read_text().splitlines()
    names = [str(json.loads(line)["operation"]) for line in lines]
    return [name for name in names if not is_read_only(name, name.split(" ")[0])]


def test_a_plan_only_looks(complete: Environment) -> None:
    before = changes(complete.process)
    planned = complete.plan(keep_home=False)
    assert len(planned.tasks) > 15
    assert changes(complete.process) == before


def test_everything_comes_after_what_it_needs(complete: Environment) -> None:
    seen: set[str] = set()
    planned = complete.plan(keep_home=False)
    all_of_them = {task.thing.arn for task in planned.tasks}
    for task in planned.tasks:
        assert task.needs & all_of_them <= seen, task.thing
        seen.add(task.thing.arn)
    kinds = [task.thing.kind for task in planned.tasks]
    wanted = ["run", "app", "space", "user profile", "domain", "mount target", "file system"]
    places = [kinds.index(kind) for kind in wanted]
    assert places == sorted(places)
    stacks = [task.thing.name for task in planned.tasks if task.thing.kind == "stack"]
    parts = [name.rpartition("-")[2] for name in stacks]
    assert parts == ["pipeline", "domain", "network", "storage"]


def test_data_stays_and_is_named_with_the_command_that_deletes_it(complete: Environment) -> None:
    kept = {one.thing.kind: one for one in complete.plan().kept}
    assert set(kept) == {"file system", "bucket", "repository", "log group", "key"}
    assert f"--delete-data {kept['bucket'].thing.name}" in kept["bucket"].command
    assert "--delete-home-efs" in kept["file system"].command
    assert kept["bucket"].thing.name in kept["key"].why


def test_a_plan_is_json_too(complete: Environment) -> None:
    told = json.loads(json.dumps(plan_as_json(complete.plan())))
    assert told["environment"] == complete.name
    app = next(task for task in told["tasks"] if task["kind"] == "app")
    assert app["verb"] == "delete"
    assert app["command"].startswith("aws sagemaker delete-app --domain-id d-")
    assert app["arn"].startswith("arn:aws:sagemaker:sa-east-1:123456789012:app/d-")


def test_stacks_of_the_name_without_the_tags_are_somebody_elses(environment: Environment) -> None:
    environment.deploy("ours", QUEUE)
    body = json.dumps({"Resources": QUEUE})
    theirs = environment.stack("theirs")
    environment.client("cloudformation").create_stack(StackName=theirs, TemplateBody=body)
    environment.process.at_rest(theirs)
    names = [task.thing.name for task in environment.plan().tasks]
    assert names == [environment.stack("ours")]


def test_a_name_that_is_not_the_environments_is_refused_with_those_that_are(
    environment: Environment,
) -> None:
    made = environment.deploy("storage", storage())
    with pytest.raises(TeardownError, match=f"not of environment.*{made['Data']}"):
        environment.plan("somebody-elses-bucket")


def test_an_environment_that_is_not_there_is_refused(environment: Environment) -> None:
    with pytest.raises(TeardownError, match="there is no stack of environment"):
        environment.plan()


def test_a_protected_stack_is_refused_before_anything_is_touched(environment: Environment) -> None:
    environment.deploy("storage", QUEUE)
    environment.client("cloudformation").update_termination_protection(
        StackName=environment.stack("storage"), EnableTerminationProtection=True
    )
    with pytest.raises(TeardownError, match="--no-enable-termination-protection"):
        environment.plan()


def test_a_stack_that_would_take_data_along_stays_until_the_data_is_named(
    environment: Environment,
) -> None:
    """And so does what it imports from; an empty bucket holds nobody."""
    made = environment.deploy("storage", storage("Delete"), Key={"Ref": "Key"})
    tag = {"Key": "key", "Value": environment.exported("storage", "Key")}
    bucket = {"B": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": [tag]}}}
    other = environment.deploy("other", bucket)
    assert [task.thing.kind for task in environment.plan().tasks] == ["stack", "stack"]
    environment.client("s3").put_object(Bucket=other["B"], Key="k", Body=b"1")
    planned = environment.plan()
    assert planned.tasks == ()
    why = {one.thing.name: one.why for one in planned.kept}
    assert f"its bucket {other['B']} holds data" in why[environment.stack("other")]
    assert "stays, and imports from it" in why[environment.stack("storage")]
    put(environment, made["Data"])
    named = environment.plan(other["B"])
    assert [task.verb for task in named.tasks] == ["empty", "delete"]
    assert [one.thing.name for one in named.kept] == [environment.stack("storage")]
