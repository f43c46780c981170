"""IAM statements, as pure functions: each grants one thing and is scoped to what the kit names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_iam as iam

from stacks.names import Names

SAGEMAKER = "sagemaker.amazonaws.com"

# Actions that AWS lets nobody scope to a resource, each with its reason. `unscoped` grants
# nothing that is not listed here. Source: "Actions, resources, and condition keys" of each
# service, https://docs.aws.amazon.com/service-authorization/latest/reference/
UNSCOPED: Mapping[str, str] = {
    "xray:PutTraceSegments": "a trace has no ARN",
    "xray:PutTelemetryRecords": "telemetry has no ARN",
    "xray:GetSamplingRules": "asked for before it is known which rule will apply",
    "xray:GetSamplingTargets": "asked for before it is known which rule will apply",
    "logs:CreateLogDelivery": "a log delivery gets its id when it is made",
    "logs:GetLogDelivery": "log deliveries have no ARN",
    "logs:UpdateLogDelivery": "log deliveries have no ARN",
    "logs:DeleteLogDelivery": "log deliveries have no ARN",
    "logs:ListLogDeliveries": "log deliveries have no ARN",
    "logs:PutResourcePolicy": "the policy is the account's, not a log group's",
    "logs:DescribeResourcePolicies": "the policy is the account's, not a log group's",
    "logs:DescribeLogGroups": "lists; Step Functions asks without naming a group",
    "cloudwatch:PutMetricData": "a metric has no ARN; the namespace is the condition",
    "ecr:GetAuthorizationToken": "one token opens the registry, not a repository",
    "sagemaker:ListCandidatesForAutoMLJob": "no List call of SageMaker but ListTags can be scoped",
    "sagemaker:ListApps": "no List call of SageMaker but ListTags can be scoped",
    "sagemaker:ListDomains": "no List call of SageMaker but ListTags can be scoped",
    "sagemaker:ListSpaces": "no List call of SageMaker but ListTags can be scoped",
    "sagemaker:ListUserProfiles": "no List call of SageMaker but ListTags can be scoped",
    # Only for roles that processing jobs run as: job_policies.attach_any_job.
    "ec2:CreateNetworkInterface": "SageMaker refuses a processing job whose role limits it",
    "ec2:CreateNetworkInterfacePermission": "as ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface": "as ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission": "as ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces": "describes cannot be scoped",
    "ec2:DescribeVpcs": "describes cannot be scoped",
    "ec2:DescribeDhcpOptions": "describes cannot be scoped",
    "ec2:DescribeSubnets": "describes cannot be scoped",
    "ec2:DescribeSecurityGroups": "describes cannot be scoped",
}


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What statements are scoped to: the environment's names, its data bucket and its key."""

    names: Names
    bucket_arn: str
    key_arn: str

    def objects(self, *keys: str) -> list[str]:
        """The ARNs of the data bucket's objects whose keys match."""
        return [f"{self.bucket_arn}/{key}" for key in keys]


def allow(
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Mapping[str, Any] | None = None,
) -> iam.PolicyStatement:
    """A statement that allows `actions` on `resources`."""
    return iam.PolicyStatement(
        actions=list(actions), resources=list(resources), conditions=conditions
    )


def unscoped(*actions: str, conditions: Mapping[str, Any] | None = None) -> iam.PolicyStatement:
    """A statement on every resource.

    Raises:
        ValueError: an action is not in the table of those that cannot be scoped.
    """
    if scopable := set(actions) - UNSCOPED.keys():
        raise ValueError(f"{sorted(scopable)} can be scoped; or give the reason in UNSCOPED")
    return allow(actions, ["*"], conditions)


def write_log(scope: Scope, group: str) -> iam.PolicyStatement:
    """Write into the streams of one log group, which exists already."""
    return allow(
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        [scope.names.arn("logs", f"log-group:{group}:*")],
    )


def trace() -> iam.PolicyStatement:
    """Send X-Ray traces."""
    return unscoped("xray:PutTraceSegments", "xray:PutTelemetryRecords")


def list_objects(scope: Scope) -> iam.PolicyStatement:
    """List the data bucket. S3 says 404 only to who may list, and 403 to others."""
    return allow(["s3:ListBucket"], [scope.bucket_arn])


def read_objects(scope: Scope, *keys: str) -> iam.PolicyStatement:
    """Read the latest versions of the objects whose keys match."""
    return allow(["s3:GetObject"], scope.objects(*keys))


def read_versions(scope: Scope, *keys: str) -> iam.PolicyStatement:
    """Read versions, each by its id, of the objects whose keys match."""
    return allow(["s3:GetObjectVersion"], scope.objects(*keys))


def write_objects(scope: Scope, *keys: str) -> iam.PolicyStatement:
    """Write the objects whose keys match."""
    return allow(["s3:PutObject"], scope.objects(*keys))


