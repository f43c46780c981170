"""A small training program, by the rules of SageMaker's containers: hyperparameters tell it what
to do.

steps: how many it takes; each leaves a checkpoint and a line `step=N loss=1/N`.
pause: seconds a step takes.
fail, exit: what it writes to output/failure, and the exit status it ends with then.
deaf: it takes no notice of SIGTERM.
notes: a file; gets a line of JSON for each start, and one for SIGTERM.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

base = Path(os.environ["SAGEMAKER_BASE_DIR"])
told = json.loads((base / "input/config/hyperparameters.json").read_text())
checkpoints = base / told.get("checkpoints", "checkpoints")


def note(**what: object) -> None:
    if "notes" in told:
        with Path(told["notes"]).open("a") as file:
            file.write(json.dumps({"pid": os.getpid(), **what}) + "\n")


def on_sigterm(*_: object) -> None:
    note(signal="SIGTERM")
    if "deaf" not in told:
        sys.exit(143)


signal.signal(signal.SIGTERM, on_sigterm)
data = sorted(path for path in (base / "input/data").rglob("*") if path.is_file())
note(
    arguments=sys.argv[1:],
    environment=dict(os.environ),
    data={str(path.relative_to(base)): path.read_text() for path in data},
    config={p.name: json.loads(p.read_text()) for p in (base / "input/config").iterdir()},
    checkpoints=sorted(path.name for path in checkpoints.iterdir()),
)
if "model" in told:
    (base / "model/model.txt").write_text(told["model"])
for step in range(1, int(told.get("steps", "1")) + 1):
    path = checkpoints / f"{step}.txt"
    if path.exists():
        continue
    until = time.monotonic() + float(told.get("pause", "0"))
    while time.monotonic() < until:
        time.sleep(0.01)
    sys.stdout.write(f"step={step} loss={1 / step}\n")
    sys.stdout.flush()
    path.write_text(str(os.getpid()))
if "fail" in told:
    (base / "output/failure").write_text(told["fail"])
if "exit" in told:
    sys.exit(int(told["exit"]))
(base / "model/model.txt").write_text("trained")
if "data" in told:
    (base / "output/data/report.txt").write_text(told["data"])
