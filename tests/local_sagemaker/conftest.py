"""One S3 (a real moto server) and one endpoint for all tests; names keep them apart."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .account import BUCKET, REGION, Account, client
from .studio import Studio


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """In a process of its own: other tests reset the moto of this one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        url = f"http://127.0.0.1:{port}"
        client("s3", url).create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield url
    finally:
        server.kill()
        server.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise AssertionError("no moto server within 30 seconds")


@pytest.fixture(scope="session")
def account(s3_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    made = Account(tmp_path_factory.mktemp("home"), s3_url)
    yield made
    made.close()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Where model_server.py and automl_script.py write down what they were asked."""
    return tmp_path / "notes.jsonl"


@pytest.fixture(scope="module")
def studio(s3_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """An account whose clock runs fast enough to see domains come and go."""
    account = Account(tmp_path_factory.mktemp("studio"), s3_url, speed=200)
    yield Studio(account)
    account.close()
