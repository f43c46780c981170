import uuid
from collections.abc import Iterator

import pytest

from tests.local_aws.account_process import AccountProcess


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AccountProcess]:
    """One account for all tests that do not kill it."""
    process = AccountProcess(tmp_path_factory.mktemp("account"))
    process.start()
    process.make_role()
    yield process
    process.end()


@pytest.fixture
def stack(request: pytest.FixtureRequest) -> str:
    """A stack name of the test's own."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)[5:35].strip("-")
    return f"t-{name}-{uuid.uuid4().hex[:8]}"
