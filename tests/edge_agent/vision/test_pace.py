# SPDX-License-Identifier: Apache-2.0
"""The rate at which frames are taken: down when it is hot or crowded, never below the floor, and up again."""

from pathlib import Path

import pytest

from edge_agent.vision.pace import HOT_C, Pace, Thermometer

CAMERA_HZ, FLOOR_HZ = 20.0, 5.0


class Board:
    """A board whose heat and load we set: two clocks, and a temperature."""

    def __init__(self) -> None:
        self.now_s = self.used_s = 0.0
        self.heat_c: float | None = 50.0
        self.pace = Pace(
            camera_hz=CAMERA_HZ,
            floor_hz=FLOOR_HZ,
            celsius=lambda: self.heat_c,
            clock=lambda: self.now_s,
            processor=lambda: self.used_s,
        )

    def run(self, seconds: float, *, waited_share: float = 0.0) -> float:
        """Let the camera run, each inference waiting that share of its time; return the frames taken a second."""
        taken, began_s = 0, self.now_s
        while self.now_s < began_s + seconds:
            captured_s = self.now_s
            if self.pace.takes(captured_s):
                taken += 1
                with self.pace.working():
                    self.now_s += 0.02
                    self.used_s += 0.02 * (1.0 - waited_share)
            self.now_s = captured_s + 1 / CAMERA_HZ
        return taken / seconds


@pytest.fixture
def board() -> Board:
    return Board()


def test_a_cool_and_idle_board_takes_every_frame(board: Board) -> None:
    assert board.run(60) == pytest.approx(CAMERA_HZ, rel=0.02)


def test_heat_lowers_the_rate_to_the_floor_and_not_below(board: Board) -> None:
    board.heat_c = HOT_C + 5
    board.run(120)
    assert board.run(60) == pytest.approx(FLOOR_HZ, rel=0.1)
    assert board.pace.rate_hz == FLOOR_HZ


def test_others_who_need_the_processor_lower_it_too(board: Board) -> None:
    board.run(120, waited_share=0.7)
    assert board.pace.rate_hz == FLOOR_HZ


def test_when_the_board_has_cooled_the_rate_rises_again(board: Board) -> None:
    board.heat_c = HOT_C + 5
    board.run(60)
    board.heat_c = HOT_C - 2
    held = board.pace.rate_hz
    board.run(60)
    assert board.pace.rate_hz == held
    board.heat_c = 50.0
    board.run(180)
    assert board.pace.rate_hz == CAMERA_HZ


def test_a_board_that_does_not_know_its_heat_takes_every_frame(board: Board) -> None:
    board.heat_c = None
    assert board.run(60) == pytest.approx(CAMERA_HZ, rel=0.02)


def test_the_floor_is_never_above_the_camera() -> None:
    assert Pace(camera_hz=3.0, floor_hz=5.0, celsius=lambda: 90.0).rate_hz == 3.0


def test_a_thermometer_is_read_again_and_again_through_one_descriptor(tmp_path: Path) -> None:
    path = tmp_path / "temp"
    path.write_text("48312\n")
    thermometer = Thermometer(str(path))
    assert thermometer.celsius() == 48.312
    path.write_text("81000\n")
    assert thermometer.celsius() == 81.0
    assert len(thermometer.descriptors) == 1


def test_where_there_is_no_thermometer_nobody_knows(tmp_path: Path) -> None:
    thermometer = Thermometer(str(tmp_path / "none"))
    assert thermometer.descriptors == ()
    assert thermometer.celsius() is None
