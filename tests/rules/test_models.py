"""What models take and write: LightGBM's text, Autopilot's containers, filters and columns."""

from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
from rules import candidates, inference, model_text


def booster(objective: str, names: list[str] | None, **parameters: Any) -> bytes:
    """A real model.txt of three columns."""
    random = np.random.default_rng(0)
    features = random.normal(size=(60, 3))
    label = np.arange(60) % (3 if "multi" in objective else 2)
    data = lightgbm.Dataset(features, label=label, feature_name=names or "auto")
    settings = {"objective": objective, "verbosity": -1, "num_threads": 1, **parameters}
    model = lightgbm.train(settings, data, 2)
    text: str = model.model_to_string()
    return text.encode()


@pytest.mark.parametrize(
    ("objective", "parameters", "problem", "classes"),
    [
        ("binary", {}, "BinaryClassification", 1),
        ("multiclass", {"num_class": 3}, "MulticlassClassification", 3),
        ("multiclassova", {"num_class": 3}, "MulticlassClassification", 3),
        ("regression", {}, "Regression", 1),
        ("poisson", {}, "Regression", 1),
        ("cross_entropy", {}, "Regression", 1),
    ],
)
def test_the_head_of_a_real_model_is_read(
    objective: str, parameters: dict[str, Any], problem: str, classes: int
) -> None:
    text = booster(objective, ["x", "two_words", "z"], **parameters)
    told = model_text.read(text[:600])
    assert model_text.is_whole(text[:600])
    assert told.features == ("x", "two_words", "z")
    assert (told.problem_type, told.classes, told.named) == (problem, classes, True)
    assert told.objective.startswith(objective)


def test_a_model_trained_without_names_has_none() -> None:
    assert model_text.read(booster("binary", None)).named is False


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((b"tree\n", b"not a tree\n"), "first line"),
        ((b"max_feature_idx=2", b"max_feature_idx=7"), "does not fit 3 feature_names"),
        ((b"max_feature_idx=2", b"max_feature_idx=two"), "is not a number"),
        ((b"feature_names=", b"names="), "feature_names are missing"),
        ((b"num_class=1", b"num_class=4"), "objective regression has one output, and num_class=4"),
    ],
)
def test_what_is_no_model_is_refused_with_the_reason(
    change: tuple[bytes, bytes], words: str
) -> None:
    with pytest.raises(model_text.ModelTextError, match=words):
        model_text.read(booster("regression", ["x", "y", "z"]).replace(*change, 1))


def test_a_custom_objective_may_have_several_outputs() -> None:
    text = booster("multiclass", None, num_class=3).replace(
        b"objective=multiclass num_class:3\n", b""
    )
    told = model_text.read(text)
    assert (told.objective, told.problem_type, told.classes) == ("", "Regression", 3)


@pytest.mark.parametrize(
    ("lists", "replaced"),
    [
        ("", False),
        ("pandas_categorical:null\n", False),
        ("pandas_categorical:[]\n", False),
        ("pandas_categorical:[[0, 1, 2], [0.0, 1.0], []]\n\n", False),
        ("pandas_categorical:[[0, 1, 2], [0, 2]]\n", True),
        ("pandas_categorical:[[1, 0]]\r\n", True),
        ('pandas_categorical:[["0", "1"]]', True),
        ("pandas_categorical:[[false, true]]\n", True),
        ("pandas_categorical:[[10, 2\n", True),
        ("pandas_categorical:[[10, 20]]\nwritten by hand\n", True),
    ],
)
def test_categories_are_right_in_a_csv_when_each_is_its_own_position(
    lists: str, replaced: bool
) -> None:
    """Or when none are told; LightGBM's own package is what would replace the others."""
    tail = f"[num_gpu: 1]\n\nend of parameters\n\n{lists}".encode()
    found = model_text.replaced_categories(tail, whole=False)
    assert (found is not None) is replaced
    if replaced:
        assert found == lists.strip().removeprefix("pandas_categorical:").split("\n")[0]


def test_a_list_that_begins_before_the_tail_is_too_long_to_be_right() -> None:
    text = b"pandas_categorical:[[" + b"7, " * 100 + b"7]]\n"
    assert model_text.replaced_categories(text[-50:], whole=False)
    assert model_text.replaced_categories(b"end of parameters\n", whole=True) is None


def test_the_categories_of_a_real_model_are_found() -> None:
    frame = pd.DataFrame({"x": np.arange(80.0), "c": pd.Categorical([10, 20] * 40)})
    model = lightgbm.train({"verbosity": -1}, lightgbm.Dataset(frame, label=frame["x"]), 2)
    text = model.model_to_string().encode()
    assert model_text.replaced_categories(text[-100:], whole=False) == "[[10, 20]]"


def containers(count: int) -> list[dict[str, Any]]:
    return [{"Image": f"i{n}", "ModelDataUrl": f"s3://m{n}"} for n in range(count)]


