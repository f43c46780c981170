"""The generated parts of docs/architecture.md: pictures and tables of what is really deployed.

They are read from the synthesized templates below cdk.out/, never from the code that made them.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from autolote.generated_parts import fill

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "architecture.md"
ENVIRONMENT = "prod"
STACKS = ("storage", "network", "identity", "image", "pipeline", "domain")

ASSET_HASH = re.compile(r"\b[0-9a-f]{64}\b")  # another one after each edit of the source

Resources = Mapping[str, Mapping[str, Any]]


class Deployment:
    """The templates of one environment, and the names that their resources go by in prose."""

    def __init__(self, cdk_out: Path) -> None:
        folder = cdk_out / f"assembly-{ENVIRONMENT}"
        self.templates: dict[str, Any] = {}
        for stack in STACKS:
            for path in folder.glob(f"{ENVIRONMENT}{stack}*.template.json"):
                self.templates[stack] = json.loads(path.read_text(encoding="utf-8"))
        self._exports = {
            output["Export"]["Name"]: output["Value"]
            for template in self.templates.values()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }

    def resources(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The short name and the properties of every resource of a CloudFormation type."""
        for template in self.templates.values():
            for logical_id, resource in sorted(template["Resources"].items()):
                if resource["Type"] == kind:
                    yield short(logical_id), resource["Properties"]

    def text(self, value: Any) -> str:
        """What a property's value says, with references by the short name of what they refer to."""
        match value:
            case {"Fn::ImportValue": name}:
                return self.text(self._exports[name])
            case {"Fn::GetAtt": [logical_id, *_]} | {"Ref": logical_id}:
                return short(logical_id)
            case {"Fn::Join": [separator, parts]}:
                return str(separator).join(self.text(part) for part in parts)
            case {"Fn::Sub": text}:
                return str(text)
            case _:
                return ASSET_HASH.sub("<asset>", str(value))


def short(logical_id: str) -> str:
    """A logical id without the hash that CDK ends it with."""
    if logical_id.startswith("AWS::"):
        return f"<{logical_id.removeprefix('AWS::')}>"
    return re.sub(r"[0-9A-F]{8}$", "", logical_id)


def _matched(value: Any) -> str:
    """One value of an event pattern: itself, or what it begins with."""
    return f"{value['prefix']}*" if isinstance(value, dict) else str(value)


def states(deployment: Deployment) -> str:
    """A picture of the state machine."""
    [(_, machine)] = deployment.resources("AWS::StepFunctions::StateMachine")
    definition = json.loads(deployment.text(machine["DefinitionString"]))
    every = definition["States"]
    [cleanup] = {
        catch["Next"]
        for state in every.values()
        for catch in state.get("Catch", [])
        if catch["ResultPath"] == "$.error"
    }
    guarded = [name for name, state in every.items() if _catches(state, cleanup)]
    lines = ["flowchart TD", f"  start((start)) --> {definition['StartAt']}"]
    lines += [f"  {_shape(name, state)}" for name, state in every.items()]
    lines += [f"  {edge}" for name, state in every.items() for edge in _edges(name, state)]
    lines += [f"  any>an error in any of the {len(guarded)} green states] -.-> {cleanup}"]
    lines += ["  classDef guarded stroke:#2a7", f"  class {','.join(guarded)} guarded"]
    return _fenced(lines)


def _catches(state: Mapping[str, Any], cleanup: str) -> bool:
    return any(catch["Next"] == cleanup for catch in state.get("Catch", []))


def _shape(name: str, state: Mapping[str, Any]) -> str:
    shapes = {"Choice": "{%s?}", "Wait": "[/%s/]", "Succeed": "([%s])", "Fail": "([%s])"}
    return name + shapes.get(state["Type"], "[%s]") % name


def _edges(name: str, state: Mapping[str, Any]) -> Iterator[str]:
    for choice in state.get("Choices", []):
        yield f"{name} -- {_condition(choice)} --> {choice['Next']}"
    if "Default" in state:
        yield f"{name} -- otherwise --> {state['Default']}"
    if "Next" in state:
        yield f"{name} --> {state['Next']}"


def _condition(choice: Mapping[str, Any]) -> str:
    if "Or" in choice:
        return " or ".join(_condition(part) for part in choice["Or"])
    if "StringEquals" in choice:
        return str(choice["StringEquals"])
    return "absent" if "IsPresent" in choice else "null"


def flow(deployment: Deployment) -> str:
    """A picture of what starts a run and what it touches."""
    lines = ["flowchart LR"]
    for name, rule in deployment.resources("AWS::Events::Rule"):
        pattern = rule["EventPattern"]
        bus = deployment.text(rule.get("EventBusName", "default bus"))
        sources = " or ".join(_matched(source) for source in pattern["source"])
        event = f"{sources}: {' '.join(pattern['detail-type'])}"
        lines.append(f'  {name}Event(["{event}<br/>on {bus}"]) --> {name}["rule {name}"]')
        for target in rule["Targets"]:
            lines.append(f"  {name} --> {deployment.text(target['Arn'])}")
            dead_letters = deployment.text(target["DeadLetterConfig"]["Arn"])
            lines.append(f"  {name} -. not delivered .-> {dead_letters}")
    for name, schedule in deployment.resources("AWS::Scheduler::Schedule"):
        target = deployment.text(schedule["Target"]["Arn"])
        lines.append(f'  {name}(["{schedule["ScheduleExpression"]}"]) --> {target}')
    lines += _flow_of_runs(deployment)
    return _fenced(dict.fromkeys(lines))


