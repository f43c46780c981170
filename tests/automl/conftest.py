"""Three finished jobs, one per problem type, for the tests that only look at results."""

from pathlib import Path

import pytest

from tests.automl.jobs import Job
from tests.automl.tables import table


def finished(folder: Path, kind: str, **request: object) -> Job:
    """A job that ended well."""
    job = Job(folder, table(kind), max_candidates=3, **request)
    job.succeed()
    return job


@pytest.fixture(scope="session")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A target of 0 and 1; nothing said about the problem."""
    return finished(tmp_path_factory.mktemp("binary"), "digits")


@pytest.fixture(scope="session")
def multiclass(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A target of three words; problem type and objective given."""
    return finished(
        tmp_path_factory.mktemp("multiclass"),
        "words",
        problem_type="MulticlassClassification",
        objective="BalancedAccuracy",
    )


@pytest.fixture(scope="session")
def regression(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A target of numbers; nothing said about the problem."""
    return finished(tmp_path_factory.mktemp("regression"), "number")
