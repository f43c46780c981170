"""The custom resource of the scoring image: an answer for every request, a build only when due."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from deploy import answers, build_image

DIGEST = f"sha256:{'a' * 64}"
IMAGE = {"repositoryName": "repository", "imageIds": [{"imageTag": "tag"}]}
LOGS = {"groupName": "group", "streamName": "stream", "deepLink": "https://console/log"}


class Context:
    """Of a Lambda function that may run another `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@dataclass
class Services:
    """Stubbed clients, and what was answered to CloudFormation."""

    stubs: dict[str, Stubber] = field(default_factory=dict)
    answered: list[dict[str, Any]] = field(default_factory=list)

    def expect(self, service: str, operation: str, given: Any, answer: Any) -> None:
        self.stubs[service].add_response(operation, answer, given)

    def no_image(self) -> None:
        self.stubs["ecr"].add_client_error(
            "describe_images", "ImageNotFoundException", expected_params=IMAGE
        )

    def image(self) -> None:
        detail = {"imageDetails": [{"imageDigest": DIGEST}]}
        self.expect("ecr", "describe_images", IMAGE, detail)

    def started(self) -> None:
        given = {"projectName": "project", "idempotencyToken": "request"}
        self.expect("codebuild", "start_build", given, {"build": {"id": "project:1"}})

    def looked(self, status: str) -> None:
        build = {"id": "project:1", "buildStatus": status, "phases": [], "logs": LOGS}
        self.expect("codebuild", "batch_get_builds", {"ids": ["project:1"]}, {"builds": [build]})

    def handle(self, kind: str, *, seconds: float = 900, **more: Any) -> dict[str, Any]:
        event = {
            "RequestType": kind,
            "RequestId": "request",
            "ResourceProperties": {
                "Project": "project",
                "Repository": "repository",
                "ImageTag": "tag",
            },
            **more,
        }
        build_image.handler(event, Context(seconds))
        for stub in self.stubs.values():
            stub.assert_no_pending_responses()
        [answer] = self.answered
        return answer


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    found = Services()
    clients = {
        name: boto3.client(
            name, region_name="sa-east-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        for name in ("codebuild", "ecr", "logs")
    }
    with ExitStack() as active:
        for name, client in clients.items():
            found.stubs[name] = active.enter_context(Stubber(client))
        monkeypatch.setattr(build_image, "_client", clients.get)
        monkeypatch.setattr(build_image.time, "sleep", lambda _: None)

        def send(event: Any, **answer: Any) -> None:
            found.answered.append(answer)

        monkeypatch.setattr(answers, "send", send)
        yield found


def test_a_source_without_an_image_is_built_and_waited_for(services: Services) -> None:
    """The answer names the image that was pushed."""
    services.no_image()
    services.started()
    for status in ("IN_PROGRESS", "IN_PROGRESS", "SUCCEEDED"):
        services.looked(status)
    services.image()
    answer = services.handle("Create")
    assert answer == {"physical_id": "repository:tag", "attributes": {"Digest": DIGEST}}


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_an_image_that_is_there_is_not_built_again(services: Services, kind: str) -> None:
    """As when a deployment is rolled back, or a stack is made anew over a kept repository."""
    services.image()
    assert services.handle(kind, PhysicalResourceId="repository:old") == {
        "physical_id": "repository:tag",
        "attributes": {"Digest": DIGEST},
    }


def test_deleting_touches_no_image(services: Services) -> None:
    """An image may be in use by a model; the repository's rules decide."""
    answer = services.handle("Delete", PhysicalResourceId="repository:old")
    assert answer == {"physical_id": "repository:old"}


def test_a_build_that_fails_is_told_with_the_end_of_its_log(services: Services) -> None:
    """And the resource stays the image that it was."""
    services.no_image()
    services.started()
    services.looked("FAILED")
    services.expect(
        "logs",
        "get_log_events",
        {"logGroupName": "group", "logStreamName": "stream", "limit": 1_000},
        {"events": [{"message": "a.cpp:1: error: no\n"}]},
    )
    answer = services.handle("Update", PhysicalResourceId="repository:old")
    assert answer["physical_id"] == "repository:old"
    assert "ended FAILED" in answer["reason"]
    assert "a.cpp:1: error: no" in answer["reason"]
    assert answer["reason"].endswith("Log: https://console/log")


def test_a_build_that_takes_too_long_is_told_before_the_function_ends(services: Services) -> None:
    """CloudFormation hears of it from us, not after an hour of silence."""
    services.no_image()
    services.started()
    services.looked("IN_PROGRESS")
    answer = services.handle("Create", seconds=build_image.ANSWER_SECONDS)
    assert "has not ended within 0 seconds" in answer["reason"]


def test_a_build_that_pushed_nothing_is_no_success(services: Services) -> None:
    """A buildspec that forgets the push would be found out at the first run otherwise."""
    services.no_image()
    services.started()
    services.looked("SUCCEEDED")
    services.no_image()
    assert "pushed no image repository:tag" in services.handle("Create")["reason"]


@pytest.mark.parametrize(
    ("refuse", "says"),
    [
        (lambda s: s.stubs["ecr"].add_client_error("describe_images", "AccessDenied"), "AccessDen"),
        (
            lambda s: (s.no_image(), s.stubs["codebuild"].add_client_error("start_build", "Gone")),
            "Gone",
        ),
    ],
)
def test_what_aws_refuses_is_answered(
    services: Services, refuse: Callable[[Services], Any], says: str
) -> None:
    """A request without an answer would keep the deployment waiting."""
    refuse(services)
    assert says in services.handle("Create")["reason"]


def test_an_answer_is_put_as_the_url_was_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a content type; every name that CloudFormation asks for is in it."""
    sent = []

    class Nothing:
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    def urlopen(request: Any, timeout: float) -> Nothing:
        sent.append(request)
        return Nothing()

    monkeypatch.setattr(answers.urllib.request, "urlopen", urlopen)
    names = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "l"}
    event = {**names, "ResponseURL": "https://bucket/key"}
    answers.send(event, physical_id="p", reason="because")
    [request] = sent
    assert (request.method, request.get_header("Content-type")) == ("PUT", "")
    assert json.loads(request.data) == {
        **names,
        "PhysicalResourceId": "p",
        "Status": "FAILED",
        "Reason": "because",
        "Data": {},
    }
