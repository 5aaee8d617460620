# SPDX-License-Identifier: Apache-2.0
"""Detections from a file in MOTChallenge form: frame, id, left, top, width, height, confidence.

Frame 1 is the first.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_agent.counting.detection import Detections, no_detections
from edge_agent.errors import ConfigError

FRAMES_MAX = 10_000_000
COORDINATE_MAX_PX = 1e6
_COLUMNS_MIN = 7


@dataclass(frozen=True, slots=True)
class MotDetections:
    """Detections by frame number from 0, with the rate that turns numbers into seconds."""

    by_frame: dict[int, Detections]
    frames: int
    fps: float

    def steps(self) -> Iterator[tuple[float, Detections]]:
        """Yield time (seconds from frame 0) and detections of every frame, empty ones included."""
        for frame in range(self.frames):
            yield frame / self.fps, self.by_frame.get(frame, no_detections())


def read_mot(
    path: Path,
    *,
    fps: float,
    frames: int | None = None,
    confidence_range: tuple[float, float] = (0.0, 1.0),
) -> MotDetections:
    """Read the file. confidence_range is what 0 and 1 are called in it.

    `frames` counts empty frames at the end too. Raises ConfigError naming file and line for
    anything that is not a detection, and for a confidence outside the range.
    """
    low, high = confidence_range
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ConfigError(
            f"--confidence-range: got {low:g},{high:g}, wanted two numbers, LOW under HIGH"
        )
    rows: dict[int, list[list[float]]] = defaultdict(list)
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            frame, row = _row(f"{path} line {number}", line, low=low, high=high)
            rows[frame].append(row)
    by_frame = {frame: _detections(found) for frame, found in rows.items()}
    return MotDetections(by_frame, max(by_frame, default=-1) + 1 if frames is None else frames, fps)


def confidence_range(text: str) -> tuple[float, float]:
    """Read LOW,HIGH. Raises ConfigError for any other form."""
    try:
        low, high = map(float, text.split(","))
    except ValueError as error:
        raise ConfigError(
            f"--confidence-range: got {text!r}, wanted LOW,HIGH, as in 0,100"
        ) from error
    return low, high


def _row(where: str, line: str, *, low: float, high: float) -> tuple[int, list[float]]:
    try:
        values = [float(text) for text in line.split(",")]
    except ValueError as error:
        raise ConfigError(f"{where}: got {line[:60]!r}, wanted numbers parted by commas") from error
    if len(values) < _COLUMNS_MIN or not all(map(math.isfinite, values[:_COLUMNS_MIN])):
        raise ConfigError(
            f"{where}: got {line[:60]!r}, wanted frame, id, left, top, width, height, confidence"
        )
    frame, _, left, top, width, height, confidence = values[:_COLUMNS_MIN]
    if frame != int(frame) or not 1 <= frame <= FRAMES_MAX:
        raise ConfigError(f"{where}: frame {frame:g}, wanted a whole number from 1")
    if (largest := max(abs(left), abs(top), width, height)) > COORDINATE_MAX_PX:
        raise ConfigError(
            f"{where}: got {largest:g} pixels, wanted at most {COORDINATE_MAX_PX:g}; is this a "
            "detection file?"
        )
    if width <= 0 or height <= 0:
        raise ConfigError(f"{where}: a box of {width:g} x {height:g}, wanted both above 0")
    if not low <= confidence <= high:
        raise ConfigError(
            f"{where}: confidence {confidence:g} is outside {low:g}..{high:g}; give "
            "--confidence-range LOW,HIGH"
        )
    return int(frame) - 1, [
        left,
        top,
        left + width,
        top + height,
        (confidence - low) / (high - low),
    ]


def _detections(rows: list[list[float]]) -> Detections:
    array = np.array(rows, np.float32)
    return Detections(array[:, :4], array[:, 4])
