"""A stack that builds an image at deployment as ours does, from a source of a few lines."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from tests.local_aws.account_process import ROLE, ROOT, AccountProcess, python_function

BUCKET = "sources"
LIBRARY = "build/libscoring.so"
DOCKERFILE = """
ARG PYTHON_DIGEST
FROM registry/python@${PYTHON_DIGEST} AS base
RUN apt-get update && apt-get install --yes nothing

FROM base AS kernel
COPY native /src/native
RUN make -C /src/native -j "$(nproc)"

FROM base
COPY *.py /opt/program/
COPY --from=kernel /src/native/build/libscoring.so /opt/program/native/build/
COPY --from=kernel /never/made.json /opt/program/
ENTRYPOINT ["/opt/venv/bin/python", "/opt/program/serve.py"]
"""
SOURCE: Mapping[str, str] = {
    "Dockerfile": DOCKERFILE,
    "buildspec.yml": "version: 0.2\n",
    "serve.py": "print('serving from', __file__)\n",
    "native/Makefile": LIBRARY + ": kernel.cpp\n\tmkdir -p build\n\tg++ -shared -fPIC -o $@ $<\n",
    "native/kernel.cpp": 'extern "C" int answer() { return 42; }\n',
}


def zipped(files: Mapping[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def upload(account: AccountProcess, key: str, content: bytes) -> None:
    s3 = account.client("s3")
    if BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        where = {"LocationConstraint": "sa-east-1"}
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
    s3.put_object(Bucket=BUCKET, Key=key, Body=content)


def handler(account: AccountProcess) -> dict[str, Any]:
    """The function behind our custom resource, from its own source."""
    folder = ROOT / "lambda"
    files = {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for part in ("deploy", "rules")
        for path in (folder / part).glob("*.py")
    }
    upload(account, "lambda.zip", zipped(files))
    code = {"S3Bucket": BUCKET, "S3Key": "lambda.zip"}
    return python_function("", Code=code, Handler="deploy.build_image.handler", Timeout=60)


def resources(account: AccountProcess, name: str, *, source: str, tag: str) -> dict[str, Any]:
    """Repository, project, function and custom resource; `source` is a key in the bucket."""
    variables = {
        "REPOSITORY": {"Ref": "Repository"},
        "REPOSITORY_URI": {"Fn::GetAtt": ["Repository", "RepositoryUri"]},
        "IMAGE_TAG": tag,
    }
    project = {
        "Source": {
            "Type": "S3",
            "Location": f"{BUCKET}/{source}",
            "BuildSpec": "buildspec.yml",
        },
        "Artifacts": {"Type": "NO_ARTIFACTS"},
        "Environment": {
            "Type": "LINUX_CONTAINER",
            "ComputeType": "BUILD_GENERAL1_SMALL",
            "Image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "PrivilegedMode": True,
            "EnvironmentVariables": [
                {"Name": key, "Value": value} for key, value in variables.items()
            ],
        },
        "ServiceRole": ROLE,
        "LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": {"Ref": "Log"}}},
        "TimeoutInMinutes": 5,
    }
    return {
        "Repository": {
            "Type": "AWS::ECR::Repository",
            "Properties": {
                "RepositoryName": f"{name}-scoring".lower(),
                "ImageTagMutability": "IMMUTABLE",
                "EmptyOnDelete": True,
            },
        },
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {}},
        "Project": {"Type": "AWS::CodeBuild::Project", "Properties": project},
        "Function": handler(account),
        "Image": {
            "Type": "Custom::ScoringImage",
            "Properties": {
                "ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]},
                "Project": {"Ref": "Project"},
                "Repository": {"Ref": "Repository"},
                "ImageTag": tag,
            },
        },
    }
