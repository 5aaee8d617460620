# SPDX-License-Identifier: Apache-2.0
"""The clock that tests turn behaves as the machine's own does."""

import pytest

from development.fakes.clock import FakeClock
from edge_agent.clock import Clock, SystemClock, aligned_origin_s

CLOCKS = [SystemClock(), FakeClock()]


@pytest.mark.parametrize("clock", CLOCKS, ids=["system", "fake"])
def test_monotonic_time_never_falls(clock: Clock) -> None:
    times = [clock.monotonic_s() for _ in range(1000)]
    assert times == sorted(times)


@pytest.mark.parametrize("clock", CLOCKS, ids=["system", "fake"])
def test_utc_is_this_century_and_its_trust_is_a_plain_yes_or_no(clock: Clock) -> None:
    assert 946_684_800 < clock.utc_s() < 4_102_444_800
    assert isinstance(clock.synchronised(), bool)


@pytest.mark.parametrize("clock", CLOCKS, ids=["system", "fake"])
@pytest.mark.parametrize("length_s", [2, 10, 60, 3600])
def test_an_aligned_origin_lies_on_a_utc_multiple_of_the_window(
    clock: Clock, length_s: int
) -> None:
    begun_s = clock.monotonic_s()
    origin_s = aligned_origin_s(clock, length_s)
    offset_s = clock.utc_s() - clock.monotonic_s()
    # Two clocks are never read at one moment: on a busy machine other programs run in between.
    taken_s = clock.monotonic_s() - begun_s
    distance_s = (origin_s + offset_s) % length_s
    assert min(distance_s, length_s - distance_s) < 0.01 + taken_s
    assert 0 <= clock.monotonic_s() - origin_s <= length_s + 0.01 + (clock.monotonic_s() - begun_s)
