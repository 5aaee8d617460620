# SPDX-License-Identifier: Apache-2.0
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.vision.capture.recording.frame_order import REORDERED_MAX, FrameOrder

NOTHING = np.zeros((1, 1, 3), np.uint8)
FRAME_S = 0.1


def ordered(own_s: list[float], *, length_s: float = 0.0) -> list[float]:
    """Return the times that frames of a tenth of a second are given."""
    order = FrameOrder(frame_s=FRAME_S, length_s=length_s)
    given_s = [frame.at_s for one in own_s for frame in order.put(NOTHING, one)]
    return [*given_s, *(frame.at_s for frame in order.finish())]


@pytest.mark.parametrize(
    ("own_s", "given_s"),
    [
        ([0.0, 0.1, 0.2], [0.0, 0.1, 0.2]),  # an even rate
        ([0.0, 0.1, 0.5, 0.6, 1.4], [0.0, 0.1, 0.5, 0.6, 1.4]),  # a varying one
        ([0.0, 0.1, 10.0, 10.1], [0.0, 0.1, 10.0, 10.1]),  # a hole
        ([0.0, 5.0, 10.0, 15.0], [0.0, 5.0, 10.0, 15.0]),  # a frame each five seconds
        ([0.0, 0.1, 9.0], [0.0, 0.1, 9.0]),  # a leap at the end
        ([3.0, 3.1], [3.0, 3.1]),  # the beginning is lost
        ([0.0, 0.0, 0.0], [0.0, 0.1, 0.2]),  # a stream without times
        ([0.0, 0.1, 0.1, 0.2], [0.0, 0.1, 0.2]),  # two frames of one time
        ([0.0, 0.1, 7.0, 0.2, 0.3], [0.0, 0.1, 0.2, 0.3]),  # a damaged time
        ([0.0, 0.1, 9e6, 20.0, 0.4, 0.5], [0.0, 0.1, 0.4, 0.5]),  # two of them
        ([0.0, 0.1, 5.0, 0.2, 5.2, 5.3, 0.9, 5.4], [0.0, 0.1, 0.2, 5.2, 5.3, 5.4]),  # left over
    ],
)
def test_each_frame_is_at_its_own_time_and_a_damaged_one_is_not_believed(
    own_s: list[float], given_s: list[float]
) -> None:
    assert ordered(own_s) == pytest.approx(given_s)


def test_a_time_beyond_the_end_that_the_container_states_is_none() -> None:
    assert ordered([0.0, 0.1, 9e6, 9e6 + 0.1, 0.4], length_s=60.0) == pytest.approx(
        [0.0, 0.1, 0.2, 0.3, 0.4]
    )


def test_a_second_recording_behind_the_first_goes_on_where_that_ends() -> None:
    first = [FRAME_S * index for index in range(100)]
    given_s = ordered(first + [0.05 + one for one in first])
    assert len(given_s) == 200 - REORDERED_MAX
    assert given_s[99:102] == pytest.approx([9.9, 10.0, 10.1])


def test_what_is_back_from_a_leap_that_was_none_is_waited_for() -> None:
    first = [FRAME_S * index for index in range(1, 100)]
    # Two damaged times in a row confirm each other.
    given_s = ordered([0.0, *first[:40], 8.0, 8.1, *first[40:]])
    assert given_s[:43] == pytest.approx([0.0, *first[:40], 8.0, 8.1])
    assert given_s[43:] == pytest.approx(first[81:])


def test_how_long_nothing_was_shown_is_added_up() -> None:
    order = FrameOrder(frame_s=FRAME_S, length_s=30.0)
    for own_s in (0.0, 0.1, 10.1, 10.2, 15.2):
        order.put(NOTHING, own_s)
    order.finish()
    assert order.unseen_s == pytest.approx(15.0)
    assert order.last_s == 15.2


@given(own_s=st.lists(st.floats(-1e7, 1e7) | st.floats(0.0, 30.0), max_size=80))
def test_time_only_rises_whatever_a_file_says(own_s: list[float]) -> None:
    for length_s in (0.0, 30.0):
        given_s = ordered(own_s, length_s=length_s)
        assert len(given_s) <= len(own_s)
        assert all(later > before for before, later in pairwise(given_s))
        assert all(one >= 0 for one in given_s)


@given(gaps_s=st.lists(st.floats(0.001, 20.0), max_size=40))
def test_no_frame_of_a_whole_file_is_dropped_or_moved(gaps_s: list[float]) -> None:
    own_s = [0.0, *np.cumsum(gaps_s).tolist()]
    assert ordered(own_s) == own_s
