# SPDX-License-Identifier: Apache-2.0
"""The lines of a scenario as they are played: each at its time, or when somebody says so.

Rule 1: a line begins and ends with a minute, so that what is drawn of a minute is of one state.
Rule 2: without anybody's doing the lines are those of the file. Safe for many threads.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from fusion_service.exercise.scenario import MINUTE_S, Inject


class LineState(StrEnum):
    """Where a line stands."""

    TO_COME = "to come"
    UNDER_WAY = "under way"
    OVER = "over"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the script. number: its place in the file, from 1; inject: with its times now.

    length_s: how long it lasts where nobody ends it.
    """

    number: int
    inject: Inject
    length_s: int
    by_hand: bool = False
    is_left_out: bool = False
    is_ended_by_hand: bool = False

    def state(self, next_s: int) -> LineState:
        """Say where it stands, where next_s is the minute that is drawn next."""
        if self.is_left_out:
            return LineState.LEFT_OUT
        if next_s <= self.inject.at_s:
            return LineState.TO_COME
        return LineState.UNDER_WAY if next_s < self.inject.until_s else LineState.OVER


class Script:
    """The lines, and the minute that is drawn next."""

    def __init__(self, injects: Sequence[Inject], start_s: int) -> None:
        self._lines = [
            Line(number, one, one.until_s - one.at_s) for number, one in enumerate(injects, 1)
        ]
        self._next_s = start_s
        self._lock = threading.Lock()

    @property
    def next_s(self) -> int:
        """The minute that is drawn next, unix s."""
        with self._lock:
            return self._next_s

    def lines(self) -> list[Line]:
        """Return the lines as they stand, in the order of the file."""
        with self._lock:
            return list(self._lines)

    def injects(self) -> tuple[Inject, ...]:
        """Return what happens at any time, as it stands now."""
        with self._lock:
            return tuple(one.inject for one in self._lines if not one.is_left_out)

    def draw(self, start_s: int) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
        """Say that a minute is drawn; return the lines that hold in it, and those that just ended.

        What is said from now on is of the minute after.
        """
        with self._lock:
            self._next_s = start_s + MINUTE_S
            known = [one for one in self._lines if not one.is_left_out]
        holding = tuple(one for one in known if one.inject.holds(start_s))
        ended = tuple(one for one in known if one.inject.until_s == start_s)
        return holding, ended

    def next_line_s(self, *, is_after_next: bool = False) -> int | None:
        """Return when the next line begins that has not yet; None where none is left.

        is_after_next: those that begin with the minute that is drawn next are passed over.
        """
        with self._lock:
            coming = [
                one.inject.at_s
                for one in self._lines
                if one.state(self._next_s) is LineState.TO_COME
                and one.inject.at_s >= self._next_s + is_after_next
            ]
        return min(coming, default=None)

    def begin(self, number: int) -> Line | None:
        """Have a line begin with the next minute, for as long as it was to last.

        Return None where it is under way, or where there is no such line.
        """
        with self._lock:
            line = self._line(number)
            if line is None or line.state(self._next_s) is LineState.UNDER_WAY:
                return None
            until_s = self._next_s + line.length_s
            moved = replace(line.inject, at_s=self._next_s, until_s=until_s)
            return self._put(Line(number, moved, line.length_s, by_hand=True))

    def leave_out(self, number: int) -> Line | None:
        """Have a line not happen; None where it has begun already, or where there is none."""
        with self._lock:
            line = self._line(number)
            if line is None or line.state(self._next_s) is not LineState.TO_COME:
                return None
            return self._put(replace(line, is_left_out=True))

    def end(self, number: int) -> Line | None:
        """Have a line that is under way end with this minute; None where it is not."""
        with self._lock:
            line = self._line(number)
            if line is None or line.state(self._next_s) is not LineState.UNDER_WAY:
                return None
            cut = replace(line.inject, until_s=self._next_s)
            return self._put(replace(line, inject=cut, is_ended_by_hand=True))

    def _line(self, number: int) -> Line | None:
        return next((one for one in self._lines if one.number == number), None)

    def _put(self, line: Line) -> Line:
        self._lines[line.number - 1] = line
        return line
