"""Models that nobody trained, on rows made to go wrong: exactly what lightgbm predicts, every way.

Each way is tried on a few dozen pairs of model and rows. MODEL_PAIRS=10000 tries as many:

    MODEL_PAIRS=10000 pytest tests/container/test_random_models.py -n 2
"""

import os
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.container.random_models import OBJECTIVES, SHAPES, Plan, Writer
from tests.container.ways import KERNEL, WAYS, assert_exact, cells, open_model, text

PAIRS = int(os.environ.get("MODEL_PAIRS", "60"))

LEAVES = st.one_of(st.integers(1, 40), st.sampled_from([63, 64, 65, 255, 256, 257, 300]))
PLANS = st.builds(
    Plan,
    seed=st.integers(0, 2**32 - 1),
    version=st.sampled_from(["v4", "v3", "v2"]),
    objective=st.sampled_from(list(OBJECTIVES)),
    outputs=st.integers(2, 5),
    rounds=st.integers(1, 4),
    average=st.booleans(),
    features=st.integers(1, 6),
    leaves=LEAVES,
    shape=st.sampled_from(SHAPES),
    categorical=st.sampled_from([0.0, 0.3, 1.0]),
    thresholds=st.sampled_from([1, 4, 40, 300]),
    large=st.booleans(),
)
ROWS = st.one_of(st.integers(1, 70), st.sampled_from([127, 128, 129, 511, 512, 513, 600]))


def too_deep(plan: Plan) -> bool:
    """A tree of more than 256 leaves in one line: the kernel leaves it to lightgbm."""
    return plan.leaves > 256 and plan.shape in ("left", "right")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random") / "model.txt"


@pytest.mark.parametrize("way", WAYS)
def test_any_model_predicts_what_lightgbm_predicts(way: str, path: Path) -> None:
    covered = 0

    @settings(
        max_examples=PAIRS,
        derandomize=PAIRS < 1000,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(plan=PLANS, count=ROWS)
    def check(plan: Plan, count: int) -> None:
        nonlocal covered
        assume(way not in KERNEL or not too_deep(plan))
        writer = Writer(plan)
        path.write_text(writer.model())
        rows = np.array(writer.rows(count))
        expected = lgb.Booster(model_file=str(path)).predict(rows, num_threads=1)
        covered += 1
        assert_exact(open_model(path, way), cells(rows), text(np.asarray(expected)))

    check()
    assert covered >= PAIRS
