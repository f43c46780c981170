"""The image that serves and trains the team's own models: how it is built, or that it is given."""

from __future__ import annotations

from dataclasses import dataclass

from autolote.checks import Checked, checked, number, optional, text

PYTHON_DIGEST = "sha256:01f42367a0a94ad4bc17111776fd66e3500c1d87c15bbd6055b7371d39c124fb"
"""public.ecr.aws/docker/library/python:3.13-slim-bookworm; docs/container-image.md says how a newer
one is found."""

# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
_TAG = text(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", "an image tag")
_BUILT = ("python_digest", "run_as")


@dataclass(frozen=True, kw_only=True)
class Image(Checked):
    """The scoring image.

    Attributes:
        python_digest: of the image that ours is built on.
        run_as: id of the user its processes run as; 0 is root.
        keep: how many images the repository keeps.
        tag: of an image that somebody else pushes to the repository; then nothing is built.
    """

    python_digest: str = checked(
        text(r"sha256:[0-9a-f]{64}", "sha256: and 64 of 0-9, a-f, lower case"),
        default=PYTHON_DIGEST,
    )
    run_as: int = checked(number(0, 65_535), default=10_001)
    keep: int = checked(number(2, 1_000), default=20)
    tag: str | None = checked(optional(_TAG), default=None)

    def relations(self, wrong: frozenset[str]) -> list[str]:
        if wrong or self.tag is None:
            return []
        built = Image()
        return [
            f"{name} = {getattr(self, name)!r}; allowed: left out when tag is given, because then "
            "nothing is built"
            for name in _BUILT
            if getattr(self, name) != getattr(built, name)
        ]
