# SPDX-License-Identifier: Apache-2.0
"""Train a site's forecaster anew, each week, at a quiet hour, in a process of its own.

Rule 1: one at a time, over all sites, with what is left of the processor (SCHED_IDLE): what is
committed and estimated never waits for it. Rule 2: which one goes live is decided as `forecast
train` does. Rule 3: one that fails or lasts too long is ended, named, and tried again a night
later.
"""

import logging
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING

from fusion_service.errors import ForecastError
from fusion_service.estimate.forecast.inputs.panel import DAY_S, Panel
from fusion_service.estimation.forecasting.training import training_process
from fusion_service.estimation.forecasting.training.request import Request, write_request
from fusion_service.estimation.forecasting.wall_panel import Locality
from fusion_service.store.forecast.steps import HOUR_S

if TYPE_CHECKING:
    from fusion_service.estimation.model_folder import ModelFolder

QUIET_HOUR = 4
EVERY_S = 6 * DAY_S + 12 * HOUR_S
DAYS_MIN = 88
"""Two months to learn from, and four weeks to compare on (estimate/forecast/training.py)."""
LONGEST_S = 4 * HOUR_S
TRIED_S = 20 * HOUR_S
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Running:
    site: str
    process: subprocess.Popen[bytes]
    request: Path
    begun_s: float


class Retraining:
    """The one training that may run, and what the last ones came to."""

    def __init__(self) -> None:
        self._running: _Running | None = None
        self._tried: dict[str, int] = {}
        """When each site had its turn last, unix s."""
        self.trouble: dict[str, str] = {}

    def is_quiet(self, now_s: int, locality: Locality) -> bool:
        """Say whether it is the hour, at a place, in which one may begin."""
        local = datetime.fromtimestamp(now_s, UTC).astimezone(locality.zone)
        return self._running is None and local.hour == QUIET_HOUR

    def is_due(self, site: str, now_s: int, newest_ms: int | None) -> bool:
        """Say whether a site is to be trained: it was not for a week, nor tried for a day."""
        if now_s - self._tried.get(site, 0) < TRIED_S:
            return False
        return newest_ms is None or now_s - newest_ms // 1000 >= EVERY_S

    def note_tried(self, site: str, now_s: int) -> None:
        """Note that a site had its turn tonight."""
        self._tried[site] = now_s

    def begin(
        self, site: str, panel: Panel, places: tuple[str, ...], folder: Path, at: datetime
    ) -> None:
        """Begin to train a site. Raises ForecastError where that cannot be begun."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            number, name = mkstemp(suffix=".request", dir=folder)
            with open(number, "wb") as file:  # noqa: PTH123 - a number, no path
                write_request(file, Request(panel, places, int(at.timestamp() * 1000)))
            command = [sys.executable, "-m", training_process.__name__, str(folder), name]
            process = subprocess.Popen(  # noqa: S603 - our own module over our own files
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        except OSError as error:
            raise ForecastError(f"{site}: training cannot begin: {error}") from error
        self._running = _Running(site, process, Path(name), time.monotonic())
        log.info("site %s: a forecaster is trained anew", site)

    def look_after(self) -> bool:
        """Say whether one runs; end it where it lasts too long, and note what it came to."""
        running = self._running
        if running is None:
            return False
        if running.process.poll() is None:
            if time.monotonic() - running.begun_s < LONGEST_S:
                return True
            running.process.kill()
        _, said = running.process.communicate()
        running.request.unlink(missing_ok=True)
        self._running = None
        if running.process.returncode:
            last = said.decode(errors="replace").strip().splitlines()[-1:] or ["it was ended"]
            self.trouble[running.site] = f"{running.site}: training failed: {last[0][:200]}"
            log.warning("%s; tried again tomorrow", self.trouble[running.site])
        else:
            self.trouble.pop(running.site, None)
        return False

    def stop(self) -> None:
        """End what runs."""
        if self._running is not None:
            self._running.process.kill()
            self._running.process.communicate()
            self._running.request.unlink(missing_ok=True)
            self._running = None


def newest_of(folder: "ModelFolder", places: tuple[str, ...]) -> int | None:
    """Return when the newest version for these places was made, live or not."""
    made = [one.made_ms for one in folder.versions() if one.places == places]
    return max(made, default=None)
