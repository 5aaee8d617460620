# SPDX-License-Identifier: Apache-2.0
"""Condense how hard a window was to count into one of four classes.

Only what makes counting go wrong is measured: people who cover each other, detections of low
confidence, people too small for the model, crowds, and tracks that are lost beside a line or inside
a zone. How large the error then is, edge_agent/disclosure/interval knows from windows with known
truth.
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
"""A person counts as covered from this share of their box on."""
SMALL_PX = 48.0
"""People under this height are small for every model that we have."""
CROWD = 40.0
"""So many people at once make a crowd by themselves."""
NEAR_HEIGHTS = 1.5
"""How near a line a person must be lost for the line to suffer, heights."""
BROKEN_EACH = 2.0
"""A lost track weighs as much as a covered person in so many sampled frames."""
SAMPLE_EVERY = 8
"""Every eighth frame is sampled: neighbours in time say nearly the same, and it costs processor
time."""
BOUNDS = (0.25, 0.5)
"""Where the middle class begins, and the hard one."""


class Difficulty(IntEnum):
    """How hard a window was to count."""

    UNKNOWN = 0
    EASY = 1
    MIDDLING = 2
    HARD = 3


class DifficultyMeter:
    """Sum up the frames of one window after another; the state is seven sums.

    More than ten attributes: four are where to look, and the others are those sums.
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

    def observe_frame(self, detections: Detections, tracks: Tracks) -> None:
        """Observe one frame: what was detected in it, and the tracks after it."""
        if len(tracks.lost):
            self._broken += int(
                np.count_nonzero(
                    self._near_a_line_or_in_a_zone(tracks.lost[:, :2], tracks.lost[:, 2])
                )
            )
        if self._frames % SAMPLE_EVERY == 0:
            self._sample(detections)
        self._frames += 1

    def _sample(self, detections: Detections) -> None:
        boxes, sure = (
            detections.boxes,
            int(np.count_nonzero(detections.confidences >= self._confidence_high)),
        )
        self._people += len(boxes)
        self._sure += sure
        self._unsure += len(boxes) - sure
        self._covered += int(np.count_nonzero(covered_shares(boxes) > COVERED_FROM))
        self._small += int(np.count_nonzero(boxes[:, 3] - boxes[:, 1] < SMALL_PX))

    def _near_a_line_or_in_a_zone(
        self, feet: Points, heights: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Return which feet, (N, 2), are beside a line or inside a zone, (N,) bool."""
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

    def close_window(self) -> Difficulty:
        """Return the class of the frames since the last one, unknown without any; begin anew."""
        frames, score = self._frames, self.score()
        self._begin()
        return (
            Difficulty(1 + sum(score >= bound for bound in BOUNDS))
            if frames
            else Difficulty.UNKNOWN
        )

    def score(self) -> float:
        """Return the difficulty of the frames of this window.

        It is 0 where nobody was covered, small or lost, and the model was confident of all.
        """
        people = max(self._people, 1)
        shares = self._covered / people + 0.25 * self._unsure / people + 0.25 * self._small / people
        return (
            shares
            + 0.25 * min(1.0, SAMPLE_EVERY * self._sure / max(self._frames, 1) / CROWD)
            + BROKEN_EACH * self._broken / people
        )
