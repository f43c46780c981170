"""An AutoML job from its data to its best candidate, with a small worker that is a real process."""

import gzip
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .account import ACCOUNT, BUCKET, REGION, ROLE, Account, automl_request, wait_for


def table(target: str = "y", count: int = 500) -> str:
    return f"x,{target}\n" + "".join(f"{n},{n % 2}\n" for n in range(count))


def tabular(**changes: Any) -> dict[str, Any]:
    return {"AutoMLProblemTypeConfig": {"TabularJobConfig": {"TargetAttributeName": "y"} | changes}}


def train(account: Account, name: str, **changes: Any) -> Any:
    account.put(f"{name}/train.csv", table())
    account.sagemaker.create_auto_ml_job_v2(**automl_request(name, **changes))
    return account.finish_automl(name)


def test_a_job_ends_with_a_best_candidate_that_can_be_used(account: Account) -> None:
    """Completed; the objective and the problem type that were found out; a container whose model
    is really in S3; reports beside it."""
    job = train(account, "best", Tags=[{"Key": "team", "Value": "red"}])
    assert job["AutoMLJobStatus"] == "Completed"
    assert job["AutoMLProblemTypeConfigName"] == "Tabular"
    assert "PartialFailureReasons" not in job
    best = job["BestCandidate"]
    assert best["CandidateName"] == "best-second"
    assert best["FinalAutoMLJobObjectiveMetric"] == {
        "Type": "Maximize",
        "MetricName": "F1",
        "StandardMetricName": "F1",
        "Value": 0.875,
    }
    folder = f"s3://{BUCKET}/best/automl/best"
    (container,) = best["InferenceContainers"]
    assert container == {
        "Image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/autolote-local-automl:1-cpu-py3",
        "ModelDataUrl": f"{folder}/model/second/model.tar.gz",
        "Environment": {
            "MODEL_NAME": "LightGBM",
            "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
            "SAGEMAKER_PROGRAM": "sagemaker_serve",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            "SAGEMAKER_INFERENCE_OUTPUT": "predicted_label",
            "SAGEMAKER_INFERENCE_SUPPORTED": "predicted_label,probability,probabilities,labels",
        },
    }
    assert best["InferenceContainerDefinitions"] == {"CPU": [container]}
    assert "best/automl/best/model/second/model.tar.gz" in account.keys("best/automl/")
    assert best["CandidateProperties"]["CandidateArtifactLocations"] == {
        "Explainability": f"{folder}/explainability/second.json",
        "ModelInsights": f"{folder}/insights/second.json",
    }
    assert job["ResolvedAttributes"] == {
        "AutoMLJobObjective": {"MetricName": "F1"},
        "CompletionCriteria": {"MaxCandidates": 250},
        "AutoMLProblemTypeResolvedAttributes": {
            "TabularResolvedAttributes": {"ProblemType": "BinaryClassification"}
        },
    }
    notebook = "SageMakerAutopilotDataExplorationNotebook.ipynb"
    assert job["AutoMLJobArtifacts"]["DataExplorationNotebookLocation"] == f"{folder}/{notebook}"
    assert job["CreationTime"] < job["EndTime"] == job["LastModifiedTime"]
    account.sagemaker.create_model(ModelName="best", Containers=[container], ExecutionRoleArn=ROLE)


def test_metrics_that_cannot_be_an_objective_are_reported_by_their_standard_name(
    account: Account,
) -> None:
    """LogLoss is in the extended enumeration only; a value that is no number is left out."""
    metrics = train(account, "metrics")["BestCandidate"]["CandidateProperties"]["CandidateMetrics"]
    assert metrics == [
        {
            "MetricName": "Accuracy",
            "StandardMetricName": "Accuracy",
            "Value": 0.875,
            "Set": "Validation",
        },
        {"StandardMetricName": "LogLoss", "Value": 0.125, "Set": "Validation"},
    ]


@pytest.mark.parametrize(
    ("name", "criteria", "secondary"),
    [
        ("no-limit", {}, "Completed"),
        ("time-limit", {"MaxAutoMLJobRuntimeInSeconds": 600}, "MaxAutoMLJobRuntimeReached"),
        ("candidates", {"MaxCandidates": 2}, "MaxCandidatesReached"),
    ],
)
def test_a_limit_that_the_request_set_is_the_last_secondary_status(
    account: Account, name: str, criteria: dict[str, int], secondary: str
) -> None:
    job = train(account, name, **tabular(CompletionCriteria=criteria))
    assert (job["AutoMLJobStatus"], job["AutoMLJobSecondaryStatus"]) == ("Completed", secondary)


def worker_request(account: Account, name: str) -> dict[str, Any]:
    """What the worker of a running job was asked; the folder goes when the job ends."""
    path = account.home / "work/automl-job" / name / "request.json"
    found: dict[str, Any] = json.loads(wait_for(lambda: path.exists() and path.read_text(), bool))
    return found


@pytest.fixture
def running(account: Account, request: pytest.FixtureRequest) -> Any:
    """Starts a job that works for a minute; it is stopped at the end of the test."""
    started = []

    def start(name: str, **changes: Any) -> None:
        account.put(f"{name}/train.csv", table("slow"))
        tabular_config = {"TargetAttributeName": "slow"} | changes.pop("tabular", {})
        problem = {"AutoMLProblemTypeConfig": {"TabularJobConfig": tabular_config}}
        account.sagemaker.create_auto_ml_job_v2(**automl_request(name, **problem, **changes))
        started.append(name)

    yield start
    for name in started:
        if account.sagemaker.describe_auto_ml_job_v2(AutoMLJobName=name)["AutoMLJobStatus"] in (
            "InProgress",
            "Stopping",
        ):
            account.sagemaker.stop_auto_ml_job(AutoMLJobName=name)
            account.finish_automl(name)


