"""The model in memory, and how its requests are read and answered, from a file and the settings."""

from pathlib import Path

from container import categories
from container.native import Header, Model, ModelError, Options
from container.settings import Settings


def open_model(path: Path, settings: Settings) -> tuple[Model, Options]:
    """Read the model.

    Raises ModelError for a file that is no whole LightGBM text model, or one whose pandas
    categories CSV cannot show; ValueError for settings that ask for what the model does not have.
    """
    if not path.is_file():
        raise ModelError(_absent(path))
    model = Model.open(path, instructions=settings.instructions, engine=settings.engine)
    categories.check(path)
    return model, options(model.header, settings)


def options(header: Header, settings: Settings) -> Options:
    """How CSV is read and written for this model.

    Raises ValueError when the model has no classes for a key or the threshold to refer to.
    """
    keys = settings.output
    if settings.threshold is not None and header.kind != "binary":
        raise ValueError(
            f"PREDICTION_THRESHOLD={settings.threshold!r} needs a binary model, but the objective "
            f"of this one is {header.objective!r}; leave the variable out"
        )
    if header.kind == "number" and any(key != "predicted_label" for key in keys):
        raise ValueError(
            f"SAGEMAKER_INFERENCE_OUTPUT={','.join(keys)!r} needs a classification model, but the "
            f"objective of this one is {header.objective!r}; only predicted_label is possible"
        )
    if header.kind == "number" and keys and header.outputs > 1:
        raise ValueError(
            f"SAGEMAKER_INFERENCE_OUTPUT={','.join(keys)!r} needs a model of one output, but this "
            f"one has {header.outputs} and the objective {header.objective!r}, so what they mean "
            "is not told; leave the variable out"
        )
    if settings.threshold is not None and not keys:
        keys = ("predicted_label",)
    return Options(
        separator=settings.separator,
        decimal_comma=settings.decimal_comma,
        missing_tokens=settings.missing_tokens,
        has_header=settings.has_header,
        placeholder=settings.placeholder,
        output_keys=keys,
        threshold=settings.threshold,
    )


def _absent(path: Path) -> str:
    """What stands where the model should."""
    if not path.parent.is_dir():
        return f"{path} does not exist, nor does its folder; is ModelDataUrl of the model set?"
    found = sorted(entry.name for entry in path.parent.iterdir())
    held = f"holds {', '.join(found[:10])}" if found else "is empty"
    return (
        f"{path} does not exist; its folder {held}. Put model.txt at the root of model.tar.gz, or "
        "set MODEL_S3_BUCKET and MODEL_S3_KEY"
    )
