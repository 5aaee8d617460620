# SPDX-License-Identifier: Apache-2.0
"""What a user would wire together instead.

Roboflow trackers and supervision's line and zone, at a choice of settings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import supervision
from trackers import ByteTrackTracker, OCSORTTracker, SORTTracker

from edge_agent.counting.detection import Detections
from edge_agent.counting.line import Line
from edge_agent.counting.zone import Zone

BUFFER_S = 3.0


class PeerTracker(Protocol):
    """One of their trackers."""

    def update(self, detections: supervision.Detections) -> supervision.Detections:
        """Return the detections with tracker_id, -1 where not tracked."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A setting of a peer: its tracker, and after how many frames beyond it a line counts."""

    tracker: str
    crossing_frames: int

    @property
    def name(self) -> str:
        """What the setting is called in tables."""
        return f"{self.tracker}, minimum_crossing {self.crossing_frames}"

    def made(self, *, fps: float, confidence: float) -> PeerTracker:
        """Make the tracker."""
        return made_tracker(self.tracker, fps=fps, confidence=confidence)


def made_tracker(name: str, *, fps: float, confidence: float) -> PeerTracker:
    """Make one of TRACKERS, that begins tracks from `confidence` on.

    Its buffer counts frames at 30 a second.
    """
    rates = {"frame_rate": fps, "lost_track_buffer": round(BUFFER_S * 30.0)}
    tracker: PeerTracker
    if name == "SORT":
        tracker = SORTTracker(**rates, track_activation_threshold=confidence)
    elif name == "OC-SORT":
        tracker = OCSORTTracker(**rates, high_conf_det_threshold=confidence)
    else:
        tracker = ByteTrackTracker(
            **rates, track_activation_threshold=confidence, high_conf_det_threshold=confidence
        )
    return tracker


TRACKERS = ("ByteTrack", "OC-SORT", "SORT")
CROSSING_FRAMES = (1, 2, 3)
PEERS = tuple(Peer(tracker, frames) for tracker in TRACKERS for frames in CROSSING_FRAMES)


class PeerScene:
    """One tracker, one line and one zone, as our Scene has them."""

    def __init__(
        self, peer: Peer, line: Line, zone: Zone, *, fps: float, confidence: float
    ) -> None:
        self._tracker = peer.made(fps=fps, confidence=confidence)
        foot = [supervision.Position.BOTTOM_CENTER]
        start, end = supervision.Point(*line.a), supervision.Point(*line.b)
        self._line = supervision.LineZone(
            start, end, triggering_anchors=foot, minimum_crossing_threshold=peer.crossing_frames
        )
        self._zone = supervision.PolygonZone(
            np.array(zone.polygon, np.int64), triggering_anchors=foot
        )

    def observe_frame(self, detections: supervision.Detections) -> tuple[int, int, int]:
        """Return how many crossed in and out in this frame, and how many are in the zone.

        Theirs name the directions the other way round.
        """
        tracked = self._tracker.update(detections)
        tracked = tracked[tracked.tracker_id >= 0]
        entered, left = self._line.trigger(tracked)
        return int(left.sum()), int(entered.sum()), int(self._zone.trigger(tracked).sum())


@dataclass(frozen=True, slots=True)
class PeerCounts:
    """What a peer counts in one frame.

    people: of each zone. crossings: after how many frames beyond it a line counts, which line, and
    how many went in and out by our words.
    """

    people: list[int]
    crossings: list[tuple[int, int, int, int]]


class PeerPicture:
    """One tracker, and at each line several settings of its counter side by side."""

    def __init__(
        self,
        tracker: str,
        lines: Sequence[Line],
        zones: Sequence[Zone],
        *,
        fps: float,
        confidence: float,
        crossing_frames: Sequence[int] = CROSSING_FRAMES,
    ) -> None:
        self._tracker = made_tracker(tracker, fps=fps, confidence=confidence)
        foot = [supervision.Position.BOTTOM_CENTER]
        self._lines = [
            (
                frames,
                row,
                supervision.LineZone(
                    supervision.Point(*line.a),
                    supervision.Point(*line.b),
                    triggering_anchors=foot,
                    minimum_crossing_threshold=frames,
                ),
            )
            for frames in crossing_frames
            for row, line in enumerate(lines)
        ]
        self._zones = [
            supervision.PolygonZone(np.array(zone.polygon, np.int64), triggering_anchors=foot)
            for zone in zones
        ]

    def observe_frame(self, detections: supervision.Detections) -> PeerCounts:
        """Track and count one frame. What they call out is our in."""
        tracked = self._tracker.update(detections)
        tracked = tracked[tracked.tracker_id >= 0]
        crossings = []
        for frames, row, line in self._lines:
            entered, left = line.trigger(tracked)
            if entered.any() or left.any():
                crossings.append((frames, row, int(left.sum()), int(entered.sum())))
        return PeerCounts([int(zone.trigger(tracked).sum()) for zone in self._zones], crossings)


def as_theirs(detections: Sequence[Detections]) -> Iterator[supervision.Detections]:
    """Turn detections into supervision's."""
    for each in detections:
        kinds = np.zeros(len(each), np.int64)
        yield supervision.Detections(
            xyxy=each.boxes.astype(np.float64), confidence=each.confidences, class_id=kinds
        )
