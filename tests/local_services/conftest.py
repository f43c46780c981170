import uuid
from collections.abc import Iterator

import pytest

from tests.local_aws.account_process import AccountProcess


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AccountProcess]:
    """One account for all tests; names keep them apart. Retries do not wait long."""
    process = AccountProcess(tmp_path_factory.mktemp("account"), speed=60_000)
    process.start()
    yield process
    process.end()


@pytest.fixture
def name() -> str:
    """A name of the test's own, for whatever needs one."""
    return f"t-{uuid.uuid4().hex[:10]}"
