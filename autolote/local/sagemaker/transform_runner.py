"""A transform job at work, from its input objects to its final status.

InstanceCount is honoured in who gets which object: whole objects in turn, as SageMaker maps
objects to instances. At most two instances are really started; further ones share these. What
was done is on disk (transform_journal.py): a job that is resumed goes on with the other objects.
"""

import gzip
import logging
import queue
import threading
import time
import zlib
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack
from typing import Any

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError

from .containers import extract_model, start_instance
from .context import Context
from .errors import MAX_FAILURE_REASON, JobFailedError, ServiceError, internal_error
from .events import transform_job_changed
from .inputs import InputObject, input_objects
from .invocations import ClientConfig, InvocationError, ServerDiedError
from .jobs import Interrupt, InterruptedJobError, StoppedError
from .models import containers_of
from .processing import RecordError
from .records import PayloadTooLargeError
from .transform_journal import Journal
from .transform_objects import Lane, ObjectTransform, Settings
from .transform_rules import data_processing

KIND = "transform-job"

_log = logging.getLogger(__name__)
_MOST_INSTANCES = 2
_MOST_TAKERS = 200  # MaxConcurrentTransforms is at most 100, for each instance


def run_transform_job(context: Context, name: str, interrupt: Interrupt) -> None:
    """Work until the job has its final status, or until the account goes down."""
    reason: str | None = None
    status = "Failed"
    try:
        with context.jobs.turn(KIND, interrupt):
            reason = _Run(context, name, interrupt).work()
        status = "Failed" if reason else "Completed"
    except InterruptedJobError:
        return
    except StoppedError:
        status = "Stopped"
    except JobFailedError as error:
        reason = error.reason
    except (ClientError, ServiceError) as error:  # S3 refuses; nobody may assume the role
        reason = f"ClientError: {error}"
    except Exception as error:
        _log.exception("transform job %s", name)
        reason = internal_error(error)
    _end(context, name, status, reason)


def _end(context: Context, name: str, status: str, reason: str | None) -> None:
    now = round(time.time(), 3)
    with context.store(KIND).change(name) as record:
        record["changed"] = now
        record["description"] |= {"TransformJobStatus": status, "TransformEndTime": now}
        if reason:
            record["description"]["FailureReason"] = reason[:MAX_FAILURE_REASON]
    context.forget_work(KIND, name)
    transform_job_changed(context, record)


