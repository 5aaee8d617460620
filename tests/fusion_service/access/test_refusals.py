# SPDX-License-Identifier: Apache-2.0
"""Who is refused again and again waits longer and longer, and only so many are remembered."""

from fusion_service.access.refusals import FORGET_S, FREE, PEERS_MAX, WAIT_MAX_S, Refusals


def refused(refusals: Refusals, peer: str, times: int, *, at_s: float = 0.0) -> None:
    for _ in range(times):
        refusals.note(peer, at_s)


def test_a_few_refusals_cost_nothing_then_each_doubles_the_wait_to_a_bound() -> None:
    refusals = Refusals()
    refused(refusals, "a", FREE)
    assert refusals.wait_s("a", 0.0) == 0.0
    waits = []
    for _ in range(10):
        refusals.note("a", 0.0)
        waits.append(refusals.wait_s("a", 0.0))
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, WAIT_MAX_S, WAIT_MAX_S, WAIT_MAX_S, WAIT_MAX_S]
    assert refusals.wait_s("a", 30.0) == WAIT_MAX_S - 30.0
    assert refusals.wait_s("b", 0.0) == 0.0, "another peer is not touched"


def test_who_is_quiet_for_long_or_comes_with_a_token_begins_anew() -> None:
    refusals = Refusals()
    refused(refusals, "a", FREE + 8)
    refusals.note("a", FORGET_S + 1.0)
    assert refusals.wait_s("a", FORGET_S + 1.0) == 0.0
    refused(refusals, "b", FREE + 8)
    refusals.forgive("b")
    assert refusals.wait_s("b", 0.0) == 0.0


def test_a_thousand_refusals_hold_no_large_number() -> None:
    refusals = Refusals()
    refused(refusals, "a", 5_000)
    assert refusals.wait_s("a", 0.0) == WAIT_MAX_S


def test_only_so_many_peers_are_remembered_and_the_quietest_goes_first() -> None:
    refusals = Refusals()
    refused(refusals, "first", FREE + 1)
    refused(refusals, "second", FREE + 1)
    refusals.note("first", 0.1)
    for number in range(PEERS_MAX - 1):
        refusals.note(f"peer-{number}", 0.2)
    assert len(refusals) == PEERS_MAX
    assert refusals.wait_s("first", 0.2) > 0.0
    assert refusals.wait_s("second", 0.2) == 0.0
