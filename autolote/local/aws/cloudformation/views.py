"""Stacks, change sets, events and resources as the API's answers show them."""

from collections.abc import Mapping
from typing import Any

from autolote.local.aws.cloudformation.model import ChangeSet, Resource, Stack, StackEvent


def stack(found: Stack) -> dict[str, Any]:
    """A Stack, and a StackSummary too."""
    return {
        "StackId": found.stack_id,
        "StackName": found.name,
        "ChangeSetId": found.change_set_id,
        "Description": found.request.template.get("Description"),
        "TemplateDescription": found.request.template.get("Description"),
        "Parameters": _parameters(found.request.template, found.request.parameters),
        "CreationTime": found.created,
        "LastUpdatedTime": found.updated,
        "DeletionTime": found.deleted,
        "StackStatus": found.status,
        "StackStatusReason": found.reason,
        "DisableRollback": found.request.disable_rollback,
        "NotificationARNs": [],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Outputs": found.outputs,
        "RoleARN": found.request.role_arn,
        "Tags": _tags(found.request.tags),
        "EnableTerminationProtection": found.termination_protection,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def event(of: Stack, found: StackEvent) -> dict[str, Any]:
    """A StackEvent."""
    return {
        "StackId": of.stack_id,
        "EventId": found.event_id,
        "StackName": of.name,
        "LogicalResourceId": found.logical_id,
        "PhysicalResourceId": found.physical_id,
        "ResourceType": found.type,
        "Timestamp": found.timestamp,
        "ResourceStatus": found.status,
        "ResourceStatusReason": found.reason,
    }


def resource(of: Stack, found: Resource) -> dict[str, Any]:
    """A StackResource, StackResourceDetail and StackResourceSummary."""
    return {
        "StackName": of.name,
        "StackId": of.stack_id,
        "LogicalResourceId": found.logical_id,
        "PhysicalResourceId": found.physical_id,
        "ResourceType": found.type,
        "Timestamp": found.updated,
        "LastUpdatedTimestamp": found.updated,
        "ResourceStatus": found.status,
        "ResourceStatusReason": found.reason,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def change_set(found: ChangeSet) -> dict[str, Any]:
    """The answer of DescribeChangeSet."""
    return {
        **change_set_summary(found),
        "NotificationARNs": [],
        "Parameters": _parameters(found.request.template, found.request.parameters),
        "Capabilities": [],
        "Tags": _tags(found.request.tags),
        "Changes": found.changes,
    }


def change_set_summary(found: ChangeSet) -> dict[str, Any]:
    """A ChangeSetSummary."""
    return {
        "ChangeSetName": found.name,
        "ChangeSetId": found.change_set_id,
        "StackId": found.stack_id,
        "StackName": found.stack_name,
        "Description": found.description,
        "CreationTime": found.created,
        "ExecutionStatus": found.execution_status,
        "Status": found.status,
        "StatusReason": found.reason,
    }


def template_summary(template: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of GetTemplateSummary and ValidateTemplate."""
    parameters = [
        {
            "ParameterKey": name,
            "DefaultValue": definition.get("Default"),
            "ParameterType": definition.get("Type"),
            "NoEcho": bool(definition.get("NoEcho", False)),
            "Description": definition.get("Description"),
        }
        for name, definition in (template.get("Parameters") or {}).items()
    ]
    types = sorted({found["Type"] for found in template["Resources"].values()})
    return {
        "Parameters": parameters,
        "Description": template.get("Description"),
        "ResourceTypes": types,
        "Version": template.get("AWSTemplateFormatVersion"),
    }


def _parameters(template: Mapping[str, Any], given: Mapping[str, str]) -> list[dict[str, Any]]:
    found = []
    for name, definition in (template.get("Parameters") or {}).items():
        value = given.get(name, definition.get("Default"))
        shown = "****" if definition.get("NoEcho") else value
        found.append(
            {"ParameterKey": name, "ParameterValue": None if value is None else str(shown)}
        )
    return found


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]
