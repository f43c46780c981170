"""A real model server with faults to order: `python model_server.py serve`.

Behaviour comes from the environment, as a container's does:

    NOTES       a file to note every start and every invocation in (JSON lines)
    MODE        what it does with an invocation, see `_answer`; default: each line with SUFFIX
    SUFFIX      default ",p"
    SLEEP       seconds before it answers
    FAIL_FIRST  "503x2": answer 503 to the first two invocations
    PARAMETERS  the answer to /execution-parameters; without it there is none
"""

import http.server
import json
import os
import socketserver
import sys
import threading
import time
from pathlib import Path

MODE = os.environ.get("MODE", "echo")
LOCK = threading.Lock()
SEEN = {"invocations": 0, "in_flight": 0, "peak": 0}


def note(**event: object) -> None:
    """Append what happened to a file that the test reads."""
    if "NOTES" in os.environ:
        with LOCK, Path(os.environ["NOTES"]).open("a") as file:
            file.write(json.dumps(event) + "\n")


def predictions(body: bytes, suffix: str) -> bytes:
    lines = [line for line in body.decode().split("\n") if line.strip()]
    if MODE == "drop-a-row":
        lines = lines[:-1]
    return "".join(f"{line.strip()}{suffix}\n" for line in lines).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/ping":
            self._send(200 if MODE != "unhealthy" else 503)
        elif self.path == "/execution-parameters" and "PARAMETERS" in os.environ:
            self._send(200, os.environ["PARAMETERS"].encode(), "application/json")
        else:
            self._send(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with LOCK:
            SEEN["invocations"] += 1
            SEEN["in_flight"] += 1
            SEEN["peak"] = max(SEEN["peak"], SEEN["in_flight"])
            number = SEEN["invocations"]
        note(
            invocation=number,
            bytes=len(body),
            body=body.decode(errors="replace")[:200],
            content_type=self.headers.get("Content-Type"),
            accept=self.headers.get("Accept"),
            in_flight=SEEN["in_flight"],
        )
        try:
            self._answer(number, body)
        finally:
            with LOCK:
                SEEN["in_flight"] -= 1

    def _answer(self, number: int, body: bytes) -> None:
        status, _, times = os.environ.get("FAIL_FIRST", "").partition("x")
        if times and number <= int(times):
            self._send(int(status), b"fault to order")
        elif MODE == "refuse-bad" and b"bad" in body:
            self._send(400, b"a bad record")
        elif MODE == "crash":
            os._exit(3)
        elif MODE == "truncate":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"only this")
            self.close_connection = True
        elif MODE == "raw":
            self._send(200, b"<" + body + b">")
        elif MODE == "json":
            rows = [json.loads(line) for line in body.decode().split("\n") if line.strip()]
            answers = [{"keys": sorted(r) if isinstance(r, dict) else r} for r in rows]
            lines = "".join(json.dumps(answer) + "\n" for answer in answers)
            self._send(200, lines.encode(), "application/jsonlines")
        else:
            time.sleep(float(os.environ.get("SLEEP", "0")))
            suffix = os.environ.get("SUFFIX", ",p")
            self._send(200, predictions(body, suffix), "text/csv")

    def _send(self, status: int, body: bytes = b"", content_type: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    assert sys.argv[1:] == ["serve"], "run as: docker run image serve"
    files = sorted(path.name for path in Path(os.environ["SM_MODEL_DIR"]).rglob("*"))
    note(environment=dict(os.environ), files=files, pid=os.getpid())
    if MODE == "no-start":
        sys.exit("the model cannot be loaded")
    Server(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
