# SPDX-License-Identifier: Apache-2.0
import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_agent.counting.kalman import (
    ACCELERATION_DENSITY,
    BOX_TO_OBSERVATION,
    FOOT,
    HEIGHT_MIN_PX,
    INITIAL_SPEED,
    MEAN,
    POSITION_NOISE,
    SIZE_DRIFT,
    SIZE_NOISE,
    SPREAD,
    VELOCITY,
    KalmanFilters,
    P,
)

heights = st.floats(10.0, 400.0)
steps_s = st.floats(1e-3, 3.0)
offsets = st.tuples(*[st.floats(-0.5, 0.5)] * 4)
DOUBTS = (1.0, 1.5)
SURE = 1.0


class TextbookFilter:
    """One track by the book, in matrices: state (x, y, vx, vy, width, height).

    Bar-Shalom 2001, sections 5.2 and 6.2.2.

    Noise is in units of the height that the state holds when it is needed, as the filters under
    test have it.
    """

    def __init__(self, measured: NDArray[np.float64]) -> None:
        self.state = np.array([measured[0], measured[1], 0.0, 0.0, measured[2], measured[3]])
        height = max(measured[3], HEIGHT_MIN_PX)
        deviations = (
            np.array([POSITION_NOISE] * 2 + [INITIAL_SPEED] * 2 + [SIZE_NOISE] * 2) * height
        )
        self.covariance = np.diag(deviations**2)

    def predict(self, step_s: float) -> None:
        height = max(self.state[5], HEIGHT_MIN_PX)
        moved = np.identity(6)
        moved[0, 2] = moved[1, 3] = step_s
        noise = np.zeros((6, 6))
        acceleration = (
            np.array([[step_s**3 / 3, step_s**2 / 2], [step_s**2 / 2, step_s]])
            * (ACCELERATION_DENSITY * height) ** 2
        )
        for axis in (0, 1):
            noise[np.ix_([axis, axis + 2], [axis, axis + 2])] = acceleration
        noise[4, 4] = noise[5, 5] = (SIZE_DRIFT * height) ** 2 * step_s
        self.state = moved @ self.state
        self.covariance = moved @ self.covariance @ moved.T + noise

    def correct(self, measured: NDArray[np.float64], doubt: float) -> None:
        height = max(self.state[5], HEIGHT_MIN_PX)
        sees = np.zeros((4, 6))
        sees[0, 0] = sees[1, 1] = sees[2, 4] = sees[3, 5] = 1.0
        noise = np.diag((np.array([POSITION_NOISE] * 2 + [SIZE_NOISE] * 2) * doubt * height) ** 2)
        innovation = sees @ self.covariance @ sees.T + noise
        gain = self.covariance @ sees.T @ np.linalg.inv(innovation)
        self.state = self.state + gain @ (measured - sees @ self.state)
        self.covariance = (np.identity(6) - gain @ sees) @ self.covariance


