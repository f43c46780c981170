"""The SageMaker domain of an environment: its users, their spaces, and a role for each project."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from autolote.domain_settings import Space, User
from autolote.settings import Settings
from stacks import domain_policies as may
from stacks.constructs.security_groups import lonely_group
from stacks.constructs.service_role import ServiceRole
from stacks.constructs.studio_domain import StudioDomain
from stacks.names import Names
from stacks.placement import Placement
from stacks.policies import Scope
from stacks.storage import removal_policy


class DomainStack(cdk.Stack):
    """The domain, a role for each project, a profile for each user, the spaces.

    A profile that nobody gave a project works under a role that may nothing, and so does a shared
    space as long as no project has one.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        key_arn: str,
        bucket_arn: str,
        placement: Placement,
        **options: object,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        names = Names.of(self, prefix=settings.prefix)
        self._settings, self._placement = settings.domain, placement
        self._scope = Scope(names=names, bucket_arn=bucket_arn, key_arn=key_arn)
        # CloudFormation deletes no file system of a domain's, and whoever works in a space has
        # its volume: both go when they are told to, and not with the stack.
        self._removal = removal_policy(settings.retention)
        nobody = self._role("NoProject", "Profiles without a project run as this")
        projects = {
            project: self._role(f"Project-{project}", f"Users of project {project} run as this")
            for project in self._settings.projects
        }
        self._roles = {project: owner.role for project, owner in projects.items()}
        shared = self._roles.get(self._settings.shared_project or "", nobody.role)
        studio = StudioDomain(
            self,
            "Studio",
            settings=self._settings,
            name=names.prefix,
            key_arn=key_arn,
            placement=placement,
            space_group=lonely_group(
                self, "SharedSpaces", vpc_id=placement.vpc_id, description="Shared spaces"
            ),
            default_role_arn=nobody.role.role_arn,
            space_role_arn=shared.role_arn,
        )
        self._domain = studio.domain
        self._domain.apply_removal_policy(self._removal)
        granted = {
            project: owner.grant(may.work_on_project(self._scope, self._place(project)))
            for project, owner in projects.items()
        }
        profiles = {
            user.name: self._profile(user, granted[user.project]) for user in self._settings.users
        }
        for space in self._settings.spaces:
            self._space(space, profiles[space.owner])
        self._outputs()

    def _role(self, construct_id: str, description: str) -> ServiceRole:
        principal = may.studio(self._scope.names)
        owner = ServiceRole(self, construct_id, principal=principal, description=description)
        assert owner.role.assume_role_policy is not None
        # The session says under which profile somebody works.
        owner.role.assume_role_policy.add_statements(
            iam.PolicyStatement(actions=["sts:SetSourceIdentity"], principals=[principal])
        )
        return owner

    def _place(self, project: str) -> may.Place:
        return may.Place(
            domain_id=self._domain.attr_domain_id,
            project=project,
            shared_spaces=[
                space.name
                for space in self._settings.spaces
                if space.sharing == "shared" and space.project == project
            ],
            instance_types=self._settings.instance_types,
            canvas=self._settings.canvas,
        )

    def _profile(self, user: User, may_work: iam.ManagedPolicy) -> sagemaker.CfnUserProfile:
        """A profile in a security group of its own: one user's apps do not reach another's.
        https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html"""
        group = lonely_group(
            self,
            f"User-{user.name}-Apps",
            vpc_id=self._placement.vpc_id,
            description=f"Apps of {user.name}",
        )
        profile = sagemaker.CfnUserProfile(
            self,
            f"User-{user.name}",
            domain_id=self._domain.attr_domain_id,
            user_profile_name=user.name,
            single_sign_on_user_identifier="UserName" if user.sso_user else None,
            single_sign_on_user_value=user.sso_user,
            user_settings=sagemaker.CfnUserProfile.UserSettingsProperty(
                execution_role=self._roles[user.project].role_arn,
                security_groups=[*self._placement.studio_groups, group],
            ),
        )
        cdk.Tags.of(profile).add("project_id", user.project)
        policy = may_work.node.default_child
        assert isinstance(policy, iam.CfnManagedPolicy)
        profile.add_resource_dependency(policy)
        return profile

    def _space(self, space: Space, owner: sagemaker.CfnUserProfile) -> None:
        """A space with its volume. Its role and its groups are its owner's, or the domain's."""
        made = sagemaker.CfnSpace(
            self,
            f"Space-{space.name}",
            domain_id=self._domain.attr_domain_id,
            space_name=space.name,
            ownership_settings=sagemaker.CfnSpace.OwnershipSettingsProperty(
                owner_user_profile_name=space.owner
            ),
            space_sharing_settings=sagemaker.CfnSpace.SpaceSharingSettingsProperty(
                sharing_type=space.sharing.capitalize()
            ),
            space_settings=sagemaker.CfnSpace.SpaceSettingsProperty(
                app_type=space.app,
                space_storage_settings=sagemaker.CfnSpace.SpaceStorageSettingsProperty(
                    ebs_storage_settings=sagemaker.CfnSpace.EbsStorageSettingsProperty(
                        ebs_volume_size_in_gb=space.ebs_gb
                    )
                ),
            ),
        )
        cdk.Tags.of(made).add("project_id", space.project)
        made.apply_removal_policy(self._removal)
        made.add_resource_dependency(owner)

    def _outputs(self) -> None:
        """What `autolote teardown` finds the domain by, and what it does with the home folders."""
        keep = "Retain" if self._settings.keep_home_efs else "Delete"
        outputs = {
            "DomainId": self._domain.attr_domain_id,
            "DomainUrl": self._domain.attr_url,
            "HomeEfsFileSystemId": self._domain.attr_home_efs_file_system_id,
            "HomeEfsRetention": keep,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)
