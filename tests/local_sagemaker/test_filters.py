"""Filters and joins of records, each rule by its cases."""

import json
from typing import Any

import pytest

from autolote.local.sagemaker.jsonpath import JsonPath, JsonPathError
from autolote.local.sagemaker.processing import CSV, DataProcessing, RecordError

ROW = ["a", "b", "c", "d"]
RECORD = {"id": 7, "features": {"x": 1, "y": [1, 2]}, "list": [{"v": 1}, {"v": 2}]}
LINES = "application/jsonlines"


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ("$", ROW),
        ("$[0]", "a"),
        ("$[-1]", "d"),
        ("$[0,-1]", ["a", "d"]),
        ("$[0, -2, -1]", ["a", "c", "d"]),
        ("$[1:]", ["b", "c", "d"]),
        ("$[:2]", ["a", "b"]),
        ("$[1:3]", ["b", "c"]),
        ("$[-2:]", ["c", "d"]),
        ("$[5:]", []),
        ("$[*]", ROW),
    ],
)
def test_a_csv_row_is_selected_by_index(expression: str, selected: Any) -> None:
    assert JsonPath(expression, content_type=CSV).select(ROW) == selected


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ("$.id", 7),
        ("$['id']", 7),
        ("$.features.y[1]", 2),
        ("$['id','features']", {"id": 7, "features": RECORD["features"]}),
        ("$.features.['x','y']", {"x": 1, "y": [1, 2]}),
        ("$.features.*", [1, [1, 2]]),
        ("$.list[*].v", [1, 2]),
        ("$.list[0:1].v", [1]),
    ],
)
def test_a_json_record_is_selected_by_name_and_index(expression: str, selected: Any) -> None:
    assert JsonPath(expression, content_type=LINES).select(RECORD) == selected


@pytest.mark.parametrize("expression", ["$[9]", "$.none", "$.id.x", "$[0]", "$['id','none']"])
def test_a_filter_that_does_not_fit_the_record_is_an_error(expression: str) -> None:
    """ "If you specify indexes that aren't within the dimension size ... you get an error."""
    with pytest.raises(JsonPathError, match="does not fit the record"):
        JsonPath(expression, content_type=LINES).select(RECORD)


@pytest.mark.parametrize(
    "expression", ["$[", "$.", "$..id", "$[]", "$[?(@.x)]", "$['a'.'b']", "$[0,1:2]", "$ id", "$x"]
)
def test_what_is_no_filter_is_refused(expression: str) -> None:
    with pytest.raises(JsonPathError, match="JsonPath"):
        JsonPath(expression, content_type=LINES)


def processing(
    input_: str = "$", output: str = "$", *, join: bool = True, kind: str = CSV, split: bool = True
) -> DataProcessing:
    return DataProcessing(
        input_filter=JsonPath(input_, content_type=kind),
        output_filter=JsonPath(output, content_type=kind),
        join=join,
        content_type=kind,
        split=split,
    )


def test_csv_is_filtered_joined_and_filtered_again() -> None:
    """The columns of the input, then those of the answer; quoting is kept where it is needed."""
    seen = []

    def score(body: bytes) -> bytes:
        seen.append(body)
        return b'p1,"0,5"\r\np2,0.25\n'

    run = processing("$[1:]", "$[0,-2,-1]").run(b'id1,"a,b",2\r\n\nid2,c,1.50', score)
    assert seen == [b'"a,b",2\nc,1.50\n']
    assert run == b'id1,p1,"0,5"\nid2,p2,0.25\n'


def test_without_a_filter_the_model_is_sent_the_very_bytes() -> None:
    seen = []
    content = b'"a",  1\r\n'
    processing().run(content, lambda body: seen.append(body) or b"p")  # type: ignore[func-returns-value]
    assert seen == [content]


def test_an_output_filter_alone_selects_from_the_answer() -> None:
    alone = processing(output="$[1]", join=False)
    assert alone.run(b"1\n2\n", lambda _: b"a,b\nc,d\n") == b"b\nd\n"


def test_json_lines_are_joined_below_sagemaker_output() -> None:
    """What is no object is wrapped in SageMakerInput."""
    lines = processing("$.x", join=True, kind=LINES)
    joined = lines.run(b'{"x":[1],"id":"\xc3\xa9"}\n{"x":[2]}\n', lambda body: body)
    assert [json.loads(line) for line in joined.splitlines()] == [
        {"x": [1], "id": "é", "SageMakerOutput": [1]},
        {"x": [2], "SageMakerOutput": [2]},
    ]
    arrays = processing(output="$['SageMakerInput','SageMakerOutput']", kind=LINES)
    assert arrays.run(b"[1,2]\n", lambda _: b"3") == (
        b'{"SageMakerInput":[1,2],"SageMakerOutput":3}\n'
    )


def test_a_json_document_that_is_not_split_is_one_record() -> None:
    whole = processing("$.x", kind="application/json", split=False)
    assert whole.run(b'{"x":\n 1}', lambda body: body) == b'{"x":1,"SageMakerOutput":1}'


@pytest.mark.parametrize(
    ("content", "answer", "kind", "words"),
    [
        (b"1\n2\n", b"p\n", CSV, "the model answered 1 records to 2: they cannot be joined"),
        (b'1,"a\nb"\n', b"p\n", CSV, "unexpected end of data|holds a newline"),
        (b'1,"a"b\n', b"p\n", CSV, "expected after"),
        (b"\xff,1\n", b"p\n", CSV, "utf-8"),
        (b"1\n", b"p\n", LINES, "Expecting value"),
    ],
)
def test_records_that_cannot_be_joined_are_an_error(
    content: bytes, answer: bytes, kind: str, words: str
) -> None:
    with pytest.raises(RecordError, match=words):
        processing(kind=kind).run(content, lambda _: answer)
