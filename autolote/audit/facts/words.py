"""Resources and ARNs in words: "objects requests/* in bucket storage/Data", "any resource"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autolote.audit import arns
from autolote.audit.model import Environment, Resource

# What a type is called in prose where its own name would mislead or read badly.
_NOUNS = {
    "AWS::CloudWatch::Alarm": "alarm",
    "AWS::CodeBuild::Project": "build project",
    "AWS::EC2::VPCEndpoint": "endpoint",
    "AWS::ECR::Repository": "repository",
    "AWS::EFS::FileSystem": "file system",
    "AWS::Events::EventBus": "event bus",
    "AWS::IAM::ManagedPolicy": "policy",
    "AWS::KMS::Key": "key",
    "AWS::SageMaker::Domain": "SageMaker domain",
}
# Services whose ARNs name no kind of resource.
_KINDLESS = {"sqs": "queue", "sns": "topic", "s3": "bucket"}


@dataclass(frozen=True, kw_only=True)
class Target:
    """What an ARN in a policy or a property means.

    Attributes:
        words: it in prose.
        resource: the resource of this environment that it is or lies in; None for another.
        rest: what follows the resource's ARN, as "/requests/*"; "" for the resource itself.
    """

    words: str
    resource: Resource | None = None
    rest: str = ""


class Words:
    """Puts the ARNs of one environment into words."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._by_arn = {
            arn: resource for resource in environment.resources for arn in arns.arns(resource)
        }

    def target(self, text: str) -> Target:
        """What `text` (see `Environment.text`) refers to."""
        text = arns.plain(self._environment, text)
        own = arns.owner(self._environment, text.removeprefix("arn:aws:s3:::"))
        if own:
            return Target(words=_part(*own), resource=own[0], rest=own[1])
        arn = arns.parse(text)
        if arn is None:
            return Target(words="any resource" if text == "*" else text)
        return self._named(text) or self._execution(arn) or Target(words=_elsewhere(arn))

    def value(self, text: str) -> str:
        """A value of a condition: ARNs and the account's number in words, the rest as it is."""
        if text == arns.OWN_ACCOUNT:
            return "this account"
        if text == "*":
            return text
        target = self.target(text)
        return name(target.resource) if target.resource and not target.rest else target.words

    def _named(self, text: str) -> Target | None:
        """A resource of ours that an ARN names by its physical name, with or without a tail."""
        for end in (len(text), *(i for i in range(len(text) - 1, 0, -1) if text[i] in ":/")):
            found = self._by_arn.get(text[:end])
            if found:
                return Target(words=_part(found, text[end:]), resource=found, rest=text[end:])
        return None

    def _execution(self, arn: arns.Arn) -> Target | None:
        if arn.service != "states" or not arn.resource.startswith("execution:"):
            return None
        machine = arn.resource.split(":")[1]
        found = self._by_arn.get(
            f"arn:{arn.partition}:states:{arn.region}:{arn.account}:stateMachine:{machine}"
        )
        words = f"executions of {name(found)}" if found else ""
        return Target(words=words, resource=found, rest=":*") if found else None


def noun(kind: str) -> str:
    """A CloudFormation type in prose: "state machine" for AWS::StepFunctions::StateMachine."""
    if kind in _NOUNS:
        return _NOUNS[kind]
    last = re.sub(
        r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", kind.rsplit("::", maxsplit=1)[-1]
    )
    return " ".join(w if w.isupper() and len(w) > 1 else w.lower() for w in last.split())


def name(resource: Resource) -> str:
    """A resource in prose: "bucket storage/Data"."""
    return f"{noun(resource.type)} {resource.where}"


def _part(resource: Resource, rest: str) -> str:
    named = name(resource)
    if resource.type == "AWS::S3::Bucket":
        if not rest:
            return f"{named} itself"
        return f"every object in {named}" if rest == "/*" else f"objects {rest[1:]} in {named}"
    if resource.type == "AWS::Logs::LogGroup" and rest.startswith(":"):
        return f"streams of {named}"
    return f"{named}{f' ({rest})' if rest else ''}"


def _elsewhere(arn: arns.Arn) -> str:
    """An ARN of something that no template here makes: jobs, other accounts' things."""
    service, rest = arn.service, arn.resource
    if service == "s3" and "/" in rest:
        bucket, _, objects = rest.partition("/")
        return f"objects {objects} in bucket {bucket}"
    parts = re.match(r"([A-Za-z-]+)[:/](.+)", rest, re.DOTALL)
    if service == "s3" or (service in _KINDLESS and not parts):
        kind, called = _KINDLESS[service], rest
    elif parts:
        kind, called = parts[1].replace("-", " "), parts[2]
    else:
        kind, called = "resource", rest
    where = _place(arn.region, arn.account)
    if kind != "log group":
        kind = f"{service} {kind}"
    if called == "*":
        return f"every {kind}{where}"
    return f"{plural(kind) if '*' in called else kind} {called}{where}"


def plural(noun_: str) -> str:
    """Several of what a noun names: "repositories"."""
    if noun_.endswith("s"):
        return noun_
    return f"{noun_[:-1]}ies" if noun_.endswith("y") else f"{noun_}s"


def _place(region: str, account: str) -> str:
    place = " in any Region" if region == "*" else ""
    if account == "*":
        return f"{place} of any account"
    if account in ("", arns.OWN_ACCOUNT):
        return place
    return f"{place} of AWS" if account == "aws" else f"{place} of account {account}"
