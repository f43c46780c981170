"""One S3 (a real moto server) and one endpoint for all tests; names keep them apart."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from .account import BUCKET, REGION, Account, client


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    url = f"http://127.0.0.1:{port}"
    client("s3", url).create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    yield url
    server.stop()


@pytest.fixture(scope="session")
def account(s3_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    made = Account(tmp_path_factory.mktemp("home"), s3_url)
    yield made
    made.close()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Where model_server.py and automl_script.py write down what they were asked."""
    return tmp_path / "notes.jsonl"
