"""The states of one run, from the validation of its request to its manifest."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks import functions as f
from stacks.constructs import tasks
from stacks.constructs.job_loop import job_loop
from stacks.functions import FunctionSpec

REQUEST_WITH_EXECUTION = {
    "state.$": "$",
    "execution": {
        "id.$": "$$.Execution.Id",
        "name.$": "$$.Execution.Name",
        "started_at.$": "$$.Execution.StartTime",
    },
}
# The functions that prepare, start and describe scoring do so for golden rows when told.
OF_GOLDEN_ROWS = {"part": "golden", "state.$": "$"}


class RunDefinition:
    """Builds the states below `scope`. Whatever goes wrong leads to StopJobs.

    To train or to score in another way takes one more branch of `HowToTrain` or `HasScoring`, one
    more pair of functions and one more `job_loop`.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        environment: str,
        functions: Mapping[str, lambda_.IFunction],
        topic: sns.ITopic,
    ) -> None:
        self._scope = scope
        self._environment = environment
        self._functions = functions
        self._topic = topic

    def build(self) -> sfn.IChainable:
        """The first state, with all others behind it."""
        self._failed = self._failure_path()
        self._unknown_status = self._unknown(
            "UnknownStatus", "SageMaker reports a job status that this state machine does not know"
        )
        create_model = self._task(f.CREATE_MODEL, "$.model")
        gate = self._task(f.PASSES_GATE, "$.gate").next(create_model)
        publish = self._task(f.PUBLISH_MANIFEST, "$.manifest")
        publish.next(self._success_path())
        create_model.next(
            sfn.Choice(self._scope, "HasScoring")
            .when(_is_absent("$.plan.score"), publish)
            .otherwise(self._score_by_transform(then=publish))
        )
        automl = self._train("AutoML", f.START_AUTOML, f.DESCRIBE_AUTOML, then=gate)
        script = self._train("Training", f.START_TRAINING, f.DESCRIBE_TRAINING, then=gate)
        validate = self._task(f.VALIDATE_REQUEST, "$.plan", payload=REQUEST_WITH_EXECUTION)
        return validate.next(
            sfn.Choice(self._scope, "HowToTrain")
            .when(_is("$.plan.how", "automl"), automl)
            .when(_is("$.plan.how", "script"), script)
            .when(_is("$.plan.how", "existing"), create_model)
            .otherwise(
                self._unknown(
                    "UnknownChoice",
                    sfn.JsonPath.format(
                        "No branch of HowToTrain is named {}", sfn.JsonPath.string_at("$.plan.how")
                    ),
                )
            )
        )

    def _train(
        self, job: str, start: FunctionSpec, describe: FunctionSpec, *, then: sfn.IChainable
    ) -> sfn.IChainable:
        """One way to train: a job that leaves its model and its metrics at `$.training`."""
        loop = job_loop(
            self._scope,
            job=job,
            at="$.training",
            start=self._start_task(start, "$.training"),
            describe=self._task(describe, "$.training"),
            otherwise=self._unknown_status,
        )
        loop.when_completed(then)
        return loop.start

    def _score_by_transform(self, *, then: sfn.IChainable) -> sfn.IChainable:
        loop = job_loop(
            self._scope,
            job="Transform",
            at="$.scoring",
            start=self._start_task(f.START_TRANSFORM, "$.scoring"),
            describe=self._task(f.DESCRIBE_TRANSFORM, "$.scoring"),
            otherwise=self._unknown_status,
        )
        loop.when_completed(self._task(f.VERIFY_OUTPUT, "$.verification").next(then))
        prepare = self._task(f.PREPARE_INPUT, "$.input").next(loop.start)
        return (
            sfn.Choice(self._scope, "HasGolden")
            .when(_is_absent("$.plan.score.golden"), prepare)
            .otherwise(self._check_golden_rows(then=prepare))
        )

    def _check_golden_rows(self, *, then: sfn.IChainable) -> sfn.IChainable:
        """The model, in its container, has to predict what is stored before it scores."""
        told = {"result": "$.golden", "payload": OF_GOLDEN_ROWS}
        prepare = self._task(f.PREPARE_INPUT, name="PrepareGolden", **told)
        loop = job_loop(
            self._scope,
            job="Golden",
            at="$.golden",
            start=self._start_task(f.START_TRANSFORM, name="StartGolden", **told),
            describe=self._task(f.DESCRIBE_TRANSFORM, name="DescribeGolden", **told),
            otherwise=self._unknown_status,
        )
        loop.when_completed(self._task(f.CHECK_GOLDEN, "$.golden").next(then))
        return prepare.next(loop.start)

    def _success_path(self) -> sfn.IChainable:
        done = sfn.Succeed(self._scope, "Done")
        notify = tasks.publish_task(
            self._scope,
            "NotifySuccess",
            self._topic,
            subject=self._subject("succeeded"),
            message=sfn.JsonPath.string_at("$.manifest.summary"),
        )
        # The manifest is written: a message that does not get through makes no run fail.
        notify.add_catch(done, errors=["States.ALL"], result_path="$.notify_error")
        return notify.next(done)

    def _failure_path(self) -> sfn.IChainable:
        failed = sfn.Fail(
            self._scope, "RunFailed", error_path="$.error.Error", cause_path="$.error.Cause"
        )
        notify = tasks.publish_task(
            self._scope,
            "NotifyFailure",
            self._topic,
            subject=self._subject("failed"),
            message=sfn.JsonPath.format(
                "Run {} failed with {}: {} Execution: {}",
                sfn.JsonPath.string_at("$.run.run_id"),
                sfn.JsonPath.string_at("$.error.Error"),
                sfn.JsonPath.string_at("$.error.Cause"),
                sfn.JsonPath.string_at("$$.Execution.Id"),
            ),
        )
        notify.add_catch(failed, errors=["States.ALL"], result_path="$.notify_error")
        notify.next(failed)
        spec = f.STOP_JOBS
        stop = tasks.lambda_task(self._scope, spec, self._functions[spec.name], result="$.stopped")
        stop.add_catch(notify, errors=["States.ALL"], result_path="$.stop_error")
        return stop.next(notify)

    def _subject(self, outcome: str) -> str:
        return sfn.JsonPath.format(
            f"{self._environment} {outcome}: {{}}", sfn.JsonPath.string_at("$.run.run_id")
        )

    def _unknown(self, name: str, cause: str) -> sfn.IChainable:
        """A state that gives a run which cannot go on an error, as a task that fails would."""
        return sfn.Pass(
            self._scope,
            name,
            parameters={"Error": name, "Cause": cause},
            result_path="$.error",
        ).next(self._failed)

    def _task(
        self,
        spec: FunctionSpec,
        result: str,
        *,
        payload: dict[str, object] | None = None,
        name: str | None = None,
    ) -> sfn.TaskStateBase:
        task = tasks.lambda_task(
            self._scope,
            spec,
            self._functions[spec.name],
            result=result,
            payload=payload,
            name=name,
        )
        return self._guarded(task)

    def _start_task(
        self,
        spec: FunctionSpec,
        result: str,
        *,
        payload: dict[str, object] | None = None,
        name: str | None = None,
    ) -> sfn.TaskStateBase:
        task = tasks.start_task(
            self._scope,
            spec,
            self._functions[spec.name],
            result=result,
            payload=payload,
            name=name,
        )
        return self._guarded(task)

    def _guarded(self, task: sfn.TaskStateBase) -> sfn.TaskStateBase:
        return task.add_catch(self._failed, errors=["States.ALL"], result_path="$.error")


def _is(path: str, value: str) -> sfn.Condition:
    return sfn.Condition.string_equals(path, value)


def _is_absent(path: str) -> sfn.Condition:
    return sfn.Condition.or_(sfn.Condition.is_not_present(path), sfn.Condition.is_null(path))
