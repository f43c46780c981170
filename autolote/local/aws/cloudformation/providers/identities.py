"""AWS::IAM::Role, AWS::IAM::Policy and AWS::IAM::ManagedPolicy."""

from collections.abc import Iterable

from autolote.local.aws.cloudformation.provider import (
    Context,
    Made,
    Properties,
    Provider,
    changed,
    chosen,
    tag_list,
    tag_map,
)


def _create_role(ctx: Context, properties: Properties) -> Made:
    name = properties.get("RoleName") or ctx.name(longest=64)
    given = chosen(properties, "Path", "Description", "MaxSessionDuration", "PermissionsBoundary")
    found = ctx.call(
        "iam",
        "create_role",
        RoleName=name,
        AssumeRolePolicyDocument=properties["AssumeRolePolicyDocument"],
        Tags=tag_list(properties),
        **given,
    )["Role"]
    try:
        _grant(ctx, name, {}, properties)
    except Exception:
        _delete_role(ctx, name, properties)
        raise
    return Made(id=name, attributes={"Arn": found["Arn"], "RoleId": found["RoleId"]})


def _update_role(ctx: Context, name: str, before: Properties, after: Properties) -> Made:
    if changed(before, after, "AssumeRolePolicyDocument"):
        document = after["AssumeRolePolicyDocument"]
        ctx.call("iam", "update_assume_role_policy", RoleName=name, PolicyDocument=document)
    if changed(before, after, "Description", "MaxSessionDuration"):
        ctx.call(
            "iam",
            "update_role",
            RoleName=name,
            Description=after.get("Description", ""),
            MaxSessionDuration=after.get("MaxSessionDuration", 3600),
        )
    if changed(before, after, "PermissionsBoundary"):
        boundary = after.get("PermissionsBoundary")
        if boundary:
            ctx.call(
                "iam",
                "put_role_permissions_boundary",
                RoleName=name,
                PermissionsBoundary=boundary,
            )
        else:
            ctx.call("iam", "delete_role_permissions_boundary", RoleName=name)
    if changed(before, after, "Tags"):
        gone = sorted(set(tag_map(before)) - set(tag_map(after)))
        if gone:
            ctx.call("iam", "untag_role", RoleName=name, TagKeys=gone)
        ctx.call("iam", "tag_role", RoleName=name, Tags=tag_list(after))
    _grant(ctx, name, before, after)
    found = ctx.call("iam", "get_role", RoleName=name)["Role"]
    return Made(id=name, attributes={"Arn": found["Arn"], "RoleId": found["RoleId"]})


def _grant(ctx: Context, name: str, before: Properties, after: Properties) -> None:
    """Inline and attached policies of a role."""
    old = {one["PolicyName"]: one["PolicyDocument"] for one in before.get("Policies") or []}
    new = {one["PolicyName"]: one["PolicyDocument"] for one in after.get("Policies") or []}
    for policy in set(old) - set(new):
        ctx.call_if_there("iam", "delete_role_policy", RoleName=name, PolicyName=policy)
    for policy, document in new.items():
        if old.get(policy) != document:
            ctx.call(
                "iam",
                "put_role_policy",
                RoleName=name,
                PolicyName=policy,
                PolicyDocument=document,
            )
    was, wanted = before.get("ManagedPolicyArns") or [], after.get("ManagedPolicyArns") or []
    for arn in set(was) - set(wanted):
        ctx.call_if_there("iam", "detach_role_policy", RoleName=name, PolicyArn=arn)
    for arn in set(wanted) - set(was):
        ctx.call("iam", "attach_role_policy", RoleName=name, PolicyArn=arn)


def _delete_role(ctx: Context, name: str, properties: Properties) -> None:
    for arn in properties.get("ManagedPolicyArns") or []:
        ctx.call_if_there("iam", "detach_role_policy", RoleName=name, PolicyArn=arn)
    for policy in properties.get("Policies") or []:
        inline = policy["PolicyName"]
        ctx.call_if_there("iam", "delete_role_policy", RoleName=name, PolicyName=inline)
    ctx.call_if_there("iam", "delete_role", RoleName=name)


