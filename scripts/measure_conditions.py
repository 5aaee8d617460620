# SPDX-License-Identifier: Apache-2.0
"""Count the street of the demonstration in bad conditions made from it, and say what the eye says of each.

Usage: measure_conditions.py TRUTH [CONDITION ...]. TRUTH is the clip's MOT truth (vtest/gt.txt). For each condition one JSON line:
event F1 of each line at every frame, every second and every third (10, 5 and 3 a second, as the clip's container counts), and the
share of 10-second windows by the eye's code. A crossing is found if one of its direction is counted within 1.5 s.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from edge_agent.config import Line, load
from edge_agent.counting.detection import Detections
from edge_agent.counting.line import HYSTERESIS_HEIGHTS
from edge_agent.sensor_process import open_detector, open_scene
from edge_agent.supervisor import detector_settings, view_settings
from edge_agent.vision.eye import Eye
from edge_agent.vision.frame import Frame
from edge_agent.vision.glance import small_luma
from tests.fakes import weather

ROOT = Path(__file__).resolve().parent.parent
CONFIG = load(ROOT / "firmware_configs" / "examples" / "vtest.toml")
CLIP = ROOT / "var" / "clips" / "vtest.avi"
FPS, WINDOW_S, NEAR_S = 7.0, 10.0, 1.5
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
Event = tuple[float, str]


def true_events(truth: NDArray[np.float64], line: Line) -> list[Event]:
    """Return when each true foot point met the line between its ends and cleared it by a tenth of the person's height."""
    a, way = np.array(line.a), np.array(line.b) - np.array(line.a)
    walks = defaultdict(list)
    for number, person, left, top, width, height in truth[np.lexsort((truth[:, 0], truth[:, 1]))]:
        foot = np.array([left + width / 2, top + height])
        away = float(way[0] * (foot - a)[1] - way[1] * (foot - a)[0]) / float(np.hypot(*way))
        walks[person].append(((number - 1) / FPS, foot, away, height))
    events = []
    for walk in walks.values():
        side, met = 0, None
        for (begin_s, start, before, _), (end_s, foot, away, height) in pairwise([walk[0], *walk]):
            if (before >= 0) != (away >= 0):
                share = before / (before - away)
                met = begin_s + share * (end_s - begin_s), float((start + share * (foot - start) - a) @ way / (way @ way))
            if abs(away) > HYSTERESIS_HEIGHTS * height:
                if side not in {0, int(np.sign(away))} and met is not None and 0 <= met[1] <= 1:
                    events.append((met[0], "in" if away > 0 else "out"))
                side = int(np.sign(away))
    return events


def f1(true: Sequence[Event], counted: Sequence[Event]) -> float:
    """Return the F1 of counted crossings, each paired with the nearest true one that is left."""
    left = list(true)
    for at_s, direction in sorted(counted):
        near = [one for one in left if one[1] == direction and abs(one[0] - at_s) <= NEAR_S]
        if near:
            left.remove(min(near, key=lambda one: abs(one[0] - at_s)))
    hits = len(true) - len(left)
    return round(2 * hits / max(len(true) + len(counted), 1), 3)


def main(truth_path: Path, names: Sequence[str]) -> None:
    """Measure and print."""
    truth = np.loadtxt(truth_path, delimiter=",")[:, :6]
    detector, thresholds = open_detector(detector_settings(CONFIG))
    for name in names or CONDITIONS:
        condition, found, eye, said = CONDITIONS[name], [], Eye(), Counter[str]()
        capture = cv2.VideoCapture(str(CLIP), cv2.CAP_FFMPEG)
        while True:
            ok, image = capture.read()
            if not ok:
                break
            frame = np.asarray(image, np.uint8) if condition is None else condition(np.asarray(image, np.uint8), len(found))
            eye.look(frame, small_luma(frame), len(found) / FPS)
            found.append(detector.detect(Frame(frame, 0.0, 0)))
            if len(found) % round(WINDOW_S * FPS) == 0:
                said[eye.close().sight.value] += 1
        rates = {rate: counted(found, step, truth, thresholds) for rate, step in STEPS.items()}
        print(json.dumps({"condition": name, "f1": rates, "windows": dict(said)}), flush=True)


def counted(found: Sequence[Detections], step: float, truth: NDArray[np.float64], thresholds: object) -> dict[str, float]:
    """Count every step-th frame and return the F1 of each line."""
    scene = open_scene(view_settings(CONFIG), thresholds, width_px=768, height_px=576)  # type: ignore[arg-type]  # as it came
    crossings = []
    for index in sorted({round(step * turn) for turn in range(len(found)) if round(step * turn) < len(found)}):
        crossings += scene.update(found[index], index / FPS).crossings
    crossings += scene.finish()
    return {
        line.id: f1(true_events(truth, line), [(one.crossed_s, one.direction.value) for one in crossings if one.line == number])
        for number, line in enumerate(CONFIG.lines)
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
