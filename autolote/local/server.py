"""The account's process: puts its parts together, listens, and ends them again."""

import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from typing import Any

from moto import settings
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from autolote.local.aws import (
    alarms,
    buses,
    copies,
    deliveries,
    events,
    executions,
    functions,
    hyperplane,
    identities,
    integrations,
    log_groups,
    machine_checks,
    machines,
    networks,
    objects,
    schedules,
    subscriptions,
)
from autolote.local.aws.account import Account
from autolote.local.aws.acting import SAGEMAKER, Service, Session
from autolote.local.aws.cloudformation.api import CloudFormation
from autolote.local.aws.codebuild.builds import Builds
from autolote.local.aws.job_permissions import JobPermissions
from autolote.local.aws.patches import replace
from autolote.local.aws.pending import Pending
from autolote.local.aws.state import Keeper, StateUnreadableError
from autolote.local.calls import CallLog
from autolote.local.front_door import FrontDoor
from autolote.local.iam.authorizer import Authorizer
from autolote.local.iam.enforcement import Enforcement
from autolote.local.iam.record import FILE
from autolote.local.options import Options
from autolote.local.requests import RequestHandler
from autolote.local.sagemaker import SageMaker
from autolote.local.sagemaker.context import programs

logger = logging.getLogger(__name__)
HOST = "127.0.0.1"


class LocalAccount:
    """All parts of the account in this process."""

    def __init__(self, options: Options) -> None:
        self._home = options.home
        self._home.mkdir(parents=True, exist_ok=True)
        self._server, url = _listen(options)
        os.environ["MOTO_ACCOUNT_ID"] = options.account
        os.environ["MOTO_PORT"] = str(self._server.server_port)
        replace(settings, "moto_server_host", lambda: f"http://{HOST}")
        self._url = url
        self.account = Account(
            home=self._home,
            region=options.region,
            account_id=options.account,
            endpoint_url=url,
            speed=options.speed,
            authorizer=Authorizer(
                account_id=options.account, region=options.region, record=self._home / FILE
            ),
        )
        self._pending = Pending()
        self._install()
        self._calls = CallLog(self._home / "calls.jsonl", account_id=options.account)
        self._cloudformation = CloudFormation(self.account)
        self._keeper = Keeper(
            home=self._home,
            parts={
                "pending": self._pending,
                "schedules": self._schedules,
                "cloudformation": self._cloudformation,
            },
        )
        self._sagemaker = SageMaker(
            home=self._home / "sagemaker",
            region=options.region,
            account=options.account,
            endpoint_url=url,
            speed=options.speed,
            permissions=JobPermissions(self.account),
            sign_in=self._user_credentials,
            publish=lambda event: events.publish(self.account, event),
            client=self.account.client,
            programs=programs(self._builds.images.program),
        )
        self._server.app = FrontDoor(
            moto=DomainDispatcherApplication(create_backend_app),
            cloudformation=self._cloudformation.application,
            sagemaker=self._sagemaker.application,
            calls=self._calls,
            enforcement=Enforcement(self.account, sagemaker_keys=self._sagemaker.condition_keys),
        )

    def run(self) -> None:
        """Answer requests until a signal says to stop."""
        listener = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.5}, daemon=True
        )
        self._keeper.load()
        listener.start()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self._resume()
        self._say_ready()
        stop.wait()
        logger.info("stopping")
        self._close()

    def _install(self) -> None:
        delivered = deliveries.Deliveries(account=self.account, pending=self._pending)
        objects.install(self.account)
        copies.install()
        identities.install()
        networks.install(self.account, self._pending)
        hyperplane.install(self.account, self._pending)
        self._pool = functions.install(self.account, self._pending)
        events.install(self.account, delivered)
        buses.install(self.account)
        log_groups.install(self.account)
        subscriptions.install(self.account)
        alarms.install(self.account, self._pending)
        self._schedules = schedules.install(self.account, delivered)
        self._builds = Builds(account=self.account, pending=self._pending)
        integrations.install()
        executions.install()
        machines.install(self.account)
        machine_checks.install(self.account)

    def _user_credentials(
        self, role_arn: str, source_arn: str, keys: Mapping[str, str]
    ) -> Mapping[str, str]:
        by = Service(name=SAGEMAKER, source_arn=source_arn)
        given = tuple(keys.items())
        return self.account.credentials(
            Session(role_arn=role_arn, name="SageMaker", by=by, keys=given)
        )

    def _resume(self) -> None:
        self._keeper.start()
        self._schedules.start()
        self._sagemaker.resume()
        machines.resume(self.account)
        self._cloudformation.resume()

    def _say_ready(self) -> None:
        told = {
            "url": self._url,
            "pid": os.getpid(),
            "region": self.account.region,
            "account": self.account.account_id,
            "speed": self.account.speed,
        }
        ready = self._home / "endpoint.json"
        unfinished = ready.with_suffix(".tmp")
        unfinished.write_text(json.dumps(told), encoding="utf-8")
        unfinished.replace(ready)
        logger.info("account %s answers at %s", self.account.account_id, self._url)

    def _close(self) -> None:
        (self._home / "endpoint.json").unlink(missing_ok=True)
        self._schedules.close()
        self._sagemaker.close()
        self._pool.close()
        self._server.shutdown()
        self._keeper.close()
        self._calls.close()
        self.account.authorizer.close()


def _listen(options: Options) -> tuple[BaseWSGIServer, str]:
    """Bind first: every part needs to know the address.

    A free port is the one of last time if that is free: queue URLs, which are in stack outputs
    and wherever users have put them, stay what they were.
    """
    last = options.home / "port"
    port = options.port
    if port == 0 and last.exists():
        port = int(last.read_text("ascii"))
        port = port if _is_free(port) else 0
    server = make_server(HOST, port, _not_yet, threaded=True, request_handler=RequestHandler)
    last.write_text(str(server.server_port), "ascii")
    return server, f"http://{HOST}:{server.server_port}"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _not_yet(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("503 Service Unavailable", [])
    return []


def run(options: Options, *, level: str) -> int:
    """Run the account in the foreground; returns the process's exit code."""
    options.home.mkdir(parents=True, exist_ok=True)
    shown = logging.StreamHandler(sys.stderr)
    kept = logging.FileHandler(options.home / "account.log", encoding="utf-8")
    logging.basicConfig(
        level=level.upper(),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        handlers=[shown, kept],
    )
    # A failure inside an execution is a matter of that execution, and told in its history.
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
    for noisy in ("werkzeug", "botocore", "boto3", "urllib3", "s3transfer"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        LocalAccount(options).run()
    except StateUnreadableError as error:
        logger.error("%s", error)
        return 1
    return 0
