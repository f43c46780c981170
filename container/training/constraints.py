"""monotone_constraints against the columns of the data.

LightGBM does not refuse wrong ones by a message: it ends the process.
"""

from collections.abc import Sequence

from container.training.errors import TrainingError
from container.training.settings import TrainingSettings


def monotone_constraints(settings: TrainingSettings, features: Sequence[str]) -> list[int]:
    """-1, 0 or 1 for each feature; empty if none were given.

    Raises TrainingError unless there is one for each feature, and 0 for the categorical ones.
    """
    text = settings.parameters.get("monotone_constraints")
    if text is None:
        return []
    signs = [int(sign) for sign in str(text).split(",")]
    if len(signs) != len(features):
        raise TrainingError(
            f"monotone_constraints has {len(signs)} values, the data {len(features)} features "
            f"({', '.join(features)[:300]}). Give -1, 0 or 1 for each, in this order."
        )
    for name, sign in zip(features, signs, strict=True):
        if sign and name in settings.categorical:
            raise TrainingError(
                f"monotone_constraints has {sign} for {name}, which is in categorical_feature: "
                "categories have no order. Give 0 for it, or take it out of categorical_feature."
            )
    return signs
