"""What sets what going, and what reads and writes where: a graph for a picture and a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from autolote.audit.facts.flow_parts import EdgeKind, Flow, Parts
from autolote.audit.facts.flow_sources import Sources
from autolote.audit.facts.permissions import Grant
from autolote.audit.facts.words import Words
from autolote.audit.model import Environment, Resource

# What a permission means in the flow. All else (logs, traces, keys, describing) is not drawn.
_ACTS: dict[str, tuple[EdgeKind, str]] = {
    "codebuild:StartBuild": ("starts", "builds"),
    "ecr:BatchGetImage": ("reads", "pulls"),
    "ecr:PutImage": ("writes", "pushes"),
    "elasticfilesystem:ClientWrite": ("writes", "mounts"),
    "events:PutEvents": ("starts", "puts events"),
    "iam:PassRole": ("starts", "runs"),
    "lambda:InvokeFunction": ("starts", "invokes"),
    "s3:GetObject": ("reads", "reads"),
    "s3:PutObject": ("writes", "writes"),
    "secretsmanager:GetSecretValue": ("reads", "reads"),
    "sns:Publish": ("writes", "publishes"),
    "sqs:ReceiveMessage": ("reads", "receives"),
    "sqs:SendMessage": ("fails", "failures"),
    "states:StartExecution": ("starts", "starts"),
}
# Types that run as a role, and the property that names it.
_RUN_AS = {
    "AWS::CodeBuild::Project": "ServiceRole",
    "AWS::Lambda::Function": "Role",
    "AWS::StepFunctions::StateMachine": "RoleArn",
}
_DELETING = ("s3:DeleteObject", "s3:DeleteObjectVersion")


@dataclass(frozen=True, order=True, kw_only=True)
class Access:
    """One role reads, writes or deletes objects of a bucket.

    Attributes:
        prefix: of the objects' keys; "*" for all.
        by: what runs as the role; the role itself where nothing in the templates does.
    """

    bucket: str
    prefix: str
    how: Literal["reads", "writes", "deletes"]
    by: str
    conditions: tuple[str, ...]


def flow(environment: Environment, grants: Iterable[Grant], words: Words) -> Flow:
    """The whole graph of one environment."""
    parts = Parts()
    Sources(environment, words, parts).add()
    _add_grants(environment, grants, words, parts)
    return parts.flow()


def accesses(environment: Environment, grants: Iterable[Grant], words: Words) -> tuple[Access, ...]:
    """Who reads and writes which part of which bucket; sorted."""
    running = runners(environment)
    found = set()
    for grant in _allowed(grants):
        for how, actions in _OBJECT_ACTIONS.items():
            if not any(action in actions for action in grant.actions):
                continue
            for target in (words.target(resource) for resource in grant.resources):
                if target.resource is None or target.resource.type != "AWS::S3::Bucket":
                    continue
                by = [one.where for one in running.get(grant.principal, [])] or [grant.principal]
                for one in by:
                    found.add(
                        Access(
                            bucket=target.resource.where,
                            prefix=target.rest.removeprefix("/") or "*",
                            how=how,
                            by=one,
                            conditions=grant.conditions,
                        )
                    )
    return tuple(sorted(found))


_OBJECT_ACTIONS: dict[Literal["reads", "writes", "deletes"], tuple[str, ...]] = {
    "reads": ("s3:GetObject", "s3:GetObject*", "s3:Get*", "s3:*"),
    "writes": ("s3:PutObject", "s3:PutObject*", "s3:Put*", "s3:*"),
    "deletes": (*_DELETING, "s3:DeleteObject*", "s3:Delete*", "s3:*"),
}


def _allowed(grants: Iterable[Grant]) -> Iterator[Grant]:
    for grant in grants:
        if grant.effect == "allow" and grant.how in ("identity", "resource"):
            yield grant


def runners(environment: Environment) -> dict[str, list[Resource]]:
    """What runs as each role: role, as `stack/Name`, to the resources."""
    found: dict[str, list[Resource]] = {}
    for resource in environment.of_type(*_RUN_AS):
        for reference in resource.references(_RUN_AS[resource.type]):
            role = environment.find(reference)
            if role:
                found.setdefault(role.where, []).append(resource)
    return found


def _add_grants(
    environment: Environment, grants: Iterable[Grant], words: Words, parts: Parts
) -> None:
    """Edges for what the roles of functions, machines, builds and jobs may do."""
    running = runners(environment)
    actors = {
        where: [parts.resource(one) for one in resources] for where, resources in running.items()
    }
    jobs = _job_roles(environment)
    actors.update(
        {where: [parts.resource(role, kind=kind)] for where, (role, kind) in jobs.items()}
    )
    for grant in _allowed(grants):
        for action in grant.actions:
            if action not in _ACTS or grant.principal not in actors:
                continue
            kind, label = _ACTS[action]
            for target in (words.target(resource).resource for resource in grant.resources):
                if target is None or (target.type == "AWS::IAM::Role" and target.where not in jobs):
                    continue
                end = parts.resource(target)
                for actor in actors[grant.principal]:
                    parts.edge(actor, end, kind=kind, label=label)


def _job_roles(environment: Environment) -> dict[str, tuple[Resource, str]]:
    """The roles that SageMaker assumes, with what runs as them."""
    users = {
        reference.logical_id
        for resource in environment.of_type("AWS::SageMaker::Domain", "AWS::SageMaker::UserProfile")
        for reference in resource.references()
    }
    return {
        role.where: (role, "Studio users" if role.logical_id in users else "jobs")
        for role in environment.of_type("AWS::IAM::Role")
        if "sagemaker.amazonaws.com" in json.dumps(role.get("AssumeRolePolicyDocument"))
    }
