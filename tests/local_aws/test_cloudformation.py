"""CloudFormation: what is deployed is there, changes, goes away, and nothing is skipped."""

import json
import zipfile
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from autolote.local.aws.cloudformation import coverage
from autolote.local.aws.cloudformation.providers import PROVIDERS
from tests.local_aws.account_process import ROLE, AccountProcess


def queue(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def attributes(account: AccountProcess, url: str) -> dict[str, str]:
    found = account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    answer: dict[str, str] = found["Attributes"]
    return answer


def test_every_provider_is_in_the_coverage_table_and_the_other_way_round() -> None:
    assert set(PROVIDERS) == set(coverage.table())


# Replacement depends on the value: AWS::EC2::VPC's page.
SOMETIMES = {"AWS::EC2::VPC": {"InstanceTenancy"}}


@pytest.mark.parametrize(
    "kind",
    [name for name in PROVIDERS if name.startswith(("AWS::EC2::", "AWS::SageMaker::"))],
)
def test_what_replaces_a_resource_is_what_its_schema_says(kind: str) -> None:
    """Of networks and domains, whose replacement by mistake is an outage."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("sa-east-1", kind).schema
    fixed = {path.split("/")[2] for path in schema["createOnlyProperties"] if path.count("/") == 2}
    known = coverage.table()[kind]
    covered = {*known["acts"], *known.get("records", {})}
    wanted = (fixed & covered) | SOMETIMES.get(kind, set())
    assert PROVIDERS[kind].replaced_by & covered == wanted


def test_every_recorded_property_says_why() -> None:
    for name, known in coverage.table().items():
        for part, reason in known.get("records", {}).items():
            assert len(reason) > 10, f"{part} of {name}"
            assert part not in known["acts"], f"{part} of {name} cannot be both"


@pytest.mark.parametrize(
    ("resource", "says"),
    [
        ({"Type": "AWS::Kinesis::Stream"}, "Resource type AWS::Kinesis::Stream is not supported"),
        (queue(Colour="red"), "Colour of AWS::SQS::Queue is not supported"),
    ],
)
def test_what_is_not_known_fails_the_deployment_by_name(
    account: AccountProcess, stack: str, resource: dict[str, Any], says: str
) -> None:
    found = account.deploy(stack, {"Fine": queue(), "Odd": {**resource, "DependsOn": "Fine"}})
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    assert says in account.failures(stack)[0]
    listed = account.client("sqs").list_queues(QueueNamePrefix=stack[:30]).get("QueueUrls", [])
    assert listed == []


def test_a_part_deep_inside_a_property_that_the_api_does_not_know_fails_too(
    account: AccountProcess, stack: str
) -> None:
    rules = {"Rules": [{"Status": "Enabled", "ExpirationInDays": 1, "Odd": 1}]}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"LifecycleConfiguration": rules}}
    account.deploy(stack, {"B": bucket})
    assert "Odd" in account.failures(stack)[0]


def test_outputs_exports_and_imports_pass_through_change_sets(
    account: AccountProcess, stack: str
) -> None:
    outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Q", "Arn"]}, "Export": {"Name": f"{stack}-q"}}}
    cloudformation = account.client("cloudformation")

    def execute(name: str, template: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(template)
        cloudformation.create_change_set(
            StackName=name, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body
        )
        cloudformation.execute_change_set(StackName=name, ChangeSetName="c")
        return account.at_rest(name)

    made = execute(stack, {"Resources": {"Q": queue()}, "Outputs": outputs})
    assert made["Outputs"][0]["ExportName"] == f"{stack}-q"
    imported = {"Fn::ImportValue": f"{stack}-q"}
    taken = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": imported}}
    execute(f"{stack}-2", {"Resources": {"P": taken}})
    parameter = account.physical_ids(f"{stack}-2")["P"]
    value = account.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    assert value == made["Outputs"][0]["OutputValue"]
    with pytest.raises(ClientError, match=f"in use by {stack}-2"):
        cloudformation.delete_stack(StackName=stack)


def test_the_same_template_again_is_no_change(account: AccountProcess, stack: str) -> None:
    account.deploy(stack, {"Q": queue()})
    cloudformation = account.client("cloudformation")
    body = json.dumps({"Resources": {"Q": queue()}})
    with pytest.raises(ClientError, match="No updates are to be performed"):
        cloudformation.update_stack(StackName=stack, TemplateBody=body)
    cloudformation.create_change_set(StackName=stack, ChangeSetName="c", TemplateBody=body)
    found = cloudformation.describe_change_set(StackName=stack, ChangeSetName="c")
    assert found["Status"] == "FAILED"
    assert "didn't contain changes" in found["StatusReason"]


def test_an_update_changes_the_resource_and_keeps_its_identity(
    account: AccountProcess, stack: str
) -> None:
    account.deploy(stack, {"Q": queue(VisibilityTimeout=30)})
    url = account.physical_ids(stack)["Q"]
    found = account.deploy(stack, {"Q": queue(VisibilityTimeout=60)})
    assert found["StackStatus"] == "UPDATE_COMPLETE"
    assert account.physical_ids(stack)["Q"] == url
    assert attributes(account, url)["VisibilityTimeout"] == "60"


def test_a_change_that_needs_another_resource_replaces_and_deletes_the_old(
    account: AccountProcess, stack: str
) -> None:
    account.deploy(stack, {"Q": queue(QueueName=f"{stack}-a")})
    account.deploy(stack, {"Q": queue(QueueName=f"{stack}-b")})
    (left,) = account.client("sqs").list_queues(QueueNamePrefix=stack)["QueueUrls"]
    assert left.endswith("-b")


def test_an_update_that_fails_goes_back_to_what_was_there(
    account: AccountProcess, stack: str
) -> None:
    account.deploy(stack, {"Q": queue(VisibilityTimeout=30)})
    changed = {
        "Q": queue(VisibilityTimeout=60),
        "New": queue(QueueName=f"{stack}-new"),
        "Odd": {"Type": "AWS::Nothing::Here", "DependsOn": ["Q", "New"]},
    }
    found = account.deploy(stack, changed)
    assert found["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    ids = account.physical_ids(stack)
    assert list(ids) == ["Q"]
    assert attributes(account, ids["Q"])["VisibilityTimeout"] == "30"
    assert "QueueUrls" not in account.client("sqs").list_queues(QueueNamePrefix=f"{stack}-new")


def test_a_resource_that_leaves_the_template_is_deleted(
    account: AccountProcess, stack: str
) -> None:
    account.deploy(stack, {"Keep": queue(), "Drop": queue(QueueName=f"{stack}-drop")})
    account.deploy(stack, {"Keep": queue()})
    assert "QueueUrls" not in account.client("sqs").list_queues(QueueNamePrefix=f"{stack}-drop")


def test_deleting_a_stack_deletes_all_but_what_is_to_be_kept(
    account: AccountProcess, stack: str
) -> None:
    kept = {**queue(QueueName=f"{stack}-kept"), "DeletionPolicy": "Retain"}
    account.deploy(stack, {"Kept": kept, "Gone": queue(QueueName=f"{stack}-gone")})
    stack_id = account.at_rest(stack)["StackId"]
    account.client("cloudformation").delete_stack(StackName=stack)
    assert account.at_rest(stack_id)["StackStatus"] == "DELETE_COMPLETE"
    (left,) = account.client("sqs").list_queues(QueueNamePrefix=stack)["QueueUrls"]
    assert left.endswith("-kept")


def test_a_bucket_with_objects_is_not_deleted(account: AccountProcess, stack: str) -> None:
    account.deploy(stack, {"B": {"Type": "AWS::S3::Bucket"}})
    bucket = account.physical_ids(stack)["B"]
    account.client("s3").put_object(Bucket=bucket, Key="k", Body=b"1")
    account.client("cloudformation").delete_stack(StackName=stack)
    assert account.at_rest(stack)["StackStatus"] == "DELETE_FAILED"
    assert "BucketNotEmpty" in account.failures(stack)[0]


def test_a_bucket_is_updated_in_place(account: AccountProcess, stack: str) -> None:
    account.deploy(stack, {"B": {"Type": "AWS::S3::Bucket"}})
    bucket, s3 = account.physical_ids(stack)["B"], account.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    properties = {
        "VersioningConfiguration": {"Status": "Enabled"},
        "Tags": [{"Key": "a", "Value": "b"}],
        "LifecycleConfiguration": {
            "Rules": [
                {
                    "Id": "r",
                    "Status": "Enabled",
                    "Prefix": "x/",
                    "TagFilters": [{"Key": "autolote", "Value": "run-input"}],
                    "ExpirationInDays": 30,
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 5},
                }
            ]
        },
    }
    account.deploy(stack, {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}})
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule["Expiration"] == {"Days": 30}
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 5}
    assert rule["Filter"]["And"]["Prefix"] == "x/"
    account.deploy(stack, {"B": {"Type": "AWS::S3::Bucket"}})
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


def test_a_template_and_code_come_from_buckets_parameters_and_conditions_hold(
    account: AccountProcess, stack: str
) -> None:
    s3 = account.client("s3")
    where = {"CreateBucketConfiguration": {"LocationConstraint": "sa-east-1"}}
    s3.create_bucket(Bucket=stack, **where)
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("index.py", "def handler(event, context): return 'from s3'\n")
    s3.put_object(Bucket=stack, Key="code.zip", Body=archive.getvalue())
    template = f"""
Parameters:
  Stage: {{Type: String, Default: dev}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.14
      Handler: index.handler
      Role: {ROLE}
      Code: {{S3Bucket: {stack}, S3Key: code.zip}}
  OnlyProd:
    Type: AWS::SQS::Queue
    Condition: IsProd
Outputs:
  Name: {{Value: !Sub "${{AWS::StackName}}-${{Stage}}-${{F}}"}}
"""
    s3.put_object(Bucket=stack, Key="t.yaml", Body=template.encode())
    account.client("cloudformation").create_stack(
        StackName=stack, TemplateURL=f"https://s3.amazonaws.com/{stack}/t.yaml"
    )
    found, ids = account.at_rest(stack), account.physical_ids(stack)
    assert list(ids) == ["F"]
    assert found["Outputs"][0]["OutputValue"] == f"{stack}-dev-{ids['F']}"
    answer = account.client("lambda").invoke(FunctionName=ids["F"])
    assert answer["Payload"].read() == b'"from s3"'


def test_an_aws_managed_policy_can_be_attached(account: AccountProcess, stack: str) -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    trust = {"Version": "2012-10-17", "Statement": []}
    properties = {"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": [arn]}
    account.deploy(stack, {"R": {"Type": "AWS::IAM::Role", "Properties": properties}})
    role = account.physical_ids(stack)["R"]
    attached = account.client("iam").list_attached_role_policies(RoleName=role)
    assert attached["AttachedPolicies"][0]["PolicyArn"] == arn
