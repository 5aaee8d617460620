# SPDX-License-Identifier: Apache-2.0
"""Time, as the box knows it.

Monotonic within a boot, UTC with a word on how far to trust it, and the slots cut from it.
"""

import ctypes
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_STA_UNSYNC = 0x0040
_TIME_ERROR = 5


class Clock(Protocol):
    """What a process asks of time. Tests hand in one they can turn."""

    def monotonic_s(self) -> float:
        """Return seconds that never jump and mean nothing after a reboot."""

    def utc_s(self) -> float:
        """Return UTC as the machine believes it, unix seconds."""

    def synchronised(self) -> bool:
        """Say whether the kernel holds UTC for synchronised."""


class SystemClock:
    """The machine's clocks."""

    def monotonic_s(self) -> float:
        """Return CLOCK_MONOTONIC."""
        return time.monotonic()

    def utc_s(self) -> float:
        """Return CLOCK_REALTIME."""
        return time.time()

    def synchronised(self) -> bool:
        """Ask the kernel (adjtimex), where every time daemon leaves its verdict."""
        timex = _Timex()
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
        return 0 <= state != _TIME_ERROR and not timex.status & _STA_UNSYNC


class _Timex(ctypes.Structure):
    """struct timex of the kernel, up to the field that is read.

    The rest is room for what the kernel writes.
    """

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 64),
    )


STEP_S = 1.0
"""UTC that moves against the monotonic clock by more than this between two looks has been set, not
steered."""


class StepDetector:
    """Notice a synchronised clock that is set.

    Its UTC jumps against the monotonic clock, which never does.

    After it was set back it shows times that it has shown before. Until it is past them, two
    windows may carry one start.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_s: float | None = None
        self._shown_until_s = 0.0
        self.steps = 0

    def look(self) -> bool:
        """Say whether the clock was set since the last look, or shows a time of before.

        False while it is not synchronised: then nothing is claimed of it.
        """
        if not self._clock.synchronised():
            return False
        utc_s = self._clock.utc_s()
        offset_s = utc_s - self._clock.monotonic_s()
        before_s, self._offset_s = self._offset_s, offset_s
        jumped = before_s is not None and abs(offset_s - before_s) > STEP_S
        if before_s is not None and jumped:
            self.steps += 1
            self._shown_until_s = max(self._shown_until_s, utc_s - offset_s + before_s)
        return jumped or utc_s < self._shown_until_s


def boot_id() -> str:
    """Return the UUID that the kernel drew at this boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()


@dataclass(frozen=True, slots=True)
class Slots:
    """Time cut into windows.

    Slot k covers [origin_s + k * length_s, origin_s + (k + 1) * length_s).
    """

    origin_s: float
    length_s: int

    def at(self, now_s: float) -> int:
        """Return the slot that holds `now_s`; slots before the origin do not exist and give 0."""
        return max(0, math.floor((now_s - self.origin_s) / self.length_s))

    def start_s(self, slot: int) -> float:
        """Return when `slot` begins."""
        return self.origin_s + slot * self.length_s

    def first_from(self, at_s: float) -> int:
        """Return the first slot that does not begin before `at_s`."""
        return max(0, math.ceil((at_s - self.origin_s) / self.length_s))

    def end_s(self, slot: int) -> float:
        """Return when `slot` ends."""
        return self.start_s(slot + 1)


def aligned_origin_s(clock: Clock, length_s: int) -> float:
    """Return the monotonic time at which the UTC multiple of `length_s` lies that began last."""
    monotonic_s, utc_s = clock.monotonic_s(), clock.utc_s()
    return monotonic_s - utc_s % length_s
