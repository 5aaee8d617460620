# SPDX-License-Identifier: Apache-2.0
"""Count a film as a box does that has looked at it for an hour and longer.

The tracker begins anew where the film does, so that nobody is followed over the joint. What a box
knows of the place goes on through all of it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from development.measure.scenes.exact_gate import CappedSource, ExactGate, ReleasedWindow
from development.measure.scenes.film import Repeated, SeenFilm
from development.measure.scoring import Event
from edge_agent.counting.line import Crossing
from edge_agent.process_settings import ViewSettings
from edge_agent.processes.counted_window import WindowCounter
from edge_agent.processes.sensor import open_scene
from edge_agent.vision.quality.monitor import WindowQuality

SETTLED_S = 3600.0
"""What a box says of a place it says after an hour there; windows from then on are scored ..."""
SCORED_S = 600.0
"""... for so long, seconds."""


@dataclass(frozen=True, slots=True)
class ScoredWindow:
    """One window as it leaves the box, and which frames of the film were in it, by number."""

    begin_s: float
    end_s: float
    released: ReleasedWindow
    frames: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BoxCounts:
    """What a box counts.

    events: of each line, once through the film. people: (zones, frames), once through. windows:
    those after the hour. count_ms: what counting takes of the processor, ms a frame.
    """

    events: tuple[tuple[Event, ...], ...]
    people: NDArray[np.int64]
    windows: tuple[ScoredWindow, ...]
    count_ms: float


@dataclass(frozen=True, slots=True)
class Course:
    """How long windows are, how long the box has been there, and how long it is scored, seconds."""

    window_s: int
    settled_s: float = SETTLED_S
    scored_s: float = SCORED_S


class BoxRun:
    """One box before a film that is played again and again."""

    def __init__(
        self,
        film: SeenFilm,
        qualities: Sequence[WindowQuality],
        view: ViewSettings,
        course: Course,
    ) -> None:
        self._film, self._course, self._lines = film, course, len(view.lines)
        self._repeated = Repeated(film, qualities)
        scene = open_scene(view, film.thresholds, width_px=film.width_px, height_px=film.height_px)
        self._counter = WindowCounter(
            self._repeated,
            scene,
            lines=len(view.lines),
            zones=len(view.zones),
            frame_s=1.0 / film.fps,
        )
        self._gate = ExactGate(
            [CappedSource(line.id, line.count_max) for line in view.lines],
            [CappedSource(zone.id, zone.count_max) for zone in view.zones],
            length_s=course.window_s,
        )
        self._slot, self._numbers = 0, list[int]()
        self._windows: list[ScoredWindow] = []

    def run(self) -> BoxCounts:
        """Count until the course is over, and at least once through the film."""
        until_s = max(self._course.settled_s + self._course.scored_s, self._film.length_s)
        begun_s, once = time.process_time(), len(self._film.frames)
        crossings, people = list[Crossing](), list[tuple[int, ...]]()
        for number, seen in self._repeated.steps(until_s):
            if number == 0 and people:
                last = self._counter.cut()
                crossings += last if self._repeated.taken == once + 1 else ()
            self._close_until(seen.captured_s)
            self._numbers.append(number)
            counts = self._counter.count_frame(seen)
            if self._repeated.taken <= once:
                crossings += counts.crossings
                people.append(tuple(one.people for one in counts.occupancies))
        last = self._counter.finish()
        if self._repeated.taken <= once:
            crossings += last
        self._close_until(until_s)
        used_s = time.process_time() - begun_s
        return BoxCounts(
            events=tuple(
                tuple(
                    Event(one.crossed_s, str(one.direction))
                    for one in crossings
                    if one.line == line
                )
                for line in range(self._lines)
            ),
            people=np.array(people, np.int64).T.reshape(-1, once),
            windows=tuple(self._windows),
            count_ms=1000.0 * used_s / self._repeated.taken,
        )

    def _close_until(self, now_s: float) -> None:
        """Close the windows that have ended; keep those that are scored."""
        window_s = self._course.window_s
        while now_s >= (self._slot + 1) * window_s:
            counted = self._counter.close()
            begin_s = float(self._slot * window_s)
            if begin_s >= self._course.settled_s:
                self._windows.append(
                    ScoredWindow(
                        begin_s,
                        begin_s + window_s,
                        self._gate.release(self._slot, counted),
                        np.array(self._numbers, np.int64),
                    )
                )
            self._numbers.clear()
            self._slot += 1
