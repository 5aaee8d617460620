# SPDX-License-Identifier: Apache-2.0
"""How a feed fares, as a value: each answer, each failure and each minute makes the next. Pure."""

from dataclasses import dataclass, replace
from enum import StrEnum

from fusion_service.context.port import Answer, Feed
from fusion_service.context.trouble import FeedError
from fusion_service.store.context import ContextValue, MissingKey, Quantity

SAID_MAX = 500
"""Places and quantities of one feed whose newest value is remembered."""
ENTRIES_MAX = 20
_OF_A_TIME = {Quantity.EVENT, Quantity.CLOSURE}
"""What has an end of its own, and no newest value."""
_OF_SOMETHING = {Quantity.TRANSIT_DELAY, Quantity.TRANSIT_OCCUPANCY, Quantity.VEHICLE_SPEED}
"""What there is only where something comes: at night nothing does, and nothing is missing."""


class FeedCondition(StrEnum):
    """How a feed fares."""

    WAITING = "waiting"
    """It has not been asked yet."""
    FINE = "fine"
    DEGRADED = "degraded"
    """It failed the last time, or has stood still for too long; what it said before may still hold,
    see `missing`."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """How a feed fares now. Times are UTC seconds, None for never.

    since_s: since when it is in this condition. fresh_s: as of when its source stands. failures: in
    a row. newest: the newest value of each place and quantity, and as of when each stands. entries:
    the next of a calendar.
    """

    condition: FeedCondition
    since_s: int
    why: str = ""
    to_do: str = ""
    asked_s: int | None = None
    answered_s: int | None = None
    fresh_s: int | None = None
    failures: int = 0
    remarks: tuple[str, ...] = ()
    newest: tuple[tuple[ContextValue, int], ...] = ()
    entries: tuple[ContextValue, ...] = ()

    def missing(self, feed: Feed, now_s: int) -> tuple[MissingKey, ...]:
        """Return what the feed gives and has not said for too long: places and quantities.

        A place that is empty stands for each of them. Whoever forecasts does without, and widens.
        """
        if not self.newest and (self.fresh_s is None or self.is_stale(feed, now_s)):
            return tuple(("", quantity) for quantity in feed.gives)
        return tuple(
            (value.place, value.quantity)
            for value, fresh_s in self.newest
            if now_s - fresh_s > feed.stale_after_s
            and (value.quantity not in _OF_SOMETHING or self.is_stale(feed, now_s))
        )

    def is_stale(self, feed: Feed, now_s: int) -> bool:
        """Say whether its source has stood still for too long."""
        return self.fresh_s is not None and now_s - self.fresh_s > feed.stale_after_s


def never_asked(now_s: int) -> FeedState:
    """Return the state of a feed at the start."""
    return FeedState(FeedCondition.WAITING, now_s)


def answered(state: FeedState, feed: Feed, answer: Answer, now_s: int) -> FeedState:
    """Return the state after an answer."""
    fresh_s = max((one for one in (state.fresh_s, answer.fresh_s) if one is not None), default=None)
    next_state = replace(
        state,
        asked_s=now_s,
        answered_s=now_s,
        fresh_s=fresh_s,
        failures=0,
        remarks=answer.remarks if answer.values or answer.remarks else state.remarks,
        newest=_newest(state, answer),
        entries=answer.values[:ENTRIES_MAX] if answer.is_all else state.entries,
    )
    if next_state.fresh_s is None:
        why = "; ".join(answer.remarks) or "its answer has no value in it"
        return _degraded(next_state, why, "see whether its places in fusion.toml are right", now_s)
    return _in_time(next_state, feed, now_s)


def failed(state: FeedState, error: FeedError, now_s: int) -> FeedState:
    """Return the state after a failure."""
    asked = replace(state, asked_s=now_s, failures=state.failures + 1)
    return _degraded(asked, error.why, error.to_do, now_s)


def aged(state: FeedState, feed: Feed, now_s: int) -> FeedState:
    """Return the state at a later time at which nothing was heard."""
    return _in_time(state, feed, now_s) if state.condition is FeedCondition.FINE else state


def _in_time(state: FeedState, feed: Feed, now_s: int) -> FeedState:
    if state.is_stale(feed, now_s):
        return _degraded(
            state,
            f"its newest value is older than {feed.stale_after_s} s",
            "nothing: its source stands still, and it is asked again by itself",
            now_s,
        )
    if state.condition is FeedCondition.FINE:
        return state
    return replace(state, condition=FeedCondition.FINE, since_s=now_s, why="", to_do="")


def _degraded(state: FeedState, why: str, to_do: str, now_s: int) -> FeedState:
    is_new = state.condition is not FeedCondition.DEGRADED
    since_s = now_s if is_new else state.since_s
    return replace(state, condition=FeedCondition.DEGRADED, since_s=since_s, why=why, to_do=to_do)


def _newest(state: FeedState, answer: Answer) -> tuple[tuple[ContextValue, int], ...]:
    """Return the newest value of each place and quantity; of what comes, the next.

    Where the answer only confirms what was said, that stands as of now.
    """
    kept = {(value.place, value.quantity): (value, at_s) for value, at_s in state.newest}
    if answer.is_same and answer.fresh_s is not None:
        kept = {key: (value, answer.fresh_s) for key, (value, _) in kept.items()}
    said = dict[MissingKey, tuple[ContextValue, int]]()
    for value in answer.values:
        key, stands_s = (value.place, value.quantity), min(value.valid_s, value.issued_s)
        end_s = min(value.valid_s + value.length_s, value.issued_s)
        if value.quantity in _OF_A_TIME:
            continue
        before = said.get(key)
        # Of a forecast the hour that is next, of what is observed the last.
        if before is None or stands_s > min(before[0].valid_s, before[0].issued_s):
            said[key] = (value, max(stands_s, end_s))
    kept.update(said)
    return tuple(kept.values())[-SAID_MAX:]
