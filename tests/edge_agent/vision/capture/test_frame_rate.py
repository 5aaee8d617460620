# SPDX-License-Identifier: Apache-2.0
"""The rate at which frames are taken.

Down when it is hot or crowded, never below the floor, and up again.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent.vision.capture.frame_rate import HOT_C, FrameRate, Thermometer

CAMERA_HZ, FLOOR_HZ = 20.0, 5.0


class Board:
    """A board whose heat and load we set: two clocks, and a temperature."""

    def __init__(self) -> None:
        self.now_s = self.used_s = 0.0
        self.heat_c: float | None = 50.0
        self.frame_rate = FrameRate(
            camera_hz=CAMERA_HZ,
            floor_hz=FLOOR_HZ,
            celsius=lambda: self.heat_c,
            clock=lambda: self.now_s,
            processor=lambda: self.used_s,
        )

    def run(self, seconds: float, *, waited_share: float = 0.0) -> float:
        """Let the camera run, each inference waiting that share of its time.

        Return the frames taken a second.
        """
        taken, began_s = 0, self.now_s
        while self.now_s < began_s + seconds:
            captured_s = self.now_s
            if self.frame_rate.admits(captured_s):
                taken += 1
                with self.frame_rate.measure_inference():
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
    assert board.frame_rate.rate_hz == FLOOR_HZ


def test_others_who_need_the_processor_lower_it_too(board: Board) -> None:
    board.run(120, waited_share=0.7)
    assert board.frame_rate.rate_hz == FLOOR_HZ


def test_when_the_board_has_cooled_the_rate_rises_again(board: Board) -> None:
    board.heat_c = HOT_C + 5
    board.run(60)
    board.heat_c = HOT_C - 2
    held = board.frame_rate.rate_hz
    board.run(60)
    assert board.frame_rate.rate_hz == held
    board.heat_c = 50.0
    board.run(180)
    assert board.frame_rate.rate_hz == CAMERA_HZ


def test_a_board_that_does_not_know_its_heat_takes_every_frame(board: Board) -> None:
    board.heat_c = None
    assert board.run(60) == pytest.approx(CAMERA_HZ, rel=0.02)


def test_the_floor_is_never_above_the_camera() -> None:
    assert FrameRate(camera_hz=3.0, floor_hz=5.0, celsius=lambda: 90.0).rate_hz == 3.0


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


LOCKED = """
import os, sys
from edge_agent.confinement import lock
from edge_agent.confinement.tables.policy import Role
lock.begin(Role.SENSOR)
from edge_agent.vision.capture.frame_rate import Thermometer
heat, film, channel_fd, locked_fd, go_fd = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
camera, thermometer = open(film, "rb"), Thermometer(heat)
first = thermometer.celsius()
lock.close_sensor(
    channel_fd=channel_fd, locked_fd=locked_fd, go_fd=go_fd, camera=film, device=False,
    senses=thermometer.descriptors,
)
lock.wait_for_go(locked_fd, go_fd)
try:
    open(heat)
    os._exit(1)
except PermissionError:
    os._exit(3 if thermometer.celsius() == 81.0 and first == 48.0 else 0)
"""


def test_a_locked_sensor_feels_the_heat_and_can_open_nothing(tmp_path: Path) -> None:
    heat, film = tmp_path / "temp", tmp_path / "film"
    heat.write_text("48000\n")
    film.write_bytes(b"a film")
    (told, telling), (locked, locking), (going, go) = os.pipe(), os.pipe(), os.pipe()
    command = [
        sys.executable,
        "-I",
        "-c",
        LOCKED,
        str(heat),
        str(film),
        str(telling),
        str(locking),
        str(going),
    ]
    child = subprocess.Popen(command, pass_fds=(telling, locking, going))
    for descriptor in (telling, locking, going):
        os.close(descriptor)
    assert os.read(locked, 1) == b""  # It has closed its end: the lock is on.
    heat.write_text("81000\n")
    os.write(go, b"1")
    assert child.wait(30) == 3, "the lock lets 0, 1 and 3 leave"
    for descriptor in (told, locked, go):
        os.close(descriptor)
