"""A VPC that has no way to the internet."""

from __future__ import annotations

import ipaddress

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct


class PrivateVpc(Construct):
    """The VPC, one subnet in each availability zone, and one route table without any route of ours.

    Made of CloudFormation's own resources: the CDK's Vpc asks the account for its availability
    zones at synthesis, and closes the default security group by a function of its own.

    Attributes:
        vpc: the VPC.
        subnet_ids: of its subnets, in the order of the zones.
        route_table_id: of the table that all subnets use.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, cidr: str, availability_zones: int, name: str
    ) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.CfnVPC(
            self,
            "Vpc",
            cidr_block=cidr,
            # Private names of endpoints need both:
            # https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=[cdk.CfnTag(key="Name", value=name)],
        )
        table = ec2.CfnRouteTable(
            self,
            "Routes",
            vpc_id=self.vpc.attr_vpc_id,
            tags=[cdk.CfnTag(key="Name", value=name)],
        )
        self.route_table_id = table.attr_route_table_id
        quarters = ipaddress.IPv4Network(cidr).subnets(prefixlen_diff=2)
        ids = []
        for zone, quarter in zip(range(availability_zones), quarters, strict=False):
            subnet = ec2.CfnSubnet(
                self,
                f"Subnet{zone + 1}",
                vpc_id=self.vpc.attr_vpc_id,
                cidr_block=str(quarter),
                # Asked for when the stack is deployed, not at synthesis.
                availability_zone=cdk.Fn.select(zone, cdk.Fn.get_azs()),
                map_public_ip_on_launch=False,
                tags=[cdk.CfnTag(key="Name", value=f"{name}-{zone + 1}")],
            )
            ec2.CfnSubnetRouteTableAssociation(
                self,
                f"Subnet{zone + 1}Routes",
                subnet_id=subnet.attr_subnet_id,
                route_table_id=self.route_table_id,
            )
            ids.append(subnet.attr_subnet_id)
        self.subnet_ids = tuple(ids)
