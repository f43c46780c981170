"""Input objects of a job: everything below a prefix, or what a manifest lists.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformS3DataSource.html
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from .errors import JobFailedError, ValidationError


@dataclass(frozen=True, kw_only=True)
class InputObject:
    """One object; `relative` is its key below the prefix, the name its output is given."""

    bucket: str
    key: str
    relative: str


def bucket_and_key(uri: str) -> tuple[str, str]:
    """`s3://bucket/key` in two; ValidationException for the https form, which names a host."""
    scheme, _, path = uri.partition("://")
    if scheme != "s3":
        raise ValidationError(f"S3 URI {uri}: write it as s3://bucket/key.")
    bucket, _, key = path.partition("/")
    return bucket, key


def input_objects(s3: Any, source: Mapping[str, str]) -> Iterator[InputObject]:
    """The objects of an S3DataSource, in key order (S3Prefix) or as listed (ManifestFile).

    Raises JobFailedError for a manifest that is none, botocore's ClientError for S3's refusals.
    """
    bucket, key = bucket_and_key(source["S3Uri"])
    if source["S3DataType"] == "ManifestFile":
        yield from _listed(s3, bucket, key)
        return
    folder = key[: key.rfind("/") + 1]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
    for found in pages:
        for item in found.get("Contents", []):
            if not item["Key"].endswith("/"):  # the empty object a console makes for a folder
                relative = item["Key"].removeprefix(folder)
                yield InputObject(bucket=bucket, key=item["Key"], relative=relative)


def _listed(s3: Any, bucket: str, key: str) -> Iterator[InputObject]:
    uri = f"s3://{bucket}/{key}"
    try:
        manifest = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        prefix, names = manifest[0]["prefix"], manifest[1:]
        if not all(isinstance(name, str) for name in (prefix, *names)):
            raise TypeError("a name is not a string")
    except (ValueError, LookupError, TypeError) as error:
        raise JobFailedError(
            f"ClientError: {uri} is not a manifest file: {error}. It must be JSON of the form "
            '[{"prefix": "s3://bucket/folder/"}, "relative/key-1", "relative/key-2"].'
        ) from error
    source_bucket, folder = bucket_and_key(prefix)
    for name in names:
        yield InputObject(bucket=source_bucket, key=folder + name, relative=name)


def check_not_empty(s3: Any, source: Mapping[str, str], *, region: str, role: str) -> None:
    """ValidationException, in AWS's words, if the role can see no object of the source."""
    bucket, _ = bucket_and_key(source["S3Uri"])
    try:
        if next(input_objects(s3, source), None) is not None:
            return
        why = "none found"
    except ClientError as error:
        why = error.response["Error"]["Code"]
    except JobFailedError as error:
        raise ValidationError(error.reason.removeprefix("ClientError: ")) from error
    raise ValidationError(
        f'No S3 objects found under S3 URL "{source["S3Uri"]}" given in input data source. Please '
        f"ensure that the bucket exists in the selected region ({region}), that objects exist "
        f'under that S3 prefix, and that the role "{role}" has "s3:ListBucket" permissions on '
        f'bucket "{bucket}". ({why})'
    )
