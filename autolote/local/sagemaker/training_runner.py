"""A training job at work: instances that come and go, the program on them, its results.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training-status.html
An account that was killed goes on with a job as after an interruption: on a new instance, from the
checkpoints in S3.
"""

import logging
import math
import time
from typing import Any

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError

from .context import Context
from .errors import MAX_FAILURE_REASON, JobFailedError, ServiceError, internal_error
from .jobs import Interrupt, InterruptedJobError, StoppedError
from .processes import Process
from .training_artifacts import CheckpointSync, download_channels, lay_out, upload_artifacts
from .training_metrics import Metrics
from .training_spot import Spot, spot_market
from .training_states import KIND, enter

_log = logging.getLogger(__name__)
_EVERY = 0.05
# From SIGTERM to SIGKILL (API_StopTrainingJob); account seconds, but time enough to react.
_GRACE_SECONDS = 120.0
_LEAST_GRACE = 2.0
# What a spot instance costs compared with one on demand. AWS: savings of up to 90 %
# (https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html); we take 70 %.
_SPOT_PRICE = 0.3


class LimitReachedError(Exception):
    """The job used up its time; the message is the secondary status that says which."""


def run_training_job(context: Context, name: str, interrupt: Interrupt) -> None:
    """Work until the job has its final status, or until the account goes down."""
    status, reason = "Failed", None
    run = _Run(context, name, interrupt)
    try:
        with context.jobs.turn(KIND, interrupt):
            run.work()
        status = "Completed"
    except InterruptedJobError:
        return
    except StoppedError:
        status = "Stopped"
    except LimitReachedError as error:
        status = str(error)
    except JobFailedError as error:
        reason = error.reason
    except (ClientError, S3UploadFailedError, ServiceError) as error:
        reason = f"ClientError: {error}"
    except Exception as error:
        _log.exception("training job %s", name)
        reason = internal_error(error)
    try:
        run.end(status, reason)
    except (ClientError, S3UploadFailedError) as error:
        run.end("Failed", f"ClientError: {error}")
    context.forget_work(KIND, name)


