"""CloudFormation's operations on the wire, and the deployments they start."""

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from moto.moto_server.werkzeug_app import BackendRequest

from autolote.local.aws import changes
from autolote.local.aws.account import Account
from autolote.local.aws.cloudformation.deployment import Deployment
from autolote.local.aws.cloudformation.model import ChangeSet, Stack
from autolote.local.aws.cloudformation.operations import Operations
from autolote.local.aws.cloudformation.providers import custom
from autolote.local.aws.cloudformation.stacks import Stacks

PATIENCE = 20.0  # seconds an answer waits for the deployment it starts


class CloudFormation:
    """The service: stacks, change sets, deployments."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.stacks = Stacks(account=account)

    def application(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """WSGI entry, for requests and for the answers of custom resources."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(custom.PATH):
            length = int(environ.get("CONTENT_LENGTH") or 0)
            custom.receive(path.removeprefix(custom.PATH), environ["wsgi.input"].read(length))
            start_response("200 OK", [("Content-Length", "0")])
            return []
        request = BackendRequest(environ)
        handler = Operations(self)
        status, headers, body = handler._dispatch(request, request.url, request.headers)
        content = body.encode() if isinstance(body, str) else body
        kept = [(k, str(v)) for k, v in headers.items() if k.lower() != "status"]
        start_response(f"{status} -", [*kept, ("Content-Length", str(len(content)))])
        return [content]

    def start(self, stack: Stack, kind: str) -> None:
        """Create, update or delete a stack, in a thread.

        AWS answers at once. Here the answer waits a little, so that whoever polls every few
        seconds finds a small stack finished the first time.
        """
        stack.tell(f"{kind}_IN_PROGRESS", "User Initiated")
        changes.mark()
        worker = threading.Thread(target=self._deploy, args=(stack, kind), daemon=True)
        worker.start()
        worker.join(PATIENCE)

    def resume(self) -> None:
        """Carry on with the deployments that were under way when the account went down."""
        for stack in list(self.stacks.all()):
            if stack.in_progress:
                kind = stack.status.split("_", 1)[0].replace("ROLLBACK", "CREATE")
                threading.Thread(target=self._deploy, args=(stack, kind), daemon=True).start()

    def snapshot(self) -> dict[str, Any]:
        """What is to be kept."""
        return {
            "stacks": list(self.stacks.all()),
            "change_sets": list(self.stacks.change_sets.values()),
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Know again what was kept."""
        stacks: list[Stack] = kept["stacks"]
        change_sets: list[ChangeSet] = kept["change_sets"]
        self.stacks.restore(stacks, change_sets)

    def _deploy(self, stack: Stack, kind: str) -> None:
        deployment = Deployment(
            account=self.account, stack=stack, exports=self.stacks.export_values
        )
        {"CREATE": deployment.create, "UPDATE": deployment.update, "DELETE": deployment.delete}[
            kind
        ]()
        changes.mark(now=True)
