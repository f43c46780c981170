"""Our own SageMaker: AutoML jobs that train, transform jobs that score, models between them.

It follows botocore's service model and AWS's pages, which the modules name. Where AWS says nothing,
these are its assumptions (never tried on AWS):

- MB is 1024 * 1024 bytes; a line's newline counts towards MaxPayloadInMB.
- No answer, a broken answer and 5xx are retried, 4xx is not.
- A filter's slice ends before its end index.
- An output's key is the input's key below the last `/` of S3Uri, and `.out`.
- A FailureReason is AWS's sentence ("AlgorithmError: See job logs for more information"), to which
  the first failure is added.
- A job that has ended cannot be stopped (ValidationException), as with training jobs.

And this is what it does not do: HYPERPARAMETER_TUNING, problem types other than tabular, Parquet,
deployment, RecordIO and TFRecord, chunked payloads (MaxPayloadInMB 0), data capture, models from
ModelDataSource or a registry, quotas. It refuses each by name. Mode AUTO means ENSEMBLING. VPC and
volume settings are recorded and described, no more.
"""

from .context import Programs
from .service import SageMaker

__all__ = ["Programs", "SageMaker"]
