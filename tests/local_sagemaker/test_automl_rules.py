"""Rules of AutoML jobs beyond the service model: refused by field, with a way out."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .account import BUCKET, Account, automl_request


@pytest.fixture(scope="module")
def ready(account: Account) -> Account:
    """Data that makes every request below legal but for the one thing it breaks."""
    account.put("rules/train.csv", "x,y\n1,2\n")
    return account


def channel(kind: str = "S3Prefix", uri: str = "rules/train.csv", **changes: Any) -> dict[str, Any]:
    s3 = {"S3DataType": kind, "S3Uri": f"s3://{BUCKET}/{uri}"}
    return {"DataSource": {"S3DataSource": s3}} | changes


def tabular(**changes: Any) -> dict[str, Any]:
    return {"AutoMLProblemTypeConfig": {"TabularJobConfig": {"TargetAttributeName": "y"} | changes}}


def channels(*given: dict[str, Any]) -> dict[str, Any]:
    return {"AutoMLJobInputDataConfig": list(given)}


ACCURACY = {"AutoMLJobObjective": {"MetricName": "Accuracy"}}
VALIDATION = channel(ChannelType="validation")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (tabular(ProblemType="Regression"), "or none at all"),
        (ACCURACY, "or none at all"),
        (
            tabular(ProblemType="Regression") | ACCURACY,
            "MetricName = Accuracy: it does not fit ProblemType Regression. Give one of MSE, MAE",
        ),
        (
            tabular(ProblemType="BinaryClassification")
            | {"AutoMLJobObjective": {"MetricName": "F1macro"}},
            "Give one of F1, Accuracy, AUC, BalancedAccuracy, Precision, Recall",
        ),
        (tabular(Mode="HYPERPARAMETER_TUNING"), "Mode = HYPERPARAMETER_TUNING: the local account"),
        (tabular(GenerateCandidateDefinitionsOnly=True), "GenerateCandidateDefinitionsOnly"),
        (tabular(SampleWeightAttributeName="y"), "it cannot be the target too"),
        (
            tabular(
                Mode="ENSEMBLING",
                CandidateGenerationConfig={"AlgorithmsConfig": [{"AutoMLAlgorithms": ["mlp"]}]},
            ),
            "AutoMLAlgorithms = mlp: the local account does not support",
        ),
        (
            tabular(
                CandidateGenerationConfig={"AlgorithmsConfig": [{"AutoMLAlgorithms": ["lightgbm"]}]}
            ),
            "AlgorithmsConfig should not be set if the training mode is set on AUTO",
        ),
        (
            {
                "AutoMLProblemTypeConfig": {
                    "TextClassificationJobConfig": {"ContentColumn": "a", "TargetLabelColumn": "b"}
                }
            },
            "AutoMLProblemTypeConfig = TextClassificationJobConfig: the local account",
        ),
        ({"ModelDeployConfig": {"AutoGenerateEndpointName": True}}, "ModelDeployConfig"),
        ({"DataSplitConfig": {"ValidationFraction": 1}}, "greater than 0 and less than 1"),
        (
            channels(channel(), VALIDATION) | {"DataSplitConfig": {"ValidationFraction": 0.1}},
            "cannot be given together with a validation channel",
        ),
        (channels(channel(), channel()), "channels of type training, training"),
        (channels(VALIDATION), "give one training channel"),
        (channels({}), "every channel needs DataSource"),
        (
            channels(channel(ContentType="x-application/vnd.amazon+parquet")),
            "ContentType = x-application/vnd.amazon+parquet: the local account does not support",
        ),
        (channels(channel("AugmentedManifestFile")), "S3Prefix or ManifestFile"),
        (
            channels(channel("ManifestFile", CompressionType="Gzip")),
            "CompressionType = Gzip: it is allowed for S3Prefix only",
        ),
        (channels(channel(uri="nothing")), "No S3 objects found under S3 URL"),
        ({"OutputDataConfig": {"S3OutputPath": "https://h/b"}}, "write it as s3://bucket/key"),
    ],
)
def test_an_automl_job_that_breaks_a_rule_is_not_started(
    ready: Account, changes: dict[str, Any], words: str
) -> None:
    """ValidationException says what is wrong; no job of that name exists afterwards."""
    with pytest.raises(ClientError) as caught:
        ready.sagemaker.create_auto_ml_job_v2(**automl_request("rules", **changes))
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert words in caught.value.response["Error"]["Message"]
    with pytest.raises(ClientError, match="ResourceNotFound"):
        ready.sagemaker.describe_auto_ml_job_v2(AutoMLJobName="rules")
