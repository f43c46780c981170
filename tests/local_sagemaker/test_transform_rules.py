"""Rules of transform jobs beyond the service model: refused by field, with a way out."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .account import BUCKET, ROLE, Account, source


@pytest.fixture(scope="module")
def ready(account: Account) -> Account:
    """Data and models that make every request below legal but for the one thing it breaks."""
    account.put("rules/in/a.csv", "1,2\n")
    account.model("rules")
    multi = {"Image": "i", "Mode": "MultiModel"}
    account.sagemaker.create_model(
        ModelName="multi-model", PrimaryContainer=multi, ExecutionRoleArn=ROLE
    )
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
        ({"ModelName": "multi-model"}, "does not support multi-model containers"),
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
