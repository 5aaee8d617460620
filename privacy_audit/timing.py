# SPDX-License-Identifier: Apache-2.0
"""What depends on time: how long the audit waits, and what it says where that was not long enough.

Rule 1: time alone never makes anything fall. A wait that ran out is an unproven finding, with what
the machine was doing. Rule 2: only what is in `TIMED` may say so; docs/OPERATIONS.md has the same
list, and a test holds the two together. Rule 3: a wait is counted in seconds of a machine that does
nothing else. Where eight programs share a processor, an eighth counts.
"""

import os
import time
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from threading import Event, Thread
from typing import Self

from privacy_audit.finding import Finding, Mechanism, Verdict

TIMED = {
    ("flood", "mutated records"): "a gate must read them and end by itself",
    (
        "flood",
        "throughput of a lying sensor",
    ): "records must reach a gate within windows of one second",
    ("telemetry", "a build that reports"): "it must be seen to report before the wait is over",
    ("telemetry", "the box's own build"): "it must load the model before the wait is over",
    (
        "at rest",
        "the sensor's memory",
    ): "the film's marker must be met in memory that is overwritten with each frame",
    (
        "pairs",
        "* and *: *",
    ): "what is shown for a moment only must be seen to carry without the wall",
    ("guessing", "time of release"): "it is a measurement of time",
    ("guessing", "a slot released again"): "a gate must start four times within one window",
    ("guessing", "noise of known counts"): "records must reach a gate within windows of one second",
    ("guessing", "noise of the running box"): "the box must have released enough numbers",
    ("trail", "ledger and broker"): "what is signed must have reached the broker",
    ("trail", "ledger and centre"): "what reached the broker must have been taken in by the centre",
    ("trail", "bytes of the connection"): "what was sent must have been heard",
    ("trail", "bytes of the uplink's user"): "what was sent must have been heard",
    (
        "fields and files",
        "fields beside the counts",
    ): "a gate must read what it is told and end by itself",
    ("masks", "a person behind a mask"): "two sensors must come to the end of a film",
    ("masks", "a gate that has not been let begin"): "a gate must take a record once it may",
    (
        "the supervisor",
        "processes that are not locked in",
    ): "a box must have decided before the wait is over",
    ("impostors", "the broker's certificate"): "an uplink must have tried again so often",
    ("impostors", "an uplink that has not been let begin"): "an uplink must connect once it may",
    ("the centre", "untrue messages"): "a report must have been signed, and true ones taken in",
    ("what it says of itself", "what it has signed"): "a report must have been signed",
}
"""Part and name of each finding that a slow machine may leave unproven, and why it depends on time;
`*` is any words."""
TOO_BUSY = "the machine may be too busy"
"""The last words of a finding that time alone has kept from being seen."""
BUSY_PROGRAMS = 2.0
"""More programs at work than this for each processor, on average, and a machine is busy: each waits
longer than it works."""
SHARED_MAX = 64.0
"""A wait is stretched at most so many times: what is not there then is not coming."""
_SAMPLE_S = 0.2


def at_work() -> int:
    """Return how many programs want a processor at this moment, this one left out.

    Source: proc(5), /proc/loadavg, fourth field.
    """
    with suppress(OSError, ValueError, IndexError):
        return max(
            0, int(Path("/proc/loadavg").read_text("ascii").split()[3].partition("/")[0]) - 1
        )
    return 0


def processors() -> int:
    """Return how many processors this program may use."""
    return len(os.sched_getaffinity(0))


class Wait:
    """A wait of so many seconds of an idle machine.

    On one where n programs share each processor time counts an nth.
    """

    def __init__(self, seconds: float) -> None:
        self._left_s, self._last_s = seconds, time.monotonic()

    def over(self) -> bool:
        """Say whether the time is over."""
        return self.left_s() <= 0.0

    def left_s(self) -> float:
        """Return what is left, seconds of an idle machine: at least so long is to be waited yet."""
        now_s = time.monotonic()
        self._left_s -= (now_s - self._last_s) / min(
            SHARED_MAX, max(1.0, (at_work() + 1) / processors())
        )
        self._last_s = now_s
        return self._left_s


def too_slow(part: str, name: str, mechanism: Mechanism, subject: str, what: str) -> Finding:
    """Return the finding that time alone has kept something from being seen.

    The runner adds what the machine was doing.
    """
    named = any(part == known and fnmatchcase(name, pattern) for known, pattern in TIMED)
    assert named, f"{part}: {name} is not among what may depend on time"  # noqa: S101 - no input can cause it
    return Finding(part, name, mechanism, subject, Verdict.UNPROVEN, what, timed=True)


def ran_out(verdict: Verdict, detail: str) -> bool:
    """Say whether a finding is unproven because something had not happened in time.

    Its last words say so.
    """
    return verdict is Verdict.UNPROVEN and detail.endswith(TOO_BUSY)


class Meter:
    """Watches how busy the machine is while the block lasts.

    Programs that want a processor, on average.
    """

    def __init__(self) -> None:
        self._sum, self._count, self._ended = 0, 0, Event()
        self._thread = Thread(target=self._sample, name="audit-meter", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def programs(self) -> float:
        """Programs at work so far, on average."""
        return self._sum / self._count if self._count else float(at_work())

    @property
    def busy(self) -> bool:
        """Whether the machine was too busy to measure time on it."""
        return is_busy(self.programs)

    def explained(self, finding: Finding) -> Finding:
        """Return the finding with what the machine did, where time alone kept something unseen."""
        if not finding.timed:
            return finding
        figures = f"({self.programs:.1f} programs at work on {processors()} processors)"
        if self.busy:
            return replace(
                finding,
                detail=f"{finding.detail}; the machine was too busy to measure this {figures}",
            )
        more = f"this depends on time, and the machine was not busy {figures}: run the audit again"
        return replace(finding, detail=f"{finding.detail}; {more}")

    def _sample(self) -> None:
        while not self._ended.wait(_SAMPLE_S):
            self._sum += at_work()
            self._count += 1


def is_busy(programs: float) -> bool:
    """Say whether so many programs at work are too many for what depends on time."""
    return programs > BUSY_PROGRAMS * processors()
