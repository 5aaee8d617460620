# SPDX-License-Identifier: Apache-2.0
"""One eye's view as counting sees it: detections of a frame in, crossings and occupancies out."""

from typing import NamedTuple

from edge_agent.counting.detection import Detections
from edge_agent.counting.difficulty import DifficultyMeter
from edge_agent.counting.geometry import GroundPlane
from edge_agent.counting.height_filter import Stature
from edge_agent.counting.line import Crossing, Line, LineCounter
from edge_agent.counting.occlusion import Crowding
from edge_agent.counting.tracker import Tracker, TrackerSettings
from edge_agent.counting.zone import Occupancy, Zone, ZoneCounter


class Moment(NamedTuple):
    """What one frame made certain.

    Saturated where people hide each other so much that all of it is a lower bound.
    """

    crossings: tuple[Crossing, ...]
    occupancies: tuple[Occupancy, ...]
    saturated: bool = False


class Scene:
    """Follow people and count them at the lines and in the zones of one eye."""

    def __init__(
        self,
        lines: tuple[Line, ...],
        zones: tuple[Zone, ...],
        *,
        settings: TrackerSettings,
        ground: GroundPlane | None = None,
        frame_width_px: float | None = None,
    ) -> None:
        """Lay lines and zones over a picture, and say how wide it is where that is known."""
        self._tracker = Tracker(settings)
        self._lines = LineCounter(lines, self._tracker.capacity)
        self._zones = ZoneCounter(zones, ground, frame_width_px)
        self._stature = Stature(self._tracker.capacity)
        self.difficulty = DifficultyMeter(lines, zones, confidence_high=settings.confidence_high)
        self._crowding = Crowding(settings.confidence_low)

    def update(self, detections: Detections, now_s: float) -> Moment:
        """Take the detections of the frame captured at `now_s` (never falling)."""
        tracks = self._tracker.update(detections, now_s)
        self.difficulty.add(detections, tracks)
        return Moment(
            crossings=self._lines.update(tracks, now_s),
            occupancies=self._zones.update(tracks, self._stature.update(tracks, now_s)),
            saturated=self._crowding.update(detections, tracks, now_s),
        )

    def begin_window(self) -> None:
        """Say that a window was closed.

        What a track has added to it no longer counts against the track.
        """
        self._lines.begin_window()

    @property
    def capacity(self) -> int:
        """How many tracks there can be at once."""
        return self._tracker.capacity

    def finish(self) -> tuple[Crossing, ...]:
        """Return the crossings that only waited for a next frame."""
        return self._lines.finish()
