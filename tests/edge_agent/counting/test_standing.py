# SPDX-License-Identifier: Apache-2.0
"""Who stands or walks on a line has not crossed it; who crosses, turns back or rides by has."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from development.fakes.street import Point, StreetFrame
from edge_agent.counting.line import Line
from tests.edge_agent.counting.scenes import Counted, count_frames

HEIGHT_PX = 110.0
MIDDLE = np.array([500.0, 500.0])
RATES = (3.0, 5.0, 7.0, 15.0, 30.0)
UPRIGHT, SLANTING, LEVEL = 90.0, 35.0, 0.0
"""Directions of a line, degrees."""
VIEWS = [
    pytest.param(fps, angle, marks=[pytest.mark.campaign] if fps >= 15.0 and angle != kept else [])
    for fps, kept in ((3.0, None), (5.0, None), (7.0, None), (15.0, SLANTING), (30.0, UPRIGHT))
    for angle in (UPRIGHT, SLANTING, LEVEL)
]
"""Rates and directions. A frame costs the same at any rate: of the high ones each has one direction
every day, and all in the campaign."""
Places = NDArray[np.float64]


def line_at(angle: float, length_px: float = 6_000.0) -> Line:
    half = length_px / 2.0 * along_line(angle)
    a, b = MIDDLE - half, MIDDLE + half
    return Line("line", (float(a[0]), float(a[1])), (float(b[0]), float(b[1])))


def along_line(angle: float) -> Places:
    return np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])


def across_line(angle: float) -> Places:
    along = along_line(angle)
    return np.array([-along[1], along[0]])


def seen(
    places: Places,
    fps: float,
    *,
    jitter: Point = (0.0, 0.0),
    height_jitter: float = 0.0,
    width_heights: float = 0.4,
) -> list[StreetFrame]:
    """Return one person at places (N, 2), frame by frame; jitter of x and y and height, heights."""
    rng = np.random.default_rng(7)
    feet = places + rng.normal(0.0, 1.0, places.shape) * np.array(jitter) * HEIGHT_PX
    heights = HEIGHT_PX * (1.0 + rng.normal(0.0, 1.0, len(feet)) * height_jitter)
    half = width_heights * HEIGHT_PX / 2.0
    x, y = feet.T
    boxes = np.column_stack([x - half, y - heights, x + half, y]).astype(np.float32)
    return [
        StreetFrame(number / fps, box[None], np.array([0.9], np.float32), foot[None])
        for number, (box, foot) in enumerate(zip(boxes, feet, strict=True))
    ]


def visit(
    angle: float, fps: float, *, sway: float, period_s: float, leaves: float, stays_s: float = 100.0
) -> Places:
    """Walk to the line, stay there swaying, heights, and leave: 1 to the far side, -1 back."""
    coming_s, staying_s = np.arange(0.0, 3.0, 1.0 / fps), np.arange(0.0, stays_s, 1.0 / fps)
    distance = np.concatenate(
        [
            0.8 * coming_s - 2.4,
            sway * np.sin(2.0 * math.pi * staying_s / period_s),
            leaves * 0.8 * coming_s,
        ]
    )
    return np.asarray(MIDDLE + HEIGHT_PX * distance[:, None] * across_line(angle))


def crossings(frames: list[StreetFrame], angle: float) -> int:
    return sum(counted(frames, angle).ways())


def counted(frames: list[StreetFrame], angle: float) -> Counted:
    return count_frames(frames, (line_at(angle),))


@pytest.mark.parametrize(("fps", "angle"), VIEWS)
@pytest.mark.parametrize("leaves", [1.0, -1.0])
@pytest.mark.parametrize(
    ("sway", "period_s", "jitter"),
    [
        (0.0, 6.0, (0.045, 0.023)),  # jitter alone, sideways twice as much as up and down
        (0.0, 6.0, (0.064, 0.032)),
        (0.0, 6.0, (0.1, 0.05)),
        (0.09, 6.0, (0.027, 0.018)),  # sway with a little jitter
        (0.136, 6.0, (0.027, 0.018)),
        (0.173, 6.0, (0.027, 0.018)),
        (0.18, 3.0, (0.0, 0.0)),  # quick
        (0.18, 25.0, (0.0, 0.0)),  # slow
    ],
)
def test_who_stays_on_a_line_has_crossed_it_once_or_not_at_all(
    fps: float, angle: float, leaves: float, sway: float, period_s: float, jitter: Point
) -> None:
    places = visit(angle, fps, sway=sway, period_s=period_s, leaves=leaves, stays_s=40.0)
    frames = seen(places, fps, jitter=jitter, height_jitter=0.03)
    assert crossings(frames, angle) == (1 if leaves > 0.0 else 0)


@pytest.mark.parametrize(("fps", "angle"), VIEWS)
@pytest.mark.parametrize("beside", [0.0, 0.1])
def test_who_walks_along_a_line_has_not_crossed_it(fps: float, angle: float, beside: float) -> None:
    way = np.arange(-16.0, 16.0, 0.8 / fps)[:, None] * along_line(angle)
    places = MIDDLE + HEIGHT_PX * (way + beside * across_line(angle))
    frames = seen(places, fps, jitter=(0.06, 0.06), height_jitter=0.03)
    assert crossings(frames, angle) == 0


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("angle", [UPRIGHT, SLANTING, LEVEL])
def test_who_turns_back_clear_of_a_line_has_crossed_it_once_each_way(
    fps: float, angle: float
) -> None:
    """A pacer: .8 of the height to each side, eight seconds to and fro, for half a minute."""
    at_s = np.arange(0.0, 30.0, 1.0 / fps)
    distance = -0.82 * np.cos(2.0 * math.pi * at_s / 8.0)
    places = MIDDLE + HEIGHT_PX * distance[:, None] * across_line(angle)
    assert counted(seen(places, fps), angle).ways() in {(4, 3), (3, 4)}


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("speed", [0.15, 0.3])
def test_who_crosses_slowly_has_crossed_once_and_at_the_line(fps: float, speed: float) -> None:
    at_s = np.arange(0.0, 2.0 / speed, 1.0 / fps)
    places = MIDDLE + HEIGHT_PX * ((speed * at_s - 1.0)[:, None] * across_line(LEVEL))
    [crossing] = counted(seen(places, fps, jitter=(0.02, 0.02)), LEVEL).crossings
    assert crossing.crossed_s == pytest.approx(1.0 / speed, abs=0.6)


@pytest.mark.parametrize("fps", [5.0, 7.0, 10.0, 15.0, 30.0])
@pytest.mark.parametrize("angle", [UPRIGHT, SLANTING, LEVEL])
@pytest.mark.parametrize("speed_m_s", [3.0, 4.5, 6.0])
@pytest.mark.parametrize("width_heights", [0.5, 1.2])
def test_a_rider_counts_once(
    fps: float, angle: float, speed_m_s: float, width_heights: float
) -> None:
    """Riders of 1.75 m who come into view seven metres from the line and leave it as far beyond."""
    at_s = np.arange(-7.0 / speed_m_s, 7.0 / speed_m_s, 1.0 / fps)
    way = speed_m_s / 1.75 * at_s[:, None] * across_line(angle)
    frames = seen(
        MIDDLE + HEIGHT_PX * way,
        fps,
        jitter=(0.04, 0.04),
        height_jitter=0.04,
        width_heights=width_heights,
    )
    assert crossings(frames, angle) == 1
