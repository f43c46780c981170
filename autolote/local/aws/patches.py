"""Replacing a part of moto, and refusing to start when that part is no longer what we assumed.

moto is pinned, and every replacement states the signature of what it replaces. When moto changes
under us, `replace` raises at start, with the name of the part, instead of the account misbehaving.
"""

import inspect
from collections.abc import Callable
from typing import Any

REPLACED: dict[str, str] = {}
"""What was replaced in this process: dotted name -> the signature moto has there."""


class MotoChangedError(RuntimeError):
    """A part of moto that the local account replaces is gone, or has another signature."""


def original(owner: Any, name: str, *, signature: str | None = None) -> Any:
    """What stands at `owner.name`, after a check that it is what we assume.

    Args:
        owner: a moto module or class.
        name: the attribute.
        signature: parameter names of the callable, `"self, name, value"`; None for something
            that is not called.

    Raises:
        MotoChangedError: the attribute is missing or its parameters are others.
    """
    where = f"{getattr(owner, '__module__', owner.__name__)}.{owner.__name__}.{name}"
    found = inspect.getattr_static(owner, name, None)
    if found is None:
        raise MotoChangedError(f"{where} is gone: the local account was written for moto 5.2.5")
    taken = type(found).__name__
    if signature is not None:
        taken = ", ".join(inspect.signature(_function(found)).parameters)
        if taken != signature:
            raise MotoChangedError(f"{where} takes ({taken}), and ({signature}) was expected")
    REPLACED[where] = taken
    return getattr(found, "__func__", found)


def put(owner: Any, name: str, replacement: Any) -> None:
    """Let `replacement` stand at `owner.name` from now on."""
    setattr(owner, name, replacement)


def replace(owner: Any, name: str, replacement: Any, *, signature: str | None = None) -> None:
    """`original`, then `put`: for a replacement that does not call what it replaces."""
    original(owner, name, signature=signature)
    put(owner, name, replacement)


def _function(original: Any) -> Callable[..., Any]:
    if isinstance(original, property):
        return original.fget  # type: ignore[return-value]
    function: Callable[..., Any] = getattr(original, "__func__", original)
    return function
