# SPDX-License-Identifier: Apache-2.0
"""Measure what the motion gate costs in accuracy and saves in work, for docs/ACCURACY.md.

Usage: measure_gate.py DATA, the folder of development video (vtest/gt.txt, tud-stadtmitte, extra).
Each clip is counted twice, with the gate as it comes and with a look at every frame. Where there is
truth, both are scored against it; where there is none, the one against the other. Two films are
made of the street of vtest without its people, at ten and at five frames a second: somebody walks
in, stands still for STANDS_S, and walks on.
"""

import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from development.bench.rate import CLIP, CONFIG, WALKER, WALKER_FRAME, open_street
from development.measure.scoring import Event, read_truth, scores, true_events, write_section
from edge_agent.config.schema import load
from edge_agent.counting.geometry import inside
from edge_agent.counting.line import Line
from edge_agent.process_settings import (
    DetectorSettings,
    LineSettings,
    Point,
    ViewSettings,
    ZoneSettings,
)
from edge_agent.processes.launch import detector_settings, view_settings
from edge_agent.processes.sensor import open_scene
from edge_agent.vision.assembly import open_detector, open_mask, open_pipeline
from edge_agent.vision.capture.file_camera import FileCamera
from edge_agent.vision.view import open_tiling

LEAD_S, WALK_S, STANDS_S, WALKS_PX_S = 5.0, 5.0, 40.0, 60.0


