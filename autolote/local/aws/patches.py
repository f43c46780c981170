"""Replacing a part of moto, and refusing to start when that part is no longer what we assumed.

moto is pinned, and every replacement states the signature of what it replaces. When moto changes
under us, `replace` raises at start, with the name of the part, instead of the account misbehaving.
"""

import inspect
from collections.abc import Callable
from typing import Any

REPLACED: dict[str, str] = {}
"""What was replaced in this process: dotted name -> the signature moto has there."""


class MotoChanged(RuntimeError):
    """A part of moto that the local account replaces is gone, or has another signature."""


def replace(owner: Any, name: str, replacement: Any, *, signature: str | None = None) -> Any:
    """Put `replacement` in the place of `owner.name`; returns what was there.

    Args:
        owner: a moto module or class.
        name: the attribute to replace.
        replacement: what stands there from now on.
        signature: parameter names of the replaced callable, `"self, name, value"`; None for
            something that is not called.

    Raises:
        MotoChanged: the attribute is missing or its parameters are others.
    """
    where = f"{getattr(owner, '__module__', owner.__name__)}.{owner.__name__}.{name}"
    original = inspect.getattr_static(owner, name, None)
    if original is None:
        raise MotoChanged(f"{where} is gone: the local account was written for moto 5.2.5")
    if signature is not None:
        found = ", ".join(inspect.signature(_function(original)).parameters)
        if found != signature:
            raise MotoChanged(f"{where} takes ({found}), and ({signature}) was expected")
        REPLACED[where] = found
    else:
        REPLACED[where] = type(original).__name__
    setattr(owner, name, replacement)
    return getattr(original, "__func__", original)


def _function(original: Any) -> Callable[..., Any]:
    if isinstance(original, property):
        return original.fget  # type: ignore[return-value]
    function: Callable[..., Any] = getattr(original, "__func__", original)
    return function
