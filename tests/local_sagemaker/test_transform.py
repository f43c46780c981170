"""A transform job by SageMaker's batch rules: what is sent, what is stored, in which order."""

import gzip
import json
from pathlib import Path
from typing import Any

from .account import BUCKET, ROLE, Account, source, transform_request, wait_for


def noted(notes: Path, member: str = "invocation") -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in notes.read_text().splitlines()]
    return [line for line in lines if member in line]


def rows(count: int) -> str:
    return "".join(f"{number},x\n" for number in range(count))


def test_every_object_below_the_prefix_has_its_output(account: Account) -> None:
    """`<key below the prefix>.out`, one for each object, folders kept, folder markers left out."""
    name = "prefix"
    account.model(name)
    for key in ("a.csv", "deep/er/b.csv", "folder/"):
        account.put(f"{name}/in/{key}", "1\n2\n" if key != "folder/" else "")
    job = account.transform(name)
    assert job["TransformJobStatus"] == "Completed"
    assert account.keys(f"{name}/out") == [f"{name}/out/a.csv.out", f"{name}/out/deep/er/b.csv.out"]
    assert account.text(f"{name}/out/deep/er/b.csv.out") == "1,p\n2,p\n"
    assert job["CreationTime"] <= job["TransformStartTime"] <= job["TransformEndTime"]


def test_a_single_object_is_a_prefix_too(account: Account) -> None:
    name = "single"
    account.model(name)
    account.put(f"{name}/in/data.csv", "1")
    account.transform(name, TransformInput=source(f"{name}/in/data.csv"))
    assert account.text(f"{name}/out/data.csv.out") == "1,p\n"


def test_a_manifest_names_the_objects(account: Account) -> None:
    name = "manifest"
    account.model(name)
    for key in ("1.csv", "2.csv", "sub/3.csv"):
        account.put(f"{name}/data/{key}", f"{key}\n")
    listed = [{"prefix": f"s3://{BUCKET}/{name}/data/"}, "sub/3.csv", "1.csv"]
    account.put(f"{name}/the.manifest", json.dumps(listed))
    s3 = {"S3DataType": "ManifestFile", "S3Uri": f"s3://{BUCKET}/{name}/the.manifest"}
    account.transform(name, TransformInput=source("", DataSource={"S3DataSource": s3}))
    assert account.keys(f"{name}/out") == [f"{name}/out/1.csv.out", f"{name}/out/sub/3.csv.out"]


