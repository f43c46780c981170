"""Importing moto's Step Functions interpreter without all of EC2.

The interpreter asks moto.batch for one enumeration, and that package's `__init__` imports EC2 with
its tables of instance types and zones: more than a second and a hundred megabytes. Here the one
module is imported without the package. Whoever asks for EC2 or Batch later gets the whole.
"""

import importlib
import sys
import types
from pathlib import Path

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
