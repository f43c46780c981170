"""With the real worker and the real model servers: what is trained can be scored with."""

import csv
import io
import random
from collections.abc import Iterator
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from autolote.local.sagemaker import Programs

from .account import BUCKET, ROLE, Account, automl_request


@pytest.fixture(scope="module")
def real(s3_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    account = Account(tmp_path_factory.mktemp("real"), s3_url, programs=Programs())
    yield account
    account.close()


def lines(count: int, *, seed: int) -> list[list[object]]:
    """Rows of two numbers and whether their sum is above 1."""
    draw = random.Random(seed)
    pairs = [(draw.random(), draw.random()) for _ in range(count)]
    return [[first, second, "yes" if first + second > 1 else "no"] for first, second in pairs]


def as_csv(table: list[list[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue()


def test_the_best_candidate_scores_new_rows(real: Account) -> None:
    """AutoML job, CreateModel from its containers, transform job with ids: the predictions are
    right for almost every row."""
    real.put("flow/train.csv", "a,b,y\n" + as_csv(lines(600, seed=1)))
    criteria = {"MaxCandidates": 2, "MaxAutoMLJobRuntimeInSeconds": 600}
    problem = {"TargetAttributeName": "y", "Mode": "ENSEMBLING", "CompletionCriteria": criteria}
    real.sagemaker.create_auto_ml_job_v2(
        **automl_request("flow", AutoMLProblemTypeConfig={"TabularJobConfig": problem})
    )
    job = real.finish_automl("flow", seconds=40)
    assert job["AutoMLJobStatus"] == "Completed", job.get("FailureReason")
    (container,) = job["BestCandidate"]["InferenceContainers"]
    container["Environment"]["SAGEMAKER_INFERENCE_OUTPUT"] = "predicted_label,probability"
    real.sagemaker.create_model(ModelName="flow", Containers=[container], ExecutionRoleArn=ROLE)

    table = lines(200, seed=2)
    real.put("flow/in/a.csv", as_csv([[f"id-{n}", *row[:2]] for n, row in enumerate(table)]))
    scored = real.transform(
        "flow",
        DataProcessing={
            "InputFilter": "$[1:]",
            "JoinSource": "Input",
            "OutputFilter": "$[0,-2,-1]",
        },
    )
    assert scored["TransformJobStatus"] == "Completed", scored.get("FailureReason")
    output = [line.split(",") for line in real.text("flow/out/a.csv.out").splitlines()]
    assert [row[0] for row in output] == [f"id-{n}" for n in range(200)]
    right = sum(row[1] == truth[2] for row, truth in zip(output, table, strict=True))
    assert right > 180
    assert all(0.5 <= float(row[2]) <= 1 for row in output)


def test_a_model_txt_scores_as_lightgbm_does(real: Account, tmp_path: Path) -> None:
    """The scoring image: no ModelDataUrl, the container reads model.txt from S3 itself."""
    draw = np.random.default_rng(3)
    features = draw.random((300, 3))
    data = lightgbm.Dataset(features, label=features.sum(axis=1))
    booster = lightgbm.train(
        {"objective": "regression", "verbose": -1, "num_threads": 1}, data, num_boost_round=5
    )
    booster.save_model(tmp_path / "model.txt")
    real.put("p/e/model.txt", (tmp_path / "model.txt").read_bytes())
    environment = {
        "MODEL_S3_BUCKET": BUCKET,
        "MODEL_S3_KEY": "p/e/model.txt",
        "PROJECT_ID": "p",
        "EXPERIMENT_ID": "e",
    }
    real.sagemaker.create_model(
        ModelName="text",
        PrimaryContainer={
            "Image": "123456789012.dkr.ecr.sa-east-1.amazonaws.com/autolote-local-scoring:1",
            "Environment": environment,
        },
        ExecutionRoleArn=ROLE,
    )
    real.put("text/in/a.csv", as_csv([list(row) for row in features.tolist()]))
    job = real.transform("text")
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    predicted = [float(line) for line in real.text("text/out/a.csv.out").splitlines()]
    assert np.allclose(predicted, booster.predict(features), rtol=0, atol=1e-12)
