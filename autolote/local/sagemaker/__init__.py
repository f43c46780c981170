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
- A domain takes 3 minutes to come and 3 to go, a profile or space 10 seconds, an app one minute.
- DeleteDomain with Delete takes the two security groups of its file system away too, with Retain
  it leaves them. Without a file system (HomeEfsFileSystemCreation Disabled) there are none.
- A user profile that owns spaces cannot be deleted; JupyterLab and CodeEditor need a space.
- VpcOnly can be chosen later, and not be taken back.

And this is what it does not do: HYPERPARAMETER_TUNING, problem types other than tabular, Parquet,
deployment, RecordIO and TFRecord, chunked payloads (MaxPayloadInMB 0), data capture, models from
ModelDataSource or a registry, quotas; training on several instances, on other images than our own,
from streams (Pipe, FastFile), with debugger, profiler or warm pools. It refuses each by name. Apps
are records that nobody can open; RStudio, IAM Identity Center's users and custom images are kept as
they are given. Mode AUTO means ENSEMBLING. VPC and volume settings of jobs are recorded and
described, no more.
"""

from .context import Programs
from .service import SageMaker

__all__ = ["Programs", "SageMaker"]
