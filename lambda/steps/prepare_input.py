"""States PrepareInput and PrepareGolden: snapshot rows, exactly the versions that were validated.

Header lines are left out on the way, because SplitType Line would score them as rows. Objects of
more than 5 MiB never leave S3: UploadPartCopy takes ranges, and the first one begins after the
header. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
Only objects with CRLF line ends pass through this function, in constant memory: they are written
with LF, because a CR would end up between a row and the predictions joined to it.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from boto3.s3.transfer import TransferConfig
from rules import copying, names

from steps import aws, parts, runtime, storage
from steps.environment import Environment

TAG = "autolote=run-input"
"""What the bucket's lifecycle rule deletes after `retention.run_input_days`."""

_WORKERS = 12
_ONE_PART_AT_A_TIME = TransferConfig(use_threads=False)


def work(event: runtime.Event, env: Environment) -> runtime.Result:
    """The snapshot as `$.input`, or for the golden rows `$.golden`, tells it.

    Raises:
        ClientError: a version is gone, or may not be read.
    """
    state, part = parts.of(event)
    plan = state["plan"]
    prefix = part.input_prefix(plan, env)
    saved = storage.read_json(bucket=env.data_bucket, key=f"{env.run_prefix(plan)}plan.json")
    objects = saved[part.objects]
    bucket = part.score(plan)["uri"].removeprefix("s3://").partition("/")[0]

    def one(numbered: tuple[int, Mapping[str, Any]]) -> int:
        index, source = numbered
        key = f"{prefix}{names.object_name(index=index, key=source['key'])}"
        return _copy(env, bucket, source, key)

    with ThreadPoolExecutor(_WORKERS) as pool:
        sizes = list(pool.map(one, enumerate(objects)))
    return {"uri": env.uri(prefix), "objects": len(objects), "bytes": sum(sizes)}


def _copy(env: Environment, bucket: str, source: Mapping[str, Any], key: str) -> int:
    """Copy one version without its header; returns the bytes written. Safe to repeat."""
    skip, size = source["header_bytes"], source["size"]
    version = {"Bucket": bucket, "Key": source["key"], "VersionId": source["version_id"]}
    target = {"Bucket": env.data_bucket, "Key": key}
    written = {
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": env.key_arn,
        "ContentType": "text/csv",
        "Tagging": TAG,
    }
    client = aws.client("s3")
    if source["crlf"]:
        return _rewrite(client, version, target, written, skip=skip)
    if skip == 0 and size <= copying.LARGEST_COPY:
        client.copy_object(
            **target,
            **written,
            CopySource=version,
            MetadataDirective="REPLACE",
            TaggingDirective="REPLACE",
        )
    elif size <= copying.SMALLEST_PART:
        body = client.get_object(**version)["Body"].read()
        client.put_object(**target, **written, Body=body[skip:])
    else:
        _copy_ranges(client, version, target, written, copying.ranges(first=skip, size=size))
    return int(size - skip)


def _rewrite(
    client: Any,
    version: Mapping[str, Any],
    target: Mapping[str, str],
    written: Mapping[str, str],
    *,
    skip: int,
) -> int:
    body = client.get_object(**version)["Body"].iter_chunks(1 << 20)
    source = storage.Stream(copying.unix_lines(body, skip=skip))
    client.upload_fileobj(source, **target, ExtraArgs=written, Config=_ONE_PART_AT_A_TIME)
    return source.count


def _copy_ranges(
    client: Any,
    version: Mapping[str, Any],
    target: Mapping[str, str],
    written: Mapping[str, str],
    ranges: list[tuple[int, int]],
) -> None:
    upload = client.create_multipart_upload(**target, **written)["UploadId"]
    try:
        parts = []
        for number, (first, last) in enumerate(ranges, start=1):
            answer = client.upload_part_copy(
                **target,
                UploadId=upload,
                PartNumber=number,
                CopySource=version,
                CopySourceRange=f"bytes={first}-{last}",
            )
            parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
        client.complete_multipart_upload(
            **target, UploadId=upload, MultipartUpload={"Parts": parts}
        )
    except Exception:
        # Parts that were copied would be billed until the bucket's lifecycle rule finds them.
        client.abort_multipart_upload(**target, UploadId=upload)
        raise


handler = runtime.step(work)
