# SPDX-License-Identifier: Apache-2.0
"""Count at dozens of lines over labelled scenes, beside the peers: no one line decides.

A scene is a list of detections and their truth: looked at with a model, or published with a clip.
Over each the same pattern of lines is laid; a line that fewer than EVENTS_MIN people cross is left
out, because its score would be chance.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import supervision
from numpy.typing import NDArray

from development.bench.peers import PEERS, Peer, as_theirs
from development.measure.intervals import detected, published
from development.measure.scoring import (
    ROOT,
    WINDOW_S,
    Event,
    Score,
    read_truth,
    true_events,
)
from edge_agent.counting.detection import Detections
from edge_agent.counting.geometry import inside
from edge_agent.counting.line import Crossing, Line
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.counting.zone import Zone

Frames = Sequence[tuple[float, Detections]]

EVENTS_MIN = 6
UPRIGHT, LEVEL = 8, 8
"""Into how many parts the frame is cut by upright and by level lines."""
LEVEL_FROM = 3
MODELS = ("person-ssdlite", "yolox-nano", "rtmdet-nano")
PEER_CONFIDENCE = {"person-ssdlite": 0.2, "yolox-nano": 0.5, "rtmdet-nano": 0.5}


@dataclass(frozen=True, slots=True)
class Labelled:
    """One scene: its detections, its truth (MOT rows), its size, and where it is not labelled."""

    name: str
    frames: Frames
    settings: TrackerSettings
    truth: NDArray[np.float64]
    width_px: float
    height_px: float
    fps: float
    model: str = ""
    ignored_px: tuple[float, float] | None = None
    """Left of and above this point the truth leaves people out."""


def pattern(scene: Labelled) -> tuple[Line, ...]:
    """Lay upright lines, their lower halves, level lines and slanting ones over a scene."""
    width, height, top = (
        scene.width_px,
        scene.height_px,
        scene.ignored_px[1] if scene.ignored_px else 0.0,
    )
    middle = (top + height) / 2
    lines = []
    for part in range(1, UPRIGHT):
        x, lean = width * part / UPRIGHT, width / UPRIGHT
        lines.append(Line(f"x{part}", (x, top), (x, height)))
        lines.append(Line(f"half{part}", (x, middle), (x, height)))
        lines.append(Line(f"lean{part}", (x + lean, top), (x - lean, height)))
    rows = (top + (height - top) * part / LEVEL for part in range(LEVEL_FROM, LEVEL))
    lines += [Line(f"y{number}", (0.0, y), (width, y)) for number, y in enumerate(rows)]
    return tuple(lines)


Area = tuple[tuple[float, float], ...]
Counted = tuple[list[list[Event]], list[int]]
"""The events of each line, and the people in the area frame by frame."""


def ours(scene: Labelled, lines: tuple[Line, ...], area: Area) -> Counted:
    """Return what we count."""
    counter = Scene(
        lines, (Zone("area", area),), settings=scene.settings, frame_width_px=scene.width_px
    )
    crossings: list[Crossing] = []
    people: list[int] = []
    for at_s, detections in scene.frames:
        counts = counter.observe_frame(detections, at_s)
        crossings += counts.crossings
        people.append(counts.occupancies[0].people)
    crossings += counter.finish()
    events = [
        [Event(one.crossed_s, str(one.direction)) for one in crossings if one.line == row]
        for row in range(len(lines))
    ]
    return events, people


def theirs(scene: Labelled, lines: tuple[Line, ...], area: Area, peer: Peer) -> Counted:
    """Return what a peer counts: one tracker, a LineZone a line, a PolygonZone.

    The confidence is the one that serves them best.
    """
    confidence = PEER_CONFIDENCE.get(scene.model, scene.settings.confidence_high)
    tracker = peer.made(fps=scene.fps, confidence=confidence)
    events: list[list[Event]] = [[] for _ in lines]
    people: list[int] = []
    foot = [supervision.Position.BOTTOM_CENTER]
    zone_area = supervision.PolygonZone(np.array(area, np.int64), triggering_anchors=foot)
    zones = [
        supervision.LineZone(
            supervision.Point(*line.a),
            supervision.Point(*line.b),
            triggering_anchors=foot,
            minimum_crossing_threshold=peer.crossing_frames,
        )
        for line in lines
    ]
    looked_at = [_from(detections, scene.settings.confidence_low) for _, detections in scene.frames]
    for (at_s, _), detections in zip(scene.frames, as_theirs(looked_at), strict=True):
        tracked = tracker.update(detections)
        tracked = tracked[tracked.tracker_id >= 0]
        people.append(int(zone_area.trigger(tracked).sum()))
        for row, zone in enumerate(zones):
            entered, left = zone.trigger(tracked)
            # What they call out is our in.
            events[row] += [Event(at_s, "in")] * int(left.sum()) + [Event(at_s, "out")] * int(
                entered.sum()
            )
    return events, people


def _from(detections: Detections, confidence: float) -> Detections:
    kept = detections.confidences >= confidence
    return Detections(detections.boxes[kept], detections.confidences[kept])


@dataclass(frozen=True, slots=True)
class Compared:
    """One scene: our scores and each peer's, and the mean absolute error of its occupancy."""

    lines: dict[str, Score]
    occupancy: dict[str, float]


