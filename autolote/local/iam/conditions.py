"""The Condition element: whether a request meets it.

Sources:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from autolote.local.iam.keys import canonical
from autolote.local.iam.model import PolicyError, Value
from autolote.local.iam.operators import OPERATORS, Operator
from autolote.local.iam.patterns import NoValue, filled_in, has_variable, texts

Quantifier = Literal["", "ForAllValues", "ForAnyValue"]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One operator, one key, its values. All conditions of a statement must be met.

    Attributes:
        operator: None for Null, which asks whether the key is there at all.
        key: as it is written; keys are not case-sensitive.
    """

    operator: Operator | None
    quantifier: Quantifier
    if_exists: bool
    key: str
    values: tuple[str, ...]
    name: str
    variables: bool

    def met(self, context: Mapping[str, Value]) -> bool:
        """Whether the request's keys meet it.

        Args:
            context: the request's keys, in lower case.

        Raises:
            PolicyError: it cannot be evaluated: an unknown key, a malformed value.
        """
        held = context.get(canonical(self.key))
        given = (held,) if isinstance(held, str) else tuple(held or ())
        if self.operator is None:
            return _is_null(self.values) == (not given)
        if not given:
            return self._without_key(self.operator)
        if self.quantifier == "" and not isinstance(held, str):
            raise PolicyError(
                f"{self.key} has several values, so {self.name} needs ForAnyValue: or ForAllValues:"
            )
        each = [self._one(self.operator, value, context) for value in given]
        return any(each) if self.quantifier == "ForAnyValue" else all(each)

    def _without_key(self, operator: Operator) -> bool:
        if self.if_exists or self.quantifier == "ForAllValues":
            return True
        return operator.negated and self.quantifier == ""

    def _one(self, operator: Operator, given: str, context: Mapping[str, Value]) -> bool:
        """Whether one value of the request meets it: one policy value, or when negated, none."""
        values = _filled(self.values, context) if self.variables else self.values
        found = any(operator.compare(given, value) for value in values)
        return found != operator.negated


def conditions(element: Mapping[str, Any], *, variables: bool) -> tuple[Condition, ...]:
    """The conditions of a Condition element.

    Args:
        element: operator -> key -> value or values.
        variables: whether `${...}` in a value means a variable.

    Raises:
        PolicyError: an operator that does not exist.
    """
    if not isinstance(element, Mapping):
        raise PolicyError(f"Condition is {element!r} and must be an object")
    return tuple(
        _condition(name, key, values, variables=variables)
        for name, keys in element.items()
        for key, values in keys.items()
    )


def _condition(name: str, key: str, values: Any, *, variables: bool) -> Condition:
    quantifier, _, bare = name.rpartition(":")
    if quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise PolicyError(f"{name!r}: {quantifier!r} is neither ForAllValues nor ForAnyValue")
    if_exists = bare.endswith("IfExists")
    operator = OPERATORS.get(bare.removesuffix("IfExists"))
    null = bare == "Null"
    if operator is None and not null:
        raise PolicyError(f"{name!r} is no condition operator")
    return Condition(
        operator=None if null else operator,
        quantifier=quantifier,  # type: ignore[arg-type]
        if_exists=if_exists,
        key=key,
        values=texts(values),
        name=name,
        variables=variables,
    )


def _is_null(values: Sequence[str]) -> bool:
    if list(values) not in (["true"], ["false"]):
        raise PolicyError(f"Null takes true or false, and not {list(values)}")
    return values[0] == "true"


def _filled(values: Sequence[str], context: Mapping[str, Value]) -> list[str]:
    """The values, without those whose variables have no value: these match nothing."""
    found = []
    for value in values:
        try:
            found.append(filled_in(value, context) if has_variable(value) else value)
        except NoValue:
            continue
    return found
