"""Rules beyond the service model: refused when the job is created, by field and with a way out."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .account import BUCKET, ROLE, Account, automl_request, source


@pytest.fixture(scope="module")
def ready(account: Account) -> Account:
    """Data and models that make every request below legal but for the one thing it breaks."""
    account.put("rules/in/a.csv", "1,2\n")
    account.put("rules/train.csv", "x,y\n1,2\n")
    account.model("rules")
    multi = {"Image": "i", "Mode": "MultiModel"}
    account.sagemaker.create_model(ModelName="multi", PrimaryContainer=multi, ExecutionRoleArn=ROLE)
    account.sagemaker.create_model(ModelName="no-role", PrimaryContainer={"Image": "i"})
    data = {"S3Uri": "s3://b/k/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    container = {"Image": "i", "ModelDataSource": {"S3DataSource": data}}
    account.sagemaker.create_model(
        ModelName="data-source", PrimaryContainer=container, ExecutionRoleArn=ROLE
    )
    return account


def output(**changes: Any) -> dict[str, Any]:
    made = {"S3OutputPath": f"s3://{BUCKET}/out", "Accept": "text/csv", "AssembleWith": "Line"}
    return {key: value for key, value in (made | changes).items() if value}


JOIN = {"JoinSource": "Input"}
JSON = {"ContentType": "application/jsonlines"}


def s3_source(kind: str, uri: str) -> dict[str, Any]:
    return source("", DataSource={"S3DataSource": {"S3DataType": kind, "S3Uri": uri}})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ModelName": "nobody"}, 'Could not find model "arn:aws:sagemaker:sa-east-1:'),
        ({"ModelName": "no-role"}, "this model has none"),
        ({"ModelName": "multi"}, "does not support multi-model containers"),
        ({"ModelName": "data-source"}, "definitions which use ModelDataSource attribute"),
        ({"MaxPayloadInMB": 101}, "MaxPayloadInMB = 101: it cannot be greater than 100 MB"),
        ({"MaxConcurrentTransforms": 17}, "17 * 6 = 102: it cannot exceed 100 MB"),
        ({"MaxConcurrentTransforms": 5, "MaxPayloadInMB": 21}, "5 * 21 = 105"),
        ({"MaxPayloadInMB": 0}, "MaxPayloadInMB = 0: the local account does not support"),
        ({"DataCaptureConfig": {"DestinationS3Uri": "s3://b/k"}}, "DataCaptureConfig"),
        ({"TransformInput": source("rules/in/", SplitType="RecordIO")}, "SplitType = RecordIO"),
        ({"TransformInput": source("rules/in/", SplitType="TFRecord")}, "SplitType = TFRecord"),
        (
            {"TransformInput": s3_source("AugmentedManifestFile", f"s3://{BUCKET}/rules/in/")},
            "S3DataType = AugmentedManifestFile: a transform job takes S3Prefix or ManifestFile",
        ),
        (
            {"TransformInput": s3_source("S3Prefix", f"https://{BUCKET}/rules/in/")},
            "write it as s3://bucket/key",
        ),
        (
            {"TransformInput": source("nothing/here/")},
            f'No S3 objects found under S3 URL "s3://{BUCKET}/nothing/here/" given in input data '
            "source. Please ensure that the bucket exists in the selected region (sa-east-1), that "
            f'objects exist under that S3 prefix, and that the role "{ROLE}" has "s3:ListBucket" '
            f'permissions on bucket "{BUCKET}".',
        ),
        (
            {"TransformInput": s3_source("S3Prefix", "s3://no-such-bucket/a/")},
            'has "s3:ListBucket" permissions on bucket "no-such-bucket". (NoSuchBucket)',
        ),
        (
            {"TransformInput": s3_source("ManifestFile", f"s3://{BUCKET}/rules/in/a.csv")},
            f"s3://{BUCKET}/rules/in/a.csv is not a manifest file",
        ),
        ({"TransformOutput": output(S3OutputPath="https://h/b")}, "write it as s3://bucket/key"),
        (
            {"DataProcessing": {"InputFilter": "$[0:2,246:]"}},
            'Invalid InputFilter: "$[0:2,246:]". Invalid JsonPath: $[0:2,246:]: only single range '
            "filters of format (eg: [1:5]) are supported. Format [0:2,246:] is not supported",
        ),
        (
            {
                "DataProcessing": {"OutputFilter": "$['account_id']"},
                "TransformInput": source("rules/in/", **JSON),
            },
            'Unexpected "_" in JsonPath. Supported operators for "application/jsonlines" are',
        ),
        ({"DataProcessing": {"OutputFilter": "$.id"}}, "a row of a CSV file has no names"),
        ({"DataProcessing": {"OutputFilter": "id"}}, 'it must begin with "$"'),
        ({"DataProcessing": JOIN, "TransformOutput": output(Accept="")}, "Accept = not given"),
        (
            {"DataProcessing": JOIN, "TransformOutput": output(Accept="application/jsonlines")},
            "Accept = application/jsonlines: with DataProcessing it must be the ContentType",
        ),
        (
            {"DataProcessing": JOIN, "TransformOutput": output(AssembleWith="None")},
            "AssembleWith = None: with DataProcessing it must be the SplitType of the input, Line",
        ),
        (
            {
                "DataProcessing": JOIN,
                "TransformInput": source("rules/in/", ContentType="image/png"),
            },
            "ContentType = image/png: DataProcessing needs one of text/csv, application/json",
        ),
        (
            {
                "DataProcessing": JOIN,
                "TransformInput": source("rules/in/", SplitType="None"),
                "TransformOutput": output(AssembleWith="None"),
            },
            "DataProcessing of text/csv needs SplitType and AssembleWith Line",
        ),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "a is given twice"),
        ({"Tags": [{"Key": "aws:x", "Value": "1"}]}, "aws: prefixed tag key names"),
    ],
)
def test_a_transform_job_that_breaks_a_rule_is_not_started(
    ready: Account, changes: dict[str, Any], words: str
) -> None:
    """ValidationException says what is wrong; no job of that name exists afterwards."""
    with pytest.raises(ClientError) as caught:
        ready.start("rules", **changes)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert words in caught.value.response["Error"]["Message"]
    with pytest.raises(ClientError, match="ResourceNotFound"):
        ready.sagemaker.describe_transform_job(TransformJobName="rules")


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


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "PrimaryContainer, Containers: give exactly one of them"),
        ({"Containers": []}, "give exactly one of them"),
        ({"PrimaryContainer": {"Image": "i"}, "Containers": [{"Image": "i"}]}, "exactly one"),
        ({"PrimaryContainer": {}}, "a container needs the registry path of its image"),
        ({"PrimaryContainer": {"ModelPackageName": "p"}}, "It has no model registry"),
        (
            {"PrimaryContainer": {"Image": "i", "ModelDataUrl": f"s3://{BUCKET}/none.tar.gz"}},
            f"Could not find model data at s3://{BUCKET}/none.tar.gz.",
        ),
    ],
)
def test_a_model_that_breaks_a_rule_is_not_created(
    account: Account, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ClientError) as caught:
        account.sagemaker.create_model(ModelName="wrong", ExecutionRoleArn=ROLE, **changes)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert words in caught.value.response["Error"]["Message"]
    with pytest.raises(ClientError, match="Could not find model"):
        account.sagemaker.describe_model(ModelName="wrong")


def test_names_are_unique_as_aws_wants_them(ready: Account) -> None:
    """AutoML jobs in any case of letters, models and transform jobs as they are written."""
    ready.model("Rules")
    with pytest.raises(ClientError, match="Cannot create already existing model"):
        ready.model("Rules")
    ready.put("taken/train.csv", "x,y\n1,2\n")
    ready.sagemaker.create_auto_ml_job_v2(**automl_request("taken"))
    with pytest.raises(ClientError, match="ResourceInUse"):
        ready.sagemaker.create_auto_ml_job_v2(
            **automl_request("TAKEN", AutoMLJobInputDataConfig=[channel()])
        )
    ready.put("taken/in/a.csv", "1\n")
    ready.model("taken")
    ready.start("taken")
    with pytest.raises(ClientError, match=r"ResourceInUse.*already exists"):
        ready.start("taken")
    ready.finish("taken")
    ready.finish_automl("taken")
