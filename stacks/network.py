"""A private network of the environment's own: a VPC that reaches AWS services, and nothing else."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from autolote.settings import Settings
from stacks import endpoints
from stacks.constructs.flow_log import FlowLog
from stacks.constructs.private_vpc import PrivateVpc
from stacks.constructs.security_groups import SecurityGroups
from stacks.constructs.step_function import encrypted_log_group
from stacks.endpoints import ENDPOINTS, Endpoint
from stacks.names import Names
from stacks.placement import Placement
from stacks.storage import removal_policy


class NetworkStack(cdk.Stack):
    """The VPC, its endpoints, its security groups, its flow log.

    Attributes:
        placement: where in it the others stand.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        key: kms.IKey,
        **options: object,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        self._names = Names.of(self, prefix=settings.prefix)
        network = settings.network
        s3_prefix_list = network.s3_prefix_list(settings.region)
        assert s3_prefix_list is not None, "Settings refuses a Region without one"
        self._private = PrivateVpc(
            self,
            "Private",
            cidr=network.cidr,
            availability_zones=network.availability_zones,
            name=settings.prefix,
        )
        vpc_id = self._private.vpc.attr_vpc_id
        groups = SecurityGroups(
            self, "Groups", vpc_id=vpc_id, cidr=network.cidr, s3_prefix_list=s3_prefix_list
        )
        extra = [
            Endpoint(service=name, actions="*", reason="network.extra_endpoints")
            for name in network.extra_endpoints
        ]
        for endpoint in (*ENDPOINTS, *extra):
            self._interface(endpoint, groups.endpoints)
        self._gateway_to_s3()
        FlowLog(
            self,
            "Flows",
            names=self._names,
            vpc_id=vpc_id,
            log_group=encrypted_log_group(
                self,
                "FlowsLog",
                name=self._names.flow_log_group,
                key=key,
                days=settings.retention.log_days,
                removal_policy=removal_policy(settings.retention),
            ),
        )
        self.placement = Placement(
            vpc_id=vpc_id,
            subnet_ids=self._private.subnet_ids,
            function_groups=(groups.functions,),
            job_groups=(groups.jobs,),
            studio_groups=(groups.studio,),
        )

    def _interface(self, endpoint: Endpoint, group: str) -> None:
        """The service's usual name leads to addresses in the subnets."""
        ec2.CfnVPCEndpoint(
            self,
            "".join(part.capitalize() for part in endpoint.service.replace("-", ".").split(".")),
            vpc_endpoint_type="Interface",
            service_name=f"com.amazonaws.{self.region}.{endpoint.service}",
            vpc_id=self._private.vpc.attr_vpc_id,
            subnet_ids=list(self._private.subnet_ids),
            security_group_ids=[group],
            private_dns_enabled=True,
            policy_document=endpoints.of_account(self._names, endpoint),
        )

    def _gateway_to_s3(self) -> None:
        """A route to S3, the only one that leaves the VPC; it costs nothing."""
        ec2.CfnVPCEndpoint(
            self,
            "S3",
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{self.region}.s3",
            vpc_id=self._private.vpc.attr_vpc_id,
            route_table_ids=[self._private.route_table_id],
            policy_document=endpoints.of_account_in_s3(self._names),
        )
