# SPDX-License-Identifier: Apache-2.0
"""Compare the whole pipeline with bare inference of the same model, input and frames, and an empty scene with an always-on one.

Throughput: pieces of the clip are counted as the box does (decode, blank, look, prepare, infer, track, count; two threads besides
the caller), and in turns with them the bare network runs on a frame of the clip, so that whatever else the machine does falls on
both. Processor time: a street without people, which is the clip's median with a sensor's noise, is watched with the motion gate and
without it; then somebody from the clip walks in. The last line is one JSON object.
"""

import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from edge_agent.config import load
from edge_agent.handover import DetectorSettings, ViewSettings
from edge_agent.sensor_process import open_detector, open_mask, open_scene, open_tiling, open_watch
from edge_agent.settings import detector_settings, view_settings
from edge_agent.vision.camera import FileCamera
from edge_agent.vision.detector import Detector

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "firmware_configs" / "examples" / "vtest.toml"
CLIP = ROOT / "var" / "clips" / "vtest.avi"
PIECES, PIECE_FRAMES = 5, 150
FPS, NOISE, EMPTY_FRAMES, WALK_FRAMES = 10.0, 2.0, 300, 40
WALKER, WALKER_FRAME = (262, 193, 316, 294), 399
"""Where somebody walks alone: left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run over a clip: wall and processor time a frame, seconds, and which frames showed people and were looked at."""

    wall_s: float
    cpu_s: float
    people: list[bool]
    looked: list[bool]


def count(detector: Detector, settings: DetectorSettings, view: ViewSettings, clip: Path, *, frames: int) -> Run:
    """Watch and count the first frames of a clip as the box does."""
    people, looked = [], []
    with FileCamera(clip, fps=FPS, paced=False, loss_after_s=60.0) as camera:
        size = {"width_px": camera.frame_width_px, "height_px": camera.frame_height_px}
        scene = open_scene(view, THRESHOLDS, **size)
        watch = open_watch(camera, open_mask(view, **size), detector, settings=settings, tiling=open_tiling(settings, view, **size))
        began_s, used_s = time.monotonic(), time.process_time()
        while len(people) < frames and not watch.ended:
            seen = watch.next(60.0)
            if seen is not None:
                scene.update(seen.detections, seen.captured_s)
                people.append(bool((seen.detections.confidences >= THRESHOLDS.confidence_high).any()))
                looked.append(seen.looked)
        wall_s, cpu_s = time.monotonic() - began_s, time.process_time() - used_s
        watch.close()
    return Run(wall_s / len(people), cpu_s / len(people), people, looked)


def bare_s(detector: Detector, frames: int) -> float:
    """Return the wall time of one bare inference, seconds, on a frame of the clip."""
    with FileCamera(CLIP, fps=FPS, paced=False, loss_after_s=60.0) as camera:
        frame = camera.read(60.0)
    if frame is None:
        raise SystemExit(f"{CLIP}: no frame; run scripts/setup.py")
    detector.prepare(0, frame)
    detector.infer(0)
    began_s = time.monotonic()
    for _ in range(frames):
        detector.infer(0)
    return (time.monotonic() - began_s) / frames


def make_clips(folder: Path) -> tuple[Path, Path]:
    """Write the empty street, and the same with somebody who walks in after its frames; return both paths."""
    capture = cv2.VideoCapture(str(CLIP), cv2.CAP_FFMPEG)
    frames = []
    while True:
        ok, image = capture.read()
        if not ok:
            break
        frames.append(np.asarray(image, np.uint8))
    street = np.median(np.stack(frames[::12]), axis=0).astype(np.uint8)
    # One walker of the clip, cut out where she differs from the street; she stands alone there.
    left, top, right, bottom = WALKER
    person = frames[WALKER_FRAME][top:bottom, left:right]
    seen = cv2.absdiff(person, street[top:bottom, left:right]).max(axis=2) > 20  # noqa: PLR2004 - levels
    rng = np.random.default_rng(1)
    paths = folder / "empty.avi", folder / "enters.avi"
    for path, walks in zip(paths, (0, WALK_FRAMES), strict=True):
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (street.shape[1], street.shape[0]))
        for index in range(EMPTY_FRAMES + walks):
            image = street.copy()
            if index >= EMPTY_FRAMES:
                x = 60 + 6 * (index - EMPTY_FRAMES)
                place = image[top:bottom, x : x + right - left]
                place[seen] = person[seen]
            noisy = image.astype(np.float32) + rng.normal(0.0, NOISE, image.shape).astype(np.float32)
            writer.write(np.clip(noisy, 0, 255).astype(np.uint8))
        writer.release()
    return paths


def main() -> int:
    """Measure and print."""
    on = replace(SETTINGS, full_look_s=0.0)
    view = view_settings(CONFIG_READ)
    ratios, walls, cpus = [], [], []
    for _ in range(PIECES):
        before_s = bare_s(DETECTOR, PIECE_FRAMES // 2)
        run = count(DETECTOR, SETTINGS, view, CLIP, frames=PIECE_FRAMES)
        after_s = bare_s(DETECTOR, PIECE_FRAMES // 2)
        ratios.append((before_s + after_s) / 2 / run.wall_s)
        walls.append(run.wall_s)
        cpus.append(run.cpu_s)
    with tempfile.TemporaryDirectory() as folder:
        empty, enters = make_clips(Path(folder))
        rests, always = (count(DETECTOR, each, view, empty, frames=EMPTY_FRAMES) for each in (SETTINGS, on))
        found, truly = (count(DETECTOR, each, view, enters, frames=EMPTY_FRAMES + WALK_FRAMES) for each in (SETTINGS, on))
    late = found.people[EMPTY_FRAMES:].index(True) - truly.people[EMPTY_FRAMES:].index(True)
    print(
        json.dumps(
            {
                "pipeline_ratio": round(statistics.median(ratios), 3),
                "pipeline_ratios": [round(ratio, 3) for ratio in ratios],
                "frames_per_s": round(1 / statistics.median(walls), 1),
                "cpu_ms_a_frame": round(1000 * statistics.median(cpus), 1),
                "empty_scene_cpu_ratio": round(rests.cpu_s / always.cpu_s, 3),
                "empty_scene_looks": sum(rests.looked),
                "enters_found_after_s": round(found.people[EMPTY_FRAMES:].index(True) / FPS, 2),
                "later_than_always_on_s": round(late / FPS, 2),
            }
        )
    )
    return 0


CONFIG_READ = load(CONFIG)
SETTINGS = detector_settings(CONFIG_READ)
DETECTOR, THRESHOLDS = open_detector(SETTINGS)

if __name__ == "__main__":
    sys.exit(main())