class _Run:
    """One attempt at a job in this process."""

    def __init__(self, context: Context, name: str, interrupt: Interrupt) -> None:
        record = context.store(KIND).read(name)
        assert record is not None
        self._context = context
        self._name = name
        self._interrupt = interrupt
        self._job: dict[str, Any] = record["description"]
        self._seconds: float = record["seconds"]
        self._interruptions: int = record["interruptions"]
        self._identity = (self._job["RoleArn"], self._job["TrainingJobArn"])
        self._base = context.work(KIND, name) / "ml"
        self._log = context.logs(KIND, name) / "algo-1.log"
        self._metrics = Metrics(
            self._job["AlgorithmSpecification"].get("MetricDefinitions", []), self._log
        )

    def work(self) -> None:
        """Train to the end, on as many instances as it takes; upload what was trained."""
        self._interrupt.check()
        self._enter("Starting")
        while not self._on_an_instance():
            self._interruptions += 1
            self._enter("Interrupted")
            self._wait(self._market().seconds_without_capacity / self._context.speed)
            self._enter("Starting")

    def end(self, status: str, reason: str | None) -> None:
        """Put the job into its final status; a stopped one keeps the model it has, if any."""
        if status not in ("Completed", "Failed"):
            self._enter("Stopping")
            if (self._base / "model").exists():
                upload_artifacts(self._s3(), self._job, self._base)
        members: dict[str, Any] = {"FinalMetricDataList": self._metrics.final()}
        if reason:
            members["FailureReason"] = reason[:MAX_FAILURE_REASON]
        if self._seconds:
            spot = self._job["EnableManagedSpotTraining"]
            billed = self._seconds * (_SPOT_PRICE if spot else 1.0)
            members["TrainingTimeInSeconds"] = math.ceil(self._seconds)
            members["BillableTimeInSeconds"] = math.ceil(billed)
            members["TrainingEndTime"] = round(time.time(), 3)
        self._enter(status, **members)

    def _on_an_instance(self) -> bool:
        """Train on one instance; whether the program came to its end there."""
        began = time.monotonic()
        try:
            self._enter("Downloading")
            lay_out(self._job, self._base)
            s3 = self._s3()
            download_channels(s3, self._job, self._base, interrupt=self._interrupt)
            sync = CheckpointSync(s3, self._job, self._base)
            sync.restore()
            self._begin()
            self._enter("Training")
            if not self._train(sync, began):
                return False
            self._enter("Uploading")
            upload_artifacts(s3, self._job, self._base)
            return True
        finally:
            self._seconds += time.monotonic() - began
            with self._context.store(KIND).change(self._name) as record:
                record |= {"seconds": self._seconds, "interruptions": self._interruptions}

    def _begin(self) -> None:
        self._context.job_role(*self._identity).begin(
            images=[self._job["AlgorithmSpecification"]["TrainingImage"]],
            kind="TrainingJobs",
            vpc=self._job.get("VpcConfig"),
            volume_key=self._job["ResourceConfig"].get("VolumeKmsKeyId"),
        )

    def _train(self, sync: CheckpointSync, began: float) -> bool:
        image = self._job["AlgorithmSpecification"]["TrainingImage"]
        program = Process(
            self._context.programs.training_program(image),
            environment=self._environment(),
            folder=self._base,
            log=self._log,
        )
        try:
            while program.exit_code() is None:
                self._metrics.read()
                stored = sync.save()
                if program.exit_code() is None and self._loses_its_instance(stored, began):
                    return False
                self._check_limits(time.monotonic() - began)
                self._interrupt.wait(_EVERY)
        finally:
            program.stop(grace=max(_GRACE_SECONDS / self._context.speed, _LEAST_GRACE))
            sync.save()
        if program.exit_code() != 0:
            raise JobFailedError(self._why_failed(program))
        return True

    def _loses_its_instance(self, stored: bool, began: float) -> bool:
        if not self._job["EnableManagedSpotTraining"]:
            return False
        if self._interruptions >= self._market().interruptions:
            return False
        return stored or ("CheckpointConfig" not in self._job and time.monotonic() - began > 1)

    def _market(self) -> Spot:
        return spot_market(self._context.home)

    def _wait(self, seconds: float) -> None:
        """Wait for spot capacity."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._check_limits(0)
            self._interrupt.wait(_EVERY)

    def _check_limits(self, seconds: float) -> None:
        """Raise LimitReachedError; `seconds` were spent on this instance so far."""
        stopping = self._job["StoppingCondition"]
        allowed = self._context.real_seconds(stopping["MaxRuntimeInSeconds"])
        if self._seconds + seconds > allowed:
            raise LimitReachedError("MaxRuntimeExceeded")
        patience = stopping.get("MaxWaitTimeInSeconds")
        if patience is not None:
            waited = time.time() - self._job["CreationTime"]
            if waited > self._context.real_seconds(patience):
                raise LimitReachedError("MaxWaitTimeExceeded")

    def _why_failed(self, program: Process) -> str:
        told = self._base / "output" / "failure"
        code = program.exit_code()
        if told.exists():
            text = told.read_text(encoding="utf-8", errors="replace")
            return f"AlgorithmError: {text[:MAX_FAILURE_REASON]}, exit code: {code}"
        words = program.last_words() or "none"
        return f"AlgorithmError: ExitCode {code}. Last log lines: {words}, exit code: {code}"

    def _environment(self) -> dict[str, str]:
        own = {
            "AWS_REGION": self._context.region,
            "AWS_DEFAULT_REGION": self._context.region,
            "TRAINING_JOB_NAME": self._name,
            "TRAINING_JOB_ARN": self._job["TrainingJobArn"],
            # In place of /opt/ml; the variable of the SageMaker training toolkit.
            "SAGEMAKER_BASE_DIR": str(self._base),
        }
        if not self._job["EnableNetworkIsolation"]:
            own |= {"AWS_ENDPOINT_URL": self._context.endpoint_url}
            own |= {"AWS_EC2_METADATA_DISABLED": "true"}
            own |= self._context.role_environment(*self._identity)
        return {**self._context.environment, **own, **self._job.get("Environment", {})}

    def _s3(self) -> Any:
        return self._context.s3(*self._identity)

    def _enter(self, secondary: str, **members: Any) -> None:
        if secondary == "Downloading" and "TrainingStartTime" not in self._job:
            members["TrainingStartTime"] = self._job["TrainingStartTime"] = round(time.time(), 3)
        enter(self._context, self._name, secondary, **members)
