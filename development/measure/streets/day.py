# SPDX-License-Identifier: Apache-2.0
"""Measure what counting holds in memory through 24 hours of a street."""

from pathlib import Path

from development.fakes.street import HARD, SyntheticStreet
from edge_agent.counting.detection import Detections
from edge_agent.counting.line import Line
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.counting.window import Window

DAY_CROWD, DAY_FILM_S = 10, 600.0


def day() -> str:
    """Count DAY_FILM_S of a street again and again for 24 hours; read the memory each hour."""
    street_of_day = SyntheticStreet.busy(31, people=DAY_CROWD, seconds=DAY_FILM_S)
    frames = [
        (frame.at_s, Detections(frame.boxes, frame.confidences))
        for frame in street_of_day.stream(10.0, HARD, seed=31)
    ]
    a, b = (384.0, 0.0), (384.0, 576.0)
    scene, window = (
        Scene((Line("middle", a, b),), (), settings=TrackerSettings()),
        Window(lines=1, zones=0, frame_s=0.1),
    )
    held_kb, crossings, closed = [], 0, 0
    for turn in range(round(24 * 3600 / DAY_FILM_S)):
        for at_s, detections in frames:
            now_s = turn * DAY_FILM_S + at_s
            while now_s >= 60 * (closed + 1):
                crossings += sum(line.in_count + line.out_count for line in window.close().lines)
                scene.difficulty.close_window()
                scene.begin_window()
                closed += 1
            counts = scene.observe_frame(detections, now_s)
            window.add_frame(
                now_s, counts.crossings, counts.occupancies, saturated=counts.saturated
            )
        if (turn + 1) * DAY_FILM_S % 3600 == 0:
            held_kb.append(_held_kb())
    first, last = held_kb[0], held_kb[-1]
    return (
        f"{DAY_CROWD} people at a time, 10 frames/s, 24 hours of its time: {closed} windows, "
        f"{crossings} crossings.\n"
        f"The process holds {first / 1024:.1f} MB after the first hour, "
        f"{max(held_kb) / 1024:.1f} MB at most,"
        f" {last / 1024:.1f} MB at the end: {100 * (last - first) / first:+.2f} %. "
        f"{scene.capacity} slots for tracks, no more."
    )


def _held_kb() -> int:
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
