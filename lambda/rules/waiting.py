"""How long to wait before a job is looked at again.

Autopilot neither sends an event when it ends nor has a `.sync` integration, so the state machine
polls. A Standard execution ends with an error at 25,000 history events
(https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html), and state transitions
are what it costs: the wait grows with the job's age, between two bounds.
"""

SHORTEST_SECONDS = 120
LONGEST_SECONDS = 1500

AUTOML_MARGIN_SECONDS = 3600
"""How long an AutoML job may go on after its own runtime limit.

SageMaker ends the search at `MaxAutoMLJobRuntimeInSeconds`; the reports on the best candidate are
written after that.
"""

TRAINING_MARGIN_SECONDS = 3600
"""How long a training job may go on after its own limit.

SageMaker stops it at `MaxRuntimeInSeconds`, which does not count what it takes to get an instance,
to load the data and to store the model.
"""

TRANSFORM_MARGIN_SECONDS = 60
"""How long a transform job may go on after its limit, which only the state machine watches.

CreateTransformJob has no stopping condition: a job that outlives its limit is stopped by us.
"""

_AFTER_LIMIT_SECONDS = 30


def next_wait(*, elapsed_seconds: float, limit_seconds: float, margin_seconds: float = 0) -> int:
    """Seconds until the next look at a job.

    Half the job's age, at least 120 and at most 1500, but never past the moment at which something
    is due: the job's own limit, and the end of the margin after it.

    Args:
        elapsed_seconds: age of the job.
        limit_seconds: the runtime after which the job should end by itself.
        margin_seconds: how long after its limit the job is given up.
    """
    wait = min(max(elapsed_seconds / 2, SHORTEST_SECONDS), LONGEST_SECONDS)
    for deadline in (limit_seconds, limit_seconds + margin_seconds):
        # Some seconds later than due, so that the one look finds the job ended.
        due = deadline + _AFTER_LIMIT_SECONDS - elapsed_seconds
        if 0 < due < wait:
            wait = due
    return max(1, round(wait))


def is_overdue(*, elapsed_seconds: float, limit_seconds: float, margin_seconds: float) -> bool:
    """Whether a job that still runs has to be given up and stopped."""
    return elapsed_seconds > limit_seconds + margin_seconds
