"""Which program stands for a container image. There is no Docker in the local account."""

import sys
from pathlib import Path

from .errors import JobFailedError

AUTOML_REPOSITORY = "autolote-local-automl"
_SCORING_SUFFIX = "-scoring"
_SCORING_SERVER = Path(__file__).resolve().parents[3] / "container" / "serve.py"


def automl_image(*, account: str, region: str) -> str:
    """The image that candidates of a local AutoML job name."""
    return f"{account}.dkr.ecr.{region}.amazonaws.com/{AUTOML_REPOSITORY}:1-cpu-py3"


def repository(image: str) -> str:
    """The repository in `registry/repository[:tag][@digest]`."""
    path = image.partition("/")[2] or image
    return path.partition("@")[0].partition(":")[0]


def model_server(image: str) -> tuple[str, ...]:
    """The command that serves models as the image would; `serve` as in `docker run image serve`.

    Raises JobFailedError for an image that is not one of this project's.
    """
    name = repository(image)
    if name == AUTOML_REPOSITORY:
        return (sys.executable, "-m", "autolote.local.automl.serve", "serve")
    if name.endswith(_SCORING_SUFFIX):
        return (sys.executable, str(_SCORING_SERVER), "serve")
    raise JobFailedError(
        f"ClientError: the local account cannot run image {image}: it has no Docker, and stands "
        f"in for the images of this project only: '{AUTOML_REPOSITORY}' (models of AutoML jobs) "
        f"and repositories ending in '{_SCORING_SUFFIX}' (model.txt)."
    )
