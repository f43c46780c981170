"""Run cfn-lint for a Region on the templates on the command line; prints JSON. See lint.py."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cfnlint.api import lint
from cfnlint.config import ManualArgs


def main(region: str, paths: list[str]) -> None:
    """Print every match: stack, rule, message, and the path within the template."""
    matches: list[dict[str, Any]] = [
        {
            "stack": Path(path).stem,
            "rule": match.rule.id,
            "message": match.message,
            "path": list(getattr(match, "path", None) or []),
        }
        for path in paths
        for match in lint(Path(path).read_text("utf-8"), config=ManualArgs(regions=[region]))
    ]
    sys.stdout.write(json.dumps({"version": version("cfn-lint"), "matches": matches}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
