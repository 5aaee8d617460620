# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.counting.line import Crossing, Direction
from edge_agent.counting.window import (
    FRAME_HOLDS_S_MAX,
    LineSum,
    Speed,
    Window,
    WindowSums,
    ZoneSum,
)
from edge_agent.counting.zone import Occupancy

IN, OUT = Direction.IN, Direction.OUT


def window(*, lines: int = 0, zones: int = 0) -> Window:
    return Window(lines=lines, zones=zones, frame_s=0.1)


def zone_of(*occupancies: Occupancy) -> ZoneSum:
    """Return the sum of one zone over frames a tenth of a second apart."""
    one = window(zones=1)
    for number, occupancy in enumerate(occupancies):
        one.add_frame(number / 10, (), (occupancy,))
    return one.close().zones[0]


def test_crossings_add_up_by_line_and_direction() -> None:
    one = window(lines=2)
    one.add_frame(0.0, (Crossing(0, IN, 0.0), Crossing(1, OUT, 0.0)), ())
    one.add_frame(0.1, (Crossing(1, OUT, 0.1), Crossing(1, IN, 0.1)), ())
    one.add_crossings((Crossing(0, IN, 0.1),))
    assert one.close().lines == (LineSum(2, 0), LineSum(1, 2))


@given(
    windows=st.lists(
        st.lists(
            st.lists(st.tuples(st.integers(0, 2), st.sampled_from(Direction)), max_size=3),
            max_size=6,
        ),
        max_size=5,
    )
)
def test_no_crossing_is_lost_or_doubled_between_windows(
    windows: list[list[list[tuple[int, Direction]]]],
) -> None:
    one, now_s = window(lines=3), 0.0
    sums = []
    for frames in windows:
        for crossings in frames:
            one.add_frame(
                now_s, tuple(Crossing(line, direction, now_s) for line, direction in crossings), ()
            )
            now_s += 0.1
        sums.append(one.close())
    given_all = [crossing for frames in windows for crossings in frames for crossing in crossings]
    for line in range(3):
        assert sum(each.lines[line].in_count for each in sums) == given_all.count((line, IN))
        assert sum(each.lines[line].out_count for each in sums) == given_all.count((line, OUT))
    assert [each.frames for each in sums] == [len(frames) for frames in windows]


@given(people=st.lists(st.integers(0, 300), min_size=1, max_size=50))
def test_a_zone_gives_the_mean_over_its_frames_and_the_most_at_once(people: list[int]) -> None:
    found = zone_of(*(Occupancy(count, ()) for count in people))
    assert found.mean == pytest.approx(sum(people) / len(people))
    assert found.peak == max(people)
    assert (found.speed, found.standing) == (Speed.UNKNOWN, 0)


@pytest.mark.parametrize(
    ("speeds", "speed", "standing"),
    [
        ((), Speed.UNKNOWN, 0),  # nobody, or no ground plane
        ((0.0,), Speed.STOPPED, 4),  # stands
        ((0.29,), Speed.STOPPED, 4),  # just under a bound
        ((0.3,), Speed.SLOW, 1),  # on it
        ((0.79,), Speed.SLOW, 1),  # strolls
        ((0.8,), Speed.WALKING, 1),  # walks
        ((1.99,), Speed.WALKING, 1),  # walks fast
        ((2.0,), Speed.FAST, 1),  # runs
        ((0.1, 1.0, 3.0), Speed.WALKING, 2),  # the median of three; a third stand
        (
            (0.1, 0.1, 1.0, 1.0),
            Speed.STOPPED,
            3,
        ),  # half and half: the slower; a half is the third quarter
        ((0.1, 1.0, 1.0, 1.0, 1.0), Speed.WALKING, 1),  # a fifth stand
        ((0.1, 1.0, 1.0, 1.0), Speed.WALKING, 2),  # a quarter is the second
        ((0.1, 0.1, 0.1, 1.0), Speed.STOPPED, 4),  # three quarters are the fourth
    ],
)
def test_speed_and_standing_are_classes(
    speeds: tuple[float, ...], speed: Speed, standing: int
) -> None:
    assert zone_of(Occupancy(len(speeds), speeds)) == ZoneSum(
        len(speeds), len(speeds), speed, standing
    )


