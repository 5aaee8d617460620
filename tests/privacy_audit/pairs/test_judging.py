# SPDX-License-Identifier: Apache-2.0
"""What follows what is known by chance alone, and how much it tells has a bound."""

import numpy as np
import pytest

from privacy_audit.pairs.judging import (
    Follows,
    bits_a_slot_max_of,
    capacity,
    fewest,
    following,
    foretold,
)

SLOTS, ACTIONS = 96, 60
DRAW = np.random.default_rng(19)


def drawn() -> np.ndarray:
    return DRAW.integers(0, 2, (SLOTS, ACTIONS)).astype(bool)


def test_an_observation_that_says_the_bit_is_found_with_its_action_and_no_other() -> None:
    bits = drawn()
    found = following(
        bits, {"says it": bits[:, 7] * 4096.0, "says nothing": DRAW.normal(size=SLOTS)}
    )
    assert [(one.action, one.observation, one.errors) for one in found] == [(7, "says it", 0)]


def test_a_counter_that_grows_at_each_one_is_found_by_its_change() -> None:
    bits = drawn()
    found = following(bits, {"counter": np.cumsum(bits[:, 3] * 5.0 + 2)})
    assert [(one.action, one.errors) for one in found] == [(3, 0)]


def test_an_observation_turned_round_and_one_with_errors_are_found() -> None:
    bits = drawn()
    noisy = bits[:, 1] ^ (DRAW.random(SLOTS) < 0.08)
    found = following(bits, {"turned": 9.0 - bits[:, 0], "noisy": noisy.astype(float)})
    assert {(one.action, one.observation) for one in found} == {(0, "turned"), (1, "noisy")}


def test_what_is_seen_now_and_then_only_still_tells() -> None:
    bits = drawn()
    found = following(bits, {"there at one": np.where(bits[:, 4], 1.0, np.nan)})
    assert [one.action for one in found] == [4]


def test_three_thousand_noisy_observations_follow_none_of_sixty_actions() -> None:
    seen = {f"noise {number}": DRAW.normal(size=SLOTS).cumsum() for number in range(3000)}
    assert following(drawn(), seen) == []


def test_where_nothing_changes_nothing_can_be_told() -> None:
    bits = drawn()
    assert (
        following(bits, {"still": np.full(SLOTS, 3.0), "never there": np.full(SLOTS, np.nan)}) == []
    )
    assert bits_a_slot_max_of(bits[:, 0], {"still": np.full(SLOTS, 3.0)}) == 0.0


def test_the_bound_lies_above_what_is_told() -> None:
    bits = drawn()[:, 0]
    weak = bits ^ (DRAW.random(SLOTS) < 0.3)
    errors, tried = foretold(bits, weak.astype(float))
    assert capacity(errors / tried) < bits_a_slot_max_of(bits, {"weak": weak.astype(float)}) < 1.0


@pytest.mark.parametrize(
    ("error", "bits"),
    [
        (0.0, 1.0),  # no error
        (0.5, 0.0),  # a coin
        (0.11, 0.5),  # half a bit
        (0.9, 0.0),  # worse than a coin: foretold on the other half, so no use
    ],
)
def test_the_capacity_is_that_of_a_symmetric_channel(error: float, bits: float) -> None:
    assert capacity(error) == pytest.approx(bits, abs=2e-3)


def test_the_fewest_errors_lie_below_those_seen_and_near_them_with_many_trials() -> None:
    assert 0.0 <= fewest(0, 48) == pytest.approx(0.0)
    assert fewest(24, 48) < 0.5
    assert fewest(20_000, 48_000) == pytest.approx(20 / 48, abs=0.01)


def test_a_follower_tells_its_rate_a_slot() -> None:
    assert Follows(0, "one", 0, 48).bits_a_slot() == 1.0
    assert (
        Follows(0, "one", 24, 48).bits_a_slot() == 0.0 < Follows(0, "one", 24, 48).bits_a_slot_max()
    )
