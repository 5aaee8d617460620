# SPDX-License-Identifier: Apache-2.0
"""Where the uplink goes, by what it sees: pure, every time is said."""

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.backoff import TRY_BROKER
from edge_agent.uplink.route import (
    HURRIED_S,
    HURRY_S,
    SILENT_S,
    SPREAD_S,
    TRIAL_S,
    Address,
    ConnectionState,
    Move,
    Route,
    Step,
)

OLD, NEW, NEWER = (Address(host, 8883) for host in ("old.example", "new.example", "newer.example"))
ENDS_S = 10**9
MOVE = Move(7, NEW, ENDS_S)
GOOD, AWAY = (
    ConnectionState(connected=True, online=True, waits=False),
    ConnectionState(connected=False, online=False, waits=True),
)
WAITS, HELD = (
    ConnectionState(connected=True, online=True, waits=True),
    ConnectionState(connected=True, online=False, waits=True),
)


def route(kept: Move | None = None) -> Route:
    return Route(OLD, kept, lambda: 0.5)


def test_a_box_with_a_good_link_goes_at_a_moment_of_its_own_and_keeps_what_acknowledges() -> None:
    one = route()
    assert one.offer(MOVE, 100.0)
    assert one.step(100.0 + SPREAD_S / 2 - 0.1, 0.0, GOOD) is None
    assert one.step(100.0 + SPREAD_S / 2, 0.0, GOOD) is Step.TRIES
    assert (one.address, one.on_trial) == (NEW, True)
    assert one.step(140.0, 0.0, WAITS) is None
    assert one.acknowledged() is Step.KEEPS
    assert (one.address, one.on_trial, one.kept) == (NEW, False, MOVE)
    assert one.acknowledged() is None


def test_a_box_without_a_link_goes_at_once() -> None:
    for seen in (AWAY, HELD):
        one = route()
        one.offer(MOVE, 0.0)
        assert one.step(0.0, 0.0, seen) is None
        assert one.step(HURRY_S, 0.0, seen) is Step.TRIES


def test_an_address_that_does_not_answer_is_left_after_the_stated_time_and_tried_again_later() -> (
    None
):
    one = route()
    one.offer(MOVE, 0.0)
    now_s = SPREAD_S
    assert one.step(now_s, 0.0, GOOD) is Step.TRIES
    assert one.step(now_s + TRIAL_S - 0.1, 0.0, AWAY) is None
    assert one.step(now_s + TRIAL_S, 0.0, AWAY) is Step.RETURNS
    assert (one.address, one.kept) == (OLD, None)
    back_s = now_s + TRIAL_S
    assert one.step(back_s + TRY_BROKER.base_s - 0.1, 0.0, GOOD) is None
    assert one.step(back_s + TRY_BROKER.base_s, 0.0, GOOD) is Step.TRIES


def test_a_box_that_has_no_link_to_lose_tries_again_sooner() -> None:
    one = route()
    one.offer(MOVE, 0.0)
    one.step(SPREAD_S, 0.0, GOOD)
    one.step(SPREAD_S + TRIAL_S, 0.0, AWAY)
    back_s = SPREAD_S + TRIAL_S
    assert one.step(back_s + HURRIED_S - 0.1, 0.0, HELD) is None
    assert one.step(back_s + HURRIED_S, 0.0, HELD) is Step.TRIES


def test_a_broker_without_a_centre_and_a_centre_that_acknowledges_nothing_are_left() -> None:
    for seen in (HELD, WAITS):
        one = route()
        one.offer(MOVE, 0.0)
        one.step(SPREAD_S, 0.0, GOOD)
        assert one.step(SPREAD_S + 1.0, 0.0, seen) is None
        assert one.step(SPREAD_S + 1.0 + TRIAL_S, 0.0, seen) is Step.RETURNS


