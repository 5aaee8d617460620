# SPDX-License-Identifier: Apache-2.0
"""The fleet simulator and the fault campaign, each for a few seconds.

That they run, and that their verdicts can fall.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="the campaign mounts disks of its own, which needs root"
)
needs_ext4 = pytest.mark.skipif(
    shutil.which("mkfs.ext4", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is None,
    reason="the campaign makes file systems: apt-get install e2fsprogs",
)


def run(program: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", f"development.{program}", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


def test_a_fleet_is_acknowledged_to_the_last_report() -> None:
    code, figures = run(
        "fleet.simulate", "--boxes", "25", "--seconds", "4", "--rate", "100", "--ramp", "1"
    )
    assert code == 0
    assert figures["sent"] == figures["acknowledged"] >= 300
    assert figures["lost_connections"] == 0


@needs_root
@needs_ext4
def test_a_box_that_is_killed_and_cut_loses_nothing_that_it_announced() -> None:
    kinds = ["gate killed", "power of the box cut", "link cut", "centre killed"]
    only = [part for kind in kinds for part in ("--only", kind)]
    code, verdict = run("chaos", "--minutes", "0.35", "--seed", "7", *only)
    assert code == 0, verdict
    assert (verdict["lost"], verdict["double_counted"], verdict["altered"]) == (0, 0, 0)
    assert set(verdict["kinds"]) <= set(kinds)
    assert verdict["faults"] >= 4
    assert verdict["committed"] >= 10