def test_describe_fills_in_what_was_not_given(account: Account) -> None:
    """As AWS's example of DescribeTransformJob does."""
    name = "defaults"
    account.model(name)
    account.put(f"{name}/in/a", "1\n")
    given = source(f"{name}/in/")
    del given["SplitType"], given["ContentType"]
    job = account.transform(
        name, TransformInput=given, TransformOutput={"S3OutputPath": f"s3://{BUCKET}/{name}/out"}
    )
    assert job["TransformInput"] == given | {"CompressionType": "None", "SplitType": "None"}
    assert job["TransformOutput"]["AssembleWith"] == "None"
    assert job["TransformOutput"]["KmsKeyId"] == ""
    assert job["DataProcessing"] == {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
    assert "MaxPayloadInMB" not in job
    assert "BatchStrategy" not in job


def test_multi_record_fills_payloads_and_keeps_the_order(account: Account, notes: Path) -> None:
    """Payloads of up to MaxPayloadInMB; never more than MaxConcurrentTransforms in flight; the
    output in the order of the input although later payloads may be answered first."""
    name = "multi"
    account.model(name, NOTES=str(notes), SLEEP="0.05")
    content = rows(450_000)
    account.put(f"{name}/in/a.csv", content)
    account.transform(name, MaxPayloadInMB=1, MaxConcurrentTransforms=3)
    sent = noted(notes)
    megabytes = len(content) / 1024 / 1024
    assert len(sent) == int(megabytes) + 1
    assert max(call["bytes"] for call in sent) <= 1024 * 1024
    assert max(call["in_flight"] for call in sent) == 3
    expected = "".join(f"{line},p\n" for line in content.splitlines())
    assert account.text(f"{name}/out/a.csv.out") == expected


def test_small_objects_share_the_concurrency_of_the_instance(account: Account, notes: Path) -> None:
    """Requests of different objects are in flight together, but never more than allowed."""
    name = "many"
    account.model(name, NOTES=str(notes), SLEEP="0.3")
    for number in range(8):
        account.put(f"{name}/in/{number}.csv", f"{number}\n")
    account.transform(name, MaxConcurrentTransforms=4)
    assert max(call["in_flight"] for call in noted(notes)) == 4
    assert [account.text(f"{name}/out/{number}.csv.out") for number in range(8)] == [
        f"{number},p\n" for number in range(8)
    ]


def test_single_record_sends_one_line_at_a_time(account: Account, notes: Path) -> None:
    name = "one-by-one"
    account.model(name, NOTES=str(notes))
    account.put(f"{name}/in/a.csv", "1\n2\n\n3")
    account.transform(name, BatchStrategy="SingleRecord")
    assert [call["body"] for call in noted(notes)] == ["1\n", "2\n", "3"]
    assert account.text(f"{name}/out/a.csv.out") == "1,p\n2,p\n3,p\n"


def test_split_none_sends_the_whole_object_and_stores_the_very_answer(account: Account) -> None:
    """AssembleWith None concatenates the answers as they are."""
    name = "whole"
    account.model(name, MODE="raw")
    account.put(f"{name}/in/a.bin", b"\x00\n\x01")
    account.transform(
        name,
        TransformInput=source(f"{name}/in/", SplitType="None"),
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/{name}/out"},
    )
    assert account.text(f"{name}/out/a.bin.out") == "<\x00\n\x01>"


def test_gzip_input_is_unpacked_before_it_is_split(account: Account) -> None:
    name = "gzip"
    account.model(name)
    account.put(f"{name}/in/a.csv.gz", gzip.compress(b"1\n2\n") + gzip.compress(b"3\n"))
    account.transform(name, TransformInput=source(f"{name}/in/", CompressionType="Gzip"))
    assert account.text(f"{name}/out/a.csv.gz.out") == "1,p\n2,p\n3,p\n"


def test_ids_are_hidden_from_the_model_and_joined_to_its_answer(
    account: Account, notes: Path
) -> None:
    name = "ids"
    account.model(name, NOTES=str(notes), SUFFIX=",label,0.5")
    account.put(f"{name}/in/a.csv", "id-1,10,20\nid-2,30,40\n")
    account.transform(
        name,
        DataProcessing={
            "InputFilter": "$[1:]",
            "JoinSource": "Input",
            "OutputFilter": "$[0,-2,-1]",
        },
    )
    assert [call["body"] for call in noted(notes)] == ["10,20\n30,40\n"]
    assert account.text(f"{name}/out/a.csv.out") == "id-1,label,0.5\nid-2,label,0.5\n"


def test_json_lines_are_joined(account: Account) -> None:
    name = "jsonlines"
    account.model(name, MODE="json")
    account.put(f"{name}/in/a.jsonl", '{"id":1,"x":{"a":1}}\n{"id":2,"x":{"b":1}}\n')
    kind = "application/jsonlines"
    account.transform(
        name,
        TransformInput=source(f"{name}/in/", ContentType=kind),
        TransformOutput={
            "S3OutputPath": f"s3://{BUCKET}/{name}/out",
            "Accept": kind,
            "AssembleWith": "Line",
        },
        DataProcessing={
            "InputFilter": "$.x",
            "JoinSource": "Input",
            "OutputFilter": "$['id','SageMakerOutput']",
        },
    )
    lines = account.text(f"{name}/out/a.jsonl.out").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"id": 1, "SageMakerOutput": {"keys": ["a"]}},
        {"id": 2, "SageMakerOutput": {"keys": ["b"]}},
    ]


def test_state_changes_are_events(account: Account) -> None:
    """InProgress and the final status, with the documented members and ISO times."""
    name = "events"
    account.model(name)
    account.put(f"{name}/in/a.csv", "1\n")
    account.start(name, Tags=[{"Key": "team", "Value": "red"}], MaxPayloadInMB=2)
    account.finish(name)
    wanted = "SageMaker Transform Job State Change"

    def published() -> list[Any]:
        return [
            event
            for event in account.events
            if event["detail-type"] == wanted and event["detail"]["TransformJobName"] == name
        ]

    started, ended = wait_for(published, lambda found: len(found) == 2)
    assert started["detail"]["TransformJobStatus"] == "InProgress"
    assert ended["detail"]["TransformJobStatus"] == "Completed"
    assert ended["source"] == "aws.sagemaker"
    assert ended["resources"] == [ended["detail"]["TransformJobArn"]]
    assert ended["detail"]["Tags"] == {"team": "red"}
    assert ended["detail"]["MaxPayloadInMB"] == 2
    for moment in ("CreationTime", "TransformStartTime", "TransformEndTime"):
        assert ended["detail"][moment].endswith("Z")
    assert "DataProcessing" not in ended["detail"]


def test_the_request_is_described_back(account: Account) -> None:
    """What the local account only records is still there: VPC, keys, experiments."""
    name = "described"
    vpc = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    account.sagemaker.create_model(
        ModelName=name,
        PrimaryContainer={"Image": "r/x-scoring"},
        ExecutionRoleArn=ROLE,
        VpcConfig=vpc,
    )
    assert account.sagemaker.describe_model(ModelName=name)["VpcConfig"] == vpc
    account.put(f"{name}/in/a.csv", "1\n")
    recorded = {
        "ExperimentConfig": {"ExperimentName": "e"},
        "ModelClientConfig": {"InvocationsTimeoutInSeconds": 60, "InvocationsMaxRetries": 1},
        "TransformResources": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 1,
            "VolumeKmsKeyId": "alias/key",
        },
    }
    job = account.transform(name, **recorded)
    request = transform_request(name, **recorded)
    for member in ("ModelName", *recorded):
        assert job[member] == request[member]