class _Run:
    """One attempt at a job."""

    def __init__(self, context: Context, name: str, interrupt: Interrupt) -> None:
        record = context.store(KIND).read(name)
        assert record is not None
        self._context = context
        self._name = name
        self._interrupt = interrupt
        self._job: dict[str, Any] = record["description"]
        self._model: dict[str, Any] = record["model"]
        self._folder = context.work(KIND, name)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._logs = context.logs(KIND, name)
        self._role = self._model["ExecutionRoleArn"]
        self._s3 = context.s3(self._role, self._job["TransformJobArn"])
        self._abandoned = threading.Event()

    def work(self) -> str | None:
        """Transform every object that is not settled; the FailureReason if some object failed."""
        source = self._job["TransformInput"]["DataSource"]["S3DataSource"]
        with Journal(folder=self._folder, log=self._logs / "data-log") as journal:
            objects = journal.objects(lambda: input_objects(self._s3, source))
            left = [item for item in objects if not journal.knows(item)]
            if left:
                self._transform(left, journal)
            return journal.failure_reason()

    def _transform(self, left: list[InputObject], journal: Journal) -> None:
        count = self._job["TransformResources"]["InstanceCount"]
        started = min(count, len(left), _MOST_INSTANCES)
        shares: list[queue.SimpleQueue[InputObject]] = [queue.SimpleQueue() for _ in range(started)]
        for position, item in enumerate(left):
            shares[position % count % started].put(item)
        # Unwound from the last line up: first nobody takes another object, then the model servers
        # stop, which ends the requests, then the threads are waited for.
        with ExitStack() as stack:
            takers = stack.enter_context(ThreadPoolExecutor(_MOST_TAKERS))
            lanes = self._lanes(stack, started)
            stack.callback(self._abandoned.set)
            self._note_start(lanes[0].settings, journal)
            futures = [
                takers.submit(self._take, lane, share, journal)
                for lane, share in zip(lanes, shares, strict=True)
                for _ in range(min(lane.settings.concurrent, share.qsize()))
            ]
            pending = set(futures)
            while pending:
                done, pending = wait(pending, timeout=0.2, return_when=FIRST_EXCEPTION)
                self._interrupt.check()
                for future in done:
                    future.result()

    def _lanes(self, stack: ExitStack, number: int) -> list[Lane]:
        containers = containers_of(self._model)
        self._context.job_role(self._role, self._job["TransformJobArn"]).begin(
            images=[container["Image"] for container in containers],
            kind="TransformJobs",
            vpc=self._model.get("VpcConfig"),
        )
        models = [
            extract_model(self._s3, container, self._folder / f"container-{index + 1}")
            for index, container in enumerate(containers)
        ]
        lanes = []
        for index in range(number):
            instance = start_instance(
                self._context,
                self._model,
                containers,
                job_arn=self._job["TransformJobArn"],
                environment=_job_environment(self._job),
                models=models,
                logs=self._logs,
                number=index + 1,
                interrupt=self._interrupt,
            )
            lane = Lane(instance, Settings.resolve(self._job, instance.execution_parameters()))
            stack.callback(lane.close)
            lanes.append(lane)
        return lanes

    def _note_start(self, settings: Settings, journal: Journal) -> None:
        with self._context.store(KIND).change(self._name) as record:
            record["description"].setdefault("TransformStartTime", round(time.time(), 3))
            self._job = record["description"]
        journal.log(
            f"MaxConcurrentTransforms={settings.concurrent}, "
            f"MaxPayloadInMB={settings.payload_mb}, BatchStrategy={settings.strategy}"
        )

    def _take(self, lane: Lane, share: "queue.SimpleQueue[InputObject]", journal: Journal) -> None:
        config = self._job.get("ModelClientConfig", {})
        transform = ObjectTransform(
            s3=self._s3,
            job=self._job,
            processing=data_processing(self._job),
            client_config=ClientConfig(
                timeout_seconds=config.get("InvocationsTimeoutInSeconds", 600),
                retries=config.get("InvocationsMaxRetries", 3),
            ),
            interrupt=self._interrupt,
            folder=self._folder,
        )
        while not self._abandoned.is_set():
            try:
                item = share.get_nowait()
            except queue.Empty:
                return
            failure = _attempt(transform, lane, item)
            journal.settle(item, failure)


def _attempt(transform: ObjectTransform, lane: Lane, item: InputObject) -> tuple[str, str] | None:
    """Whose fault it is that the object cannot be transformed, and what happened; None if it is.

    Raises what concerns the whole job: JobFailedError, or what the interrupt says.
    """
    try:
        transform.run(lane, item)
    except InvocationError as error:
        return error.fault, error.detail
    except (PayloadTooLargeError, RecordError, ClientError, S3UploadFailedError) as error:
        return "ClientError", str(error)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        return "ClientError", f"not gzip, or broken: {error}"
    except ServerDiedError as error:
        raise JobFailedError(f"AlgorithmError: {error}") from error
    return None


def _job_environment(job: dict[str, Any]) -> dict[str, str]:
    """The job's Environment, and what SageMaker tells the container of the request: a variable
    is there only if the user set the value.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
    """
    told = {"SAGEMAKER_BATCH": "true"}
    if "MaxPayloadInMB" in job:
        told["SAGEMAKER_MAX_PAYLOAD_IN_MB"] = str(job["MaxPayloadInMB"])
    if job.get("MaxConcurrentTransforms"):
        told["SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"] = str(job["MaxConcurrentTransforms"])
    if "BatchStrategy" in job:
        strategies = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}
        told["SAGEMAKER_BATCH_STRATEGY"] = strategies[job["BatchStrategy"]]
    return {**job.get("Environment", {}), **told}
