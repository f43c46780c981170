"""Model servers: one process for each container of a model, chained as SageMaker chains them.

The contract (serve argument, /ping, /invocations, /execution-parameters, variables):
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
In place of port 8080 and /opt/ml/model a server here reads SAGEMAKER_BIND_TO_PORT and
SM_MODEL_DIR, since several share one machine; and BIND_ADDRESS, since nobody else is to reach it.
"""

import http.client
import json
import tarfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from .context import Context
from .errors import JobFailedError
from .inputs import bucket_and_key
from .invocations import Answer, ClientConfig, Endpoint
from .jobs import Interrupt
from .ports import release_port, take_port
from .processes import Process

_PING_SECONDS = 2.0  # how long /ping may take to answer
_PING_EVERY = 0.1


class Container:
    """One running model server."""

    def __init__(self, process: Process, port: int) -> None:
        self._process = process
        self._port = port
        self.endpoint = Endpoint(port, died=self._died)

    def wait_until_ready(self, *, seconds: float, interrupt: Interrupt) -> None:
        """Wait for /ping to answer 200; JobFailedError if it takes too long or the process ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._died() is None:
            try:
                if self.endpoint.get("/ping", timeout=_PING_SECONDS).status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass  # not listening yet
            interrupt.wait(_PING_EVERY)
        raise JobFailedError(
            "AlgorithmError: Model container failed to respond to ping. Please ensure /ping "
            "endpoint is implemented and responds with an HTTP 200 status code. "
            f"{self._died() or f'It did not within {seconds:g} s.'} "
            f"Last log lines: {self._process.last_words() or 'none'}"
        )

    def stop(self) -> None:
        self._process.stop(grace=2.0)
        release_port(self._port)

    def _died(self) -> str | None:
        code = self._process.exit_code()
        if code is None:
            return None
        return f"The model server ended with exit code {code}: {self._process.last_words()}"


class Instance:
    """The containers of one instance: an inference pipeline, or just one."""

    def __init__(self, containers: Sequence[Container]) -> None:
        self._containers = containers

    def execution_parameters(self) -> Mapping[str, Any]:
        """What GET /execution-parameters of the first container says; it is optional."""
        try:
            answer = self._containers[0].endpoint.get("/execution-parameters", timeout=2.0)
            said = json.loads(answer.body) if answer.status == 200 else {}
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    def invoke(
        self,
        body: bytes,
        *,
        content_type: str | None,
        accept: str | None,
        config: ClientConfig,
        interrupt: Interrupt,
    ) -> bytes:
        """Pass a payload through the containers; each is given what the one before it answered."""
        answer = Answer(status=200, body=body, content_type=content_type)
        for container in self._containers:
            headers = {"Content-Type": answer.content_type} if answer.content_type else {}
            if accept and container is self._containers[-1]:
                headers["Accept"] = accept
            answer = container.endpoint.invoke(
                answer.body, headers, config=config, interrupt=interrupt
            )
        return answer.body

    def stop(self) -> None:
        for container in self._containers:
            container.stop()


def start_instance(
    context: Context,
    model: Mapping[str, Any],
    containers: Sequence[Mapping[str, Any]],
    *,
    job_arn: str,
    environment: Mapping[str, str],
    models: Sequence[Path],
    logs: Path,
    number: int,
    interrupt: Interrupt,
) -> Instance:
    """Start the containers of one instance and wait until all are ready.

    `models` are the folders with the extracted model of each container, `environment` is the
    job's. Raises JobFailedError; nothing runs then.
    """
    started: list[Container] = []
    try:
        for index, container in enumerate(containers):
            port = take_port()
            process = Process(
                context.programs.model_server(container["Image"]),
                environment=_environment(
                    context,
                    model,
                    container,
                    environment,
                    job_arn=job_arn,
                    folder=models[index],
                    port=port,
                ),
                # Not the model's own folder: Python would import modules from there.
                folder=models[index].parent,
                log=logs / f"instance-{number}-container-{index + 1}.log",
            )
            started.append(Container(process, port))
        for ready in started:
            ready.wait_until_ready(seconds=context.programs.ping_seconds, interrupt=interrupt)
    except BaseException:
        Instance(started).stop()
        raise
    return Instance(started)


def _environment(
    context: Context,
    model: Mapping[str, Any],
    container: Mapping[str, Any],
    job: Mapping[str, str],
    *,
    job_arn: str,
    folder: Path,
    port: int,
) -> dict[str, str]:
    own = {
        "AWS_REGION": context.region,
        "AWS_DEFAULT_REGION": context.region,
        "SM_MODEL_DIR": str(folder),
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "BIND_ADDRESS": "127.0.0.1",
    }
    # With network isolation no credentials are available to the container and it reaches no
    # service: https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
    if not model.get("EnableNetworkIsolation"):
        own |= {"AWS_ENDPOINT_URL": context.endpoint_url, "AWS_EC2_METADATA_DISABLED": "true"}
        own |= context.role_environment(model["ExecutionRoleArn"], job_arn)
    return {**context.environment, **own, **container.get("Environment", {}), **job}


def extract_model(s3: Any, container: Mapping[str, Any], folder: Path) -> Path:
    """Download and unpack a container's model.tar.gz; an empty folder if it has none.

    Raises JobFailedError for what is no tar.gz, or has members outside its folder.
    """
    target = folder / "model"
    if target.exists():
        return target
    draft = folder / "model.draft"
    draft.mkdir(parents=True, exist_ok=True)
    url = container.get("ModelDataUrl")
    if url:
        bucket, key = bucket_and_key(url)
        archive = folder / "model.tar.gz"
        try:
            s3.download_file(bucket, key, str(archive))
            with tarfile.open(archive, mode="r:gz") as tar:
                tar.extractall(draft, filter="data")
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise JobFailedError(
                f"ClientError: Failed to download model data {url}: {code}"
            ) from error
        except (tarfile.TarError, EOFError, OSError) as error:
            raise JobFailedError(
                f"ClientError: Failed to extract model data archive {url}: {error}. "
                "It must be a tar.gz without absolute or outside paths."
            ) from error
        archive.unlink()
    draft.rename(target)  # complete, or not there: a resumed job can tell
    return target