def test_speeds_of_all_frames_have_the_same_weight() -> None:
    found = zone_of(Occupancy(1, (0.0,)), Occupancy(2, (1.0, 1.0)), Occupancy(2, (1.0, 1.0)))
    assert (found.speed, found.standing) == (Speed.WALKING, 1)


@pytest.mark.parametrize(
    ("times_s", "observed_s"),
    [
        ([], 0.0),  # no frame
        ([5.0], 0.1),  # the very first frame stands for one frame
        ([0.0, 0.1, 0.2], 0.3),  # even frames
        ([0.0, 0.2], 0.3),  # a short gap was observed
        ([0.0, 0.4], 0.5),  # a gap of two fifths of a second still
        ([0.0, 0.5, 1.0], 0.1 + 2 * FRAME_HOLDS_S_MAX),  # at 2 frames a second a fifth was not
        ([0.0, 1.0, 2.0], 0.1 + 2 * FRAME_HOLDS_S_MAX),  # at 1 frame a second more than half
        ([0.0, 60.0], 0.1 + FRAME_HOLDS_S_MAX),  # of a longer one only that
        ([0.0, 0.0], 0.1),  # two frames of one time
        ([1.0, 0.5], 0.1),  # a clock that steps back adds nothing
    ],
)
def test_a_frame_stands_for_the_time_since_the_one_before(
    times_s: list[float], observed_s: float
) -> None:
    one = window()
    for now_s in times_s:
        one.add_frame(now_s, (), ())
    found = one.close()
    assert found.observed_s == pytest.approx(observed_s)
    assert found.frames == len(times_s)


def test_the_first_frame_of_a_window_stands_for_the_time_since_the_last_of_the_one_before() -> None:
    one = window()
    one.add_frame(0.0, (), ())
    one.close()
    one.add_frame(0.3, (), ())
    assert one.close().observed_s == pytest.approx(0.3)


def test_a_closed_window_leaves_nothing_behind() -> None:
    one = window(lines=1, zones=1)
    one.add_frame(0.0, (Crossing(0, IN, 0.0),), (Occupancy(3, (1.0, 1.0, 0.0)),))
    one.close()
    empty = WindowSums(0.0, 0, (LineSum(0, 0),), (ZoneSum(0.0, 0, Speed.UNKNOWN, 0),))
    assert one.close() == empty


def test_a_crossing_adds_what_it_says_and_takes_back_from_the_other_way() -> None:
    one = window(lines=1)
    one.add_crossings(
        (
            Crossing(0, IN, 0.0),
            Crossing(0, OUT, 0.1),
            Crossing(0, OUT, 0.2, adds=0),
            Crossing(0, IN, 0.3, adds=-1),
        )
    )
    assert one.close().lines == (LineSum(1, 0),)


@given(people=st.lists(st.integers(0, 9), min_size=1, max_size=40), present=st.data())
def test_one_person_more_never_changes_a_mean_by_more_than_one(
    people: list[int], present: st.DataObject
) -> None:
    with_them = [count + present.draw(st.integers(0, 1)) for count in people]
    alone, together = (
        zone_of(*(Occupancy(count, ()) for count in each)).whole_mean
        for each in (people, with_them)
    )
    assert 0 <= together - alone <= 1


def test_a_half_is_rounded_upwards_whatever_stands_before_it() -> None:
    # Half to even would say 0 without the one who stands there all the time, and 2 with them.
    assert zone_of(Occupancy(0, ()), Occupancy(1, ())).whole_mean == 1
    assert zone_of(Occupancy(1, ()), Occupancy(2, ())).whole_mean == 2
