"""Functions: what they run on, what is seen of them, and what happens to what they fail at."""

from __future__ import annotations

from collections.abc import Iterator

from autolote.audit import access, arns, shapes
from autolote.audit.checks.delivery import STARTS
from autolote.audit.checks.machines import functions_of
from autolote.audit.checks.registry import Hit, Subject
from autolote.audit.definitions import resource_of, tasks
from autolote.audit.model import Environment, Reference, Resource

FUNCTIONS = Subject("Functions")
_DG = "https://docs.aws.amazon.com/lambda/latest/dg/"
# Runtimes that AWS has stopped, or will within the year: lambda-runtimes.html, "Deprecated".
DEPRECATED = (
    *("python2.7", "python3.6", "python3.7", "python3.8", "python3.9", "python3.10"),
    *("nodejs10.x", "nodejs12.x", "nodejs14.x", "nodejs16.x", "nodejs18.x", "nodejs20.x"),
    *("java8", "java8.al2", "go1.x", "provided", "ruby2.5", "ruby2.7", "ruby3.2"),
    *("dotnetcore2.1", "dotnetcore3.1", "dotnet5.0", "dotnet6", "dotnet7"),
)


def functions(environment: Environment) -> list[Resource]:
    """The Lambda functions of an environment."""
    return environment.of_type("AWS::Lambda::Function")


@FUNCTIONS.check(
    "function-runtime",
    title="Every function runs on what AWS still mends",
    remedy="Move to a newer runtime",
    aws=_DG + "lambda-runtimes.html",
)
def runtime(environment: Environment) -> Iterator[Hit]:
    for function in functions(environment):
        if function.get("Runtime") in DEPRECATED:
            yield Hit(at=function, message=f"runs on {function.get('Runtime')}")


@FUNCTIONS.check(
    "function-tracing",
    title="Calls of functions are traced",
    remedy="Set TracingConfig.Mode to Active",
    aws=_DG + "services-xray.html",
    severity="warning",
)
def tracing(environment: Environment) -> Iterator[Hit]:
    for function in functions(environment):
        if function.get("TracingConfig.Mode") != "Active":
            yield Hit(at=function, message="is not traced")


@FUNCTIONS.check(
    "function-concurrency",
    title="No function can use up the account's concurrency",
    remedy="Set ReservedConcurrentExecutions",
    aws=_DG + "configuration-concurrency.html",
    severity="warning",
)
def concurrency(environment: Environment) -> Iterator[Hit]:
    for function in functions(environment):
        if function.get("ReservedConcurrentExecutions") is None:
            yield Hit(at=function, message="may take all of the account's concurrency")


@FUNCTIONS.check(
    "function-url",
    title="No function answers to the internet without asking who calls",
    remedy="Remove the URL, or set AuthType to AWS_IAM",
    aws=_DG + "urls-auth.html",
)
def url(environment: Environment) -> Iterator[Hit]:
    for resource in environment.of_type("AWS::Lambda::Url"):
        if resource.get("AuthType") != "AWS_IAM":
            yield Hit(at=resource, message=f"has AuthType {resource.get('AuthType')}")


@FUNCTIONS.check(
    "function-log-group",
    title="Every function's log group is in the templates",
    remedy="Make the group, and name it in LoggingConfig.LogGroup: Lambda's own has no key, keeps "
    "everything for ever and stays when the stack goes",
    aws=_DG + "monitoring-cloudwatchlogs-loggroups.html",
)
def log_group(environment: Environment) -> Iterator[Hit]:
    for function in functions(environment):
        if not _log_groups(function):
            yield Hit(at=function, message="writes into a log group that Lambda makes")


@FUNCTIONS.check(
    "function-may-log",
    title="Every function may write its log",
    remedy="Allow its role logs:CreateLogStream and logs:PutLogEvents on the group",
    aws=_DG + "monitoring-cloudwatchlogs.html",
)
def may_log(environment: Environment) -> Iterator[Hit]:
    for function in functions(environment):
        for role in function.refers_to("Role", "AWS::IAM::Role"):
            for group in _log_groups(function):
                streams = [f"{arn}:log-stream:any" for arn in arns.arns(group)]
                written = [*streams, *arns.arns(group)]
                for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
                    if not access.role_may(role, action, *written):
                        yield Hit(
                            at=function,
                            detail=action,
                            message=f"{role.name} may not {action} on {group.name}",
                        )


@FUNCTIONS.check(
    "function-dead-letters",
    title="What a function fails at, when nobody waits for its answer, is kept",
    remedy="Set DeadLetterConfig, or OnFailure of an EventInvokeConfig",
    aws=_DG + "invocation-async-retain-records.html",
)
def dead_letters(environment: Environment) -> Iterator[Hit]:
    for function in functions(environment):
        callers = _asynchronous_callers(function)
        if callers and not function.get("DeadLetterConfig") and not _destination(function):
            yield Hit(
                at=function,
                message=f"is invoked by {callers[0].name} without waiting, and drops its failures",
            )


