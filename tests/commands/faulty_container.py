"""A scoring container with a fault, which FAULT in SM_MODEL_DIR's model names on its last line."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

FAULT = Path(os.environ["SM_MODEL_DIR"], "model.txt").read_text().splitlines()[-1]


def answer(rows: int) -> str:
    """What is answered to so many rows."""
    if FAULT == "a row too few":
        return "0.5\n" * (rows - 1)
    if FAULT == "a column too many":
        return "0.5,0.5\n" * rows
    if FAULT == "text":
        return "0.5\n" * (rows - 1) + "ERROR\n"
    return "0.5\n" * rows


class Handler(BaseHTTPRequestHandler):
    """Answers without a prediction in it."""

    def do_GET(self) -> None:
        self._send(200, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if FAULT == "exits":
            os._exit(3)
        status = 500 if FAULT == "fails" else 200
        self._send(status, answer(body.count(b"\n")).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
