"""States PrepareInput and VerifyOutput: what is validated is scored, and every row comes back."""

import pytest
from rules import copying
from steps import errors, prepare_input, verify_output

from tests.steps.conftest import BUCKET, KEY_ARN, Bucket
from tests.steps.runs import GOOD, HOME, INPUT, OUTPUT, scored, state


def test_the_snapshot_has_the_validated_versions_without_their_headers(trained: Bucket) -> None:
    trained.put(f"{HOME}/data/score/b.csv", "id,a,b\n1,2,x\n")
    trained.put(f"{HOME}/data/score/a +é.csv", "id,a,b\n3,4,y\n5,6,z")
    before = state()
    trained.put(f"{HOME}/data/score/b.csv", "replaced after validation\n")
    told = prepare_input.handler(before, None)
    assert told == {"uri": f"s3://{BUCKET}/{INPUT}", "objects": 2, "bytes": 17}
    assert trained.keys(INPUT) == [f"{INPUT}00000-a___.csv", f"{INPUT}00001-b.csv"]
    assert trained.get(f"{INPUT}00000-a___.csv") == b"3,4,y\n5,6,z"
    assert trained.get(f"{INPUT}00001-b.csv") == b"1,2,x\n"


@pytest.mark.parametrize("size_mib", [6, 11, 15.000001, 16])
@pytest.mark.parametrize("has_header", [True, False])
def test_large_objects_are_copied_inside_s3_byte_for_byte(
    trained: Bucket, monkeypatch: pytest.MonkeyPatch, size_mib: float, has_header: bool
) -> None:
    monkeypatch.setattr(copying, "_PART", copying.SMALLEST_PART)
    monkeypatch.setattr(copying, "LARGEST_COPY", copying.SMALLEST_PART)
    header, row = "id,a,b\n" if has_header else "", "r,1,x\n"
    body = (header + row * int(size_mib * (1 << 20) / len(row))).encode()
    trained.put(f"{HOME}/data/score/big.csv", body)
    prepare_input.handler(state(has_header), None)
    assert trained.get(f"{INPUT}00000-big.csv") == body[len(header) :]


@pytest.mark.parametrize("rows", [2, 400_000])
@pytest.mark.parametrize("has_header", [True, False])
def test_windows_line_ends_become_newlines_so_that_predictions_can_stand_behind_a_row(
    trained: Bucket, rows: int, has_header: bool
) -> None:
    header = "id,a,b\r\n" if has_header else ""
    trained.put(f"{HOME}/data/score/one.csv", header + "row number,1.25,xyz\r\n" * rows)
    told = prepare_input.handler(state(has_header), None)
    assert trained.get(f"{INPUT}00000-one.csv") == b"row number,1.25,xyz\n" * rows
    assert told["bytes"] == rows * len("row number,1.25,xyz\n")


@pytest.mark.parametrize("size", [1, 6 << 20])
@pytest.mark.parametrize("has_header", [True, False])
def test_every_copy_is_tagged_and_encrypted(
    trained: Bucket, monkeypatch: pytest.MonkeyPatch, size: int, has_header: bool
) -> None:
    monkeypatch.setattr(copying, "LARGEST_COPY", copying.SMALLEST_PART)
    header, row = "id,a,b\n" if has_header else "", "r,1,x\n"
    trained.put(f"{HOME}/data/score/one.csv", header + row * (size // len(row) + 1))
    prepare_input.handler(state(has_header), None)
    key = f"{INPUT}00000-one.csv"
    tags = trained.client.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]
    head = trained.client.head_object(Bucket=BUCKET, Key=key)
    assert tags == [{"Key": "autolote", "Value": "run-input"}]
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", KEY_ARN)


def test_the_snapshot_made_twice_is_the_same(trained: Bucket) -> None:
    trained.put(f"{HOME}/data/score/b.csv", "id,a,b\n1,2,x\n")
    before = state()
    assert prepare_input.handler(before, None) == prepare_input.handler(before, None)
    assert trained.keys(INPUT) == [f"{INPUT}00000-b.csv"]


def test_rows_that_all_came_back_in_order_are_verified(trained: Bucket) -> None:
    assert verify_output.handler(scored(trained, GOOD), None) == {
        "objects": 2,
        "rows_in": 3,
        "rows_out": 3,
        "ids_checked": True,
        "columns": ["id", "predicted_label", "probability"],
    }


BAD = {
    "an object is missing": ({"00001-b.csv.out": None}, "00001-b.csv.out: expected predictions"),
    "a row is missing": (
        {"00000-a.csv.out": "1,0,0.9\n"},
        "00000-a.csv.out: line 2: expected 2 rows in all, found 1",
    ),
    "a row is too many": (
        {"00000-a.csv.out": "1,0,0.9\n2,1,0.8\n3,1,0.8\n4,1,1\n"},
        "line 3: expected 2 rows in all, found 4",
    ),
    "rows changed places": (
        {"00000-a.csv.out": "2,1,0.8\n1,0,0.9\n"},
        "line 1: expected the ids ['1'], found ['2']",
    ),
    "a quoted id changed": (
        {"00001-b.csv.out": '"3,d",2,0.7\n'},
        "line 1: expected the ids ['3,c'], found ['3,d']",
    ),
    "a column is missing": (
        {"00000-a.csv.out": "1,0\n2,1\n"},
        "line 1: expected 3 columns, found 2",
    ),
    "a column is too many": (
        {"00000-a.csv.out": "1,0,0.9,z\n2,1,0.8,z\n"},
        "line 1: expected 3 columns, found 4",
    ),
    "it is empty": ({"00000-a.csv.out": "\n"}, "line 1: expected 2 rows in all, found 0"),
    "an object is too many": (
        {"00002-c.csv.out": "1,1,1\n"},
        "00002-c.csv.out: expected only the 2",
    ),
}


@pytest.mark.parametrize(("change", "words"), BAD.values(), ids=BAD.keys())
def test_predictions_that_do_not_fit_are_no_result(
    trained: Bucket, change: dict[str, str | None], words: str
) -> None:
    outputs = {name: body for name, body in {**GOOD, **change}.items() if body is not None}
    with pytest.raises(errors.OutputMismatch) as caught:
        verify_output.handler(scored(trained, outputs), None)
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"s3://{BUCKET}/{OUTPUT}")


def test_what_an_earlier_attempt_left_is_not_taken_for_predictions(trained: Bucket) -> None:
    told = scored(trained, {**GOOD, "attempt-2/00000-a.csv.out": GOOD["00000-a.csv.out"]})
    again = {**told, "scoring": {"output_uri": f"s3://{BUCKET}/{OUTPUT}attempt-2/"}}
    with pytest.raises(errors.OutputMismatch, match=r"attempt-2/00001-b\.csv\.out"):
        verify_output.handler(again, None)
    assert verify_output.handler(told, None)["objects"] == 2


def test_without_ids_rows_and_columns_are_counted(trained: Bucket) -> None:
    trained.put(f"{HOME}/data/score/a.csv", "a,b\n2,x\n3,y\n")
    before = state(ids=())
    told = {
        **before,
        "input": prepare_input.handler(before, None),
        "model": {"output_columns": ["prediction"]},
        "scoring": {"output_uri": f"s3://{BUCKET}/{OUTPUT}"},
    }
    trained.put(f"{OUTPUT}00000-a.csv.out", "0.5\r\n0.25\r\n")
    assert verify_output.handler(told, None)["rows_out"] == 2
