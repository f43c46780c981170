"""State machines: every state is bounded and caught, and everything ends."""

from __future__ import annotations

from collections.abc import Iterator

from autolote.audit import arns, shapes
from autolote.audit.checks.registry import Hit, Subject
from autolote.audit.definitions import Flow, State, flows, resource_of, tasks
from autolote.audit.model import Environment, Resource

MACHINES = Subject("State machines")
_DG = "https://docs.aws.amazon.com/step-functions/latest/dg/"
_BOUNDS = ("TimeoutSeconds", "TimeoutSecondsPath")
_MOST_ATTEMPTS = 100


def _machines(environment: Environment) -> list[Resource]:
    return environment.of_type("AWS::StepFunctions::StateMachine")


def _flows(environment: Environment) -> Iterator[Flow]:
    for machine in _machines(environment):
        yield from flows(machine)


def _tasks(environment: Environment) -> Iterator[tuple[Resource, str, State]]:
    for machine in _machines(environment):
        for name, state in tasks(machine):
            yield machine, name, state


@MACHINES.check(
    "machine-timeout",
    title="Every execution ends",
    remedy="Set TimeoutSeconds in the definition, above what the longest run takes",
    aws=_DG + "sfn-stuck-execution.html",
)
def machine_timeout(environment: Environment) -> Iterator[Hit]:
    for flow in _flows(environment):
        if flow.outermost and not flow.seconds:
            yield Hit(at=flow.machine, message="lets an execution run for a year")


@MACHINES.check(
    "machine-log",
    title="What an execution does is logged",
    remedy="Set LoggingConfiguration.Level to ALL, with a log group",
    aws=_DG + "cw-logs.html",
)
def machine_log(environment: Environment) -> Iterator[Hit]:
    for machine in _machines(environment):
        level = machine.get("LoggingConfiguration.Level")
        if level != "ALL" or not machine.get("LoggingConfiguration.Destinations"):
            yield Hit(at=machine, message=f"logs {level or 'nothing'}")


@MACHINES.check(
    "machine-log-data",
    title="What an execution works on stays out of its log",
    remedy="Set LoggingConfiguration.IncludeExecutionData to false",
    aws=_DG + "cw-logs.html",
    severity="warning",
)
def machine_log_data(environment: Environment) -> Iterator[Hit]:
    for machine in _machines(environment):
        if machine.get("LoggingConfiguration.IncludeExecutionData") is True:
            yield Hit(at=machine, message="writes inputs and outputs into its log")


@MACHINES.check(
    "machine-tracing",
    title="Executions are traced",
    remedy="Set TracingConfiguration.Enabled",
    aws=_DG + "concepts-xray-tracing.html",
    severity="warning",
)
def machine_tracing(environment: Environment) -> Iterator[Hit]:
    for machine in _machines(environment):
        if machine.get("TracingConfiguration.Enabled") is not True:
            yield Hit(at=machine, message="is not traced")


@MACHINES.check(
    "state-timeout",
    title="Every task is bounded",
    remedy="Set TimeoutSeconds: without one, a task whose answer is lost waits for ever",
    aws=_DG + "sfn-stuck-execution.html",
)
def state_timeout(environment: Environment) -> Iterator[Hit]:
    for machine, name, state in _tasks(environment):
        if not any(state.get(bound) for bound in _BOUNDS):
            yield Hit(at=machine, detail=name, message=f"task {name} has no TimeoutSeconds")


@MACHINES.check(
    "state-catch",
    title="Every task's failure is caught",
    remedy="Catch States.ALL, and stop there what the run started",
    aws=_DG + "concepts-error-handling.html",
)
def state_catch(environment: Environment) -> Iterator[Hit]:
    for machine, name, state in _tasks(environment):
        caught = {
            str(error)
            for catch in shapes.mappings(state.get("Catch"))
            for error in shapes.items(catch.get("ErrorEquals"))
        }
        if "States.ALL" not in caught:
            yield Hit(at=machine, detail=name, message=f"task {name} does not catch States.ALL")


@MACHINES.check(
    "state-retry",
    title="Every task is tried again when a service is busy",
    remedy="Retry what is transient (Lambda.ServiceException, throttling), with BackoffRate",
    aws=_DG + "concepts-error-handling.html",
)
def state_retry(environment: Environment) -> Iterator[Hit]:
    for machine, name, state in _tasks(environment):
        if not state.get("Retry"):
            yield Hit(at=machine, detail=name, message=f"task {name} is tried once")


