# SPDX-License-Identifier: Apache-2.0
"""The crossing rule: a table of cases at one line, and what must hold whatever the walk.

The line of the table runs along y = 100 from x = 0 to x = 200, at ten frames a second; walking down
the picture is `in`.
"""

import dataclasses
import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from development.fakes.street import Flaws, Point, StreetFrame, SyntheticStreet, walk
from edge_agent.counting.line import Crossing, Direction, Line, LineCounter
from edge_agent.counting.window import LineSum, Window
from tests.edge_agent.counting.scenes import count_frames, count_windows, frame, tracks_at

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


# At ten frames a second 60 pixels a frame are 15 heights a second for a person of 40 pixels:
# nobody's pace.
CASES = [
    (*row, height_px)
    for row in TABLE
    for height_px in HEIGHTS_PX
    if row[0] is not fast or height_px >= 60.0
]


@pytest.mark.parametrize(("case", "ways", "height_px"), CASES)
def test_the_table_of_crossings(
    case: Callable[[float], Feet], ways: tuple[int, int], height_px: float
) -> None:
    assert count_frames(seen_at(case(height_px), height_px), (LINE,)).ways() == ways


@pytest.mark.parametrize(("case", "ways", "height_px"), CASES)
def test_the_table_upside_down_swaps_in_and_out(
    case: Callable[[float], Feet], ways: tuple[int, int], height_px: float
) -> None:
    turned = [[(x, 200.0 - y) for x, y in places] for places in case(height_px)]
    assert count_frames(seen_at(turned, height_px), (LINE,)).ways() == ways[::-1]


# What must hold whatever the walk.

BOX = 768.0
MIDDLE = Line("middle", (384.0, 100.0), (384.0, 500.0))
ASLANT = Line("aslant", (100.0, 150.0), (700.0, 450.0))


def quantised(
    frames: Sequence[StreetFrame], change: Callable[[np.ndarray], np.ndarray]
) -> list[StreetFrame]:
    """Return the frames changed, boxes on eighths of a pixel: shift and mirror are exact there."""
    return [
        StreetFrame(
            one.at_s,
            change(np.round(one.boxes * 8) / 8).astype(np.float32),
            one.confidences,
            one.true_feet,
        )
        for one in frames
    ]


def mirrored(line: Line) -> Line:
    return Line(line.id, (BOX - line.a[0], line.a[1]), (BOX - line.b[0], line.b[1]))


def poor_street(seed: int) -> list[StreetFrame]:
    flaws = Flaws(
        time_jitter_s=0.03,
        missed_share=0.15,
        box_jitter_heights=0.04,
        low_share=0.15,
        people_hide_people=True,
    )
    return quantised(
        SyntheticStreet.busy(seed, people=12, seconds=12.0).frames(8.0, flaws, seed=seed),
        lambda boxes: boxes,
    )


seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=6, deadline=None)
@given(seed=seeds)
def test_a_mirror_swaps_in_and_out(seed: int) -> None:
    frames = poor_street(seed)
    turned = quantised(
        frames,
        lambda boxes: np.column_stack(
            [BOX - boxes[:, 2], boxes[:, 1], BOX - boxes[:, 0], boxes[:, 3]]
        ),
    )
    here, there = (
        count_frames(frames, (MIDDLE, ASLANT)),
        count_frames(turned, (mirrored(MIDDLE), mirrored(ASLANT))),
    )
    for line in (0, 1):
        assert here.ways(line) == there.ways(line)[::-1]


@settings(max_examples=6, deadline=None)
@given(seed=seeds)
def test_drawing_a_line_from_its_other_end_swaps_in_and_out(seed: int) -> None:
    frames = poor_street(seed)
    found = count_frames(frames, (ASLANT, Line("back", ASLANT.b, ASLANT.a)))
    assert found.ways(0) == found.ways(1)[::-1]


