"""Lists, pages, tags; and every operation's answer against the service model."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from autolote.local.sagemaker.operations import supported
from autolote.local.sagemaker.validation import service_model

from .account import (
    ROLE,
    Account,
    automl_request,
    source,
    training_request,
    transform_request,
)
from .test_automl import table

OF_DOMAINS = re.compile("Domain|UserProfile|Space|App|StudioLifecycleConfig")


@pytest.fixture(scope="module")
def full(s3_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Twelve models, three transform jobs of which one failed, two AutoML jobs."""
    account = Account(tmp_path_factory.mktemp("full"), s3_url)
    for number in range(12):
        account.model(f"model-{number:02d}")
    for name, mode in (("done-a", "echo"), ("done-b", "echo"), ("failed", "refuse-bad")):
        account.model(name, MODE=mode)
        account.put(f"{name}/in/a.csv", "bad\n")
        account.transform(name)
    for name in ("small", "large"):
        account.put(f"{name}/train.csv", table(count=10 if name == "small" else 500))
        account.sagemaker.create_auto_ml_job_v2(**automl_request(name))
        account.finish_automl(name)
    yield account
    account.close()


def test_pages_hold_ten_items_and_a_token_for_the_next(full: Account) -> None:
    first = full.sagemaker.list_models()
    second = full.sagemaker.list_models(NextToken=first["NextToken"])
    names = [model["ModelName"] for page in (first, second) for model in page["Models"]]
    assert (len(first["Models"]), len(second["Models"])) == (10, 5)
    assert len(set(names)) == 15
    assert "NextToken" not in second
    assert names[0] == "failed", "the newest comes first"


def test_a_token_that_is_none_is_refused(full: Account) -> None:
    with pytest.raises(ClientError, match="not a token of an earlier answer"):
        full.sagemaker.list_models(NextToken="page two, please")


def test_boto3_paginators_work(full: Account) -> None:
    pages = full.sagemaker.get_paginator("list_models").paginate(PaginationConfig={"PageSize": 4})
    assert sum(len(page["Models"]) for page in pages) == 15


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["failed", "done-b", "done-a"]),
        ({"SortOrder": "Ascending"}, ["done-a", "done-b", "failed"]),
        ({"SortBy": "Name", "SortOrder": "Ascending"}, ["done-a", "done-b", "failed"]),
        ({"SortBy": "Status", "SortOrder": "Descending"}, ["failed", "done-a", "done-b"]),
        ({"NameContains": "done"}, ["done-b", "done-a"]),
        ({"StatusEquals": "Failed"}, ["failed"]),
        ({"CreationTimeAfter": time.time() + 86_400}, []),
        ({"LastModifiedTimeBefore": time.time() + 86_400, "MaxResults": 1}, ["failed"]),
    ],
)
def test_transform_jobs_are_filtered_and_sorted(
    full: Account, asked: dict[str, Any], names: list[str]
) -> None:
    found = full.sagemaker.list_transform_jobs(**asked)["TransformJobSummaries"]
    assert [job["TransformJobName"] for job in found] == names


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["small", "large"]),
        ({"SortBy": "CreationTime"}, ["large", "small"]),
        ({"SortBy": "Status", "SortOrder": "Ascending"}, ["large", "small"]),
        ({"StatusEquals": "Completed"}, ["large"]),
        ({"NameContains": "mal"}, ["small"]),
    ],
)
def test_automl_jobs_are_filtered_and_sorted(
    full: Account, asked: dict[str, Any], names: list[str]
) -> None:
    """By name, descending, if nothing is asked."""
    found = full.sagemaker.list_auto_ml_jobs(**asked)["AutoMLJobSummaries"]
    assert [job["AutoMLJobName"] for job in found] == names


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (
            {"SortBy": "FinalObjectiveMetricValue", "SortOrder": "Descending"},
            ["large-second", "large-first"],
        ),
        (
            {"SortBy": "FinalObjectiveMetricValue", "SortOrder": "Ascending"},
            ["large-first", "large-second"],
        ),
        ({"CandidateNameEquals": "large-first"}, ["large-first"]),
        ({"StatusEquals": "Failed"}, []),
    ],
)
def test_candidates_are_filtered_and_sorted(
    full: Account, asked: dict[str, Any], names: list[str]
) -> None:
    found = full.sagemaker.list_candidates_for_auto_ml_job(AutoMLJobName="large", **asked)
    assert [candidate["CandidateName"] for candidate in found["Candidates"]] == names


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("describe_auto_ml_job_v2", "AutoMLJobName"),
        ("list_candidates_for_auto_ml_job", "AutoMLJobName"),
        ("stop_auto_ml_job", "AutoMLJobName"),
        ("describe_transform_job", "TransformJobName"),
        ("stop_transform_job", "TransformJobName"),
        ("describe_training_job", "TrainingJobName"),
        ("stop_training_job", "TrainingJobName"),
    ],
)
def test_a_job_that_does_not_exist_is_not_found(
    account: Account, operation: str, member: str
) -> None:
    with pytest.raises(ClientError, match="Could not find requested job with name: nobody") as e:
        getattr(account.sagemaker, operation)(**{member: "nobody"})
    assert e.value.response["Error"]["Code"] == "ResourceNotFound"


