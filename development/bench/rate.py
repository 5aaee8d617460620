# SPDX-License-Identifier: Apache-2.0
"""Compare the pipeline with bare inference, and an empty scene with one that always infers.

Both run the same model, input and frames.

Throughput: short pieces of the clip are counted as the box does (decode, blank, look, prepare,
infer, track, count; two threads besides the caller), and before and after each the bare network
runs on a frame of it, so that whatever else the machine does falls on both; told is the median of
their ratios, and how many processors others used meanwhile. Processor time: a street without
people, which is the clip's median with a sensor's noise, is watched with the motion gate and
without it; then somebody from the clip walks in. Threads: the same pieces with two threads of
inference. The last line is one JSON object.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.config.schema import load
from edge_agent.process_settings import DetectorSettings, ViewSettings
from edge_agent.processes.launch import detector_settings, view_settings
from edge_agent.processes.sensor import open_scene
from edge_agent.vision.assembly import open_detector, open_mask, open_pipeline
from edge_agent.vision.capture.file_camera import FileCamera
from edge_agent.vision.detector import Detector
from edge_agent.vision.view import open_tiling

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "firmware_configs" / "examples" / "vtest.toml"
CLIP = ROOT / "var" / "clips" / "vtest.avi"
PIECES, PIECE_FRAMES = 18, 40
FPS, NOISE, EMPTY_FRAMES, ALWAYS_FRAMES, WALK_FRAMES, PAIRS = 10.0, 2.0, 600, 150, 40, 3
WALKER, WALKER_FRAME = (262, 193, 316, 294), 399
"""Where somebody walks alone: left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run over a clip: wall and processor time a frame, seconds; which frames had people.

    others: how many processors other programs used meanwhile.
    """

    wall_s: float
    cpu_s: float
    people: list[bool]
    inferred: list[bool]
    others: float = 0.0


def count(
    detector: Detector,
    settings: DetectorSettings,
    view: ViewSettings,
    clip: Path,
    *,
    frames: int,
    skipped: int = 0,
) -> Run:
    """Pipeline and count so many frames of a clip as the box does, after those that are skipped."""
    people: list[bool] = []
    inferred: list[bool] = []
    with FileCamera(clip, fps=FPS, paced=False, loss_after_s=60.0) as camera:
        for _ in range(skipped):
            camera.read(60.0)
        size = {"width_px": camera.frame_width_px, "height_px": camera.frame_height_px}
        scene = open_scene(view, THRESHOLDS, **size)
        pipeline = open_pipeline(
            camera,
            open_mask(view, **size),
            detector,
            settings=settings,
            tiling=open_tiling(settings, view, **size),
        )
        began_s, used_s, busy_s = time.monotonic(), time.process_time(), all_busy_s()
        while len(people) < frames and not pipeline.ended:
            seen = pipeline.next(60.0)
            if seen is not None:
                scene.observe_frame(seen.detections, seen.captured_s)
                people.append(
                    bool((seen.detections.confidences >= THRESHOLDS.confidence_high).any())
                )
                inferred.append(seen.inferred)
        wall_s, cpu_s = time.monotonic() - began_s, time.process_time() - used_s
        others = (all_busy_s() - busy_s - cpu_s) / wall_s
        pipeline.close()
    return Run(wall_s / len(people), cpu_s / len(people), people, inferred, max(0.0, others))


def all_busy_s() -> float:
    """Return the processor time that all programs of this machine have used, seconds."""
    user, nice, system, _idle, _wait, *interrupts = (
        int(word) for word in Path("/proc/stat").read_text().split()[1:9]
    )
    return (user + nice + system + sum(interrupts[:2])) / os.sysconf("SC_CLK_TCK")


def bare_s(detector: Detector, frames: int) -> float:
    """Return the wall time of one bare inference, seconds, on what its first buffer holds."""
    detector.infer(0)
    began_s = time.monotonic()
    for _ in range(frames):
        detector.infer(0)
    return (time.monotonic() - began_s) / frames


def open_street(number: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the clip's street without its people, and the frame of that number."""
    capture = cv2.VideoCapture(str(CLIP), cv2.CAP_FFMPEG)
    frames = []
    while True:
        ok, image = capture.read()
        if not ok:
            break
        frames.append(np.asarray(image, np.uint8))
    return np.median(np.stack(frames[::12]), axis=0).astype(np.uint8), frames[number]


