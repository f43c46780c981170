"""Settings files made for one test."""

from __future__ import annotations

from pathlib import Path

import pytest

from autolote.settings import SettingsError, load

TAGS = '[tags]\nowner = "me"\ncost_center = "mine"\n'


def written(folder: Path, text: str, *, name: str = "dev.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(folder: Path, text: str, *, name: str = "dev.toml") -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(written(folder, text, name=name))
    return caught.value.problems