def test_models_are_created_described_and_deleted_with_their_events(account: Account) -> None:
    account.model("short-lived")
    model = account.sagemaker.describe_model(ModelName="short-lived")
    assert model["ExecutionRoleArn"] == ROLE
    assert model["EnableNetworkIsolation"] is False
    account.sagemaker.delete_model(ModelName="short-lived")
    for gone in (account.sagemaker.describe_model, account.sagemaker.delete_model):
        with pytest.raises(ClientError, match=r"ValidationException.*Could not find model"):
            gone(ModelName="short-lived")
    events = [e for e in account.events if e["resources"] == [model["ModelArn"]]]
    assert [e["detail-type"] for e in events] == ["SageMaker Model State Change"] * 2


def test_tags_are_added_replaced_listed_and_deleted(account: Account) -> None:
    tags = [{"Key": "owner", "Value": "ana"}, {"Key": "ação", "Value": "sim"}]
    arn = account.sagemaker.create_model(
        ModelName="tagged", PrimaryContainer={"Image": "i"}, Tags=tags
    )["ModelArn"]
    assert account.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
    assert "Tags" not in account.sagemaker.describe_model(ModelName="tagged")
    account.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "owner", "Value": "rui"}])
    account.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["ação", "never"])
    assert account.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [
        {"Key": "owner", "Value": "rui"}
    ]
    many = [{"Key": f"k{n}", "Value": ""} for n in range(50)]
    with pytest.raises(ClientError, match="a resource has at most 50"):
        account.sagemaker.add_tags(ResourceArn=arn, Tags=many)
    assert len(account.sagemaker.list_tags(ResourceArn=arn)["Tags"]) == 1


@pytest.mark.parametrize(
    "resource", ["model/none", "endpoint/e", "../x", "model/../../records", "transform-job/"]
)
def test_tags_belong_to_resources_that_exist(account: Account, resource: str) -> None:
    """And an ARN is no path: nothing is made on disk."""
    arn = f"arn:aws:sagemaker:sa-east-1:123456789012:{resource}"
    with pytest.raises(ClientError, match="there is no such resource in this account"):
        account.sagemaker.list_tags(ResourceArn=arn)
    kinds = {path.name for path in (account.home / "records").glob("*")}
    assert kinds <= {"model", "automl-job", "transform-job", "training-job"}
    assert {path.name for path in account.home.glob("*")} <= {"records", "work", "logs"}


def test_every_operation_answers_by_the_service_model(full: Account) -> None:
    """All of them, over HTTP, checked once more by botocore's own validator. Domains and what is in
    them take their time: test_domains.py is about them."""
    client = full.sagemaker
    full.put("every/in/a.csv", "1\n")
    full.put("every/train.csv", table())
    full.put("training/a.csv", "a,y\n1,0\n")
    arn = client.create_model(
        ModelName="every",
        PrimaryContainer={"Image": "r/x-scoring", "Environment": {"SLEEP": "5"}},
        ExecutionRoleArn=ROLE,
    )["ModelArn"]
    calls: list[tuple[str, dict[str, Any]]] = [
        ("CreateModel", {"ModelName": "every-2", "PrimaryContainer": {"Image": "i"}}),
        ("DescribeModel", {"ModelName": "every"}),
        ("ListModels", {}),
        ("AddTags", {"ResourceArn": arn, "Tags": [{"Key": "a", "Value": "b"}]}),
        ("ListTags", {"ResourceArn": arn}),
        ("DeleteTags", {"ResourceArn": arn, "TagKeys": ["a"]}),
        ("CreateTransformJob", transform_request("every", TransformInput=source("every/in/"))),
        ("DescribeTransformJob", {"TransformJobName": "every"}),
        ("DescribeTransformJob", {"TransformJobName": "failed"}),
        ("ListTransformJobs", {}),
        ("StopTransformJob", {"TransformJobName": "every"}),
        ("DeleteModel", {"ModelName": "every"}),
        ("CreateTrainingJob", training_request("every", HyperParameters={"pause": "5"})),
        ("DescribeTrainingJob", {"TrainingJobName": "every"}),
        ("ListTrainingJobs", {}),
        ("StopTrainingJob", {"TrainingJobName": "every"}),
        ("CreateAutoMLJobV2", automl_request("every")),
        ("DescribeAutoMLJobV2", {"AutoMLJobName": "every"}),
        ("DescribeAutoMLJobV2", {"AutoMLJobName": "large"}),
        ("DescribeAutoMLJobV2", {"AutoMLJobName": "small"}),
        ("ListAutoMLJobs", {}),
        ("ListCandidatesForAutoMLJob", {"AutoMLJobName": "large"}),
        ("StopAutoMLJob", {"AutoMLJobName": "every"}),
    ]
    assert {name for name, _ in calls} == {one for one in supported() if not OF_DOMAINS.search(one)}
    methods = {client.meta.method_to_api_mapping[m]: m for m in client.meta.method_to_api_mapping}
    for name, params in calls:
        answer = getattr(client, methods[name])(**params)
        assert answer.pop("ResponseMetadata")["RequestId"]
        shape = service_model().operation_model(name).output_shape
        if shape is not None:
            report = ParamValidator().validate(answer, shape)
            assert not report.has_errors(), f"{name}: {report.generate_report()}"
