"""AWS::ECR::Repository and AWS::CodeBuild::Project."""

from typing import Any

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

_PROJECT = (
    "Description",
    "Artifacts",
    "Environment",
    "ServiceRole",
    "EncryptionKey",
    "LogsConfig",
    "TimeoutInMinutes",
    "QueuedTimeoutInMinutes",
    "ConcurrentBuildLimit",
)


def _create_repository(ctx: Context, properties: Properties) -> Made:
    name = properties.get("RepositoryName") or ctx.name(longest=256, lower=True)
    ctx.call(
        "ecr",
        "create_repository",
        RepositoryName=name,
        Tags=tag_list(properties),
        **chosen(
            properties,
            "ImageTagMutability",
            "ImageScanningConfiguration",
            "EncryptionConfiguration",
        ),
    )
    return _update_repository(ctx, name, {}, properties)


def _update_repository(ctx: Context, name: str, before: Properties, after: Properties) -> Made:
    policy = after.get("LifecyclePolicy", {}).get("LifecyclePolicyText")
    if policy and changed(before, after, "LifecyclePolicy"):
        ctx.call("ecr", "put_lifecycle_policy", RepositoryName=name, LifecyclePolicyText=policy)
    text = after.get("RepositoryPolicyText")
    if text and changed(before, after, "RepositoryPolicyText"):
        ctx.call("ecr", "set_repository_policy", RepositoryName=name, PolicyText=text)
    if before and changed(before, after, "ImageTagMutability"):
        mutability = after.get("ImageTagMutability", "MUTABLE")
        ctx.call(
            "ecr",
            "put_image_tag_mutability",
            RepositoryName=name,
            ImageTagMutability=mutability,
        )
    uri = f"{ctx.account.account_id}.dkr.ecr.{ctx.account.region}.amazonaws.com/{name}"
    arn = ctx.arn("ecr", f"repository/{name}")
    return Made(id=name, attributes={"Arn": arn, "RepositoryUri": uri})


def _project(properties: Properties) -> dict[str, Any]:
    """The properties as the API takes them: its names differ in case, and in one place more."""
    source = dict(properties["Source"])
    if "BuildSpec" in source:
        source["Buildspec"] = source.pop("BuildSpec")
    tags = [{"Key": name, "Value": value} for name, value in tag_map(properties).items()]
    return {**chosen(properties, *_PROJECT), "Source": source, "Tags": tags}


def _create_project(ctx: Context, properties: Properties) -> Made:
    name = properties.get("Name") or ctx.name(longest=150)
    ctx.call("codebuild", "create_project", Name=name, **_project(properties))
    return _made(ctx, name)


def _update_project(ctx: Context, name: str, before: Properties, after: Properties) -> Made:
    ctx.call("codebuild", "update_project", Name=name, **_project(after))
    return _made(ctx, name)


def _made(ctx: Context, name: str) -> Made:
    return Made(id=name, attributes={"Arn": ctx.arn("codebuild", f"project/{name}")})


PROVIDERS = {
    "AWS::ECR::Repository": Provider(
        create=_create_repository,
        update=_update_repository,
        delete=lambda ctx, name, given: ctx.call_if_there(
            "ecr",
            "delete_repository",
            RepositoryName=name,
            Force=bool(given.get("EmptyOnDelete")),
        ),
        replaced_by=frozenset({"RepositoryName", "EncryptionConfiguration"}),
    ),
    "AWS::CodeBuild::Project": Provider(
        create=_create_project,
        update=_update_project,
        delete=lambda ctx, name, _: ctx.call_if_there("codebuild", "delete_project", Name=name),
        replaced_by=frozenset({"Name"}),
    ),
}
