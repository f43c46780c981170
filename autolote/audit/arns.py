"""ARNs as templates write them: whose a resource is, and what a pattern reaches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from autolote.audit.model import Environment, Reference, Resource

OWN_ACCOUNT = "${AWS::AccountId}"
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
_OF_OURS = re.compile(r"\$\{([^/}]+)/([^.}]+)(?:\.([^}]+))?\}")

# Physical name property, and the ARN that it makes: "Identifiers" of each type's page below
# https://docs.aws.amazon.com/service-authorization/latest/reference/. `{0}` is the name.
_NAMED: dict[str, tuple[str, str]] = {
    "AWS::SQS::Queue": ("QueueName", "sqs:{region}:{account}:{0}"),
    "AWS::SNS::Topic": ("TopicName", "sns:{region}:{account}:{0}"),
    "AWS::Lambda::Function": ("FunctionName", "lambda:{region}:{account}:function:{0}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "logs:{region}:{account}:log-group:{0}"),
    "AWS::StepFunctions::StateMachine": (
        "StateMachineName",
        "states:{region}:{account}:stateMachine:{0}",
    ),
    "AWS::Events::EventBus": ("Name", "events:{region}:{account}:event-bus/{0}"),
    "AWS::Events::Rule": ("Name", "events:{region}:{account}:rule/{0}"),
    "AWS::IAM::Role": ("RoleName", "iam::{account}:role/{0}"),
    "AWS::ECR::Repository": ("RepositoryName", "ecr:{region}:{account}:repository/{0}"),
    "AWS::S3::Bucket": ("BucketName", "s3:::{0}"),
    "AWS::CodeBuild::Project": ("Name", "codebuild:{region}:{account}:project/{0}"),
    "AWS::CloudWatch::Alarm": ("AlarmName", "cloudwatch:{region}:{account}:alarm:{0}"),
    "AWS::Scheduler::ScheduleGroup": ("Name", "scheduler:{region}:{account}:schedule-group/{0}"),
}
# Of these `Ref` is the ARN: "Return values" of each type in the CloudFormation reference.
_REF_IS_ARN = {
    "AWS::SNS::Topic",
    "AWS::StepFunctions::StateMachine",
    "AWS::IAM::ManagedPolicy",
    "AWS::SageMaker::Model",
}


@dataclass(frozen=True, kw_only=True)
class Arn:
    """The parts of an ARN; placeholders and wildcards stand where the template has them."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def plain(environment: Environment, text: str) -> str:
    """A text with the pseudo parameters that this environment fixes put in, and with its own
    account, however it is written, as `${AWS::AccountId}`."""
    text = text.replace("${AWS::Partition}", "aws").replace("${AWS::URLSuffix}", "amazonaws.com")
    if environment.region:
        text = text.replace("${AWS::Region}", environment.region)
    if environment.account:
        text = text.replace(environment.account, OWN_ACCOUNT)
    return text


def parse(text: str) -> Arn | None:
    """The parts of an ARN; None where the text is none."""
    # A placeholder may hold colons, which part nothing.
    hidden = _PLACEHOLDER.sub(lambda found: found[0].replace(":", "\x00"), text)
    parts = [part.replace("\x00", ":") for part in hidden.split(":", 5)]
    if len(parts) != 6 or parts[0] != "arn":
        return None
    _, partition, service, region, account, resource = parts
    return Arn(
        partition=partition, service=service, region=region, account=account, resource=resource
    )


def owner(environment: Environment, text: str) -> tuple[Resource, str] | None:
    """The resource of ours whose ARN a text begins with, and what follows it."""
    found = _OF_OURS.match(text)
    if not found:
        return None
    resource = environment.find(Reference(found[1], found[2]))
    return (resource, text[found.end() :]) if resource else None


def arns(resource: Resource) -> list[str]:
    """Every way in which a template may write the ARN of a resource: by reference and by name."""
    place = f"{resource.stack}/{resource.logical_id}"
    found = [f"${{{place}.Arn}}"]
    if resource.type in _REF_IS_ARN:
        found.append(f"${{{place}}}")
    if resource.type == "AWS::SNS::Topic":
        found.append(f"${{{place}.TopicArn}}")
    if resource.type in _NAMED:
        found.append(_by_name(resource))
    return found


def reaches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether a pattern of a policy (`*`, `?`) matches a text, letter for letter as IAM does."""
    if ignore_case:
        pattern, text = pattern.lower(), text.lower()
    if "*" not in pattern and "?" not in pattern:
        return pattern == text
    return bool(_compiled(pattern).fullmatch(text))


def literal_start(pattern: str) -> str:
    """What a pattern begins with before its first wildcard."""
    return re.split(r"[*?]", pattern, maxsplit=1)[0]


def _by_name(resource: Resource) -> str:
    environment = resource.environment
    path, form = _NAMED[resource.type]
    name = plain(environment, resource.text(path)) or _invented(resource)
    if resource.type == "AWS::Events::Rule" and (bus := _bus(resource)):
        name = f"{bus}/{name}"
    region = environment.region or "${AWS::Region}"
    return "arn:aws:" + form.format(name, region=region, account=OWN_ACCOUNT)


def _invented(resource: Resource) -> str:
    """CloudFormation names what has no name after its stack and logical id:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html"""
    stack = resource.environment.stack_names[resource.stack]
    name = f"{stack}-{resource.logical_id}-0123456789AB"
    return name.lower() if resource.type == "AWS::S3::Bucket" else name


def _bus(rule: Resource) -> str:
    """Name of a rule's bus; "" for the account's default bus, which its ARN leaves out."""
    text = rule.text("EventBusName")
    if text in ("", "default"):
        return ""
    found = owner(rule.environment, text)
    name = found[0].text("Name") if found else text.rpartition("/")[2]
    return plain(rule.environment, name)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = (
        {"*": ".*", "?": "."}.get(part, re.escape(part)) for part in re.split(r"([*?])", pattern)
    )
    return re.compile("".join(parts), re.DOTALL)
