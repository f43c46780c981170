"""A request file finds its data: what lies beside it is uploaded under the name it has there."""

import json
from pathlib import Path

import pytest
from rules.request import check_contract

from autolote import requests

ASKED = {"project_id": "p", "experiment_id": "e"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("beside/data/train.csv", "beside/parts/b.csv", "beside/parts/a.csv", "other.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n1\n")
    (tmp_path / "beside/parts/.hidden").write_text("")
    return tmp_path / "beside"


def test_a_file_beside_the_request_keeps_its_name(folder: Path) -> None:
    """So that the same request works again where the data is in the bucket already."""
    asked = {**ASKED, "train": {"data": "data/train.csv"}}
    placed, uploads = requests.place(asked, folder=folder)
    assert placed == asked
    assert [(u.source.name, u.key) for u in uploads] == [("train.csv", "p/e/data/train.csv")]


def test_a_folder_is_uploaded_whole_and_becomes_a_prefix(folder: Path) -> None:
    """Hidden files stay at home."""
    placed, uploads = requests.place({**ASKED, "score": {"data": "parts"}}, folder=folder)
    assert placed["score"]["data"] == "parts/"
    assert [u.key for u in uploads] == ["p/e/parts/a.csv", "p/e/parts/b.csv"]


def test_every_field_that_names_data_is_looked_for(folder: Path) -> None:
    """Validation data, golden rows and their predictions go along as the data itself does."""
    golden = {"data": "parts/a.csv", "predictions": "../other.csv"}
    asked = {
        **ASKED,
        "train": {"data": "parts", "validation": "data/train.csv"},
        "score": {"data": "../other.csv", "golden": golden},
    }
    placed, uploads = requests.place(asked, folder=folder)
    assert placed["train"] == {"data": "parts/", "validation": "data/train.csv"}
    assert placed["score"]["golden"] == {
        "data": "parts/a.csv",
        "predictions": "data/predictions/other.csv",
    }
    assert {u.key for u in uploads} == {
        "p/e/parts/a.csv",
        "p/e/parts/b.csv",
        "p/e/data/train.csv",
        "p/e/data/score/other.csv",
        "p/e/data/predictions/other.csv",
    }


@pytest.mark.parametrize("written", ["../other.csv", "{folder}/../other.csv"])
def test_a_file_elsewhere_is_given_a_place_below_data(folder: Path, written: str) -> None:
    """The request that is sent names that place; the caller's is not changed."""
    asked = {**ASKED, "score": {"data": written.format(folder=folder)}}
    placed, uploads = requests.place(asked, folder=folder)
    assert placed["score"]["data"] == "data/score/other.csv"
    assert [u.key for u in uploads] == ["p/e/data/score/other.csv"]
    assert asked["score"]["data"] == written.format(folder=folder)


@pytest.mark.parametrize(
    ("parts", "taken"),
    [
        ({"score": {}}, True),
        ({"score": {}, "model": {"run_id": "p-e-1"}}, False),
        ({"score": {}, "train": {}}, False),
        ({"train": {}}, False),
    ],
)
def test_the_teams_own_model_goes_along_when_it_is_the_one_that_scores(
    folder: Path, parts: dict[str, object], taken: bool
) -> None:
    """To the one place where the pipeline looks for it."""
    (folder / "model.txt").write_text("tree\n")
    _, uploads = requests.place({**ASKED, **parts}, folder=folder)
    assert [u.key for u in uploads] == (["p/e/model.txt"] if taken else [])


@pytest.mark.parametrize("data", ["data/not-here.csv", "s3://bucket/p/e/data/train.csv"])
def test_what_is_not_here_is_taken_to_be_in_the_bucket(folder: Path, data: str) -> None:
    """Nothing is uploaded, and the request goes as it is."""
    asked = {**ASKED, "train": {"data": data}}
    assert requests.place(asked, folder=folder) == (asked, [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "is not JSON"),
        ('{"a": NaN}', "has NaN where"),
        ('{"a": 1, "a": 2}', "has `a` twice"),
        ("[]", "must hold one JSON object"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_holds_no_request_is_refused_by_name(
    tmp_path: Path, content: str | None, reason: str
) -> None:
    """The message names the file and what is wrong with it."""
    path = tmp_path / "request.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(requests.RequestError, match=reason) as refused:
        requests.read(path)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("name", ["request.json", "request-script.json"])
def test_the_digits_requests_are_read_as_written_and_keep_the_contract(name: str) -> None:
    """The shipped examples are requests."""
    path = Path("examples/digits") / name
    assert requests.read(path) == json.loads(path.read_text())
    assert check_contract(requests.read(path)) == []