def _flow_of_runs(deployment: Deployment) -> Iterator[str]:
    [(machine, properties)] = deployment.resources("AWS::StepFunctions::StateMachine")
    text = deployment.text(properties["DefinitionString"])
    called = []
    rules = [rule for _, rule in deployment.resources("AWS::Events::Rule")]
    by_events = {deployment.text(target["Arn"]) for rule in rules for target in rule["Targets"]}
    for name, function in deployment.resources("AWS::Lambda::Function"):
        if "STATE_MACHINE_ARN" in function.get("Environment", {}).get("Variables", {}):
            yield f"  {name} -- StartExecution --> {machine}[[state machine]]"
        if f'"{name}"' in text:
            called.append(name)
        if name in by_events:
            dead_letters = deployment.text(function["DeadLetterConfig"]["TargetArn"])
            yield f"  {name} -. fails .-> {dead_letters}"
    yield f'  {machine} -- each state --> steps["{len(called)} Lambda functions"]'
    yield '  steps --> sagemaker["SageMaker: AutoML, training and transform jobs"]'
    for name, _ in deployment.resources("AWS::SNS::Topic"):
        yield f"  {machine} -- succeeded or failed --> {name}>topic]"
    for name, _ in deployment.resources("AWS::SQS::Queue"):
        yield f"  {name}[(dead letters)]"
    for name, bucket in deployment.resources("AWS::S3::Bucket"):
        if "NotificationConfiguration" in bucket:
            yield f'  steps --> {name}[("bucket {name}")]'
            yield f"  sagemaker --> {name}"


def inventory(deployment: Deployment) -> str:
    """A table of every resource, by stack and type."""
    rows = []
    for stack, template in deployment.templates.items():
        by_type = defaultdict(list)
        for logical_id, resource in template["Resources"].items():
            by_type[resource["Type"]].append(short(logical_id))
        for kind, names in sorted(by_type.items()):
            rows.append([stack, f"`{kind}`", str(len(names)), ", ".join(sorted(names))])
    return _table(["stack", "type", "count", "resources"], rows)


def roles(deployment: Deployment) -> str:
    """A table of every role: who assumes it, and all that it may do."""
    granted: dict[str, list[str]] = defaultdict(list)
    for _, policy in deployment.resources("AWS::IAM::ManagedPolicy"):
        for role in policy.get("Roles", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                granted[deployment.text(role)].append(_statement(deployment, statement))
    rows = []
    for name, role in deployment.resources("AWS::IAM::Role"):
        trust = role["AssumeRolePolicyDocument"]["Statement"]
        services = sorted({statement["Principal"]["Service"] for statement in trust})
        title = name.removesuffix("Role")
        rows.append([title, ", ".join(services), "<br/>".join(granted[name])])
    return _table(["role", "assumed by", "may"], rows)


def _statement(deployment: Deployment, statement: Mapping[str, Any]) -> str:
    resources = [_without_arn(deployment.text(item)) for item in _list(statement["Resource"])]
    never = "never " if statement["Effect"] == "Deny" else ""
    text = f"{never}{', '.join(_list(statement['Action']))} on `{'`, `'.join(resources)}`"
    conditions = statement.get("Condition", {})
    keys = sorted({key for operands in conditions.values() for key in operands})
    return text + (f" if `{'`, `'.join(keys)}`" if keys else "")


def _without_arn(resource: str) -> str:
    """The part of an ARN that differs between resources of one account and Region."""
    found = re.fullmatch(r"arn:[^:]*:([^:]*):[^:]*:[^:]*:(.*)", resource)
    return f"{found[1]}:{found[2]}" if found else resource


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _fenced(lines: Sequence[str] | Mapping[str, None]) -> str:
    return "\n".join(["```mermaid", *lines, "```"])


def _table(head: list[str], rows: list[list[str]]) -> str:
    rule = ["---"] * len(head)
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])


PARTS = {"states": states, "flow": flow, "inventory": inventory, "roles": roles}


def render(cdk_out: Path) -> str:
    """The document as it should be: its prose, and every generated part made anew.

    Raises:
        ValueError: the document lacks the markers of a part.
    """
    deployment = Deployment(cdk_out)
    return fill(DOCUMENT, {name: make(deployment) for name, make in PARTS.items()})


def write(root: Path = ROOT) -> Path:
    """Bring the document up to date with the templates below `root`/cdk.out; returns its path."""
    DOCUMENT.write_text(render(root / "cdk.out"), encoding="utf-8")
    return DOCUMENT


def main() -> None:
    """`python -m autolote.diagrams`: after a synthesis, bring the document up to date."""
    sys.stdout.write(f"wrote {write()}\n")


if __name__ == "__main__":
    main()
