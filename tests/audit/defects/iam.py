"""Defects of roles and of their policies."""

from __future__ import annotations

from typing import Any

from tests.audit.defects.copies import OWN_ACCOUNT, TAGS, Body, Copy, Defect, Plant

_POLICY, _ROLE = "AWS::IAM::ManagedPolicy", "AWS::IAM::Role"
_HOLDER = "VerifyOutput"
_OTHER_ACCOUNT = "999988887777"


def own(
    service: str, resource: str, *, region: str | None = None, account: Any = None
) -> dict[str, Any]:
    """An ARN in the environment's Region and account, unless others are given."""
    where = "sa-east-1" if region is None else region
    parts = [f"arn:aws:{service}:{where}:", account or OWN_ACCOUNT, f":{resource}"]
    return {"Fn::Join": ["", parts]}


def grant(
    action: str | list[str] | None, resource: Any, condition: Any = None, **more: Any
) -> Plant:
    """A function's role may do something more."""

    def plant(templates: Copy) -> Body:
        policy = templates.one(_POLICY, _HOLDER)
        statement = {"Action": action, "Effect": "Allow", "Resource": resource, **more}
        if condition:
            statement["Condition"] = condition
        policy.properties["PolicyDocument"]["Statement"].append(
            {key: value for key, value in statement.items() if value is not None}
        )
        return policy

    return plant


def grant_role(action: list[str], resource: Any) -> Plant:
    """The same, where the finding is about the role, and not about a statement."""

    def plant(templates: Copy) -> Body:
        grant(action, resource)(templates)
        return templates.one(_ROLE, _HOLDER)

    return plant


def trust(statement: dict[str, Any]) -> Plant:
    """Somebody else may take on a function's role."""

    def plant(templates: Copy) -> Body:
        role = templates.one(_ROLE, _HOLDER)
        document = role.properties["AssumeRolePolicyDocument"]
        document["Statement"].append({"Action": "sts:AssumeRole", "Effect": "Allow", **statement})
        return role

    return plant


def _object(key: str) -> dict[str, Any]:
    return {"Fn::Join": ["", [{"Fn::ImportValue": "autolote-prod-data-bucket-arn"}, key]]}


def _pass(templates: Copy, resource: Any, service: str | None) -> Body:
    condition = {"StringEquals": {"iam:PassedToService": service}} if service else None
    return grant("iam:PassRole", resource, condition)(templates)


