"""Looking into the archive that a training job leaves, without reading all of it."""

import tarfile
import zlib
from typing import IO

from rules import model_text
from rules.model_text import ModelText

from steps import errors, storage
from steps.environment import Environment

NAME = "model.txt"

_PIECE, _LONGEST_HEAD = 256 * 1024, 16 * 1024 * 1024


def head(uri: str, env: Environment) -> ModelText:
    """What the head of the `model.txt` in a model.tar.gz says.

    Args:
        uri: of the archive, in the data bucket.
        env: the environment.

    Raises:
        NoModel: there is no LightGBM model of that name in it.
    """
    key = uri.removeprefix(f"s3://{env.data_bucket}/")
    pieces = storage.Stream(storage.pieces(bucket=env.data_bucket, key=key))
    try:
        # "r|" reads on and never back, as a download does; what follows the head is not read.
        with tarfile.open(fileobj=pieces, mode="r|gz") as archive:  # type: ignore[call-overload]
            for member in archive:
                file = archive.extractfile(member) if _is_model(member) else None
                if file:
                    return model_text.read(_head(file))
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise errors.NoModel(f"{uri} is no archive that can be read: {error}") from error
    except model_text.ModelTextError as error:
        raise errors.NoModel(f"{NAME} in {uri} is no LightGBM model: {error}") from error
    raise errors.NoModel(f"{uri} holds no {NAME}; the training script writes it to /opt/ml/model.")


def _head(file: IO[bytes]) -> bytes:
    read = b""
    while len(read) < _LONGEST_HEAD and not model_text.is_whole(read):
        piece = file.read(_PIECE)
        if not piece:
            break
        read += piece
    return read


def _is_model(member: tarfile.TarInfo) -> bool:
    return member.isfile() and member.name.removeprefix("./") == NAME