@dataclass(frozen=True, slots=True)
class Clip:
    """A film, how it is counted, and its MOT truth if it has one."""

    name: str
    path: Path
    fps: float
    view: ViewSettings
    truth: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What one run found: crossings by line, people in the first zone by frame, inferred share."""

    events: tuple[tuple[Event, ...], ...]
    people: NDArray[np.int64]
    inferred: float


def count(clip: Clip, settings: DetectorSettings) -> Counted:
    """Count a clip from its first frame to its last."""
    detector, thresholds = open_detector(settings)
    events: list[list[Event]] = [[] for _ in clip.view.lines]
    people, inferred = [], []
    with FileCamera(clip.path, fps=clip.fps, paced=False, loss_after_s=60.0) as camera:
        size = {"width_px": camera.frame_width_px, "height_px": camera.frame_height_px}
        scene = open_scene(clip.view, thresholds, **size)
        tiling = open_tiling(settings, clip.view, **size)
        pipeline = open_pipeline(
            camera, open_mask(clip.view, **size), detector, settings=settings, tiling=tiling
        )
        while not pipeline.ended:
            seen = pipeline.next(60.0)
            if seen is None:
                continue
            counts = scene.observe_frame(seen.detections, seen.captured_s)
            for one in counts.crossings:
                events[one.line].append(Event(one.crossed_s, str(one.direction)))
            people.append(counts.occupancies[0].people)
            inferred.append(seen.inferred)
        for one in scene.finish():
            events[one.line].append(Event(one.crossed_s, str(one.direction)))
        pipeline.close()
    return Counted(tuple(map(tuple, events)), np.array(people), float(np.mean(inferred)))


def whole(width: float, height: float) -> ViewSettings:
    """Return a view with one line down the middle and one zone over all of the frame."""
    corners: tuple[Point, ...] = ((0, 0), (width, 0), (width, height), (0, height))
    line = LineSettings("middle", (width / 2, 0), (width / 2, height), 255)
    return ViewSettings(None, None, (line,), (ZoneSettings("all", corners, 255),), (), None)


def stands(path: Path, fps: float) -> None:
    """Film somebody who walks into the empty street, stands, and walks on."""
    street, frame = open_street(WALKER_FRAME)
    left, top, right, bottom = WALKER
    person = frame[top:bottom, left:right]
    seen = cv2.absdiff(person, street[top:bottom, left:right]).max(axis=2) > 20  # noqa: PLR2004 - levels
    rng = np.random.default_rng(2)
    grain = rng.normal(0.0, 2.0, (street.shape[0] + 64, street.shape[1] + 64, 3)).astype(np.float32)
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (street.shape[1], street.shape[0])
    )
    for at_s in np.arange(0.0, LEAD_S + 2 * WALK_S + STANDS_S + LEAD_S, 1.0 / fps):
        image, walked_s = (
            street.copy(),
            min(at_s - LEAD_S, WALK_S) + max(0.0, at_s - LEAD_S - WALK_S - STANDS_S),
        )
        if 0.0 <= walked_s <= 2 * WALK_S:
            x = 60 + round(WALKS_PX_S * walked_s)
            place = image[top:bottom, x : x + right - left]
            place[seen] = person[seen]
        down, aside = rng.integers(64, size=2)
        noisy = (
            image.astype(np.float32)
            + grain[down : down + image.shape[0], aside : aside + image.shape[1]]
        )
        writer.write(np.clip(noisy, 0, 255).astype(np.uint8))
    writer.release()


def true_people(clip: Clip, frames: int) -> NDArray[np.int64]:
    """Return how many true people stand in the first zone of each frame."""
    assert clip.truth is not None  # noqa: S101 - asked of clips with truth only
    feet = np.column_stack(
        [clip.truth[:, 2] + clip.truth[:, 4] / 2, clip.truth[:, 3] + clip.truth[:, 5]]
    )
    here = (
        clip.truth[inside(feet, np.array(clip.view.zones[0].polygon, np.float64)), 0].astype(int)
        - 1
    )
    return np.bincount(here[here < frames], minlength=frames)


def row(clip: Clip, settings: DetectorSettings) -> str:
    """Count a clip both ways and return its row."""
    gated, always = (count(clip, each) for each in (settings, replace(settings, full_look_s=0.0)))
    apart = np.abs(gated.people - always.people)
    if clip.truth is None:
        said = " / ".join(
            f"{line.id}: {len(one)}, {len(other)}"
            for line, one, other in zip(clip.view.lines, gated.events, always.events, strict=True)
        )
        error = "no truth"
    else:
        true = [
            true_events(clip.truth, Line(line.id, line.a, line.b), clip.fps)
            for line in clip.view.lines
        ]
        said = " / ".join(
            f"{line.id}: {scores(one, each)['f1']:.3f}, {scores(other, each)['f1']:.3f}"
            for line, one, other, each in zip(
                clip.view.lines, gated.events, always.events, true, strict=True
            )
        )
        people = true_people(clip, len(gated.people))
        error = (
            f"{np.abs(gated.people - people).mean():.3f}, "
            f"{np.abs(always.people - people).mean():.3f}"
        )
    return (
        f"| {clip.name} | {100 * gated.inferred:.0f} | {said} | {error} | {apart.mean():.3f} | "
        f"{100 * (apart > 0).mean():.1f} |"
    )


def main(data: Path) -> None:
    """Measure, write, print."""
    config = load(CONFIG)
    settings = detector_settings(config)
    plain = replace(settings, input_width_px=None, input_height_px=None)
    stadtmitte = data / "tud-stadtmitte"
    with tempfile.TemporaryDirectory() as folder:
        films = {fps: Path(folder) / f"stands-{fps:g}.avi" for fps in (10.0, 5.0)}
        for fps, path in films.items():
            stands(path, fps)
        rows = [
            row(
                Clip("vtest", CLIP, 7.0, view_settings(config), read_truth(data / "vtest/gt.txt")),
                settings,
            ),
            row(
                Clip(
                    "Stadtmitte",
                    stadtmitte / "TUD-Stadtmitte.mp4",
                    25.0,
                    whole(640, 480),
                    read_truth(stadtmitte / "gt.txt"),
                ),
                plain,
            ),
            row(
                Clip(
                    "one-by-one",
                    data / "extra/intel-one-by-one-person-detection.mp4",
                    10.0,
                    whole(768, 432),
                ),
                plain,
            ),
            *(
                row(
                    Clip(
                        f"somebody stands for {STANDS_S:g} s, {fps:g} frames/s",
                        path,
                        fps,
                        whole(768, 576),
                    ),
                    settings,
                )
                for fps, path in films.items()
            ),
        ]
    text = "\n".join(
        [
            (
                f"Each clip is counted with the gate (a full look every {settings.full_look_s:g} s "
                "where nothing moves)"
            ),
            (
                "and with a look at every frame: two figures are the one and the other. Without "
                "truth crossings are counted."
            ),
            "",
            (
                "| clip | frames looked at, % | lines: F1, or crossings | zone: MAE | zone: the "
                "two apart, people | frames apart, % |"
            ),
            "|---|---|---|---|---|---|",
            *rows,
        ]
    )
    write_section("Motion gate", "python -m development.measure.motion_gate DATA", text)
    print(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
