"""Containers shared by the tests that only ask them questions, one for each set of variables."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.container import models
from tests.container.process import Container, container

Serve = Callable[[Mapping[str, str]], Container]


@pytest.fixture(scope="session")
def binary_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a binary model.txt."""
    folder = tmp_path_factory.mktemp("binary")
    models.save(folder, {"objective": "binary"})
    return folder


@pytest.fixture(scope="session")
def serve(binary_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """A container of the binary model with more variables, as a transform job of 1 MB payloads
    sets it up; the same one for the same variables."""
    started: dict[frozenset[tuple[str, str]], Container] = {}
    with ExitStack() as stack:

        def get(variables: Mapping[str, str]) -> Container:
            key = frozenset(variables.items())
            if key not in started:
                environment = {
                    "SM_MODEL_DIR": str(binary_folder),
                    "SAGEMAKER_BATCH": "true",
                    "SAGEMAKER_MAX_PAYLOAD_IN_MB": "1",
                    **variables,
                }
                folder = tmp_path_factory.mktemp("served")
                started[key] = stack.enter_context(container(environment, folder))
                started[key].wait(200)
            return started[key]

        yield get


@pytest.fixture(scope="session")
def served(serve: Serve) -> Container:
    """A container of the binary model with nothing special."""
    return serve({})
