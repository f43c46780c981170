"""A SageMaker job fails if its role lacks one of what AWS lists, and says which.

The image of these jobs is in no registry: a job that is allowed everything fails for that alone,
and is the one that got past its permissions.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.local_aws.account_process import AccountProcess, eventually
from tests.local_services.parts import (
    ACCOUNT,
    allow,
    arn,
    decisions,
    key,
    permit,
    role,
    trust,
    trusting,
)

IMAGE = f"{ACCOUNT}.dkr.ecr.sa-east-1.amazonaws.com/team-scoring:1"
BUCKET = "jobs"
ALLOWED = "there is no image"
METRICS = {"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/TrainingJobs"}}
# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
NEEDS: dict[str, dict[str, Any]] = {
    "ecr:GetAuthorizationToken": {},
    "ecr:BatchCheckLayerAvailability": {"resource": arn("ecr", "repository/team-scoring")},
    "ecr:GetDownloadUrlForLayer": {"resource": arn("ecr", "repository/team-scoring")},
    "ecr:BatchGetImage": {"resource": arn("ecr", "repository/team-scoring")},
    "logs:CreateLogGroup": {"resource": arn("logs", "log-group:/aws/sagemaker/*")},
    "logs:CreateLogStream": {"resource": arn("logs", "log-group:/aws/sagemaker/*")},
    "logs:DescribeLogStreams": {"resource": arn("logs", "log-group:/aws/sagemaker/*")},
    "logs:PutLogEvents": {"resource": arn("logs", "log-group:/aws/sagemaker/*")},
    "cloudwatch:PutMetricData": {"Condition": METRICS},
}
NETWORK = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)
READ = allow(("s3:GetObject", "s3:ListBucket"), f"arn:aws:s3:::{BUCKET}*")
Run = Callable[..., str]


def statements(*, without: Sequence[str] = ()) -> list[dict[str, Any]]:
    listed = [allow(action, **more) for action, more in NEEDS.items() if action not in without]
    return [READ, *listed]


@pytest.fixture(scope="module")
def run(account: AccountProcess) -> Run:
    """Runs a training job under a role; its FailureReason."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "sa-east-1"})
    s3.put_object(Bucket=BUCKET, Key="in/a.csv", Body=b"1,2\n")
    client = account.client("sagemaker")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/in/"}}

    def training(name: str, role_arn: str, **more: Any) -> str:
        resources = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
        volume = {"VolumeKmsKeyId": more.pop("volume")} if "volume" in more else {}
        client.create_training_job(
            TrainingJobName=name,
            RoleArn=role_arn,
            AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            InputDataConfig=[{"ChannelName": "train", "DataSource": source}],
            OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
            ResourceConfig=resources | volume,
            StoppingCondition={"MaxRuntimeInSeconds": 3600},
            **more,
        )

        def ended() -> Any:
            job = client.describe_training_job(TrainingJobName=name)
            return job.get("FailureReason")

        return str(eventually(ended))

    return training


@pytest.mark.parametrize("missing", NEEDS)
def test_a_job_needs_every_permission_that_aws_lists(
    account: AccountProcess, name: str, run: Run, missing: str
) -> None:
    role_arn = role(account, name, "sagemaker", *statements(without=[missing]))
    reason = run(name, role_arn)
    assert reason.startswith(f"ClientError: The role '{role_arn}' ")
    assert f"is not authorized to perform: {missing}" in reason
    if missing.startswith("ecr:"):
        assert f"does not have BatchGetImage permission for the image: '{IMAGE}'." in reason


def test_a_job_with_just_these_gets_as_far_as_its_image(
    account: AccountProcess, name: str, run: Run
) -> None:
    role_arn = role(account, name, "sagemaker", *statements())
    assert ALLOWED in run(name, role_arn)
    assert {(action, True) for action in NEEDS} <= decisions(account, role_arn)


def test_a_job_under_a_key_lets_sagemaker_make_a_grant(
    account: AccountProcess, name: str, run: Run
) -> None:
    locked = key(account)
    role_arn = role(account, name, "sagemaker", *statements())
    assert "kms:CreateGrant" in run(f"{name}-1", role_arn, volume=locked)
    for_aws = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    permit(account, name, *statements(), allow("kms:CreateGrant", locked, Condition=for_aws))
    assert ALLOWED in run(f"{name}-2", role_arn, volume=locked)


def test_a_job_in_a_vpc_attaches_interfaces_to_what_there_is(
    account: AccountProcess, name: str, run: Run
) -> None:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.8.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName=name, Description="x", VpcId=vpc)["GroupId"]
    network = {"Subnets": [subnet], "SecurityGroupIds": [group]}
    role_arn = role(account, name, "sagemaker", *statements(), allow(NETWORK[1:]))
    assert "ec2:CreateNetworkInterface" in run(f"{name}-1", role_arn, VpcConfig=network)
    permit(account, name, *statements(), allow(NETWORK))
    assert ALLOWED in run(f"{name}-2", role_arn, VpcConfig=network)
    assert {(action, True) for action in NETWORK} <= decisions(account, role_arn)
    gone = {**network, "Subnets": ["subnet-0123456789abcdef0"]}
    assert run(f"{name}-3", role_arn, VpcConfig=gone).endswith("subnet-0123456789abcdef0")


def test_a_role_that_trusts_other_jobs_only_is_not_assumed(
    account: AccountProcess, name: str, run: Run
) -> None:
    """The source is the job itself, so that a role can be kept to jobs of a name."""
    only = {"ArnLike": {"aws:SourceArn": arn("sagemaker", f"training-job/{name}-ours-*")}}
    role_arn = role(account, name, "sagemaker", *statements(), trust=trusting("sagemaker", **only))
    with pytest.raises(Exception, match="Could not assume role"):
        run(f"{name}-theirs", role_arn)
    assert ALLOWED in run(f"{name}-ours-1", role_arn)
    trust(account, name, trusting("lambda"))
    with pytest.raises(Exception, match="Could not assume role"):
        run(f"{name}-ours-2", role_arn)