def observed(*measured: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the observations of foot x, foot y, width and height, a row each."""
    boxes = [[x - width / 2, y - height, x + width / 2, y] for x, y, width, height in measured]
    return np.array(boxes) @ BOX_TO_OBSERVATION


def filters_at(*measured: NDArray[np.float64]) -> KalmanFilters:
    filters = KalmanFilters(len(measured))
    filters.begin_tracks(0, observed(*measured))
    return filters


def correct(
    filters: KalmanFilters, *measured: NDArray[np.float64], doubts: tuple[float, ...] = (SURE,)
) -> None:
    """Correct the tracks by what was measured; a doubt scales the standard deviation."""
    expected = filters.predict(len(measured), 0.0)
    filters.correct(len(measured), observed(*measured), *expected, np.array(doubts) ** 2 - 1.0)


@given(
    height=heights,
    history=st.lists(st.tuples(steps_s, offsets, st.sampled_from(DOUBTS)), min_size=1, max_size=12),
)
def test_one_track_agrees_with_the_textbook_filter(
    height: float, history: list[tuple[float, tuple[float, ...], float]]
) -> None:
    measured = np.array([300.0, 200.0, 0.4 * height, height])
    filters, textbook = filters_at(measured), TextbookFilter(measured)
    for step_s, offset, doubt in history:
        measured = np.array([300.0, 200.0, 0.4 * height, height]) + np.array(offset) * height
        measured[2:] = np.maximum(measured[2:], 1.0)
        filters.predict(1, step_s)
        textbook.predict(step_s)
        correct(filters, measured, doubts=(doubt,))
        textbook.correct(measured, doubt)
        state, covariance = textbook.state, textbook.covariance
        assert filters.state[0, MEAN] == pytest.approx(
            state[[0, 1, 4, 5, 2, 3]], rel=1e-9, abs=1e-6
        )
        one = filters.state[0, SPREAD].tolist()
        for axis in (0, 1):
            by_the_book = [
                covariance[axis, axis],
                covariance[axis, axis + 2],
                covariance[axis + 2, axis + 2],
            ]
            assert one == pytest.approx([*by_the_book, covariance[axis + 4, axis + 4]], rel=1e-6)


@given(
    height=heights,
    first_s=steps_s,
    second_s=steps_s,
    speed=st.tuples(st.floats(-300, 300), st.floats(-300, 300)),
)
def test_two_steps_in_time_are_one_of_their_sum(
    height: float, first_s: float, second_s: float, speed: tuple[float, float]
) -> None:
    filters = filters_at(np.array([100.0, 100.0, height / 2, height]))
    correct(filters, np.array([101.0, 99.0, height / 2, height]))
    filters.state[0, VELOCITY] = speed
    at_once = copy.deepcopy(filters)
    filters.predict(1, first_s)
    filters.predict(1, second_s)
    at_once.predict(1, first_s + second_s)
    assert filters.state == pytest.approx(at_once.state, rel=1e-9, abs=1e-9)


@given(height=heights, history=st.lists(st.tuples(steps_s, st.booleans()), max_size=60))
def test_the_covariance_stays_one_whatever_comes(
    height: float, history: list[tuple[float, bool]]
) -> None:
    filters = filters_at(np.array([100.0, 100.0, height / 2, height]))
    for step_s, seen in history:
        filters.predict(1, step_s)
        if seen:
            correct(filters, np.array([100.0, 100.0, height / 2, height]))
        p, c, v, s = filters.state[0, SPREAD]
        assert p > 0
        assert v > 0
        assert s > 0
        assert p * v >= c**2


def test_a_track_that_was_not_seen_stays_as_predicted_beside_one_that_was() -> None:
    filters = filters_at(*[np.array([x, 100.0, 40.0, 80.0]) for x in (100.0, 200.0, 300.0)])
    filters.predict(3, 0.5)
    before = filters.state.copy()
    correct(filters, *[np.array([210.0, 90.0, 40.0, 80.0])] * 3, doubts=(np.inf, 1.0, np.inf))
    assert np.array_equal(filters.state[[0, 2]], before[[0, 2]])
    assert (filters.state[1, FOOT] != before[1, FOOT]).all()


def test_rows_behind_those_in_use_are_not_touched() -> None:
    filters = filters_at(*[np.array([x, 100.0, 40.0, 80.0]) for x in (100.0, 200.0)])
    before = filters.state.copy()
    filters.predict(1, 0.5)
    correct(filters, np.array([110.0, 100.0, 40.0, 80.0]))
    assert np.array_equal(filters.state[1], before[1])


def test_a_steady_walker_is_followed_at_his_own_speed() -> None:
    filters = filters_at(np.array([0.0, 100.0, 40.0, 80.0]))
    for frame in range(1, 41):
        filters.predict(1, 0.1)
        correct(filters, np.array([6.0 * frame, 100.0, 40.0, 80.0]))
    assert filters.state[0, MEAN] == pytest.approx([240.0, 100.0, 40.0, 80.0, 60.0, 0.0], abs=0.5)


def test_a_box_of_hardly_any_height_leaves_numbers_finite() -> None:
    filters = filters_at(np.array([10.0, 10.0, 0.0, 1e-3]))
    for _ in range(200):
        filters.predict(1, 0.1)
        correct(filters, np.array([10.0, 10.0, 0.0, 1e-3]))
    assert np.isfinite(filters.state).all()
    assert filters.state[0, P] > 0


def test_a_row_forgets_who_was_in_it_before() -> None:
    filters = filters_at(np.array([0.0, 0.0, 40.0, 80.0]))
    for _ in range(10):
        filters.predict(1, 0.2)
        correct(filters, np.array([50.0, 20.0, 30.0, 90.0]))
    filters.begin_tracks(0, observed(np.array([7.0, 8.0, 20.0, 50.0])))
    fresh = filters_at(np.array([7.0, 8.0, 20.0, 50.0]))
    assert np.array_equal(filters.state, fresh.state)
