"""The small rules: copying in parts, places of data, gates, tags, networks, rows that came back."""

import ast
import itertools
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules import copying, gate, jobs, locations, verification
from rules.request import check_contract
from rules.verification import Shape

from autolote import request_page

ROOT = Path(__file__).parents[2]
MIB = 1 << 20


@given(
    text=st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"bc"])).map(b"".join),
    cuts=st.lists(st.integers(0, 20)),
    skip=st.integers(0, 6),
)
def test_line_ends_are_the_same_wherever_the_pieces_were_cut(
    text: bytes, cuts: list[int], skip: int
) -> None:
    edges = [0, *sorted(cuts), len(text)]
    pieces = [text[a:b] for a, b in itertools.pairwise(edges)]
    whole = text[skip:].replace(b"\r\n", b"\n")
    assert b"".join(copying.unix_lines(pieces, skip=skip)) == whole


@given(size=st.integers(5 * MIB + 1, 6 * 10**12), first=st.integers(0, 5 * MIB))
def test_parts_cover_everything_after_the_header_and_are_never_too_small(
    size: int, first: int
) -> None:
    ranges = copying.ranges(first=first, size=size)
    assert (ranges[0][0], ranges[-1][1]) == (first, size - 1)
    assert all(a[1] + 1 == b[0] for a, b in itertools.pairwise(ranges))
    lengths = [last - start + 1 for start, last in ranges]
    assert min(lengths[:-1], default=copying.SMALLEST_PART) >= copying.SMALLEST_PART
    assert len(ranges) <= 10_000


def resolve(data: str) -> str:
    return locations.resolve(data, bucket="b", project_id="p", experiment_id="e").uri


@pytest.mark.parametrize(
    ("data", "uri"),
    [
        ("data/a.csv", "s3://b/p/e/data/a.csv"),
        ("data/", "s3://b/p/e/data/"),
        ("s3://b/p/other/data/", "s3://b/p/other/data/"),
        ("data/a b+\u00e7%2F.csv", "s3://b/p/e/data/a b+\u00e7%2F.csv"),
    ],
)
def test_data_is_relative_to_the_experiment_or_inside_the_project(data: str, uri: str) -> None:
    assert resolve(data) == uri


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("s3://other/p/e/a.csv", "this environment's data bucket, b"),
        ("s3://b/q/e/a.csv", "inside the project"),
        ("s3://b/p/../q/a.csv", "plain key"),
        ("s3://b/p/e/", "deeper than the experiment's own folder"),
        ("/", "plain key"),
        ("..", "plain key"),
        ("x" * 1000, "shorter than 900 bytes"),
    ],
)
def test_data_elsewhere_is_refused(data: str, words: str) -> None:
    with pytest.raises(locations.LocationError, match=words):
        resolve(data)


@pytest.mark.parametrize(
    ("bound", "value", "passed"),
    [
        ({"at_least": 0.9}, 0.9, True),
        ({"at_least": 0.9}, 0.8999, False),
        ({"at_most": 2}, 2.0, True),
        ({"at_most": 2}, 2.1, False),
        ({"at_least": 0.9}, float("nan"), False),
        ({"at_most": 0.9}, float("nan"), False),
    ],
)
def test_the_gate_passes_on_its_bound_and_never_on_what_is_no_number(
    bound: dict[str, float], value: float, passed: bool
) -> None:
    assert gate.judge(gate={"metric": "m", **bound}, metrics={"m": value}).passed is passed


def test_a_metric_that_is_not_there_does_not_pass() -> None:
    assert not gate.judge(gate={"metric": "m", "at_least": 0}, metrics={}).passed


def test_tags_keep_to_sagemakers_rules() -> None:
    made = jobs.tags(common={"owner": "a&b", "aws:x": "no", "k" * 200: "v" * 300}, run_id="r")
    assert made == [
        {"Key": "owner", "Value": "a_b"},
        {"Key": "k" * 128, "Value": "v" * 256},
        {"Key": "run_id", "Value": "r"},
    ]
    assert len(jobs.tags(common={f"t{n}": "v" for n in range(60)}, run_id="r")) == 50


VPC = {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}


def around(network: dict[str, list[str]] | None) -> jobs.Surroundings:
    return jobs.Surroundings(run_uri="s3://b/r/", key_arn="arn:key", network=network, tags=[])


def test_jobs_run_in_the_network_that_they_are_given_and_models_carry_it_to_transform_jobs() -> (
    None
):
    vpc = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    train: dict[str, Any] = dict.fromkeys(
        ("max_candidates", "max_runtime_seconds", "max_runtime_per_candidate_seconds", "mode")
    )
    train |= {"target": "y", "problem_type": None, "objective": None}
    made = [
        jobs.automl_job(name="n", train=train, data_uri="s3://b/d", role_arn="r", around=network)
        for network in (around(VPC), around(None))
    ]
    encrypted = {"VolumeKmsKeyId": "arn:key", "EnableInterContainerTrafficEncryption": True}
    assert made[0]["SecurityConfig"] == encrypted | {"VpcConfig": vpc}
    assert made[1]["SecurityConfig"] == encrypted
    assert "AutoMLJobObjective" not in made[0]
    model = jobs.model(name="n", containers=[], role_arn="r", isolated=False, around=around(VPC))
    assert model["VpcConfig"] == vpc


@given(
    content=st.lists(st.sampled_from([b"a,1", b"", b"\xe2\x80\xa8", b"b\r"])),
    cuts=st.lists(st.integers(0, 4)),
)
def test_lines_are_the_same_however_the_pieces_fall(content: list[bytes], cuts: list[int]) -> None:
    whole = b"".join(line + b"\n" for line in content)
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(whole[at : at + cut])
        at += cut
    assert list(verification.lines([*pieces, whole[at:]])) == content


def test_rows_and_quoted_cells_are_compared_as_cells() -> None:
    rows = [b'"1,x",2', b"3,4\r", "\u00e9,5".encode()]
    answers = [b'"1,x","[0.1, 0.9]"', b'"3",0.5', "\u00e9,1\r".encode()]
    shape = Shape(ids=1, width=2)
    assert verification.verify(scored=rows, predicted=answers, shape=shape) == 3


def test_the_document_is_current() -> None:
    current = (ROOT / "docs" / "request.md").read_text(encoding="utf-8")
    assert current == request_page.render(request_page.examples(ROOT))


@pytest.mark.parametrize("name", request_page.examples(ROOT))
def test_every_example_is_a_request(name: str) -> None:
    assert check_contract(request_page.examples(ROOT)[name]) == []


def test_the_examples_show_every_way_to_ask() -> None:
    shown = {
        tuple(part for part in ("train", "model", "gate", "score") if part in request)
        for request in request_page.examples(ROOT).values()
    }
    assert shown == {
        ("train", "gate", "score"),
        ("train", "gate"),
        ("score",),
        ("model", "score"),
    }


def test_the_asset_imports_nothing_that_lambda_does_not_have() -> None:
    own = {folder.name for folder in (ROOT / "lambda").iterdir() if folder.is_dir()}
    there = {*sys.stdlib_module_names, "boto3", "botocore", *own}
    for path in (ROOT / "lambda").rglob("*.py"):
        assert imported(path) <= there, path


def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return found


def test_rules_do_not_import_steps() -> None:
    for path in (ROOT / "lambda" / "rules").glob("*.py"):
        assert not imported(path) & {"steps", "boto3", "botocore"}, path
