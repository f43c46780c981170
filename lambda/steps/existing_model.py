"""Finding the model of a request that scores without training, and pinning it."""

from collections.abc import Mapping
from typing import Any

from rules import inference, model_text, names
from rules.violations import Violation

from steps import storage
from steps.environment import Environment
from steps.scoring_data import Expected

_FIRST_LENGTH, _LONGEST_HEAD = 256 * 1024, 16 * 1024 * 1024
_TAIL, _SHOWN = 64 * 1024, 80
# What of an earlier run's manifest the plan needs to score with its model, by kind of model.
_NEEDED = {
    "automl": ("automl_job_name", "candidate", "problem_type", "target"),
    "script": ("training_job_name", "model_uri", "problem_type", "classes", "target"),
}

Found = tuple[dict[str, Any] | None, Expected, list[Violation]]


def find(request: Mapping[str, Any], env: Environment) -> Found:
    """The model as the plan names it, what it takes, and everything wrong with the choice.

    Args:
        request: normalised, with sound ids and a sound `model`, if any.
        env: where to look.
    """
    chosen = request["model"] or {}
    model, expected, found = (
        _of_run(request, str(chosen["run_id"]), env)
        if "run_id" in chosen
        else _model_text(request, chosen.get("version_id"), env)
    )
    output = request["score"]["output"]
    if model and output and model["problem_type"] == inference.REGRESSION:
        fix = "Remove score.output."
        rule = _takes_no_output(model)
        found.append(Violation(field="score.output", value=output, rule=rule, fix=fix))
    if model and not output:
        found += _too_many_classes(model, ids=len(request["score"]["id_columns"]))
    return model, expected, found


def _takes_no_output(model: Mapping[str, Any]) -> str:
    if model.get("objective") != "":
        return "is for classification; this model is a regression and writes its one prediction"
    written = inference.columns(
        problem_type=model["problem_type"], output=None, classes=model["classes"]
    )
    return (
        "is for classification; this model has a custom objective, which does not tell what its "
        f"outputs mean, and writes them as they are: {', '.join(written[:3])}"
        f"{', ...' if len(written) > 3 else ''}"
    )


def _too_many_classes(model: Mapping[str, Any], *, ids: int) -> list[Violation]:
    written = inference.columns(
        problem_type=model["problem_type"], output=None, classes=model.get("classes")
    )
    rule = inference.too_wide(ids=ids, written=written)
    return [too_wide(rule)] if rule else []


def too_wide(rule: str) -> Violation:
    """The violation that says to ask for fewer columns."""
    fix = 'Write ["predicted_label", "probability"], or ["probabilities"] for all in one cell.'
    return Violation(field="score.output", value=None, rule=rule, fix=fix)


def _model_text(request: Mapping[str, Any], version_id: str | None, env: Environment) -> Found:
    key = f"{request['project_id']}/{request['experiment_id']}/model.txt"
    head = None
    if version_id or any(
        listed.key == key and listed.size
        for listed in storage.listing(bucket=env.data_bucket, prefix=key)
    ):
        head = _head(env.data_bucket, key, version_id)
    if head is None:
        uri = env.uri(key)
        rule = f"has no version {version_id}" if version_id else "does not exist or is empty"
        fix = "Upload a LightGBM model in text form there, name a version it has, or add `train`."
        field = "model.version_id" if version_id else "model"
        return None, Expected(features=()), [Violation(field=field, value=uri, rule=rule, fix=fix)]
    try:
        told = model_text.read(head.sample)
    except model_text.ModelTextError as error:
        rule = f"is not a LightGBM model in text form: {error}"
        fix = "Save it with booster.save_model('model.txt')."
        violation = Violation(field="model", value=env.uri(key), rule=rule, fix=fix)
        return None, Expected(features=()), [violation]
    model = {
        "kind": "model.txt",
        "key": key,
        "version_id": head.version_id,
        "objective": told.objective,
        "problem_type": told.problem_type,
        "classes": told.classes,
    }
    expected = Expected(features=told.features, named=told.named)
    return model, expected, _categories(env, key, head)


def _categories(env: Environment, key: str, head: storage.Head) -> list[Violation]:
    tail = (
        head.sample
        if head.complete
        else storage.read_tail(
            bucket=env.data_bucket, key=key, length=_TAIL, version_id=head.version_id
        )
    )
    replaced = model_text.replaced_categories(tail, whole=len(tail) == head.size)
    if replaced is None:
        return []
    shown = replaced if len(replaced) <= _SHOWN else f"{replaced[:_SHOWN]}..."
    rule = (
        f"was trained on a data frame with the categories {shown}, which LightGBM replaces by "
        "their positions; rows of a CSV hold the values and would be scored wrongly"
    )
    fix = (
        "Train on the positions, frame[column].cat.codes; or, if the rows hold positions already, "
        "write pandas_categorical:null as the file's last line."
    )
    return [Violation(field="model", value=env.uri(key), rule=rule, fix=fix)]


def _head(bucket: str, key: str, version_id: str | None) -> storage.Head | None:
    length = _FIRST_LENGTH
    while True:
        head = storage.read_head(bucket=bucket, key=key, length=length, version_id=version_id)
        if head is None or head.complete or model_text.is_whole(head.sample):
            return head
        if length >= _LONGEST_HEAD:
            return head
        length *= 4


def _of_run(request: Mapping[str, Any], run_id: str, env: Environment) -> Found:
    prefix = names.run_prefix(
        project_id=request["project_id"], experiment_id=request["experiment_id"], run_id=run_id
    )
    manifest = storage.read_json(bucket=env.data_bucket, key=f"{prefix}manifest.json")
    told = manifest.get("model", {}) if isinstance(manifest, dict) else {}
    kind = told.get("kind")
    if kind not in _NEEDED:
        rule = "trained no model" if manifest else "is no run of this experiment that succeeded"
        fix = "Name a run of this experiment that trained; its manifest.json lies below runs/."
        violation = Violation(field="model.run_id", value=run_id, rule=rule, fix=fix)
        return None, Expected(features=()), [violation]
    if kind == "script" and not _is_there(told["model_uri"]):
        rule = f"trained a model that is no longer there, {told['model_uri']}"
        fix = "Name another run, or train again."
        violation = Violation(field="model.run_id", value=run_id, rule=rule, fix=fix)
        return None, Expected(features=()), [violation]
    model = {"kind": kind, "run_id": run_id, **{name: told[name] for name in _NEEDED[kind]}}
    return model, Expected(features=tuple(told["features"]), target=told["target"]), []


def _is_there(uri: str) -> bool:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return any(listed.key == key for listed in storage.listing(bucket=bucket, prefix=key))