def upload_objects(scope: Scope, *keys: str) -> iam.PolicyStatement:
    """Write large objects whose keys match: in parts, which are given up if one fails."""
    return allow(["s3:PutObject", "s3:AbortMultipartUpload"], scope.objects(*keys))


def tag_objects(scope: Scope, *keys: str) -> iam.PolicyStatement:
    """Tag the objects whose keys match, as the lifecycle rules of the bucket want it."""
    return allow(["s3:PutObjectTagging"], scope.objects(*keys))


def use_key_for_s3(scope: Scope, *, read: bool = True, write: bool = False) -> iam.PolicyStatement:
    """Use the key, but only for what the data bucket holds. To write in parts, Decrypt is needed as
    well: https://repost.aws/knowledge-center/s3-large-file-encryption-kms-key

    The context is the bucket's ARN, or the object's where a writer asks for no bucket key:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
    """
    return allow(
        [*(["kms:Decrypt"] if read else []), *(["kms:GenerateDataKey"] if write else [])],
        [scope.key_arn],
        {
            "StringEquals": {"kms:ViaService": f"s3.{scope.names.region}.amazonaws.com"},
            "StringLike": {
                "kms:EncryptionContext:aws:s3:arn": [scope.bucket_arn, *scope.objects("*")]
            },
        },
    )


def send_dead_letters(names: Names, *, key_arn: str) -> list[iam.PolicyStatement]:
    """Put what failed into the dead-letter queue, which is encrypted."""
    return [
        allow(["sqs:SendMessage"], [names.dead_letters]),
        allow(
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [key_arn],
            {"StringEquals": {"kms:ViaService": f"sqs.{names.region}.amazonaws.com"}},
        ),
    ]


def encrypt_executions(names: Names, *, key_arn: str) -> list[iam.PolicyStatement]:
    """What the machine's role needs of the key: for the data of executions, and for their log.

    A condition on kms:ViaService would keep executions from starting:
    https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html"""
    context = "kms:EncryptionContext:"
    return [
        allow(
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [key_arn],
            {"StringEquals": {f"{context}aws:states:stateMachineArn": names.machine}},
        ),
        allow(
            ["kms:GenerateDataKey"],
            [key_arn],
            {"StringEquals": {f"{context}SourceArn": names.arn("logs", "*")}},
        ),
    ]


def read_executions(scope: Scope) -> list[iam.PolicyStatement]:
    """Read what an execution was started with, which the caller must be able to decrypt."""
    return [
        allow(["states:DescribeExecution"], [scope.names.executions]),
        allow(
            ["kms:Decrypt"],
            [scope.key_arn],
            {
                "StringEquals": {
                    "kms:ViaService": f"states.{scope.names.region}.amazonaws.com",
                    "kms:EncryptionContext:aws:states:stateMachineArn": scope.names.machine,
                }
            },
        ),
    ]


def read_schedules(scope: Scope) -> iam.PolicyStatement:
    """Decrypt the schedules of the environment's group, under the role that they run as:
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html"""
    schedules = scope.names.arn("scheduler", f"schedule/{scope.names.prefix}/*")
    return allow(
        ["kms:Decrypt"],
        [scope.key_arn],
        {"ArnLike": {"kms:EncryptionContext:aws:scheduler:schedule:arn": schedules}},
    )


def lend_key_to_jobs(scope: Scope) -> iam.PolicyStatement:
    """Let a job's volumes be encrypted: SageMaker makes itself a grant on the caller's behalf:
    https://docs.aws.amazon.com/sagemaker/latest/dg/api-permissions-reference.html"""
    return allow(
        ["kms:CreateGrant"], [scope.key_arn], {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    )


def use_jobs(scope: Scope, kind: str, *actions: str) -> iam.PolicyStatement:
    """Call SageMaker about the kit's jobs or models of one kind (`automl-job`, `model`...)."""
    return allow([f"sagemaker:{action}" for action in actions], [scope.names.sagemaker(kind)])


def pass_role(role_arn: str) -> iam.PolicyStatement:
    """Hand exactly this role to SageMaker, and to no other service."""
    return allow(["iam:PassRole"], [role_arn], {"StringEquals": {"iam:PassedToService": SAGEMAKER}})


def attach_function(names: Names) -> list[iam.PolicyStatement]:
    """Let Lambda make and remove the interfaces of a function in a VPC. EC2 gives interfaces their
    ids, and Lambda wants the account's every one named. The function's own code may do nothing of
    the kind:
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    """
    make = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:UnassignPrivateIpAddresses",
    ]
    look = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]
    functions = names.arn("lambda", f"function:{names.prefix}-*")
    return [
        allow(make, [names.arn("ec2", "*/*")]),
        unscoped(*look),
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=[*make, *look],
            resources=["*"],
            conditions={"ArnLike": {"lambda:SourceFunctionArn": functions}},
        ),
    ]
