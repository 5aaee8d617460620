# SPDX-License-Identifier: Apache-2.0
"""A box whose camera is dead at its start, or shut by the hour.

What waits is sent, windows say why, and so does the doctor.
"""

import json
import os
import re
import signal
import subprocess
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.end_to_end.whole import CONFIG, PROGRAM, WINDOW_S, Whole
from tests.fusion_service.centre import until
from wire_contract.quality import QualityCode

SENT_WITHIN_S = 10.0
REPORT = re.compile(r"report \d+ of [0-9a-f-]{36} is in the ledger")
GONE = "/dev/video977"
DEAD = {"camera__path": "none", "camera": f'{{source = "v4l2", path = "{GONE}"}}'}
"""Settings of a box with an attached camera that is not plugged in, laid over those of a file."""


def doctor(whole: Whole, settings: dict[str, str]) -> dict[str, dict[str, Any]]:
    command = [PROGRAM, "doctor", CONFIG, "--json", *whole.settings(**settings)]
    printed = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    return {one["name"]: one for one in json.loads(printed.stdout)["subjects"]}


def stop(whole: Whole) -> None:
    whole.box.send_signal(signal.SIGTERM)
    assert whole.box.wait(60) == 0, whole.log.read_text()[-2000:]


def unseen(whole: Whole, code: QualityCode) -> list[dict[str, Any]]:
    return [window for window in whole.windows() if window["image_quality"]["code"] == code]


def test_with_a_camera_that_is_dead_at_the_start_what_waits_is_sent_and_windows_and_doctor_say_why(
    whole: Whole,
) -> None:
    whole.broker.stop()
    whole.start(**DEAD)
    until(lambda: REPORT.findall(whole.log.read_text())[2:], "three reports that wait")
    stop(whole)
    assert "reports wait in" in whole.log.read_text()
    waiting = len(REPORT.findall(whole.log.read_text()))
    whole.broker.start()
    until(
        lambda: whole.centre.get("/v1/health")["broker"]["state"] == "connected",
        "the centre to be back",
    )
    assert whole.windows() == []
    begun_s = time.monotonic()
    whole.start(**DEAD)
    until(
        lambda: len(whole.windows()) >= waiting,
        f"what waited; the box says: {whole.log.read_text()[-800:]}",
    )
    took_s = time.monotonic() - begun_s
    until(
        lambda: len(unseen(whole, QualityCode.CAMERA_LOST)) >= 2,
        "windows that say that the camera is lost",
    )
    dark = unseen(whole, QualityCode.CAMERA_LOST)
    # Not zero: no number at all, and so it is in the sum of no line.
    assert [
        (window["lines"], window["zones"], window["image_quality"]["observed"]) for window in dark
    ] == [([], [], 0)] * len(dark)
    assert max(window["length_s"] for window in dark) == WINDOW_S
    said = doctor(whole, DEAD)["camera"]
    assert (said["state"], said["found"].startswith(f"{GONE}: is not there, since ")) == (
        "broken",
        True,
    ), said
    assert "camera.path" in said["do"]
    log = whole.log.read_text()
    assert f"{GONE}: it is not there; look at the cable" in log
    assert "sensor ended with exit code 32, camera: missing; starting again in 1 s" in log
    stop(whole)
    assert took_s < SENT_WITHIN_S or os.getloadavg()[0] > 4, took_s


@pytest.mark.campaign
@pytest.mark.parametrize("away_s", [3, 20])
def test_with_a_dead_camera_what_waits_is_sent_soon_after_the_broker_is_back(
    whole: Whole, away_s: int
) -> None:
    whole.broker.stop()
    whole.start(**DEAD)
    until(lambda: REPORT.findall(whole.log.read_text())[1:], "two reports that wait")
    time.sleep(away_s)
    waiting = len(REPORT.findall(whole.log.read_text()))
    whole.broker.start()
    begun_s = time.monotonic()
    until(lambda: len(whole.windows()) >= waiting, "what waited")
    assert time.monotonic() - begun_s < SENT_WITHIN_S
    stop(whole)


@pytest.mark.campaign
def test_outside_its_hours_a_box_speaks_with_its_camera_shut(whole: Whole) -> None:
    now = datetime.now().astimezone()
    hours = f"{now + timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M}"
    purpose = (
        '{controller = "A city", purpose = "To see how full it is", legal_basis = "GDPR '
        '6(1)(e)", dpia_reference = "none, a test",'
        f' contact = "nobody@example.org", active_hours = "{hours}", end_date = '
        f"{now + timedelta(days=9):%Y-%m-%d}}}"
    )
    settings = {**DEAD, "purpose": purpose}
    whole.start(**settings)
    until(
        lambda: len(unseen(whole, QualityCode.SILENT)) >= 2,
        f"windows without a camera; {whole.log.read_text()[-800:]}",
    )
    assert set(whole.children()) == {"gate", "uplink"}
    # It was never tried, so nobody says that it is lost.
    assert unseen(whole, QualityCode.CAMERA_LOST) == []
    said = doctor(whole, settings)["camera"]
    assert (said["state"], "is shut: its hours have not come" in said["found"]) == ("fine", True), (
        said
    )
    stop(whole)
    assert not (whole.folder / "box" / "camera.state").exists()


def test_a_stop_while_the_uplink_waits_to_be_started_again_still_says_what_waits(
    whole: Whole,
) -> None:
    whole.broker.stop()
    whole.start(**DEAD)
    for _ in range(3):
        until(lambda: "uplink" in whole.children(), "an uplink")
        os.kill(whole.children()["uplink"], signal.SIGKILL)
        until(lambda: "uplink" not in whole.children(), "its end")
    until(
        lambda: "uplink ended with exit code -9; starting again in 4 s" in whole.log.read_text(),
        "a wait of some seconds",
    )
    stop(whole)
    assert "reports wait in" in whole.log.read_text().partition("starting again in 4 s")[2]