def test_while_nothing_waits_a_link_that_is_good_is_on_trial_until_the_next_window() -> None:
    one = route()
    one.offer(MOVE, 0.0)
    one.step(SPREAD_S, 0.0, GOOD)
    for minute in range(30):
        assert one.step(SPREAD_S + 60.0 * minute, 0.0, GOOD) is None
    assert one.kept is None
    assert one.step(2000.0, 0.0, WAITS) is None
    assert one.step(2000.0 + TRIAL_S, 0.0, WAITS) is Step.RETURNS


def test_an_old_number_is_no_offer_and_a_newer_one_ends_a_trial() -> None:
    one = route(kept=MOVE)
    assert not one.offer(MOVE, 0.0)
    assert not one.offer(Move(6, NEWER, ENDS_S), 0.0)
    assert one.offer(Move(8, NEWER, ENDS_S), 0.0)
    assert one.step(SPREAD_S, 0.0, GOOD) is Step.TRIES
    assert one.address == NEWER
    assert one.offer(Move(9, OLD, ENDS_S), SPREAD_S)
    assert (one.address, one.on_trial) == (NEW, False)
    assert one.step(2 * SPREAD_S, 0.0, GOOD) is Step.TRIES
    assert one.address == OLD


def test_what_is_out_of_date_is_not_begun() -> None:
    one = route()
    one.offer(Move(7, NEW, 1000), 0.0)
    assert one.step(SPREAD_S, 1000.0, GOOD) is None
    assert one.step(SPREAD_S, 999.0, GOOD) is Step.TRIES


def test_a_config_that_names_the_address_of_now_is_kept_without_leaving_it() -> None:
    one = route()
    one.offer(Move(7, OLD, ENDS_S), 0.0)
    assert one.step(0.0, 0.0, GOOD) is Step.KEEPS
    assert (one.address, one.kept) == (OLD, Move(7, OLD, ENDS_S))
    assert not one.offer(Move(7, NEW, ENDS_S), 0.0)


def test_a_broker_that_was_kept_and_falls_silent_is_left_for_a_moment_each_hour() -> None:
    one = route(kept=MOVE)
    assert one.address == NEW
    assert one.step(0.0, 0.0, AWAY) is None
    assert one.step(SILENT_S - 0.1, 0.0, AWAY) is None
    assert one.step(SILENT_S, 0.0, AWAY) is Step.TRIES
    assert one.address == OLD
    assert one.step(SILENT_S + TRIAL_S, 0.0, AWAY) is Step.RETURNS
    assert one.address == NEW
    later_s = SILENT_S + TRIAL_S + SILENT_S
    assert one.step(later_s, 0.0, AWAY) is Step.TRIES
    # There the centre is: it is stayed with, and what was kept is asked again when this one falls
    # silent.
    assert one.acknowledged() is Step.KEEPS
    assert (one.address, one.kept) == (OLD, MOVE)
    one.step(later_s + 1.0, 0.0, GOOD)
    one.step(later_s + 2.0, 0.0, AWAY)
    assert one.step(later_s + 2.0 + SILENT_S, 0.0, AWAY) is Step.TRIES
    assert one.address == NEW


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.floats(0.0, 4000.0), st.booleans(), st.booleans(), st.booleans(), st.booleans()
        ),
        max_size=60,
    )
)
def test_nothing_is_kept_that_did_not_acknowledge_and_no_trial_lasts_for_ever(
    story: list[tuple[float, bool, bool, bool, bool]],
) -> None:
    one, now_s, begun_s = route(), 0.0, 0.0
    one.offer(MOVE, 0.0)
    for wait_s, connected, online, waits, acknowledged in story:
        now_s += wait_s
        was_on_trial = one.on_trial
        if acknowledged:
            one.acknowledged()
            assert one.kept is None or was_on_trial or one.kept == MOVE
        step = one.step(now_s, 0.0, ConnectionState(connected, online, waits))
        if step is Step.TRIES:
            begun_s = now_s
        if one.on_trial and not (connected and online):
            assert one._trial is not None
            assert now_s - begun_s < TRIAL_S or step is Step.TRIES or now_s < one._trial.until_s
        assert one.address in (OLD, NEW)
