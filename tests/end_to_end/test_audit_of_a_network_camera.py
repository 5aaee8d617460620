# SPDX-License-Identifier: Apache-2.0
"""The audit of a running box that has a network camera.

The feeder is measured like the others, and the level says what it is.
"""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from development.fakes.town import Town, missing
from tests.end_to_end.test_network_camera import Camera, settings
from tests.end_to_end.whole import CONFIG, PROGRAM, SMALL, Whole

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


@pytest.fixture(autouse=True)
def town() -> Iterator[Town]:
    """The box's place; what the other fixtures start stands there too, and so does the audit."""
    with Town() as one:
        yield one


def test_a_running_box_with_a_network_camera_is_measured_with_its_feeder(
    whole: Whole, town: Town, street: Path
) -> None:
    camera = Camera(town, "http", street)
    try:
        whole.start(**settings(whole, "http", **SMALL))
        whole.wait_for_windows(1)
        command = [
            PROGRAM,
            "audit",
            CONFIG,
            "--json",
            "--only",
            "processes",
            "--only",
            "system calls",
        ]
        # A machine at load loses the camera at times, and a feeder that is begun anew while the
        # audit looks is honestly unproven: then it looks again.
        for _ in range(3):
            done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
            assert done.stdout, done.stderr
            printed = json.loads(done.stdout)
            if not printed["unproven"]:
                break
        whole.box.send_signal(signal.SIGTERM)
        assert whole.box.wait(60) == 0
    finally:
        camera.stop()
    assert (done.returncode, printed["fell"], printed["unproven"]) == (0, [], [])
    assert not printed["started_by_the_audit"]
    assert printed["level"] == "network-camera"
    looked = {finding["name"] for finding in printed["findings"]}
    assert {
        "feeder: user",
        "feeder: what it holds open",
        "feeder: its only peer",
        "feeder, as it runs",
    } <= looked
