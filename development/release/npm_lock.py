# SPDX-License-Identifier: Apache-2.0
"""What the page is built of, as components of a bill of materials, out of npm's own lock.

Rule: standard library only. A package that is nothing but a tool of the build is said to be out of
scope: nothing of it runs at a centre or in a browser.
"""

import base64
import json
from pathlib import Path
from typing import Any

LOCK = Path("dashboard") / "package-lock.json"
FOLDER = "node_modules/"
TOOLS = frozenset({"vite"})
"""What of the page's own dependencies only builds it; whatever these alone want is a tool too."""
Packages = dict[str, dict[str, Any]]


def read_npm(root: Path, *, with_tests: bool) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """Return the components, and who of them wants whom; those under "" are the page's own.

    with_tests: also what only tests of the page need.
    """
    packages: Packages = json.loads((root / LOCK).read_text("utf-8"))["packages"]
    kept = {
        path: one for path, one in packages.items() if path and (with_tests or not one.get("dev"))
    }
    shipped = _reached(packages, [one for one in packages[""]["dependencies"] if one not in TOOLS])
    components: dict[str, dict[str, Any]] = {}
    for path, one in sorted(kept.items()):
        components.setdefault(_purl(path, one), _component(path, one, is_tool=path not in shipped))
    wants: dict[str, list[str]] = {purl: [] for purl in components}
    for path, one in kept.items():
        wants[_purl(path, one)] += [
            _purl(each, kept[each]) for each in _wanted(packages, path, kept)
        ]
    direct = [FOLDER + name for name in _named(packages[""])]
    wants[""] = [_purl(path, kept[path]) for path in direct if path in kept]
    return list(components.values()), wants


def _component(path: str, one: dict[str, Any], *, is_tool: bool) -> dict[str, Any]:
    name = _name(path)
    algorithm, _, packed = one["integrity"].partition("-")
    digest = base64.b64decode(packed).hex()
    licence = one["license"]
    group, _, short = name.rpartition("/")
    return {
        "type": "library",
        "bom-ref": _purl(path, one),
        **({"group": group} if group else {}),
        "name": short,
        "version": one["version"],
        "scope": "excluded" if is_tool else "required",
        "licenses": [
            {"expression": licence} if " " in licence else {"license": {"id": licence}},
        ],
        "purl": _purl(path, one),
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://www.npmjs.com/package/{name}/v/{one['version']}",
                "hashes": [{"alg": f"SHA-{algorithm.removeprefix('sha')}", "content": digest}],
            }
        ],
    }


def _reached(packages: Packages, names: list[str]) -> set[str]:
    """Return where all lies that these packages need, themselves among it."""
    found, waiting = set[str](), [FOLDER + name for name in names]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _wanted(packages, path, packages)
    return found


def _wanted(packages: Packages, path: str, among: Packages) -> list[str]:
    """Return where what a package wants lies: beside it, or in a folder above, as Node looks."""
    found = []
    for name in _named(packages[path]):
        above = path
        while True:
            place = f"{above}/{FOLDER}{name}" if above else FOLDER + name
            if place in among:
                found.append(place)
                break
            if not above:
                break  # optional, and of another machine
            above = above.rpartition(f"/{FOLDER}")[0] if f"/{FOLDER}" in above else ""
    return found


def _named(one: dict[str, Any]) -> list[str]:
    kinds = ("dependencies", "optionalDependencies", "peerDependencies", "devDependencies")
    return [name for kind in kinds for name in one.get(kind, {})]


def _name(path: str) -> str:
    return path.rpartition(FOLDER)[2]


def _purl(path: str, one: dict[str, Any]) -> str:
    return f"pkg:npm/{_name(path).replace('@', '%40')}@{one['version']}"
