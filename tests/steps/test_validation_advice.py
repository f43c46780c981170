"""A refused request names the mistake, and not what only follows from it."""

from tests.steps.conftest import Bucket
from tests.steps.runs import HOME, only, request


def test_one_mistake_is_told_without_what_would_only_follow_from_it(data: Bucket) -> None:
    """Told to add the real target, or a column twice, the caller would correct the wrong thing."""
    assert only(request(train={"data": "data/train.csv", "target": "Y"}))["field"] == "train.target"
    shared = only(request(score={"data": "data/score/", "id_columns": ["id", "a"]}))
    assert shared["field"] == "score.id_columns"


def test_rows_that_begin_with_no_header_are_told_of_the_field_that_says_so(data: Bucket) -> None:
    data.put(f"{HOME}/data/score/part-0.csv", "1,2,x\n2,3,y\n")
    assert "set score.has_header to false" in only(request())["fix"]
    data.put(f"{HOME}/data/score/part-0.csv", "id,b,a\n1,x,2\n")
    assert "has_header" not in only(request())["fix"]
