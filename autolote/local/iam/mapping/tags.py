"""Tags in a request: the condition keys they give, and the permission to tag what is created.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from autolote.local.iam.mapping.request import Request
from autolote.local.iam.model import Access, Value

TAGGING: Mapping[str, str] = {
    "codebuild": "",
    "ec2": "",
    "ecr": "ecr:TagResource",
    "elasticfilesystem": "elasticfilesystem:TagResource",
    "events": "events:TagResource",
    "iam": "iam:Tag{kind}",
    "kms": "kms:TagResource",
    "lambda": "lambda:TagResource",
    "logs": "logs:TagResource",
    "monitoring": "cloudwatch:TagResource",
    "sagemaker": "sagemaker:AddTags",
    "scheduler": "scheduler:TagResource",
    "sns": "sns:TagResource",
    "sqs": "sqs:TagQueue",
    "ssm": "ssm:AddTagsToResource",
    "states": "states:TagResource",
}
"""The permission that creating something with tags needs too. CodeBuild and EC2: see below."""


def request_tags(parameters: Mapping[str, Any]) -> dict[str, str]:
    """The tags a request gives, in whichever of AWS's forms."""
    for name in ("Tags", "tags", "TagSet", "TagList"):
        if name in parameters:
            return _pairs(parameters[name])
    found: dict[str, str] = {}
    for specification in parameters.get("TagSpecifications") or ():
        found |= _pairs(specification.get("Tags") or ())
    return found


def _pairs(given: Any) -> dict[str, str]:
    if isinstance(given, Mapping):
        return {str(name): str(value) for name, value in given.items()}
    pairs = [{name.lower(): value for name, value in tag.items()} for tag in given]
    return {
        str(tag.get("key", tag.get("tagkey"))): str(tag.get("value", tag.get("tagvalue", "")))
        for tag in pairs
    }


def tag_keys(parameters: Mapping[str, Any]) -> dict[str, Value]:
    """aws:RequestTag/... and aws:TagKeys of a request; nothing when it has no tags."""
    tags = request_tags(parameters)
    keys: Sequence[str] = tuple(tags) or _removed(parameters)
    if not keys:
        return {}
    return {
        **{f"aws:RequestTag/{name}": value for name, value in tags.items()},
        "aws:TagKeys": keys,
    }


def _removed(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    for name in ("TagKeys", "tagKeys"):
        if name in parameters:
            return tuple(parameters[name])
    return ()


def tagging_accesses(request: Request, accesses: Sequence[Access]) -> list[Access]:
    """What tagging at creation needs beyond creating.

    CodeBuild has no action for it (the tags belong to CreateProject). EC2's is ec2:CreateTags with
    ec2:CreateAction: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
    SageMaker's comes with sagemaker:TaggingAction, the operation that tags as it creates:
    https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_id-based-policy-examples.html
    """
    creates = request.operation.startswith(("Create", "PutRule", "PutMetricAlarm", "PutParameter"))
    tags = request_tags(request.parameters)
    if not creates or not tags or request.operation == "CreateTags" or not accesses:
        return []
    resource = accesses[0].resource
    if request.service == "ec2":
        context: dict[str, Value] = {"ec2:CreateAction": request.operation}
        return [Access(action="ec2:CreateTags", resource=resource, context=context)]
    action = TAGGING.get(request.service, "")
    if request.service == "iam":
        action = action.format(kind=request.operation.removeprefix("Create"))
    if request.service == "logs":
        # Tags are the one thing asked about a log group by its own ARN (operations.toml).
        resource = resource.removesuffix(":log-stream:")
    if request.service == "sagemaker":
        by_creating: dict[str, Value] = {"sagemaker:TaggingAction": request.operation}
        return [Access(action=action, resource=resource, context=by_creating)]
    return [Access(action=action, resource=resource)] if action else []
