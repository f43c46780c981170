"""Autopilot's metrics, against values worked by hand."""

import math

import numpy as np
import pytest

from autolote.local.automl import metrics

ONES = np.ones(4)

# Truth 1 1 0 0; scored 0.9 0.4 0.6 0.1: one true positive, one false negative, one false positive,
# one true negative. Of the four pairs of a positive and a negative, three are in order.
TRUTH = np.array([1, 1, 0, 0])
SCORE = np.array([0.9, 0.4, 0.6, 0.1])


def test_binary_metrics() -> None:
    found = metrics.leaderboard("BinaryClassification", TRUTH.astype(float), SCORE, ONES)
    assert found == pytest.approx(
        {
            "Accuracy": 1 / 2,
            "BalancedAccuracy": 1 / 2,
            "F1": 1 / 2,
            "Precision": 1 / 2,
            "Recall": 1 / 2,
            "AUC": 3 / 4,
            "LogLoss": -(math.log(0.9) + math.log(0.4) + math.log(0.4) + math.log(0.9)) / 4,
        }
    )


def test_an_unbalanced_binary_problem() -> None:
    """Truth 1 0 0 0 0, predicted 1 1 0 0 0: precision 1/2, recall 1, F1 2/3; recall of the
    negatives 3/4."""
    truth, score = np.array([1.0, 0, 0, 0, 0]), np.array([0.8, 0.7, 0.2, 0.1, 0.3])
    found = metrics.leaderboard("BinaryClassification", truth, score, np.ones(5))
    assert (found["Precision"], found["Recall"]) == (1 / 2, 1)
    assert found["F1"] == pytest.approx(2 / 3)
    assert found["Accuracy"] == pytest.approx(4 / 5)
    assert found["BalancedAccuracy"] == pytest.approx((1 + 3 / 4) / 2)
    assert found["AUC"] == 1


def test_multiclass_metrics() -> None:
    """Truth a a b c, predicted a b b b. Precision: a 1, b 1/3, c 0. Recall: a 1/2, b 1, c 0. F1:
    a 2/3, b 1/2, c 0."""
    predicted = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.1, 0.7, 0.2]])
    truth = np.array([0.0, 0, 1, 2])
    found = metrics.leaderboard("MulticlassClassification", truth, predicted, ONES)
    assert found == pytest.approx(
        {
            "Accuracy": 2 / 4,
            "BalancedAccuracy": (1 / 2 + 1 + 0) / 3,
            "F1macro": (2 / 3 + 1 / 2 + 0) / 3,
            "PrecisionMacro": (1 + 1 / 3 + 0) / 3,
            "RecallMacro": (1 / 2 + 1 + 0) / 3,
            "LogLoss": -(math.log(0.6) + math.log(0.2) + math.log(0.8) + math.log(0.2)) / 4,
        }
    )


def test_a_class_that_occurs_nowhere_does_not_count_in_macro_averages() -> None:
    predicted = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]])
    found = metrics.leaderboard(
        "MulticlassClassification", np.array([0.0, 1]), predicted, np.ones(2)
    )
    assert found["F1macro"] == found["RecallMacro"] == found["PrecisionMacro"] == 1


def test_regression_metrics() -> None:
    """Errors 1, -1, 2, 0 around a target of mean 3 and variance 5/2."""
    truth, predicted = np.array([1.0, 2, 4, 5]), np.array([0.0, 3, 2, 5])
    found = metrics.leaderboard("Regression", truth, predicted, ONES)
    expected = {"MSE": 6 / 4, "RMSE": math.sqrt(1.5), "MAE": 1.0, "R2": 1 - 1.5 / 2.5}
    assert found == pytest.approx(expected)


def test_ties_in_the_score_count_half_for_auc() -> None:
    truth, score = np.array([1, 0, 1, 0]), np.array([0.5, 0.5, 0.5, 0.5])
    assert metrics.auc(truth, score, ONES) == 0.5
    assert metrics.auc(truth, np.array([0.7, 0.5, 0.5, 0.2]), ONES) == pytest.approx(3.5 / 4)
    assert metrics.auc(np.zeros(4), score, ONES) == 0.5


def test_a_weight_of_two_counts_as_the_row_twice_except_in_balanced_accuracy() -> None:
    twice = np.array([0, 1, 2, 3, 3])
    weights = np.array([1.0, 1, 1, 2])
    for kind, truth, score in (
        ("BinaryClassification", TRUTH.astype(float), SCORE),
        ("Regression", np.array([1.0, 2, 4, 5]), np.array([0.0, 3, 2, 7])),
    ):
        weighted = metrics.leaderboard(kind, truth, score, weights)
        repeated = metrics.leaderboard(kind, truth[twice], score[twice], np.ones(5))
        plain = metrics.leaderboard(kind, truth, score, ONES)
        if "BalancedAccuracy" in weighted:
            assert weighted.pop("BalancedAccuracy") == plain["BalancedAccuracy"]
            del repeated["BalancedAccuracy"]
        assert weighted == pytest.approx(repeated)


def test_a_certain_and_wrong_probability_has_a_finite_loss() -> None:
    loss = metrics.log_loss(np.array([1]), np.array([[1.0, 0.0]]), np.ones(1))
    assert loss == pytest.approx(-math.log(1e-15))


def test_every_objective_is_among_the_metrics_that_are_computed() -> None:
    truth = np.array([0.0, 1, 1, 0])
    for kind, names in metrics.OBJECTIVES.items():
        predicted = np.full((4, 3), 1 / 3) if kind.startswith("Multi") else SCORE
        assert set(names) <= set(metrics.leaderboard(kind, truth, predicted, ONES))


def test_lower_is_better_for_errors_only() -> None:
    for name in ("MSE", "RMSE", "MAE", "LogLoss"):
        assert metrics.better(name, 1.0) > metrics.better(name, 2.0)
    for name in ("R2", "F1", "AUC", "Accuracy"):
        assert metrics.better(name, 1.0) < metrics.better(name, 2.0)
