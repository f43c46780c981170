"""How requests are read from the wire."""

from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler


class RequestHandler(MotoRequestHandler):
    """moto's handler (it keeps the spelling of S3 metadata), without a log line per request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """The request log is `calls.jsonl`."""