def _put_policy(ctx: Context, properties: Properties, *, to: Iterable[str]) -> Made:
    name, document = properties["PolicyName"], properties["PolicyDocument"]
    for role in to:
        ctx.call("iam", "put_role_policy", RoleName=role, PolicyName=name, PolicyDocument=document)
    return Made(id=name)


def _update_policy(ctx: Context, name: str, before: Properties, after: Properties) -> Made:
    for role in set(before.get("Roles", [])) - set(after.get("Roles", [])):
        ctx.call_if_there("iam", "delete_role_policy", RoleName=role, PolicyName=name)
    return _put_policy(ctx, after, to=after.get("Roles", []))


def _delete_policy(ctx: Context, name: str, properties: Properties) -> None:
    for role in properties.get("Roles", []):
        ctx.call_if_there("iam", "delete_role_policy", RoleName=role, PolicyName=name)


def _create_managed(ctx: Context, properties: Properties) -> Made:
    name = properties.get("ManagedPolicyName") or ctx.name(longest=128)
    found = ctx.call(
        "iam",
        "create_policy",
        PolicyName=name,
        PolicyDocument=properties["PolicyDocument"],
        **chosen(properties, "Path", "Description"),
    )["Policy"]
    for role in properties.get("Roles", []):
        ctx.call("iam", "attach_role_policy", RoleName=role, PolicyArn=found["Arn"])
    return Made(id=found["Arn"], attributes={"PolicyArn": found["Arn"]})


def _update_managed(ctx: Context, arn: str, before: Properties, after: Properties) -> Made:
    if changed(before, after, "PolicyDocument"):
        _drop_old_versions(ctx, arn, keep=4)  # a policy has at most 5
        document = after["PolicyDocument"]
        ctx.call(
            "iam",
            "create_policy_version",
            PolicyArn=arn,
            PolicyDocument=document,
            SetAsDefault=True,
        )
    was, wanted = set(before.get("Roles", [])), set(after.get("Roles", []))
    for role in was - wanted:
        ctx.call_if_there("iam", "detach_role_policy", RoleName=role, PolicyArn=arn)
    for role in wanted - was:
        ctx.call("iam", "attach_role_policy", RoleName=role, PolicyArn=arn)
    return Made(id=arn, attributes={"PolicyArn": arn})


def _drop_old_versions(ctx: Context, arn: str, *, keep: int) -> None:
    found = ctx.call("iam", "list_policy_versions", PolicyArn=arn)["Versions"]
    old = [version for version in found if not version["IsDefaultVersion"]]
    old.sort(key=lambda version: version["CreateDate"])
    for version in old[: max(0, len(found) - keep)]:
        number = version["VersionId"]
        ctx.call("iam", "delete_policy_version", PolicyArn=arn, VersionId=number)


def _delete_managed(ctx: Context, arn: str, properties: Properties) -> None:
    for role in properties.get("Roles", []):
        ctx.call_if_there("iam", "detach_role_policy", RoleName=role, PolicyArn=arn)
    _drop_old_versions(ctx, arn, keep=0)
    ctx.call_if_there("iam", "delete_policy", PolicyArn=arn)


PROVIDERS = {
    "AWS::IAM::Role": Provider(
        create=_create_role,
        update=_update_role,
        delete=_delete_role,
        replaced_by=frozenset({"RoleName", "Path"}),
    ),
    "AWS::IAM::Policy": Provider(
        create=lambda ctx, properties: _put_policy(ctx, properties, to=properties.get("Roles", [])),
        update=_update_policy,
        delete=_delete_policy,
        replaced_by=frozenset({"PolicyName"}),
    ),
    "AWS::IAM::ManagedPolicy": Provider(
        create=_create_managed,
        update=_update_managed,
        delete=_delete_managed,
        replaced_by=frozenset({"ManagedPolicyName", "Path", "Description"}),
    ),
}