def make_clips(folder: Path) -> tuple[Path, Path]:
    """Write the empty street, and the same with somebody who walks in after its frames.

    Return both paths.
    """
    street, frame = open_street(WALKER_FRAME)
    # One walker of the clip, cut out where they differ from the street; they stand alone there.
    left, top, right, bottom = WALKER
    person = frame[top:bottom, left:right]
    seen = cv2.absdiff(person, street[top:bottom, left:right]).max(axis=2) > 20  # noqa: PLR2004 - levels
    rng = np.random.default_rng(1)
    paths = folder / "empty.avi", folder / "enters.avi"
    for path, walks in zip(paths, (0, WALK_FRAMES), strict=True):
        writer = cv2.VideoWriter(
            str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (street.shape[1], street.shape[0])
        )
        for index in range(EMPTY_FRAMES + walks):
            image = street.copy()
            if index >= EMPTY_FRAMES:
                x = 60 + 6 * (index - EMPTY_FRAMES)
                place = image[top:bottom, x : x + right - left]
                place[seen] = person[seen]
            noisy = image.astype(np.float32) + rng.normal(0.0, NOISE, image.shape).astype(
                np.float32
            )
            writer.write(np.clip(noisy, 0, 255).astype(np.uint8))
        writer.release()
    return paths


def in_turns(
    detector: Detector, settings: DetectorSettings, view: ViewSettings
) -> tuple[list[float], list[Run]]:
    """Count the clip piece by piece.

    Return the throughput of each beside bare inference around it, and the pieces themselves.
    """
    with FileCamera(CLIP, fps=FPS, paced=False, loss_after_s=60.0) as camera:
        frame = camera.read(60.0)
    if frame is None:
        raise SystemExit(f"{CLIP}: no frame; run scripts/setup.py")
    ratios, runs = [], []
    for piece in range(PIECES):
        detector.prepare(0, frame)
        before_s = bare_s(detector, PIECE_FRAMES // 2)
        runs.append(
            count(detector, settings, view, CLIP, frames=PIECE_FRAMES, skipped=piece * PIECE_FRAMES)
        )
        detector.prepare(0, frame)
        ratios.append((before_s + bare_s(detector, PIECE_FRAMES // 2)) / 2 / runs[-1].wall_s)
    return ratios, runs


def two_threads(view: ViewSettings) -> dict[str, float]:
    """Return how much faster a frame is counted with two threads, and at what processor time."""
    settings = replace(SETTINGS, threads=2)
    two, _ = open_detector(settings)
    faster, dearer = [], []
    for piece in range(0, PIECES, 2):
        skipped = piece * PIECE_FRAMES
        one = count(DETECTOR, SETTINGS, view, CLIP, frames=PIECE_FRAMES, skipped=skipped)
        both = count(two, settings, view, CLIP, frames=PIECE_FRAMES, skipped=skipped)
        faster.append(one.wall_s / both.wall_s)
        dearer.append(both.cpu_s / one.cpu_s)
    return {
        "two_threads_times_the_rate": round(statistics.median(faster), 2),
        "two_threads_times_the_cpu": round(statistics.median(dearer), 2),
    }


def main() -> int:
    """Measure and print."""
    on = replace(SETTINGS, full_look_s=0.0)
    view = view_settings(CONFIG_READ)
    ratios, runs = in_turns(DETECTOR, SETTINGS, view)
    with tempfile.TemporaryDirectory() as folder:
        empty, enters = make_clips(Path(folder))
        pairs = [
            (
                count(DETECTOR, SETTINGS, view, empty, frames=EMPTY_FRAMES),
                count(DETECTOR, on, view, empty, frames=ALWAYS_FRAMES),
            )
            for _ in range(PAIRS)
        ]
        found = count(DETECTOR, SETTINGS, view, enters, frames=EMPTY_FRAMES + WALK_FRAMES)
        truly = count(DETECTOR, on, view, enters, frames=WALK_FRAMES, skipped=EMPTY_FRAMES)
    late = found.people[EMPTY_FRAMES:].index(True) - truly.people.index(True)
    print(
        json.dumps(
            {
                "pipeline_ratio": round(statistics.median(ratios), 3),
                "pipeline_ratios": sorted(round(ratio, 3) for ratio in ratios),
                "others_processors": round(statistics.median(run.others for run in runs), 2),
                "frames_per_s": round(1 / statistics.median(run.wall_s for run in runs), 1),
                "cpu_ms_a_frame": round(1000 * statistics.median(run.cpu_s for run in runs), 1),
                "empty_scene_cpu_ratio": round(
                    statistics.median(rests.cpu_s / always.cpu_s for rests, always in pairs), 3
                ),
                "empty_scene_looks": sum(pairs[0][0].inferred),
                "enters_found_after_s": round(found.people[EMPTY_FRAMES:].index(True) / FPS, 2),
                "later_than_always_on_s": round(late / FPS, 2),
                **two_threads(view),
            }
        )
    )
    return 0


CONFIG_READ = load(CONFIG)
SETTINGS = detector_settings(CONFIG_READ)
DETECTOR, THRESHOLDS = open_detector(SETTINGS)

if __name__ == "__main__":
    sys.exit(main())
