"""What a deployment would put where a template refers to a resource: names and ARNs, made up.

Controls that run as CloudFormation hooks see properties with every reference resolved. The values
here have the form that the service would return, so that a rule which looks at the form of an ARN
or an id judges the template as it would judge the deployment. Forms: "Return values" of each type
in https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/ and "Resource types" in
https://docs.aws.amazon.com/service-authorization/latest/reference/.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from autolote.audit.model import Environment, Reference, Resource

ACCOUNT = "111122223333"

# {name}: physical name; {id}: 17 hexadecimal digits; {uuid}. First what `Ref` gives, then the ARN.
_REGIONAL = "arn:aws:{service}:{region}:{account}:"
_FORMS = {
    "AWS::CloudWatch::Alarm": ("{name}", _REGIONAL + "alarm:{name}"),
    "AWS::CodeBuild::Project": ("{name}", _REGIONAL + "project/{name}"),
    "AWS::EC2::FlowLog": ("fl-{id}", _REGIONAL + "vpc-flow-log/fl-{id}"),
    "AWS::EC2::RouteTable": ("rtb-{id}", _REGIONAL + "route-table/rtb-{id}"),
    "AWS::EC2::SecurityGroup": ("sg-{id}", _REGIONAL + "security-group/sg-{id}"),
    "AWS::EC2::Subnet": ("subnet-{id}", _REGIONAL + "subnet/subnet-{id}"),
    "AWS::EC2::VPC": ("vpc-{id}", _REGIONAL + "vpc/vpc-{id}"),
    "AWS::EC2::VPCEndpoint": ("vpce-{id}", _REGIONAL + "vpc-endpoint/vpce-{id}"),
    "AWS::ECR::Repository": ("{name}", _REGIONAL + "repository/{name}"),
    "AWS::EFS::FileSystem": ("fs-{id}", _REGIONAL + "file-system/fs-{id}"),
    "AWS::Events::EventBus": ("{name}", _REGIONAL + "event-bus/{name}"),
    "AWS::Events::Rule": ("{name}", _REGIONAL + "rule/{name}"),
    "AWS::IAM::ManagedPolicy": (
        "arn:aws:iam::{account}:policy/{name}",
        "arn:aws:iam::{account}:policy/{name}",
    ),
    "AWS::IAM::Role": ("{name}", "arn:aws:iam::{account}:role/{name}"),
    "AWS::KMS::Alias": ("alias/{name}", _REGIONAL + "alias/{name}"),
    "AWS::KMS::Key": ("{uuid}", _REGIONAL + "key/{uuid}"),
    "AWS::Lambda::Function": ("{name}", _REGIONAL + "function:{name}"),
    "AWS::Logs::LogGroup": ("{name}", _REGIONAL + "log-group:{name}:*"),
    "AWS::S3::Bucket": ("{name}", "arn:aws:s3:::{name}"),
    "AWS::SNS::Topic": (_REGIONAL + "{name}", _REGIONAL + "{name}"),
    "AWS::SQS::Queue": (
        "https://sqs.{region}.amazonaws.com/{account}/{name}",
        _REGIONAL + "{name}",
    ),
    "AWS::SageMaker::Domain": ("d-{id}", _REGIONAL + "domain/d-{id}"),
    "AWS::Scheduler::ScheduleGroup": ("{name}", _REGIONAL + "schedule-group/{name}"),
    "AWS::StepFunctions::StateMachine": (
        _REGIONAL + "stateMachine:{name}",
        _REGIONAL + "stateMachine:{name}",
    ),
}
_OTHER = ("{name}", _REGIONAL + "{kind}/{name}")
_SERVICES = {"stepfunctions": "states", "efs": "elasticfilesystem"}
_NAMES = ("BucketName", "QueueName", "TopicName", "FunctionName", "RoleName", "LogGroupName")
_MORE_NAMES = ("RepositoryName", "StateMachineName", "ManagedPolicyName", "Name", "DomainName")


class Literals:
    """The made-up deployment of one environment in one Region and account."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.account = environment.account or ACCOUNT
        self.region = environment.region or "us-east-1"

    def pseudo(self, name: str) -> str | None:
        """The value of a pseudo parameter such as "AWS::Region"; None where it has none."""
        return {
            "AWS::Region": self.region,
            "AWS::AccountId": self.account,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": f"{self.environment.name}-stack",
            "AWS::StackId": f"arn:aws:cloudformation:{self.region}:{self.account}:stack/stack/0",
        }.get(name)

    def of(self, reference: Reference) -> str:
        """What a reference to a resource, an attribute of it or a parameter stands for."""
        resource = self.environment.find(reference)
        if resource is None:
            return self._parameter(reference)
        ref, arn = _FORMS.get(resource.type, _OTHER)
        values = self._values(resource)
        attribute = reference.attribute
        if attribute.endswith("Arn") or attribute == "TopicArn":
            return arn.format(**values)
        if not attribute or attribute in ("GroupId", "DomainId", "VpcId", "KeyId", "Name"):
            return ref.format(**values)
        if attribute == "RepositoryUri":
            return "{account}.dkr.ecr.{region}.amazonaws.com/{name}".format(**values)
        return f"{values['name']}-{attribute.lower()}"

    def _values(self, resource: Resource) -> Mapping[str, str]:
        _, service, kind = resource.type.split("::", 2)
        digest = hashlib.sha256(resource.where.encode()).hexdigest()
        service = service.lower()
        return {
            "service": _SERVICES.get(service, service),
            "kind": kind.lower(),
            "region": self.region,
            "account": self.account,
            "name": self._name(resource),
            "id": digest[:17],
            "uuid": "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[:12])),
        }

    def _name(self, resource: Resource) -> str:
        """The physical name that the template gives, or one as CloudFormation would make it."""
        for key in (*_NAMES, *_MORE_NAMES):
            given = resource.get(key)
            if isinstance(given, str):
                return given
        made = f"{self.environment.name}-{resource.stack}-{resource.name}"
        return made.lower() if resource.type == "AWS::S3::Bucket" else made

    def _parameter(self, reference: Reference) -> str:
        template = self.environment.templates.get(reference.stack, {})
        parameter = template.get("Parameters", {}).get(reference.logical_id, {})
        return str(parameter.get("Default", f"{reference.logical_id}-value"))
