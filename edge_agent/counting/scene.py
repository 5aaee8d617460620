# SPDX-License-Identifier: Apache-2.0
"""One camera's view as counting sees it: detections in, crossings and occupancies out."""

from typing import NamedTuple

from edge_agent.counting.detection import Detections
from edge_agent.counting.difficulty import DifficultyMeter
from edge_agent.counting.familiarity.evidence import Evidence
from edge_agent.counting.familiarity.half_seen import HalfSeenMeter
from edge_agent.counting.familiarity.movement import Movement
from edge_agent.counting.geometry import GroundPlane
from edge_agent.counting.height_filter import HeightFilter
from edge_agent.counting.line import Crossing, Line, LineCounter
from edge_agent.counting.occlusion import OcclusionMeter
from edge_agent.counting.tracker import Tracker, TrackerSettings
from edge_agent.counting.zone import Occupancy, Zone, ZoneCounter


class FrameCounts(NamedTuple):
    """What was counted in one frame; where it is saturated, all of it is a lower bound.

    evidence is how many people were seen, half seen and unseen, where there was a look.
    """

    crossings: tuple[Crossing, ...]
    occupancies: tuple[Occupancy, ...]
    saturated: bool = False
    evidence: Evidence = Evidence()


class Scene:
    """Track people and count them at the lines and in the zones of one camera."""

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
        self._height_filter = HeightFilter(self._tracker.capacity)
        self.difficulty = DifficultyMeter(lines, zones, confidence_high=settings.confidence_high)
        self._occlusion = OcclusionMeter(settings.confidence_low)
        self._half_seen = HalfSeenMeter(settings.confidence_high)
        self._confidence_low = settings.confidence_low

    def observe_frame(
        self, weak_and_strong: Detections, now_s: float, moving: Movement | None = None
    ) -> FrameCounts:
        """Track and count the detections of the frame captured at `now_s` (never falling).

        Those under the low threshold take no part in that: they only say who is half seen, and who
        is not unseen. `moving` is where something moved, in a frame with a look.
        """
        detections = weak_and_strong.at_least(self._confidence_low)
        tracks = self._tracker.track_frame(detections, now_s)
        self.difficulty.observe_frame(detections, tracks)
        is_crowded = self._occlusion.observe_frame(detections, tracks, now_s)
        return FrameCounts(
            crossings=self._lines.find_crossings(tracks, now_s),
            occupancies=self._zones.count_people(
                tracks, self._height_filter.find_people(tracks, now_s)
            ),
            saturated=is_crowded or detections.complete_from > self._confidence_low,
            evidence=self._half_seen.observe_frame(weak_and_strong, tracks, moving, now_s),
        )

    def begin_window(self) -> None:
        """Begin a new window, in which each track may add to each number once more."""
        self._lines.begin_window()

    @property
    def weak_min(self) -> float:
        """The least confidence of which anything is made."""
        return self._half_seen.confidence_min

    @property
    def capacity(self) -> int:
        """How many tracks there can be at once."""
        return self._tracker.capacity

    def finish(self) -> tuple[Crossing, ...]:
        """Return the crossings that only waited for a next frame."""
        return self._lines.finish()

    def cut(self) -> tuple[Crossing, ...]:
        """End every track, because the next frame shows another time.

        What is known of the place stays. Return the crossings that only waited for a next frame.
        """
        last = self._lines.finish()
        self._tracker = Tracker(self._tracker.settings, self._tracker.capacity)
        self._half_seen.cut()
        return last
