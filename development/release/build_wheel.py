# SPDX-License-Identifier: Apache-2.0
"""Build this clone's wheel from a copy, because a build leaves its folders behind.

Without a network.
"""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("edge_agent", "fusion_service", "privacy_audit", "wire_contract")
FOLDERS = (*PACKAGES, "models", "firmware_configs", "docs")
"""What the wheel is made of; pyproject.toml says which files of these it takes."""
FILES = ("pyproject.toml", "README.md", "LICENSE")
_PIP = ("-I", "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet")
_ALONE = ("--no-deps", "--no-build-isolation", "--no-index")
BUILD_S = 300.0


def build(folder: Path) -> Path:
    """Return the wheel, made in `folder`.

    Raises CalledProcessError; what pip said is on stderr.
    """
    source = folder / "source"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    command = [
        str(ROOT / ".venv" / "bin" / "python"),
        *_PIP,
        *_ALONE,
        "--wheel-dir",
        str(folder),
        str(source),
    ]
    subprocess.run(command, check=True, timeout=BUILD_S)  # noqa: S603 - our own environment
    shutil.rmtree(source)
    [made] = folder.glob("*.whl")
    return made
