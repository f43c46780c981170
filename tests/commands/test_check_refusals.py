"""`autolote check golden` refuses nonsense before it starts anything, and says the way out."""

from pathlib import Path

import pytest

from tests.commands.conftest import HEADER, Golden

REFUSED = {
    "no such model": ("none.txt rows.csv", "none.txt: there is no such file"),
    "no such CSV": ("binary none.csv", "none.csv: there is no such file"),
    "a CSV for a model": ("rows.csv rows.csv", "is not a LightGBM text model"),
    "a model for a CSV": ("binary binary/model.txt", "binary/model.txt has the column tree"),
    "the wrong separator": ("binary ids.csv", "has the column id;age;income;when;debt;years_here"),
    "a column that is no feature": (
        "binary ids.csv --separator ;",
        "has the column id, so its columns are not the model's 4 features (2 too many, 0 missing); "
        "leave such columns out with --id-columns",
    ),
    "an id column that is none": (
        "binary rows.csv --id-columns key",
        "--id-columns: 'key' is not a column of",
    ),
    "an id column by number beyond the last": (
        "binary bare.csv --no-header --id-columns 5",
        "give numbers from 1 to 4",
    ),
    "a feature taken for an id": ("binary rows.csv --id-columns age", "lacks the feature age"),
    "a header where none is said to be": (
        "binary rows.csv --no-header",
        "its first line is a header; leave --no-header out",
    ),
    "no header where one is said to be": ("binary bare.csv", "add --no-header"),
    "a comma twice": ("binary rows.csv --decimal-comma", "add --separator ';'"),
    "a negative tolerance": ("binary rows.csv --absolute -1", "absolute is -1; it must be 0 or"),
    "a share without a maximum": ("binary rows.csv --share 0.9999", "needs max_deviation"),
    "a threshold for a regression": ("number rows.csv --threshold 0.5", "needs a binary model"),
    "a threshold beyond 1": ("binary rows.csv --threshold 2", "--threshold is 2; it must be"),
    "classes of a regression": ("number rows.csv --output labels", "needs a classification model"),
    "no such output": ("binary rows.csv --output label", "must name each of predicted_label"),
    "a plot of another kind": ("binary rows.csv --plot x.pdf", "must end in .svg or .png"),
    "a plot in no folder": ("binary rows.csv --plot none/x.png", "there is no folder"),
    "no such predictions": ("binary rows.csv --predictions none.csv", "there is no such file"),
    "both kinds of predictions": (
        "binary rows.csv --predictions rows.csv --write-predictions x.csv",
        "leave --predictions out",
    ),
    "predictions that are none": (
        "binary rows.csv --predictions ids.csv",
        "ids.csv below its header: line 1 is",
    ),
    "a payload of nothing": ("binary rows.csv --max-payload-mb 0", "from 1 to 100"),
    "nothing": ("", "the following arguments are required: model, csv"),
}


@pytest.mark.parametrize(("line", "named"), REFUSED.values(), ids=REFUSED)
def test_nonsense_is_refused_with_a_way_out(
    golden: Golden, capsys: pytest.CaptureFixture[str], line: str, named: str
) -> None:
    assert golden(line) == 2
    assert named in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "is empty"),
        (HEADER, "has no rows below its header"),
        (b"debt,income,age,years here\n1,2,3,4\n", "the model's features in another order"),
        (b"age,income,debt\n1,2,3\n", "lacks the feature years_here"),
        (b"\xff\xfea\x00g\x00", "its first line cannot be read"),
    ],
)
def test_a_file_that_cannot_be_checked_is_refused(
    golden: Golden,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    named: str,
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_bytes(content)
    assert golden("binary", rows) == 2
    assert named in " ".join(capsys.readouterr().err.split())


def test_a_model_the_container_cannot_serve_is_refused_in_its_words(
    golden: Golden,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SCORING_INSTRUCTIONS", "abacus")
    assert golden("binary rows.csv") == 2
    assert "the container cannot serve" in capsys.readouterr().err
