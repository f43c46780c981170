"""A model file is read whole or refused with a reason; what is said of it is what it holds."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from container.native import Model, ModelError
from tests.container import models


def put(key: str, value: str, *, after: str = "") -> Callable[[str], str]:
    """The value of the first line `key=...` behind the text `after`."""

    def damage(text: str) -> str:
        start = text.index(after)
        changed = re.sub(rf"(?m)^{key}=.*$", f"{key}={value}", text[start:], count=1)
        if key == "tree_sizes":
            return text[:start] + changed
        # as if it had been written so: the sizes are those of the changed trees
        return with_sizes(text[:start] + changed)

    return damage


def every(key: str, value: str) -> Callable[[str], str]:
    """Each number of the first tree's `key` is this value."""

    def damage(text: str) -> str:
        found = re.search(rf"(?m)^{key}=(.*)$", text)
        assert found
        return put(key, " ".join([value] * len(found[1].split())))(text)

    return damage


def leaves_of(text: str) -> int:
    """Of the first tree."""
    found = re.search(r"(?m)^num_leaves=(\d+)$", text)
    assert found
    return int(found[1])


def with_sizes(text: str) -> str:
    trees = re.split(r"(?m)^(?=Tree=)", text[: text.index("end of trees")])[1:]
    sizes = " ".join(str(len(tree)) for tree in trees)
    return re.sub(r"(?m)^tree_sizes=.*$", f"tree_sizes={sizes}", text, count=1)


