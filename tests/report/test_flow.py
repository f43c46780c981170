"""What sets what going, and who reads and writes where."""

from __future__ import annotations

from autolote.audit.facts.everything import Facts
from autolote.audit.facts.flow_parts import Edge, Flow, Node, collapsed


def test_the_flow_leads_from_the_event_to_what_keeps(facts: Facts) -> None:
    """Every step of a request's way is an edge, and so is where its failures go."""
    edges = {(e.source, e.target, e.kind) for e in facts.flow.edges}
    assert edges == {
        ("event: RunRequested from autolote", "main/Rule", "starts"),
        ("main/Rule", "main/StartFunction", "starts"),
        ("main/Rule", "main/Letters", "fails"),
        ("main/StartFunction", "main/Letters", "fails"),
        ("main/StartFunction", "main/Machine", "starts"),
        ("main/StartFunction", "main/JobsRole", "starts"),
        ("main/StartFunction", "main/Data", "reads"),
        ("main/Machine", "main/StepFunction", "starts"),
        ("main/StepFunction", "main/Data", "writes"),
        ("main/JobsRole", "main/Data", "reads"),
        ("main/Topic", "email address: team@example.com", "writes"),
        ("alarms to main/Topic: 1 alarm", "main/Topic", "alarms"),
    }


def test_names_are_short_and_say_what_things_are(facts: Facts) -> None:
    """The kind stands beside the name, so the name does not repeat it."""
    nodes = {node.id: (node.label, node.kind) for node in facts.flow.nodes}
    assert nodes["main/StartFunction"] == ("Start", "function")
    assert nodes["main/JobsRole"] == ("Jobs", "jobs")


def test_who_reads_and_writes_which_prefix(facts: Facts) -> None:
    """By what runs, not by its role; by the role where only SageMaker runs as it."""
    assert [(a.by, a.how, a.prefix) for a in facts.accesses] == [
        ("main/JobsRole", "reads", "*"),
        ("main/StartFunction", "reads", "requests/*"),
        ("main/StepFunction", "writes", "runs/*"),
    ]


def test_alike_nodes_become_one_when_there_are_too_many() -> None:
    """A thousand functions that one machine calls are one box that says so."""
    many = [Node(id=f"s/F{i}", label=f"F{i}", kind="function", where=f"s/F{i}") for i in range(100)]
    machine = Node(id="s/M", label="M", kind="state machine", where="s/M")
    edges = [Edge(source="s/M", target=node.id, kind="starts", label="invokes") for node in many]
    flow = Flow(nodes=tuple(sorted([*many, machine])), edges=tuple(sorted(edges)))
    small = collapsed(flow, limit=20)
    assert sorted(node.label for node in small.nodes) == ["100 functions", "M"]
    assert len(small.edges) == 1
    assert collapsed(flow, limit=101) == flow
