"""A training from the data to model.txt: what train.py does once it knows what and where."""

import hashlib
from collections.abc import Callable, Mapping
from decimal import Decimal

from container import resources
from container.training.checkpoints import Checkpoints
from container.training.data import Table, read_table
from container.training.errors import TrainingError
from container.training.model import (
    data_digest,
    remove_model,
    versions,
    write_metadata,
    write_model,
)
from container.training.paths import Paths
from container.training.rounds import Rounds
from container.training.segments import Boosting
from container.training.settings import TrainingSettings
from container.training.split import check_validation, class_count, split

_SAMPLE_ROWS = 1000
Say = Callable[[str], None]


def train(settings: TrainingSettings, paths: Paths, *, say: Say) -> None:
    """Train and write model.txt and metadata.json; raises TrainingError.

    Those of an earlier training are removed first.
    """
    if paths.train is None or paths.model is None:
        raise ValueError("paths were not checked")
    remove_model(paths.model)
    data = read_table(paths.train, target=settings.target, categorical=settings.categorical)
    given: Table | None = None
    if paths.validation is not None:
        given = read_table(
            paths.validation, target=settings.target, categorical=settings.categorical
        )
    digest = data_digest([table for table in (data, given) if table is not None])
    classes = class_count(data.target, settings.objective)
    train_table, validation, origin = _split(settings, data, given, classes)
    say(
        f"training on {_rows(train_table)} rows x {len(data.features)} features, "
        f"{_rows(validation)} rows of validation ({origin})"
    )
    checkpoints = Checkpoints(
        paths.checkpoints,
        training=settings.decides
        | {"features": data.features, "data": digest, "lightgbm": versions()["lightgbm"]},
    )
    # A resumed training keeps its number of threads: sums of another number round differently.
    threads = int(settings.parameters.get("num_threads", 0)) or (
        checkpoints.threads() or resources.cores()
    )
    boosting = Boosting(
        settings, train=train_table, validation=validation, classes=classes, threads=threads
    )
    rounds = Rounds(metric=settings.metrics[0], patience=settings.early_stopping_rounds)
    trees, ended = _run(boosting, rounds, checkpoints, threads=threads, say=say)
    model = write_model(
        paths.model,
        trees,
        rounds=rounds.best_round,
        features=data.features,
        sample=data.matrix[:_SAMPLE_ROWS],
    )
    metrics = boosting.evaluate(model)
    write_metadata(
        paths.model,
        {
            "features": data.features,
            "target": settings.target,
            "objective": settings.objective,
            "classes": classes,
            "best_round": rounds.best_round,
            "rounds": len(rounds.history),
            "ended_by": ended,
            "metrics": metrics,
            "rows": {"train": _rows(train_table), "validation": _rows(validation)},
            "validation": origin,
            "seed": settings.seed,
            "threads": threads,
            "settings": settings.decides,
            "versions": versions(),
            "data_sha256": digest,
            "model_sha256": hashlib.sha256(model.encode()).hexdigest(),
            "history": rounds.history,
        },
    )
    say(
        f"ended by {ended} after {len(rounds.history)} rounds; model.txt has the best round's trees"
    )
    say(metric_line(rounds.best_round, metrics))


def _split(
    settings: TrainingSettings, data: Table, given: Table | None, classes: int | None
) -> tuple[Table, Table | None, str]:
    """The rows to learn from, those held out, and where these come from."""
    if given is not None:
        check_validation(data, given, classes=classes)
        return data, given, "validation channel"
    if settings.validation_fraction == 0:
        if settings.early_stopping_rounds:
            raise TrainingError(
                f"early_stopping_rounds = {settings.early_stopping_rounds} needs validation data: "
                "give some, a validation_fraction above 0, or early_stopping_rounds 0."
            )
        return data, None, "none"
    kept, held = split(
        data,
        fraction=settings.validation_fraction,
        seed=settings.seed,
        by_class=classes is not None,
    )
    return kept, held, f"validation_fraction {settings.validation_fraction:g}"


def _run(
    boosting: Boosting, rounds: Rounds, checkpoints: Checkpoints, *, threads: int, say: Say
) -> tuple[list[str], str]:
    """Train the segments that are not there yet: the trees of each, and what ended the last."""
    trees: list[str] = []
    ended: str | None = None
    while ended is None:
        number = len(trees)
        segment = checkpoints.read(number)
        if segment is not None:
            for metrics in segment.history:
                rounds.note(metrics)
            say(f"round {len(rounds.history)} is reached by a checkpoint")
        else:
            segment = boosting.grow(
                number,
                rounds=rounds,
                report=lambda round_, metrics: say(metric_line(round_, metrics)),
            )
            checkpoints.write(segment, threads=threads)
        ended = segment.last
        trees.append(segment.trees)
        if ended is None:
            boosting.take(segment)
    if not rounds.history:
        raise TrainingError(
            "LightGBM finds no split that improves on the average: no tree was grown. Give more "
            "rows, or a lower min_data_in_leaf."
        )
    return [text for text in trees if text], ended


def metric_line(round_: int, metrics: Mapping[str, float]) -> str:
    """`round=12 train:auc=0.91 validation:auc=0.88`; never an exponent, which regexes forget."""
    values = "".join(
        f" {name}={format(Decimal(f'{value:.6g}'), 'f')}" for name, value in metrics.items()
    )
    return f"round={round_}{values}"


def _rows(table: Table | None) -> int:
    return 0 if table is None else len(table.target)
