"""The small decisions: the problem, the splits, the configurations, the ensemble."""

import numpy as np
import pytest

from autolote.local.automl import ensemble, folds, problem
from autolote.local.automl.metrics import OBJECTIVES, rmse
from autolote.local.automl.portfolio import PORTFOLIO, SEARCHED, Portfolio, Trial
from autolote.local.automl.problem import TrainingError

KINDS = ("BinaryClassification", "MulticlassClassification", "Regression")


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        (["0", "1"], KINDS[0]),
        (["yes", "no"], KINDS[0]),
        (["1.5", "2.5"], KINDS[0]),
        (["a", "b", "c"], KINDS[1]),
        ([str(n) for n in range(20)], KINDS[1]),
        ([str(n) for n in range(21)], KINDS[2]),
        (["0.1", "0.2", "0.3"], KINDS[2]),
        (["1", "2", "x"], KINDS[1]),
    ],
)
def test_the_problem_type_is_inferred_from_the_target(target: list[str], kind: str) -> None:
    assert problem.infer_type(target * 30) == kind
    found = problem.resolve(target * 30, name="y", problem_type=None, objective=None)
    assert (found.type, found.objective) == (kind, OBJECTIVES[kind][0])


def test_objectives_default_to_those_of_autopilot() -> None:
    assert [OBJECTIVES[kind][0] for kind in KINDS] == ["F1", "Accuracy", "MSE"]


def classes(*target: str) -> tuple[str, ...]:
    return problem.resolve(target, name="y", problem_type=None, objective=None).classes


def test_classes_keep_their_spelling_and_are_in_the_order_of_their_numbers() -> None:
    assert classes("10", "9", "1.0") == ("1.0", "9", "10")
    assert classes("no", "yes", "no") == ("no", "yes")
    assert classes("1", "0") == ("0", "1")
    assert classes("setosa", " setosa", "virginica") == (" setosa", "setosa", "virginica")


REFUSALS = {
    "three values": (["a", "b", "c"], KINDS[0], None, "has 3 distinct values"),
    "one value": (["a", "a"], KINDS[1], None, "has a single value"),
    "too many classes": ([f"c{n}" for n in range(1001)], KINDS[1], None, "at most 1000 classes"),
    "another type's metric": (["a", "b"], KINDS[0], "MSE", "use one of F1, Accuracy, AUC"),
    "a metric that is not selectable": (["a", "b"], KINDS[0], "LogLoss", "use one of F1"),
    "another type": (["a", "b"], "TimeSeriesForecasting", None, "is not supported"),
}


@pytest.mark.parametrize(("target", "kind", "objective", "named"), REFUSALS.values(), ids=REFUSALS)
def test_a_target_that_does_not_fit_is_refused_by_name(
    target: list[str], kind: str, objective: str | None, named: str
) -> None:
    with pytest.raises(TrainingError) as raised:
        problem.resolve(target, name="y", problem_type=kind, objective=objective)
    assert named in str(raised.value)


@pytest.mark.parametrize("cell", ["abc", "inf", "1,5"])
def test_a_regression_target_must_be_numbers(cell: str) -> None:
    posed = problem.resolve(["1"], name="y", problem_type=KINDS[2], objective=None)
    with pytest.raises(TrainingError, match="Target attribute y holds"):
        problem.encode(posed, ["1", cell], name="y")


def test_every_row_of_a_small_table_is_held_out_once() -> None:
    splits = folds.split(classes=None, rows=603, fraction=0.2, seed=1)
    assert len(splits) == 5
    held_out = np.concatenate([split.held_out for split in splits])
    assert sorted(held_out) == list(range(603))
    for split in splits:
        assert not set(split.fitted) & set(split.held_out)
        assert len(split.held_out) == pytest.approx(0.2 * 603, abs=1)


@pytest.mark.parametrize("fraction", [0.05, 0.1, 0.25, 0.5, 0.8])
def test_the_fraction_held_out_is_the_one_asked_for(fraction: float) -> None:
    for rows in (1000, 50_000):
        first = folds.split(classes=None, rows=rows, fraction=fraction, seed=1)[0]
        wanted = max(fraction, 0.1) if rows == 1000 else fraction
        assert len(first.held_out) == pytest.approx(wanted * rows, abs=1)
        assert len(first.held_out) + len(first.fitted) == rows


@pytest.mark.parametrize("rows", [1000, 50_000])
def test_every_split_has_the_classes_in_proportion(rows: int) -> None:
    labels = (np.arange(rows) % 100 == 0).astype(np.int64)
    for split in folds.split(classes=labels, rows=rows, fraction=0.2, seed=1):
        assert labels[split.held_out].sum() == pytest.approx(rows / 500, abs=1)


def test_many_rows_are_split_once() -> None:
    assert len(folds.split(classes=None, rows=20_001, fraction=0.2, seed=1)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_portfolio_begins_with_six_different_configurations(kind: str) -> None:
    assert len({choice.label for choice in PORTFOLIO[kind]}) == 6
    chosen = [Portfolio(problem_type=kind, seed=1).choose(index, []) for index in range(6)]
    assert tuple(chosen) == PORTFOLIO[kind]


def test_later_choices_depend_on_the_finished_trials_and_not_on_the_process() -> None:
    def choose(index: int, *trials: Trial) -> dict[str, object]:
        return dict(Portfolio(problem_type=KINDS[2], seed=1).choose(index, trials).params)

    assert choose(8) == choose(8)
    assert choose(8) != choose(9)
    tuned = Trial(label=SEARCHED, params=choose(6), loss=0.5)
    mutated = choose(7, tuned)
    kept = [name for name in mutated if mutated[name] == tuned.params[name]]
    assert len(mutated) - 3 <= len(kept) < len(mutated)
    worse = Trial(label=SEARCHED, params=choose(8), loss=0.9)
    assert choose(7, tuned, worse) == mutated


def test_the_ensemble_is_better_than_its_best_member() -> None:
    truth = np.array([1.0, 2, 3, 4])
    library = [truth + 0.5, truth - 0.4, truth * 0]

    def loss(predicted: np.ndarray) -> float:
        return rmse(truth, predicted, np.ones(4))

    weights = ensemble.select(library, loss)
    assert set(weights) == {0, 1}
    assert sum(weights.values()) == pytest.approx(1)
    assert loss(ensemble.blend(library, weights)) < min(map(loss, library))


def test_a_candidate_that_nothing_improves_stays_alone() -> None:
    truth = np.array([1.0, 2])
    weights = ensemble.select([truth + 9, truth], lambda p: rmse(truth, p, np.ones(2)))
    assert weights == {1: 1.0}


def test_an_ensemble_has_few_members() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(size=200)
    library = [truth + random.normal(size=200) for _ in range(12)]
    weights = ensemble.select(library, lambda p: rmse(truth, p, np.ones(200)))
    assert len(weights) == ensemble.MAX_MEMBERS
