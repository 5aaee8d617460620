# SPDX-License-Identifier: Apache-2.0
"""The crossing rule: a table of cases at one line, and what must hold whatever the walk.

The line of the table runs along y = 100 from x = 0 to x = 200, at ten frames a second; walking down the picture is `in`.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edge_agent.counting.line import SETTLE_S, Crossing, Direction, Line, LineCounter
from edge_agent.counting.tracker import Slots, Tracks
from tests.edge_agent.counting.watching import frame, watch
from tests.fakes.street import Flaws, Point, StreetFrame, SyntheticStreet, walk

FPS = 10.0
LINE = Line("table", (0.0, 100.0), (200.0, 100.0))
HEIGHTS_PX = (40.0, 60.0, 80.0, 100.0, 120.0)
Feet = Sequence[Sequence[Point]]


def seen_at(feet: Feet, height_px: float) -> list[StreetFrame]:
    """Return one frame for each list of foot points."""
    return [frame(number / FPS, *places, height_px=height_px) for number, places in enumerate(feet)]


def path(*ys: float, x: float = 100.0) -> list[list[Point]]:
    """Return the frames of one person at one x."""
    return [[(x, float(y))] for y in ys]


def steps(start: float, stop: float, step: float = 6.0) -> list[float]:
    """Return a walk of even steps from start to just before stop."""
    return [float(y) for y in np.arange(start, stop, math.copysign(step, stop - start))]


def both(one: Feet, other: Feet) -> list[list[Point]]:
    """Return the frames of two people together; one who is done is gone."""
    length = max(len(one), len(other))
    padded = [[*each, *([[]] * (length - len(each)))] for each in (one, other)]
    return [[*first, *second] for first, second in zip(*padded, strict=True)]


def clean(_: float) -> Feet:
    return path(*steps(40, 160))


def fast(_: float) -> Feet:
    return path(*steps(-210, 400, 60))


def flicker(_: float) -> Feet:
    return path(*[80.0] * 12, 120.0, *[80.0] * 12)


def lingering(_: float) -> list[list[Point]]:
    return path(*steps(40, 98), *[97.0, 103.0] * 10)


def lingering_then_back(_: float) -> Feet:
    return [*lingering(_), *path(*steps(94, 40))]


def lingering_then_over(_: float) -> Feet:
    return [*lingering(_), *path(*steps(106, 160))]


def switch_at_the_line(height: float) -> Feet:
    return [*path(*steps(40, 98)), *path(*steps(102, 160), x=100.0 + 0.45 * height)]


def switch_after_half_a_second(height: float) -> Feet:
    return [*path(*steps(40, 98)), *[[]] * 4, *path(*steps(126, 170), x=100.0 + 0.45 * height)]


def gap(frames: int) -> Callable[[float], Feet]:
    def walked(_: float) -> Feet:
        before, length = steps(40, 100), 6.0 * frames
        middle = 100.0 - length / 2 - 3.0
        start = [y for y in before if y <= middle]
        return [*path(*start), *[[]] * frames, *path(*steps(start[-1] + 6.0 * (frames + 1), 170))]

    return walked


def beyond_the_end(_: float) -> Feet:
    return path(*steps(40, 160), x=230.0)


def diagonal(meets_at_x: float) -> Callable[[float], Feet]:
    def walked(_: float) -> Feet:
        return [[(meets_at_x + (y - 100.0), y)] for y in steps(40, 160, 5)]

    return walked


def there_and_back(_: float) -> Feet:
    return path(*steps(40, 160), *steps(160, 40))


def two_unconfirmed(height: float) -> Feet:
    return [*path(80.0, 85.0, x=60.0), *path(115.0, 120.0, x=60.0 + 1.5 * height), *[[]] * 20]


def first_seen_past(_: float) -> Feet:
    return path(*steps(114, 180))


def first_seen_on(_: float) -> Feet:
    return path(*steps(101, 180))


def opposite_ways(height: float) -> Feet:
    return both(path(*steps(40, 160), x=40.0), path(*steps(160, 40), x=40.0 + 0.6 * height))


def side_by_side(height: float) -> Feet:
    return both(path(*steps(40, 160), x=40.0), path(*steps(40, 160), x=40.0 + 0.6 * height))


TABLE = [
    (clean, (1, 0)),  # a clean crossing counts once
    (fast, (1, 0)),  # so does a walker of 60 pixels a frame
    (flicker, (0, 0)),  # one frame over the line and back is none
    (lingering_then_back, (0, 0)),  # three pixels to and fro for twenty frames, then back
    (lingering_then_over, (1, 0)),  # the same, then over
    (switch_at_the_line, (1, 0)),  # the track breaks at the line, one begins beside it
    (switch_after_half_a_second, (1, 0)),  # the same with the person hidden in between
    (gap(2), (1, 0)),  # unseen for two frames at the line
    (gap(4), (1, 0)),  # and for four
    (beyond_the_end, (0, 0)),  # past the line's end
    (diagonal(190.0), (1, 0)),  # aslant near the end, inside it
    (diagonal(210.0), (0, 0)),  # aslant near the end, outside it
    (there_and_back, (1, 1)),  # there and back is one each way
    (two_unconfirmed, (0, 0)),  # two who were never persons, one on each side
    (first_seen_past, (0, 0)),  # first seen past the line
    (first_seen_on, (0, 0)),  # first seen on the line
    (opposite_ways, (1, 1)),  # two who pass each other on the line
    (side_by_side, (2, 0)),  # two side by side
]


@pytest.mark.parametrize("height_px", HEIGHTS_PX)
@pytest.mark.parametrize(("case", "ways"), TABLE)
def test_the_table_of_crossings(case: Callable[[float], Feet], ways: tuple[int, int], height_px: float) -> None:
    assert watch(seen_at(case(height_px), height_px), (LINE,)).ways() == ways


@pytest.mark.parametrize("height_px", HEIGHTS_PX)
@pytest.mark.parametrize(("case", "ways"), TABLE)
def test_the_table_upside_down_swaps_in_and_out(
    case: Callable[[float], Feet], ways: tuple[int, int], height_px: float
) -> None:
    turned = [[(x, 200.0 - y) for x, y in places] for places in case(height_px)]
    assert watch(seen_at(turned, height_px), (LINE,)).ways() == ways[::-1]
