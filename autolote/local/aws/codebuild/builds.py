"""One build: fetch the source, follow its Dockerfile, register the image; or say why not.

It acts under the project's role where a build on AWS does: source, log, registry. Phases:
https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
"""

import contextlib
import logging
import shutil
import threading
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from autolote.local.aws import changes
from autolote.local.aws.account import Account
from autolote.local.aws.acting import Session
from autolote.local.aws.codebuild import dockerfile, projects
from autolote.local.aws.codebuild.compiler import Compiler
from autolote.local.aws.codebuild.images import MANIFEST, Images
from autolote.local.aws.codebuild.stages import BuildStepError, assemble
from autolote.local.aws.pending import Pending
from autolote.local.iam.model import AccessDeniedError

logger = logging.getLogger(__name__)
KIND = "image build"
FORESEEN = (BuildStepError, dockerfile.DockerfileError, ClientError, OSError, KeyError)
PUSHES = (
    "BatchCheckLayerAvailability",
    "InitiateLayerUpload",
    "UploadLayerPart",
    "CompleteLayerUpload",
    "BatchGetImage",
)
_BATCH = 1_000  # of log events in a call; the API takes 10,000


class Builds:
    """All builds of the account; of one project one after the other.

    Attributes:
        images: what they made.
    """

    def __init__(self, *, account: Account, pending: Pending) -> None:
        self._account = account
        self._pending = pending
        self.images = Images(account)
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        pending.register(KIND, self._carry_out)
        projects.install(account, self._start)

    def _start(self, build_id: str) -> None:
        self._pending.start(KIND, {"id": build_id})

    def _carry_out(self, payload: dict[str, Any]) -> None:
        """From the beginning, also when the account went down in the middle of it."""
        build = projects.find(self._account, payload["id"])
        if build is None:
            return
        build["phases"] = []
        with _phase(build, "QUEUED"), self._turns[build["projectName"]]:
            pass
        stream = build["logs"]["streamName"]
        log = self._account.home / "logs" / "codebuild" / f"{stream}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        build["logs"]["deepLink"] = log.as_uri()
        with self._turns[build["projectName"]]:
            shutil.rmtree(self._account.home / "images" / f"draft-{stream}", ignore_errors=True)
            draft = self.images.draft(stream)
            try:
                self._build(build, draft=draft, log=log)
                status = "SUCCEEDED"
            except FORESEEN as error:
                _say(log, f"ERROR: {error}")
                status = "FAILED"
            finally:
                shutil.rmtree(draft, ignore_errors=True)
            self._store_log(build, log)
        build |= {"currentPhase": "COMPLETED", "endTime": datetime.now(UTC)}
        build |= {"buildComplete": True, "buildStatus": status}
        changes.mark(now=True)

    def _build(self, build: dict[str, Any], *, draft: Path, log: Path) -> None:
        variables = {
            one["name"]: one["value"] for one in build["environment"]["environmentVariables"]
        }
        context = draft / "source"
        with _phase(build, "PROVISIONING"):
            self._open_log(build)
        with _phase(build, "DOWNLOAD_SOURCE"):
            self._fetch(build, context)
        with _phase(build, "BUILD"):
            if self._is_there(build, variables):
                _say(log, f"{variables['REPOSITORY_URI']}:{variables['IMAGE_TAG']} is there")
                return
            stages = dockerfile.read((context / "Dockerfile").read_text("utf-8"))
            compiler = Compiler(log=log, seconds=60.0 * build["timeoutInMinutes"])
            tree, entrypoint = assemble(
                stages,
                context=context,
                folder=draft / "stages",
                make=compiler.make,
                say=lambda line: _say(log, line),
            )
            manifest, digest = self.images.keep(
                tree, entrypoint=entrypoint, tag=variables["IMAGE_TAG"]
            )
            self._upload_layers(build, variables["REPOSITORY"])
            self._client(build, "ecr").put_image(
                repositoryName=variables["REPOSITORY"],
                imageManifest=manifest,
                imageManifestMediaType=MANIFEST,
                imageTag=variables["IMAGE_TAG"],
                imageDigest=digest,
            )
            _say(log, f"pushed {variables['REPOSITORY_URI']}:{variables['IMAGE_TAG']} {digest}")

    def _upload_layers(self, build: Mapping[str, Any], repository: str) -> None:
        """What `docker login` and `docker push` call besides PutImage:
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html"""
        session = self._session(build)
        try:
            self._account.require_call(session, "ecr", "GetAuthorizationToken")
            for operation in PUSHES:
                self._account.require_call(session, "ecr", operation, repositoryName=repository)
        except AccessDeniedError as error:
            raise BuildStepError(f"denied: {error}") from error

    def _is_there(self, build: Mapping[str, Any], variables: Mapping[str, str]) -> bool:
        try:
            self._client(build, "ecr").describe_images(
                repositoryName=variables["REPOSITORY"],
                imageIds=[{"imageTag": variables["IMAGE_TAG"]}],
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ImageNotFoundException":
                return False
            raise
        return True

    def _fetch(self, build: Mapping[str, Any], folder: Path) -> None:
        source = build["source"]
        if source["type"] != "S3":
            raise BuildStepError(f"the local account builds from S3, not from {source['type']}")
        bucket, _, key = source["location"].partition("/")
        archive = folder.with_suffix(".zip")
        s3 = self._client(build, "s3")
        # https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
        s3.get_bucket_location(Bucket=bucket)
        s3.get_bucket_acl(Bucket=bucket)
        s3.download_file(bucket, key, str(archive))
        with zipfile.ZipFile(archive) as found:
            found.extractall(folder)
        if not (folder / source["buildspec"]).exists():
            raise BuildStepError(f"YAML_FILE_ERROR: {source['buildspec']} is not in the source")

    def _open_log(self, build: Mapping[str, Any]) -> None:
        try:
            logs = self._client(build, "logs")
            with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_stream(**_stream(build))
        except ClientError as error:
            raise BuildStepError(
                f"ACCESS_DENIED: Service role {build['serviceRole']} does not allow AWS CodeBuild "
                f"to create Amazon CloudWatch Logs log streams for build {build['arn']}. "
                f"Error message: {error.response['Error']['Message']}"
            ) from error

    def _store_log(self, build: Mapping[str, Any], log: Path) -> None:
        now = int(time.time() * 1000)
        text = log.read_text(encoding="utf-8", errors="replace")
        events = [{"timestamp": now, "message": line} for line in text.splitlines() if line]
        try:
            logs = self._client(build, "logs")
            for start in range(0, len(events), _BATCH):
                part = events[start : start + _BATCH]
                logs.put_log_events(**_stream(build), logEvents=part)
        except ClientError as error:
            logger.warning("build %s leaves no log: %s", build["id"], error)

    def _client(self, build: Mapping[str, Any], service: str) -> Any:
        return self._account.client(service, self._session(build))

    def _session(self, build: Mapping[str, Any]) -> Session:
        return projects.acting(
            self._account,
            build["serviceRole"],
            project=build["projectName"],
            build=build["logs"]["streamName"],
        )


def _stream(build: Mapping[str, Any]) -> dict[str, str]:
    return {
        "logGroupName": build["logs"]["groupName"],
        "logStreamName": build["logs"]["streamName"],
    }


@contextlib.contextmanager
def _phase(build: dict[str, Any], name: str) -> Iterator[None]:
    """Write down when a phase began and how it ended."""
    phase: dict[str, Any] = {"phaseType": name, "startTime": datetime.now(UTC)}
    build["currentPhase"] = name
    build["phases"].append(phase)
    status = "SUCCEEDED"
    try:
        yield
    except FORESEEN as error:
        status = "FAILED"
        phase["contexts"] = [{"statusCode": "COMMAND_EXECUTION_ERROR", "message": str(error)}]
        raise
    finally:
        seconds = (datetime.now(UTC) - phase["startTime"]).total_seconds()
        phase |= {"phaseStatus": status, "endTime": datetime.now(UTC)}
        phase["durationInSeconds"] = int(seconds)
        changes.mark()


def _say(log: Path, line: str) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
