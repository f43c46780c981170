"""The environments that tests of templates look at, and one that uses every setting."""

from __future__ import annotations

import dataclasses

from autolote.domain_settings import Domain, Space, User
from autolote.settings import Network, Schedule, Settings
from stacks.app import all_settings

ENVIRONMENTS = ("dev", "local", "prod")
FULL = "full"


def full_settings() -> Settings:
    """Settings that leave nothing out: the team's VPC, a domain, a schedule, subscriptions."""
    [prod] = [settings for settings in all_settings() if settings.environment == "prod"]
    return dataclasses.replace(
        prod,
        environment=FULL,
        account="210987654321",
        projects=("digits", "churn"),
        notification_emails=("team@example.com",),
        network=Network(
            mode="existing",
            vpc_id="vpc-0123456789abcdef0",
            subnet_ids=("subnet-0123456789abcdef0", "subnet-0fedcba9876543210"),
            security_group_ids=("sg-0123456789abcdef0",),
        ),
        domain=Domain(
            enabled=True,
            auth_mode="SSO",
            idle_minutes=120,
            canvas=True,
            docker=True,
            keep_home_efs=False,
            lifecycle_script="#!/bin/bash\nset -eu\n",
            users=(
                User(name="ana", project="digits", sso_user="ana@example.com"),
                User(name="caio", project="churn", sso_user="caio@example.com"),
            ),
            spaces=(
                Space(name="ana-lab", project="digits", owner="ana", ebs_gb=50),
                Space(name="caio-code", project="churn", owner="caio", app="CodeEditor"),
            ),
        ),
        schedules=(
            Schedule(
                name="nightly",
                expression="cron(0 3 * * ? *)",
                timezone="America/Sao_Paulo",
                request={"project_id": "digits", "experiment_id": "first"},
            ),
        ),
    )