@MACHINES.check(
    "state-retry-bounded",
    title="No task is tried for ever",
    remedy=f"Set MaxAttempts to {_MOST_ATTEMPTS} at most, and MaxDelaySeconds",
    aws=_DG + "concepts-error-handling.html",
)
def state_retry_bounded(environment: Environment) -> Iterator[Hit]:
    for machine, name, state in _tasks(environment):
        for retry in shapes.mappings(state.get("Retry")):
            attempts = shapes.number(retry.get("MaxAttempts", 3)) or 0
            if attempts > _MOST_ATTEMPTS:
                yield Hit(
                    at=machine, detail=name, message=f"task {name} is tried {attempts:g} times more"
                )


@MACHINES.check(
    "state-unreachable",
    title="An execution can come to every state",
    remedy="Remove the state, or lead to it",
    aws=_DG + "concepts-states.html",
)
def unreachable(environment: Environment) -> Iterator[Hit]:
    for flow in _flows(environment):
        for name in sorted(set(flow.states) - flow.reachable()):
            yield Hit(at=flow.machine, detail=name, message=f"no execution comes to {name}")


@MACHINES.check(
    "state-next",
    title="Every state leads to one that is there",
    remedy="Correct the name after Next, Default or StartAt",
    aws=_DG + "concepts-states.html",
)
def next_state(environment: Environment) -> Iterator[Hit]:
    for flow in _flows(environment):
        named = [(name, after) for name in flow.states for after in flow.next_of(name)]
        for name, after in [("StartAt", flow.start), *named]:
            if after not in flow.states:
                yield Hit(
                    at=flow.machine,
                    detail=name,
                    message=f"{name} leads to {after}, which is not there",
                )


@MACHINES.check(
    "choice-default",
    title="Every choice knows what to do when nothing matches",
    remedy="Set Default, to a state that fails by name",
    aws=_DG + "state-choice.html",
)
def choice_default(environment: Environment) -> Iterator[Hit]:
    for flow in _flows(environment):
        for name, state in flow.states.items():
            if state.get("Type") == "Choice" and not state.get("Default"):
                yield Hit(
                    at=flow.machine,
                    detail=name,
                    message=f"choice {name} fails with States.NoChoiceMatched",
                )


@MACHINES.check(
    "state-loop",
    title="Every loop waits, and can be left",
    remedy="Put a Wait state into the loop, and a Choice that leaves it: an execution may have "
    "25,000 events",
    aws=_DG + "service-quotas.html",
)
def loop(environment: Environment) -> Iterator[Hit]:
    for flow in _flows(environment):
        seen: set[str] = set()
        for name in flow.states:
            inside = flow.loops_through(name)
            if not inside or name in seen:
                continue
            seen |= inside
            waits = any(flow.states[one].get("Type") == "Wait" for one in inside)
            left = any(set(flow.next_of(one)) - inside for one in inside)
            if not waits or not left:
                missing = "never waits" if not waits else "cannot be left"
                yield Hit(
                    at=flow.machine,
                    detail=name,
                    message=f"the loop of {', '.join(sorted(inside))} {missing}",
                )


@MACHINES.check(
    "state-function-timeout",
    title="A task waits longer than its function may run",
    remedy="Set the task's TimeoutSeconds above the function's Timeout: else the task is given up "
    "while the function goes on",
    aws=_DG + "connect-lambda.html",
)
def function_timeout(environment: Environment) -> Iterator[Hit]:
    for machine, name, state in _tasks(environment):
        seconds = state.get("TimeoutSeconds")
        for function in functions_of(machine, state):
            runs = function.number("Timeout") or 3
            if isinstance(seconds, int) and seconds <= runs:
                yield Hit(
                    at=machine,
                    detail=name,
                    message=f"task {name} waits {seconds} s for {function.name}, which may run "
                    f"{runs:g} s",
                )


def functions_of(machine: Resource, state: State) -> list[Resource]:
    """The functions of ours that a task invokes."""
    texts = [
        resource_of(machine, state),
        str(shapes.mapping(state.get("Parameters")).get("FunctionName", "")),
    ]
    found = (arns.owner(machine.environment, text) for text in texts)
    return [one[0] for one in found if one and one[0].type == "AWS::Lambda::Function"]
