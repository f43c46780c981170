"""How many requests at once, from cores and memory."""

from pathlib import Path
from typing import Any

import pytest

from container import resources
from container.model import open_model
from container.settings import Settings
from tests.container import models

KEYS = "predicted_label,probability,probabilities,labels"

GIGABYTE = 1 << 30


def plan(**changes: Any) -> resources.Plan:
    """The plan for a large machine and a small model, with changes."""
    given: dict[str, Any] = {
        "cores": 4,
        "memory": 16 * GIGABYTE,
        "model_bytes": 0,
        "growth": 1.0,
        "payload_mb": 6,
        "concurrent": None,
    }
    return resources.plan(**{**given, **changes})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 4),  # one per core
        ({"cores": 64, "memory": 256 * GIGABYTE}, 16),  # 16 x 6 MB stay within 100 MB
        ({"cores": 8, "payload_mb": 100}, 1),
        ({"cores": 16, "memory": GIGABYTE // 4}, 10),  # memory allows fewer than cores
        ({"memory": 2 * GIGABYTE, "model_bytes": GIGABYTE}, 1),  # a large model leaves room for one
        ({"cores": 64, "growth": 50.0, "memory": 4 * GIGABYTE}, 8),  # answers longer than rows
        ({"concurrent": 20}, 20),  # what the job says counts
    ],
)
def test_concurrency_is_bounded_by_cores_memory_and_100_megabytes(
    changes: dict[str, Any], expected: int
) -> None:
    found = plan(**changes)
    assert found.concurrent == expected
    if "concurrent" not in changes:
        assert found.concurrent * found.payload_mb <= 100
    assert found.execution_parameters["MaxConcurrentTransforms"] == expected


def test_no_more_bodies_are_taken_at_once_than_memory_holds_whatever_the_job_says() -> None:
    assert plan(cores=4, concurrent=100).bodies == 8
    assert plan(cores=4, concurrent=100, memory=GIGABYTE // 8).bodies == 1


def test_streamed_objects_are_limited_by_memory_and_others_by_what_was_agreed() -> None:
    assert plan(payload_mb=None).limit == 7 * resources.MEGABYTE
    assert plan(payload_mb=20).limit == 21 * resources.MEGABYTE
    streamed = plan(payload_mb=0, growth=2.0)
    assert GIGABYTE < streamed.limit < 4 * GIGABYTE
    assert streamed.bodies * streamed.limit * 2 < 16 * GIGABYTE


@pytest.mark.parametrize(
    ("objective", "variables"),
    [
        ({"objective": "regression"}, {}),
        ({"objective": "multiclass", "num_class": 3}, {}),
        ({"objective": "multiclass", "num_class": 3}, {"SAGEMAKER_INFERENCE_OUTPUT": KEYS}),
    ],
)
def test_no_answer_is_longer_than_planned_for(
    tmp_path: Path, objective: dict[str, Any], variables: dict[str, str]
) -> None:
    """Even for rows as short as they can be."""
    models.save(tmp_path, objective)
    model, options = open_model(tmp_path / "model.txt", Settings.load(variables))
    body = b",,,\n" * 100
    growth = resources.growth(features=4, outputs=model.header.outputs, lists=bool(variables))
    assert len(model.predict_csv(body, options)) <= growth * len(body)


def test_this_machine_has_cores_and_memory() -> None:
    assert resources.cores() >= 1
    assert resources.memory() > 100 * resources.MEGABYTE
