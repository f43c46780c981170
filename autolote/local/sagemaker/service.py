"""The SageMaker endpoint of the local account."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

# Each module registers its operations when it is imported. A new one is one more name here.
from . import (  # noqa: F401
    apps,
    automl_jobs,
    domains,
    lifecycle_configs,
    models,
    operations,
    spaces,
    tags,
    training_jobs,
    transform_jobs,
    user_profiles,
)
from .context import Context, Programs
from .permissions import Permissions
from .sign_in import PATH as SIGN_IN_PATH
from .sign_in import open_studio
from .studio_keys import condition_keys
from .wsgi import respond


class SageMaker:
    """SageMaker's API for one account in one region: a stand-in that really trains and scores.

    Strict against botocore's service model in both directions. What it cannot do it refuses with
    an error that says so. State lives below `home`; every change is on disk before it is
    answered, so the process may be killed at any time.

    Args:
        home: folder for records, work in progress and logs.
        region: e.g. `sa-east-1`.
        account: the account's 12 digits.
        endpoint_url: where S3 answers, for our own S3 client and for containers.
        speed: how many seconds of a requested run time pass in one real second.
        permissions: what the account lets the roles of jobs and models do.
        sign_in: ARN of a role and of the domain, and the condition keys of a user's calls -> the
            credentials of the user under the role.
        publish: puts one event, in the form in which EventBridge delivers it, on the default bus.
        client: a boto3 client of a service of the account; a domain makes its file system with it.
        programs: the commands that do the work.
    """

    def __init__(
        self,
        *,
        home: Path,
        region: str,
        account: str,
        endpoint_url: str,
        speed: float,
        permissions: Permissions,
        sign_in: Callable[[str, str, Mapping[str, str]], Mapping[str, str]],
        publish: Callable[[Mapping[str, Any]], None],
        client: Callable[[str], Any],
        programs: Programs | None = None,
    ) -> None:
        self._context = Context(
            home=home,
            region=region,
            account=account,
            endpoint_url=endpoint_url,
            speed=speed,
            permissions=permissions,
            sign_in=sign_in,
            publish=publish,
            client=client,
            programs=programs or Programs(),
        )

    def application(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request (WSGI): AWS JSON 1.1, or the GET of a presigned domain URL.

        Safe to call from several threads.
        """
        if environ["PATH_INFO"].startswith(SIGN_IN_PATH):
            return open_studio(self._context, environ, start_response)
        return respond(
            lambda target, body: operations.answer(self._context, target, body),
            environ,
            start_response,
        )

    def condition_keys(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, str]:
        """What a request's policies are told beside what it says: see `studio_keys`."""
        return condition_keys(self._context, operation, parameters)

    def resume(self) -> None:
        """Go on with the jobs that were in progress when the account went down."""
        operations.resume_all(self._context)

    def close(self) -> None:
        """Stop working; jobs keep their status and go on after the next `resume`."""
        self._context.jobs.close()
