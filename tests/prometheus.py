# SPDX-License-Identifier: Apache-2.0
"""The real Prometheus for tests: on the path, or where the set-up unpacked it. Without it a test skips."""

import os
import shutil
from pathlib import Path

import pytest

UNPACKED = Path(__file__).parents[1] / "var" / "prometheus"


def promtool() -> str:
    return program("promtool")


def program(name: str) -> str:
    """Return a program of Prometheus, or skip the test."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{UNPACKED}")
    if found is None:
        pytest.skip(f"{name} is not there: scripts/setup.py dev fetches it, or: apt-get install prometheus")
    return found
