# SPDX-License-Identifier: Apache-2.0
"""A box with a network camera, whole.

A real stream over a real cable, a feeder behind its firewall, committed counts.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from development.fakes.town import CAMERA, Town, missing, nft
from development.testbed.times import unix_s
from tests.end_to_end.whole import SMALL, WINDOW_S, Whole
from tests.fusion_service.centre import until

PROGRAM = Path(__file__).parents[2] / "development" / "fakes" / "network_camera.py"
PORT, FPS = 8554, 7
WORD = "viewer:a/b c%41:d"
"""Credentials with everything in them that an address would take amiss."""
PROCESSES = {"feeder", "sensor", "gate", "uplink"}

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


@pytest.fixture(autouse=True)
def town() -> Iterator[Town]:
    """The box's place; what the other fixtures start stands there too."""
    with Town() as one:
        yield one


class Camera:
    """A running network camera, which can be switched off and on."""

    def __init__(
        self, town: Town, kind: str, street: Path, *, frames: int = 0, word: str = WORD
    ) -> None:
        self._command = [
            *town.at("camera"),
            sys.executable,
            str(PROGRAM),
            kind,
            CAMERA,
            str(PORT),
            str(street),
            str(FPS),
            str(frames),
        ]
        self._command.append(word)
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


def settings(whole: Whole, kind: str, **more: str) -> dict[str, str]:
    credentials = whole.folder / "credentials"
    credentials.write_text(f"{WORD}\n")
    credentials.chmod(0o600)
    camera = (
        f'{{source = "{kind}", host = "{CAMERA}", port = {PORT}, url_path = '
        f'"/stream?channel=1", fps = {FPS}, '
        f'credentials_file = "{credentials}", loss_after_s = 3}}'
    )
    camera_path = {
        "camera__path": "none"
    }  # takes the path out that every other box of these tests has
    return {**camera_path, "camera": camera, "confinement__level_min": "network-camera", **more}


def people(windows: list[dict[str, Any]]) -> list[int]:
    return [zone["peak"] for window in windows for zone in window["zones"]]


@pytest.mark.parametrize("kind", [pytest.param("http", marks=pytest.mark.campaign), "rtsp"])
def test_people_in_front_of_a_network_camera_are_counted_and_committed_at_its_level(
    whole: Whole, town: Town, street: Path, exact: list[dict[str, Any]], kind: str
) -> None:
    camera = Camera(town, kind, street)
    try:
        whole.start(**settings(whole, kind))
        whole.wait_for_windows(1)
        whole.wait_for_windows(6)
        until(
            lambda: sum(one["image_quality"]["observed"] == 3 for one in whole.windows()) >= 2,
            "two windows seen whole",
        )
        assert set(whole.children()) == PROCESSES
        log = whole.log.read_text()
        assert "feeder: confinement level network-camera (" in log
        assert "firewall with the camera as the only peer" in log
        whole.box.send_signal(signal.SIGTERM)
        assert whole.box.wait(60) == 0
    finally:
        camera.stop()
    windows = whole.windows()
    assert {window["level"] for window in windows} == {"network-camera"}
    seen = [window for window in windows if window["image_quality"]["observed"] == 3]
    assert len(seen) >= 2
    assert {window["image_quality"]["code"] for window in seen} == {0}
    # The clip's first twelve seconds, over and over, have between 2 and 8 people in the zone at
    # every moment.
    counted = [window["zones"]["street"]["max"] for window in exact]
    assert min(counted) - 2 <= min(people(seen)) <= max(people(seen)) <= max(counted) + 2
    assert town.sent_bytes("stranger") == 0
    assert nft("list", "ruleset").stdout == ""


def test_the_credentials_stand_in_no_log_no_argument_and_no_environment(
    whole: Whole, town: Town, street: Path
) -> None:
    camera = Camera(town, "http", street)
    try:
        whole.start(**settings(whole, "http", **SMALL))
        whole.wait_for_windows(2)
        said = whole.log.read_bytes()
        for child in whole.children().values():
            said += (
                Path(f"/proc/{child}/cmdline").read_bytes()
                + Path(f"/proc/{child}/environ").read_bytes()
            )
        assert CAMERA.encode() in said
        for word in ("a/b c", "a%2Fb", "viewer"):
            assert word.encode() not in said
    finally:
        camera.stop()


