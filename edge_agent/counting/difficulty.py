# SPDX-License-Identifier: Apache-2.0
"""Condense how hard a window was to count into one of four classes.

Only what makes counting go wrong is looked at: people who cover each other, detections that the
model was unsure of, people too small for it, people who are many, and persons lost from sight
beside a line or inside a zone. What an error then comes to is not said here:
edge_agent/disclosure/interval has it from windows whose truth is known.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.detection import Detections, covered_shares
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
BROKEN_EACH = 2.0
"""A person lost weighs as much as so many looks at a covered one."""
LOOK_EVERY = 8
"""Every eighth frame is looked at: neighbours in time say nearly the same, and looking costs
processor time."""
BOUNDS = (0.25, 0.5)
"""Where the middle class begins, and the hard one."""


class Difficulty(IntEnum):
    """How hard a window was to count."""

    UNKNOWN = 0
    EASY = 1
    MIDDLING = 2
    HARD = 3


class DifficultyMeter:
    """Collect the frames of one window after another.

    `close` returns the class and begins the next.

    State is a few sums.
    """

    def __init__(
        self, lines: tuple[Line, ...], zones: tuple[Zone, ...], *, confidence_high: float
    ) -> None:
        self._starts: Points = np.array([line.a for line in lines], np.float64).reshape(-1, 2)
        self._ends: Points = np.array([line.b for line in lines], np.float64).reshape(-1, 2)
        self._polygons: list[Points] = [np.array(zone.polygon, np.float64) for zone in zones]
        self._confidence_high = confidence_high
        self._begin()

    def _begin(self) -> None:
        self._frames = self._people = self._sure = self._broken = 0
        self._covered = self._unsure = self._small = 0

    def add(self, detections: Detections, tracks: Tracks) -> None:
        """Add one frame: what was detected in it, and the tracks after it."""
        if len(tracks.lost):
            self._broken += int(
                np.count_nonzero(self._matters(tracks.lost[:, :2], tracks.lost[:, 2]))
            )
        if self._frames % LOOK_EVERY == 0:
            self._look(detections)
        self._frames += 1

    def _look(self, detections: Detections) -> None:
        boxes, sure = (
            detections.boxes,
            int(np.count_nonzero(detections.confidences >= self._confidence_high)),
        )
        self._people += len(boxes)
        self._sure += sure
        self._unsure += len(boxes) - sure
        self._covered += int(np.count_nonzero(covered_shares(boxes) > COVERED_FROM))
        self._small += int(np.count_nonzero(boxes[:, 3] - boxes[:, 1] < SMALL_PX))

    def _matters(self, feet: Points, heights: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say who was last seen beside a line or inside a zone."""
        near = np.zeros(len(feet), np.bool_)
        if len(self._starts) and len(feet):
            place = np.stack(
                [
                    along(feet, a, b)
                    for a, b in zip(self._starts[:, None], self._ends[:, None], strict=True)
                ],
                axis=1,
            )
            close = (
                np.abs(signed_distances(feet, self._starts, self._ends))
                < NEAR_HEIGHTS * heights[:, None]
            )
            near |= (close & (place >= 0.0) & (place <= 1.0)).any(axis=1)
        for polygon in self._polygons:
            near |= inside(feet, polygon)
        return near

    def close(self) -> Difficulty:
        """Return the class of the frames since the last close, and begin anew.

        Without a frame it is unknown.
        """
        frames, score = self._frames, self.score()
        self._begin()
        return (
            Difficulty(1 + sum(score >= bound for bound in BOUNDS))
            if frames
            else Difficulty.UNKNOWN
        )

    def score(self) -> float:
        """Return the difficulty of the frames since the last close.

        0 where nobody covered, was small, unsure or lost.
        """
        people = max(self._people, 1)
        shares = self._covered / people + 0.25 * self._unsure / people + 0.25 * self._small / people
        return (
            shares
            + 0.25 * min(1.0, LOOK_EVERY * self._sure / max(self._frames, 1) / CROWD)
            + BROKEN_EACH * self._broken / people
        )
