"""Who gains and who loses which action on what, and which conditions are looser or tighter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autolote.audit import arns
from autolote.audit.difference.changes import Change, Weight, masked, ordered
from autolote.audit.facts.conditions import Condition
from autolote.audit.facts.statements import Statement, statements
from autolote.audit.facts.words import Words
from autolote.audit.model import Environment

_HOW = {
    "identity": "",
    "resource": "",
    "trust": " (trust)",
    "boundary": " (boundary)",
    "endpoint": " (endpoint policy)",
}


@dataclass(frozen=True, kw_only=True)
class _Grant:
    """One action on one resource; `holder` tells endpoint policies apart."""

    principal: str
    kind: str
    holder: str
    allows: bool
    action: str
    resource: str
    conditions: tuple[Condition, ...]


def permissions(before: Environment, after: Environment) -> tuple[Change, ...]:
    """What changes between two environments, by principal."""
    old_words, new_words = Words(before), Words(after)
    old = _grants(statements(before, old_words))
    new = _grants(statements(after, new_words))
    limits = _limits(old) ^ _limits(new)
    return ordered(
        [
            *_differences([g for g in new if _limit(g) not in limits], old, new_words, gained=True),
            *_differences(
                [g for g in old if _limit(g) not in limits], new, old_words, gained=False
            ),
            *_boundaries(limits, new=_limits(new)),
        ]
    )


def _limit(one: _Grant) -> tuple[str, str, str]:
    """What a boundary or an endpoint's policy limits; ("", "", "") for what grants."""
    return (one.kind, one.principal, one.holder) if one.kind in ("boundary", "endpoint") else _NONE


_NONE = ("", "", "")


def _limits(grants: list[_Grant]) -> set[tuple[str, str, str]]:
    return {_limit(one) for one in grants} - {_NONE}


def _boundaries(
    limits: set[tuple[str, str, str]], *, new: set[tuple[str, str, str]]
) -> Iterator[Change]:
    """A limit that comes or goes as a whole grants and takes nothing action by action. An endpoint
    that is new or gone, or its policy, is told of with the network."""
    for kind, principal, holder in sorted(limits):
        if kind == "boundary":
            added = (kind, principal, holder) in new
            says = "has a permissions boundary now" if added else "has no permissions boundary now"
            yield Change(weight="better" if added else "worse", who=principal, says=says)


def _grants(said: Iterable[Statement]) -> list[_Grant]:
    return [
        _Grant(
            principal=principal.name,
            kind=statement.kind,
            holder=statement.source if statement.kind == "endpoint" else "",
            allows=statement.allows,
            action=action,
            resource=masked(resource),
            conditions=statement.conditions,
        )
        for statement in said
        for principal in statement.principals
        for action in statement.actions
        for resource in statement.resources or ("*",)
    ]


def _differences(
    these: list[_Grant], others: list[_Grant], words: Words, *, gained: bool
) -> Iterator[Change]:
    """What of `these` the others do not cover: gained if these are the later ones, else lost."""
    by_principal: dict[tuple[str, str, str, bool], list[_Grant]] = defaultdict(list)
    for one in others:
        by_principal[_key(one)].append(one)
    groups: dict[tuple[_Grant, bool], list[str]] = defaultdict(list)
    for one in these:
        reaching = [o for o in by_principal[_key(one)] if _reaches(o, one)]
        if any(_implied(one.conditions, o.conditions) for o in reaching):
            continue
        group = _Grant(**{**vars(one), "action": ""})
        groups[group, bool(reaching)].append(one.action)
    for (group, narrower), actions in groups.items():
        yield _change(group, sorted(set(actions)), words, gained=gained, conditional=narrower)


def _key(one: _Grant) -> tuple[str, str, str, bool]:
    return (one.principal, one.kind, one.holder, one.allows)


def _reaches(wide: _Grant, narrow: _Grant) -> bool:
    return arns.reaches(wide.action.lower(), narrow.action.lower()) and arns.reaches(
        wide.resource, narrow.resource
    )


def _implied(narrow: tuple[Condition, ...], wide: tuple[Condition, ...]) -> bool:
    """Whether whatever meets the narrow conditions meets the wide ones."""
    return all(any(_tighter(one, condition) for one in narrow) for condition in wide)


def _tighter(narrow: Condition, wide: Condition) -> bool:
    if (narrow.operator, narrow.key) != (wide.operator, wide.key):
        return False
    if "Not" in narrow.operator:
        return set(wide.values) <= set(narrow.values)
    return all(any(arns.reaches(w, n) for w in wide.values) for n in narrow.values)


def _change(
    group: _Grant, actions: list[str], words: Words, *, gained: bool, conditional: bool
) -> Change:
    verb = _VERBS[group.allows, gained, conditional]
    weight: Weight = "worse" if group.allows == gained else "better"
    on = words.target(group.resource).words
    conditions = " and ".join(masked(one.said(words)) for one in group.conditions)
    says = f"{verb} {', '.join(actions)} on {on}"
    if conditions:
        says += f" if {conditions}"
    holder = f" through {group.holder}" if group.holder else ""
    return Change(weight=weight, who=group.principal, says=f"{says}{holder}{_HOW[group.kind]}")


# Allows, gained, reached before or after too but under other conditions.
_VERBS = {
    (True, True, False): "gains",
    (True, False, False): "loses",
    (True, True, True): "gains, under looser conditions,",
    (True, False, True): "keeps only under tighter conditions",
    (False, True, False): "is newly denied",
    (False, False, False): "is no longer denied",
    (False, True, True): "is denied in more cases",
    (False, False, True): "is denied in fewer cases:",
}
