"""Which program stands for an image, and what is said where none can."""

from pathlib import Path

import pytest

from autolote.local.sagemaker import images
from autolote.local.sagemaker.errors import JobFailedError

SCORING = "123456789012.dkr.ecr.sa-east-1.amazonaws.com/autolote-local-scoring:1"


def test_without_the_native_library_the_way_to_it_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(images, "_SCORING_LIBRARY", tmp_path / "libscoring.so")
    with pytest.raises(JobFailedError, match=r"not built here.*make -C container/native"):
        images.model_server(SCORING)
    (tmp_path / "libscoring.so").touch()
    assert images.model_server(SCORING)[-1] == "serve"
