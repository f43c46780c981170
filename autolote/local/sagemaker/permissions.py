"""What a job does under its role besides reading and writing S3: image, log, metrics, key, network.

The lists are those of "SageMaker roles",
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html, and a job that lacks one of
them fails. Where AWS publishes no wording for that, the FailureReason begins as its others do and
says what was refused.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Protocol

from .errors import JobFailedError

PULL = ("BatchCheckLayerAvailability", "GetDownloadUrlForLayer", "BatchGetImage")
NETWORK = (
    "DescribeVpcs",
    "DescribeDhcpOptions",
    "DescribeSubnets",
    "DescribeSecurityGroups",
    "CreateNetworkInterface",
    "CreateNetworkInterfacePermission",
    "DescribeNetworkInterfaces",
    "DeleteNetworkInterfacePermission",
    "DeleteNetworkInterface",
)
_REGISTRY = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
_INTERFACE = {"NetworkInterfaceId": "eni-0", "NetworkInterfacePermissionId": "eni-perm-0"}


class RefusedError(Exception):
    """A role may not do something; the message is AWS's."""


class Permissions(Protocol):
    """What the account around SageMaker lets a role do, for a job or model (`source_arn`)."""

    def credentials(self, role_arn: str, source_arn: str) -> Mapping[str, str]:
        """The role's credentials as environment variables; raises anything if SageMaker may not
        assume the role for it."""

    def require(
        self,
        role_arn: str,
        source_arn: str,
        *,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
    ) -> None:
        """Raise RefusedError if the role may not call an operation."""

    def lend_key(self, role_arn: str, source_arn: str, *, key: str) -> None:
        """Raise RefusedError if the role may not let SageMaker make itself a grant on a key."""

    def missing(self, *, subnets: Sequence[str], groups: Sequence[str]) -> Sequence[str]:
        """Those of the subnets and security groups that do not exist."""


class JobRole:
    """The role of a job at work.

    Args:
        permissions: of the account.
        role_arn: the role.
        job_arn: the job.
    """

    def __init__(self, permissions: Permissions, role_arn: str, job_arn: str) -> None:
        self._permissions = permissions
        self._identity = (role_arn, job_arn)
        self._role = role_arn

    def begin(
        self,
        *,
        images: Sequence[str],
        kind: str,
        vpc: Mapping[str, Any] | None = None,
        volume_key: str | None = None,
    ) -> None:
        """What is done before the job's containers run.

        Args:
            images: of the containers.
            kind: of job, as its log group and its metrics name it: `TrainingJobs`.
            vpc: its VpcConfig.
            volume_key: its VolumeKmsKeyId.

        Raises:
            JobFailedError: the role does not allow it.
        """
        for image in dict.fromkeys(images):
            self._pull(image)
        if volume_key:
            self._lend(volume_key)
        if vpc:
            self._attach(vpc)
        self._tell(kind)

    def _pull(self, image: str) -> None:
        registry, _, path = image.partition("/")
        found = _REGISTRY.fullmatch(registry)
        if found is None:
            return  # not in ECR: the local account says itself what it cannot run
        repository = path.partition("@")[0].partition(":")[0]
        arn = f"arn:aws:ecr:{found['region']}:{found['account']}:repository/{repository}"
        try:
            self._require("ecr", "GetAuthorizationToken")
            for operation in PULL:
                self._require("ecr", operation, repositoryName=arn)
        except RefusedError as error:
            raise JobFailedError(
                f"ClientError: The role '{self._role}' does not have BatchGetImage permission for "
                f"the image: '{image}'. ({error})"
            ) from error

    def _lend(self, key: str) -> None:
        try:
            self._permissions.lend_key(*self._identity, key=key)
        except RefusedError as error:
            self._fail(f"cannot use the KMS key {key} for the storage volume", error)

    def _attach(self, vpc: Mapping[str, Any]) -> None:
        subnets, groups = vpc["Subnets"], vpc["SecurityGroupIds"]
        if missing := self._permissions.missing(subnets=subnets, groups=groups):
            raise JobFailedError(
                f"ClientError: VpcConfig names what does not exist: {', '.join(missing)}"
            )
        parameters = {**_INTERFACE, "SubnetId": subnets[0], "Groups": list(groups)}
        try:
            for operation in NETWORK:
                self._require("ec2", operation, **parameters)
        except RefusedError as error:
            self._fail("cannot attach network interfaces in the VPC of the job", error)

    def _tell(self, kind: str) -> None:
        """The job's log and its metrics."""
        where = {"logGroupName": f"/aws/sagemaker/{kind}", "logStreamName": self._identity[1]}
        where["logStreamName"] = where["logStreamName"].rpartition("/")[2]
        try:
            for operation in (
                "CreateLogGroup",
                "CreateLogStream",
                "DescribeLogStreams",
                "PutLogEvents",
            ):
                self._require("logs", operation, **where)
            self._require("monitoring", "PutMetricData", Namespace=f"/aws/sagemaker/{kind}")
        except RefusedError as error:
            self._fail("cannot write the log and the metrics of the job", error)

    def _require(self, service: str, operation: str, **parameters: Any) -> None:
        self._permissions.require(
            *self._identity, service=service, operation=operation, parameters=parameters
        )

    def _fail(self, what: str, error: RefusedError) -> NoReturn:
        raise JobFailedError(f"ClientError: The role '{self._role}' {what}. ({error})") from error
