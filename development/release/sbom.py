# SPDX-License-Identifier: Apache-2.0
"""Print what a box and a centre are made of.

A CycloneDX 1.6 bill of materials, as JSON, out of the lock, the lock of the page's packages and the
models' cards.

The same clone gives the same bytes: serial number and time follow from what is listed and from the
clone's last commit. Standard library only, so that nothing has to be installed to know what would
be.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from development.release.npm_lock import read_npm

ROOT = Path(__file__).resolve().parents[2]
SPEC = "1.6"
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def main() -> None:
    """Print the bill of one lock, or write it to a file."""
    parser = argparse.ArgumentParser(prog="scripts/sbom", description=__doc__)
    parser.add_argument(
        "--lock",
        default="run",
        choices=["run", "dev"],
        help="what runs (the default), or also what tests",
    )
    parser.add_argument("--out", type=Path, help="a file to write; without it the bill is printed")
    given = parser.parse_args()
    text = json.dumps(bill(ROOT, given.lock), indent=2) + "\n"
    if given.out is None:
        sys.stdout.write(text)
    else:
        given.out.write_text(text, "utf-8")


def bill(root: Path, lock: str) -> dict[str, Any]:
    """Return the whole document."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    ours = f"pkg:pypi/{project['name']}@{project['version']}"
    packages = read_lock((root / "requirements" / f"{lock}.lock").read_text("utf-8"))
    models = [_model(path) for path in sorted((root / "models").glob("*/model.toml"))]
    page, page_wants = read_npm(root, with_tests=lock == "dev")
    components = [*map(_package, packages), *models, *page]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "version": 1,
        "metadata": {
            "timestamp": _time_of(root),
            "lifecycles": [{"phase": "pre-build"}],
            "tools": {
                "components": [
                    {"type": "application", "name": "scripts/sbom", "version": project["version"]}
                ]
            },
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": project["name"],
                "version": project["version"],
                "description": project["description"],
                "licenses": [{"license": {"id": project["license"]}}],
                "purl": ours,
            },
        },
        "components": components,
        "dependencies": [
            *_dependencies(ours, packages, [one["bom-ref"] for one in models], page_wants.pop("")),
            *({"ref": ref, "dependsOn": sorted(set(those))} for ref, those in page_wants.items()),
        ],
    }
    named = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).digest()
    return {**document, "serialNumber": f"urn:uuid:{uuid.UUID(bytes=named[:16], version=4)}"}


def read_lock(text: str) -> list[dict[str, Any]]:
    """Return each pin of a lock: name, version, marker, hashes, and by whom it is wanted.

    Raises SystemExit at a line that it cannot read.
    """
    packages: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _PIN.match(line):
            name, version, marker = found.groups()
            packages.append(
                {"name": name, "version": version, "marker": marker, "hashes": [], "via": []}
            )
        elif not packages or not line.startswith("    "):
            raise SystemExit(
                f"lock:{number}: got {line[:60]!r}, wanted a pin, its hash, or by whom it is "
                "wanted; run scripts/lock"
            )
        elif hashed := _HASH.search(line):
            packages[-1]["hashes"].append(hashed.group(1))
        elif wanted := line.strip().removeprefix("#").removeprefix(" via").strip():
            packages[-1]["via"].append(wanted)
    return packages


def _package(one: dict[str, Any]) -> dict[str, Any]:
    """Return a package as a component.

    Its files are several, a wheel for each platform: their hashes stand at the distribution.
    """
    component = {
        "type": "library",
        "bom-ref": _purl(one),
        "name": one["name"],
        "version": one["version"],
        "purl": _purl(one),
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{one['name']}/{one['version']}/",
                "hashes": [{"alg": "SHA-256", "content": each} for each in sorted(one["hashes"])],
            }
        ],
    }
    if one["marker"]:
        component["properties"] = [{"name": "people-count:only-where", "value": one["marker"]}]
    return component


def _model(path: Path) -> dict[str, Any]:
    """Return a model file as a component, by its card, without a hash where the card has none."""
    card = tomllib.loads(path.read_text("utf-8"))
    sha256 = card.get("sha256")
    known = {
        "version": sha256[:12],
        "hashes": [{"alg": "SHA-256", "content": sha256}],
    } if sha256 else {}  # fmt: skip
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model:{card['name']}",
        "name": card["name"],
        **known,
        "licenses": [{"license": {"id": card["licence"]}}],
        "externalReferences": [{"type": "distribution", "url": card["source"]}],
    }


def _dependencies(
    ours: str, packages: list[dict[str, Any]], models: list[str], page: list[str]
) -> list[dict[str, Any]]:
    """Return who wants whom.

    What nobody in the lock wants, or the project by name, is wanted by the project.
    """
    # One name may stand for two versions, each for some Pythons.
    refs: dict[str, list[str]] = {}
    for one in packages:
        refs.setdefault(one["name"], []).append(_purl(one))
    wants: dict[str, list[str]] = {ours: [*models, *page], **{ref: [] for ref in models}}
    wants |= {ref: [] for those in refs.values() for ref in those}
    for one in packages:
        by = [ref for name in one["via"] for ref in refs.get(name, [])]
        direct = not by or any(name.startswith(("people-count", "-")) for name in one["via"])
        for ref in [*by, *([ours] if direct else [])]:
            wants[ref].append(_purl(one))
    return [{"ref": ref, "dependsOn": sorted(set(those))} for ref, those in wants.items()]


def _purl(one: dict[str, Any]) -> str:
    return f"pkg:pypi/{one['name']}@{one['version']}"


def _time_of(root: Path) -> str:
    """Return when the clone was committed last.

    SOURCE_DATE_EPOCH where it is no clone, as builds agree on.
    """
    command = ["git", "-c", "safe.directory=*", "log", "-1", "--format=%ct"]
    try:
        done = subprocess.run(  # noqa: S603 - git itself
            command, cwd=root, check=True, capture_output=True, text=True, timeout=30
        )
        seconds = int(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        seconds = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
