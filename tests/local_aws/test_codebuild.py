"""CodeBuild: the image of a source is built while its stack is deployed, without Docker."""

import ctypes
import json
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.account_process import ROLE, AccountProcess, eventually
from tests.local_aws.image_stack import BUCKET, LIBRARY, SOURCE, resources, upload, zipped

OUTPUTS = {"Digest": {"Value": {"Fn::GetAtt": ["Image", "Digest"]}}}


def deploy(
    account: AccountProcess, stack: str, tag: str, changed: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Deploy the source, with some of its files changed, as the image of a tag."""
    key = f"{stack}-{tag}.zip"
    upload(account, key, zipped({**SOURCE, **(changed or {})}))
    return account.deploy(stack, resources(account, stack, source=key, tag=tag), Outputs=OUTPUTS)


def builds(account: AccountProcess, stack: str) -> list[dict[str, Any]]:
    codebuild = account.client("codebuild")
    project = account.physical_ids(stack)["Project"]
    ids = codebuild.list_builds_for_project(projectName=project)["ids"]
    found: list[dict[str, Any]] = codebuild.batch_get_builds(ids=ids)["builds"] if ids else []
    return found


def files(account: AccountProcess, digest: str) -> Path:
    return account.home / "images" / digest.removeprefix("sha256:") / "root" / "opt" / "program"


def test_a_deployment_compiles_its_source_and_registers_the_image(
    account: AccountProcess, stack: str
) -> None:
    """The files are those that the Dockerfile copies, the library is one that runs here."""
    deployed = deploy(account, stack, "one")
    assert deployed["StackStatus"] == "CREATE_COMPLETE", account.failures(stack)
    [output] = deployed["Outputs"]
    [image] = account.client("ecr").describe_images(repositoryName=f"{stack}-scoring".lower())[
        "imageDetails"
    ]
    assert (image["imageTags"], image["imageDigest"]) == (["one"], output["OutputValue"])
    made = files(account, image["imageDigest"])
    found = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    assert found == {Path("serve.py"), Path("native", LIBRARY)}
    assert ctypes.CDLL(str(made / "native" / LIBRARY)).answer() == 42
    [build] = builds(account, stack)
    assert build["buildStatus"] == "SUCCEEDED"
    phases = [(one["phaseType"], one["phaseStatus"]) for one in build["phases"]]
    assert phases == [
        (name, "SUCCEEDED") for name in ("QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "BUILD")
    ]


def test_a_change_of_the_source_is_another_image_and_going_back_builds_nothing(
    account: AccountProcess, stack: str
) -> None:
    """Two tags, two digests, two builds: the image of the earlier source is still there."""
    deploy(account, stack, "one")
    found = deploy(account, stack, "two", {"serve.py": "print('better')\n"})
    assert found["StackStatus"] == "UPDATE_COMPLETE", account.failures(stack)
    images = account.client("ecr").describe_images(repositoryName=f"{stack}-scoring".lower())
    digests = {image["imageTags"][0]: image["imageDigest"] for image in images["imageDetails"]}
    assert sorted(digests) == ["one", "two"]
    for tag, word in (("one", "serving from"), ("two", "better")):
        assert word in (files(account, digests[tag]) / "serve.py").read_text()
    found = deploy(account, stack, "one")
    assert found["StackStatus"] == "UPDATE_COMPLETE"
    assert found["Outputs"][0]["OutputValue"] == digests["one"]
    assert len(builds(account, stack)) == 2


def test_a_source_that_does_not_compile_fails_the_deployment_with_the_compilers_words(
    account: AccountProcess, stack: str
) -> None:
    """Phase, compiler's message and log are in the reason; the image before stays in use."""
    deploy(account, stack, "one")
    found = deploy(account, stack, "two", {"native/kernel.cpp": "int answer( {\n"})
    assert found["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    [reason] = [text for text in account.failures(stack) if "scoring image" in text]
    assert "in phase BUILD; COMMAND_EXECUTION_ERROR" in reason
    assert "kernel.cpp:1:" in reason
    assert "error:" in reason
    log = Path(reason.rpartition("file://")[2].split()[0])
    assert "kernel.cpp" in log.read_text()
    images = account.client("ecr").describe_images(repositoryName=f"{stack}-scoring".lower())
    assert [image["imageTags"] for image in images["imageDetails"]] == [["one"]]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"Dockerfile": "FROM scratch\nCOPY absent.py /\n"}, "COPY absent.py: no such file"),
        ({"Dockerfile": "FROM scratch\nADD serve.py /\n"}, "ADD is not known here"),
        ({"Dockerfile": "FROM scratch\nCOPY --from=no /a /b\n"}, "there is no such stage"),
    ],
)
def test_a_dockerfile_that_cannot_be_followed_fails_the_deployment(
    account: AccountProcess, stack: str, changed: dict[str, str], says: str
) -> None:
    """Nothing of a Dockerfile is skipped silently."""
    found = deploy(account, stack, "one", changed)
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    assert says in " ".join(account.failures(stack))


