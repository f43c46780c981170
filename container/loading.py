"""From the settings to a service: the model fetched and read, the service sized to the machine."""

import logging
import threading
from pathlib import Path

from container import resources
from container.errors import DownloadError
from container.logs import event
from container.model import open_model
from container.scoring import Service
from container.settings import Settings

log = logging.getLogger(__name__)

FORESEEN = (DownloadError, ValueError)
"""What `load` raises for reasons outside the program; the message says all there is to say."""


def load(settings: Settings, stop: threading.Event) -> Service:
    """The service for the model that the settings name. Raises one of FORESEEN; CancelledError when
    `stop` is set during a download."""
    if settings.s3_model is None:
        return _service(settings.model_dir / "model.txt", settings, version_id=None)
    from container.fetching import fetched  # noqa: PLC0415 (most models are there already)

    with fetched(settings.s3_model, stop) as (path, version_id):
        return _service(path, settings, version_id=version_id)


def identity(settings: Settings) -> dict[str, str | None]:
    """What tells this model from others in the log."""
    source = settings.s3_model
    return {
        "project_id": settings.project_id,
        "experiment_id": settings.experiment_id,
        "model": source.uri if source else str(settings.model_dir / "model.txt"),
    }


def _service(path: Path, settings: Settings, *, version_id: str | None) -> Service:
    model, options = open_model(path, settings)
    header = model.header
    plan = resources.plan(
        cores=resources.cores(),
        memory=resources.memory(),
        model_bytes=path.stat().st_size,
        growth=resources.growth(
            features=len(header.feature_names),
            outputs=header.outputs,
            lists=bool(options.output_keys),
        ),
        payload_mb=settings.max_payload_mb,
        concurrent=settings.max_concurrent_transforms,
    )
    event(
        log,
        "ready",
        **identity(settings),
        version_id=version_id,
        lightgbm_format=header.version,
        objective=header.objective,
        features=len(header.feature_names),
        trees=header.trees,
        output_dimension=header.outputs,
        engine=model.engine,
        instructions=model.instructions,
        why=model.why or None,
        concurrent=plan.concurrent,
    )
    return Service(model, options, plan)
