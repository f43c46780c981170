"""Tags: whose each resource is, and who pays for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autolote.audit import shapes
from autolote.audit.checks.registry import Hit, Subject
from autolote.audit.model import Environment

TAGS = Subject("Tags")
REQUIRED = ("owner", "cost_center", "project", "environment")
# Types of which the tags are a property, and are billed or found by:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
TAGGED = (
    "AWS::CloudWatch::Alarm",
    "AWS::CodeBuild::Project",
    "AWS::DynamoDB::Table",
    "AWS::EC2::FlowLog",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::ECR::Repository",
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SageMaker::Domain",
    "AWS::SageMaker::Model",
    "AWS::SageMaker::ModelPackageGroup",
    "AWS::SageMaker::Space",
    "AWS::SageMaker::StudioLifecycleConfig",
    "AWS::SageMaker::UserProfile",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::SecretsManager::Secret",
    "AWS::StepFunctions::StateMachine",
)


@TAGS.check(
    "tags",
    title=f"Every resource is tagged with {', '.join(REQUIRED)}",
    remedy="Add the tags to the stage, as stacks/environment.py does",
    aws="https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html",
    severity="warning",
)
def tags(environment: Environment) -> Iterator[Hit]:
    for resource in environment.of_type(*TAGGED):
        missing = [name for name in REQUIRED if not _value(resource.get("Tags"), name)]
        if missing:
            yield Hit(at=resource, message=f"has no tag {', '.join(missing)}")


def _value(tags: Any, name: str) -> Any:
    if isinstance(tags, dict):
        return tags.get(name)
    return next((tag.get("Value") for tag in shapes.mappings(tags) if tag.get("Key") == name), None)
