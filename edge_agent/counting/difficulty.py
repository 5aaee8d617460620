# SPDX-License-Identifier: Apache-2.0
"""Condense how hard a window was to count into one of four classes.

Only what makes counting go wrong is looked at: people who cover each other, detections that the model was unsure of, people too
small for it, people who are many, and persons lost from sight beside a line or inside a zone. What an error then comes to is not
said here: edge_agent/sureness has it from windows whose truth is known.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.detection import Boxes, Detections
from edge_agent.counting.geometry import Points, along, inside, signed_distances
from edge_agent.counting.line import Line
from edge_agent.counting.tracker import Tracks
from edge_agent.counting.zone import Zone

COVERED_FROM = 0.3
"""A person counts as covered where another's box takes this share of the own."""
SMALL_PX = 48.0
"""People under this height are small for every model that we have."""
CROWD = 40.0
"""So many people at once make a crowd by themselves."""
NEAR_HEIGHTS = 1.5
"""How near a line a person must be lost for the line to suffer, heights."""
BROKEN_EACH = 4.0
"""A person lost weighs as much as so many looks at a covered one."""
LOOK_EVERY = 4
"""Every fourth frame is looked at: neighbours in time say nearly the same, and looking costs processor time."""
BOUNDS = (0.25, 0.5)
"""Where the middle class begins, and the hard one."""


class Difficulty(IntEnum):
    """How hard a window was to count."""

    UNKNOWN = 0
    EASY = 1
    MIDDLING = 2
    HARD = 3


class DifficultyMeter:
    """Collect the frames of one window after another; `close` returns the class and begins the next.

    State is one row a track slot and a few sums, so it is bounded as the tracker is.
    """

    def __init__(self, lines: tuple[Line, ...], zones: tuple[Zone, ...], *, confidence_high: float, capacity: int) -> None:
        self._starts: Points = np.array([line.a for line in lines], np.float64).reshape(-1, 2)
        self._ends: Points = np.array([line.b for line in lines], np.float64).reshape(-1, 2)
        self._polygons: list[Points] = [np.array(zone.polygon, np.float64) for zone in zones]
        self._confidence_high = confidence_high
        self._feet = np.zeros((capacity, 2))
        self._heights = np.zeros(capacity)
        self._confirmed = np.zeros(capacity, np.bool_)
        self._begin()

    def _begin(self) -> None:
        self._frames = self._people = self._sure = self._broken = 0
        self._covered = self._unsure = self._small = 0

    def add(self, detections: Detections, tracks: Tracks) -> None:
        """Add one frame: what was detected in it, and the tracks after it."""
        if len(tracks.ended):
            lost = tracks.ended[self._confirmed[tracks.ended]]
            self._broken += int(self._matters(self._feet[lost], self._heights[lost]).sum())
            self._confirmed[tracks.ended] = False
        if self._frames % LOOK_EVERY == 0:
            self._look(detections)
            self._note(tracks)
        self._frames += 1

    def _note(self, tracks: Tracks) -> None:
        """Keep where each track was last seen: of a lost one nothing else is left when it is given up."""
        seen = tracks.slots[tracks.seen]
        self._feet[seen], self._heights[seen] = tracks.feet[tracks.seen], tracks.sizes[tracks.seen, 1]
        self._confirmed[tracks.slots] = tracks.confirmed

    def _look(self, detections: Detections) -> None:
        boxes, sure = detections.boxes, int((detections.confidences >= self._confidence_high).sum())
        self._people += len(boxes)
        self._sure += sure
        self._unsure += len(boxes) - sure
        self._covered += int((cover(boxes) > COVERED_FROM).sum())
        self._small += int((boxes[:, 3] - boxes[:, 1] < SMALL_PX).sum())

    def _matters(self, feet: Points, heights: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say who was last seen beside a line or inside a zone."""
        near = np.zeros(len(feet), np.bool_)
        if len(self._starts) and len(feet):
            place = np.stack([along(feet, a, b) for a, b in zip(self._starts[:, None], self._ends[:, None], strict=True)], axis=1)
            close = np.abs(signed_distances(feet, self._starts, self._ends)) < NEAR_HEIGHTS * heights[:, None]
            near |= (close & (place >= 0.0) & (place <= 1.0)).any(axis=1)
        for polygon in self._polygons:
            near |= inside(feet, polygon)
        return near

    def close(self) -> Difficulty:
        """Return the class of the frames since the last close, and begin anew; without a frame it is unknown."""
        frames, score = self._frames, self.score()
        self._begin()
        return Difficulty(1 + sum(score >= bound for bound in BOUNDS)) if frames else Difficulty.UNKNOWN

    def score(self) -> float:
        """Return the difficulty of the frames since the last close: 0 where nobody covered, was small, unsure or lost."""
        people = max(self._people, 1)
        shares = self._covered / people + 0.25 * self._unsure / people + 0.25 * self._small / people
        return (
            shares + 0.25 * min(1.0, LOOK_EVERY * self._sure / max(self._frames, 1) / CROWD) + BROKEN_EACH * self._broken / people
        )


def cover(boxes: Boxes) -> NDArray[np.float64]:
    """Return for each box (N, 4) the greatest share of it that one other box takes."""
    if len(boxes) < 2:  # noqa: PLR2004 - it takes two
        return np.zeros(len(boxes))
    sides = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:]) - np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    shared = (
        np.prod(np.maximum(sides, 0.0), axis=2, dtype=np.float64)
        / np.maximum(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), 1.0)[:, None]
    )
    np.fill_diagonal(shared, 0.0)
    return np.asarray(shared.max(axis=1))
