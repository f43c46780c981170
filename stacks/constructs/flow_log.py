"""The record of who talked to whom in the VPC."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks import policies
from stacks.constructs.service_role import ServiceRole
from stacks.names import Names


class FlowLog(Construct):
    """Every connection, made or refused, in an encrypted log group, under a role of its own.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        vpc_id: str,
        log_group: logs.LogGroup,
    ) -> None:
        super().__init__(scope, construct_id)
        principal = iam.ServicePrincipal(
            "vpc-flow-logs.amazonaws.com",
            conditions={
                "StringEquals": {"aws:SourceAccount": names.account},
                "ArnLike": {"aws:SourceArn": names.arn("ec2", "vpc-flow-log/*")},
            },
        )
        owner = ServiceRole(
            self, "Writer", principal=principal, description="The VPC's flow log is written as this"
        )
        policy = owner.grant(
            [
                policies.allow(
                    ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                    [names.arn("logs", f"log-group:{names.flow_log_group}:*")],
                )
            ]
        )
        flow_log = ec2.CfnFlowLog(
            self,
            "FlowLog",
            resource_type="VPC",
            resource_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_group_name=log_group.log_group_name,
            deliver_logs_permission_arn=owner.role.role_arn,
        )
        resource = policy.node.default_child
        assert isinstance(resource, iam.CfnManagedPolicy)
        flow_log.add_resource_dependency(resource)
