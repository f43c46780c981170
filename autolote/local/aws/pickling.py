"""Pickling moto's backends: what they hold that a pickle cannot, and how it is made anew.

Locks, events and threads of a loaded state are new ones. A running execution is kept without its
worker: it is started again from its input.
"""

import importlib
import io
import marshal
import pickle
import threading
import time
import types
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from moto.core.base_backend import BackendDict
from moto.stepfunctions.parser.backend.execution import Execution

ATTEMPTS = 20
_PEM = (
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)


def services() -> Iterator[tuple[str, BackendDict[Any]]]:
    """Every service of moto that is in use, by a name under which it is found again."""
    for found in list(BackendDict._instances):  # type: ignore[misc]
        yield _name(found), found


def service(name: str) -> BackendDict[Any]:
    """The service of a name.

    Raises:
        LookupError: this moto has none of that name.
    """
    module, _, backend = name.partition(":")
    for found in vars(importlib.import_module(module)).values():
        if isinstance(found, BackendDict) and found.backend.__name__ == backend:
            return found
    raise LookupError(f"moto has no {name}")


def dump(content: Callable[[], Any]) -> bytes:
    """The pickle of a content; made again when a request changed something in the middle of it."""
    for attempt in range(ATTEMPTS):
        sink = io.BytesIO()
        try:
            Pickler(sink, protocol=pickle.HIGHEST_PROTOCOL).dump(content())
        except RuntimeError:  # "dictionary changed size during iteration"
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.02)
        else:
            return sink.getvalue()
    raise AssertionError("the loop returns or raises")


class Pickler(pickle.Pickler):
    """A pickler that asks the table below first."""

    def reducer_override(self, obj: Any) -> Any:
        """How an object is made again."""
        for kinds, reduce in _REDUCERS:
            if isinstance(obj, kinds):
                return reduce(obj)
        return NotImplemented


def _name(found: BackendDict[Any]) -> str:
    return f"{found.backend.__module__}:{found.backend.__name__}"


def _of_function(found: types.FunctionType) -> Any:
    """Factories of default dictionaries, which moto writes where no name reaches them."""
    if "<lambda>" not in found.__qualname__:
        return NotImplemented
    return _function, (found.__module__, marshal.dumps(found.__code__))


def _function(module: str, code: bytes) -> Any:
    return types.FunctionType(marshal.loads(code), vars(importlib.import_module(module)))


def _of_default_dictionary(found: defaultdict[Any, Any]) -> Any:
    """A class of moto's own may want more than the factory to be made."""
    if type(found) is defaultdict:
        return NotImplemented
    items = iter(list(found.items()))
    return _bare, (type(found), found.default_factory), vars(found), None, items


def _bare(kind: type[defaultdict[Any, Any]], factory: Any) -> Any:
    made = kind.__new__(kind)
    made.default_factory = factory
    return made


def _new(kind: Any) -> Any:
    return kind.__new__(kind)


def _nothing() -> None:
    return None


def _private_key(pem: bytes) -> Any:
    return serialization.load_pem_private_key(pem, password=None)


_REDUCERS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (BackendDict, lambda found: (service, (_name(found),))),
    (Execution, lambda found: (_new, (Execution,), {**vars(found), "exec_worker": None})),
    (type(threading.Lock()), lambda found: (threading.Lock, ())),
    (type(threading.RLock()), lambda found: (threading.RLock, ())),
    (threading.Event, lambda found: (threading.Event, ())),
    (threading.Thread, lambda found: (_nothing, ())),
    (weakref.WeakValueDictionary, lambda found: (type(found), (dict(found),))),
    (defaultdict, _of_default_dictionary),
    (types.FunctionType, _of_function),
    (
        (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey),
        lambda found: (_private_key, (found.private_bytes(*_PEM),)),
    ),
)
