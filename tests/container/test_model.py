"""A file that is not a whole LightGBM model is refused with a reason, never half loaded."""

from collections.abc import Callable
from pathlib import Path

import pytest

from container.model import Model, ModelError, read_header
from tests.container import models

DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "an empty file": (lambda text: b"", "is not a LightGBM text model"),
    "a pickle": (lambda text: b"\x80\x04\x95" + text, "is not a LightGBM text model"),
    "an HTML page": (lambda text: b"<html>403</html>", "is not a LightGBM text model"),
    "a model without trees": (lambda text: text.partition(b"Tree=0")[0], "is not a LightGBM"),
    "half a model": (lambda text: text[: len(text) // 2], "is cut off"),
    "a model without its last tree": (
        lambda text: text[: text.index(b"Tree=14")],
        "is cut off: 15 trees are announced",
    ),
    "a header without names": (
        lambda text: text.replace(b"feature_names=", b"names="),
        "the header of the text model is damaged ('feature_names')",
    ),
    "a header with a bad number": (
        lambda text: text.replace(b"num_tree_per_iteration=1", b"num_tree_per_iteration=one"),
        "the header of the text model is damaged",
    ),
}


@pytest.mark.parametrize(("damage", "named"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_model_is_refused_by_name(
    binary_folder: Path, tmp_path: Path, damage: Callable[[bytes], bytes], named: str
) -> None:
    path = tmp_path / "model.txt"
    path.write_bytes(damage((binary_folder / "model.txt").read_bytes()))
    with pytest.raises(ModelError) as raised:
        Model(path, threads=1)
    assert str(path) in str(raised.value)
    assert named in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        read_header(tmp_path / "model.txt")


def test_the_header_says_what_the_model_needs_and_gives(tmp_path: Path) -> None:
    models.save(tmp_path, {"objective": "multiclass", "num_class": 3})
    header = read_header(tmp_path / "model.txt")
    assert (header.version, header.objective) == ("v4", "multiclass num_class:3")
    assert (header.kind, header.outputs, header.trees) == ("multiclass", 3, 45)
    assert header.feature_names == ("age", "income", "debt", "years_here")