@settings(max_examples=6, deadline=None)
@given(seed=seeds, right=st.integers(-500, 500), down=st.integers(-500, 500))
def test_a_shift_changes_no_count(seed: int, right: int, down: int) -> None:
    frames = poor_street(seed)
    shifted = quantised(frames, lambda boxes: boxes + np.array([right, down, right, down]))
    lines = tuple(
        Line(one.id, (one.a[0] + right, one.a[1] + down), (one.b[0] + right, one.b[1] + down))
        for one in (MIDDLE, ASLANT)
    )
    here, there = count_frames(frames, (MIDDLE, ASLANT)), count_frames(shifted, lines)
    assert [here.ways(line) for line in (0, 1)] == [there.ways(line) for line in (0, 1)]


@st.composite
def lone_walks(draw: st.DrawFn) -> SyntheticStreet:
    """Draw one to three people far apart, who walk to and fro, well clear of the middle line."""
    people = []
    for row in range(draw(st.integers(1, 3))):
        height = draw(st.floats(40.0, 120.0))
        sides = [(-1) ** turn for turn in range(draw(st.integers(2, 4)))]
        xs = [384.0 + side * draw(st.floats(1.0, 3.0)) * height for side in sides]
        points = [(x, 150.0 + 150.0 * row + draw(st.floats(0.0, 30.0))) for x in xs]
        speed = draw(st.floats(0.4, 2.0)) * height
        people.append(
            walk(
                points,
                height_px=height,
                speed_px_s=speed,
                rest_s=1.0,
                begin_s=draw(st.floats(0.0, 2.0)),
            )
        )
    return SyntheticStreet(
        tuple(people), seconds=max(person.times_s[-1] for person in people) + 1.0
    )


@settings(max_examples=12, deadline=None)
@given(street=lone_walks(), fps=st.floats(5.0, 30.0), jitter_s=st.floats(0.0, 0.05), seed=seeds)
def test_neither_the_frame_rate_nor_uneven_frames_change_a_count(
    street: SyntheticStreet, fps: float, jitter_s: float, seed: int
) -> None:
    true = [crossing.direction for crossing in street.crossings(MIDDLE.a, MIDDLE.b)]
    found = count_frames(street.frames(fps, Flaws(time_jitter_s=jitter_s), seed=seed), (MIDDLE,))
    assert found.ways() == (true.count("in"), true.count("out"))


@settings(max_examples=6, deadline=None)
@given(street=lone_walks(), fps=st.floats(5.0, 30.0))
def test_a_crossing_is_timed_where_the_path_met_the_line(
    street: SyntheticStreet, fps: float
) -> None:
    true = [crossing.at_s for crossing in street.crossings(MIDDLE.a, MIDDLE.b)]
    found = sorted(
        crossing.crossed_s for crossing in count_frames(street.frames(fps), (MIDDLE,)).crossings
    )
    assert found == pytest.approx(true, abs=0.35)


CORNERS = ((234.0, 150.0), (534.0, 150.0), (534.0, 450.0), (234.0, 450.0))
FENCE = tuple(
    Line(f"side-{number}", CORNERS[number], CORNERS[(number + 1) % 4]) for number in range(4)
)
"""Four lines round a square; looking along each, the square is on the right-hand side."""


def far_from_corners(points: Sequence[Point], clear_px: float) -> bool:
    """Say whether no leg of the walk comes nearer to a corner than this."""
    for start, end in zip(np.array(points), np.array(points[1:]), strict=False):
        leg = end - start
        for corner in np.array(CORNERS):
            share = np.clip((corner - start) @ leg / max(leg @ leg, 1e-9), 0.0, 1.0)
            if np.hypot(*(start + share * leg - corner)) < clear_px:
                return False
    return True


def area(left: int, right: int, top: int, bottom: int) -> st.SearchStrategy[Point]:
    return st.tuples(st.integers(left, right), st.integers(top, bottom))


PLACES = st.one_of(
    area(280, 490, 200, 400),  # in the square
    area(60, 190, 60, 540),  # left of it
    area(580, 710, 60, 540),  # right of it
    area(280, 490, 20, 100),  # above it
    area(280, 490, 500, 570),  # below it
)


