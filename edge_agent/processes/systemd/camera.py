# SPDX-License-Identifier: Apache-2.0
"""What the units know of the camera: how it stands, and when its sensor may be started again.

Without a supervisor this is kept in the folder of the run, which only root can write to:
`let_begin` at the word to begin, `ended` and `wait` before each start of the sensor, which systemd
itself would start again at once.
"""

import json
import logging
import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge_agent.config.schema import Config
from edge_agent.config.site_rules import may_be_open
from edge_agent.errors import CAMERA_FAULTS, ProcessError
from edge_agent.processes import camera_state
from edge_agent.processes.camera_state import CameraState
from edge_agent.processes.supervision.restarts import RESTARTS_MAX, RESTARTS_WITHIN_S, Restarts

HISTORY, BEGUN = "restarts.json", "begun_at"
HOURS_POLL_S = 10.0
_SHOWN = ("ExecMainCode", "ExecMainStatus", "ExecMainExitTimestampMonotonic")
log = logging.getLogger("edge_agent.processes.systemd.unit")


@dataclass(frozen=True, slots=True)
class History:
    """The restarts of a sensor so far, and up to when (monotonic) the next start waits; None.

    It is given up.
    """

    restarts: Restarts
    wait_until_s: float | None = 0.0
    noted_us: int = 0
    """When the end was that was noted last, as systemd says it."""


@dataclass(frozen=True, slots=True)
class End:
    """How and when (microseconds) the sensor ended last.

    As systemd knows it, never as the process says.
    """

    at_us: int
    exited: bool
    status: int
    """Its exit code, or the signal."""


def last_end(unit: str) -> End | None:
    """Ask systemd for the last end of a unit's process; None where it has had none."""
    command = ["/usr/bin/systemctl", "show", *(f"--property={name}" for name in _SHOWN), unit]
    shown = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)  # noqa: S603 - systemd's own program
    found = dict(row.split("=", 1) for row in shown.stdout.splitlines() if "=" in row)
    code, status, at_us = (int(found.get(name) or 0) for name in _SHOWN)
    return End(at_us, code == os.CLD_EXITED, status) if code and at_us else None


def begin(folder: Path, config: Config) -> None:
    """Begin a run: what ended before it is of no account."""
    (folder / HISTORY).write_text(json.dumps([(), 0, 0.0, time.monotonic_ns() // 1000]), "ascii")
    tell(config, CameraState.OPENING)


def let_begin(folder: Path, config: Config) -> None:
    """Note that the sensor has been let begin."""
    (folder / BEGUN).write_text(str(time.monotonic()), "ascii")
    tell(config, CameraState.OPEN)


def ended(folder: Path, config: Config, end: End) -> None:
    """Note an end of the sensor, once."""
    now_s, kept = time.monotonic(), _history(folder)
    # When its hours are over, the kernel's timer ends the sensor; see `unit.become`.
    if end.at_us <= kept.noted_us or (not end.exited and end.status == signal.SIGALRM):
        return
    restarts, number = kept.restarts, end.status if end.exited else -1
    tell(config, camera_state.word_of(number))
    given_up = number not in CAMERA_FAULTS and restarts.too_often(now_s)
    if number not in CAMERA_FAULTS:
        restarts.count(now_s)
    until_s = None if given_up else now_s + restarts.wait_s(_good_s(folder, now_s))
    past, doublings = restarts.history
    (folder / HISTORY).write_text(json.dumps([past, doublings, until_s, end.at_us]), "ascii")


def wait(folder: Path, config: Config) -> None:
    """Wait as long as the sensor must, after its last end and for its hours.

    Raises ProcessError where it is given up.
    """
    kept = _history(folder)
    until_s = kept.wait_until_s
    if until_s is None:
        (folder / HISTORY).write_text(json.dumps([(), 0, 0.0, kept.noted_us]), "ascii")
        raise ProcessError(
            f"sensor: ended {RESTARTS_MAX + 1} times within {RESTARTS_WITHIN_S:.0f} s; its "
            "own lines say why; then run:"
            " systemctl start people-count-sensor.service"
        )
    time.sleep(max(0.0, until_s - time.monotonic()))
    while not may_be_open(config, datetime.now().astimezone()):
        tell(config, CameraState.RESTING)
        time.sleep(HOURS_POLL_S)
    before = camera_state.told(config.store.directory)
    # A camera that was lost is lost until it is seen again.
    if before is None or before.fault is None:
        tell(config, CameraState.OPENING)


def tell(config: Config, word: str) -> None:
    """Write down how the camera stands."""
    camera_state.tell_now(config.store.directory, word, log)


def _history(folder: Path) -> History:
    with suppress(OSError, ValueError, TypeError):
        past, doublings, until_s, noted_us = json.loads((folder / HISTORY).read_text("ascii"))
        return History(Restarts(tuple(map(float, past)), int(doublings)), until_s, int(noted_us))
    return History(Restarts())


def _good_s(folder: Path, now_s: float) -> float:
    """Return how long the sensor was at work, and forget when it began.

    The next may never begin.
    """
    begun = folder / BEGUN
    try:
        return max(0.0, now_s - float(begun.read_text("ascii")))
    except (OSError, ValueError):
        return 0.0
    finally:
        begun.unlink(missing_ok=True)
