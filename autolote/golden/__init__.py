"""`autolote check golden`: the scoring container against lightgbm's own Booster.predict.

`source` knows how the user's CSV is written, `reference` reads it with pandas and predicts with
lightgbm, `served` sends it to the real container program as a transform job would, and
`rules.golden` compares the two. Nothing of the container is imported, so that no fault of it can
be on both sides.
"""


class GoldenError(ValueError):
    """What was asked for cannot be checked; the message says why, and the way out."""
