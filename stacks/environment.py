"""One environment: its stacks, and what they tell each other."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from autolote.settings import Settings
from stacks.domain import DomainStack
from stacks.identity import IdentityStack
from stacks.image import ImageStack
from stacks.network import NetworkStack
from stacks.pipeline import PipelineStack
from stacks.placement import Placement
from stacks.storage import StorageStack


class Environment(cdk.Stage):
    """Everything that is deployed for one settings file."""

    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(
            scope,
            settings.environment,
            env=cdk.Environment(account=settings.account, region=settings.region),
            permissions_boundary=_boundary(settings),
        )
        storage = StorageStack(
            self,
            "storage",
            stack_name=f"{settings.prefix}-storage",
            description="autolote: the key, the buckets and the dead-letter queue",
            settings=settings,
        )
        placement = Placement.existing(settings.network)
        if settings.network.mode == "created":
            placement = NetworkStack(
                self,
                "network",
                stack_name=f"{settings.prefix}-network",
                description="autolote: the private network and its endpoints",
                settings=settings,
                key=storage.key,
            ).placement
        identity = IdentityStack(
            self,
            "identity",
            stack_name=f"{settings.prefix}-identity",
            description="autolote: who may do what",
            settings=settings,
            bucket_arn=storage.data_bucket_arn,
            key_arn=storage.key.key_arn,
            placement=placement,
        )
        identity.add_stack_dependency(storage)
        image = ImageStack(
            self,
            "image",
            stack_name=f"{settings.prefix}-image",
            description="autolote: the scoring image, and how it is built",
            settings=settings,
            key=storage.key,
            dead_letters=storage.dead_letters,
            placement=placement,
        )
        pipeline = PipelineStack(
            self,
            "pipeline",
            stack_name=f"{settings.prefix}-pipeline",
            description="autolote: triggers, functions and the state machine",
            settings=settings,
            key=storage.key,
            bucket=storage.data_bucket,
            dead_letters=storage.dead_letters,
            identity=identity,
            image_uri=image.uri,
            placement=placement,
        )
        # No run may name an image that is not there yet.
        pipeline.add_stack_dependency(image)
        if settings.domain.enabled and placement is not None:
            DomainStack(
                self,
                "domain",
                stack_name=f"{settings.prefix}-domain",
                description="autolote: the SageMaker domain, its users and their spaces",
                settings=settings,
                key_arn=storage.key.key_arn,
                bucket_arn=storage.data_bucket_arn,
                placement=placement,
            )
        tags = {"project": "autolote", "environment": settings.environment, **settings.tags}
        # The stacks themselves have them too: `autolote teardown` knows its own by them.
        stacks = [child for child in self.node.children if isinstance(child, cdk.Stack)]
        for key, value in tags.items():
            cdk.Tags.of(self).add(key, value)
            for stack in stacks:
                stack.tags.set_tag(key, value)


def _boundary(settings: Settings) -> cdk.PermissionsBoundary | None:
    """What no role of the environment may go beyond, whatever its own policies say."""
    if settings.permissions_boundary is None:
        return None
    return cdk.PermissionsBoundary.from_name(settings.permissions_boundary)
