"""State CreateModel: make a SageMaker model of what was trained, or of an existing model.

CreateModel is not idempotent and has no ResourceInUse (service model), so the name is looked at
first: a model that is there already and is the same is used again.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from rules import inference, jobs, names
from rules.violations import Violation

from steps import aws, environment, errors, existing_model, runtime, trained_model
from steps.environment import Environment


def work(state: runtime.Event, env: Environment) -> runtime.Result:
    """The model as `$.model` tells it.

    Raises:
        InvalidRequest: the model cannot write the columns that the request asks for.
        JobNameTaken: every name of this run's model belongs to another model.
        NoCandidate: the AutoML job no longer has the candidate.
        NoModel: the training job left no model.txt in its archive.
    """
    plan = state["plan"]
    output = plan["score"]["output"] if plan["score"] else None
    kind, problem, classes = _kind(state, env)
    wanted = inference.keys(problem_type=problem, output=output, classes=classes)
    written = inference.columns(problem_type=problem, output=output, classes=classes)
    if plan["score"]:
        rule = inference.too_wide(ids=len(plan["score"]["id_columns"]), written=written)
        if rule:
            raise errors.InvalidRequest([existing_model.too_wide(rule)])
    containers = _containers(state, env, kind, wanted)
    # Only a container that reads the model from S3 itself needs a network.
    name, arn = _create(plan, containers, env, isolated=kind == "script")
    return {
        "model_name": name,
        "model_arn": arn,
        "kind": kind,
        "problem_type": problem,
        "classes": classes,
        "output_columns": list(written),
    }


def _kind(state: runtime.Event, env: Environment) -> tuple[str, str, int | None]:
    """The kind of model, its kind of problem, and the classes of a LightGBM model."""
    plan = state["plan"]
    if plan["how"] == "automl":
        return "automl", state["training"]["problem_type"], None
    if plan["how"] == "script":
        told = trained_model.head(state["training"]["model_uri"], env)
        return "script", told.problem_type, told.classes
    return plan["model"]["kind"], plan["model"]["problem_type"], plan["model"].get("classes")


def _containers(
    state: runtime.Event, env: Environment, kind: str, wanted: tuple[str, ...]
) -> list[dict[str, Any]]:
    plan = state["plan"]
    ids = {name: plan[name] for name in ("project_id", "experiment_id")}
    trained = plan["model"] if plan["how"] == "existing" else state["training"]
    if kind == "automl":
        return _automl_containers(plan, trained, wanted)
    image = environment.variable("SCORING_IMAGE")
    if kind == "script":
        container = inference.trained_container(
            image=image, model_uri=trained["model_uri"], wanted=wanted, **ids
        )
    else:
        container = inference.model_text_container(
            image=image,
            bucket=env.data_bucket,
            key=plan["model"]["key"],
            version_id=plan["model"]["version_id"],
            wanted=wanted,
            **ids,
        )
    return [container]


def _automl_containers(
    plan: Mapping[str, Any], trained: Mapping[str, Any], wanted: tuple[str, ...]
) -> list[dict[str, Any]]:
    if plan["how"] == "automl":
        job, candidate = trained["job_name"], trained["candidate"]["name"]
    else:
        job, candidate = trained["automl_job_name"], trained["candidate"]
    described = aws.client("sagemaker").describe_auto_ml_job_v2(AutoMLJobName=job)
    best = described.get("BestCandidate", {})
    if best.get("CandidateName") != candidate:
        raise errors.NoCandidate(f"the best candidate of {job} is no longer {candidate}.")
    try:
        return inference.automl_containers(best["InferenceContainers"], wanted=wanted)
    except inference.OutputNotSupportedError as error:
        fix = "Ask for other columns, or leave score.output out."
        violation = Violation(field="score.output", value=list(wanted), rule=str(error), fix=fix)
        raise errors.InvalidRequest([violation]) from error


def _create(
    plan: Mapping[str, Any], containers: list[dict[str, Any]], env: Environment, *, isolated: bool
) -> tuple[str, str]:
    for attempt in range(1, names.MAX_ATTEMPTS + 1):
        name = names.model_name(prefix=env.prefix, run_id=plan["run_id"], attempt=attempt)
        payload = jobs.model(
            name=name,
            containers=containers,
            role_arn=environment.variable("SCORING_ROLE_ARN"),
            isolated=isolated,
            around=env.surroundings(plan),
        )
        existing = _described(name)
        if existing is None:
            return name, aws.client("sagemaker").create_model(**payload)["ModelArn"]
        if jobs.model_identity(existing) == jobs.model_identity(payload):
            return name, existing["ModelArn"]
    raise errors.JobNameTaken(
        f"all {names.MAX_ATTEMPTS} names of this run's model belong to other models; "
        "send the request again with a new token."
    )


def _described(name: str) -> Mapping[str, Any] | None:
    try:
        model: Mapping[str, Any] = aws.client("sagemaker").describe_model(ModelName=name)
        return model
    except ClientError as error:
        if errors.is_missing(error):
            return None
        raise


handler = runtime.step(work)
