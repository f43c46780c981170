"""How far each statement of a role reaches: the service, the Region, the account and the kind of
resource are fixed, and the name is, or begins with, one that this environment gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from autolote.audit import arns, authorization, names
from autolote.audit.checks.iam_actions import allowed
from autolote.audit.checks.registry import Hit, Subject
from autolote.audit.model import Environment

IAM_SCOPE = Subject("Reach of roles")
_REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"
_WILD = re.compile(r"[*?]")


@dataclass(frozen=True, kw_only=True)
class ForcedReach:
    """A reach that AWS forces on everybody.

    Attributes:
        arn: the resource as a statement writes it, after `arns.plain`; a regular expression.
        actions: the only actions that it may be written for; a regular expression.
        reason: why, with the page of AWS that says so.
    """

    arn: str
    actions: str
    reason: str


EXCEPTIONS = (
    ForcedReach(
        arn=r"arn:aws:ecr:[^*]+:\*:repository/\*",
        actions=r"ecr:(BatchCheckLayerAvailability|BatchGetImage|GetDownloadUrlForLayer)",
        reason="Autopilot's images lie in registries of AWS, in accounts that differ by Region "
        "and algorithm; only actions that read an image: "
        "https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html",
    ),
    ForcedReach(
        arn=r"arn:aws:logs:[^*]+:[^*]+:log-group:/aws/sagemaker/[\w/]*\*",
        actions=r"logs:(CreateLogGroup|CreateLogStream|DescribeLogStreams|PutLogEvents)",
        reason="SageMaker writes the logs of all jobs of an account into groups it names itself: "
        "https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html",
    ),
    ForcedReach(
        arn=r"arn:aws:ec2:[^*]+:[^*]+:\*/\*",
        actions=r"ec2:(Assign|Unassign)PrivateIpAddresses|"
        r"ec2:(Create|Delete)NetworkInterface(Permission)?",
        reason="EC2 gives network interfaces their ids, and Lambda wants all of the account's "
        "named: "
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions",
    ),
    ForcedReach(
        arn=r"arn:aws:s3:::cdk-\w+-assets-[^*]+",
        actions=r"s3:Get\w+",
        reason="What the CDK uploads lies in the bucket of its bootstrap: "
        "https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html",
    ),
)
# Actions that can be scoped, but not for whom AWS calls them in the name of.
ON_EVERYTHING = {
    **dict.fromkeys(
        (
            "ec2:CreateNetworkInterface",
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterface",
            "ec2:DeleteNetworkInterfacePermission",
        ),
        "SageMaker refuses a processing job, as Autopilot's are, whose role limits these actions "
        "by a resource or a condition: "
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html",
    ),
    **dict.fromkeys(
        ("logs:DescribeLogGroups", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies"),
        "Step Functions asks so when a machine that logs is made: "
        "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
    ),
}


@IAM_SCOPE.check(
    "iam-resource-everything",
    title="Only actions that AWS scopes to nothing are allowed on every resource",
    remedy="Name the resources; the action takes ARNs of the form that the finding gives",
    aws=_REFERENCE,
)
def everything(environment: Environment) -> Iterator[Hit]:
    for statement in allowed(environment):
        if "*" not in statement.resources:
            continue
        for action in statement.actions:
            formats = authorization.resource_arns(action)
            if formats and action not in ON_EVERYTHING:
                yield Hit(
                    at=statement.holder,
                    detail=action,
                    message=f"allows {action} on every resource; it can be scoped to {formats[0]}",
                )


@IAM_SCOPE.check(
    "iam-resource-ignored",
    title="A resource is named only for actions that take one",
    remedy='Allow the action on "*", in a statement of its own: AWS scopes it to no resource, so '
    "this statement does not grant it",
    aws=_REFERENCE,
)
def ignored(environment: Environment) -> Iterator[Hit]:
    for statement in allowed(environment):
        if "*" in statement.resources or not statement.resources:
            continue
        for action in statement.actions:
            if authorization.exists(action) and not authorization.resource_arns(action):
                yield Hit(
                    at=statement.holder,
                    detail=action,
                    message=f"names resources for {action}, which takes none",
                )


@IAM_SCOPE.check(
    "iam-resource-scope",
    title="Every resource of a statement is one that this environment names",
    remedy="Name the resource, or begin its name with the environment's own; Region and account "
    "are this deployment's",
    aws=_REFERENCE,
)
def scope(environment: Environment) -> Iterator[Hit]:
    for statement in allowed(environment):
        for resource in statement.resources:
            fault = fault_of(environment, resource, statement.actions)
            if resource != "*" and fault:
                yield Hit(
                    at=statement.holder,
                    detail=resource,
                    message=f"reaches {resource}: {fault}",
                )


@IAM_SCOPE.check(
    "iam-resource-kind",
    title="Every resource of a statement is of a kind that one of its actions takes",
    remedy="Correct the ARN, or remove the resource: no action of the statement can reach it",
    aws=_REFERENCE,
)
def kind(environment: Environment) -> Iterator[Hit]:
    for statement in allowed(environment):
        for resource in statement.resources:
            arn = arns.parse(resource)
            formats = [one for a in statement.actions for one in authorization.resource_arns(a)]
            if arn and formats and not any(_of_kind(arn, one) for one in formats):
                yield Hit(
                    at=statement.holder,
                    detail=resource,
                    message=f"names {resource}, which is nothing that "
                    f"{', '.join(sorted(statement.actions))} could reach",
                )


def fault_of(environment: Environment, resource: str, actions: tuple[str, ...]) -> str:
    """Why a resource of a statement reaches too far, as a clause; "" when it does not.

    Args:
        resource: as the statement writes it, after `arns.plain`.
        actions: those of the statement.
    """
    if _excepted(resource, actions):
        return ""
    owned = arns.owner(environment, resource)
    if owned:
        follows = owned[1]
        ends = follows[:1] in ("", "/", ":")
        return "" if ends else f"{follows!r} also matches other resources whose names begin alike"
    arn = arns.parse(resource)
    if arn is None:
        return "it is no ARN, and of nothing in these templates"
    return _fault_of_arn(environment, arn, actions)


def _fault_of_arn(environment: Environment, arn: arns.Arn, actions: tuple[str, ...]) -> str:
    formats = [arns.parse(one) for a in actions for one in authorization.resource_arns(a)]
    of_service = [one for one in formats if one and one.service == arn.service]
    if _WILD.search(arn.service) or _WILD.search(arn.partition):
        return "the service is left open"
    if _WILD.search(arn.region) or (not arn.region and all(one.region for one in of_service)):
        return "the Region is left open"
    if arn.account not in (arns.OWN_ACCOUNT, environment.account or arns.OWN_ACCOUNT, ""):
        return f"the account is {arn.account or 'left open'}"
    if not arn.account and all(one.account for one in of_service):
        return "the account is left open"
    start = arns.literal_start(arn.resource)
    if start == arn.resource or names.is_ours(environment, start):
        return ""
    return f"{start!r} is no name that this environment gives"


def _of_kind(arn: arns.Arn, form: str) -> bool:
    """Whether an ARN may be one of a format: the same service, and the same fixed beginning."""
    wanted = arns.parse(form)
    if wanted is None or wanted.service != arn.service:
        return False
    fixed = wanted.resource.partition("${")[0]
    start = arns.literal_start(arn.resource)
    return start.startswith(fixed) or (start != arn.resource and fixed.startswith(start))


def _excepted(resource: str, actions: tuple[str, ...]) -> bool:
    return any(
        re.fullmatch(one.arn, resource)
        and all(re.fullmatch(one.actions, action) for action in actions)
        for one in EXCEPTIONS
    )
