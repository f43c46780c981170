"""State CreateModel: make a SageMaker model of the best candidate, or of an existing model.

CreateModel is not idempotent and has no ResourceInUse (service model), so the name is looked at
first: a model that is there already and is the same is used again.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from rules import inference, jobs, names
from rules.violations import Violation

from steps import aws, environment, errors, runtime
from steps.environment import Environment


def work(state: runtime.Event, env: Environment) -> runtime.Result:
    """The model as `$.model` tells it.

    Raises:
        InvalidRequest: the model cannot write the columns that the request asks for.
        JobNameTaken: every name of this run's model belongs to another model.
        NoCandidate: the AutoML job no longer has the candidate.
    """
    plan = state["plan"]
    output = plan["score"]["output"] if plan["score"] else None
    kind, problem = _kind(state)
    classes = (plan.get("model") or {}).get("classes")
    wanted = inference.keys(problem_type=problem, output=output, classes=classes)
    containers = _containers(state, env, kind, wanted)
    name, arn = _create(plan, containers, env)
    return {
        "model_name": name,
        "model_arn": arn,
        "kind": kind,
        "problem_type": problem,
        "output_columns": list(
            inference.columns(problem_type=problem, output=output, classes=classes)
        ),
    }


def _kind(state: runtime.Event) -> tuple[str, str]:
    if state["plan"]["how"] == "automl":
        return "automl", state["training"]["problem_type"]
    model = state["plan"]["model"]
    return model["kind"], model["problem_type"]


def _containers(
    state: runtime.Event, env: Environment, kind: str, wanted: tuple[str, ...]
) -> list[dict[str, Any]]:
    plan = state["plan"]
    if kind == "model.txt":
        container = inference.model_text_container(
            image=environment.variable("SCORING_IMAGE"),
            bucket=env.data_bucket,
            key=plan["model"]["key"],
            version_id=plan["model"]["version_id"],
            project_id=plan["project_id"],
            experiment_id=plan["experiment_id"],
            wanted=wanted,
        )
        return [container]
    if plan["how"] == "automl":
        job, candidate = state["training"]["job_name"], state["training"]["candidate"]["name"]
    else:
        job, candidate = plan["model"]["automl_job_name"], plan["model"]["candidate"]
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
    plan: Mapping[str, Any], containers: list[dict[str, Any]], env: Environment
) -> tuple[str, str]:
    for attempt in range(1, names.MAX_ATTEMPTS + 1):
        name = names.model_name(prefix=env.prefix, run_id=plan["run_id"], attempt=attempt)
        payload = jobs.model(
            name=name,
            containers=containers,
            role_arn=environment.variable("SCORING_ROLE_ARN"),
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
