"""What a model writes for each row, and how rows keep their ids on the way.

https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development-container-output.html
https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

REGRESSION = "Regression"
PREDICTION = "prediction"
"""The one output column of a regression."""

DEFAULT_OUTPUT = ("predicted_label", "probability")
LONGEST_FILTER = 63
"""InputFilter and OutputFilter have at most 63 characters (service model: JsonPath)."""

_OUTPUT = "SAGEMAKER_INFERENCE_OUTPUT"
_INPUT = "SAGEMAKER_INFERENCE_INPUT"
_SUPPORTED = "SAGEMAKER_INFERENCE_SUPPORTED"

Container = Mapping[str, Any]


class OutputNotSupportedError(ValueError):
    """The model's containers cannot write what the request asks for."""


def keys(
    *, problem_type: str, output: Sequence[str] | None, classes: int | None = None
) -> tuple[str, ...]:
    """The response keys to ask a model for; empty when it is to write what it writes by itself.

    Args:
        problem_type: a regression has no keys.
        output: the request's own choice.
        classes: of a team's own LightGBM model, which by itself writes what Booster.predict
            returns; None for Autopilot's.
    """
    if problem_type == REGRESSION:
        return ()
    return tuple(output or (DEFAULT_OUTPUT if classes is None else ()))


def columns(
    *, problem_type: str, output: Sequence[str] | None, classes: int | None = None
) -> tuple[str, ...]:
    """The names of the columns that a model writes for each row, without ids; see `keys`."""
    asked = keys(problem_type=problem_type, output=output, classes=classes)
    if asked or (classes or 1) == 1:
        return asked or (PREDICTION,)
    return tuple(f"{PREDICTION}_{number}" for number in range(classes or 1))


def automl_containers(
    containers: Sequence[Container], *, wanted: Sequence[str]
) -> list[dict[str, Any]]:
    """A candidate's containers, in their order, told what to write.

    ENSEMBLING gives one container and HYPERPARAMETER_TUNING three for a classification: features,
    algorithm, labels. The algorithm hands to the third what the third is to pass on, except
    `labels`, which only the third knows. Everything else stays as Autopilot made it.

    Args:
        containers: `BestCandidate.InferenceContainers`.
        wanted: response keys; empty leaves every container unchanged (a regression).

    Raises:
        OutputNotSupportedError: a container says that it does not support a wanted key.
    """
    changes: dict[int, dict[str, str]] = {}
    if wanted and len(containers) == 1:
        changes[0] = {_OUTPUT: ",".join(wanted)}
    elif wanted:
        handed = [key for key in wanted if key != "labels"] or ["predicted_label"]
        changes[len(containers) - 2] = {_OUTPUT: ",".join(handed)}
        changes[len(containers) - 1] = {_INPUT: ",".join(handed), _OUTPUT: ",".join(wanted)}
    return [
        _changed(container, changes.get(index, {})) for index, container in enumerate(containers)
    ]


def _changed(container: Container, change: dict[str, str]) -> dict[str, Any]:
    environment = dict(container.get("Environment", {}))
    supported = [key.strip() for key in environment.get(_SUPPORTED, "").split(",") if key.strip()]
    missing = [key for key in change.get(_OUTPUT, "").split(",") if key and key not in supported]
    if supported and missing:
        raise OutputNotSupportedError(
            f"score.output: {', '.join(missing)} cannot be written by {container['Image']}; "
            f"it supports {', '.join(supported)}"
        )
    told = {key: container[key] for key in ("Image", "ModelDataUrl") if key in container}
    return {**told, "Environment": environment | change}


def model_text_container(
    *,
    image: str,
    bucket: str,
    key: str,
    version_id: str,
    project_id: str,
    experiment_id: str,
    wanted: Sequence[str],
) -> dict[str, Any]:
    """The one container that scores with a LightGBM `model.txt`, which it reads from S3 itself."""
    return {
        "Image": image,
        "Environment": {
            "MODEL_S3_BUCKET": bucket,
            "MODEL_S3_KEY": key,
            "MODEL_S3_VERSION_ID": version_id,
            "PROJECT_ID": project_id,
            "EXPERIMENT_ID": experiment_id,
            **({_OUTPUT: ",".join(wanted)} if wanted else {}),
        },
    }


def trained_container(
    *, image: str, model_uri: str, project_id: str, experiment_id: str, wanted: Sequence[str]
) -> dict[str, Any]:
    """The one container that scores with the model of a training job, which SageMaker unpacks."""
    return {
        "Image": image,
        "ModelDataUrl": model_uri,
        "Environment": {
            "PROJECT_ID": project_id,
            "EXPERIMENT_ID": experiment_id,
            **({_OUTPUT: ",".join(wanted)} if wanted else {}),
        },
    }


def too_wide(*, ids: int, written: Sequence[str]) -> str | None:
    """Why what a model writes by itself cannot be joined to the ids, in words; None if it can."""
    processing = data_processing(ids=ids, outputs=len(written))
    if not processing or len(processing["OutputFilter"]) <= LONGEST_FILTER:
        return None
    return (
        f"must be given: beside {ids} id column(s), the {len(written)} columns this model writes "
        f"by itself do not fit a filter of {LONGEST_FILTER} characters"
    )


def data_processing(*, ids: int, outputs: int) -> dict[str, str] | None:
    """`DataProcessing` that hides `ids` leading columns from the model and writes them again.

    The join gives the whole input row followed by the model's columns, so ids are counted from the
    left and predictions from the right; that needs no knowledge of how many columns lie between.

    Returns:
        The three members; None without ids, because then there is nothing to join.
    """
    if ids == 0:
        return None
    kept = [*range(ids), *range(-outputs, 0)]
    return {
        "InputFilter": f"$[{ids}:]",
        "JoinSource": "Input",
        "OutputFilter": f"$[{','.join(str(index) for index in kept)}]",
    }
