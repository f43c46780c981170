"""State CheckGolden: a model that predicts something else than what is stored scores nothing."""

from typing import Any

import pytest
from steps import check_golden, errors

from tests.steps.conftest import BUCKET, Bucket

STORED = "p/e/golden/predictions.csv"
OUTPUT = "p/e/runs/r/golden/predictions/"


def state(bucket: Bucket, stored: str, **tolerance: float | None) -> dict[str, Any]:
    """The state after the golden transform job, with the predictions stored as asked."""
    predictions = {"key": STORED, "version_id": bucket.put(STORED, stored)}
    return {
        "run": {"run_id": "r"},
        "plan": {"score": {"golden": {"predictions": predictions, **tolerance}}},
        "golden": {"job_name": "j", "output_uri": f"s3://{BUCKET}/{OUTPUT}"},
    }


def test_the_same_predictions_pass_and_the_figures_are_kept(bucket: Bucket) -> None:
    bucket.put(f"{OUTPUT}00000-golden.csv.out", "0.5,0.25\n1e-07,0.5\n")
    bucket.put(f"{OUTPUT}attempt-2/00000-golden.csv.out", "not of this attempt")
    told = check_golden.handler(state(bucket, "0.50,0.25\r\n0.0000001,0.5"), None)
    assert told == {
        "job_name": "j",
        "output_uri": f"s3://{BUCKET}/{OUTPUT}",
        "rows": 2,
        "columns": 2,
        "share": 1.0,
        "mean_deviation": 0.0,
        "max_deviation": 0.0,
    }


def test_the_least_share_and_the_largest_deviations_of_all_columns_are_told(bucket: Bucket) -> None:
    bucket.put(f"{OUTPUT}a.out", "1,1\n1,2\n")
    asked = state(bucket, "1,1\n1,1\n", absolute=0.5, relative=0, share=0.5, max_deviation=1)
    told = check_golden.handler(asked, None)
    assert (told["share"], told["mean_deviation"], told["max_deviation"]) == (0.5, 0.5, 1)


# what came out, what is stored -> what the error names
MISSES = {
    "a value": ("0.5\n0.25\n", "0.5\n0.75\n", "row 2 column 1: expected 0.75, found 0.25"),
    "a row lost": ("0.5\n", "0.5\n0.5\n", "expected 2 rows, found 1"),
    "a column lost": ("0.5\n", "0.5,0.5\n", "expected 2 output columns, found 1"),
    "a placeholder": ("ERROR\n", "0.5\n", "predictions/: line 1 is 'ERROR'"),
    "stored predictions with a header": ("1\n", "prediction\n1\n", f"{STORED}: line 1 is 'predic"),
    "a ragged file": ("1,2\n1\n", "1,2\n1,2\n", "the found predictions have 1 columns in row 2"),
    "no predictions": ("\n", "\n", "there is no row to compare"),
}


@pytest.mark.parametrize(("found", "stored", "named"), MISSES.values(), ids=MISSES)
def test_a_miss_ends_the_run_and_is_named(
    bucket: Bucket, found: str, stored: str, named: str
) -> None:
    bucket.put(f"{OUTPUT}a.out", found)
    with pytest.raises(errors.GoldenMismatch) as raised:
        check_golden.handler(state(bucket, stored), None)
    assert named in str(raised.value)
    assert f"s3://{BUCKET}/p/e/" in str(raised.value)


def test_a_model_of_many_classes_that_misses_everywhere_is_told_in_few_lines(
    bucket: Bucket,
) -> None:
    bucket.put(f"{OUTPUT}a.out", ",".join(["0.5"] * 2000))
    with pytest.raises(errors.GoldenMismatch, match="and 1995 more misses") as raised:
        check_golden.handler(state(bucket, ",".join(["0.25"] * 2000)), None)
    assert len(str(raised.value)) < 2000


def test_the_version_that_was_validated_is_the_one_that_counts(bucket: Bucket) -> None:
    bucket.put(f"{OUTPUT}a.out", "1\n")
    asked = state(bucket, "1\n")
    bucket.put(STORED, "2\n")
    assert check_golden.handler(asked, None)["rows"] == 1


def test_stored_predictions_that_are_gone_are_named(bucket: Bucket) -> None:
    bucket.put(f"{OUTPUT}a.out", "1\n")
    asked = state(bucket, "1\n")
    version = asked["plan"]["score"]["golden"]["predictions"]["version_id"]
    bucket.client.delete_object(Bucket=BUCKET, Key=STORED, VersionId=version)
    with pytest.raises(errors.GoldenMismatch, match="is no longer there"):
        check_golden.handler(asked, None)
