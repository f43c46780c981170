"""What the bench's numbers stand on."""

import http.server
import os
import shutil
import subprocess
import sys
import threading
import time

import pytest

from tests.bench import document, load, processes, stages


def test_the_cpu_time_of_children_that_have_ended_is_counted() -> None:
    """A server that works in short-lived processes looks no cheaper than it is."""
    burn = "t = __import__('time'); [0 for _ in iter(lambda: t.process_time() < 0.3, False)]"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); input()"
    with subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE) as child:
        for there in (True, False):
            while (len(processes.tree(child.pid)) > 1) != there:
                time.sleep(0.01)
        counted = processes.cpu_seconds(child.pid)
        peak = processes.peak_mb(child.pid)
        child.communicate(b"\n")
    assert 0.3 <= counted < 3
    assert 1 < peak < 1000


def test_an_answer_with_a_row_too_few_stops_the_bench() -> None:
    """Rows that a server loses are no speed."""

    class Lossy(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"1\n2\n")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lossy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        assert bytes(load.Connection(port).post(load.Request.post(b"1\n2\n"))) == b"1\n2\n"
        with pytest.raises(load.RefusedError, match="3 rows were sent, 2 came back"):
            load.Connection(port).post(load.Request.post(b"1\n2\n3\n"))
        server.shutdown()


def test_only_the_marked_part_of_the_page_is_written_again() -> None:
    page = "before\n<!-- generated: x -->\nold\n<!-- end: x -->\nafter"
    assert document.replaced(page, "x", "new") == page.replace("old", "new")
    with pytest.raises(ValueError, match="generated: y"):
        document.replaced(page, "y", "new")


def test_the_stages_program_fits_the_library() -> None:
    """It is compiled only by the bench, and would else fall behind the library unseen."""
    compiler = os.environ.get("CXX") or "g++"
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    command = [compiler, "-std=c++17", "-fsyntax-only", str(stages.SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
