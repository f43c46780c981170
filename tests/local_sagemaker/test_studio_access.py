"""Who a user of a domain is to IAM: the credentials behind a presigned URL, and condition keys."""

import time
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from .account import ACCOUNT, KEYS, REGION, ROLE
from .studio import JUPYTER, PRIVATE, Studio

SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"


@pytest.fixture(scope="module")
def domain(studio: Studio) -> str:
    """A domain with one user, who has a private space."""
    made = studio.ready()
    studio.profile(made, "ana")
    studio.space(made, "ana-lab", **PRIVATE)
    return made


def opened(studio: Studio, domain: str, **more: Any) -> str:
    url: str = studio.api.create_presigned_domain_url(
        DomainId=domain, UserProfileName="ana", **more
    )["AuthorizedUrl"]
    # Here S3 has another address than SageMaker.
    return studio.account.url + url[url.index("/studio/") :]


def test_a_presigned_url_gives_the_credentials_of_the_users_role_once(
    studio: Studio, domain: str
) -> None:
    """Whoever opens it is the user: the role, for this domain, under this profile. Again: 403."""
    url = opened(studio, domain)
    told = requests.get(url, timeout=5).json()
    assert told.items() >= {**KEYS, "role": ROLE, "for": f"{SAGEMAKER}:domain/{domain}"}.items()
    assert told["sagemaker:UserProfileName"] == "ana"
    assert told["sagemaker:DomainId"] == domain
    again = requests.get(url, timeout=5)
    assert (again.status_code, again.json()["message"]) == (
        403,
        "This URL has been used or has expired; make another.",
    )


def test_a_presigned_url_expires(
    studio: Studio, domain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After ExpiresInSeconds it opens nothing."""
    url, now = opened(studio, domain, ExpiresInSeconds=5), time.time()
    monkeypatch.setattr(time, "time", lambda: now + 6)
    assert requests.get(url, timeout=5).status_code == 403


def test_nobody_else_gets_a_url(studio: Studio, domain: str) -> None:
    """The profile has to exist in that domain."""
    with pytest.raises(ClientError, match=r"UserProfile \[.*/bea\] does not exist"):
        studio.api.create_presigned_domain_url(DomainId=domain, UserProfileName="bea")


def test_policies_are_told_whose_space_it_is(studio: Studio, domain: str) -> None:
    """A new space by its request, an existing one and its apps by what it is; others by nothing."""
    keys = studio.account.service.condition_keys
    of_ana = {
        "sagemaker:SpaceSharingType": "Private",
        "sagemaker:OwnerUserProfileArn": f"{SAGEMAKER}:user-profile/{domain}/ana",
    }
    here = {"DomainId": domain, "SpaceName": "ana-lab"}
    new = {"DomainId": domain, "SpaceName": "new", **PRIVATE}
    assert keys("CreateSpace", new) == {**of_ana, "sagemaker:TaggingAction": "CreateSpace"}
    assert keys("CreateApp", {**here, **JUPYTER}) == {
        **of_ana,
        "sagemaker:TaggingAction": "CreateApp",
    }
    assert keys("DeleteApp", {**here, **JUPYTER}) == of_ana
    assert keys("DeleteSpace", {"DomainId": domain, "SpaceName": "no-such-space"}) == {}
    assert keys("DescribeSpace", here) == {}
