"""Runs from an event to verified predictions, in the deployed local account."""

import json
from typing import Any

from tests.e2e import tables
from tests.e2e.conftest import Pipeline


def request(experiment: str, **parts: Any) -> dict[str, Any]:
    return {"project_id": "customers", "experiment_id": experiment, "max_cost_usd": 50.0, **parts}


def train(target: str, **more: Any) -> dict[str, Any]:
    # 240 seconds of the account are 4 of the machine's.
    return {
        "method": "automl",
        "data": "data/train.csv",
        "target": target,
        "max_runtime_seconds": 240,
    } | more


def test_a_binary_run_returns_every_row_with_its_id_label_and_probability(
    pipeline: Pipeline,
) -> None:
    """Categories with commas and accents, dates and missing cells are trained on and scored; each
    output row holds its input row's id, and the model beats guessing by far."""
    asked = request(
        "binary",
        train=train("churned", problem_type="BinaryClassification", objective="F1"),
        gate={"metric": "F1", "at_least": 0.7},
        score={
            "data": "data/score.csv",
            "has_header": True,
            "id_columns": ["customer"],
            "output": ["predicted_label", "probability"],
        },
    )
    rows = tables.customers(900, seed=1)
    scored = tables.with_ids(tables.customers(400, seed=2), "customer", "c-{:04d}".format)
    pipeline.upload(
        asked,
        train=tables.to_csv(rows, [*tables.FEATURES, "churned"]),
        score=tables.to_csv(scored, ["customer", *tables.FEATURES]),
    )
    pipeline.send(asked)
    execution = pipeline.wait("customers-binary")

    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    manifest = pipeline.read(execution, "manifest.json")
    out = pipeline.predictions(manifest)
    assert manifest["rows_in"] == manifest["rows_out"] == len(out) == 400
    assert manifest["output"]["columns"] == ["customer", "predicted_label", "probability"]
    assert [row[0] for row in out] == [row["customer"] for row in scored]
    assert tables.accuracy([(o[1], s["churned"]) for o, s in zip(out, scored, strict=True)]) > 0.8
    assert all(0.0 <= float(row[2]) <= 1.0 for row in out)
    assert manifest["metrics"]["F1"] >= 0.7
    assert len(manifest["leaderboard"]) > 1


def test_a_regression_run_without_header_or_ids_keeps_the_order(pipeline: Pipeline) -> None:
    """Two objects without a header, no id column: one number per row, in the objects' order."""
    asked = request(
        "regression",
        train=train("value", problem_type="Regression", objective="RMSE"),
        gate={"metric": "R2", "at_least": 0.5},
        score={
            "data": "data/parts/",
            "has_header": False,
            "strategy": "MultiRecord",
            "max_payload_mb": 1,
        },
    )
    rows, scored = tables.customers(900, seed=3), tables.customers(300, seed=4)
    pipeline.upload(asked, train=tables.to_csv(rows, [*tables.FEATURES, "value"]))
    for part, chunk in (("a", scored[:100]), ("b", scored[100:])):
        pipeline.upload(
            asked, **{f"parts/{part}": tables.to_csv(chunk, tables.FEATURES, header=False)}
        )
    pipeline.send(asked)
    execution = pipeline.wait("customers-regression")

    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    manifest = pipeline.read(execution, "manifest.json")
    out = pipeline.predictions(manifest)
    assert manifest["rows_in"] == manifest["rows_out"] == len(out) == 300
    pairs = [(float(o[0]), float(s["value"])) for o, s in zip(out, scored, strict=True)]
    assert tables.r2(pairs) > 0.5


def test_training_alone_publishes_a_model_that_a_later_request_scores_with(
    pipeline: Pipeline,
) -> None:
    """Train once, score later: the second request names the first run."""
    first = request("later", train=train("churned"), token="train-once")
    rows, scored = tables.customers(700, seed=5), tables.customers(60, seed=6)
    pipeline.upload(
        first,
        train=tables.to_csv(rows, [*tables.FEATURES, "churned"]),
        score=tables.to_csv(scored, tables.FEATURES, header=False),
    )
    pipeline.send(first)
    trained = pipeline.wait("customers-later")
    assert trained["status"] == "SUCCEEDED", trained.get("cause")
    assert pipeline.read(trained, "manifest.json")["rows_out"] is None
    assert "StartTransform" not in pipeline.states(trained)

    second = request(
        "later",
        model={"run_id": trained["name"]},
        score={"data": "data/score.csv", "has_header": False},
    )
    pipeline.send(second)
    later = pipeline.wait("customers-later", after=(trained["name"],))
    assert later["status"] == "SUCCEEDED", later.get("cause")
    assert "StartAutoML" not in pipeline.states(later)
    assert pipeline.read(later, "manifest.json")["rows_out"] == 60


def test_a_model_below_the_gate_never_scores(pipeline: Pipeline) -> None:
    """The gate's failure is named, nothing is scored, and failure.json says what happened."""
    asked = request(
        "gated",
        train=train("churned", problem_type="BinaryClassification", objective="Accuracy"),
        gate={"metric": "Accuracy", "at_least": 0.9999},
        score={"data": "data/score.csv", "has_header": True},
    )
    pipeline.upload(
        asked,
        train=tables.to_csv(tables.customers(600, seed=7), [*tables.FEATURES, "churned"]),
        score=tables.to_csv(tables.customers(20, seed=8), tables.FEATURES),
    )
    pipeline.send(asked)
    execution = pipeline.wait("customers-gated")

    assert (execution["status"], execution["error"]) == ("FAILED", "GateNotMet")
    assert "0.9999" in execution["cause"]
    states = pipeline.states(execution)
    assert "CreateModel" not in states
    assert states[-3:] == ["StopJobs", "NotifyFailure", "RunFailed"]
    assert pipeline.read(execution, "failure.json")["error"]["name"] == "GateNotMet"


def test_a_bad_request_is_refused_with_every_reason_before_anything_starts(
    pipeline: Pipeline,
) -> None:
    """Five things are wrong; all five are named, and no job was asked for."""
    asked = request(
        "refused",
        train=train("no_such_column", data="data/short.csv"),
        score={
            "data": "data/missing/",
            "has_header": True,
            "max_payload_mb": 50,
            "max_concurrent_transforms": 4,
            "instance_type": "ml.c5.large",
        },
    )
    rows = tables.customers(499, seed=9)
    pipeline.upload(asked, short=tables.to_csv(rows, [*tables.FEATURES, "churned"]))
    pipeline.send(asked)
    execution = pipeline.wait("customers-refused")

    assert (execution["status"], execution["error"]) == ("FAILED", "InvalidRequest")
    for reason in ("no_such_column", "499", "data/missing/", "100", "ml.c5.large"):
        assert reason in execution["cause"], reason
    assert pipeline.states(execution)[:2] == ["ValidateRequest", "StopJobs"]
    assert json.loads(json.loads(execution["cause"])["errorMessage"])
