# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from fusion_service.context.port import Answer, Feed, Provenance
from fusion_service.context.state import (
    FeedCondition,
    FeedState,
    aged,
    answered,
    failed,
    never_asked,
)
from fusion_service.context.trouble import FeedError
from fusion_service.store.context import ContextValue, Quantity

WARM, WET, LATE = Quantity.TEMPERATURE, Quantity.PRECIPITATION, Quantity.TRANSIT_DELAY
FEED = Feed(
    "f",
    "kind",
    Provenance("us", "CC0-1.0", "us", "https://us.example"),
    every_s=600,
    stale_after_s=1_000,
    gives=(WARM, WET),
    ask=lambda _: Answer((), None),
    end=lambda: None,
)


def value(quantity: Quantity, valid_s: int, issued_s: int | None = None) -> ContextValue:
    return ContextValue("p", quantity, valid_s, valid_s if issued_s is None else issued_s, 1.0)


def after(*answers: tuple[int, Answer]) -> FeedState:
    state = never_asked(0)
    for at_s, answer in answers:
        state = answered(state, FEED, answer, at_s)
    return state


def test_a_feed_is_waiting_fine_degraded_and_fine_again() -> None:
    good = Answer((value(WARM, 95),), 95)
    states = [never_asked(0)]
    states.append(answered(states[-1], FEED, good, 100))
    states.append(failed(states[-1], FeedError("broken", "mend it"), 200))
    states.append(failed(states[-1], FeedError("still broken", "mend it"), 300))
    states.append(answered(states[-1], FEED, replace(good, fresh_s=395), 400))
    assert [(one.condition.value, one.since_s, one.failures) for one in states] == [
        ("waiting", 0, 0),
        ("fine", 100, 0),
        ("degraded", 200, 1),
        ("degraded", 200, 2),
        ("fine", 400, 0),
    ]
    assert (states[3].why, states[3].to_do) == ("still broken", "mend it")
    assert states[4].why == ""


def test_an_answer_that_never_had_a_value_is_no_answer() -> None:
    state = after((100, Answer((), None, ("all of it is null",))))
    assert (state.condition, state.why) == (FeedCondition.DEGRADED, "all of it is null")


def test_what_is_old_is_stale_whether_it_is_asked_or_not() -> None:
    state = after((100, Answer((value(WARM, 95),), 95)))
    assert aged(state, FEED, 1_095).condition is FeedCondition.FINE
    assert aged(state, FEED, 1_096).condition is FeedCondition.DEGRADED
    unchanged = answered(state, FEED, Answer((), None), 1_096)
    assert "older than 1000 s" in unchanged.why


def test_what_is_said_again_is_as_fresh_as_now() -> None:
    forecast = Answer((value(WARM, 5_000, 100), value(WET, 5_000, 100)), 100)
    state = after((100, forecast), (1_000, Answer((), 1_000, is_same=True)))
    assert state.missing(FEED, 2_000) == ()
    assert [one for one, _ in state.newest] == list(forecast.values)


@pytest.mark.parametrize(("quantity", "missed"), [(WET, (("p", WET),)), (LATE, ())])
def test_one_quantity_is_missed_alone_unless_there_is_nothing_to_say(
    quantity: Quantity, missed: tuple[tuple[str, Quantity], ...]
) -> None:
    state = after(
        (100, Answer((value(WARM, 100), value(quantity, 100)), 100)),
        (1_200, Answer((value(WARM, 1_200),), 1_200)),  # no tram comes, so none is late
    )
    assert state.condition is FeedCondition.FINE
    assert state.missing(FEED, 1_200) == missed
    assert ("p", quantity) in state.missing(FEED, 9_000)  # when the feed itself is away


def test_of_a_forecast_the_next_hour_is_shown_and_of_what_was_observed_the_last() -> None:
    hours = tuple(value(WARM, at_s, 5_000) for at_s in (1_800, 3_600, 5_400, 7_200))
    assert [one.valid_s for one, _ in after((5_000, Answer(hours, 5_000))).newest] == [5_400]
    seen = tuple(value(WARM, at_s) for at_s in (600, 1_200, 1_800))
    assert [one.valid_s for one, _ in after((1_900, Answer(seen, 1_800))).newest] == [1_800]


def test_entries_of_a_calendar_end_by_themselves_and_are_not_missed() -> None:
    entries = tuple(value(Quantity.EVENT, at_s, 100) for at_s in range(30))
    calendar = replace(FEED, gives=(Quantity.EVENT,))
    state = answered(never_asked(0), calendar, Answer(entries, 100, is_all=True), 100)
    assert len(state.entries) == 20
    assert state.newest == ()
    assert state.missing(calendar, 1_000) == ()
    assert state.missing(calendar, 1_101) == (("", Quantity.EVENT),)
