# SPDX-License-Identifier: Apache-2.0
"""The commands that a newcomer and a CI start, and what they are made from."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest


def test_ci_runs_the_one_check_and_nothing_else(root: Path) -> None:
    lines = (root / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == [
        'exec "$(dirname "$0")/../scripts/test"'
    ]


@pytest.mark.parametrize(
    "name",
    [
        "scripts/demo",
        "scripts/test",
        "scripts/lock",
        "scripts/fifty",
        "scripts/other-machines",
        ".ci/run",
    ],
)
def test_a_command_can_be_started(name: str, root: Path) -> None:
    path = root / name
    assert os.access(path, os.X_OK)
    shell = path.read_text().splitlines()[0].split("/")[-1].split()[-1]
    assert subprocess.run([shell, "-n", str(path)], check=False, timeout=30).returncode == 0


def test_the_set_up_says_how_it_is_used(root: Path) -> None:
    command = [sys.executable, "-B", str(root / "scripts" / "setup.py"), "everything"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (2, "usage: python3 scripts/setup.py run|dev\n")


def pins(lock: Path) -> set[str]:
    """Return every `name==version ; marker` of a lock."""
    return {
        match.strip()
        for match in re.findall(r"^([a-z][^\s]*==[^\\\n]+)", lock.read_text(), re.MULTILINE)
    }


def test_the_lock_of_the_tests_holds_all_of_the_lock_of_the_demo(root: Path) -> None:
    # The set-up stands on it: an environment made for the tests also runs the demo.
    run, dev = (pins(root / "requirements" / f"{name}.lock") for name in ("run", "dev"))
    assert run
    assert run - dev == set()


def test_every_locked_package_has_its_hashes(root: Path) -> None:
    for name in ("run", "dev"):
        lock = root / "requirements" / f"{name}.lock"
        blocks = re.split(r"^(?=[a-z])", lock.read_text(), flags=re.MULTILINE)
        assert [
            block.split()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block
        ] == []


def test_every_dependency_is_locked(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    locked = {pin.split("==")[0] for pin in pins(root / "requirements" / "dev.lock")}
    wanted = [
        *project["dependencies"],
        *(
            name
            for extra in ("sensor", "fusion", "forecast", "model", "audit", "dev")
            for name in extras[extra]
        ),
    ]
    assert {re.split(r"[<>=~!\[; ]", name)[0].lower() for name in wanted} - locked == set()


def test_repeating_a_test_finds_one_that_does_not_always_come_out_the_same(
    root: Path, tmp_path: Path
) -> None:
    (tmp_path / "test_odd.py").write_text(
        "from pathlib import Path\n"
        "def test_odd():\n"
        "    runs = Path(__file__).with_name('runs')\n"
        "    runs.write_text((runs.read_text() if runs.exists() else '') + '.')\n"
        "    assert len(runs.read_text()) != 2\n"
    )
    command = [
        root / "scripts" / "fifty",
        "--times",
        "2",
        "--only",
        "alone",
        str(tmp_path / "test_odd.py"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1, done.stderr
    assert "alone: run 2 failed with 1: var/fifty/alone-2.log" in done.stdout
    assert "alone: 2 runs beside 0, 1 failed" in done.stdout