def test_what_cannot_be_done_twice_is_refused_or_done_once(
    account: AccountProcess, stack: str
) -> None:
    """A tag never moves; a request that CloudFormation delivers twice builds once; an override
    that was ignored would build something else than was asked for."""
    deploy(account, stack, "one")
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "a", "layers": []})
    with pytest.raises(ClientError, match="ImageAlreadyExistsException"):
        account.client("ecr").put_image(
            repositoryName=f"{stack}-scoring".lower(), imageManifest=manifest, imageTag="one"
        )
    codebuild = account.client("codebuild")
    project = account.physical_ids(stack)["Project"]
    with pytest.raises(ClientError, match="buildspecOverride"):
        codebuild.start_build(projectName=project, buildspecOverride="x")
    ids = {
        codebuild.start_build(projectName=project, idempotencyToken="t")["build"]["id"]
        for _ in range(2)
    }
    assert len(ids) == 1
    eventually(lambda: builds(account, stack)[-1]["buildStatus"] == "SUCCEEDED", seconds=20)
    assert len(builds(account, stack)) == 2


def transformed(account: AccountProcess, name: str, image: str) -> str:
    """Why a transform job with a model of this image failed: the image of these tests always
    does, and says what it is."""
    sagemaker = account.client("sagemaker")
    upload(account, f"{name}/in.csv", b"1\n")
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": image})
    where = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{name}/in.csv"}}
    sagemaker.create_transform_job(
        TransformJobName=name,
        ModelName=name,
        TransformInput={"DataSource": where, "ContentType": "text/csv"},
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/{name}/out"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )

    def failure() -> Any:
        return sagemaker.describe_transform_job(TransformJobName=name).get("FailureReason")

    return str(eventually(failure, seconds=20))


def test_a_job_runs_the_files_of_the_image_that_its_model_names(
    account: AccountProcess, stack: str
) -> None:
    """Not those of the folder they came from; and an image that was never built runs nowhere."""
    [output] = deploy(account, stack, "one")["Outputs"]
    repository = f"123456789012.dkr.ecr.sa-east-1.amazonaws.com/{stack}-scoring".lower()
    for name, image in (
        ("tag", f"{repository}:one"),
        ("d", f"{repository}@{output['OutputValue']}"),
    ):
        said = transformed(account, f"{stack}-{name}", image)
        assert f"serving from {files(account, output['OutputValue'])}" in said
    said = transformed(account, f"{stack}-no", f"{repository}:two")
    assert "there is no image" in said
    assert "The deployment builds it" in said


def test_a_build_that_the_account_did_not_survive_is_done_again(tmp_path: Path) -> None:
    """Kill the process while it compiles; the next one builds the image."""
    account = AccountProcess(tmp_path)
    account.start()
    account.make_role()
    slow = {"native/Makefile": LIBRARY + ":\n\tsleep 3\n\tmkdir -p build\n\ttouch $@\n"}
    upload(account, "slow.zip", zipped({**SOURCE, **slow}))
    parts = resources(account, "slow", source="slow.zip", tag="one")
    del parts["Image"], parts["Function"]
    account.deploy("slow", parts)
    codebuild, project = account.client("codebuild"), account.physical_ids("slow")["Project"]
    started = codebuild.start_build(projectName=project)["build"]["id"]
    time.sleep(1.5)  # the state is on disk by then, and make is asleep
    account.end(signal.SIGKILL)
    account.start()
    eventually(
        lambda: account.client("ecr").list_images(repositoryName="slow-scoring")["imageIds"],
        seconds=20,
    )
    eventually(
        lambda: account.client("codebuild").batch_get_builds(ids=[started])["builds"][0][
            "buildComplete"
        ]
    )
    account.end()