def compare(scene: Labelled, peers: Sequence[Peer] = PEERS) -> Compared:
    """Score ours and each peer over the lines that enough people cross, and over one zone."""
    area, windows = _labelled_area(scene), int(scene.frames[-1][0] // WINDOW_S) + 1
    crossed = [(line, true_events(scene.truth, line, scene.fps)) for line in pattern(scene)]
    lines, true = zip(
        *((line, events) for line, events in crossed if len(events) >= EVENTS_MIN), strict=True
    )
    counted = {
        "ours": ours(scene, lines, area),
        **{peer.name: theirs(scene, lines, area, peer) for peer in peers},
    }
    present = _true_people(scene, area)
    scores, occupancy = {}, {}
    for name, (events, people) in counted.items():
        scores[name] = Score()
        for found, wanted in zip(events, true, strict=True):
            scores[name].add_line(found, wanted, windows)
        occupancy[name] = float(np.abs(np.array(people) - present).mean())
    return Compared(scores, occupancy)


def _labelled_area(scene: Labelled) -> Area:
    """Return the picture, without what the truth leaves out; feet may be hidden below its edge."""
    right, below = scene.width_px, 1.1 * scene.height_px
    if not scene.ignored_px:
        return ((0.0, 0.0), (right, 0.0), (right, below), (0.0, below))
    x, y = scene.ignored_px
    return ((x, 0.0), (right, 0.0), (right, below), (0.0, below), (0.0, y), (x, y))


def _true_people(scene: Labelled, area: Area) -> NDArray[np.int64]:
    truth = scene.truth
    feet = np.column_stack([truth[:, 2] + truth[:, 4] / 2, truth[:, 3] + truth[:, 5]])
    numbers = truth[inside(feet, np.array(area)), 0].astype(np.int64) - 1
    wanted = [round(at_s * scene.fps) for at_s, _ in scene.frames]
    return np.bincount(numbers, minlength=max(wanted) + 1)[wanted]


def table(scenes: Iterable[Labelled]) -> str:
    """Score all scenes; the table has ours, and of the peers' settings the best for each scene."""
    rows = []
    for scene in scenes:
        compared = compare(scene)
        scores, occupancy = compared.lines, compared.occupancy
        mine, my_people = scores.pop("ours"), occupancy.pop("ours")
        name, best = max(scores.items(), key=lambda one: one[1].pooled_f1)
        error = min(one.window_error_percent for one in scores.values())
        rows.append(
            f"| {scene.name} | {len(mine.f1)} | {mine.true} | {mine.pooled_f1:.3f} | "
            f"{best.pooled_f1:.3f} ({name})"
            f" | {mine.window_error_percent:.1f} | {error:.1f} | {my_people:.2f} | "
            f"{min(occupancy.values()):.2f} |"
        )
        print(rows[-1], flush=True)
    return "\n".join(
        [
            (
                "One setting for all. Over each scene lie 7 upright lines from edge to edge, 7 "
                "half as long, 7 slanting and 5 level;"
            ),
            (
                f"scored are those that {EVENTS_MIN} people cross or more. MAE: of the people in "
                "the whole picture, frame by frame. Of"
            ),
            (
                "the peers' nine settings (`trackers` ByteTrack, OC-SORT or SORT, `LineZone` with "
                "minimum_crossing 1 to 3) the best is taken,"
            ),
            (
                "scene by scene and column by column. `public` are the detections published with a "
                "clip."
            ),
            "",
            (
                "| scene | lines | true crossings | F1 | best peer | window error, % | best peer | "
                "MAE | best peer |"
            ),
            "|---|---|---|---|---|---|---|---|---|",
            *rows,
        ]
    )


def scenes(data: Path) -> Iterator[Labelled]:
    """Yield the labelled scenes under `data`.

    Two clips by each model and as published, and two of which only tracks are there.
    """
    clips = (
        (
            "vtest",
            ROOT / "var" / "clips" / "vtest.avi",
            data / "video" / "vtest",
            (768.0, 576.0),
            7.0,
            795,
            (330.0, 150.0),
        ),
        (
            "TUD-Stadtmitte",
            data / "video" / "tud-stadtmitte" / "TUD-Stadtmitte.mp4",
            None,
            (640.0, 480.0),
            25.0,
            179,
            None,
        ),
        ("ADL-Rundle-6", None, data / "tracks" / "ADL-Rundle-6", (1920.0, 1080.0), 30.0, 525, None),
        ("Venice-2", None, data / "tracks" / "Venice-2", (1920.0, 1080.0), 30.0, 600, None),
    )
    for name, video, folder, (width_px, height_px), fps, count, ignored_px in clips:
        home = folder or (video.parent if video else data)
        truth = read_truth(home / "gt.txt")
        looks = [("public", *published(home / "det.txt", fps, count))]
        if video is not None:
            looks = [(model, *detected(video, fps, model)) for model in MODELS] + looks
        for look, frames, settings in looks:
            yield Labelled(
                f"{name}, {look}",
                frames,
                settings,
                truth,
                width_px,
                height_px,
                fps,
                look,
                ignored_px,
            )