@pytest.mark.campaign
def test_a_wrong_word_is_told_without_it_and_tried_again(
    whole: Whole, town: Town, street: Path
) -> None:
    camera = Camera(town, "rtsp", street, word="viewer:another")
    try:
        whole.start(**settings(whole, "rtsp", **SMALL))
        until(
            lambda: (
                "feeder ended with exit code 41, camera: no entry; starting"
                in whole.log.read_text()
            ),
            "a refusal",
        )
        # Gate and uplink speak all the same, and say why there is nothing to say.
        until(
            lambda: any(window["image_quality"]["code"] == 8 for window in whole.windows()),
            "a window without a camera",
        )
        log = whole.log.read_text()
        assert (
            f"rtsp camera at {CAMERA} port {PORT}: no stream: it refuses the user or the "
            "password (401)" in log
        )
        assert "a/b c" not in log
        assert "sensor" not in whole.children()
        assert {window["level"] for window in whole.windows()} == {"network-camera"}
        assert [window["lines"] + window["zones"] for window in whole.windows()] == [[]] * len(
            whole.windows()
        )
    finally:
        camera.stop()


@pytest.mark.campaign
def test_a_lost_stream_is_told_and_the_box_counts_again_when_it_is_back(
    whole: Whole, town: Town, street: Path
) -> None:
    camera = Camera(town, "http", street)
    try:
        whole.start(**settings(whole, "http", **SMALL))
        whole.wait_for_windows(1)
        until(
            lambda: any(window["image_quality"]["observed"] == 3 for window in whole.windows()),
            "a whole window",
        )
        camera.stop()
        until(
            lambda: any(window["image_quality"]["code"] == 8 for window in whole.windows()),
            "the loss to be told",
        )
        log = whole.log.read_text()
        assert "feeder ended with exit code 3" in log
        assert "sensor ended with exit code 3" in log
        before = max(unix_s(window["start"]) for window in whole.windows())
        camera.start()
        until(
            lambda: any(
                window["image_quality"]["observed"] == 3 and unix_s(window["start"]) > before
                for window in whole.windows()
            ),
            f"a whole window after the loss; the box says: {whole.log.read_text()[-500:]}",
        )
    finally:
        camera.stop()


@pytest.mark.campaign
@pytest.mark.parametrize("killed", ["feeder", "sensor"])
def test_where_one_end_of_the_feed_goes_both_are_started_anew(
    whole: Whole, town: Town, street: Path, killed: str
) -> None:
    camera = Camera(town, "http", street)
    try:
        whole.start(**settings(whole, "http", **SMALL))
        whole.wait_for_windows(2)
        before = whole.children()
        os.kill(before[killed], signal.SIGKILL)
        until(
            lambda: (
                set(whole.children()) == PROCESSES
                and not {whole.children()[name] for name in ("feeder", "sensor")}
                & {before["feeder"], before["sensor"]}
            ),
            "feeder and sensor to be started anew",
        )
        assert whole.children()["gate"] == before["gate"]
    finally:
        camera.stop()


@pytest.mark.campaign
def test_a_firewall_that_someone_takes_away_ends_the_feeder_at_once(
    whole: Whole, town: Town, street: Path
) -> None:
    camera = Camera(town, "http", street)
    try:
        whole.start(**settings(whole, "http", **SMALL))
        whole.wait_for_windows(1)
        feeder = whole.children()["feeder"]
        assert nft("flush", "ruleset").returncode == 0
        until(
            lambda: "its firewall is not as it was laid" in whole.log.read_text(),
            "the loss of the firewall to be seen",
        )
        until(lambda: whole.children().get("feeder", feeder) != feeder, "another feeder")
        assert "people_count_feeder" in nft("list", "tables").stdout
    finally:
        camera.stop()


@pytest.mark.campaign
def test_below_its_level_a_network_camera_is_not_opened(
    whole: Whole, town: Town, street: Path
) -> None:
    camera = Camera(town, "http", street)
    try:
        assert whole.run(**settings(whole, "http", confinement__level_min="standard")) == 1
        assert "reaches network-camera at most" in whole.log.read_text()
        time.sleep(WINDOW_S)
        assert town.sent_bytes("stranger") == 0
    finally:
        camera.stop()
