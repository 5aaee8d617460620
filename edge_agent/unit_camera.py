# SPDX-License-Identifier: Apache-2.0
"""What the units know of the camera: how it stands, and when its sensor may be started again.

Without a supervisor this is kept in the folder of the run, which only root can write to: `let_begin` at the word to begin, `ended`
after each end of the sensor, `wait` before each start of it. systemd itself starts the sensor again at once.
"""

import json
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge_agent import camera_state
from edge_agent.camera_state import CameraState
from edge_agent.config import Config
from edge_agent.errors import CAMERA_FAULTS, ProcessError, StoreError
from edge_agent.restarts import RESTARTS_MAX, RESTARTS_WITHIN_S, Restarts
from edge_agent.site_rules import may_be_open

HISTORY, BEGUN = "restarts.json", "begun_at"
HOURS_POLL_S = 10.0
_HOURS_ENDED = ("killed", "ALRM")
"""How systemd names the end that the kernel's timer makes when the hours are over."""
log = logging.getLogger("edge_agent.unit")


@dataclass(frozen=True, slots=True)
class History:
    """The restarts of a sensor so far, and up to when (monotonic) the next start waits; None: it is given up."""

    restarts: Restarts
    wait_until_s: float | None = 0.0


def let_begin(folder: Path, config: Config) -> None:
    """Note that the sensor has been let begin."""
    (folder / BEGUN).write_text(str(time.monotonic()), "ascii")
    tell(config, CameraState.OPEN)


def ended(folder: Path, config: Config, *, code: str, status: str) -> None:
    """Note an end of the sensor, in systemd's words: EXIT_CODE and EXIT_STATUS."""
    now_s, restarts = time.monotonic(), _history(folder).restarts
    if (code, status) == _HOURS_ENDED:
        tell(config, CameraState.RESTING)
        return
    number = int(status) if code == "exited" and status.isdigit() else -1
    tell(config, camera_state.word_of(number))
    given_up = number not in CAMERA_FAULTS and restarts.too_often(now_s)
    if number not in CAMERA_FAULTS:
        restarts.count(now_s)
    until_s = now_s + restarts.wait_s(_good_s(folder, now_s))
    past, doublings = restarts.history
    text = json.dumps({"ended": past, "doublings": doublings, "wait_until_s": None if given_up else until_s})
    (folder / HISTORY).write_text(text, "ascii")


def wait(folder: Path, config: Config) -> None:
    """Wait as long as the sensor must, after its last end and for its hours. Raises ProcessError where it is given up."""
    until_s = _history(folder).wait_until_s
    if until_s is None:
        (folder / HISTORY).unlink()
        raise ProcessError(
            f"sensor: ended {RESTARTS_MAX + 1} times within {RESTARTS_WITHIN_S:.0f} s; its own lines say why; then run:"
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
    """Write down how the camera stands. A disk that takes nothing is no reason to end."""
    try:
        camera_state.tell(config.store.directory, word, utc_s=time.time())
    except StoreError as error:
        log.warning("%s", error)


def _history(folder: Path) -> History:
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads((folder / HISTORY).read_text("ascii"))
        return History(Restarts(tuple(map(float, kept["ended"])), int(kept["doublings"])), kept["wait_until_s"])
    return History(Restarts())


def _good_s(folder: Path, now_s: float) -> float:
    """Return how long the sensor was at work, and forget when it began: the next may never begin."""
    begun = folder / BEGUN
    try:
        return max(0.0, now_s - float(begun.read_text("ascii")))
    except (OSError, ValueError):
        return 0.0
    finally:
        begun.unlink(missing_ok=True)