def environments(count: int, *wanted: str) -> list[dict[str, str]]:
    edited = inference.automl_containers(containers(count), wanted=wanted)
    assert [c["Image"] for c in edited] == [f"i{n}" for n in range(count)]
    return [c["Environment"] for c in edited]


OUTPUT, INPUT = "SAGEMAKER_INFERENCE_OUTPUT", "SAGEMAKER_INFERENCE_INPUT"


def test_an_ensemble_is_told_in_its_one_container() -> None:
    assert environments(1, "predicted_label", "labels") == [{OUTPUT: "predicted_label,labels"}]


def test_a_tuned_classifier_is_told_in_its_second_and_third_container() -> None:
    assert environments(3, "predicted_label", "probability", "labels") == [
        {},
        {OUTPUT: "predicted_label,probability"},
        {INPUT: "predicted_label,probability", OUTPUT: "predicted_label,probability,labels"},
    ]
    assert environments(3, "labels")[1:] == [
        {OUTPUT: "predicted_label"},
        {INPUT: "predicted_label", OUTPUT: "labels"},
    ]


@pytest.mark.parametrize("count", [1, 2])
def test_a_regression_is_left_as_autopilot_made_it(count: int) -> None:
    assert environments(count) == [{}] * count


def test_what_autopilot_set_stays_and_its_containers_are_not_changed_in_place() -> None:
    given = [{"Image": "i", "ModelDataUrl": "s3://m", "Environment": {"MODEL_NAME": "n"}}]
    edited = inference.automl_containers(given, wanted=["labels"])
    assert edited[0]["Environment"] == {"MODEL_NAME": "n", OUTPUT: "labels"}
    assert given[0]["Environment"] == {"MODEL_NAME": "n"}


@pytest.mark.parametrize(
    ("ids", "outputs", "output_filter"),
    [(1, 2, "$[0,-2,-1]"), (2, 1, "$[0,1,-1]"), (1, 4, "$[0,-4,-3,-2,-1]")],
)
def test_ids_are_hidden_from_the_model_and_written_before_its_columns(
    ids: int, outputs: int, output_filter: str
) -> None:
    assert inference.data_processing(ids=ids, outputs=outputs) == {
        "InputFilter": f"$[{ids}:]",
        "JoinSource": "Input",
        "OutputFilter": output_filter,
    }


def test_without_ids_nothing_is_joined() -> None:
    assert inference.data_processing(ids=0, outputs=2) is None


@pytest.mark.parametrize(
    ("problem", "output", "columns"),
    [
        ("Regression", None, ("prediction",)),
        ("BinaryClassification", None, ("predicted_label", "probability")),
        ("MulticlassClassification", ["labels"], ("labels",)),
    ],
)
def test_the_columns_of_the_output_follow_from_the_problem(
    problem: str, output: list[str] | None, columns: tuple[str, ...]
) -> None:
    assert inference.columns(problem_type=problem, output=output) == columns


def candidate(name: str, value: float | None, kind: str = "Maximize") -> dict[str, Any]:
    final = {"MetricName": "F1", "Value": value, "Type": kind}
    return {
        "CandidateName": name,
        **({"FinalAutoMLJobObjectiveMetric": final} if value is not None else {}),
    }


@pytest.mark.parametrize(
    ("kind", "order"), [("Maximize", ["b", "c", "a", "d"]), ("Minimize", ["b", "a", "c", "d"])]
)
def test_the_leaderboard_begins_with_autopilots_choice(kind: str, order: list[str]) -> None:
    board = [candidate("d", None)]
    board += [candidate(n, v, kind) for n, v in (("a", 0.1), ("b", 0.5), ("c", 0.9))]
    assert [c["CandidateName"] for c in candidates.best_first(board, "b")] == order


def test_the_problem_that_autopilot_found_counts_more_than_the_one_it_was_told() -> None:
    told = {"AutoMLProblemTypeConfig": {"TabularJobConfig": {"ProblemType": "Regression"}}}
    found = {
        "AutoMLProblemTypeResolvedAttributes": {
            "TabularResolvedAttributes": {"ProblemType": "BinaryClassification"}
        }
    }
    assert candidates.problem_type(told) == "Regression"
    assert candidates.problem_type({**told, "ResolvedAttributes": found}) == "BinaryClassification"
    assert candidates.problem_type({}) is None


@pytest.mark.parametrize(
    ("problem", "classes", "output", "columns"),
    [
        ("BinaryClassification", 1, None, ("prediction",)),
        ("MulticlassClassification", 3, None, ("prediction_0", "prediction_1", "prediction_2")),
        ("MulticlassClassification", 3, ["predicted_label"], ("predicted_label",)),
        ("Regression", 1, None, ("prediction",)),
        ("Regression", 2, None, ("prediction_0", "prediction_1")),
    ],
)
def test_a_model_of_the_teams_own_writes_what_lightgbm_predicts_unless_asked(
    problem: str, classes: int, output: list[str] | None, columns: tuple[str, ...]
) -> None:
    assert inference.columns(problem_type=problem, output=output, classes=classes) == columns
