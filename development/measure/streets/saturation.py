# SPDX-License-Identifier: Apache-2.0
"""Measure in which windows the box says that its image is saturated, by how wrong they were."""

from dataclasses import dataclass
from multiprocessing import Pool

import numpy as np

from development.fakes.street import HARD, SyntheticStreet
from development.measure.scoring import (
    LEAD_S,
    WINDOW_S,
    Event,
    by_window,
)
from edge_agent.counting.detection import Detections
from edge_agent.counting.line import Crossing, Line
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings

WRONG_FROM, RIGHT_UNTIL = 0.2, 0.1
FULL_SHARE, FULL_WINDOWS, FULL_SEEDS = 0.5, 4, (51, 52, 53)
FULL_CROWDS = {
    (640, 480): (40, 80, 120, 160),
    (768, 576): (60, 130, 180, 240),
    (1280, 720): (100, 160, 220, 300),
}


@dataclass(frozen=True, slots=True)
class Crowd:
    """One street: its seed, how many people at a time, and the size of its frame, pixels."""

    seed: int
    people: int
    width_px: int
    height_px: int


def saturation() -> str:
    """Say how many windows were saturated, by their error, on streets that chose no bounds."""
    crowds = [
        Crowd(seed, people, *size)
        for seed in FULL_SEEDS
        for size, crowd in FULL_CROWDS.items()
        for people in crowd
    ]
    with Pool() as pool:
        judged = [window for windows in pool.imap_unordered(judge, crowds) for window in windows]
    wrong = [full for error, full in judged if error > WRONG_FROM]
    right = [full for error, full in judged if error < RIGHT_UNTIL]
    sizes = ", ".join(
        f"{width_px} x {height_px} ({'/'.join(map(str, crowd))} people)"
        for (width_px, height_px), crowd in FULL_CROWDS.items()
    )
    return "\n".join(
        [
            (
                f"Hard streets of {sizes}; seeds {', '.join(map(str, FULL_SEEDS))}, none of which "
                "the bounds were chosen on;"
            ),
            (
                f"{len(judged)} windows of 10 s. A window is flagged where it is saturated in at "
                "least half of its frames."
            ),
            "",
            "| windows whose error is | how many | flagged | % |",
            "|---|---|---|---|",
            (
                f"| over 20 % | {len(wrong)} | {sum(wrong)} | "
                f"{100 * sum(wrong) / max(1, len(wrong)):.1f} |"
            ),
            (
                f"| under 10 % | {len(right)} | {sum(right)} | "
                f"{100 * sum(right) / max(1, len(right)):.1f} |"
            ),
        ]
    )


def judge(crowd: Crowd) -> list[tuple[float, bool]]:
    """Count one street; return for each window its relative error and whether it is flagged."""
    line = Line("middle", (crowd.width_px / 2, -60.0), (crowd.width_px / 2, crowd.height_px + 80.0))
    seconds = LEAD_S + FULL_WINDOWS * WINDOW_S + 3.0
    made = SyntheticStreet.busy(
        crowd.seed,
        people=crowd.people,
        seconds=seconds,
        width_px=crowd.width_px,
        height_px=crowd.height_px,
    )
    scene = Scene((line,), (), settings=TrackerSettings())
    crossings: list[Crossing] = []
    full: list[tuple[float, bool]] = []
    for frame in made.stream(10.0, HARD, seed=crowd.seed):
        counts = scene.observe_frame(Detections(frame.boxes, frame.confidences), frame.at_s)
        crossings += counts.crossings
        full.append((frame.at_s, counts.saturated))
    found = [Event(one.crossed_s, str(one.direction)) for one in (*crossings, *scene.finish())]
    true = [Event(one.at_s, one.direction) for one in made.crossings(line.a, line.b)]
    counted, truth = (by_window(events, FULL_WINDOWS, WINDOW_S, LEAD_S) for events in (found, true))
    judged = []
    for window in range(FULL_WINDOWS):
        begin_s = LEAD_S + WINDOW_S * window
        share = np.mean([each for at_s, each in full if begin_s <= at_s < begin_s + WINDOW_S])
        error = np.abs(counted[window] - truth[window]).sum() / max(1, truth[window].sum())
        judged.append((float(error), bool(share >= FULL_SHARE)))
    return judged
