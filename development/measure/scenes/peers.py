# SPDX-License-Identifier: Apache-2.0
"""Count a scene with what a user would wire together instead: the best peer of each column.

Each tracker is tried at several confidences, and each line after one, two and three frames beyond
it. The best is taken column by column, so no single peer is as good as the table's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from development.bench.peers import CROSSING_FRAMES, TRACKERS, PeerPicture, as_theirs
from development.measure.scenes.figures import Figures, figures
from development.measure.scenes.film import SeenFilm
from development.measure.scenes.truth import SceneTruth
from development.measure.scoring import Event
from edge_agent.counting.detection import Detections
from edge_agent.counting.line import Line
from edge_agent.counting.zone import Zone

CONFIDENCES = (0.2, 0.35, 0.5)
"""Tried with every detector, beside the one at which our own tracks begin."""
TRIED_WITH, TRIED_AFTER = "ByteTrack", 1
"""With this tracker and line the confidences are tried; the best go on to all of them, because the
peers take far longer than all that is measured besides."""


def best_peer(
    film: SeenFilm, lines: Sequence[Line], zones: Sequence[Zone], truth: SceneTruth
) -> Figures:
    """Return the best figure of each column over all peers and settings."""
    if truth.people is None:
        return Figures(None, None, None)
    scene = _Scene(film, lines if truth.events is not None else (), zones, truth)
    first = {
        confidence: next(scene.figures(TRIED_WITH, confidence, (TRIED_AFTER,)))
        for confidence in sorted({*CONFIDENCES, round(film.thresholds.confidence_high, 3)})
    }
    chosen = {
        max(first, key=lambda one: first[one].f1 or 0.0),
        min(first, key=lambda one: first[one].mae or 0.0),
    }
    tried = [*first.values()]
    for confidence in sorted(chosen):
        for tracker in TRACKERS:
            tried += scene.figures(tracker, confidence, CROSSING_FRAMES)
    errors = (one.window_error_pct for one in tried if one.window_error_pct is not None)
    return Figures(
        f1=max((one.f1 for one in tried if one.f1 is not None), default=None),
        window_error_pct=min(errors, default=None),
        mae=min((one.mae for one in tried if one.mae is not None), default=None),
    )


@dataclass(frozen=True, slots=True)
class _Scene:
    """One film with its lines, zones and truth."""

    film: SeenFilm
    lines: Sequence[Line]
    zones: Sequence[Zone]
    truth: SceneTruth

    def figures(
        self, tracker: str, confidence: float, crossing_frames: Sequence[int]
    ) -> Iterator[Figures]:
        """Yield the figures of one tracker, for each number of frames after which a line counts."""
        picture = PeerPicture(
            tracker,
            self.lines,
            self.zones,
            fps=self.film.fps,
            confidence=confidence,
            crossing_frames=crossing_frames,
        )
        low, frames = self.film.thresholds.confidence_low, self.film.frames
        looked_at = as_theirs([_from(seen.detections, low) for seen in frames])
        people = np.zeros((len(self.zones), len(frames)), np.int64)
        events: dict[int, list[list[Event]]] = {
            after: [[] for _ in self.lines] for after in crossing_frames
        }
        for number, (seen, theirs) in enumerate(zip(frames, looked_at, strict=True)):
            counts = picture.observe_frame(theirs)
            people[:, number] = counts.people
            for after, line, entered, left in counts.crossings:
                events[after][line] += [Event(seen.captured_s, "in")] * entered
                events[after][line] += [Event(seen.captured_s, "out")] * left
        for found in events.values():
            yield figures(found, people, self.truth)


def _from(detections: Detections, confidence: float) -> Detections:
    kept = detections.confidences >= confidence
    return Detections(detections.boxes[kept], detections.confidences[kept])
