"""Defects of what is kept, of encryption, and secrets where everybody can read them."""

from __future__ import annotations

import hashlib

from tests.audit.defects.copies import (
    TAGS,
    Body,
    Copy,
    Defect,
    Plant,
    adding,
    change,
    definition,
    drop,
)

_BUCKET, _KEY, _LOG = "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Logs::LogGroup"
_REPOSITORY, _FUNCTION = "AWS::ECR::Repository", "AWS::Lambda::Function"
_MACHINE = "AWS::StepFunctions::StateMachine"
_DATA = "Data"  # the data bucket's name begins so
_VARIABLES = "Environment.Variables."


def _attribute(type_: str, name: str, value: str, *, of: str = "") -> Plant:
    """An attribute beside a resource's properties gets another value."""

    def plant(templates: Copy) -> Body:
        body = templates.one(type_, of)
        body.body[name] = value
        return body

    return plant


def _without_rule(kind: str) -> Plant:
    def plant(templates: Copy) -> Body:
        bucket = templates.one(_BUCKET, _DATA)
        rules = bucket.properties["LifecycleConfiguration"]["Rules"]
        for rule in rules:
            rule.pop(kind, None)
        return bucket

    return plant


def _random(length: int) -> str:
    """A text that looks random, the same in every run."""
    digest = hashlib.sha512(b"planted").digest()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(letters[byte % len(letters)] for byte in digest)[:length]


def _in_build(templates: Copy) -> Body:
    project = templates.one("AWS::CodeBuild::Project")
    variables = project.properties["Environment"]["EnvironmentVariables"]
    variables.append({"Name": "REGISTRY_PASSWORD", "Value": "correct horse"})
    return project


def _in_tag(templates: Copy) -> Body:
    queue = templates.one("AWS::SQS::Queue")
    queue.properties["Tags"].append({"Key": "deployed-by", "Value": _random(40)})
    return queue


def _in_definition(templates: Copy) -> Body:
    machine = templates.one(_MACHINE)
    with definition(machine) as opened:
        state = next(s for s in opened["States"].values() if s["Type"] == "Task")
        state.setdefault("Parameters", {})["header"] = "Bearer ghp_" + "a1B2" * 9
    return machine


def _parameter(templates: Copy) -> Body:
    parameters = templates.templates["pipeline"].setdefault("Parameters", {})
    parameters["DatabasePassword"] = {"Type": "String"}
    return Body("pipeline", "DatabasePassword", {})


_KEY_PATHS = (
    ("topic", "AWS::SNS::Topic", "KmsMasterKeyId", ()),
    ("queue", "AWS::SQS::Queue", "KmsMasterKeyId", ()),
    ("log group", _LOG, "KmsKeyId", ()),
    ("repository", _REPOSITORY, "EncryptionConfiguration.KmsKey", ()),
    ("build", "AWS::CodeBuild::Project", "EncryptionKey", ()),
    ("machine", _MACHINE, "EncryptionConfiguration", ()),
    ("function", _FUNCTION, "KmsKeyArn", ()),
    ("bus", "AWS::Events::EventBus", "KmsKeyIdentifier", ()),
)


def _no_key(type_: str, path: str) -> Plant:
    return drop(type_, path, "StartRun" if type_ == _FUNCTION else "")


