# SPDX-License-Identifier: Apache-2.0
"""A day of a box without its network, hour by hour.

Image quality, the motion gate, tracks, lines, a zone and windows.

Usage: day.py FRAMES, how many frames at 4 a second are looked at in each of the day's hours (14,400
is all of them). One line an hour: what the process holds, KiB; people counted; the longest of all
arrays that are kept for a track.
"""

import json
import sys
from pathlib import Path

import numpy as np

from development.fakes.street import HARD, SyntheticStreet
from edge_agent.counting.detection import Detections
from edge_agent.counting.line import Line
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.counting.window import Window
from edge_agent.counting.zone import Zone
from edge_agent.vision.memory import return_freed_memory, share_one_heap
from edge_agent.vision.motion import MotionGate
from edge_agent.vision.quality.monitor import ImageQualityMonitor
from edge_agent.vision.quality.statistics import small_luma

FPS, HOURS, HOUR_S, WINDOW_S, PART_FRAMES, PEOPLE = 4.0, 24, 3600.0, 60.0, 1200, 12


def held_kib() -> int:
    """Return the process's own memory, what it has freed not counted."""
    return_freed_memory()
    rows = Path("/proc/self/smaps_rollup").read_text("ascii").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("Rss:"))


def longest(part: object, depth: int = 3) -> int:
    """Return the length of the longest array or container that an object and its parts keep."""
    greatest = 0
    for value in vars(part).values() if hasattr(part, "__dict__") else ():
        if isinstance(value, np.ndarray | list | dict | set):
            greatest = max(
                greatest, len(value) if not isinstance(value, np.ndarray) or value.ndim else 0
            )
        elif depth and type(value).__module__.startswith("edge_agent.counting"):
            greatest = max(greatest, longest(value, depth - 1))
    return greatest


def main(frames_each: int) -> None:
    """Live through the day."""
    share_one_heap()
    scene = Scene(
        (Line("middle", (384, 0), (384, 576)),),
        (Zone("all", ((0, 0), (768, 0), (768, 576), (0, 576))),),
        settings=TrackerSettings(),
    )
    window, monitor, gate = (
        Window(lines=1, zones=1, frame_s=1 / FPS),
        ImageQualityMonitor(),
        MotionGate(full_look_s=4.0),
    )
    pictures = list(np.random.default_rng(1).integers(0, 255, (8, 96, 128, 3), dtype=np.uint8))
    for hour in range(HOURS):
        counted = 0
        for part in range(0, frames_each, PART_FRAMES):
            frames = min(PART_FRAMES, frames_each - part)
            street = SyntheticStreet.busy(hour * 1000 + part, people=PEOPLE, seconds=frames / FPS)
            for number, seen in enumerate(street.stream(FPS, HARD, seed=hour)):
                now_s = hour * HOUR_S + (part + number) / FPS
                image = pictures[number % len(pictures)]
                small = small_luma(image)
                monitor.observe_frame(image, small, now_s)
                gate.opens(small, now_s)
                counts = scene.observe_frame(Detections(seen.boxes, seen.confidences), now_s)
                window.add_frame(
                    now_s, counts.crossings, counts.occupancies, saturated=counts.saturated
                )
                if number % round(WINDOW_S * FPS) == 0:
                    scene.difficulty.close_window()
                    monitor.close_window()
                    counted += sum(line.in_count + line.out_count for line in window.close().lines)
                    scene.begin_window()
        told = {"hour": hour, "kib": held_kib(), "counted": counted, "longest": longest(scene)}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
