# SPDX-License-Identifier: Apache-2.0
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from wire_contract.programs.backoff import Backoff


@given(st.integers(0, 10_000), st.integers())
def test_a_wait_lies_between_nothing_and_the_ceiling(attempt: int, seed: int) -> None:
    backoff = Backoff(base_s=0.5, max_s=60.0)
    assert 0.0 <= backoff.wait_s(attempt, Random(seed)) <= backoff.ceiling_s(attempt) <= 60.0


def test_the_ceiling_doubles_until_it_is_reached() -> None:
    backoff = Backoff(base_s=0.5, max_s=5.0)
    assert [backoff.ceiling_s(attempt) for attempt in range(6)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


def test_a_fleet_that_lost_the_broker_at_once_does_not_come_back_at_once() -> None:
    waits = sorted(Backoff(base_s=0.5, max_s=60.0).wait_s(7, Random(box)) for box in range(1000))
    assert sum(wait < 6.0 for wait in waits) < 150
    assert sum(wait > 54.0 for wait in waits) < 150
