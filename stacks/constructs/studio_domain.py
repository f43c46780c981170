"""The SageMaker domain itself: private, encrypted, cheap when idle."""

from __future__ import annotations

import base64
import hashlib

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from autolote import domain_settings
from autolote.domain_settings import SHORTEST_IDLE_MINUTES
from stacks.placement import Placement

APPS = ("JupyterLab", "CodeEditor")
_HIDDEN_APPS = ("JupyterServer", "RStudioServerPro")
_Domain = sagemaker.CfnDomain


class StudioDomain(Construct):
    """The domain, and what runs when one of its apps starts.

    Attributes:
        domain: the domain.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: domain_settings.Domain,
        name: str,
        key_arn: str,
        placement: Placement,
        space_group: str,
        default_role_arn: str,
        space_role_arn: str,
    ) -> None:
        """Args:
        default_role_arn: of profiles that are given no role of a project's.
        space_group: the security group of shared spaces.
        space_role_arn: what every shared space of the domain runs under.
        """
        super().__init__(scope, construct_id)
        self._settings = settings
        self._scripts = {app: self._script(app, name) for app in APPS}
        groups = list(placement.studio_groups)
        self.domain = _Domain(
            self,
            "Domain",
            domain_name=name,
            auth_mode=settings.auth_mode,
            app_network_access_type=settings.network,
            vpc_id=placement.vpc_id,
            subnet_ids=list(placement.subnet_ids),
            kms_key_id=key_arn,
            tag_propagation="ENABLED",
            default_user_settings=self._user_settings(default_role_arn, groups),
            default_space_settings=_Domain.DefaultSpaceSettingsProperty(
                execution_role=space_role_arn,
                security_groups=[*groups, space_group],
                jupyter_lab_app_settings=self._jupyter_lab(),
                space_storage_settings=self._storage(),
            ),
            domain_settings=_Domain.DomainSettingsProperty(
                # CloudTrail then names the profile under which a call was made:
                # https://docs.aws.amazon.com/sagemaker/latest/dg/monitor-user-access.html
                execution_role_identity_config="USER_PROFILE_NAME",
                docker_settings=self._docker(),
            ),
        )

    def _user_settings(self, role_arn: str, groups: list[str]) -> _Domain.UserSettingsProperty:
        hidden = [*_HIDDEN_APPS, *([] if self._settings.canvas else ["Canvas"])]
        return _Domain.UserSettingsProperty(
            execution_role=role_arn,
            security_groups=groups,
            studio_web_portal="ENABLED",
            default_landing_uri="studio::",
            studio_web_portal_settings=_Domain.StudioWebPortalSettingsProperty(
                hidden_app_types=hidden
            ),
            # What a notebook shows is not copied to a bucket.
            sharing_settings=_Domain.SharingSettingsProperty(notebook_output_option="Disabled"),
            jupyter_lab_app_settings=self._jupyter_lab(),
            code_editor_app_settings=_Domain.CodeEditorAppSettingsProperty(
                app_lifecycle_management=self._idle(),
                lifecycle_config_arns=self._scripts["CodeEditor"],
                default_resource_spec=self._starts_with("CodeEditor"),
            ),
            space_storage_settings=self._storage(),
        )

    def _jupyter_lab(self) -> _Domain.JupyterLabAppSettingsProperty:
        return _Domain.JupyterLabAppSettingsProperty(
            app_lifecycle_management=self._idle(),
            lifecycle_config_arns=self._scripts["JupyterLab"],
            default_resource_spec=self._starts_with("JupyterLab"),
        )

    def _idle(self) -> _Domain.AppLifecycleManagementProperty:
        """https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-idle-shutdown.html"""
        return _Domain.AppLifecycleManagementProperty(
            idle_settings=_Domain.IdleSettingsProperty(
                lifecycle_management="ENABLED",
                idle_timeout_in_minutes=self._settings.idle_minutes,
                min_idle_timeout_in_minutes=SHORTEST_IDLE_MINUTES,
                max_idle_timeout_in_minutes=self._settings.idle_minutes,
            )
        )

    def _storage(self) -> _Domain.DefaultSpaceStorageSettingsProperty:
        return _Domain.DefaultSpaceStorageSettingsProperty(
            default_ebs_storage_settings=_Domain.DefaultEbsStorageSettingsProperty(
                default_ebs_volume_size_in_gb=5,
                maximum_ebs_volume_size_in_gb=self._settings.max_space_gb,
            )
        )

    def _docker(self) -> _Domain.DockerSettingsProperty:
        if not self._settings.docker:
            return _Domain.DockerSettingsProperty(enable_docker_access="DISABLED")
        trusted = [cdk.Stack.of(self).account] if self._settings.network == "VpcOnly" else None
        return _Domain.DockerSettingsProperty(
            enable_docker_access="ENABLED", vpc_only_trusted_accounts=trusted
        )

    def _script(self, app: str, prefix: str) -> list[str] | None:
        """The ARN of the script for one kind of app. It cannot be changed, so another script has
        another name."""
        script = self._settings.lifecycle_script
        if script is None:
            return None
        content = script.encode()
        config = sagemaker.CfnStudioLifecycleConfig(
            self,
            f"{app}Script",
            studio_lifecycle_config_name=(
                f"{prefix}-{app.lower()}-{hashlib.sha256(content).hexdigest()[:12]}"
            ),
            studio_lifecycle_config_app_type=app,
            studio_lifecycle_config_content=base64.b64encode(content).decode(),
        )
        return [config.attr_studio_lifecycle_config_arn]

    def _starts_with(self, app: str) -> _Domain.ResourceSpecProperty | None:
        arns = self._scripts[app]
        return _Domain.ResourceSpecProperty(lifecycle_config_arn=arns[0]) if arns else None