@settings(max_examples=25, deadline=None)
@given(
    points=st.lists(PLACES, min_size=2, max_size=4),
    height=st.floats(40.0, 80.0),
    pace=st.floats(0.7, 1.8),
    fps=st.sampled_from([5.0, 8.0, 12.0]),
)
def test_in_less_out_is_the_change_of_occupancy_of_a_fenced_square(
    points: list[Point], height: float, pace: float, fps: float
) -> None:
    assume(far_from_corners(points, 0.4 * height))
    assume(all(math.dist(one, other) > 1.0 for one, other in itertools.pairwise(points)))
    person = walk(points, height_px=height, speed_px_s=pace * height, rest_s=1.5)
    street = SyntheticStreet((person,), seconds=float(person.times_s[-1]))
    frames = street.frames(fps)
    found = count_frames(frames, FENCE)
    entered = sum(found.ways(side)[0] for side in range(4))
    left = sum(found.ways(side)[1] for side in range(4))
    inside = street.people_inside(CORNERS, frames)
    assert entered - left == inside[-1] - inside[0]


# The counter alone, on tracks as a tracker would give them.


def follow(
    counter: LineCounter, points: Sequence[Point], *, step_s: float = 0.1, confirmed: bool = True
) -> list[Crossing]:
    """Take one track along points, from 0 s."""
    found: list[Crossing] = []
    for number, point in enumerate(points):
        found += counter.find_crossings(
            tracks_at([point], started=int(number == 0), confirmed=confirmed), number * step_s
        )
    return found


def test_no_lines_make_no_crossings() -> None:
    counter = LineCounter((), 4)
    assert counter.find_crossings(tracks_at([(0, 0)], started=1), 0.0) == ()
    assert counter.finish() == ()


def test_a_crossing_counts_when_who_crossed_has_walked_on_and_is_timed_at_the_line() -> None:
    counter = LineCounter((LINE,), 1)
    walk_on = [(100.0, 100.0 + 6.4 * step) for step in range(-5, 10)]  # .8 heights / s
    found = [
        (number / 10 - 0.5, crossing)
        for number, place in enumerate(walk_on)
        for crossing in counter.find_crossings(
            tracks_at([place], started=int(number == 0)), number / 10
        )
    ]
    [(counted_s, crossing)] = found
    assert crossing == Crossing(0, Direction.IN, pytest.approx(0.5))
    assert 0.2 <= counted_s <= 0.8


def test_a_person_who_is_forgotten_leaves_the_crossing_behind() -> None:
    counter = LineCounter((LINE,), 1)
    follow(counter, [(100, 80), (100, 120)])
    assert counter.find_crossings(tracks_at([], ended=[0]), 0.2) == (
        Crossing(0, Direction.IN, pytest.approx(0.05)),
    )
    assert counter.finish() == ()


def test_a_track_that_never_was_a_person_takes_its_crossing_along() -> None:
    counter = LineCounter((LINE,), 1)
    follow(counter, [(100, 80), (100, 120)], confirmed=False)
    assert counter.find_crossings(tracks_at([], ended=[0]), 0.2) == ()
    assert counter.finish() == ()


def test_the_next_in_a_row_inherits_nothing() -> None:
    counter = LineCounter((LINE,), 1)
    follow(counter, [(100, 80), (100, 120)], confirmed=False)
    assert counter.find_crossings(tracks_at([(50, 120)], ended=[0], started=1), 0.2) == ()
    assert counter.find_crossings(tracks_at([(50, 125)]), 2.0) == ()
    assert counter.finish() == ()


def test_a_crossing_waits_for_the_track_to_become_a_person() -> None:
    counter = LineCounter((LINE,), 1)
    follow(counter, [(100, 80), *[(100.0, 140.0)] * 8], confirmed=False)
    assert counter.find_crossings(tracks_at([(100, 140)]), 0.9) == (
        Crossing(0, Direction.IN, pytest.approx(1 / 30)),
    )


def test_what_is_held_at_the_end_counts() -> None:
    counter = LineCounter((LINE,), 1)
    follow(counter, [(100, 120), (100, 80)])
    assert counter.finish() == (Crossing(0, Direction.OUT, pytest.approx(0.05)),)
    assert counter.finish() == ()


def test_while_a_person_is_unseen_nothing_moves() -> None:
    counter = LineCounter((LINE,), 1)
    follow(counter, [(100, 80), (100, 85)])
    assert counter.find_crossings(tracks_at([(100, 130)], unseen_s=0.1), 0.2) == ()
    assert counter.find_crossings(tracks_at([(100, 85)]), 0.3) == ()
    assert counter.finish() == ()


