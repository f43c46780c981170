"""Every kind of model comes out exactly as lightgbm's own Booster.predict gives it, every way."""

import functools
import math
import tempfile
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest

from container.native import Model, ModelError, Options
from tests.container import model_kinds, model_text, models, nasty
from tests.container.model_kinds import KINDS
from tests.container.process import Container
from tests.container.ways import KERNEL, WAYS, assert_exact, cells, open_model, text

FIXTURES = Path(__file__).with_name("fixtures")
OLD = sorted(path.stem for path in FIXTURES.glob("*.txt"))


@functools.cache
def made(name: str) -> tuple[Path, bytes, str]:
    """A model of the kind, usual and nasty rows for it, and lightgbm's predictions as text."""
    kind = KINDS[name]
    path = Path(_folder().name) / f"{list(KINDS).index(name)}.txt"
    booster = model_kinds.save(kind, path)
    few = kind.features > 100
    usual = model_kinds.values(kind, seed=9, missing=0.1)[: 50 if few else 300]
    bad = nasty.rows(
        path.read_text(),
        features=kind.features,
        categories=kind.levels,
        count=100 if few else 400,
        seed=4,
    )
    rows = np.vstack([usual, bad])
    return path, cells(rows), text(np.asarray(booster.predict(rows, num_threads=1)))


@functools.cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    """Gone with the process."""
    return tempfile.TemporaryDirectory(prefix="kinds-")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", KINDS)
def test_no_prediction_differs_from_lightgbms_in_any_bit(name: str, way: str) -> None:
    path, body, wanted = made(name)
    if way in KERNEL and not KINDS[name].kernel:
        with pytest.raises(ModelError, match="the kernel does not cover"):
            open_model(path, way)
        return
    assert_exact(open_model(path, way), body, wanted)


@pytest.mark.parametrize("name", KINDS)
def test_our_kernel_scores_what_it_covers_and_lightgbm_the_rest(name: str) -> None:
    path, body, wanted = made(name)
    model = Model.open(path)
    assert model.engine == ("kernel" if KINDS[name].kernel else "lightgbm")
    assert bool(model.why) == (model.engine == "lightgbm")
    assert_exact(model, body, wanted)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", OLD)
def test_models_that_older_releases_saved_predict_what_they_did(name: str, way: str) -> None:
    """Judged by the release's own predictions, not by those of the lightgbm installed now."""
    model = open_model(FIXTURES / f"{name}.txt", way)
    assert model.header.version == ("v2" if name.startswith("2.2") else "v3")
    answer = model.predict_csv((FIXTURES / "rows.csv").read_bytes())
    assert answer.decode() == (FIXTURES / f"{name}.out").read_text()


@pytest.mark.parametrize("way", WAYS)
def test_a_row_does_not_depend_on_the_rows_beside_it(way: str) -> None:
    """One at a time, in numbers around every block's, or all at once: the same text."""
    path, body, wanted = made("multiclass")
    model = open_model(path, way)
    lines, answers = body.splitlines(keepends=True), wanted.splitlines(keepends=True)
    for size in (1, 2, 63, 64, 65, 127, 511, 512, 513, len(lines)):
        found = model.predict_csv(b"".join(lines[:size])).decode()
        assert found == "".join(answers[:size]), size
    assert [model.predict_csv(line).decode() for line in lines[:100]] == answers[:100]


# what is meant -> texts that must all be read as that very double
SPELLINGS: dict[float, tuple[str, ...]] = {
    0.1: ("0.1", ".1", "+0.1", "0.10000000000000001", "1e-1", "0.1E+0", "00.1000", " 0.1 "),
    1 / 3: (
        "0.33333333333333331",
        "0.333333333333333314829616256247390992939472198486328125",
        "3.3333333333333331e-1",
        "33333333333333331e-17",
    ),
    -1234567.1: ("-1234567.1", "-1234567.1000000000000000", "-12345671e-1", "-.12345671E7"),
    123456789.12345679: ("123456789.12345679", "123456789.123456791"),
    5e-324: ("5e-324", "4.9406564584124654e-324", "3e-324", "0.0049e-321"),
    2.2250738585072014e-308: ("2.2250738585072014e-308", "22250738585072014e-324"),
    1.7976931348623157e308: ("1.7976931348623157e308", "17976931348623157" + "0" * 292),
    9007199254740992.0: ("9007199254740993", "9007199254740992.9999999999", "9007199254740992"),
    9007199254740994.0: ("9007199254740993.0000000000000000001", "9007199254740994.9"),
    1e23: ("1e23", "100000000000000000000000", "0.1e24", "1000000000000000e8"),
    1e-35: ("1e-35", "0.00000000000000000000000000000000001"),
    math.inf: ("inf", "Infinity", "+INF", "1e309", "1e999999999"),
    -math.inf: ("-inf", "-infinity", "-1e400"),
    0.0: ("0", "-0", "-0.0", "+0.", "-0e5", "1e-400", "-1e-999999999"),
    math.nan: ("", "NA", "nan", "NaN", "-nan", " "),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_number_is_the_same_however_it_is_spelled(way: str, tmp_path: Path) -> None:
    """A model whose thresholds are these numbers and their neighbours tells them all apart."""
    path = tmp_path / "model.txt"
    path.write_text(model_text.ladder([value for value in SPELLINGS if math.isfinite(value)]))
    model = open_model(path, way)
    booster = lgb.Booster(model_file=str(path))
    options = Options(missing_tokens=frozenset({"", "NA"}))
    answers = {}
    for value, words in SPELLINGS.items():
        assert math.isnan(value) or {float(word) for word in words} == {value}
        answers[value] = text(np.asarray(booster.predict(np.array([[value]]))))
        body = "".join(f"{word}\n" for word in words).encode()
        assert model.predict_csv(body, options).decode() == answers[value] * len(words), value
    # LightGBM itself takes for zero what is at most 1e-35, and what is smaller still
    assert len(set(answers.values())) == len(SPELLINGS) - 3


def test_the_served_answer_is_exact_too(served: Container, binary_folder: Path) -> None:
    values = models.rows(seed=4)
    status, answer, _ = served.request("POST", "/invocations", models.to_csv(values))
    booster = lgb.Booster(model_file=str(binary_folder / "model.txt"))
    assert (status, answer) == (200, text(np.asarray(booster.predict(values))))
