# SPDX-License-Identifier: Apache-2.0
"""When a window was, in UTC, and how far to trust it.

A window that no synchronised clock could date waits a stated time for a better one, is dated once
and says so. A synchronised clock that was set is noticed, and windows say so.
"""

import math

from edge_agent.clock import Clock, StepDetector
from edge_agent.process_settings import GateSettings
from edge_agent.store.pending_window import PendingWindow
from wire_contract.messages.report import ClockQuality

DAY_S = 86_400.0


class Dating:
    """The dates of one run of the gate."""

    def __init__(self, settings: GateSettings, clock: Clock) -> None:
        self._clock, self._steps = clock, StepDetector(clock)
        self._is_replay, self._epoch_s = settings.slots.replay, settings.replay_epoch_s
        self._boot, self._wait_s = settings.boot, settings.clock_wait_s
        self._payload_days = settings.payload_days

    def date_closed(self, begun_s: float) -> tuple[int, ClockQuality]:
        """Date a slot that is closed now and began at `begun_s` (monotonic, or the file's time)."""
        start_s, quality = self._date(begun_s)
        was_set = self._steps.look()
        if was_set and quality is ClockQuality.SYNCHRONISED and not self._is_replay:
            quality = ClockQuality.STEPPED
        return start_s, quality

    def date_again(self, window: PendingWindow) -> tuple[int, ClockQuality]:
        """Date a window for good.

        One from before the clock was right, and of this boot, gets its true time now.
        """
        quality = ClockQuality(window.quality)
        is_unsure = quality is ClockQuality.UNSYNCHRONISED and window.boot == self._boot
        if is_unsure and self._clock.synchronised():
            return self._date(window.start_monotonic_s)[0], ClockQuality.REDATED
        return window.start_s, quality

    def undated_until_s(self) -> float:
        """Return up to which start (monotonic) a window without a date is signed nevertheless."""
        if self._clock.synchronised():
            return math.inf
        return self._clock.monotonic_s() - self._wait_s

    def purge_before_ms(self) -> int:
        """Return before which signing time (UTC) a payload's time is over.

        0, which is none, by a clock that may be wrong.
        """
        if not self._clock.synchronised() or self._steps.steps:
            return 0
        return round((self._clock.utc_s() - self._payload_days * DAY_S) * 1000)

    def _date(self, start_monotonic_s: float) -> tuple[int, ClockQuality]:
        if self._is_replay:
            return self._epoch_s + round(start_monotonic_s), ClockQuality.SYNCHRONISED
        offset_s = self._clock.utc_s() - self._clock.monotonic_s()
        quality = (
            ClockQuality.SYNCHRONISED if self._clock.synchronised() else ClockQuality.UNSYNCHRONISED
        )
        return max(0, round(start_monotonic_s + offset_s)), quality
