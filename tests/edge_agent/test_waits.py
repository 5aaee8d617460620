# SPDX-License-Identifier: Apache-2.0
"""How long a process waits before it is started again."""

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.backoff import RESTART
from edge_agent.processes.supervision.restarts import (
    DOUBLINGS_MAX,
    RESTARTS_MAX,
    RESTARTS_WITHIN_S,
    Restarts,
)

LONGEST = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


def waits(restarts: Restarts, *good_s: float) -> list[float]:
    return [restarts.wait_s(one) for one in good_s]


def test_what_never_works_waits_twice_as_long_each_time_and_a_minute_at_most() -> None:
    assert waits(Restarts(), *[0.0] * 8) == LONGEST
    assert RESTART.ceiling_s(DOUBLINGS_MAX) == 60.0


def test_after_a_good_minute_the_wait_is_the_shortest_again_however_often_it_ended_before() -> None:
    restarts = Restarts()
    waits(restarts, *[0.0] * 50)
    assert waits(restarts, 59.0, 60.0, 0.0, 3600.0) == [2.0, 1.0, 2.0, 1.0]


def test_what_ends_every_ten_good_seconds_keeps_its_short_wait_for_ever() -> None:
    assert waits(Restarts(), *[10.0] * 100) == [1.0] * 100
    assert waits(Restarts(), *[9.9] * 8) == LONGEST


def test_a_restart_is_one_too_many_by_the_eleventh_end_within_ten_minutes_and_not_later() -> None:
    restarts = Restarts()
    for place in range(RESTARTS_MAX):
        assert not restarts.too_often(float(place))
        restarts.count(float(place))
    assert restarts.too_often(RESTARTS_WITHIN_S - 1.0)
    assert not restarts.too_often(RESTARTS_WITHIN_S)


@given(
    good=st.lists(st.floats(0.0, 1e5), max_size=40), more=st.lists(st.floats(0.0, 1e5), max_size=5)
)
def test_another_made_of_its_history_goes_on_where_it_was(
    good: list[float], more: list[float]
) -> None:
    one = Restarts()
    for place, each in enumerate(good):
        assert 1.0 <= one.wait_s(each) <= 60.0
        one.count(float(place))
    other = Restarts(*one.history)
    assert waits(other, *more) == waits(one, *more)
    assert other.too_often(1e9) == one.too_often(1e9)
