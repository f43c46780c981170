"""What SageMaker's jobs may do while they run: the statements of their execution roles.

After the minimal policies in "SageMaker Roles"
(https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html), scoped as far as is known.
"""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from rules import locations

from stacks import policies
from stacks.policies import Scope


def any_image(scope: Scope) -> str:
    """Every image of the Region: Autopilot's lie in registries of AWS, in accounts of theirs."""
    return f"arn:{scope.names.partition}:ecr:{scope.names.region}:*:repository/*"


def own_image(scope: Scope) -> str:
    """The image that serves and trains the team's own models."""
    return scope.names.scoring_repository_arn


def run_any_job(scope: Scope, *, image: str) -> list[iam.PolicyStatement]:
    """What every SageMaker job needs: its image, its log, its metrics."""
    logs = scope.names.arn("logs", "log-group:/aws/sagemaker/*")
    return [
        policies.unscoped("ecr:GetAuthorizationToken"),
        policies.allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
            [image],
        ),
        policies.allow(
            [
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            [logs],
        ),
        policies.unscoped(
            "cloudwatch:PutMetricData",
            conditions={
                "StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "aws/sagemaker/*"]}
            },
        ),
        policies.list_objects(scope),
        use_key(scope),
        policies.lend_key_to_jobs(scope),
    ]


_INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
)
_NETWORK = (
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)


def attach_job(scope: Scope) -> list[iam.PolicyStatement]:
    """Let SageMaker make and remove the interfaces of a job in a VPC, in this account alone."""
    return [
        policies.allow(_INTERFACES, [scope.names.arn("ec2", "*/*")]),
        policies.unscoped(*_NETWORK),
    ]


def attach_any_job() -> list[iam.PolicyStatement]:
    """The same where processing jobs are among those that a role is for, as Autopilot's are:
    "Don't scope the policy with any conditions or resource filters", or SageMaker refuses the job
    (https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html)."""
    return [policies.unscoped(*_INTERFACES, *_NETWORK)]


def use_key(scope: Scope) -> iam.PolicyStatement:
    """Use the key for what a job reads and writes, itself or through SageMaker:
    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html asks for Encrypt as well.
    """
    services = [f"{name}.{scope.names.region}.amazonaws.com" for name in ("s3", "sagemaker")]
    return policies.allow(
        ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        [scope.key_arn],
        {"StringEquals": {"kms:ViaService": services}},
    )


def train_by_automl(scope: Scope, *, role_arn: str) -> list[iam.PolicyStatement]:
    """Autopilot: reads training data, writes below a run's automl/, starts jobs of its own."""
    return [
        *run_any_job(scope, image=any_image(scope)),
        policies.read_objects(scope, "*"),
        policies.upload_objects(scope, "*/runs/*/automl/*"),
        policies.pass_role(role_arn),
        explain_with_an_endpoint(scope),
    ]


def explain_with_an_endpoint(scope: Scope) -> iam.PolicyStatement:
    """Let Autopilot put its best candidate behind a short-lived endpoint to explain it.

    AWS publishes no rule for the names of what Autopilot makes on its own. Those seen in public
    start with the job's name; where that should not hold, the job still completes, with
    ExplainabilityError as secondary status, and this is the one statement to widen.
    """
    actions = [
        *(f"{verb}{kind}" for verb in ("Create", "Describe", "Delete") for kind in _SERVING),
        "InvokeEndpoint",
        "ListTags",
    ]
    return policies.allow(
        [f"sagemaker:{action}" for action in actions],
        [scope.names.sagemaker(kind) for kind in ("model", "endpoint-config", "endpoint")],
    )


_SERVING = ("Model", "EndpointConfig", "Endpoint")


def train_by_script(scope: Scope) -> list[iam.PolicyStatement]:
    """A training job: reads data and its own checkpoints, writes these and the run's training/."""
    checkpoints = f"{locations.CHECKPOINTS}*"
    return [
        *run_any_job(scope, image=own_image(scope)),
        policies.read_objects(scope, "*"),
        policies.upload_objects(scope, "*/runs/*/training/*", checkpoints),
    ]


def score(scope: Scope) -> list[iam.PolicyStatement]:
    """A transform job: reads a run's input and the model, writes a run's predictions."""
    return [
        *run_any_job(scope, image=any_image(scope)),
        policies.read_objects(
            scope, "*/runs/*/input/*", "*/runs/*/automl/*", "*/runs/*/training/*"
        ),
        policies.read_versions(scope, "*/model.txt"),
        policies.upload_objects(scope, "*/runs/*/predictions/*"),
    ]
