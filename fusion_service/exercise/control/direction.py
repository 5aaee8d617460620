# SPDX-License-Identifier: Apache-2.0
"""How fast an exercise goes, and what exercise control does to it.

Rule 1: all that is done is kept, apart from the log that players read. Rule 2: what is drawn is
never undone: a jump goes on to a moment, minute by minute, and nothing goes back.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from fusion_service.exercise.control.script import Line, Script
from fusion_service.exercise.scenario import MINUTE_S, MOMENTS, Scenario
from fusion_service.store.exercise.kept import SCRIPT, ControlDeed, ControlDraft, ExerciseKeeper

LOOK_S = 0.2
"""How often it is looked whether all is to stop."""


@dataclass(frozen=True, slots=True)
class Controller:
    """Who controls, by an id."""

    id: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How time goes. speed: times as fast as time, None as fast as it goes.

    until_s: a jump goes on to there, unix s.
    """

    speed: float | None
    is_paused: bool = False
    until_s: int | None = None
    is_over: bool = False


AS_FAST_AS_IT_GOES = Pace(None)


class Direction:
    """The exercise as it is controlled. One thread plays, and asks `wait` before each minute."""

    def __init__(self, scenario: Scenario, pace: Pace, stop: threading.Event) -> None:
        """stop: set where all is to end. One that is paused waits after the first minute."""
        self.scenario = scenario
        self.script = Script(scenario.injects, scenario.start_s)
        self.over = threading.Event()
        """Set once nothing more is to be played."""
        self._stop = stop
        self._pace = pace
        self._due = time.monotonic()
        self._changed = threading.Condition()
        self._keeper: ExerciseKeeper | None = None

    def keep_in(self, keeper: ExerciseKeeper) -> None:
        """Say where what is done is kept, once there is a store."""
        self._keeper = keeper

    @property
    def pace(self) -> Pace:
        """How time goes now."""
        with self._changed:
            return self._pace

    def wait(self) -> None:
        """Return once the next minute may be played, or at once where all is to stop."""
        begun_s = self.script.next_s
        with self._changed:
            while not self._may_go(begun_s):
                self._changed.wait(LOOK_S)
            if self._stop.is_set():
                self.over.set()
            self._due = max(self._due + self._minute_s(), time.monotonic() - self._minute_s())

    def _may_go(self, next_s: int) -> bool:
        pace = self._pace
        if self._stop.is_set() or pace.is_over:
            return True
        if pace.until_s is not None:
            if next_s < pace.until_s:
                return True
            self._pace = Pace(pace.speed, pace.is_paused)
            self._due = time.monotonic()
        if self._pace.is_paused:
            self._due = time.monotonic()
            return next_s == self.scenario.start_s  # without a minute there is nothing to see
        left_s = self._due + self._minute_s() - time.monotonic()
        if left_s <= 0:
            return True
        self._changed.wait(min(left_s, LOOK_S))
        return self._due + self._minute_s() <= time.monotonic()

    def _minute_s(self) -> float:
        return 0.0 if self._pace.speed is None else MINUTE_S / self._pace.speed

    # --- what exercise control does; each says whether it could be done

    def set_pace(self, who: Controller, *, speed: float | None, is_paused: bool) -> bool:
        """Go on or pause, so many times as fast as time."""
        with self._changed:
            before = self._pace
            if before.is_over:
                return False
            self._pace = Pace(speed, is_paused)
            self._due = time.monotonic()
            self._changed.notify_all()
        if speed != before.speed:
            self._note(who, ControlDeed.PACED, "" if speed is None else f"{speed:g}")
        if is_paused is not before.is_paused:
            self._note(who, ControlDeed.PAUSED if is_paused else ControlDeed.WENT_ON)
        return True

    def jump(self, who: Controller) -> bool:
        """Play on at once to where the next line begins; to the end where none is left."""
        coming_s = self.script.next_line_s(is_after_next=True)
        with self._changed:
            if self._pace.is_over:
                return False
            until_s = self.scenario.end_s if coming_s is None else coming_s
            self._pace = Pace(self._pace.speed, self._pace.is_paused, until_s)
            self._changed.notify_all()
        self._note(who, ControlDeed.JUMPED, str(until_s))
        return True

    def begin(self, who: Controller, number: int) -> bool:
        """Have a line begin with the next minute."""
        line = self._open() and self.script.begin(number)
        if line:
            self._note(who, ControlDeed.BEGAN, told(line))
        return bool(line)

    def leave_out(self, who: Controller, number: int) -> bool:
        """Have a line not happen."""
        line = self._open() and self.script.leave_out(number)
        if line:
            self._note(who, ControlDeed.LEFT_OUT, told(line))
        return bool(line)

    def end_line(self, who: Controller, number: int) -> bool:
        """Have a line end with this minute."""
        line = self._open() and self.script.end(number)
        if line:
            self._note(who, ControlDeed.ENDED_LINE, told(line))
        return bool(line)

    def end(self, who: Controller) -> bool:
        """Play nothing more."""
        if not self.finish():
            return False
        self._note(who, ControlDeed.ENDED)
        return True

    def finish(self) -> bool:
        """Say that nothing more is played; False where that was said already."""
        with self._changed:
            if self._pace.is_over:
                return False
            self._pace = Pace(self._pace.speed, is_over=True)
            self.over.set()
            self._changed.notify_all()
        return True

    # --- what happens by itself

    def hear_lines(self, start_s: int, holding: Sequence[Line], ended: Sequence[Line]) -> None:
        """Keep which lines begin with a minute, and which ended with the one before."""
        for line in ended:
            if not line.is_ended_by_hand and line.inject.kind not in MOMENTS:
                self._note(_SCRIPT, ControlDeed.ENDED_LINE, told(line), at_s=start_s)
        for line in holding:
            if line.inject.at_s == start_s and not line.by_hand:
                self._note(_SCRIPT, ControlDeed.BEGAN, told(line), at_s=start_s)

    def _open(self) -> bool:
        return not self.pace.is_over

    def _note(
        self, who: Controller, deed: ControlDeed, detail: str = "", *, at_s: int | None = None
    ) -> None:
        if self._keeper is None:
            return  # nobody could reach it before there is a store
        at_ms = (self.script.next_s if at_s is None else at_s) * 1000
        real_ms = time.time_ns() // 1_000_000
        draft = ControlDraft(at_ms, real_ms, who.id, who.organisation, deed, detail)
        self._keeper.note(draft)


_SCRIPT = Controller(SCRIPT, SCRIPT)


def told(line: Line) -> str:
    """Return a line in words of the scenario's file: its number, its kind, and where."""
    one = line.inject
    places = (*one.zones, *one.links, *one.devices, *filter(None, (one.to,)))
    number = str(one.people) if one.people else f"x{one.factor:g}" if one.factor != 1.0 else ""
    return " ".join(filter(None, (str(line.number), one.kind.value, *places, number)))
