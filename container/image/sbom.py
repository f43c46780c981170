"""The image's bill of materials: Python's packages as cyclonedx-py lists them, Debian's, and ours.

    python sbom.py --python python.json --version HASH --output sbom.json

CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/), the same bytes for the same image: no time
and no serial number.
"""

import argparse
import json
import platform
import subprocess
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

OWN = "autolote-scoring"
FORMAT = "${Package}\t${Version}\t${Architecture}\t${db:Status-Status}\n"


def debian_component(line: str, *, distribution: str) -> dict[str, Any] | None:
    """One line of dpkg-query as a component; None for what is not installed (any more)."""
    name, version, architecture, status = line.split("\t")
    if status != "installed":
        return None
    # https://github.com/package-url/purl-spec/blob/main/types-doc/deb-definition.md
    place = f"pkg:deb/debian/{quote(name)}@{quote(version, safe=':')}"
    purl = f"{place}?arch={architecture}&distro={distribution}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def interpreter() -> Iterator[dict[str, Any]]:
    """Python itself, which the base image compiles and no package lists, and what came with it."""
    version = platform.python_version()
    purl = f"pkg:generic/python@{version}"
    name = "python"
    yield {"type": "application", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    for found in metadata.distributions():
        name, version = found.metadata["Name"], found.version
        purl = f"pkg:pypi/{name.lower()}@{version}"
        ref = f"{purl}#base"  # the virtual environment may hold the same
        yield {"type": "library", "bom-ref": ref, "name": name, "version": version, "purl": purl}


def document(
    python: Mapping[str, Any], dpkg: str, *, distribution: str, version: str
) -> dict[str, Any]:
    """The whole document.

    Args:
        python: what cyclonedx-py wrote about the virtual environment.
        dpkg: what dpkg-query printed with `FORMAT`.
        distribution: of Debian, as `debian-12`.
        version: of our own image, the hash of what it is made of.
    """
    debian = (debian_component(line, distribution=distribution) for line in dpkg.splitlines())
    own = f"pkg:generic/{OWN}@{version}"
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "container",
                "bom-ref": own,
                "name": OWN,
                "version": version,
                "purl": own,
            },
            "tools": python.get("metadata", {}).get("tools", {}),
        },
        "components": [
            *python["components"],
            *interpreter(),
            *(component for component in debian if component),
        ],
        "dependencies": python.get("dependencies", []),
    }


def main() -> None:
    """Write the document of the machine this runs on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    dpkg = subprocess.run(
        ["dpkg-query", "--show", f"--showformat={FORMAT}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    release = platform.freedesktop_os_release()
    made = document(
        json.loads(given.python.read_text(encoding="utf-8")),
        dpkg,
        distribution=f"{release['ID']}-{release['VERSION_ID']}",
        version=given.version,
    )
    given.output.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