DEFECTS = (
    Defect(
        name="a public bucket",
        rule="bucket-public-access",
        plant=drop(_BUCKET, "PublicAccessBlockConfiguration", _DATA),
    ),
    Defect(
        name="a bucket with an ACL for everybody",
        rule="bucket-public-access",
        plant=change(_BUCKET, "AccessControl", "PublicRead", _DATA),
    ),
    Defect(
        name="a bucket that takes ACLs",
        rule="bucket-ownership",
        plant=drop(_BUCKET, "OwnershipControls", _DATA),
    ),
    Defect(
        name="a bucket without versions",
        rule="bucket-versioning",
        plant=drop(_BUCKET, "VersioningConfiguration", _DATA),
    ),
    Defect(
        name="older versions for ever",
        rule="bucket-noncurrent",
        plant=_without_rule("NoncurrentVersionExpiration"),
    ),
    Defect(
        name="broken uploads for ever",
        rule="bucket-multipart",
        plant=_without_rule("AbortIncompleteMultipartUpload"),
    ),
    Defect(
        name="a bucket whose reads are not logged",
        rule="bucket-access-log",
        plant=drop(_BUCKET, "LoggingConfiguration", _DATA),
        also=("bucket-access-log", "bucket-key"),  # then the log bucket is one like any other
    ),
    Defect(
        name="a bucket without the account's key",
        rule="bucket-key",
        plant=drop(_BUCKET, "BucketEncryption", _DATA),
    ),
    Defect(
        name="a bucket deletable with its data",
        rule="data-deletable",
        plant=_attribute(_BUCKET, "DeletionPolicy", "Delete", of=_DATA),
    ),
    Defect(
        name="a key replaced with its stack",
        rule="data-deletable",
        plant=_attribute(_KEY, "UpdateReplacePolicy", "Delete"),
    ),
    Defect(name="a log for ever", rule="log-retention", plant=drop(_LOG, "RetentionInDays")),
    Defect(
        name="image tags that move",
        rule="repository-tags",
        plant=change(_REPOSITORY, "ImageTagMutability", "MUTABLE"),
    ),
    Defect(
        name="images that nobody scans",
        rule="repository-scan",
        plant=change(_REPOSITORY, "ImageScanningConfiguration.ScanOnPush", False),
    ),
    Defect(
        name="a topic with AWS's own key",
        rule="topic-key",
        plant=change("AWS::SNS::Topic", "KmsMasterKeyId", "alias/aws/sns"),
        also=("rule-may-invoke", "alarm-may-encrypt"),
    ),
    *(
        Defect(
            name=f"a {what} without the account's key",
            rule=f"{what.replace(' ', '-')}-key",
            plant=_no_key(type_, path),
            also=also,
        )
        for what, type_, path, also in _KEY_PATHS
    ),
    Defect(
        name="a schedule without the account's key",
        rule="schedule-key",
        plant=adding(
            "AWS::Scheduler::Schedule",
            {
                "ScheduleExpression": "rate(1 day)",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {
                    "Arn": "arn:aws:sqs:sa-east-1:111122223333:any",
                    "RetryPolicy": {"MaximumRetryAttempts": 3},
                    "DeadLetterConfig": {"Arn": "arn:aws:sqs:sa-east-1:111122223333:any"},
                },
            },
        ),
    ),
    Defect(
        name="a file system without the account's key",
        rule="file-system-key",
        plant=lambda templates: _retained(
            templates.add("AWS::EFS::FileSystem", {"Encrypted": True})
        ),
    ),
    Defect(
        name="a secret with AWS's own key",
        rule="secret-key",
        plant=adding("AWS::SecretsManager::Secret", {}, tagged=True),
    ),
    Defect(
        name="an access key in an environment variable",
        rule="secret-known-format",
        plant=change(_FUNCTION, _VARIABLES + "STORE", "AKIA" + "IOSFODNN7ABCDEFG", "StartRun"),
    ),
    Defect(
        name="a token in the state machine's definition",
        rule="secret-known-format",
        plant=_in_definition,
        also=("secret-random",),
    ),
    Defect(
        name="a password in a function's variables",
        rule="secret-by-name",
        plant=change(_FUNCTION, _VARIABLES + "DB_PASSWORD", "hunter two", "StartRun"),
    ),
    Defect(name="a password in a build's variables", rule="secret-by-name", plant=_in_build),
    Defect(
        name="a random text in a variable",
        rule="secret-random",
        plant=change(_FUNCTION, _VARIABLES + "SALT", _random(40), "StartRun"),
    ),
    Defect(name="a random text in a tag", rule="secret-random", plant=_in_tag),
    Defect(name="a password as a parameter", rule="secret-parameter", plant=_parameter),
    Defect(
        name="a resource without tags",
        rule="tags",
        plant=drop("AWS::SQS::Queue", "Tags"),
    ),
    Defect(
        name="a resource that nobody pays for",
        rule="tags",
        plant=change("AWS::SQS::Queue", "Tags", TAGS[:1]),
    ),
)


def _retained(body: Body) -> Body:
    body.body.update(DeletionPolicy="Retain", UpdateReplacePolicy="Retain")
    return body
