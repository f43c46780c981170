"""An AutoML job at work: the worker process, its progress as statuses, its artifacts in S3.

The order of the secondary statuses in ENSEMBLING mode is not documented; it is taken from public
logs: Starting, AnalyzingData, TrainingModels, GeneratingExplainabilityReport,
GeneratingModelInsightsReport, Completed. Whether a job that reaches MaxCandidates ends with the
secondary status MaxCandidatesReached or Completed is not documented either: test AutoMLJobStatus.
"""

import json
import logging
import time
from pathlib import Path
from typing import Any

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError

from .automl_candidates import finished_candidate, merged, published_candidate
from .automl_data import prepare
from .context import Context
from .errors import MAX_FAILURE_REASON, JobFailedError, ServiceError, internal_error
from .images import automl_image
from .inputs import bucket_and_key
from .jobs import Interrupt, InterruptedJobError, StoppedError
from .processes import Process

KIND = "automl-job"

_log = logging.getLogger(__name__)
_NOTEBOOK = "DataExplorationNotebook.ipynb"
# The service's own default of CompletionCriteria, told in ResolvedAttributes.
_DEFAULT_CRITERIA = {"MaxCandidates": 250}


def run_automl_job(context: Context, name: str, interrupt: Interrupt) -> None:
    """Work until the job has its final status, or until the account goes down."""
    try:
        with context.jobs.turn(KIND, interrupt):
            end = _Run(context, name, interrupt).work()
    except InterruptedJobError:
        return
    except StoppedError:
        end = _final("Stopped")
    except JobFailedError as error:
        end = _final("Failed", error.reason)
    except (ClientError, S3UploadFailedError, ServiceError) as error:
        end = _final("Failed", f"ClientError: {error}")
    except Exception as error:
        _log.exception("AutoML job %s", name)
        end = _final("Failed", internal_error(error))
    now = round(time.time(), 3)
    with context.store(KIND).change(name) as record:
        record["candidates"] = end.pop("candidates", record["candidates"])
        record["description"] |= end | {"EndTime": now, "LastModifiedTime": now}
    context.forget_work(KIND, name)


def _final(status: str, reason: str | None = None) -> dict[str, Any]:
    told = {"FailureReason": reason[:MAX_FAILURE_REASON]} if reason else {}
    return {"AutoMLJobStatus": status, "AutoMLJobSecondaryStatus": status} | told


