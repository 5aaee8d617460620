# SPDX-License-Identifier: Apache-2.0
"""A forked centre is the program's to whoever looks from outside: its words, its exit, its end."""

import os
from pathlib import Path

import pytest

from development.testbed.forks import ForkedProgram
from development.testbed.program import Program, StageError, find_program
from tests.fusion_service.centre import ReadyCentre

CENTRE = find_program("fusion-service")


def lines(words: str) -> list[str]:
    """Return what was said, without the times before it."""
    return [line.partition(" ")[2] if line[:2] == "20" else line for line in words.splitlines()]


@pytest.mark.parametrize(
    "words", [("run", "--config", "nowhere.toml"), ("run",), ("device", "list", "--wrong")]
)
def test_it_says_and_returns_what_the_program_does(words: tuple[str, ...], tmp_path: Path) -> None:
    ended = []
    for kind in (Program, ForkedProgram):
        one = kind([CENTRE, *words], tmp_path / f"{kind.__name__}.log")
        one.start()
        ended.append((one.wait(), lines(one.words())))
    assert ended[0] == ended[1]
    assert ended[0][0] != 0


def test_it_has_a_session_a_log_an_environment_and_an_end_of_its_own(tmp_path: Path) -> None:
    centre = ReadyCentre(tmp_path / "centre", 1, environment={"TZ": "Asia/Tokyo"})
    with centre:
        assert os.getsid(centre.pid) == centre.pid != os.getpid()
        assert centre.health() is not None
        assert centre.stop() == 0
    assert "fusion-service ended" in centre.log.read_text()
    with centre:
        assert not Path(f"/proc/{centre.pid}/task/{centre.pid}/children").read_text()
        pid = centre.pid
    assert not Path(f"/proc/{pid}").exists()


def test_nothing_else_is_forked(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="only fusion-service"):
        ForkedProgram(["sleep", "1"], tmp_path / "log").start()
