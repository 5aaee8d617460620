# SPDX-License-Identifier: Apache-2.0
"""Commands beside each other, each with its own end, time and words."""

import os
from pathlib import Path

import pytest

from development.check.__main__ import LOGS, Running

BUSY = """
import pathlib, time
while time.process_time() < 0.5: pass
pathlib.Path({path!r}).touch()
raise SystemExit(3)
"""
SLOW = """
import pathlib, time
while not pathlib.Path({path!r}).exists(): time.sleep(0.05)
time.sleep(0.5)
print("slept")
"""


def test_what_only_computes_gives_way(capsys: pytest.CaptureFixture[str]) -> None:
    LOGS.mkdir(exist_ok=True)
    told = ("python", "-c", "import os; print('nice', os.nice(0))")
    here = os.nice(0)
    for gives_way, wanted in ((False, here), (True, min(19, here + 10))):
        assert Running("gives-way", told, gives_way=gives_way).ended_well()
        assert f"nice {wanted}\n" in capsys.readouterr().out


def test_each_has_its_own_time_whoever_is_waited_for_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    LOGS.mkdir(exist_ok=True)
    ended = str(tmp_path / "ended")
    busy = Running("busy", ("python", "-c", BUSY.format(path=ended)))
    slow = Running("slow", ("python", "-c", SLOW.format(path=ended)))
    assert slow.ended_well()
    assert not busy.ended_well()
    assert busy.took_s < slow.took_s + 0.5
    assert busy.cpu_s >= 0.5 > slow.cpu_s
    assert "slept" in capsys.readouterr().out
