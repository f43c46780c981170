"""Networks: what a template asks for is there, and what is in use cannot be deleted."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.account_process import AccountProcess, eventually, python_function

GROUP = {"GroupDescription": "of a test", "VpcId": {"Ref": "Vpc"}}
ENDPOINT = {
    "VpcId": {"Ref": "Vpc"},
    "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.sts"},
    "VpcEndpointType": "Interface",
    "SubnetIds": [{"Ref": "A"}, {"Ref": "B"}],
    "SecurityGroupIds": [{"Ref": "Inside"}],
    "PrivateDnsEnabled": True,
}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::EC2::{kind}", "Properties": properties}


def subnet(number: int) -> dict[str, Any]:
    zone = {"Fn::Select": [number, {"Fn::GetAZs": ""}]}
    block = f"10.0.{number}.0/24"
    return resource("Subnet", VpcId={"Ref": "Vpc"}, CidrBlock=block, AvailabilityZone=zone)


def network(**more: Any) -> dict[str, Any]:
    """A VPC with two subnets, a route table and two groups that let each other in."""
    tls = {"IpProtocol": "tcp", "FromPort": "443", "ToPort": 443}
    inside = {"SecurityGroupEgress": [{**tls, "CidrIp": "10.0.0.0/16", "Description": "tls"}]}
    ingress = {"GroupId": {"Ref": "Inside"}, "SourceSecurityGroupId": {"Ref": "Outside"}}
    return {
        "Vpc": resource(
            "VPC", CidrBlock="10.0.0.0/16", EnableDnsHostnames=True, EnableDnsSupport="true"
        ),
        "A": subnet(0),
        "B": subnet(1),
        "Table": resource("RouteTable", VpcId={"Ref": "Vpc"}),
        "InA": resource(
            "SubnetRouteTableAssociation", RouteTableId={"Ref": "Table"}, SubnetId={"Ref": "A"}
        ),
        "Inside": resource("SecurityGroup", **GROUP, **inside),
        "Outside": resource("SecurityGroup", **GROUP),
        "Rule": resource("SecurityGroupIngress", **ingress, **tls),
        **more,
    }


def refused(call: Any, code: str, **arguments: Any) -> None:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code


def interfaces(account: AccountProcess, subnet: str) -> list[dict[str, Any]]:
    found = account.client("ec2").describe_network_interfaces(
        Filters=[{"Name": "subnet-id", "Values": [subnet]}]
    )
    answer: list[dict[str, Any]] = found["NetworkInterfaces"]
    return answer


def test_a_network_is_deployed_updated_and_deleted(account: AccountProcess, stack: str) -> None:
    made = account.deploy(stack, network(), Outputs={"Of": {"Value": {"Ref": "AWS::Region"}}})
    assert made["StackStatus"] == "CREATE_COMPLETE", account.failures(stack)
    ids, ec2 = account.physical_ids(stack), account.client("ec2")
    (inside,) = ec2.describe_security_groups(GroupIds=[ids["Inside"]])["SecurityGroups"]
    (out,) = inside["IpPermissionsEgress"]
    assert out["IpRanges"] == [{"CidrIp": "10.0.0.0/16", "Description": "tls"}]
    (found,) = inside["IpPermissions"]
    assert [pair["GroupId"] for pair in found["UserIdGroupPairs"]] == [ids["Outside"]]
    zones = ec2.describe_subnets(SubnetIds=[ids["A"], ids["B"]])["Subnets"]
    assert {zone["AvailabilityZone"] for zone in zones} == {"sa-east-1a", "sa-east-1b"}

    changed = network()
    changed["Inside"]["Properties"]["SecurityGroupEgress"] = [
        {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIp": "10.0.0.0/16"}
    ]
    changed["A"]["Properties"]["Tags"] = [{"Key": "name", "Value": "a"}]
    assert account.deploy(stack, changed)["StackStatus"] == "UPDATE_COMPLETE"
    assert account.physical_ids(stack) == ids
    (inside,) = ec2.describe_security_groups(GroupIds=[ids["Inside"]])["SecurityGroups"]
    assert [rule["IpProtocol"] for rule in inside["IpPermissionsEgress"]] == ["udp"]

    account.client("cloudformation").delete_stack(StackName=made["StackId"])
    assert account.at_rest(made["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    refused(ec2.describe_vpcs, "InvalidVpcID.NotFound", VpcIds=[ids["Vpc"]])


def test_nothing_that_is_in_use_can_be_deleted(account: AccountProcess, stack: str) -> None:
    endpoint = resource("VPCEndpoint", **ENDPOINT)
    made = account.deploy(stack, network(Sts=endpoint))
    assert made["StackStatus"] == "CREATE_COMPLETE", account.failures(stack)
    ids, ec2 = account.physical_ids(stack), account.client("ec2")
    (interface,) = interfaces(account, ids["A"])
    assert (interface["InterfaceType"], interface["RequesterManaged"]) == ("vpc_endpoint", True)
    assert [group["GroupId"] for group in interface["Groups"]] == [ids["Inside"]]
    refused(ec2.delete_vpc, "DependencyViolation", VpcId=ids["Vpc"])
    refused(ec2.delete_subnet, "DependencyViolation", SubnetId=ids["A"])
    refused(ec2.delete_security_group, "DependencyViolation", GroupId=ids["Inside"])
    refused(ec2.delete_security_group, "DependencyViolation", GroupId=ids["Outside"])
    held = interface["NetworkInterfaceId"]
    refused(ec2.delete_network_interface, "InvalidParameterValue", NetworkInterfaceId=held)
    default = ec2.describe_security_groups(
        Filters=[
            {"Name": "vpc-id", "Values": [ids["Vpc"]]},
            {"Name": "group-name", "Values": ["default"]},
        ]
    )["SecurityGroups"][0]["GroupId"]
    refused(ec2.delete_security_group, "CannotDelete", GroupId=default)
    account.client("cloudformation").delete_stack(StackName=made["StackId"])
    assert account.at_rest(made["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_a_stack_whose_subnet_is_in_use_stays_delete_failed_and_says_why(
    account: AccountProcess, stack: str
) -> None:
    made = account.deploy(stack, network())
    ids, ec2 = account.physical_ids(stack), account.client("ec2")
    stray = ec2.create_network_interface(SubnetId=ids["A"])["NetworkInterface"]
    account.client("cloudformation").delete_stack(StackName=made["StackId"])
    assert account.at_rest(made["StackId"])["StackStatus"] == "DELETE_FAILED"
    assert "has dependencies and cannot be deleted" in account.failures(made["StackId"])[0]
    ec2.delete_network_interface(NetworkInterfaceId=stray["NetworkInterfaceId"])
    account.client("cloudformation").delete_stack(StackName=made["StackId"])
    assert account.at_rest(made["StackId"])["StackStatus"] == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"SecurityGroupIds": ["sg-0123456789abcdef0"]}, "does not exist"),
        ({"VpcId": {"Ref": "Deaf"}}, "requires both enableDnsSupport and enableDnsHostnames"),
    ],
)
def test_an_endpoint_that_could_not_work_is_refused(
    account: AccountProcess, stack: str, changes: dict[str, Any], says: str
) -> None:
    deaf = resource("VPC", CidrBlock="10.9.0.0/16")
    endpoint = resource("VPCEndpoint", **{**ENDPOINT, **changes})
    account.deploy(stack, network(Deaf=deaf, Sts=endpoint))
    assert says in account.failures(stack)[0]


def test_an_endpoint_is_updated_in_place(account: AccountProcess, stack: str) -> None:
    gateway = resource(
        "VPCEndpoint",
        VpcId={"Ref": "Vpc"},
        ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
        RouteTableIds=[{"Ref": "Table"}],
    )
    account.deploy(stack, network(Sts=resource("VPCEndpoint", **ENDPOINT), S3=gateway))
    ids = account.physical_ids(stack)
    fewer = {**ENDPOINT, "SubnetIds": [{"Ref": "B"}], "SecurityGroupIds": [{"Ref": "Outside"}]}
    account.deploy(stack, network(Sts=resource("VPCEndpoint", **fewer), S3=gateway))
    assert account.physical_ids(stack) == ids
    assert interfaces(account, ids["A"]) == []
    (left,) = interfaces(account, ids["B"])
    assert [group["GroupId"] for group in left["Groups"]] == [ids["Outside"]]


def test_flow_logs_are_kept(account: AccountProcess, stack: str) -> None:
    role = "arn:aws:iam::123456789012:role/anything"
    logs = {"LogDestinationType": "cloud-watch-logs", "LogGroupName": {"Ref": "Group"}}
    flow = resource(
        "FlowLog",
        ResourceId={"Ref": "Vpc"},
        ResourceType="VPC",
        TrafficType="ALL",
        DeliverLogsPermissionArn=role,
        **logs,
    )
    group = {"Type": "AWS::Logs::LogGroup"}
    made = account.deploy(stack, network(Flow=flow, Group=group))
    assert made["StackStatus"] == "CREATE_COMPLETE", account.failures(stack)
    ids = account.physical_ids(stack)
    (found,) = account.client("ec2").describe_flow_logs(FlowLogIds=[ids["Flow"]])["FlowLogs"]
    assert (found["ResourceId"], found["LogGroupName"]) == (ids["Vpc"], ids["Group"])


def test_a_functions_interface_is_shared_and_lingers(account: AccountProcess, stack: str) -> None:
    """One interface for two functions in the same place; it goes 20 minutes after the last."""
    where = {"SubnetIds": [{"Ref": "A"}], "SecurityGroupIds": [{"Ref": "Inside"}]}
    code = "def handler(event, context): pass"
    both = {name: python_function(code, VpcConfig=where) for name in ("F", "G")}
    made = account.deploy(stack, network(**both))
    assert made["StackStatus"] == "CREATE_COMPLETE", account.failures(stack)
    ids = account.physical_ids(stack)
    (interface,) = interfaces(account, ids["A"])
    assert interface["InterfaceType"] == "lambda"
    told = account.client("lambda").get_function_configuration(FunctionName=ids["F"])
    assert told["VpcConfig"]["VpcId"] == ids["Vpc"]
    account.deploy(stack, network(G=both["G"]))
    assert [one["NetworkInterfaceId"] for one in interfaces(account, ids["A"])] == [
        interface["NetworkInterfaceId"]
    ]
    account.deploy(stack, network())
    refused(account.client("ec2").delete_subnet, "DependencyViolation", SubnetId=ids["A"])
    eventually(lambda: not interfaces(account, ids["A"]), seconds=10)


def test_a_function_in_a_subnet_that_is_not_there_is_refused(
    account: AccountProcess, stack: str
) -> None:
    where = {"SubnetIds": ["subnet-0123456789abcdef0"], "SecurityGroupIds": [{"Ref": "Inside"}]}
    account.deploy(stack, network(F=python_function("", VpcConfig=where)))
    assert "subnet-0123456789abcdef0 does not exist" in account.failures(stack)[0]
