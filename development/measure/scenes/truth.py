# SPDX-License-Identifier: Apache-2.0
"""What a person who watched a film would have counted, also while it is played again and again."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from development.measure.scenes.counts_file import read_counts
from development.measure.scenes.film import SeenFilm
from development.measure.scenes.scene_folder import SceneFolder
from development.measure.scoring import Event, read_truth, true_events
from edge_agent.counting.geometry import inside
from edge_agent.counting.line import Line
from edge_agent.counting.zone import Zone
from edge_agent.errors import ConfigError

NOT_COUNTED = -1


@dataclass(frozen=True, slots=True)
class SceneTruth:
    """The truth of one film, once through.

    events: of each line, None where nobody followed people. people: (zones, frames), NOT_COUNTED
    where nobody counted; None where nobody ever did.
    """

    events: tuple[tuple[Event, ...], ...] | None
    people: NDArray[np.int64] | None
    length_s: float

    def crossings(self, line: int, begin_s: float, end_s: float) -> tuple[int, int]:
        """Return who went in and out of a line in a window of the film that is repeated."""
        ways = {"in": 0, "out": 0}
        for event in (self.events or ())[line]:
            ways[event.direction] += self._times(event, end_s) - self._times(event, begin_s)
        return ways["in"], ways["out"]

    def _times(self, event: Event, until_s: float) -> int:
        """Return how often an event has come by the time until_s."""
        return max(0, math.ceil((until_s - event.at_s) / self.length_s))


def truth_of(
    scene: SceneFolder, film: SeenFilm, lines: Sequence[Line], zones: Sequence[Zone]
) -> SceneTruth:
    """Return the truth about a film at lines and in zones. Raises ConfigError."""
    frames = len(film.frames)
    if scene.truth is not None:
        return _followed(scene, film, lines, zones)
    if scene.counts is None:
        return SceneTruth(None, None, film.length_s)
    people = np.full((len(zones), frames), NOT_COUNTED, np.int64)
    for frame, count in read_counts(scene.counts).items():
        if frame >= frames:
            raise ConfigError(
                f"{scene.counts}: got frame {frame}, wanted one of the film's {frames}, 0 is the "
                "first"
            )
        people[:, frame] = count
    return SceneTruth(None, people, film.length_s)


def _followed(
    scene: SceneFolder, film: SeenFilm, lines: Sequence[Line], zones: Sequence[Zone]
) -> SceneTruth:
    try:
        rows = read_truth(scene.truth) if scene.truth else np.empty((0, 6))
    except (OSError, ValueError, IndexError) as error:
        raise ConfigError(f"{scene.truth}: no truth in MOTChallenge form: {error}") from error
    frames = len(film.frames)
    feet = np.column_stack([rows[:, 2] + rows[:, 4] / 2, rows[:, 3] + rows[:, 5]])
    numbers = rows[:, 0].astype(np.int64) - 1
    within = [inside(feet, np.array(zone.polygon)) for zone in zones]
    people = [np.bincount(numbers[here], minlength=frames)[:frames] for here in within]
    return SceneTruth(
        tuple(tuple(_at_the_films_times(true_events(rows, line, 1.0), film)) for line in lines),
        np.array(people, np.int64).reshape(len(zones), frames),
        film.length_s,
    )


def _at_the_films_times(events: Sequence[Event], film: SeenFilm) -> list[Event]:
    """Turn events at frame numbers into events at the film's own times."""
    times_s = [seen.captured_s for seen in film.frames]
    numbers = np.arange(len(times_s))
    return [
        Event(float(np.interp(event.at_s, numbers, times_s)), event.direction)
        for event in events
        if event.at_s <= numbers[-1]
    ]
