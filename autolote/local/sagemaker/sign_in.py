"""CreatePresignedDomainUrl, and what is behind the URL here: what a user holds in Studio.

On AWS the URL opens Studio in a browser, whose apps hold the credentials of the user profile's
execution role. Here it answers with those credentials as JSON, once, so that whatever a user may
do can be tried with any AWS program.
Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePresignedDomainUrl.html
"""

import json
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from .context import Context
from .errors import ServiceError, ValidationError
from .operations import Params, operation
from .studio import DOMAIN, PROFILE, in_service

PATH = "/studio/"
SECONDS = 300  # until the URL no longer opens anything, if the caller does not say


@operation("CreatePresignedDomainUrl")
def create_presigned_domain_url(context: Context, params: Params) -> Params:
    domain_id, name = params["DomainId"], params["UserProfileName"]
    domain = in_service(context, DOMAIN, domain_id)["description"]
    if domain["AuthMode"] != "IAM":
        raise ValidationError(
            f"Domain [{domain_id}] has AuthMode {domain['AuthMode']}: its users sign in through "
            "IAM Identity Center, and no URL can be made for them."
        )
    in_service(context, PROFILE, f"{domain_id}/{name}")
    token = secrets.token_urlsafe(32)
    until = time.time() + params.get("ExpiresInSeconds", SECONDS)
    context.sign_ins[token] = (f"{domain_id}/{name}", until)
    return {"AuthorizedUrl": f"{context.endpoint_url}{PATH}{domain_id}?token={token}"}


def open_studio(
    context: Context, environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """Answer a GET of an AuthorizedUrl (WSGI): the credentials, or 403 for a used or old one."""
    token = parse_qs(environ.get("QUERY_STRING", "")).get("token", [""])[0]
    profile, until = context.sign_ins.pop(token, ("", 0.0))
    try:
        if time.time() > until:
            raise ValidationError("This URL has been used or has expired; make another.")
        status, told = "200 OK", _credentials(context, profile)
    except ServiceError as error:
        status, told = "403 Forbidden", {"message": error.message}
    body = json.dumps(told).encode()
    start_response(
        status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]


def _credentials(context: Context, profile: str) -> dict[str, str]:
    domain_id, name = profile.split("/")
    domain = in_service(context, DOMAIN, domain_id)["description"]
    user = in_service(context, PROFILE, profile)["description"]
    role = user.get("UserSettings", {}).get("ExecutionRole")
    role = role or domain["DefaultUserSettings"]["ExecutionRole"]
    keys = {"sagemaker:DomainId": domain_id, "sagemaker:UserProfileName": name}
    return {
        **context.sign_in(role, domain["DomainArn"], keys),
        "AWS_REGION": context.region,
        "AWS_ENDPOINT_URL": context.endpoint_url,
    }
