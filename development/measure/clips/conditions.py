# SPDX-License-Identifier: Apache-2.0
"""Count the demonstration's street in bad conditions made from it, with their image quality.

Usage: measure_conditions.py TRUTH [CONDITION ...], or scripts/measure-counting conditions DATA,
which writes docs/ACCURACY.md. TRUTH is the clip's MOT truth (vtest/gt.txt). A crossing is found if
one of its direction is counted within 1.5 s.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from development.fakes import weather
from development.measure.scoring import ROOT, WINDOW_S, Event, paired, read_truth, true_events
from edge_agent.config.schema import load
from edge_agent.counting.detection import Detections
from edge_agent.counting.line import Crossing, Line
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.processes.launch import detector_settings
from edge_agent.vision.assembly import open_detector
from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.quality.monitor import ImageQualityMonitor
from edge_agent.vision.quality.statistics import small_luma

CONFIG = load(ROOT / "firmware_configs" / "examples" / "vtest.toml")
CLIP = ROOT / "var" / "clips" / "vtest.avi"
FPS = 7.0
GRID = (
    *(Line(f"x{part}", (96.0 * part, 150.0), (96.0 * part, 576.0)) for part in range(1, 8)),
    *(Line(f"y{row}", (0.0, float(row)), (768.0, float(row))) for row in (250, 300, 350)),
)
STEPS = {"10": 1.0, "5": 2.0, "3": 10 / 3}
CONDITIONS: dict[str, weather.Condition | None] = {
    "clean": None,
    "dark-0.3": weather.dark(0.3, noise=3),
    "dark-0.15": weather.dark(0.15, noise=4),
    "noise-10": weather.noise(10),
    "noise-20": weather.noise(20),
    "rain-400": weather.rain(400),
    "rain-1000": weather.rain(1000, light=0.6),
    "glare-0.6": weather.glare(0.6),
    "glare-1": weather.glare(1.0),
}


def table(truth_path: Path, names: Sequence[str] = ()) -> str:
    """Measure and return the table."""
    truth = read_truth(truth_path)
    rows = [_row(name, truth) for name in names or CONDITIONS]
    lines = [line.id for line in CONFIG.lines]
    columns = [f"{line} {rate}/s" for line in (*lines, f"{len(GRID)} lines") for rate in STEPS]
    return "\n".join(
        [
            (
                "Event F1 on vtest, every frame, every second and every third (10, 5 and 3 "
                "frames/s, as the clip's container says), at"
            ),
            (
                f"the two lines of the example and over {len(GRID)} upright and level ones "
                "together; and the image quality."
            ),
            "",
            f"| condition | {' | '.join(columns)} | image quality |",
            "|---" * (len(columns) + 2) + "|",
            *rows,
        ]
    )


def _row(name: str, truth: NDArray[np.float64]) -> str:
    detector, thresholds = open_detector(detector_settings(CONFIG))
    condition, monitor, said = CONDITIONS[name], ImageQualityMonitor(), Counter[str]()
    found: list[Detections] = []
    capture = cv2.VideoCapture(str(CLIP), cv2.CAP_FFMPEG)
    while True:
        ok, image = capture.read()
        if not ok:
            break
        frame = (
            np.asarray(image, np.uint8)
            if condition is None
            else condition(np.asarray(image, np.uint8), len(found))
        )
        monitor.observe_frame(frame, small_luma(frame), len(found) / FPS)
        found.append(detector.detect(Frame(frame, 0.0, 0)))
        if len(found) % round(WINDOW_S * FPS) == 0:
            said[monitor.close_window().quality.value] += 1
    by_rate = [counted(found, step, truth, thresholds) for step in STEPS.values()]
    scored = [f"{value:.3f}" for column in zip(*by_rate, strict=True) for value in column]
    words = ", ".join(f"{word} {number}" for word, number in said.most_common())
    print(name, scored, words, flush=True)
    return f"| {name} | {' | '.join(scored)} | {words} |"


def counted(
    found: Sequence[Detections],
    step: float,
    truth: NDArray[np.float64],
    thresholds: TrackerSettings,
) -> tuple[float, float, float]:
    """Count every step-th frame.

    Return F1 of the two lines of the example and of the grid together.
    """
    lines = (*(Line(line.id, line.a, line.b) for line in CONFIG.lines), *GRID)
    scene = Scene(lines, (), settings=thresholds)
    crossings: list[Crossing] = []
    for index in sorted(
        {round(step * turn) for turn in range(len(found)) if round(step * turn) < len(found)}
    ):
        crossings += scene.observe_frame(found[index], index / FPS).crossings
    crossings += scene.finish()
    hits = events = 0
    each = []
    for number, line in enumerate(lines):
        mine = [Event(one.crossed_s, str(one.direction)) for one in crossings if one.line == number]
        true = true_events(truth, line, FPS)
        score = paired(mine, true), len(mine) + len(true)
        each.append(2 * score[0] / max(1, score[1]))
        if line in GRID:
            hits, events = hits + score[0], events + score[1]
    return each[0], each[1], 2 * hits / max(1, events)


if __name__ == "__main__":
    print(table(Path(sys.argv[1]), sys.argv[2:]))
