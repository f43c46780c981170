"""iam:PassRole: who hands a role to a service must be allowed to.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from collections.abc import Mapping, Sequence

import jmespath

from autolote.local.iam.mapping.request import Request
from autolote.local.iam.model import Access, Value

_DOMAIN_ROLES = "[DefaultUserSettings.ExecutionRole, DefaultSpaceSettings.ExecutionRole]"
# Roles with which SNS logs its deliveries:
# https://docs.aws.amazon.com/sns/latest/dg/sns-topic-attributes.html
_FEEDBACK_ROLES = "Attributes.[{}]".format(
    ", ".join(
        f"{protocol}{outcome}FeedbackRoleArn"
        for protocol in ("Application", "Firehose", "HTTP", "Lambda", "SQS")
        for outcome in ("Success", "Failure")
    )
)
ROLES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "cloudformation": (
        "cloudformation.amazonaws.com",
        {
            "CreateChangeSet": "RoleARN",
            "CreateStack": "RoleARN",
            "DeleteStack": "RoleARN",
            "ExecuteChangeSet": "RoleARN",
            "UpdateStack": "RoleARN",
        },
    ),
    "codebuild": (
        "codebuild.amazonaws.com",
        {"CreateProject": "serviceRole", "UpdateProject": "serviceRole"},
    ),
    "ec2": ("vpc-flow-logs.amazonaws.com", {"CreateFlowLogs": "DeliverLogsPermissionArn"}),
    "events": (
        "events.amazonaws.com",
        {"PutRule": "RoleArn", "PutTargets": "Targets[].RoleArn"},
    ),
    "lambda": (
        "lambda.amazonaws.com",
        {"CreateFunction": "Role", "UpdateFunctionConfiguration": "Role"},
    ),
    "sagemaker": (
        "sagemaker.amazonaws.com",
        {
            "CreateAutoMLJob": "RoleArn",
            "CreateAutoMLJobV2": "RoleArn",
            "CreateDomain": _DOMAIN_ROLES,
            "CreateEndpointConfig": "ExecutionRoleArn",
            "CreateHyperParameterTuningJob": "TrainingJobDefinition.RoleArn",
            "CreateModel": "ExecutionRoleArn",
            "CreatePipeline": "RoleArn",
            "CreateProcessingJob": "RoleArn",
            "CreateTrainingJob": "RoleArn",
            "CreateUserProfile": "UserSettings.ExecutionRole",
            "UpdateDomain": _DOMAIN_ROLES,
            "UpdatePipeline": "RoleArn",
            "UpdateUserProfile": "UserSettings.ExecutionRole",
        },
    ),
    "scheduler": (
        "scheduler.amazonaws.com",
        {"CreateSchedule": "Target.RoleArn", "UpdateSchedule": "Target.RoleArn"},
    ),
    "sns": (
        "sns.amazonaws.com",
        {
            "CreateTopic": _FEEDBACK_ROLES,
            "SetTopicAttributes": "[AttributeName][?ends_with(@, 'RoleArn')] && AttributeValue",
        },
    ),
    "states": (
        "states.amazonaws.com",
        {"CreateStateMachine": "roleArn", "UpdateStateMachine": "roleArn"},
    ),
}
"""Service -> the principal that gets the role, and operation -> where the role stands."""

_COMPILED = {
    (service, operation): jmespath.compile(path)
    for service, (_, paths) in ROLES.items()
    for operation, path in paths.items()
}


def passed_roles(request: Request, accesses: Sequence[Access]) -> list[Access]:
    """iam:PassRole for each role that a request hands on.

    Args:
        request: the call.
        accesses: what the operation itself needs; the first is about what gets the role.
    """
    expression = _COMPILED.get((request.service, request.operation))
    if expression is None:
        return []
    found = expression.search(dict(request.parameters))
    roles = found if isinstance(found, list) else [found]
    context: dict[str, Value] = {"iam:PassedToService": ROLES[request.service][0]}
    if accesses and accesses[0].resource != "*":
        context["iam:AssociatedResourceArn"] = accesses[0].resource
    return [
        Access(action="iam:PassRole", resource=role, context=context)
        for role in dict.fromkeys(roles)
        if role
    ]
