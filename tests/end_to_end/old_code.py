# SPDX-License-Identifier: Apache-2.0
"""The programs of a commit of before, with the libraries of this environment.

For example of the last one that spoke version 1 of the wire.
"""

import io
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAST_OF_VERSION_1 = "dacaec2"
Program = tuple[str | Path, ...]


def programs(tree: Path, commit: str = LAST_OF_VERSION_1) -> dict[str, Program]:
    """Lay the code of a commit out in `tree` and return its programs by name.

    Skips where the history is not there.
    """
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is missing, which has the earlier release: apt-get install git")
    archive = subprocess.run([git, "-C", ROOT, "archive", commit], capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"the history of this project is not there: commit {commit}")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(tree, filter="data")
    shutil.copytree(ROOT / "var" / "models", tree / "var" / "models", dirs_exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tree / ".venv"], check=True)
    python = tree / ".venv" / "bin" / "python"
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(
        subprocess.run(
            [python, "-c", where], capture_output=True, check=True, text=True
        ).stdout.strip()
    )
    # In the environment itself, because a process of a box sees nothing else of the disk; of ours
    # it may not see the code.
    ours = shutil.ignore_patterns("__editable__*")
    shutil.copytree(
        sysconfig.get_path("purelib"), packages, dirs_exist_ok=True, copy_function=link, ignore=ours
    )
    for package in ("edge_agent", "fusion_service", "wire_contract"):
        (packages / package).symlink_to(tree / package)
    ask = "import wire_contract.report as it; print(it.VERSION)"
    version = subprocess.run(
        [python, "-I", "-c", ask], capture_output=True, check=True, text=True
    ).stdout
    assert commit != LAST_OF_VERSION_1 or version == "1\n"
    return {
        name: (python, "-I", "-c", f"from {package}.cli import main; main()")
        for name, package in (("edge-agent", "edge_agent"), ("fusion-service", "fusion_service"))
    }


def link(source: str, target: str) -> None:
    """Let a file have a second name, or where that cannot be, a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