def test_crossings_of_one_frame_come_oldest_first() -> None:
    counter = LineCounter((Line("low", (0, 130), (200, 130)), LINE), 1)
    follow(counter, [(100, 80), (100, 150)])
    assert [crossing.line for crossing in counter.find_crossings(tracks_at([(100, 155)]), 1.0)] == [
        1,
        0,
    ]


@pytest.mark.parametrize(
    ("points", "ways"),
    [
        (
            [(150, 80), (150, 122), (205, 122), (205, 80)],
            (1, 0),
        ),  # over the line, and back at once round its end: not undone
        (
            [(205, 80), (205, 122), (150, 122), (150, 80)],
            (0, 1),
        ),  # round the end, and back at once over the line: one
        ([(150, 80), (150, 122), (160, 78)], (0, 0)),  # over the line and back over it
        (
            [(150, 80), (150, 122), (160, 78), (160, 122)],
            (1, 0),
        ),  # over, back and over again is once over
        ([(205, 80), (205, 122), (205, 80)], (0, 0)),  # to and fro beyond the end
        (
            [(195, 80), (195, 104), (205, 104), (205, 122)],
            (1, 0),
        ),  # meets the line inside, has a side only beyond the end
    ],
)
def test_only_a_way_back_over_the_line_itself_undoes_a_crossing(
    points: list[Point], ways: tuple[int, int]
) -> None:
    counter = LineCounter((LINE,), 1)
    found = [crossing.direction for crossing in (*follow(counter, points), *counter.finish())]
    assert (found.count(Direction.IN), found.count(Direction.OUT)) == ways


def test_the_next_in_a_row_may_begin_just_where_the_last_one_stood() -> None:
    counter = LineCounter((LINE,), 1)
    follow(counter, [(100, 120), (100, 80)], confirmed=False)
    assert counter.find_crossings(tracks_at([(100, 80)], ended=[0], started=1), 0.2) == ()
    assert counter.find_crossings(tracks_at([(100, 120)]), 0.3) == ()
    assert counter.finish() == (Crossing(0, Direction.IN, pytest.approx(0.25)),)


def test_where_one_is_forgotten_those_behind_keep_what_was_noted_of_them() -> None:
    counter = LineCounter((LINE,), 3)
    counter.find_crossings(tracks_at([(20, 80), (100, 80), (180, 80)], started=3), 0.0)
    counter.find_crossings(tracks_at([(20, 82), (100, 120), (180, 82)]), 0.1)
    moved_up = dataclasses.replace(
        tracks_at([(100, 125), (180, 120)], ended=[0]), stayed=np.array([1, 2])
    )
    assert counter.find_crossings(moved_up, 0.2) == ()
    crossings = counter.find_crossings(tracks_at([(100, 125), (180, 125)]), 1.0)
    assert [(each.direction, each.crossed_s) for each in crossings] == [
        (Direction.IN, pytest.approx(0.05)),
        (Direction.IN, pytest.approx(0.1 + 0.1 * 18 / 38)),
    ]


# What one track adds to one window.


def sway(amplitude_px: float, *, seconds: float) -> list[StreetFrame]:
    """Return one person of 110 pixels who walks up to the line, sways on it, and walks over it."""
    rng = np.random.default_rng(7)
    standing = range(round(seconds * FPS))
    swayed = [
        100.0 + amplitude_px * math.sin(2.0 * math.pi * n / (6.0 * FPS)) + rng.normal(0.0, 3.0)
        for n in standing
    ]
    return seen_at(path(*steps(-60, 100), *swayed, *steps(104, 260)), 110.0)


@pytest.mark.parametrize(
    ("amplitude_px", "crosses_once"), [(10.0, True), (15.0, True), (20.0, True), (30.0, False)]
)
def test_who_sways_on_the_line_and_walks_on_has_crossed_it_once(
    amplitude_px: float, *, crosses_once: bool
) -> None:
    frames = sway(amplitude_px, seconds=100.0)
    # By more than .18 of the own height it is going to and fro, and a window says it once.
    assert (count_frames(frames, (LINE,)).ways() == (1, 0)) is crosses_once
    [sums] = count_windows(frames, LINE, length_s=600.0)
    assert sums.lines == (LineSum(1, 0),)