DAMAGES: dict[str, tuple[Callable[[str], str], str]] = {
    "nothing": (lambda text: "", "is not a LightGBM text model"),
    "a web page": (lambda text: "<html>403</html>", "is not a LightGBM text model"),
    "another kind of file": (lambda text: "\x80\x04" + text, "is not a LightGBM text model"),
    "only the header": (lambda text: text.partition("Tree=0")[0], "is not a LightGBM text model"),
    "half of it": (lambda text: text[: len(text) // 2], "is cut off: 15 trees are announced"),
    "no names": (
        lambda text: text.replace("feature_names=", "names="),
        "the header of the text model is damaged ('feature_names' is missing)",
    ),
    "a name too few": (put("feature_names", "a b c"), "feature_names has 3 entries instead of 4"),
    "outputs in words": (put("num_tree_per_iteration", "one"), "(num_tree_per_iteration=one)"),
    "no outputs": (put("num_tree_per_iteration", "0"), "(num_tree_per_iteration=0)"),
    "classes that differ from outputs": (put("num_class", "3"), "(num_class=3)"),
    "classes that differ in the objective": (
        put("objective", "multiclass num_class:7"),
        "(objective=multiclass num_class:7)",
    ),
    "a tree among the header's lines": (
        lambda text: text.replace("version=", "Tree=9\nversion="),
        "(a tree before Tree=0)",
    ),
    "a linear model of a feature that is not there": (
        lambda text: with_sizes(
            text.replace("is_linear=0", "is_linear=1\nnum_features=@\nleaf_features=4", 1).replace(
                "@", " ".join(["1", *["0"] * (leaves_of(text) - 1)])
            )
        ),
        "damaged (leaf_features)",
    ),
    "features beyond any": (put("max_feature_idx", "99999999999"), "(max_feature_idx=99999999999)"),
    "a size that is no number": (
        lambda text: text.replace("tree_sizes=", "tree_sizes=x"),
        "(tree_sizes)",
    ),
    "a size too large": (
        lambda text: text.replace("tree_sizes=", "tree_sizes=9"),
        "is cut off: 15 trees are announced",
    ),
    "no sizes": (put("tree_sizes", ""), "(tree_sizes)"),
    "a size too small": (
        lambda text: re.sub(r"tree_sizes=(\d+)", "tree_sizes=7", text),
        "tree 0 of the text model is damaged (num_leaves)",
    ),
    "sizes that do not fit": (
        lambda text: re.sub(
            r"tree_sizes=(\d+)", lambda found: f"tree_sizes={int(found[1]) + 1}", text
        ),
        "tree 1 of the text model is damaged (no Tree= where tree_sizes says)",
    ),
    "leaves in words": (
        put("num_leaves", "many"),
        "tree 0 of the text model is damaged (num_leaves)",
    ),
    "leaves beyond memory": (put("num_leaves", "4000000000000"), "damaged (leaf_value)"),
    "a leaf too few": (put("leaf_value", "0.5"), "damaged (leaf_value)"),
    "a leaf that is no number": (put("leaf_value", "x"), "damaged (leaf_value)"),
    "a feature that is not there": (every("split_feature", "4"), "(split_feature)"),
    "a negative feature": (every("split_feature", "-1"), "(split_feature)"),
    "no thresholds": (put("threshold", ""), "(threshold)"),
    "a decision beyond a byte": (every("decision_type", "256"), "(decision_type)"),
    "a node that is its own child": (
        every("left_child", "0"),
        "damaged (left_child or right_child)",
    ),
    "a child that is not there": (
        every("right_child", "99"),
        "damaged (left_child or right_child)",
    ),
    "a leaf that is not there": (
        every("right_child", "-99"),
        "damaged (left_child or right_child)",
    ),
    "a tree further down": (
        put("leaf_value", "", after="Tree=14"),
        "tree 14 of the text model is damaged (leaf_value)",
    ),
}


@pytest.fixture(scope="module")
def whole(binary_folder: Path) -> str:
    """The text of a sound model of 15 trees."""
    return (binary_folder / "model.txt").read_text()


@pytest.mark.parametrize(("damage", "reason"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_refused_by_name_and_reason(
    whole: str, tmp_path: Path, damage: Callable[[str], str], reason: str
) -> None:
    path = tmp_path / "model.txt"
    path.write_text(damage(whole), encoding="latin-1")
    with pytest.raises(ModelError) as raised:
        Model.open(path)
    assert str(path) in str(raised.value)
    assert reason in str(raised.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read: No such file or directory"):
        Model.open(tmp_path / "model.txt")
    with pytest.raises(ModelError, match="cannot be read: Is a directory"):
        Model.open(tmp_path)


def test_the_description_is_what_the_model_needs_and_gives(tmp_path: Path) -> None:
    models.save(tmp_path, {"objective": "multiclass", "num_class": 3})
    model = Model.open(tmp_path / "model.txt")
    header = model.header
    assert (header.version, header.objective) == ("v4", "multiclass num_class:3")
    assert (header.kind, header.outputs, header.trees) == ("multiclass", 3, 45)
    assert header.feature_names == ("age", "income", "debt", "years_here")
    assert (model.engine, model.why) == ("kernel", "")


def test_a_custom_objective_is_told_as_such(whole: str, tmp_path: Path) -> None:
    path = tmp_path / "model.txt"
    path.write_text(re.sub(r"(?m)^objective=.*\n", "", whole, count=1))
    model = Model.open(path)
    assert (model.header.objective, model.header.kind) == ("none (raw score)", "number")


@pytest.mark.parametrize("version", ["v2", "v3", "v4"])
def test_files_of_earlier_releases_are_read(whole: str, tmp_path: Path, version: str) -> None:
    path = tmp_path / "model.txt"
    path.write_text(whole.replace("version=v4", f"version={version}"))
    assert Model.open(path).header.version == version


def test_what_the_kernel_does_not_cover_goes_to_lightgbm_and_says_why(tmp_path: Path) -> None:
    models.save(tmp_path, {"objective": "regression", "linear_tree": True})
    path = tmp_path / "model.txt"
    model = Model.open(path)
    assert (model.engine, model.why) == ("lightgbm", "linear trees")
    with pytest.raises(ModelError, match="the kernel does not cover linear trees"):
        Model.open(path, engine="kernel")


@pytest.mark.parametrize("line", ["leaf_coeff", "leaf_const", "leaf_weight", "split_gain"])
def test_a_damage_for_which_lightgbm_would_end_the_process_is_refused(
    tmp_path: Path, line: str
) -> None:
    models.save(tmp_path, {"objective": "regression", "linear_tree": True})
    path = tmp_path / "model.txt"
    path.write_text(put(line, "x", after="Tree=1")(path.read_text()))
    with pytest.raises(ModelError, match=rf"tree 1 of the text model is damaged \({line}\)"):
        Model.open(path)


def test_a_model_that_lightgbm_refuses_too_is_refused_in_its_words(
    whole: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.txt"
    path.write_text(put("objective", "banana")(whole))
    with pytest.raises(
        ModelError, match="is refused by LightGBM: Unknown objective type name: banana"
    ):
        Model.open(path)


def test_the_environment_chooses_the_instructions(
    binary_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = binary_folder / "model.txt"
    monkeypatch.setenv("SCORING_INSTRUCTIONS", "portable")
    assert Model.open(path).instructions == "portable"
    monkeypatch.setenv("SCORING_INSTRUCTIONS", "sse9")
    with pytest.raises(ModelError, match="sse9"):
        Model.open(path)


def test_unknown_instructions_are_refused(binary_folder: Path) -> None:
    with pytest.raises(ModelError, match="'sse9' must be avx512, avx2 or portable"):
        Model.open(binary_folder / "model.txt", instructions="sse9")


def test_names_are_passed_on_as_they_are(whole: str, tmp_path: Path) -> None:
    names = 'quote" back\\slash año tab\there'
    path = tmp_path / "model.txt"
    path.write_text(put("feature_names", "@@")(whole).replace("@@", names))
    assert Model.open(path).header.feature_names == tuple(names.split(" "))


def test_no_cut_or_changed_byte_crashes_the_reader(whole: str, tmp_path: Path) -> None:
    """Each is read or refused; a crash would end the test run."""
    random = np.random.default_rng(0)
    path = tmp_path / "model.txt"
    content = np.frombuffer(whole.encode(), dtype=np.uint8)
    opened = 0
    for _ in range(300):
        changed = content.copy()
        places = random.integers(0, len(changed), random.integers(1, 4))
        changed[places] = random.choice(np.frombuffer(b"0129-. \n=e\0\xff", dtype=np.uint8))
        path.write_bytes(changed.tobytes()[: random.integers(0, 2 * len(changed))])
        try:
            Model.open(path, engine="kernel").predict_csv(b"1,2,3,4\n,,,\n")
            opened += 1
        except ModelError:
            pass
    assert 0 < opened < 300
