"""Rules of models and of names."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .account import BUCKET, ROLE, Account, automl_request


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


def test_names_are_unique_as_aws_wants_them(account: Account) -> None:
    """AutoML jobs in any case of letters, models and transform jobs as they are written."""
    account.model("Rules")
    with pytest.raises(ClientError, match="Cannot create already existing model"):
        account.model("Rules")
    account.put("taken/train.csv", "x,y\n1,2\n")
    request = automl_request("taken")
    account.sagemaker.create_auto_ml_job_v2(**request)
    same_data = {key: value for key, value in request.items() if key != "AutoMLJobName"}
    with pytest.raises(ClientError, match="ResourceInUse"):
        account.sagemaker.create_auto_ml_job_v2(AutoMLJobName="TAKEN", **same_data)
    account.put("taken/in/a.csv", "1\n")
    account.model("taken")
    account.start("taken")
    with pytest.raises(ClientError, match=r"ResourceInUse.*already exists"):
        account.start("taken")
    account.finish("taken")
    account.finish_automl("taken")
