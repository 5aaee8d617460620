# SPDX-License-Identifier: Apache-2.0
"""Ask each feed on its own schedule, keep what it says, and know how it fares.

Rule 1: each feed has its own thread, so that one that is slow or broken holds up no other. Rule 2:
after a failure it waits by the law of back-off, at least as long as its source asks for. Rule 3:
whatever an answer is, the worst it does is to leave its own values out. Rule 4: what is kept of one
feed in a day is bounded.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

from fusion_service.context.port import Answer, Feed
from fusion_service.context.state import (
    FeedCondition,
    FeedState,
    aged,
    answered,
    failed,
    never_asked,
)
from fusion_service.context.trouble import FeedError
from fusion_service.errors import StoreError
from fusion_service.store.context import ContextKeeper, MissingKey
from wire_contract.programs.backoff import Backoff

DAY_S = 86_400
UNKEPT_MAX = 2
"""Answers of one feed that wait for a store that fails; the newest say the same and more."""
ROWS_OF_A_DAY_MAX = 20_000
"""Of one feed. Eight quantities of 168 hours, all of them new eight times a day, are 10,752."""
FIRST_WAIT_S_MAX = 5.0
"""A centre that starts does not ask all its feeds at once."""
FAILED_WAIT_S_MIN, FAILED_WAIT_S_MAX = 5.0, 3_600.0
EARLY = 0.1
"""How much of its time a feed may be asked early, at random: not with all the world at the hour."""
FORGET_MAX, FORGET_EVERY_S = 2_000, 3_600.0
"""Rows that are forgotten in one commit, and how often that is looked for."""
_OUR_FAULT = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What an answer might make our reading of it raise, that it should not."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Followed:
    """A feed, how it fares, and what is still to be kept of it.

    missing: what it does not say now, None before that is known. missed: what the store has of it.
    """

    feed: Feed
    state: FeedState
    unkept: list[tuple[int, Answer]] = field(default_factory=list)
    missed: frozenset[MissingKey] | None = None
    missing: frozenset[MissingKey] | None = None
    rows_day: int = 0
    rows: int = 0


class FeedKeeper:
    """Keeps the feeds of a centre. `states` may be asked by any thread."""

    def __init__(
        self,
        feeds: Sequence[Feed],
        store: ContextKeeper,
        *,
        now_s: Callable[[], int],
        random: Random,
        keep_s: int = 400 * DAY_S,
    ) -> None:
        self._store, self._now_s, self._random, self._keep_s = store, now_s, random, keep_s
        self._followed = [_Followed(feed, never_asked(now_s())) for feed in feeds]
        self._fault = ""
        self._is_ending = False
        self._started_s = now_s()

    @property
    def fault(self) -> str:
        """What the store refuses now; empty where it does as told."""
        return self._fault

    def states(self) -> list[tuple[Feed, FeedState]]:
        """Return each feed and how it fares now."""
        now_s = self._now_s()
        return [(one.feed, aged(one.state, one.feed, now_s)) for one in self._followed]

    def run(self, stop: threading.Event) -> None:
        """Follow all feeds until told to stop, and forget what is past its time."""
        with ThreadPoolExecutor(max(1, len(self._followed)), "feed") as threads:
            parts = [threads.submit(self._follow, one, stop) for one in self._followed]
            for part in parts:
                part.add_done_callback(lambda _: stop.set())
            while not stop.wait(self._forget()):
                pass
            self._is_ending = True
            for one in self._followed:
                one.feed.end()
        for part in parts:
            part.result()

    def _forget(self) -> float:
        """Forget some of what is past its time, and return how long to wait then, seconds."""
        try:
            gone = self._store.forget(before_s=self._now_s() - self._keep_s, limit=FORGET_MAX)
        except StoreError:
            return FORGET_EVERY_S  # who keeps what feeds say tells of it
        return 1.0 if gone == FORGET_MAX else FORGET_EVERY_S

    def _follow(self, one: _Followed, stop: threading.Event) -> None:
        wait_s = self._random.uniform(0.0, FIRST_WAIT_S_MAX)
        while not stop.wait(wait_s):
            wait_s = self._turn(one)

    def turn(self, name: str) -> float:
        """Ask one feed once, keep what it says, and return how long to wait then, seconds."""
        return self._turn(next(one for one in self._followed if one.feed.name == name))

    def _turn(self, one: _Followed) -> float:
        feed, now_s = one.feed, self._now_s()
        before, wait_s = one.state, feed.every_s * (1 - self._random.uniform(0.0, EARLY))
        try:
            answer = ask_feed(feed, now_s)
        except FeedError as error:
            if self._is_ending:
                return wait_s  # It was cut off by us.
            one.state = failed(before, error, now_s)
            wait_s = self._wait_s(one, error)
        else:
            one.state = answered(before, feed, answer, now_s)
            if answer.values or answer.is_all:
                one.unkept.append((now_s, answer))
        self._tell(one, before)
        if one.state.fresh_s is not None or now_s - self._started_s > feed.stale_after_s:
            one.missing = frozenset(one.state.missing(feed, now_s))
        self._keep(one)
        return wait_s

    def _wait_s(self, one: _Followed, error: FeedError) -> float:
        """Return how long to wait after a failure."""
        longest_s = max(FAILED_WAIT_S_MAX, float(one.feed.every_s))
        law = Backoff(base_s=min(60.0, float(one.feed.every_s)), max_s=longest_s)
        drawn_s = law.wait_s(one.state.failures - 1, self._random)
        return max(FAILED_WAIT_S_MIN, drawn_s, error.wait_s)

    def _tell(self, one: _Followed, before: FeedState) -> None:
        """Write into the log that a feed fares otherwise than before, once."""
        state = one.state
        if state.condition is before.condition and state.why == before.why:
            return
        if state.condition is FeedCondition.DEGRADED:
            log.warning("feed %s is degraded: %s; %s", one.feed.name, state.why, state.to_do)
        elif before.condition is FeedCondition.DEGRADED:
            log.info("feed %s is fine again", one.feed.name)

    def _keep(self, one: _Followed) -> None:
        """Keep what was said; where the store fails it is kept with the next answer."""
        del one.unkept[:-UNKEPT_MAX]
        try:
            while one.unkept:
                known_s, answer = one.unkept[0]
                self._keep_within_a_day(one, known_s, answer)
                del one.unkept[0]
            if one.missing is not None and one.missing != one.missed:
                self._store.note_missing(one.feed.name, one.missing, self._now_s())
                one.missed = one.missing
        except StoreError as error:
            if not self._fault:
                log.warning("what feeds say waits, the store fails: %s", error)
            self._fault = f"what feeds say waits: {error}"
        else:
            self._fault = ""

    def _keep_within_a_day(self, one: _Followed, known_s: int, answer: Answer) -> None:
        if one.rows_day != known_s // DAY_S:
            one.rows_day, one.rows = known_s // DAY_S, 0
        if one.rows >= ROWS_OF_A_DAY_MAX:
            return
        values = answer.values[: ROWS_OF_A_DAY_MAX - one.rows]
        is_all = answer.is_all and len(values) == len(answer.values)
        one.rows += self._store.keep(one.feed.name, values, known_s, is_all=is_all)
        if one.rows >= ROWS_OF_A_DAY_MAX:
            said = "feed %s has said %d new things today: the rest of the day is not kept"
            log.warning(said, one.feed.name, one.rows)


def ask_feed(feed: Feed, now_s: int) -> Answer:
    """Ask a feed once. Raises FeedError, also for an answer that our reading cannot stand."""
    try:
        return feed.ask(now_s)
    except _OUR_FAULT as error:
        kind = type(error).__name__
        log.error("feed %s: an answer was not foreseen: %s", feed.name, kind)  # noqa: TRY400 - what was answered stays out of the log
        raise FeedError(
            f"its answer was not foreseen: {kind}: {error}",
            "tell us, with what `fusion-service context try` says",
        ) from error
