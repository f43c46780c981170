"""What a template says when its parameters keep their defaults, and what no template can break."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from autolote.audit import checks, settling
from autolote.audit.model import Environment
from tests.audit.defects import Copy
from tests.template.assembly import Assembly

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Type": "String", "Default": "prod"},
        "Days": {"Type": "Number", "Default": 30},
        "Subnet": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/path"},
        "Open": {"Type": "String"},
    },
    "Conditions": {
        "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
        "IsDev": {"Fn::Not": [{"Condition": "IsProd"}]},
        "IsOpen": {"Fn::Equals": [{"Ref": "Open"}, "yes"]},
        "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsDev"}]},
        "Either": {"Fn::Or": [{"Condition": "IsDev"}, {"Condition": "IsProd"}]},
        "Unsure": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsOpen"}]},
    },
}


@pytest.mark.parametrize(
    ("value", "settled"),
    [
        ({"Ref": "Stage"}, "prod"),
        ({"Ref": "Days"}, "30"),
        ({"Ref": "Subnet"}, {"Ref": "Subnet"}),
        ({"Ref": "Open"}, {"Ref": "Open"}),
        ({"Fn::If": ["IsProd", "a", "b"]}, "a"),
        ({"Fn::If": ["IsDev", "a", "b"]}, "b"),
        ({"Fn::If": ["IsOpen", "a", "b"]}, "a"),
        ({"Fn::If": ["Both", "a", "b"]}, "b"),
        ({"Fn::If": ["Either", "a", "b"]}, "a"),
        ({"Fn::If": ["Unsure", "a", "b"]}, "a"),
        ({"kept": 1, "left": {"Fn::If": ["IsDev", 2, {"Ref": "AWS::NoValue"}]}}, {"kept": 1}),
        ([1, {"Ref": "AWS::NoValue"}], [1]),
    ],
)
def test_defaults_are_put_in_and_conditions_decided(value: Any, settled: Any) -> None:
    """As far as the template says; what it leaves open stays, and its condition may hold."""
    template = {**TEMPLATE, "Resources": {"One": {"Type": "any", "Properties": {"it": value}}}}
    assert settling.resources(template)["One"]["Properties"] == {"it": settled}


def test_a_resource_whose_condition_does_not_hold_is_not_there() -> None:
    """It would not be deployed."""
    given = {"Dev": {"Type": "any", "Condition": "IsDev"}, "Prod": {"Type": "any"}}
    assert [*settling.resources({**TEMPLATE, "Resources": given})] == ["Prod"]


@pytest.mark.parametrize("seed", range(12))
def test_no_shape_of_a_value_breaks_a_rule(seed: int, assembly: Assembly, tmp_path: Path) -> None:
    """Templates of others hold intrinsic functions where ours hold texts; none ends the audit."""
    numbers = random.Random(seed)
    templates = Copy(Environment(assembly.folder, "prod"))
    for template in templates.templates.values():
        for resource in template["Resources"].values():
            resource["Properties"] = _disturbed(resource.get("Properties", {}), numbers)
    assert checks.findings(templates.write(tmp_path))


def _disturbed(value: Any, numbers: random.Random) -> Any:
    """A value in which one in fifty parts is of another shape."""
    if numbers.random() < 0.02:
        return numbers.choice(
            [
                {"Ref": "Unknown"},
                {"Fn::If": ["Unknown", value, {"Ref": "AWS::NoValue"}]},
                {"Fn::Transform": {"Name": "any"}},
                {"Fn::GetAtt": "Unknown.Arn"},
                {"Fn::Sub": ["${part}", {"part": {"Ref": "Unknown"}}]},
                *("text", "", [], {}, None, 7, True, [value]),
            ]
        )
    if isinstance(value, dict):
        return {key: _disturbed(part, numbers) for key, part in value.items()}
    if isinstance(value, list):
        return [_disturbed(part, numbers) for part in value]
    return value
