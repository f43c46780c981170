"""What a user of the domain does in a day, under the role of the project and nothing else."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import lightgbm
import numpy as np
import pytest
import requests

from tests.e2e.conftest import PROD, Pipeline
from tests.local_sagemaker.account import wait_for

PROJECT, USER = "digits", "ana"
SMALL = {"InstanceType": "ml.t3.medium"}
LABELS = [{"Key": "purpose", "Value": "look at errors"}]


@dataclass(frozen=True)
class Studio:
    """Studio, opened by a user: AWS programs in it act under the project's role."""

    credentials: dict[str, str]
    domain: str

    def client(self, service: str) -> Any:
        held = self.credentials
        return boto3.client(
            service,
            region_name=held["AWS_REGION"],
            endpoint_url=held["AWS_ENDPOINT_URL"],
            aws_access_key_id=held["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=held["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=held["AWS_SESSION_TOKEN"],
        )

    def app(self, space: str) -> dict[str, str]:
        return {
            "DomainId": self.domain,
            "SpaceName": space,
            "AppType": "JupyterLab",
            "AppName": "default",
        }


@pytest.fixture(scope="module")
def studio(pipeline: Pipeline) -> Studio:
    """Opened by its user in the one domain of the environment."""
    administrator = pipeline.client("sagemaker")
    [domain] = administrator.list_domains()["Domains"]
    told = administrator.create_presigned_domain_url(
        DomainId=domain["DomainId"], UserProfileName=USER
    )
    return Studio(requests.get(told["AuthorizedUrl"], timeout=10).json(), domain["DomainId"])


def status(wanted: str, describe: Callable[..., Any], **where: Any) -> None:
    wait_for(lambda: describe(**where)["Status"], lambda found: found == wanted)


def test_a_user_brings_data_asks_for_a_run_and_reads_its_result(
    pipeline: Pipeline, studio: Studio
) -> None:
    """From a notebook: put the files, send the request as the project, fetch the predictions."""
    s3, bucket = studio.client("s3"), pipeline.deployment.data_bucket
    rng = np.random.default_rng(3)
    features = rng.normal(size=(200, 2))
    data = lightgbm.Dataset(features, features.sum(axis=1))
    model = lightgbm.train({"objective": "regression", "verbosity": -1}, data, 5)
    home = f"{PROJECT}/notebook"
    rows = "\n".join(",".join(map(repr, row)) for row in features[:10].tolist())
    files = {"model.txt": model.model_to_string(), "data/rows.csv": rows, "scratch.txt": "-"}
    for name, text in files.items():
        s3.put_object(Bucket=bucket, Key=f"{home}/{name}", Body=text.encode())
    s3.delete_object(Bucket=bucket, Key=f"{home}/scratch.txt")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"{home}/")["Contents"]
    assert [one["Key"] for one in listed] == [f"{home}/data/rows.csv", f"{home}/model.txt"]

    asked = {
        "project_id": PROJECT,
        "experiment_id": "notebook",
        "score": {"data": "data/rows.csv", "has_header": False},
    }
    sent = studio.client("events").put_events(
        Entries=[
            {
                "EventBusName": pipeline.deployment.bus_name,
                "Source": f"autolote.{PROJECT}",
                "DetailType": "RunRequested",
                "Detail": json.dumps(asked),
            }
        ]
    )
    assert sent["FailedEntryCount"] == 0
    execution = pipeline.wait(f"{PROJECT}-notebook")
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    key = f"{home}/runs/{execution['name']}/manifest.json"
    manifest = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    assert manifest["rows_in"] == manifest["rows_out"] == 10


def test_a_user_works_in_spaces_of_their_own(studio: Studio) -> None:
    """Made, changed, used on a small instance, and gone again; others are seen, not touched."""
    api, here = studio.client("sagemaker"), {"DomainId": studio.domain}
    space = {**here, "SpaceName": "ana-tries"}
    api.create_space(
        **space,
        OwnershipSettings={"OwnerUserProfileName": USER},
        SpaceSharingSettings={"SharingType": "Private"},
        SpaceSettings={"AppType": "JupyterLab"},
        Tags=LABELS,
    )
    status("InService", api.describe_space, **space)
    api.update_space(**space, SpaceDisplayName="a first try")
    status("InService", api.describe_space, **space)
    app = studio.app("ana-tries")
    api.create_app(**app, ResourceSpec=SMALL, Tags=LABELS)
    status("InService", api.describe_app, **app)
    api.delete_app(**app)
    status("Deleted", api.describe_app, **app)
    api.delete_space(**space)

    url = api.create_presigned_domain_url(**here, UserProfileName=USER)["AuthorizedUrl"]
    assert url.startswith(studio.credentials["AWS_ENDPOINT_URL"])
    assert api.describe_domain(**here)["AppNetworkAccessType"] == "VpcOnly"
    assert api.describe_user_profile(**here, UserProfileName=USER)["Status"] == "InService"
    assert [one["DomainId"] for one in api.list_domains()["Domains"]] == [studio.domain]
    seen = {one["UserProfileName"] for one in api.list_user_profiles()["UserProfiles"]}
    assert seen == {user.name for user in PROD.domain.users}
    spaces = {one["SpaceName"] for one in api.list_spaces()["Spaces"]}
    assert spaces >= {one.name for one in PROD.domain.spaces}


def test_a_user_starts_and_stops_apps_of_the_projects_shared_space(studio: Studio) -> None:
    """Whoever comes first starts it; whoever goes last stops it."""
    api = studio.client("sagemaker")
    [shared] = [one.name for one in PROD.domain.spaces if one.sharing == "shared"]
    app = studio.app(shared)
    api.create_app(**app, ResourceSpec=SMALL)
    status("InService", api.describe_app, **app)
    running = api.list_apps(DomainIdEquals=studio.domain, SpaceNameEquals=shared)["Apps"]
    assert [one["AppName"] for one in running if one["Status"] == "InService"] == ["default"]
    api.delete_app(**app)
    status("Deleted", api.describe_app, **app)
