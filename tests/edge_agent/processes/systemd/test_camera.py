# SPDX-License-Identifier: Apache-2.0
"""What the units note of a camera between two starts of its sensor."""

import json
import signal
import time
from pathlib import Path

import pytest

from edge_agent.config.schema import Config, load
from edge_agent.errors import ProcessError
from edge_agent.processes.camera_state import CameraState, told
from edge_agent.processes.supervision.restarts import RESTARTS_MAX
from edge_agent.processes.systemd import camera
from edge_agent.processes.systemd.camera import End

EXAMPLE = Path(__file__).parents[4] / "firmware_configs" / "examples" / "vtest.toml"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "box").mkdir()
    return load(EXAMPLE, (f"store.directory={tmp_path / 'box'}",))


def word(config: Config) -> str:
    state = told(config.store.directory)
    assert state is not None
    return state.word


def waits_s(folder: Path) -> float:
    return float(json.loads((folder / camera.HISTORY).read_text())[2]) - time.monotonic()


@pytest.mark.parametrize(
    ("exited", "status", "wanted"),
    [
        (True, 32, "missing"),
        (True, 3, "lost"),
        (True, 1, "ended"),
        (False, 9, "ended"),
        (False, 3, "ended"),
    ],
)
def test_systemds_words_for_an_end_say_how_the_camera_stands(
    tmp_path: Path, config: Config, status: int, wanted: str, *, exited: bool
) -> None:
    camera.ended(tmp_path, config, End(7, exited, status))
    assert word(config) == wanted
    camera.let_begin(tmp_path, config)
    assert word(config) == CameraState.OPEN


def test_a_lost_camera_is_tried_for_ever_later_each_time_and_stays_lost_until_it_is_seen(
    tmp_path: Path, config: Config
) -> None:
    for place, wanted in enumerate((1.0, 2.0, 4.0, 8.0, 16.0, 32.0, *[60.0] * 12), 1):
        for _ in range(2):  # the same end twice is one
            camera.ended(tmp_path, config, End(place, exited=True, status=32))
        assert wanted - 1.0 < waits_s(tmp_path) <= wanted
    (tmp_path / camera.BEGUN).write_text(str(time.monotonic() - 61.0))
    camera.ended(tmp_path, config, End(99, exited=True, status=32))
    assert waits_s(tmp_path) <= 1.0
    camera.wait(tmp_path, config)
    assert word(config) == "missing"


def test_a_sensor_that_falls_again_and_again_is_given_up_and_can_be_started_by_hand(
    tmp_path: Path, config: Config
) -> None:
    for place in range(RESTARTS_MAX + 1):
        camera.ended(tmp_path, config, End(1 + place, exited=False, status=signal.SIGSYS))
    with pytest.raises(
        ProcessError, match=r"ended 11 times within 600 s.*systemctl start people-count-sensor"
    ):
        camera.wait(tmp_path, config)
    camera.ended(tmp_path, config, End(RESTARTS_MAX + 1, exited=False, status=signal.SIGSYS))
    camera.wait(tmp_path, config)
    assert word(config) == CameraState.OPENING


def test_an_end_by_the_hours_is_no_fault(tmp_path: Path, config: Config) -> None:
    camera.ended(tmp_path, config, End(5, exited=False, status=signal.SIGALRM))
    assert not (tmp_path / camera.HISTORY).exists()


def test_what_ended_before_this_run_is_of_no_account(tmp_path: Path, config: Config) -> None:
    before_us = time.monotonic_ns() // 1000
    camera.begin(tmp_path, config)
    camera.ended(tmp_path, config, End(before_us, exited=True, status=0))
    assert word(config) == CameraState.OPENING
    camera.ended(tmp_path, config, End(time.monotonic_ns() // 1000 + 1, exited=True, status=32))
    assert word(config) == "missing"


def test_a_note_that_cannot_be_read_is_none(tmp_path: Path, config: Config) -> None:
    (tmp_path / camera.HISTORY).write_text("{")
    camera.wait(tmp_path, config)
    camera.ended(tmp_path, config, End(5, exited=True, status=1))
    assert waits_s(tmp_path) <= 1.0
