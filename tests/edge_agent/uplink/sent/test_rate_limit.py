# SPDX-License-Identifier: Apache-2.0
"""How fast a backlog may drain."""

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.uplink.sent.rate_limit import RateLimit


@given(st.lists(st.tuples(st.floats(-1.0, 3.0), st.integers(0, 200)), max_size=60))
def test_never_more_than_the_burst_and_what_the_rate_allows(turns: list[tuple[float, int]]) -> None:
    limit, now_s, gone, passed_s = RateLimit(rate_hz=50.0, burst=20), 1000.0, 0, 0.0
    for later_s, wanted in turns:
        now_s += later_s  # a clock that goes back gives nothing
        passed_s += max(0.0, later_s)
        taken = limit.allow(wanted, now_s)
        assert 0 <= taken <= wanted
        gone += taken
    assert gone <= 20 + 50.0 * passed_s + 1e-6


def test_what_waits_goes_at_the_rate_and_not_slower() -> None:
    limit = RateLimit(rate_hz=400.0, burst=64)
    assert sum(limit.allow(500, 100.0 + turn / 100) for turn in range(101)) == 64 + 400
