# SPDX-License-Identifier: Apache-2.0
"""One site's fusion over time: a number a zone at each step, and what comes late revises the past.

A step is a minute, or as long as the windows of a counter are that are shorter. Windows that ended
in it are taken in as they come, so the newest number stands on what is there. A window of a step
before takes fusion back to a mark before it, and all that is known since is taken in anew: what was
known before is kept beside what is known now.

Marks: one a step of the last quarter of an hour, one a quarter before, a day back, of a very large
site less. What comes later than that is in sums and series and revises no estimate.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fusion_service.estimate.fusion import Fusion, Mark
from fusion_service.estimate.observation import Observation, ZoneEstimate
from fusion_service.estimation.observed import ended

STEP_S = 60
"""A minute, the usual window."""
STEPS_S = (10, 15, 20, 30, STEP_S)
"""A site with a counter whose windows are shorter has the longest of these steps that is not longer
than they are: each has a part of a minute, so that steps of before stay steps."""
SHORT_TIMES = 3
QUARTER_S = 900
MARKS_SIZE = 100_000
MARKS_MIN = 20
"""A mark is as large as the site: with a thousand zones of three counters it has 10 MB. So many
zones and counters are kept in all marks together, and the last quarter of an hour in any case."""
BACK_S = 86_400
"""How far back what comes late revises estimates."""
WAITING_MAX = 10_000
"""Observations kept of windows that have not ended by the site's clock; more are left to the sums.
A box whose clock is ahead ends up here."""

Between = Callable[[int, int], list[Observation]]
"""Return all observations of windows that ended after one moment and until another."""


@dataclass(frozen=True, slots=True)
class Worked:
    """Estimates of one step; `revised` where it was over before."""

    at_s: int
    estimates: list[ZoneEstimate]
    revised: bool


class SitePicture:
    """One site's fusion, its marks and what waits for its time to come."""

    def __init__(self, fusion: Fusion, at_s: int) -> None:
        """Begin at the step of a moment: what ended before is in `fusion`, or in nothing."""
        self._fusion = fusion
        self._at_s = step_of(at_s)
        self._marks: list[tuple[int, Mark]] = [(self._at_s, fusion.mark())]
        """By time. All that ended by a mark's time is in it; the last is of before the running
        step, the first is as far back as we can go."""
        self._waiting: list[Observation] = []
        """Of windows that have not ended by the site's clock."""
        self._learnt: tuple[int, bytes] | None = None
        self._step_s = STEP_S
        self._short: dict[str, int] = {}
        """How many windows in a row of each counter were shorter than a step."""

    @property
    def at_s(self) -> int:
        """The step that is worked on: the newest that was reached."""
        return self._at_s

    def earliest_late(self, observations: Sequence[Observation]) -> int | None:
        """Return the earliest end of those that came after their step was over; None for none.

        What is older than the marks is not looked at.
        """
        first_s, begun_s = self._marks[0][0], self._marks[-1][0]
        late = (end_s for one in observations if first_s < (end_s := ended(one)) <= begun_s)
        return min(late, default=None)

    def take_in(self, observations: Sequence[Observation], now_s: int) -> list[Worked]:
        """Take in windows that came in time, and go on to `now_s`, step by step."""
        begun_s = self._marks[-1][0]
        self._shorten(observations)
        self._waiting.extend(one for one in observations if ended(one) > begun_s)
        del self._waiting[:-WAITING_MAX]
        worked = []
        if any(ended(one) <= self._at_s for one in self._waiting):
            worked.append(self._work(revised=False))
        while self._at_s + self._step_s <= now_s:
            worked.append(self._next_step(revised=False))
        return worked

    def revise(self, late_s: int, between: Between) -> list[Worked]:
        """Go back to before a late window, and take in anew all that is known since.

        `between` returns all that is known of windows that ended in a time. The step that is worked
        on is among the answers and is not `revised`.
        """
        reached_s = self._at_s
        while self._marks[-1][0] >= late_s and len(self._marks) > 1:
            self._marks.pop()
        self._at_s, mark = self._marks.pop()
        self._fusion.return_to(mark)
        waiting = [one for one in self._waiting if ended(one) > reached_s]
        self._waiting = [*between(self._at_s, reached_s), *waiting]
        return [
            self._next_step(revised=at_s < reached_s)
            for at_s in range(self._at_s + self._step_s, reached_s + 1, self._step_s)
        ]

    def memory(self) -> tuple[int, bytes] | None:
        """Return, once, what fusion had learnt by the last quarter of an hour, and when that was.

        None where no quarter has begun since it was asked.
        """
        learnt, self._learnt = self._learnt, None
        return learnt

    def _shorten(self, observations: Sequence[Observation]) -> None:
        """Let steps be as short as the windows of a counter are, from now on.

        Three in a row: one short window is that of a box which was stopped in it.
        """
        for one in observations:
            is_short = one.length_s < self._step_s
            times = self._short[one.sensor] = self._short.get(one.sensor, 0) + 1 if is_short else 0
            if times >= SHORT_TIMES:
                fitting = [step_s for step_s in STEPS_S if step_s <= one.length_s]
                self._step_s = fitting[-1] if fitting else STEPS_S[0]
                self._short.clear()

    def _next_step(self, *, revised: bool) -> Worked:
        self._marks = [
            (at_s, mark)
            for at_s, mark in self._marks
            if at_s > self._at_s - QUARTER_S
            or (at_s % QUARTER_S == 0 and at_s > self._at_s - BACK_S)
        ]
        del self._marks[: -max(MARKS_MIN, MARKS_SIZE // self._fusion.size)]
        self._marks.append((self._at_s, self._fusion.mark()))
        if self._at_s % QUARTER_S == 0 and not revised:
            self._learnt = (self._at_s, self._fusion.memory())
        self._at_s += self._step_s
        return self._work(revised=revised)

    def _work(self, *, revised: bool) -> Worked:
        due = [one for one in self._waiting if ended(one) <= self._at_s]
        self._waiting = [one for one in self._waiting if ended(one) > self._at_s]
        estimates = self._fusion.advance(self._at_s, sorted(due, key=ended))
        return Worked(self._at_s, estimates, revised)


def step_of(at_s: int) -> int:
    """Return the last moment on which a step ended."""
    return at_s // STEP_S * STEP_S
