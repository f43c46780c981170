"""Which program stands for a container image. There is no Docker in the local account.

The scoring image's program is a file: of the image that the account has built, or, for a SageMaker
without a registry beside it, of this project's own folder.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from .errors import JobFailedError

AUTOML_REPOSITORY = "autolote-local-automl"
_SCORING_SUFFIX = "-scoring"
_SCORING_PROGRAM = Path(__file__).resolve().parents[3] / "container" / "serve.py"
_SCORING_LIBRARY = Path("native", "build", "libscoring.so")

Find = Callable[[str], Path]
"""Image to the program that its entry point starts; LookupError says why there is none."""


def automl_image(*, account: str, region: str) -> str:
    """The image that candidates of a local AutoML job name."""
    return f"{account}.dkr.ecr.{region}.amazonaws.com/{AUTOML_REPOSITORY}:1-cpu-py3"


def repository(image: str) -> str:
    """The repository in `registry/repository[:tag][@digest]`."""
    path = image.partition("/")[2] or image
    return path.partition("@")[0].partition(":")[0]


def own_program(_image: str) -> Path:
    """The program in this project's folder, whatever the tag."""
    return _SCORING_PROGRAM


def model_server(image: str, *, find: Find = own_program) -> tuple[str, ...]:
    """The command that serves models as the image would; `serve` as in `docker run image serve`.

    Raises JobFailedError for an image that is not one of this project's, and for the scoring image
    where its library is not built.
    """
    if repository(image) == AUTOML_REPOSITORY:
        return (sys.executable, "-m", "autolote.local.automl.serve", "serve")
    if _is_scoring(image):
        program = _found(image, find)
        if not (program.parent / _SCORING_LIBRARY).is_file():
            raise JobFailedError(
                f"ClientError: the local account cannot score with {image}: its library is not "
                f"built here. Install g++ (or clang++) and make, then {_again(find)}"
            )
        return (sys.executable, str(program), "serve")
    raise _unknown(
        image,
        f"'{AUTOML_REPOSITORY}' (models of AutoML jobs) and repositories ending in "
        f"'{_SCORING_SUFFIX}' (model.txt)",
    )


def training_program(image: str, *, find: Find = own_program) -> tuple[str, ...]:
    """The command that trains as the image would; `train` as in `docker run image train`.

    Raises JobFailedError for an image that is not one of this project's.
    """
    if _is_scoring(image):
        return (sys.executable, str(_found(image, find)), "train")
    raise _unknown(image, f"repositories ending in '{_SCORING_SUFFIX}'")


def _found(image: str, find: Find) -> Path:
    try:
        return find(image)
    except LookupError as error:
        raise JobFailedError(f"ClientError: {error.args[0]}") from error


def _again(find: Find) -> str:
    if find is own_program:
        return "run: make -C container/native"
    return "remove the account's folder (.run/account) and deploy again"


def _is_scoring(image: str) -> bool:
    return repository(image).endswith(_SCORING_SUFFIX)


def _unknown(image: str, known: str) -> JobFailedError:
    return JobFailedError(
        f"ClientError: the local account cannot run image {image}: it has no Docker, and stands "
        f"in for the images of this project only: {known}."
    )