class _Run:
    """One attempt at a job; the worker's folder keeps what earlier ones did."""

    def __init__(self, context: Context, name: str, interrupt: Interrupt) -> None:
        record = context.store(KIND).read(name)
        assert record is not None
        self._context = context
        self._name = name
        self._interrupt = interrupt
        self._job: dict[str, Any] = record["description"]
        self._identity = (self._job["RoleArn"], self._job["AutoMLJobArn"])
        self._folder = context.work(KIND, name)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._s3 = context.s3(*self._identity)

    def work(self) -> dict[str, Any]:
        """Train, store the artifacts; what the description and the candidates become."""
        self._interrupt.check()
        security = self._job.get("SecurityConfig", {})
        self._context.job_role(*self._identity).begin(
            images=[automl_image(account=self._context.account, region=self._context.region)],
            kind="TrainingJobs",
            vpc=security.get("VpcConfig"),
            volume_key=security.get("VolumeKmsKeyId"),
        )
        prepare(self._context, self._s3, self._job, self._folder, self._interrupt)
        if not (self._folder / "result.json").exists():
            self._train()
        result = json.loads((self._folder / "result.json").read_text(encoding="utf-8"))
        self._interrupt.check()
        return self._finished(result, self._upload())

    def _train(self) -> None:
        worker = Process(
            [*self._context.programs.automl_worker, str(self._folder)],
            environment=self._context.environment,
            folder=self._folder,
            log=self._context.logs(KIND, self._name) / "worker.log",
        )
        progress = _Progress(self._folder / "progress.jsonl")
        try:
            while worker.exit_code() is None:
                self._note(progress.new_lines())
                self._interrupt.wait(0.2)
        finally:
            worker.stop()
        self._note(progress.new_lines())
        if worker.exit_code() != 0:
            raise JobFailedError(self._why_failed(worker))

    def _why_failed(self, worker: Process) -> str:
        told = self._folder / "failure.json"
        if told.exists():
            return str(json.loads(told.read_text(encoding="utf-8"))["reason"])
        return (
            f"AlgorithmError: the AutoML worker ended with exit code {worker.exit_code()}. "
            f"Last log lines: {worker.last_words() or 'none'}"
        )

    def _note(self, lines: list[dict[str, Any]]) -> None:
        """Show in Describe and ListCandidates what the worker has reported."""
        stages = [line["stage"] for line in lines if "stage" in line]
        found = [line["candidate"] for line in lines if "candidate" in line]
        if not lines:
            return
        objective = self._job.get("AutoMLJobObjective", {}).get("MetricName")
        new = [
            finished_candidate(
                self._context, job=self._name, reported=reported, objective=objective
            )
            for reported in found
        ]
        with self._context.store(KIND).change(self._name) as record:
            names = {candidate["CandidateName"] for candidate in record["candidates"]}
            record["candidates"] += [c for c in new if c["CandidateName"] not in names]
            description = record["description"]
            if stages and description["AutoMLJobStatus"] == "InProgress":
                description["AutoMLJobSecondaryStatus"] = stages[-1]
            description["LastModifiedTime"] = round(time.time(), 3)

    def _upload(self) -> str:
        """Store everything below artifacts/; the S3 URI of the folder it is in."""
        output = self._job["OutputDataConfig"]
        bucket, prefix = bucket_and_key(output["S3OutputPath"])
        folder = "/".join(part for part in (prefix.rstrip("/"), self._name) if part)
        key = output.get("KmsKeyId")
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        for file in self._artifacts():
            self._interrupt.check()
            path = f"{folder}/{file.relative_to(self._folder / 'artifacts').as_posix()}"
            self._s3.upload_file(str(file), bucket, path, ExtraArgs=encryption)
        return f"s3://{bucket}/{folder}"

    def _artifacts(self) -> list[Path]:
        return sorted(p for p in (self._folder / "artifacts").rglob("*") if p.is_file())

    def _finished(self, result: dict[str, Any], folder: str) -> dict[str, Any]:
        record = self._context.store(KIND).read(self._name)
        assert record is not None
        published = [
            published_candidate(
                self._context, job=self._name, reported=reported, result=result, folder=folder
            )
            for reported in result["candidates"]
        ]
        candidates = merged(record["candidates"], published)
        criteria = self._job["AutoMLProblemTypeConfig"]["TabularJobConfig"].get(
            "CompletionCriteria", {}
        )
        kind = {"TabularResolvedAttributes": {"ProblemType": result["problem_type"]}}
        end = {
            "AutoMLJobStatus": "Completed",
            "AutoMLJobSecondaryStatus": _ended_by(result["stopped_by"], criteria),
            "BestCandidate": candidates[0],
            "ResolvedAttributes": {
                "AutoMLJobObjective": {"MetricName": result["objective"]},
                "CompletionCriteria": _DEFAULT_CRITERIA | criteria,
                "AutoMLProblemTypeResolvedAttributes": kind,
            },
            "candidates": candidates,
        }
        notebooks = [p for p in self._artifacts() if p.name.endswith(_NOTEBOOK)]
        if notebooks:
            path = notebooks[0].relative_to(self._folder / "artifacts").as_posix()
            end["AutoMLJobArtifacts"] = {"DataExplorationNotebookLocation": f"{folder}/{path}"}
        return end


def _ended_by(stopped_by: str, criteria: dict[str, Any]) -> str:
    """A limit is named only if the request set it; the local default budget is none of AWS's."""
    if stopped_by == "MaxRuntime" and "MaxAutoMLJobRuntimeInSeconds" in criteria:
        return "MaxAutoMLJobRuntimeReached"
    if stopped_by == "MaxCandidates" and "MaxCandidates" in criteria:
        return "MaxCandidatesReached"
    return "Completed"


class _Progress:
    """The worker's progress.jsonl, read as it grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def new_lines(self) -> list[dict[str, Any]]:
        """The complete lines that were added since the last call."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._read)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._read += len(whole)
        return [json.loads(line) for line in whole.splitlines()]
