"""The output columns: LightGBM's own, or Autopilot's keys in their ENSEMBLING meaning."""

import json
from collections.abc import Mapping
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest

from container.model import open_model, options
from container.native import Header, Model
from container.settings import Settings
from tests.container import models

KEYS = "predicted_label,probability,probabilities,labels"
VALUES = models.rows(seed=5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for objective in ("binary", "multiclass", "regression"):
        classes = {"num_class": 3} if objective == "multiclass" else {}
        models.save(folder / objective, {"objective": objective, **classes})
    return folder


def lines(folder: Path, objective: str, variables: Mapping[str, str]) -> list[str]:
    """The answer for VALUES with these variables."""
    path = folder / objective / "model.txt"
    model, chosen = open_model(path, Settings.load(variables))
    return model.predict_csv(models.to_csv(VALUES), chosen).decode().splitlines()


def keys(keys: str, **more: str) -> dict[str, str]:
    return {"SAGEMAKER_INFERENCE_OUTPUT": keys, **more}


def expected(folder: Path, objective: str) -> list[float]:
    booster = lgb.Booster(model_file=str(folder / objective / "model.txt"))
    predicted: list[float] = np.asarray(booster.predict(VALUES)).tolist()
    return predicted


@pytest.mark.parametrize("objective", ["binary", "multiclass", "regression"])
def test_without_keys_the_columns_are_those_of_booster_predict(
    folder: Path, objective: str
) -> None:
    found = [[float(cell) for cell in line.split(",")] for line in lines(folder, objective, {})]
    assert np.array_equal(np.squeeze(found), expected(folder, objective))


def test_the_probability_of_a_binary_model_is_that_of_the_predicted_label(folder: Path) -> None:
    predicted = expected(folder, "binary")
    assert lines(folder, "binary", keys("predicted_label,probability")) == [
        f"1,{value!r}" if value >= 0.5 else f"0,{1 - value!r}" for value in predicted
    ]


def test_the_threshold_itself_is_a_one(folder: Path) -> None:
    predicted = expected(folder, "binary")
    threshold = sorted(predicted)[len(predicted) // 3]
    labels = [str(int(value >= threshold)) for value in predicted]
    assert "0" in labels
    assert lines(folder, "binary", {"PREDICTION_THRESHOLD": repr(threshold)}) == labels
    assert set(lines(folder, "binary", {"PREDICTION_THRESHOLD": "0"})) == {"1"}


def test_the_most_probable_class_of_several_is_predicted(folder: Path) -> None:
    predicted = expected(folder, "multiclass")
    assert lines(folder, "multiclass", keys("probability,predicted_label")) == [
        f"{max(row)!r},{row.index(max(row))}"  # type: ignore[arg-type, attr-defined]
        for row in predicted
    ]


def test_lists_are_quoted_cells_in_autopilots_format(folder: Path) -> None:
    for objective, labels in (("binary", ["0", "1"]), ("multiclass", ["0", "1", "2"])):
        for line in lines(folder, objective, keys(KEYS)):
            label, probability, probabilities, names = _cells(line)
            values = json.loads(probabilities)
            assert names == str(labels)
            assert values[int(label)] == float(probability) == max(values)
            assert probabilities == str(values)


def _cells(line: str) -> list[str]:
    label, probability, rest = line.split(",", 2)
    probabilities, names = rest.strip('"').split('","')
    return [label, probability, probabilities, names]


def test_the_label_of_a_regression_is_the_predicted_number(folder: Path) -> None:
    plain = lines(folder, "regression", {})
    assert lines(folder, "regression", keys("predicted_label")) == plain


def header(kind: str) -> Header:
    return Header(version="v4", objective=kind, kind=kind, outputs=1, feature_names=("a",), trees=1)


@pytest.mark.parametrize("kind", ["multiclass", "number"])
def test_a_threshold_is_refused_where_there_is_no_positive_class(kind: str) -> None:
    settings = Settings.load({"PREDICTION_THRESHOLD": "0.5"})
    with pytest.raises(ValueError, match=r"PREDICTION_THRESHOLD=0\.5 needs a binary model"):
        options(header(kind), settings)


def test_probabilities_are_refused_where_there_are_no_classes() -> None:
    with pytest.raises(ValueError, match="only predicted_label is possible"):
        options(header("number"), Settings.load(keys(KEYS)))


def test_a_label_is_refused_where_several_outputs_have_no_meaning() -> None:
    header = Header(
        version="v4", objective="custom", kind="number", outputs=3, feature_names=("a",), trees=3
    )
    with pytest.raises(ValueError, match="has 3 and the objective 'custom'"):
        options(header, Settings.load({"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label"}))
    assert options(header, Settings.load({})).output_keys == ()


def test_a_blank_line_is_a_missing_value_for_a_model_of_one_feature(tmp_path: Path) -> None:
    data = lgb.Dataset(VALUES[:, :1], label=np.nan_to_num(VALUES[:, 0]), feature_name=["a"])
    params = {"objective": "regression", "verbosity": -1, "num_threads": 1}
    booster = lgb.train(params, data, 3)
    booster.save_model(tmp_path / "model.txt")
    model = Model.open(tmp_path / "model.txt")
    found = [float(line) for line in model.predict_csv(b"1\n\n3\n").split()]
    assert found == booster.predict(np.array([[1.0], [np.nan], [3.0]])).tolist()


def test_own_missing_tokens_replace_the_usual_ones(folder: Path) -> None:
    path = folder / "binary" / "model.txt"
    model, chosen = open_model(path, Settings.load({"MISSING_TOKENS": "-, ?"}))
    blank = model.predict_csv(b",,,\n", chosen)
    assert model.predict_csv(b"-,?,,-\n", chosen) == blank
    with pytest.raises(ValueError, match="row 1, column 1 \\(age\\): 'NA' is not a number"):
        model.predict_csv(b"NA,1,1,1\n", chosen)


def test_a_header_for_a_model_without_feature_names_only_needs_their_number(
    tmp_path: Path,
) -> None:
    data = lgb.Dataset(VALUES[:, :2], label=np.nan_to_num(VALUES[:, 0]))
    params = {"objective": "regression", "verbosity": -1, "num_threads": 1}
    lgb.train(params, data, 3).save_model(tmp_path / "model.txt")
    model, chosen = open_model(tmp_path / "model.txt", Settings.load({"HAS_HEADER": "true"}))
    assert model.predict_csv(b"x,y\n1,2\n", chosen).count(b"\n") == 1