def test_who_sways_on_the_line_adds_at_most_one_to_each_number_of_each_window() -> None:
    every = count_windows(sway(20.0, seconds=100.0), LINE, length_s=10.0)
    assert {
        count for sums in every for count in (sums.lines[0].in_count, sums.lines[0].out_count)
    } == {0, 1}
    assert sum(sums.lines[0].in_count - sums.lines[0].out_count for sums in every) == 1


def to_and_fro(counter: LineCounter, ways: Sequence[int], *, from_s: float = 0.0) -> list[Crossing]:
    """Take one track clear over the line once a second: 1 is inwards, -1 outwards."""
    found: list[Crossing] = []
    for number, way in enumerate(ways):
        # Between two crossings the same way the track goes round the end of the line, where nothing
        # is met.
        around = (
            [(400.0, 100.0 + 40.0 * way), (400.0, 100.0 - 40.0 * way)]
            if number and ways[number - 1] == way
            else []
        )
        before, beyond = (100.0, 100.0 - 40.0 * way), (100.0, 100.0 + 40.0 * way)
        places = (*around, before, beyond, beyond)
        for step, place in enumerate(places):
            is_new = number == 0 and step == 0
            at_s = from_s + number + (0.9 if step == len(places) - 1 else 0.1 * step)
            found += counter.find_crossings(tracks_at([place], started=int(is_new)), at_s)
    return found


def added(crossings: Sequence[Crossing]) -> tuple[int, int]:
    window = Window(lines=1, zones=0, frame_s=0.1)
    window.add_crossings(tuple(crossings))
    [line] = window.close().lines
    return line.in_count, line.out_count


@pytest.mark.parametrize(
    ("ways", "sums"),
    [
        ((1,), (1, 0)),
        ((1, -1), (1, 1)),  # a turn back is one each way
        ((1, -1, 1), (1, 0)),  # over, back and over again is once over
        ((1, -1, 1, -1), (1, 1)),
        ((1, -1, 1, -1, 1), (1, 0)),
        ((-1, 1, -1), (0, 1)),
        ((1, 1), (1, 0)),  # twice the same way, round the end in between
        ((1, -1, -1), (1, 1)),
        ((1, 1, -1, 1, -1, -1), (1, 1)),
    ],
)
def test_one_track_changes_each_number_of_a_window_by_at_most_one(
    ways: Sequence[int], sums: tuple[int, int]
) -> None:
    crossings = to_and_fro(LineCounter((LINE,), 1), ways)
    assert len(crossings) == len(ways)
    assert added(crossings) == sums


@settings(max_examples=60, deadline=None)
@given(ways=st.lists(st.sampled_from([1, -1]), min_size=1, max_size=12))
def test_however_a_track_goes_its_window_holds_at_most_one_of_it_each_way(ways: list[int]) -> None:
    entered, left = added(to_and_fro(LineCounter((LINE,), 1), ways))
    assert 0 <= entered <= 1
    assert 0 <= left <= 1
    if all(one != other for one, other in itertools.pairwise(ways)):
        assert entered - left == sum(ways)


def test_in_the_next_window_a_track_counts_again() -> None:
    counter = LineCounter((LINE,), 1)
    assert added(to_and_fro(counter, (1, -1, 1))) == (1, 0)
    counter.begin_window()
    assert added(to_and_fro(counter, (-1, 1), from_s=10.0)) == (1, 1)


def test_two_who_cross_are_two_and_the_next_in_a_row_begins_with_nothing_added() -> None:
    counter = LineCounter((LINE,), 2)
    counter.find_crossings(tracks_at([(50, 60), (150, 60)], started=2), 0.0)
    counter.find_crossings(tracks_at([(50, 140), (150, 140)]), 0.1)
    assert added(counter.find_crossings(tracks_at([(50, 141), (150, 141)]), 1.0)) == (2, 0)
    counter.find_crossings(tracks_at([(50, 60)], ended=[0, 1], started=1), 2.0)
    counter.find_crossings(tracks_at([(50, 140)]), 2.1)
    assert added(counter.find_crossings(tracks_at([(50, 141)]), 3.0)) == (1, 0)