@FUNCTIONS.check(
    "function-may-dead-letter",
    title="A function may write into its dead-letter queue",
    remedy="Allow its role sqs:SendMessage on the queue, and kms:Decrypt and kms:GenerateDataKey "
    "on the queue's key through SQS",
    aws=_DG + "invocation-async-retain-records.html",
)
def may_dead_letter(environment: Environment) -> Iterator[Hit]:
    for function in functions(environment):
        for role in function.refers_to("Role", "AWS::IAM::Role"):
            for target in function.refers_to("DeadLetterConfig.TargetArn"):
                for said in _cannot_send(role, target):
                    yield Hit(at=function, detail=target.name, message=f"{role.name} {said}")


@FUNCTIONS.check(
    "machine-may-invoke",
    title="A state machine's role may do what each of its tasks does",
    remedy="Allow the action in the role's policy",
    aws="https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html",
)
def machine_may_invoke(environment: Environment) -> Iterator[Hit]:
    for machine in environment.of_type("AWS::StepFunctions::StateMachine"):
        for role in machine.refers_to("RoleArn", "AWS::IAM::Role"):
            if not access.trusts_service(role, "states.amazonaws.com"):
                yield Hit(at=machine, detail=role.name, message=f"cannot take on {role.name}")
            for name, state in tasks(machine):
                reached = list(functions_of(machine, state))
                topic = shapes.mapping(state.get("Parameters")).get("TopicArn")
                owned = topic and arns.owner(
                    environment, environment.text(topic, stack=machine.stack)
                )
                reached += [owned[0]] if owned else []
                said = [text for one in reached for text in _cannot_send(role, one)]
                said += _cannot_call(role, resource_of(machine, state))
                for text in said:
                    yield Hit(at=machine, detail=name, message=f"task {name}: {role.name} {text}")


def _cannot_send(role: Resource, target: Resource) -> list[str]:
    """What a role lacks to hand something to a function, a topic or a queue."""
    action = STARTS.get(target.type)
    if action is None:
        return []
    if not access.role_may(role, action, *arns.arns(target)):
        return [f"may not {action} {target.name}"]
    service = "sns" if target.type == "AWS::SNS::Topic" else "sqs"
    region = target.environment.region or "${AWS::Region}"
    through = {"kms:viaservice": [f"{service}.{region}.amazonaws.com"]}
    keys = target.refers_to("KmsMasterKeyId", "AWS::KMS::Key")
    return [
        f"may not {use} with {key.name}, which {target.name} is encrypted with"
        for key in keys
        for use in ("kms:Decrypt", "kms:GenerateDataKey")
        if not access.role_may(role, use, *arns.arns(key), context=through)
    ]


def _cannot_call(role: Resource, integration: str) -> list[str]:
    """What a role lacks for an SDK integration, as `...:states:::aws-sdk:s3:getObject`."""
    parts = integration.split(":states:::aws-sdk:")
    if len(parts) != 2:
        return []
    service, _, operation = parts[1].partition(":")
    action = f"{service}:{operation.partition('.')[0]}"
    return [] if access.role_may(role, action) else [f"may not {action}"]


def _asynchronous_callers(function: Resource) -> list[Resource]:
    """What invokes a function without waiting: rules, schedules, topics and buckets."""
    environment = function.environment
    found = []
    for rule in environment.of_type("AWS::Events::Rule"):
        values = [target.get("Arn") for target in rule.objects("Targets")]
        if function.reference in _bare(environment.references(values, stack=rule.stack)):
            found.append(rule)
    paths = {
        "AWS::Scheduler::Schedule": "Target.Arn",
        "AWS::SNS::Subscription": "Endpoint",
        "AWS::S3::Bucket": "NotificationConfiguration.LambdaConfigurations",
    }
    for caller in environment.of_type(*paths):
        if function.reference in _bare(caller.references(paths[caller.type])):
            found.append(caller)
    return found


def _bare(references: list[Reference]) -> list[Reference]:
    return [Reference(one.stack, one.logical_id) for one in references]


def _destination(function: Resource) -> bool:
    return any(
        function in config.refers_to("FunctionName") and config.get("DestinationConfig.OnFailure")
        for config in function.environment.of_type("AWS::Lambda::EventInvokeConfig")
    )


def _log_groups(function: Resource) -> list[Resource]:
    named = function.refers_to("LoggingConfig.LogGroup", "AWS::Logs::LogGroup")
    if named:
        return named
    name = function.text("FunctionName")
    groups = function.environment.of_type("AWS::Logs::LogGroup")
    own = (
        f"/aws/lambda/{name}"
        if name
        else f"/aws/lambda/${{{function.stack}/{function.logical_id}}}"
    )
    return [group for group in groups if group.text("LogGroupName") == own]
