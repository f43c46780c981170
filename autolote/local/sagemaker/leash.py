"""Run a command that dies with the process that started it: `python leash.py COMMAND...`.

The starter holds the other end of our standard input. When it closes, because the starter ended
or was killed, the whole process group goes: a stand-in must leave no model server behind. Run as
a script, so that it costs no import of the project.
"""

import os
import signal
import subprocess
import sys
import threading


def _die_with_the_starter() -> None:
    while os.read(0, 1):  # nothing is ever written; it returns at the end of the file
        pass
    os.killpg(0, signal.SIGKILL)


def main() -> int:
    # The group gets SIGTERM as a whole: the command decides what to do about it, we wait for it.
    # A handler, not SIG_IGN: the command would inherit that.
    signal.signal(signal.SIGTERM, lambda *_: None)
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=_die_with_the_starter, daemon=True).start()
    code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
