# SPDX-License-Identifier: Apache-2.0
"""Score what was counted at a scene against its truth; a figure that cannot be had is None."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from development.measure.scenes.box import ScoredWindow
from development.measure.scenes.truth import NOT_COUNTED, SceneTruth
from development.measure.scoring import WINDOW_S, Event, Score
from wire_contract.messages.report import LineCount, ZoneCount
from wire_contract.quality import QualityCode

Held = tuple[int | None, int | None, int]
"""The low and the high end of an interval, and the truth."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How well crossings and people were counted, once through.

    f1: over all crossings of all lines. window_error_pct: the absolute error of windows of ten
    seconds and directions, per cent of the truth. mae: of the people in a zone, frame by frame.
    """

    f1: float | None
    window_error_pct: float | None
    mae: float | None


def figures(
    events: Sequence[Sequence[Event]], people: NDArray[np.int64], truth: SceneTruth
) -> Figures:
    """Score the events of each line, and the people (zones, frames)."""
    f1 = error = None
    if truth.events is not None:
        score, windows = Score(), math.ceil(truth.length_s / WINDOW_S)
        for found, true in zip(events, truth.events, strict=True):
            score.add_line(found, true, windows)
        if score.true:
            f1, error = score.pooled_f1, score.window_error_percent
    return Figures(f1, error, mean_error(people, truth))


def mean_error(people: NDArray[np.int64], truth: SceneTruth) -> float | None:
    """Return the mean absolute error of the people in zones, where they were counted."""
    if truth.people is None or not len(truth.people):
        return None
    counted = truth.people != NOT_COUNTED
    return float(np.abs(people - truth.people)[counted].mean())


def codes(windows: Sequence[ScoredWindow]) -> dict[str, float]:
    """Return the share of windows by the word of their image quality, the most frequent first."""
    words = Counter(QualityCode(one.released.image_quality.code).name.lower() for one in windows)
    return {word: round(count / len(windows), 4) for word, count in words.most_common()}


def share_held(intervals: Iterator[Held]) -> float | None:
    """Return which share of intervals hold the truth; without a high end they are open there."""
    hits = total = 0
    for low, high, true in intervals:
        if low is None:
            continue
        total += 1
        hits += low <= true and (high is None or true <= high)
    return hits / total if total else None


def line_intervals(windows: Sequence[ScoredWindow], truth: SceneTruth) -> Iterator[Held]:
    """Yield the intervals of all lines, windows and directions, with what was true."""
    if truth.events is None:
        return
    for window in windows:
        for row, line in enumerate(window.released.lines):
            yield from _line(line, truth.crossings(row, window.begin_s, window.end_s))


def zone_intervals(windows: Sequence[ScoredWindow], truth: SceneTruth) -> Iterator[Held]:
    """Yield the intervals of the zones' means, and of their peaks where all frames were counted."""
    if truth.people is None:
        return
    for window in windows:
        for row, zone in enumerate(window.released.zones):
            yield from _zone(zone, truth.people[row, window.frames])


def _line(line: LineCount, true: tuple[int, int]) -> Iterator[Held]:
    yield line.in_low, line.in_high, true[0]
    yield line.out_low, line.out_high, true[1]


def _zone(zone: ZoneCount, people: NDArray[np.int64]) -> Iterator[Held]:
    known = people[people != NOT_COUNTED]
    if len(known):
        yield zone.mean_low, zone.mean_high, round(float(known.mean()))
    if len(known) and len(known) == len(people):
        yield zone.peak_low, zone.peak_high, int(known.max())
