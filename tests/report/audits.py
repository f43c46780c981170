"""Audits to make reports of: with a finding of every fate, with hostile names, a big one."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from autolote.audit.findings import Finding
from autolote.audit.model import Environment
from autolote.audit.result import AuditResult, Explained, Judged, Waived
from tests.report import sample

TODAY = datetime.date(2026, 11, 29)
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">|`*"


def judged() -> Judged:
    """Two open findings, one waived, one explained, all about the sample."""
    return Judged(
        open=(
            Finding(
                source="autolote",
                rule="topic-reaches-somebody",
                stack="main",
                resource="Topic",
                message="Nobody has confirmed the subscription of topic Topic",
                remedy="Name an address in notification_emails",
            ),
            Finding(
                source="checkov",
                rule="CKV_AWS_18",
                stack="main",
                resource="Data",
                message="Ensure the S3 bucket has access logging enabled",
                severity="warning",
            ),
        ),
        waived=(
            Waived(
                finding=Finding(
                    source="cdk-nag",
                    rule="AwsSolutions-S1",
                    stack="main",
                    resource="Data",
                    message="The bucket has no server access logs",
                ),
                reason="The sample has one bucket, which would log into itself",
                owner="data-platform",
                expires=datetime.date(2027, 5, 31),
            ),
        ),
        explained=(
            Explained(
                finding=Finding(
                    source="cdk-nag",
                    rule="AwsSolutions-IAM5",
                    stack="main",
                    resource="StartRole",
                    detail="Resource::<Data.Arn>/requests/*",
                    message="The role has a wildcard",
                ),
                by="scoped-resource",
                because="the bucket is ours and the key begins with requests/",
            ),
        ),
    )


def audit(environment: Environment, found: Judged | None = None) -> AuditResult:
    """An audit of an environment with these findings; none if none are given."""
    return AuditResult(
        environment=environment,
        judged=found or Judged(),
        today=TODAY,
        versions={"autolote": "0.1.0", "cdk-nag": "3.0.2", "cfn-lint": "1.58.0"},
    )


def of_sample(folder: Path) -> AuditResult:
    """The sample with a finding of every fate."""
    return audit(sample.environment(folder, {"main": sample.resources()}), judged())


def hostile(folder: Path) -> AuditResult:
    """Markup wherever a template's author can put text, and in a finding."""
    resources = sample.resources()
    resources["StartFunction"]["Properties"]["Description"] = HOSTILE
    resources["Rule"]["Properties"]["EventPattern"] = {"source": [HOSTILE]}
    resources["Mail"]["Properties"]["Endpoint"] = HOSTILE
    resources["Way"]["Properties"]["ServiceName"] = HOSTILE
    resources[HOSTILE] = sample.role("lambda.amazonaws.com", sample.statement(HOSTILE, HOSTILE))
    finding = Finding(
        source="autolote",
        rule=HOSTILE,
        stack="main",
        resource=HOSTILE,
        detail=HOSTILE,
        message=HOSTILE,
        remedy=HOSTILE,
    )
    return audit(sample.environment(folder, {"main": resources}), Judged(open=(finding,)))


def big(folder: Path, *, functions: int = 330) -> AuditResult:
    """About three resources for each function, and a finding for each: a thousand and more."""
    stacks: dict[str, dict[str, Any]] = {"main": sample.resources()}
    for number in range(functions):
        stack = stacks.setdefault(f"part{number // 100}", {"Bucket": {"Type": "AWS::S3::Bucket"}})
        step = f"Step{number:03}"
        stack[f"{step}Role"] = sample.role(
            "lambda.amazonaws.com",
            sample.statement(["s3:GetObject", "s3:PutObject"], sample.below("Bucket", "/in/*")),
            sample.statement("sagemaker:DescribeTrainingJob"),
        )
        stack[f"{step}Function"] = sample.function(f"{step}Role", Description=f"Step {number}")
        stack[f"{step}Log"] = {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": f"/aws/lambda/{step}"},
        }
    found = Judged(
        open=tuple(
            Finding(
                source="autolote",
                rule="log-group-encrypted",
                stack=f"part{number // 100}",
                resource=f"Step{number:03}Log",
                message=f"Log group Step{number:03}Log is not under the key",
                remedy="Set KmsKeyId",
            )
            for number in range(functions)
        )
    )
    return audit(sample.environment(folder, stacks), found)


def about(environment: Environment) -> AuditResult:
    """Findings of every fate at the first resources of any environment."""
    first, second, third, *_ = environment.resources

    def finding(source: str, at: Any, **more: Any) -> Finding:
        said = f"Resource {at.where} breaks a rule of {source}"
        rule = f"{source}-1"
        return Finding(
            source=source, rule=rule, stack=at.stack, resource=at.name, message=said, **more
        )

    return audit(
        environment,
        Judged(
            open=(
                finding("autolote", first, remedy="Change it"),
                finding("checkov", second, severity="warning"),
            ),
            waived=(
                Waived(
                    finding=finding("cdk-nag", third),
                    reason="A reason",
                    owner="data-platform",
                    expires=datetime.date(2027, 5, 31),
                ),
            ),
            explained=(
                Explained(finding=finding("cdk-nag", first), by="check", because="it was checked"),
            ),
        ),
    )
