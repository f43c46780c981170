"""Our own SageMaker: AutoML and training jobs, transform jobs that score, models between them.

It follows botocore's service model and AWS's pages, which the modules name. Where AWS says nothing,
these are its assumptions (never tried on AWS):

- MB is 1024 * 1024 bytes; a line's newline counts towards MaxPayloadInMB.
- No answer, a broken answer and 5xx are retried, 4xx is not.
- A filter's slice ends before its end index.
- An output's key is the input's key below the last `/` of S3Uri, and `.out`.
- A FailureReason is AWS's sentence ("AlgorithmError: See job logs for more information"), to which
  the first failure is added.
- A job that has ended cannot be stopped (ValidationException).
- ModelArtifacts tells from a training job's start where its model will be.
- A training job sends an event at each change of its secondary status.
- A spot instance is billed at 30 % of one on demand, and gets SIGTERM when it is lost. It is lost
  on request only: training_spot.py.

And this is what it does not do: HYPERPARAMETER_TUNING, problem types other than tabular, Parquet,
deployment, RecordIO and TFRecord, chunked payloads (MaxPayloadInMB 0), data capture, models from
ModelDataSource or a registry, quotas; training on several instances, on other images than our own,
from streams (Pipe, FastFile), with debugger, profiler or warm pools. It refuses each by name. Mode
AUTO means ENSEMBLING. VPC and volume settings are recorded and described, no more.
"""

from .context import Programs
from .service import SageMaker

__all__ = ["Programs", "SageMaker"]
