"""What a project's users may do from within the domain: the statements of their execution role.

After "Give your users access to spaces"
(https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-jl-admin-guide-permissions.html),
with the domain, the project and the instance types fixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_iam as iam

from stacks import policies
from stacks.names import Names
from stacks.policies import Scope


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in the domain a project's users work.

    Attributes:
        domain_id: the domain's id.
        project: the project's id.
        shared_spaces: names of its shared spaces.
        instance_types: what apps may be started on.
        canvas: whether Canvas may be started.
    """

    domain_id: str
    project: str
    shared_spaces: Sequence[str]
    instance_types: Sequence[str]
    canvas: bool


def studio(names: Names) -> iam.IPrincipal:
    """SageMaker, on behalf of this account; AWS documents no narrower source for Studio:
    https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html"""
    return iam.ServicePrincipal(
        policies.SAGEMAKER,
        conditions={
            "StringEquals": {"aws:SourceAccount": names.account},
            "ArnLike": {"aws:SourceArn": names.arn("sagemaker", "*")},
        },
    )


def work_on_project(scope: Scope, place: Place) -> list[iam.PolicyStatement]:
    """All that a project's users may do."""
    return [*use_data(scope, place), request_runs(scope, place), *use_studio(scope, place)]


def use_data(scope: Scope, place: Place) -> list[iam.PolicyStatement]:
    """Read, write and delete below the project's prefix; what a run left there stays as it is."""
    return [
        policies.allow(
            ["s3:ListBucket"],
            [scope.bucket_arn],
            {"StringLike": {"s3:prefix": f"{place.project}/*"}},
        ),
        policies.allow(
            ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            scope.objects(f"{place.project}/*"),
        ),
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=["s3:PutObject", "s3:DeleteObject"],
            resources=scope.objects(f"{place.project}/*/runs/*"),
        ),
        policies.use_key_for_s3(scope, write=True),
    ]


def request_runs(scope: Scope, place: Place) -> iam.PolicyStatement:
    """Put requests on the environment's bus, as this project and no other."""
    return policies.allow(
        ["events:PutEvents"],
        [scope.names.bus],
        {
            "StringEquals": {
                "events:source": f"autolote.{place.project}",
                "events:detail-type": "RunRequested",
            }
        },
    )


def use_studio(scope: Scope, place: Place) -> list[iam.PolicyStatement]:
    """See the domain; make, start and stop what is one's own, and start what the project shares."""
    spaces = _within(scope, place, "space", "*")
    return [
        policies.unscoped(
            "sagemaker:ListApps",
            "sagemaker:ListDomains",
            "sagemaker:ListSpaces",
            "sagemaker:ListUserProfiles",
        ),
        policies.allow(
            ["sagemaker:DescribeDomain"],
            [scope.names.arn("sagemaker", f"domain/{place.domain_id}")],
        ),
        policies.allow(
            [f"sagemaker:Describe{kind}" for kind in ("App", "Space", "UserProfile")],
            [_within(scope, place, kind, "*") for kind in ("app", "space", "user-profile")],
        ),
        policies.allow(["sagemaker:CreatePresignedDomainUrl"], [_own_profile(scope, place)]),
        policies.allow(
            ["sagemaker:CreateSpace", "sagemaker:UpdateSpace", "sagemaker:DeleteSpace"],
            [spaces],
            _private(scope, place),
        ),
        *_apps(scope, place),
        policies.allow(
            ["sagemaker:AddTags"],
            [spaces, _within(scope, place, "app", "*")],
            {"StringEquals": {"sagemaker:TaggingAction": ["CreateSpace", "CreateApp"]}},
        ),
        # https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
        policies.lend_key_to_jobs(scope),
        policies.allow(
            ["kms:DescribeKey"],
            [scope.key_arn],
            {"StringEquals": {"kms:ViaService": f"sagemaker.{scope.names.region}.amazonaws.com"}},
        ),
    ]


def _apps(scope: Scope, place: Place) -> list[iam.PolicyStatement]:
    """Apps of one's own private spaces, of the project's shared ones, and Canvas if it is on."""
    types = {"ForAllValues:StringEquals": {"sagemaker:InstanceTypes": list(place.instance_types)}}
    own, private = [_within(scope, place, "app", "*")], _private(scope, place)
    statements = [
        policies.allow(["sagemaker:CreateApp"], own, {**private, **types}),
        policies.allow(["sagemaker:DeleteApp"], own, private),
    ]
    if place.shared_spaces:
        apps = [_within(scope, place, "app", f"{space}/*") for space in place.shared_spaces]
        shared = {"StringEquals": {"sagemaker:SpaceSharingType": "Shared"}}
        statements += [
            policies.allow(["sagemaker:CreateApp"], apps, {**shared, **types}),
            policies.allow(["sagemaker:DeleteApp"], apps, shared),
        ]
    if place.canvas:
        user = "${sagemaker:UserProfileName}"
        canvas = [_within(scope, place, "app", f"{user}/canvas/*")]
        statements.append(policies.allow(["sagemaker:CreateApp", "sagemaker:DeleteApp"], canvas))
    return statements


def _private(scope: Scope, place: Place) -> dict[str, Any]:
    """The space is private, and the caller's own."""
    return {
        "StringEquals": {"sagemaker:SpaceSharingType": "Private"},
        "ArnLike": {"sagemaker:OwnerUserProfileArn": _own_profile(scope, place)},
    }


def _own_profile(scope: Scope, place: Place) -> str:
    """SageMaker tells IAM under which profile somebody works."""
    return _within(scope, place, "user-profile", "${sagemaker:UserProfileName}")


def _within(scope: Scope, place: Place, kind: str, name: str) -> str:
    return scope.names.arn("sagemaker", f"{kind}/{place.domain_id}/{name}")
