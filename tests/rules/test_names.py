"""Names are legal for AWS, whatever they are made of, and differ when runs differ."""

import re

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules import names

_MODEL = botocore.session.get_session().get_service_model("sagemaker")
_STATES = botocore.session.get_session().get_service_model("stepfunctions")
IDS = st.from_regex(names.ID_PATTERN, fullmatch=True)
PREFIXES = st.from_regex(r"autolote-[a-z][a-z0-9]{1,6}", fullmatch=True)
ATTEMPTS = st.integers(1, names.MAX_ATTEMPTS)


def fits(name: str, shape: str) -> bool:
    """Whether botocore's service model takes `name`."""
    rules = _MODEL.shape_for(shape).metadata
    long_enough = rules["min"] <= len(name) <= rules["max"]
    return long_enough and re.fullmatch(rules["pattern"], name) is not None


@given(project=IDS, experiment=IDS, token=st.text(min_size=1), prefix=PREFIXES, attempt=ATTEMPTS)
def test_names_of_jobs_and_models_are_legal(
    project: str, experiment: str, token: str, prefix: str, attempt: int
) -> None:
    run = names.run_id(project_id=project, experiment_id=experiment, token=token)
    told = {"prefix": prefix, "run_id": run, "attempt": attempt}
    automl = names.automl_job_name(**told)
    assert fits(automl, "AutoMLJobName")
    assert automl == automl.lower()
    assert fits(names.transform_job_name(**told), "TransformJobName")
    assert fits(names.golden_job_name(**told), "TransformJobName")
    assert names.golden_job_name(**told) != names.transform_job_name(**told)
    assert fits(names.training_job_name(**told), "TrainingJobName")
    assert fits(names.model_name(**told), "ModelName")
    assert all(name.startswith(f"{prefix}-") for name in (automl, names.model_name(**told)))


@given(project=st.none() | st.text() | st.integers(), experiment=st.text(max_size=300))
def test_a_run_has_a_legal_name_even_when_its_ids_are_not(
    project: object, experiment: object
) -> None:
    run = names.run_id(project_id=project, experiment_id=experiment, delivery=("cli", "1"))
    assert len(run) <= _STATES.shape_for("Name").metadata["max"]
    assert re.fullmatch(r"[a-z0-9](-?[a-z0-9])*", run)


@given(st.lists(st.tuples(IDS, IDS, st.text(min_size=1)), min_size=2, max_size=2, unique=True))
def test_other_runs_have_other_names(pair: list[tuple[str, str, str]]) -> None:
    runs = [names.run_id(project_id=p, experiment_id=e, token=t) for p, e, t in pair]
    assert runs[0] != runs[1]
    assert len({names.automl_job_name(prefix="autolote-x", run_id=run) for run in runs}) == 2
    assert len({names.transform_job_name(prefix="autolote-x", run_id=run) for run in runs}) == 2


def test_long_ids_with_the_same_beginning_stay_apart() -> None:
    ids = [f"{'a' * 30}{end}" for end in "xy"]
    runs = {names.run_id(project_id=i, experiment_id=i, delivery=("bus", i)) for i in ids}
    assert len(runs) == 2
    assert len({names.transform_job_name(prefix="autolote-x", run_id=run) for run in runs}) == 2


def test_attempts_have_names_of_their_own() -> None:
    for name in (names.automl_job_name, names.transform_job_name, names.model_name):
        made = {name(prefix="p", run_id="r-1", attempt=n) for n in range(1, 10)}
        assert len(made) == 9


def test_the_token_decides_and_without_it_the_delivery_does() -> None:
    ids = {"project_id": "p", "experiment_id": "e"}
    assert names.run_id(**ids, token="t", delivery=("a",)) == names.run_id(**ids, token="t")
    assert names.run_id(**ids, delivery=("a", "b")) != names.run_id(**ids, delivery=("ab",))
    assert names.run_id(**ids, token="") == names.run_id(**ids)


@pytest.mark.parametrize(
    ("text", "legal"),
    [
        ("a", True),
        ("a-b", True),
        ("0" * 32, True),
        ("0" * 33, False),
        ("a--b", False),
        ("a-", False),
        ("-a", False),
        ("A", False),
        ("a/b", False),
        ("..", False),
        ("a\n", False),
        ("", False),
        (None, False),
    ],
)
def test_ids_cannot_leave_their_folder(text: object, legal: bool) -> None:
    assert names.is_id(text) is legal


@given(index=st.integers(0, 1999), key=st.text(min_size=1, max_size=900))
def test_names_in_the_snapshot_are_plain_and_keep_the_order(index: int, key: str) -> None:
    name = names.object_name(index=index, key=key)
    assert re.fullmatch(r"\d{5}-[A-Za-z0-9._-]{0,120}", name)
    assert name < names.object_name(index=index + 1, key="")
