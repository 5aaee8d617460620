# SPDX-License-Identifier: Apache-2.0
"""What the units note of a camera between two starts of its sensor."""

import json
import time
from pathlib import Path

import pytest

from edge_agent import unit_camera
from edge_agent.camera_state import CameraState, told
from edge_agent.config import Config, load
from edge_agent.errors import ProcessError
from edge_agent.restarts import RESTARTS_MAX

EXAMPLE = Path(__file__).parents[2] / "firmware_configs" / "examples" / "vtest.toml"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "box").mkdir()
    return load(EXAMPLE, (f"store.directory={tmp_path / 'box'}",))


def word(config: Config) -> str:
    state = told(config.store.directory)
    assert state is not None
    return state.word


def waits_s(folder: Path) -> float:
    return float(json.loads((folder / unit_camera.HISTORY).read_text())["wait_until_s"]) - time.monotonic()


@pytest.mark.parametrize(
    ("code", "status", "wanted"),
    [
        ("exited", "32", "missing"),
        ("exited", "3", "lost"),
        ("exited", "1", "ended"),
        ("killed", "KILL", "ended"),
        ("killed", "ALRM", "outside its hours"),
        ("", "", "ended"),
    ],
)
def test_systemds_words_for_an_end_say_how_the_camera_stands(
    tmp_path: Path, config: Config, code: str, status: str, wanted: str
) -> None:
    unit_camera.ended(tmp_path, config, code=code, status=status)
    assert word(config) == wanted
    unit_camera.let_begin(tmp_path, config)
    assert word(config) == CameraState.OPEN


def test_a_lost_camera_is_tried_for_ever_later_each_time_and_stays_lost_until_it_is_seen(tmp_path: Path, config: Config) -> None:
    for wanted in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, *[60.0] * 12):
        unit_camera.ended(tmp_path, config, code="exited", status="32")
        assert wanted - 1.0 < waits_s(tmp_path) <= wanted
    (tmp_path / unit_camera.BEGUN).write_text(str(time.monotonic() - 61.0))
    unit_camera.ended(tmp_path, config, code="exited", status="32")
    assert 0.0 < waits_s(tmp_path) <= 1.0
    unit_camera.wait(tmp_path, config)
    assert word(config) == "missing"


def test_a_sensor_that_falls_again_and_again_is_given_up_and_can_be_started_by_hand(tmp_path: Path, config: Config) -> None:
    for _ in range(RESTARTS_MAX + 1):
        unit_camera.ended(tmp_path, config, code="killed", status="SYS")
    with pytest.raises(ProcessError, match=r"ended 11 times within 600 s.*systemctl start people-count-sensor"):
        unit_camera.wait(tmp_path, config)
    unit_camera.wait(tmp_path, config)
    assert word(config) == CameraState.OPENING


def test_a_note_that_cannot_be_read_is_none(tmp_path: Path, config: Config) -> None:
    (tmp_path / unit_camera.HISTORY).write_text("{")
    unit_camera.wait(tmp_path, config)
    unit_camera.ended(tmp_path, config, code="exited", status="1")
    assert waits_s(tmp_path) <= 1.0
