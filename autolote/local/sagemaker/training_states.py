"""The statuses a training job passes through, each told in Describe and as an event.

Order: https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training-status.html
"""

import time
from typing import Any

from .context import Context
from .events import training_job_changed

KIND = "training-job"

# What AWS writes into StatusMessage, as far as it is documented (API_SecondaryStatusTransition) or
# seen in public logs.
_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Interrupted": "Managed spot training instances were interrupted",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
}
_PRIMARY = {
    "Stopping": "Stopping",
    "Completed": "Completed",
    "Failed": "Failed",
    "Stopped": "Stopped",
    "MaxRuntimeExceeded": "Stopped",
    "MaxWaitTimeExceeded": "Stopped",
}
ENDS = ("Completed", "Failed", "Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded")


def entered(description: dict[str, Any], secondary: str) -> bool:
    """Put a description into a secondary status, now; whether it was in another one."""
    now = round(time.time(), 3)
    past = description.setdefault("SecondaryStatusTransitions", [])
    description["LastModifiedTime"] = now
    description["TrainingJobStatus"] = _PRIMARY.get(secondary, "InProgress")
    if past and past[-1]["Status"] == secondary:
        return False
    if past:
        past[-1].setdefault("EndTime", now)
    transition = {"Status": secondary, "StartTime": now, "StatusMessage": _MESSAGES[secondary]}
    if secondary in ENDS:
        transition["EndTime"] = now
    past.append(transition)
    description["SecondaryStatus"] = secondary
    return True


def enter(context: Context, name: str, secondary: str, **members: Any) -> None:
    """Put a job into a secondary status, with what else changes in its description.

    A job that a user is stopping stays so until it has ended.
    """
    with context.store(KIND).change(name) as record:
        description = record["description"] = record["description"] | members
        stopping = description["TrainingJobStatus"] == "Stopping" and secondary not in ENDS
        changed = not stopping and entered(description, secondary)
    if changed:
        training_job_changed(context, record)
