"""An audit as Markdown, JSON and SARIF, and what of the page needs no browser to be seen."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from autolote.audit import report
from autolote.audit.report.locations import lines_of_resources
from autolote.audit.result import AuditResult
from tests.report import audits, sample

RENDERERS: dict[str, Callable[[AuditResult], str]] = {
    "html": report.render_html,
    "json": report.render_json,
    "markdown": report.render_markdown,
    "sarif": report.render_sarif,
}
SCHEMA = json.loads((Path(report.__file__).with_name("schema.json")).read_text())
SARIF_SCHEMA = json.loads((Path(__file__).with_name("sarif.schema.json")).read_text())


@pytest.fixture
def audit(tmp_path: Path) -> AuditResult:
    """The sample, with a finding of every fate."""
    return audits.of_sample(tmp_path)


@pytest.mark.parametrize("form", RENDERERS)
def test_the_same_audit_is_the_same_text(tmp_path: Path, form: str) -> None:
    """Byte for byte, wherever the templates lie, so that a report can be compared and committed."""
    first, second = (audits.of_sample(tmp_path / name) for name in ("here", "there"))
    assert RENDERERS[form](first) == RENDERERS[form](second)


def test_the_json_is_as_its_schema_says(audit: AuditResult) -> None:
    """Every field is documented, and nothing else is in it."""
    document = json.loads(report.render_json(audit))
    jsonschema.validate(document, SCHEMA, format_checker=jsonschema.FormatChecker())
    assert not document["passed"]
    assert document["open"][1]["location"]["file"] == "sample/main.template.json"
    assert document["facts"]["matrix"]["main/StepRole"] == {"s3": ["Write"]}


def test_the_schema_knows_nothing_that_is_not_there() -> None:
    """`additionalProperties: false` everywhere: the schema says all there is."""
    objects = re.findall(r'"required"', json.dumps(SCHEMA))
    closed = re.findall(r'"additionalProperties": false', json.dumps(SCHEMA))
    assert len(closed) == len(objects) - 2  # the two that only ask for one more field


def test_the_sarif_is_sarif(audit: AuditResult) -> None:
    """By the part of the standard's schema that describes what is written here."""
    log = json.loads(report.render_sarif(audit))
    jsonschema.validate(log, SARIF_SCHEMA, format_checker=jsonschema.FormatChecker())
    assert [run["tool"]["driver"]["name"] for run in log["runs"]] == [
        "autolote",
        "cdk-nag",
        "cfn-lint",
        "checkov",
    ]


def test_sarif_says_where_a_finding_stands_and_why_one_is_accepted(audit: AuditResult) -> None:
    """File and line of the resource, the rule's help; suppressions with their justification."""
    runs = {r["tool"]["driver"]["name"]: r for r in json.loads(report.render_sarif(audit))["runs"]}
    [result] = runs["autolote"]["results"]
    place = result["locations"][0]["physicalLocation"]
    text = audit.environment.paths["main"].read_text().splitlines()
    assert '"Topic": {' in text[place["region"]["startLine"] - 1]
    assert place["artifactLocation"]["uri"] == "sample/main.template.json"
    [rule] = runs["autolote"]["tool"]["driver"]["rules"]
    assert rule["help"]["text"] == "Name an address in notification_emails"
    assert result["suppressions"] == []
    reasons = [r["suppressions"][0]["justification"] for r in runs["cdk-nag"]["results"]]
    assert reasons == [
        "scoped-resource: the bucket is ours and the key begins with requests/",
        "The sample has one bucket, which would log into itself (data-platform, until 2027-05-31)",
    ]


@pytest.mark.parametrize("indent", [None, 1, 4])
def test_lines_are_found_however_a_template_is_written(indent: int | None) -> None:
    """Also where another key of the template holds an object of the same name."""
    template = {"Outputs": {"B": {"Value": "}{"}}, "Resources": {"A": {"x": [{}]}, "B": {}}}
    text = json.dumps(template, indent=indent)
    lines = text.splitlines()
    found = list(lines_of_resources(text))
    assert [name for name, _ in found] == ["A", "B"]
    for name, line in found:
        assert f'"{name}": {{' in lines[line - 1]
    assert indent is None or found[1][1] > found[0][1] > 3


def test_markdown_tells_the_verdict_the_findings_and_every_section(audit: AuditResult) -> None:
    """What a pull request shows first is what is open."""
    text = report.render_markdown(audit)
    assert text.startswith("# Audit of sample: 2 open findings\n")
    assert "- `main/Data` **Ensure the S3 bucket has access logging enabled**" in text
    assert "warning of checkov `CKV_AWS_18`" in text
    for title in ("Who may do what", "Data flow", "Encryption", "Network", "Waivers", "Inventory"):
        assert f"\n## {title}\n" in text
    assert "data-platform" in text
    assert "2027-05-31" in text


def test_markdown_keeps_markup_from_templates_as_text(tmp_path: Path) -> None:
    """No tag, no cell and no emphasis comes from a resource's name."""
    text = report.render_markdown(audits.hostile(tmp_path))
    outside_code = re.sub(r"`[^`\n]*`", "", text)
    assert "<script" not in outside_code
    assert "<img" not in outside_code
    for line in text.splitlines():
        if line.startswith("| "):
            assert len(re.findall(r"(?<!\\)\|", line)) == len(re.findall(r"(?<!\\)\| ", line)) + 1


def test_an_audit_without_findings_says_so_everywhere(tmp_path: Path) -> None:
    """A reader must not have to count."""
    passed = audits.audit(sample.environment(tmp_path, {"main": sample.resources()}))
    said = "Passed: no finding is left without a valid waiver"
    assert said in report.render_markdown(passed)
    assert said in report.render_html(passed)
    assert json.loads(report.render_json(passed))["passed"]


def test_an_environment_without_resources_still_makes_every_report(tmp_path: Path) -> None:
    """Nothing to tell is told."""
    empty = audits.audit(sample.environment(tmp_path, {"main": {}}))
    for render in RENDERERS.values():
        assert render(empty)


class Tags(HTMLParser):
    """Collects the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_loads_nothing_and_allows_only_its_own_script(audit: AuditResult) -> None:
    """No address but within the page, no handler or style in a tag, hashes in the policy."""
    page = report.render_html(audit)
    tags = Tags()
    tags.feed(page)
    for tag, attributes in tags.found:
        assert not {"src", "style", "action", "data"} & attributes.keys(), (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert str(attributes.get("href", "#")).startswith("#")
    for tag in ("style", "script"):
        [inner] = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in page
        assert "http" not in re.sub(r"/\*.*?\*/", "", inner)
    assert "default-src 'none'" in page


def test_ids_are_unique_and_links_lead_somewhere(audit: AuditResult) -> None:
    """Also where two logical ids differ only in their hash."""
    tags = Tags()
    tags.feed(report.render_html(audit))
    ids = [attributes["id"] for _, attributes in tags.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in tags.found:
        target = attributes.get("href")
        assert target is None or target[1:] in ids
