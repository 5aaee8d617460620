# SPDX-License-Identifier: Apache-2.0
"""How fast an exercise goes, and what is kept of what exercise control did."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fusion_service.exercise.control.direction import Controller, Direction, Pace
from fusion_service.exercise.scenario import Inject, InjectKind
from fusion_service.store.exercise.kept import SCRIPT, ControlDeed
from fusion_service.store.sqlite.exercise import ExerciseFile, ExerciseReader, mark_exercise
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.exercise.small_site import START_S, scenario

LEADER = Controller("p1", "police")
FAILS = Inject(InjectKind.BOXES_FAIL, START_S + 600, START_S + 900, devices=("box-1",))


@dataclass
class Played:
    """A direction, and the minutes that were let through by a thread of its own."""

    direction: Direction
    minutes: list[int]

    def play(self) -> None:
        start_s = START_S
        while not self.direction.over.is_set():
            self.direction.wait()
            if self.direction.over.is_set():
                return
            holding, ended = self.direction.script.draw(start_s)
            self.direction.hear_lines(start_s, holding, ended)
            self.minutes.append(start_s)
            start_s += 60

    def until(self, count: int) -> None:
        end = time.monotonic() + 20
        while len(self.minutes) < count and time.monotonic() < end:
            time.sleep(0.01)
        assert len(self.minutes) >= count


@pytest.fixture(name="played")
def _played(tmp_path: Path) -> Iterator[Played]:
    path = tmp_path / "exercise.sqlite"
    stop = threading.Event()
    with (
        Writer(path, size_mib_max=64, dead_letters_max=10),
        # An hour of it would last an hour: what is played is played by a jump.
        _marked(path) as keeper,
    ):
        made = Played(Direction(scenario(FAILS), Pace(1.0, is_paused=True), stop), [])
        made.direction.keep_in(keeper)
        thread = threading.Thread(target=made.play)
        thread.start()
        yield made
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def _marked(path: Path) -> ExerciseFile:
    mark_exercise(path, "drill", START_S * 1000)
    return ExerciseFile(path, size_mib_max=64)


def test_one_that_is_paused_plays_a_minute_and_waits(played: Played) -> None:
    played.until(1)
    time.sleep(0.3)
    assert len(played.minutes) == 1


def test_a_jump_plays_on_to_where_the_next_line_begins_and_stands_still_again(
    played: Played,
) -> None:
    played.until(1)
    assert played.direction.jump(LEADER)
    played.until(10)
    time.sleep(0.3)
    assert len(played.minutes) == 10, "the line begins with the next minute"
    assert played.direction.pace.is_paused
    assert played.direction.pace.until_s is None


def test_it_goes_as_fast_as_somebody_says_and_ends_when_they_say(played: Played) -> None:
    played.until(1)
    assert played.direction.set_pace(LEADER, speed=1200.0, is_paused=False)
    begun = time.monotonic()
    played.until(11)
    assert time.monotonic() - begun > 10 * 60 / 1200 * 0.8
    assert played.direction.end(LEADER)
    assert not played.direction.end(LEADER), "it is over"
    assert not played.direction.set_pace(LEADER, speed=1.0, is_paused=False)
    assert not played.direction.jump(LEADER)
    assert not played.direction.begin(LEADER, 1)
    assert played.direction.over.is_set()


def test_what_was_done_and_what_the_script_did_is_kept_in_order(
    played: Played, tmp_path: Path
) -> None:
    played.until(1)
    played.direction.begin(LEADER, 1)
    played.direction.jump(LEADER)
    played.until(5)
    played.direction.end(LEADER)
    kept = ExerciseReader(tmp_path / "exercise.sqlite").control(limit=10)
    told = [(one.actor, one.deed, one.detail) for one in reversed(kept)]
    assert told[0] == ("p1", ControlDeed.BEGAN, "1 boxes_fail box-1")
    assert told[1][:2] == ("p1", ControlDeed.JUMPED)
    assert (SCRIPT, ControlDeed.ENDED_LINE, "1 boxes_fail box-1") in told
    assert told[-1][:2] == ("p1", ControlDeed.ENDED)
    assert [one.at_ms for one in reversed(kept)] == sorted(one.at_ms for one in kept)


def test_a_store_that_no_exercise_was_kept_in_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "fusion.sqlite"
    with Writer(path, size_mib_max=64, dead_letters_max=10):
        pass
    reader = ExerciseReader(path)
    assert (reader.truth(from_s=0, to_s=2**40), reader.control(limit=5)) == ([], [])
