# SPDX-License-Identifier: Apache-2.0
"""What the tests of the house look at: the files of the repository, as git would publish them."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {".git", ".venv", "var", "build", "dist", "__pycache__", "node_modules"}
LOOSE = {".coverage", ".hypothesis"}
"""Of tools too, at the top of the clone."""


@pytest.fixture(scope="session")
def root() -> Path:
    """The clone."""
    return ROOT


@pytest.fixture(scope="session")
def published() -> list[Path]:
    """Every file that is in git or would be with the next commit. Skips outside a checkout."""
    # The owner of a checkout in a container is often someone else, which git refuses unless told.
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    try:
        listed = subprocess.run(
            command, cwd=ROOT, capture_output=True, check=True, timeout=60
        ).stdout.decode()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"not a git checkout: {error}")
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="session")
def files() -> list[Path]:
    """Every file of the clone that people wrote, with or without git."""
    found = []
    for folder, inner, names in os.walk(ROOT):
        # What tools left is not gone into: the packages of a clone are twenty times its own files.
        inner[:] = [each for each in inner if not _is_of_tools(each)]
        at = Path(folder)
        if at == ROOT:
            inner[:] = [each for each in inner if each not in LOOSE]
        ours = [each for each in names if each not in LOOSE and not _is_of_tools(each)]
        found += [at / each for each in ours if (at / each).is_file()]
    return found


def _is_of_tools(name: str) -> bool:
    return name in NOT_OURS or name.endswith((".egg-info", "_cache"))


@pytest.fixture(scope="session")
def modules(files: list[Path]) -> list[Path]:
    """The modules of the packages."""
    packages = {"edge_agent", "fusion_service", "privacy_audit", "wire_contract"}
    return [
        path
        for path in files
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in packages
    ]
