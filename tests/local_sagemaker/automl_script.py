"""A small real AutoML worker: `python automl_script.py WORKDIR`, by the rules of the real one.

The target's column name says what happens: `y` trains, `slow` needs a minute for its second
candidate, `once` does so when it is run for the first time, `crash` ends without a reason.
Candidates in WORKDIR/candidates are reused.
"""

import csv
import json
import os
import sys
import tarfile
import time
from pathlib import Path

folder = Path(sys.argv[1])
request = json.loads((folder / "request.json").read_text())


def report(**event: object) -> None:
    with (folder / "progress.jsonl").open("a") as file:
        file.write(json.dumps(event) + "\n")


def fail(reason: str) -> None:
    (folder / "failure.json").write_text(json.dumps({"reason": reason}))
    sys.exit(1)


def candidate(name: str, value: float) -> dict[str, object]:
    """Train, unless an earlier run of the worker did."""
    done = folder / "candidates" / name
    if not done.exists():
        if name == "second":
            wait()
        done.mkdir(parents=True)
        (done / "model.txt").write_text(f"trained by {os.getpid()}")
        report(candidate=described(name, value))
    path = folder / "artifacts" / "model" / name / "model.tar.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as tar:
        tar.add(done / "model.txt", "model.txt")
    return described(name, value) | {
        "model": f"model/{name}/model.tar.gz",
        "explainability": f"explainability/{name}.json",
        "insights": f"insights/{name}.json",
    }


def wait() -> None:
    """The second candidate takes a minute; of target `once` only the first time."""
    patient = request["target"] == "once" and not (folder / "tried").exists()
    (folder / "tried").touch()
    if patient or request["target"] == "slow":
        time.sleep(60)


def described(name: str, value: float) -> dict[str, object]:
    metrics = {"Accuracy": value, "LogLoss": 1 - value, "BalancedAccuracy": float("inf")}
    return {"name": name, "label": "LightGBM", "value": value, "metrics": metrics, "seconds": 2}


report(stage="AnalyzingData")
rows = 0
for path in sorted((folder / "input" / "training").glob("*.csv")):
    with path.open(newline="") as file:
        table = list(csv.reader(file))
    if request["target"] not in table[0]:
        fail(f"Target attribute name {request['target']} does not exist in header of input data.")
    rows += len(table) - 1
if rows < 500:
    fail(f"Insufficient input data: {rows} rows; at least 500 are needed.")
if request["target"] == "crash":
    sys.exit("the worker lost its way")
report(stage="TrainingModels")
candidates = [candidate("first", 0.75), candidate("second", 0.875)]
report(stage="GeneratingExplainabilityReport")
(folder / "artifacts" / "SageMakerAutopilotDataExplorationNotebook.ipynb").write_text("{}")
result = {
    "problem_type": request["problem_type"] or "BinaryClassification",
    "objective": request["objective"] or "F1",
    "stopped_by": "MaxCandidates" if request["max_candidates"] else "MaxRuntime",
    "rows": rows,
    "candidates": candidates[::-1],
}
(folder / "result.json").write_text(json.dumps(result))
