"""`autolote check golden`: what is right passes, and every kind of miss is caught and named."""

import json
from pathlib import Path

import numpy as np
import pytest

from autolote.__main__ import main
from autolote.golden import served
from tests.commands.conftest import HEADER, Golden
from tests.container import models

PASSES = {
    "a model's file": "binary/model.txt rows.csv",
    "a model's folder": "number rows.csv",
    "several outputs": "multiclass rows.csv",
    "gzip": "binary rows.csv.gz",
    "no header, but a byte order mark and CRLF": "binary bare.csv --no-header",
    "other separators, decimal comma, ids": (
        "binary ids.csv --separator ; --decimal-comma --id-columns id,when"
    ),
    "own tokens for missing values": "number tokens.csv --missing ?,-",
    "one row a request": "binary rows.csv --strategy SingleRecord",
    "a threshold": "binary rows.csv --threshold 0.4",
    "columns of a binary model": (
        "binary rows.csv --threshold 0.4 --output labels,probabilities,probability,predicted_label"
    ),
    "columns of a multiclass model": (
        "multiclass rows.csv --output probability,predicted_label,probabilities,labels"
    ),
    "the one column of a regression": "number rows.csv --output predicted_label",
}


@pytest.mark.parametrize("line", PASSES.values(), ids=PASSES)
def test_the_container_predicts_what_lightgbm_predicts(
    golden: Golden, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert golden(line, "--json") == 0
    said, shown = capsys.readouterr()
    told = json.loads(said)
    assert (told["passed"], told["misses"], told["worst"]) == (True, [], [])
    assert told["rows_expected"] == told["rows_found"] == (2 if "tokens" in line else models.ROWS)
    assert all(column["max_deviation"] == 0 for column in told["columns"])
    assert "golden check passed" in shown


# the fault of a container -> what is said about it
FAULTS = {
    "a row too few": f"expected {models.ROWS} rows, found {models.ROWS - 1}",
    "a column too many": "expected 1 output columns, found 2",
    "text": f"the container's output: line {models.ROWS} is 'ERROR'",
    "the same for each row": "column 1: 0 of 400 values are within the tolerance (0 %)",
    "fails": "the container refused the payload that begins with row 1 of the file",
    "exits": "the container ended after row 0: The model server ended with exit code 3",
}


@pytest.mark.parametrize(("fault", "named"), FAULTS.items(), ids=FAULTS)
def test_a_container_with_a_fault_is_caught(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    named: str,
) -> None:
    monkeypatch.setattr(served, "PROGRAM", Path(__file__).with_name("faulty_container.py"))
    monkeypatch.setattr(served, "RETRIES", 0)
    model = folder / "faulty.txt"
    model.write_text((folder / "binary" / "model.txt").read_text() + fault)
    assert main(["check", "golden", str(model), str(folder / "rows.csv"), "--json"]) == 1
    said, shown = capsys.readouterr()
    assert named in "".join(json.loads(said)["misses"])
    assert named in shown
    assert "golden check FAILED" in shown


def test_stored_predictions_take_the_place_of_lightgbms(
    golden: Golden, folder: Path, tmp_path: Path
) -> None:
    stored = tmp_path / "predictions.csv"
    line = "multiclass rows.csv --output probabilities,predicted_label"
    assert golden(line, "--write-predictions", stored) == 0
    assert len(stored.read_text().splitlines()) == models.ROWS
    assert golden(line, "--predictions", stored) == 0
    stored.write_text("id,a,b,c,label\n" + "".join(f"7,{row}" for row in stored.open()))
    assert golden(line, "--predictions", stored, "--id-columns", "id") == 2  # rows has none
    with_id = tmp_path / "rows.csv"
    with_id.write_bytes(b"id," + (folder / "rows.csv").read_bytes().replace(b"\n", b"\n7,")[:-2])
    asked = ("--output", "probabilities,predicted_label", "--id-columns", "id")
    assert golden("multiclass", with_id, *asked, "--predictions", stored) == 0


def test_a_value_that_is_off_is_named_and_a_tolerance_may_allow_it(
    golden: Golden, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored, plot = tmp_path / "stored.csv", tmp_path / "plot.png"
    assert golden("number rows.csv", "--write-predictions", stored) == 0
    lines = stored.read_text().splitlines()
    right = float(lines[41])
    lines[41] = repr(right + 0.001)
    stored.write_text("\n".join(lines))
    capsys.readouterr()
    asked = ("--predictions", stored)
    assert golden("number rows.csv", *asked, "--plot", plot) == 1
    shown = capsys.readouterr().err
    assert all(text in shown for text in ("399 of 400", "42", lines[41], repr(right), "0.001"))
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert golden("number rows.csv --absolute 0.0011", *asked) == 0
    assert golden("number rows.csv --share 0.99 --max-deviation 0.01", *asked) == 0
    assert golden("number rows.csv --share 0.99 --max-deviation 0.0001", *asked) == 1
    assert golden("number rows.csv --share 0.999 --max-deviation 0.01", *asked) == 1


def test_the_plot_is_drawn_for_every_output(golden: Golden, tmp_path: Path) -> None:
    plot = tmp_path / "plot.svg"
    assert golden("multiclass rows.csv", "--plot", plot) == 0
    assert "1,200 equal" in plot.read_text()


def test_rows_the_container_refuses_are_a_miss_that_names_the_cell(
    golden: Golden, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_bytes(HEADER + b"1,2,3,4\n1,2,x,4\n")
    assert golden("binary", rows) == 1
    assert "row 2, column 3 (debt): 'x' is not a number" in capsys.readouterr().err


def test_nothing_half_written_is_left(golden: Golden, tmp_path: Path) -> None:
    rows, stored = tmp_path / "rows.csv", tmp_path / "stored.csv"
    rows.write_bytes(HEADER + b"1,2,3,4\n" * 9000 + b"1,2,x,4\n")
    assert golden("binary", rows, "--write-predictions", stored) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


def test_the_help_teaches_what_is_compared_and_what_the_exit_codes_mean(
    golden: Golden, capsys: pytest.CaptureFixture[str]
) -> None:
    assert golden("--help") == 0
    said = capsys.readouterr().out
    assert "|found - expected| <= ABSOLUTE + RELATIVE * |expected|" in said
    assert "Exit code: 0" in said


def test_values_with_every_digit_are_read_alike_by_both(golden: Golden, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    values = np.random.default_rng(1).normal(size=(300, 4)) * 10.0 ** np.arange(-150, 150)[:, None]
    rows.write_bytes(HEADER + models.to_csv(values))
    assert golden("number", rows) == 0


def test_every_form_of_a_number_that_the_container_reads_is_read_alike(
    golden: Golden, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.csv"
    forms = (
        " 1.5 ",
        "-nan",
        "1e400",
        "+Infinity",
        "\t2",
        "0" * 400 + "7",
        ".5",
        "5.",
        '" 3"',
        " NA ",
    )
    rows.write_bytes(HEADER + "".join(f"{form},1,{form},2\n" for form in forms).encode())
    assert golden("number", rows) == 0
    with_comma = HEADER.replace(b",", b";") + b"1,5; 2,5 ;3;-0,1e1\n"
    rows.write_bytes(with_comma)
    assert golden("number --separator ; --decimal-comma", rows) == 0
