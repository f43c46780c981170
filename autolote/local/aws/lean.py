"""Importing no more of moto than is used: EC2 takes two seconds and a hundred megabytes.

The Step Functions interpreter asks moto.batch for one enumeration, and that package's `__init__`
imports EC2 with its tables of instance types and zones. Here the one module is imported without the
package. Whoever asks for EC2 or Batch later gets the whole, with our replacements in it.
"""

import importlib
import importlib.abc
import importlib.util
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import moto


def import_interpreter() -> None:
    """Import the interpreter; to be called before anything else imports it."""
    if "moto.batch" in sys.modules:
        return
    stand_in = types.ModuleType("moto.batch")
    stand_in.__path__ = [str(Path(moto.__file__).parent / "batch")]
    sys.modules["moto.batch"] = stand_in
    try:
        importlib.import_module("moto.stepfunctions.parser.models")
    finally:
        del sys.modules["moto.batch"]
        vars(moto).pop("batch", None)


class _Watcher(importlib.abc.MetaPathFinder):
    """Does something as soon as a module has been imported by whoever needs it."""

    def __init__(self) -> None:
        self.waiting: dict[str, Callable[[], None]] = {}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        """The spec that the other finders give, with what is to be done after its execution."""
        then = self.waiting.pop(fullname, None)
        if then is None:
            return None
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_and_then(module: types.ModuleType) -> None:
            execute(module)
            then()

        spec.loader.exec_module = execute_and_then  # type: ignore[method-assign]
        return spec


_WATCHER = _Watcher()


def when_imported(module: str, then: Callable[[], None]) -> None:
    """Call `then` once `module` has been imported, now if it has been already."""
    if module in sys.modules:
        then()
        return
    if _WATCHER not in sys.meta_path:
        sys.meta_path.insert(0, _WATCHER)
    _WATCHER.waiting[module] = then
