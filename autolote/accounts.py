"""The account a command talks to: the one on this machine, or one of AWS's.

Both give the same boto3 clients and the same stack outputs, so every command is written once.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from autolote import tools
from autolote.local.environment import client_environment

START_SECONDS = 60
RETRIES = Config(retries={"mode": "standard", "max_attempts": 5})


class AccountError(RuntimeError):
    """The account cannot be reached, or autolote is not deployed there."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What the stacks of one environment tell the outside (their CloudFormation outputs)."""

    environment: str
    region: str
    data_bucket: str
    bus_name: str
    starter_function: str
    state_machine_arn: str

    def execution_arn(self, run_id: str) -> str:
        """The ARN of the execution that carries out a run (the run id is the execution's name)."""
        return f"{self.state_machine_arn.replace(':stateMachine:', ':execution:')}:{run_id}"


class Account:
    """An AWS account, reached with the caller's own credentials and region."""

    def __init__(self, *, region: str) -> None:
        self.region = region

    def client(self, service: str) -> Any:
        """A boto3 client of this account."""
        return boto3.client(service, region_name=self.region, config=RETRIES)

    def deployment(self, environment: str) -> Deployment:
        """Where autolote's environment lives in this account.

        Raises:
            AccountError: it is not deployed there.
        """
        out = self._outputs(f"autolote-{environment}-storage")
        out |= self._outputs(f"autolote-{environment}-pipeline")
        return Deployment(
            environment=environment,
            region=self.region,
            data_bucket=out["DataBucketName"],
            bus_name=out["BusName"],
            starter_function=out["StarterFunctionName"],
            state_machine_arn=out["StateMachineArn"],
        )

    def _outputs(self, name: str) -> dict[str, str]:
        try:
            stack = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            raise AccountError(
                f"there is no stack {name} in {self.region}: deploy it first ({error})"
            ) from error
        return {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}


@dataclass(kw_only=True)
class LocalAccount(Account):
    """The account on this machine: a process of ours whose state is kept below `home`.

    A process that is already running there is used as it is; one that this object started is
    ended with it, and started again should it die meanwhile: nothing it finished is lost.
    """

    home: Path
    region: str = "sa-east-1"
    account: str = "123456789012"
    speed: float = 60.0
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def endpoint(self) -> Mapping[str, Any] | None:
        """Where the running process answers; None while there is none."""
        if self._process is not None:
            self._process.poll()  # a child that died stays in the process table until it is asked
        try:
            told: Mapping[str, Any] = json.loads((self.home / "endpoint.json").read_text("utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return told if _alive(int(told["pid"])) else None

    def ensure(self) -> str:
        """Start the process if none runs below `home`; returns its URL.

        Raises:
            AccountError: it did not come up, or the running one is of another region or account.
        """
        found = self.endpoint or self._start()
        wanted = {"region": self.region, "account": self.account}
        running = {name: found[name] for name in wanted}
        if running != wanted:
            raise AccountError(
                f"the account running below {self.home} is {running}, and {wanted} is asked for: "
                "stop it, or give another folder with --home"
            )
        return str(found["url"])

    def client(self, service: str) -> Any:
        """A boto3 client that talks to the process on this machine and nowhere else."""
        return boto3.client(
            service,
            region_name=self.region,
            endpoint_url=self.ensure(),
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=RETRIES,
        )

    def environment(self) -> dict[str, str]:
        """The variables with which an AWS program, the CDK command line too, uses this account."""
        return dict(client_environment(url=self.ensure(), region=self.region))

    def stop(self) -> None:
        """End the process if this object started it."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=20)
            if self._process.poll() is None:
                self._process.kill()
        self._process = None

    def _start(self) -> Mapping[str, Any]:
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "endpoint.json").unlink(missing_ok=True)
        log = self.home / "account.out"
        command = [sys.executable, "-m", "autolote.local", "--home", str(self.home)]
        command += [
            "--region",
            self.region,
            "--account",
            self.account,
            "--speed",
            f"{self.speed:g}",
        ]
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                command,
                cwd=tools.ROOT,
                env=tools.environment(),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if (told := self.endpoint) is not None:
                return told
            if self._process.poll() is not None:
                break
            time.sleep(0.1)
        tail = "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-15:])
        raise AccountError(f"the local account did not start; the end of {log}:\n{tail}")


@contextlib.contextmanager
def local_account(*, home: Path, region: str, account: str, speed: float) -> Iterator[LocalAccount]:
    """A local account for the time of a block."""
    local = LocalAccount(home=home, region=region, account=account, speed=speed)
    try:
        local.ensure()
        yield local
    finally:
        local.stop()


def forget_aws_settings() -> None:
    """Take the caller's AWS variables out of this process, so that nothing real can be reached.

    A profile that does not exist would make every client fail, and one that does has no business
    in the local account.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