def _key_without_condition(action: str, key: str) -> Plant:
    def plant(templates: Copy) -> Body:
        for policy in templates.all(_POLICY):
            for statement in policy.properties["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                named = action in (actions if isinstance(actions, list) else [actions])
                if named and key in str(statement.get("Condition")):
                    del statement["Condition"]
                    return policy
        raise LookupError(action)

    return plant


def _no_source(templates: Copy) -> Body:
    role = templates.one(_ROLE, "TransformJobs")
    del role.properties["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    return role


def _managed(templates: Copy) -> Body:
    role = templates.one(_ROLE, _HOLDER)
    arn = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    role.properties.setdefault("ManagedPolicyArns", []).append(arn)
    return role


def _inline(templates: Copy) -> Body:
    role = templates.one(_ROLE, _HOLDER)
    document = templates.one(_POLICY, _HOLDER).properties["PolicyDocument"]
    role.properties["Policies"] = [{"PolicyName": "more", "PolicyDocument": document}]
    return role


def _unused(templates: Copy) -> Body:
    document = templates.one(_ROLE, _HOLDER).properties["AssumeRolePolicyDocument"]
    return templates.add(
        _ROLE, {"AssumeRolePolicyDocument": document, "Tags": TAGS}, stack="identity"
    )


def _metrics(templates: Copy) -> Body:
    policy = templates.one(_POLICY, "TransformJobs")
    for statement in policy.properties["PolicyDocument"]["Statement"]:
        if statement["Action"] == "cloudwatch:PutMetricData":
            del statement["Condition"]
    return policy


_MODEL = own("sagemaker", "model/autolote-prod-*")
_PACKAGE = own("sagemaker", "model-package/autolote-prod-*")
_ENDPOINT = own("sagemaker", "endpoint/autolote-prod-*")
_FUNCTION = own("lambda", "function:autolote-prod-*")

DEFECTS = (
    Defect(
        name="a role may do everything",
        rule="iam-action-everything",
        plant=grant("*", "*"),
        also=(
            "iam-pass-role-service",
            "iam-pass-role-wildcard",
            "iam-run-as-another-role",
            "iam-key-via-service",
            "iam-key-grant",
            "iam-deployer-approves",
        ),
    ),
    Defect(
        name="a role may do everything with S3",
        rule="iam-action-everything",
        plant=grant("s3:*", _object("/*")),
    ),
    Defect(
        name="an action by wildcard",
        rule="iam-action-wildcard",
        plant=grant("s3:Get*", _object("/requests/*")),
    ),
    Defect(
        name="an action that does not exist",
        rule="iam-action-unknown",
        plant=grant("s3:ReadObject", _object("/requests/*")),
    ),
    Defect(
        name="everything but one action",
        rule="iam-not-action",
        plant=grant(None, _MODEL, NotAction="sagemaker:DeleteModel"),
        also=(
            "iam-run-as-another-role",
            "iam-key-via-service",
            "iam-key-grant",
            "iam-deployer-approves",
        ),
    ),
    Defect(
        name="everything but one resource",
        rule="iam-not-action",
        plant=grant("sagemaker:DescribeModel", None, NotResource=_MODEL),
    ),
    Defect(
        name="a role may rewrite its own policies",
        rule="iam-escalation",
        plant=grant("iam:PutRolePolicy", own("iam", "role/autolote-prod-*", region="")),
    ),
    Defect(
        name="a role may replace a function's code",
        rule="iam-escalation",
        plant=grant("lambda:UpdateFunctionCode", _FUNCTION),
    ),
    Defect(
        name="PassRole together with CreateFunction",
        rule="iam-run-as-another-role",
        plant=lambda templates: (
            grant("lambda:CreateFunction", _FUNCTION)(templates),
            _pass(templates, templates.one(_ROLE, "TransformJobs").arn, "lambda.amazonaws.com"),
            templates.one(_ROLE, _HOLDER),
        )[-1],
    ),
    Defect(
        name="PassRole without a condition",
        rule="iam-pass-role-service",
        plant=lambda templates: _pass(templates, templates.one(_ROLE, "TransformJobs").arn, None),
    ),
    Defect(
        name="PassRole on every role of the environment",
        rule="iam-pass-role-wildcard",
        plant=lambda templates: _pass(
            templates,
            {"Fn::Join": ["", ["arn:aws:iam::", OWN_ACCOUNT, ":role/autolote-prod-*"]]},
            "sagemaker.amazonaws.com",
        ),
    ),
    Defect(name="metrics in any namespace", rule="iam-metric-namespace", plant=_metrics),
    Defect(
        name="the role that deploys approves models",
        rule="iam-deployer-approves",
        plant=lambda templates: (
            grant("sagemaker:UpdateModelPackage", _PACKAGE)(templates),
            grant("sagemaker:UpdateEndpoint", _ENDPOINT)(templates),
            templates.one(_ROLE, _HOLDER),
        )[-1],
    ),
    Defect(
        name="every object of every bucket",
        rule="iam-resource-everything",
        plant=grant("s3:GetObject", "*"),
    ),
    Defect(
        name="a resource for an action that takes none",
        rule="iam-resource-ignored",
        plant=grant("sagemaker:ListModels", _MODEL),
    ),
    Defect(
        name="every model of the account",
        rule="iam-resource-scope",
        plant=grant("sagemaker:DescribeModel", own("sagemaker", "model/*")),
    ),
    Defect(
        name="models of every Region",
        rule="iam-resource-scope",
        plant=grant(
            "sagemaker:DescribeModel", own("sagemaker", "model/autolote-prod-*", region="*")
        ),
    ),
    Defect(
        name="models of another account",
        rule="iam-resource-scope",
        plant=grant(
            "sagemaker:DescribeModel",
            own("sagemaker", "model/autolote-prod-*", account=_OTHER_ACCOUNT),
        ),
    ),
    Defect(
        name="another environment's models",
        rule="iam-resource-scope",
        plant=grant("sagemaker:DescribeModel", own("sagemaker", "model/autolote-*")),
    ),
    Defect(
        name="buckets whose names begin alike",
        rule="iam-resource-scope",
        plant=grant("s3:ListBucket", _object("*")),
    ),
    Defect(
        name="a queue's ARN for an action on models",
        rule="iam-resource-kind",
        plant=grant("sagemaker:DescribeModel", own("sqs", "autolote-prod-dead-letters")),
    ),
    Defect(
        name="a role for anybody",
        rule="iam-trust-anyone",
        plant=trust({"Principal": "*"}),
    ),
    Defect(
        name="a role for another account",
        rule="iam-trust-other-account",
        plant=trust({"Principal": {"AWS": f"arn:aws:iam::{_OTHER_ACCOUNT}:root"}}),
    ),
    Defect(
        name="a service takes on a role for any account",
        rule="iam-trust-source",
        plant=_no_source,
    ),
    Defect(name="AmazonSageMakerFullAccess", rule="iam-managed-policy", plant=_managed),
    Defect(name="an inline policy", rule="iam-inline-policy", plant=_inline),
    Defect(
        name="an IAM user",
        rule="iam-user",
        plant=lambda templates: templates.add("AWS::IAM::User", {}, stack="identity"),
    ),
    Defect(name="a role that nothing uses", rule="iam-role-unused", plant=_unused),
    Defect(
        name="a role decrypts by itself",
        rule="iam-key-via-service",
        plant=_key_without_condition("kms:Decrypt", "ViaService"),
    ),
    Defect(
        name="a role lends the key to anybody",
        rule="iam-key-grant",
        plant=_key_without_condition("kms:CreateGrant", "GrantIsForAWSResource"),
    ),
)