def test_the_worker_is_given_run_times_in_real_seconds(account: Account, running: Any) -> None:
    """The requested times, divided by the account's speed (60), but at least 3 seconds."""
    account.put("times/features.json", json.dumps({"FeatureAttributeNames": ["x"]}))
    running(
        "times",
        AutoMLJobObjective={"MetricName": "RMSE"},
        DataSplitConfig={"ValidationFraction": 0.25},
        tabular={
            "ProblemType": "Regression",
            "CompletionCriteria": {
                "MaxCandidates": 7,
                "MaxAutoMLJobRuntimeInSeconds": 600,
                "MaxRuntimePerTrainingJobInSeconds": 60,
            },
            "SampleWeightAttributeName": "w",
            "FeatureSpecificationS3Uri": f"s3://{BUCKET}/times/features.json",
        },
    )
    asked = worker_request(account, "times")
    assert asked.pop("threads") >= 1
    assert asked == {
        "job_name": "times",
        "target": "slow",
        "problem_type": "Regression",
        "objective": "RMSE",
        "max_candidates": 7,
        "budget_seconds": 10.0,
        "max_seconds_per_candidate": 3.0,
        "validation_fraction": 0.25,
        "feature_names": ["x"],
        "sample_weight_column": "w",
    }


def test_without_limits_the_worker_has_a_minute(account: Account, running: Any) -> None:
    running("minute")
    asked = worker_request(account, "minute")
    assert asked["budget_seconds"] == 60.0
    assert asked["validation_fraction"] == 0.2
    unset = ("problem_type", "objective", "max_candidates", "max_seconds_per_candidate")
    assert [asked[member] for member in unset] == [None] * 4


def test_candidates_are_listed_while_others_train(account: Account, running: Any) -> None:
    """With their metrics; without a container, because their model is not in S3 yet. Which metric
    is the objective is known only if the request says so."""
    running(
        "listed",
        AutoMLJobObjective={"MetricName": "Accuracy"},
        tabular={"ProblemType": "BinaryClassification"},
    )
    (first,) = wait_for(
        lambda: account.sagemaker.list_candidates_for_auto_ml_job(AutoMLJobName="listed")[
            "Candidates"
        ],
        bool,
    )
    assert first["CandidateName"] == "listed-first"
    assert first["CandidateStatus"] == "Completed"
    assert first["FinalAutoMLJobObjectiveMetric"]["Value"] == 0.75
    assert "InferenceContainers" not in first
    job = account.sagemaker.describe_auto_ml_job_v2(AutoMLJobName="listed")
    assert (job["AutoMLJobStatus"], job["AutoMLJobSecondaryStatus"]) == (
        "InProgress",
        "TrainingModels",
    )
    assert "BestCandidate" not in job


def test_a_job_that_is_stopped_is_stopped(account: Account, running: Any) -> None:
    """Stopping, then Stopped, with what had finished but no best candidate; not stopped twice."""
    running("stopped")
    wait_for(
        lambda: account.sagemaker.list_candidates_for_auto_ml_job(AutoMLJobName="stopped"),
        lambda found: found["Candidates"],
    )
    account.sagemaker.stop_auto_ml_job(AutoMLJobName="stopped")
    status = account.sagemaker.describe_auto_ml_job_v2(AutoMLJobName="stopped")
    assert status["AutoMLJobStatus"] in ("Stopping", "Stopped")
    job = account.finish_automl("stopped")
    assert (job["AutoMLJobStatus"], job["AutoMLJobSecondaryStatus"]) == ("Stopped", "Stopped")
    assert "BestCandidate" not in job
    assert account.keys("stopped/automl") == []
    wait_for((account.home / "work/automl-job/stopped").exists, lambda there: not there)
    with pytest.raises(ClientError, match="the AutoML job is in status Stopped"):
        account.sagemaker.stop_auto_ml_job(AutoMLJobName="stopped")


def channel(kind: str, key: str, **changes: Any) -> dict[str, Any]:
    s3 = {"S3DataType": kind, "S3Uri": f"s3://{BUCKET}/{key}"}
    return {"DataSource": {"S3DataSource": s3}} | changes


def test_data_comes_from_prefixes_and_manifests_packed_or_not(account: Account) -> None:
    """500 rows in two packed objects below a prefix; a validation channel by manifest."""
    for part in ("1", "2"):
        account.put(f"parts/train/{part}.csv.gz", gzip.compress(table(count=250).encode()))
    account.put("parts/check/v.csv", table(count=10))
    prefix = f"s3://{BUCKET}/parts/check/"
    account.put("parts/the.manifest", json.dumps([{"prefix": prefix}, "v.csv"]))
    account.sagemaker.create_auto_ml_job_v2(
        **automl_request(
            "parts",
            AutoMLJobInputDataConfig=[
                channel("S3Prefix", "parts/train/", CompressionType="Gzip"),
                channel("ManifestFile", "parts/the.manifest", ChannelType="validation"),
            ],
        )
    )
    assert account.finish_automl("parts")["AutoMLJobStatus"] == "Completed"


def test_logs_stay_when_the_work_is_gone(account: Account) -> None:
    train(account, "logged")
    assert (account.home / "logs/automl-job/logged/worker.log").exists()
    wait_for((account.home / "work/automl-job/logged").exists, lambda there: not there)
