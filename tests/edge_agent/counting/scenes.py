# SPDX-License-Identifier: Apache-2.0
"""Put a scene in front of frames, and say what it made of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from development.fakes.street import Point, StreetFrame, boxes_at
from edge_agent.counting.detection import Detections
from edge_agent.counting.line import Crossing, Direction, Line
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings, Tracks
from edge_agent.counting.window import Window, WindowSums
from edge_agent.counting.zone import Zone


@dataclass(frozen=True, slots=True)
class Counted:
    """All crossings, and the people in each zone frame by frame."""

    crossings: tuple[Crossing, ...]
    people: tuple[tuple[int, ...], ...]

    def ways(self, line: int = 0) -> tuple[int, int]:
        """Return how many crossed a line in and out."""
        directions = [crossing.direction for crossing in self.crossings if crossing.line == line]
        return directions.count(Direction.IN), directions.count(Direction.OUT)


def count_frames(
    frames: Iterable[StreetFrame],
    lines: tuple[Line, ...] = (),
    zones: tuple[Zone, ...] = (),
    settings: TrackerSettings | None = None,
    *,
    frame_width_px: float | None = None,
) -> Counted:
    """Count over all frames, to the last crossing held."""
    scene = Scene(
        lines, zones, settings=settings or TrackerSettings(), frame_width_px=frame_width_px
    )
    crossings: list[Crossing] = []
    people = []
    for frame in frames:
        counts = scene.observe_frame(Detections(frame.boxes, frame.confidences), frame.at_s)
        crossings += counts.crossings
        people.append(tuple(occupancy.people for occupancy in counts.occupancies))
    return Counted((*crossings, *scene.finish()), tuple(people))


def count_windows(
    frames: Iterable[StreetFrame], line: Line, *, length_s: float
) -> tuple[WindowSums, ...]:
    """Count at one line and return the sums of each window of `length_s`.

    Those held at the end fall into the last.
    """
    scene, window = (
        Scene((line,), (), settings=TrackerSettings()),
        Window(lines=1, zones=0, frame_s=0.1),
    )
    sums: list[WindowSums] = []
    for each in frames:
        if each.at_s >= (len(sums) + 1) * length_s:
            sums.append(window.close())
            scene.begin_window()
        counts = scene.observe_frame(Detections(each.boxes, each.confidences), each.at_s)
        window.add_frame(each.at_s, counts.crossings, (), saturated=counts.saturated)
    window.add_crossings(scene.finish())
    return (*sums, window.close())


def frame(
    at_s: float, *feet: Point, height_px: float = 80.0, confidence: float = 0.9
) -> StreetFrame:
    """Return a frame with people of one height at `feet`."""
    places = np.array(feet, np.float64).reshape(-1, 2)
    boxes = boxes_at(places, np.full(len(feet), height_px)).astype(np.float32)
    return StreetFrame(at_s, boxes, np.full(len(feet), confidence, np.float32), places)


def detections(*feet: Point, height_px: float = 80.0, confidence: float = 0.9) -> Detections:
    """Return the detections of people of one height at `feet`."""
    seen = frame(0.0, *feet, height_px=height_px, confidence=confidence)
    return Detections(seen.boxes, seen.confidences)


def tracks_at(
    feet: Sequence[Point],
    *,
    confirmed: bool = True,
    unseen_s: float = 0.0,
    weak_s: float = 0.0,
    known_s: float = 10.0,
    started: int = 0,
    ended: Sequence[int] = (),
    height: float = 80.0,
) -> Tracks:
    """Return tracks as a tracker would give them, at feet and all alike.

    Of those in the frame before, all or none ended.
    """
    count = len(feet)
    return Tracks(
        ids=np.arange(1, count + 1),
        feet=np.array(feet, np.float64).reshape(-1, 2),
        sizes=np.tile([0.4 * height, height], (count, 1)),
        velocities=np.zeros((count, 2)),
        confirmed=np.full(count, confirmed),
        seen=np.full(count, unseen_s == 0.0),
        unseen_s=np.full(count, unseen_s),
        weak_s=np.full(count, weak_s),
        known_s=np.full(count, known_s),
        hits=np.full(count, 9),
        first_frames=np.ones(count, np.int64),
        frame=9,
        stayed=np.empty(0, np.intp),
        ended=np.array(ended, np.intp),
        lost=np.empty((0, 3)),
        started=started,
        refused=0,
    )
