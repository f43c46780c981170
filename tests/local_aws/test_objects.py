"""S3: copies, versions, tags and encryption work as the functions of the kit use them."""

import hashlib
import io
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.account_process import AccountProcess

MEGABYTE = 1024 * 1024


@pytest.fixture
def bucket(account: AccountProcess, stack: str) -> str:
    """A versioned bucket encrypted with a key of its own, denied to what is not TLS."""
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]}}
    encryption = [{"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": by_default}]
    owner = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "kms:*"}
    key_policy = {"Version": "2012-10-17", "Statement": [{**owner, "Resource": "*"}]}
    document = {"Version": "2012-10-17", "Statement": [deny]}
    found = account.deploy(
        stack,
        {
            "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": key_policy}},
            "B": {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "VersioningConfiguration": {"Status": "Enabled"},
                    "BucketEncryption": {"ServerSideEncryptionConfiguration": encryption},
                },
            },
            "P": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": document},
            },
        },
    )
    assert found["StackStatus"] == "CREATE_COMPLETE", account.failures(stack)
    return account.physical_ids(stack)["B"]


def test_ranges_of_a_version_are_put_together_without_its_first_line(
    account: AccountProcess, bucket: str
) -> None:
    s3 = account.client("s3")
    body = b"id,a\n" + b"1,2\n" * (3 * MEGABYTE)
    version = s3.put_object(Bucket=bucket, Key="in", Body=body)["VersionId"]
    s3.put_object(Bucket=bucket, Key="in", Body=b"changed since")
    source = {"Bucket": bucket, "Key": "in", "VersionId": version}
    upload = s3.create_multipart_upload(Bucket=bucket, Key="out", Tagging="autolote=run-input")
    parts = []
    for number, start in enumerate(range(5, len(body), 5 * MEGABYTE), start=1):
        last = min(start + 5 * MEGABYTE, len(body)) - 1
        copied = s3.upload_part_copy(
            Bucket=bucket,
            Key="out",
            UploadId=upload["UploadId"],
            PartNumber=number,
            CopySource=source,
            CopySourceRange=f"bytes={start}-{last}",
        )
        assert copied["CopySourceVersionId"] == version
        parts.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})
    s3.complete_multipart_upload(
        Bucket=bucket, Key="out", UploadId=upload["UploadId"], MultipartUpload={"Parts": parts}
    )
    found = s3.get_object(Bucket=bucket, Key="out")
    assert found["Body"].read() == body[5:]
    assert found["ServerSideEncryption"] == "aws:kms"
    assert found["SSEKMSKeyId"].startswith("arn:aws:kms:sa-east-1:123456789012:key/")
    tags = s3.get_object_tagging(Bucket=bucket, Key="out")["TagSet"]
    assert tags == [{"Key": "autolote", "Value": "run-input"}]


def test_a_copy_takes_the_version_and_the_tags_it_is_told(
    account: AccountProcess, bucket: str
) -> None:
    s3 = account.client("s3")
    version = s3.put_object(Bucket=bucket, Key="in", Body=b"first", Tagging="old=tag")["VersionId"]
    s3.put_object(Bucket=bucket, Key="in", Body=b"second")
    copied = s3.copy_object(
        Bucket=bucket,
        Key="out",
        CopySource={"Bucket": bucket, "Key": "in", "VersionId": version},
        Tagging="new=tag",
        TaggingDirective="REPLACE",
    )
    assert copied["CopySourceVersionId"] == version
    assert s3.get_object(Bucket=bucket, Key="out")["Body"].read() == b"first"
    tags = s3.get_object_tagging(Bucket=bucket, Key="out")["TagSet"]
    assert tags == [{"Key": "new", "Value": "tag"}]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"CopySource": {"Key": "missing"}}, "NoSuchKey"),
        ({"CopySource": {"Key": "in", "VersionId": "none"}}, "NoSuchVersion|InvalidArgument"),
        ({"UploadId": "none"}, "NoSuchUpload"),
        ({"CopySourceRange": "bytes=0-99"}, "InvalidArgument"),
    ],
)
def test_a_part_that_cannot_be_copied_is_refused_by_its_code(
    account: AccountProcess, bucket: str, change: dict[str, Any], code: str
) -> None:
    s3 = account.client("s3")
    s3.put_object(Bucket=bucket, Key="in", Body=b"short")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="out")
    given = {"CopySource": {"Key": "in"}, "UploadId": upload["UploadId"], **change}
    given["CopySource"] = {"Bucket": bucket, **given["CopySource"]}
    with pytest.raises(ClientError, match=code):
        s3.upload_part_copy(Bucket=bucket, Key="out", PartNumber=1, **given)


def test_equal_bodies_are_one_file_on_disk(account: AccountProcess, bucket: str) -> None:
    s3, body = account.client("s3"), b"x" * MEGABYTE
    for key in ("one", "two"):
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    name = hashlib.sha256(body).hexdigest()
    (found,) = (account.home / "blobs").rglob(f"{name}*")
    assert found.read_bytes() == body
    s3.delete_object(Bucket=bucket, Key="one")
    assert s3.get_object(Bucket=bucket, Key="two")["Body"].read() == body


def test_a_range_and_a_condition_are_honoured(account: AccountProcess, bucket: str) -> None:
    s3 = account.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789" * 1000, IfNoneMatch="*")
    found = s3.get_object(Bucket=bucket, Key="k", Range="bytes=8-11")
    assert found["Body"].read() == b"8901"
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")


def test_a_copy_of_what_was_uploaded_in_parts_can_be_read(
    account: AccountProcess, bucket: str
) -> None:
    """The SDK checks what it reads; a file of more than 8 MB goes up in parts."""
    s3 = account.client("s3")
    body = b"1,2,3,4,5\n" * MEGABYTE
    s3.upload_fileobj(io.BytesIO(body), bucket, "in")
    assert "-" in s3.head_object(Bucket=bucket, Key="in")["ETag"]
    s3.copy_object(Bucket=bucket, Key="out", CopySource={"Bucket": bucket, "Key": "in"})
    assert s3.get_object(Bucket=bucket, Key="out")["Body"].read() == body


def test_a_bucket_that_holds_objects_can_be_given_object_lock(
    account: AccountProcess, stack: str
) -> None:
    """A first deployment and an update do the same; nothing is locked by it."""
    s3 = account.client("s3")
    versioned = {"VersioningConfiguration": {"Status": "Enabled"}}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": versioned}
    account.deploy(stack, {"B": bucket})
    name = account.physical_ids(stack)["B"]
    s3.put_object(Bucket=name, Key="before", Body=b"x")
    bucket["Properties"] = versioned | {"ObjectLockEnabled": True}
    assert account.deploy(stack, {"B": bucket})["StackStatus"] == "UPDATE_COMPLETE"
    found = s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]
    assert found == {"ObjectLockEnabled": "Enabled"}
    for version in s3.list_object_versions(Bucket=name)["Versions"]:
        s3.delete_object(Bucket=name, Key="before", VersionId=version["VersionId"])
    assert "Versions" not in s3.list_object_versions(Bucket=name)
