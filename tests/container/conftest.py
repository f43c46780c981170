"""One container per kind of model, shared by the tests that only ask it questions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.container import models
from tests.container.process import Container, container


@pytest.fixture(scope="session")
def binary_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a binary model.txt."""
    folder = tmp_path_factory.mktemp("binary")
    models.save(folder, {"objective": "binary"})
    return folder


@pytest.fixture(scope="session")
def served(binary_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """A container that serves the binary model, as a transform job of 1 MB payloads sets it up."""
    environment = {
        "SM_MODEL_DIR": str(binary_folder),
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "1",
    }
    with container(environment, tmp_path_factory.mktemp("served")) as running:
        running.wait(200)
        yield running
