"""`autolote check golden` refuses nonsense before it starts anything, and says the way out."""

import re
from pathlib import Path

import pytest

from autolote.golden import GoldenError, reference
from autolote.golden.source import Source
from tests.commands.conftest import HEADER, Golden


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What the terminal shows, on one line."""
    return " ".join(capsys.readouterr().err.split())


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
    "an infinite tolerance": (
        "binary rows.csv --absolute inf",
        "absolute is inf; it must be 0 or more, and finite",
    ),
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
    assert named in said(capsys)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "is empty"),
        (HEADER, "has no rows below its header"),
        (b"debt,income,age,years here\n1,2,3,4\n", "the model's features in another order"),
        (b"age,income,debt\n1,2,3\n", "lacks the feature years_here"),
        (b"age,income,debt,years\there\n1,2,3,4\n", "has the column years here, so its"),
        (b"age,income,debt,years  here\n1,2,3,4\n", "has the column years__here, so its columns"),
        (HEADER.replace(b"s h", b"s\xc2\xa0h") + b"1,2,3,4\n", "has the column years here, so its"),
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
    assert named in said(capsys)


def test_a_header_may_name_the_features_of_an_unnamed_model_but_not_shuffle_its_own_names(
    golden: Golden, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, rows = tmp_path / "model.txt", tmp_path / "rows.csv"
    text = (folder / "binary" / "model.txt").read_text()
    model.write_text(
        text.replace("age income debt years_here", "Column_0 Column_1 Column_2 Column_3")
    )
    for header, status in (
        ("a,b,c,d", 0),
        ("Column_0,Column_1,Column_2,Column_3", 0),
        ("Column_1,Column_0,Column_2,Column_3", 2),
    ):
        rows.write_text(f"{header}\n1,2,3,4\n")
        assert golden("", model, rows) == status
    assert "has the model's features in another order" in said(capsys)


@pytest.mark.parametrize(
    ("content", "line"), [("1\n\n3\n", 2), ("p\n1\n\n", 2), ("p\r\n\r\n1\r\n", 1)]
)
def test_an_empty_line_among_the_predictions_is_named(
    golden: Golden,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str,
    line: int,
) -> None:
    stored = tmp_path / "stored.csv"
    stored.write_bytes(content.encode())
    assert golden("binary rows.csv", "--predictions", stored) == 2
    assert f": line {line} is empty; give" in said(capsys)


def test_the_first_cell_that_is_no_number_is_named_by_its_row_and_column(
    folder: Path, tmp_path: Path
) -> None:
    """The same from either reader; here lightgbm's side alone."""
    rows = tmp_path / "rows.csv"
    for cell in ("x", "1_0", "0x10", "\u0663"):
        rows.write_text("id," + HEADER.decode() + "7,1,2,3,4\n" * 5000 + f"7,1,{cell},y,4\n")
        source = Source(path=rows)
        output = reference.Output(problem_type="BinaryClassification")
        model = folder / "binary" / "model.txt"
        with pytest.raises(GoldenError) as refused:
            list(reference.predicted(model, source, positions=[1, 2, 3, 4], output=output))
        assert f"rows.csv: row 5,001, column 3: {cell!r} is not a number" in str(refused.value)


def test_categories_of_pandas_are_refused_since_csv_cannot_show_them(
    golden: Golden, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both sides would take the number in the cell for the position, and agree on it."""
    model = tmp_path / "model.txt"
    text = (folder / "binary" / "model.txt").read_text()
    for lists, status in (("[[10, 20]]", 2), ('[["0", "1"]]', 2), ("[[0, 1]]", 0), ("null", 0)):
        model.write_text(re.sub("pandas_categorical:.*", f"pandas_categorical:{lists}", text))
        assert golden("", model, folder / "rows.csv") == status
        assert ("frame[column].cat.codes" in said(capsys)) == (status == 2)


def test_a_model_the_container_cannot_serve_is_refused_in_its_words(
    golden: Golden,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SCORING_INSTRUCTIONS", "abacus")
    assert golden("binary rows.csv") == 2
    assert "the container cannot serve" in capsys.readouterr().err
