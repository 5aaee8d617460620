# SPDX-License-Identifier: Apache-2.0
"""The page's sources: whole by the strictest types, of a size to read, and built as they are."""

import json
import subprocess
from pathlib import Path

import pytest

from development.set_up.page import DASHBOARD, MODULES, node_program, sources_sha256
from development.set_up.steps import WORK

SOURCES = sorted((DASHBOARD / "src").rglob("*.*"))
LINES_MAX, COLUMNS_MAX, MODULES_MAX = 400, 100, 12
WRITTEN = "// Written by `python -m development.page.api_types`"
FORBIDDEN = ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "document.write", "any;")


def test_the_types_hold() -> None:
    node = node_program()
    if node is None or not (MODULES / "typescript").is_dir():
        pytest.skip("TypeScript is not installed: python3 scripts/setup.py dev")
    command = [str(node), str(MODULES / "typescript" / "bin" / "tsc"), "--noEmit"]
    done = subprocess.run(
        command, cwd=DASHBOARD, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_source_is_of_a_size_to_read_and_has_its_notice(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    if path.suffix in {".svg", ".json"}:  # A drawing: nobody reads it, and JSON knows no comment.
        return
    assert "SPDX-License-Identifier: Apache-2.0" in lines[0]
    # What a command writes of the API's description nobody reads from end to end.
    assert len(lines) <= LINES_MAX or WRITTEN in lines[1]
    assert [line for line in lines if len(line) > COLUMNS_MAX] == []


def test_no_source_turns_text_into_markup_or_code() -> None:
    code = {path.name: path.read_text("utf-8") for path in SOURCES if path.suffix == ".ts"}
    assert {(name, one) for name, text in code.items() for one in FORBIDDEN if one in text} == set()


def test_no_folder_has_more_than_a_dozen_modules() -> None:
    folders = {path.parent for path in SOURCES}
    assert {one.name for one in folders if len(list(one.glob("*"))) > MODULES_MAX} == set()


def test_what_is_built_is_what_is_written() -> None:
    mark = WORK / "page.json"
    if not mark.exists():
        pytest.skip("the page was not built by the set-up: python3 scripts/setup.py dev")
    assert json.loads(mark.read_text()) == {"sources": sources_sha256()}, "scripts/setup.py dev"


def test_every_package_is_locked_by_its_hash_and_pinned() -> None:
    lock = json.loads((DASHBOARD / "package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert [name for name, one in packages.items() if not one.get("integrity")] == []
    wanted = json.loads((DASHBOARD / "package.json").read_text())
    pinned = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert all(version.replace(".", "").isdigit() for version in pinned.values()), pinned
    assert pinned["vite"].startswith("8.3.")
