"""The request of one AutoML job, as its folder's `request.json` holds it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class JobRequest:
    """What is asked of the worker. Times are wall seconds; None leaves the choice to the worker.

    `validation_fraction` is ignored when there is a validation channel. `feature_names` restricts
    the input columns (FeatureSpecificationS3Uri of the API).
    """

    job_name: str
    target: str
    problem_type: str | None
    objective: str | None
    max_candidates: int
    budget_seconds: float
    max_seconds_per_candidate: float | None
    validation_fraction: float
    feature_names: tuple[str, ...] | None
    sample_weight_column: str | None
    threads: int

    @classmethod
    def load(cls, path: Path) -> "JobRequest":
        """Read the file; optional fields may be null or absent."""
        fields: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        features = fields.get("feature_names")
        fraction = fields.get("validation_fraction")
        return cls(
            job_name=fields["job_name"],
            target=fields["target"],
            problem_type=fields.get("problem_type"),
            objective=fields.get("objective"),
            # the service's default: MaxCandidates of AutoMLJobCompletionCriteria
            max_candidates=fields.get("max_candidates") or 250,
            budget_seconds=float(fields["budget_seconds"]),
            max_seconds_per_candidate=fields.get("max_seconds_per_candidate"),
            # the service's default: ValidationFraction of AutoMLDataSplitConfig
            validation_fraction=float(fraction) if fraction else 0.2,
            feature_names=None if features is None else tuple(features),
            sample_weight_column=fields.get("sample_weight_column"),
            threads=int(fields.get("threads") or 1),
        )
