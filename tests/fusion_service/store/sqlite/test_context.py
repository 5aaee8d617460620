# SPDX-License-Identifier: Apache-2.0
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fusion_service.store.context import ContextValue, MissingSpell, Quality, Quantity
from fusion_service.store.sqlite.context import ContextFile

DAY_S = 86_400
NOON_S = 1_790_000_000


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[ContextFile]:
    with ContextFile(tmp_path / "fusion.sqlite", size_mib_max=64) as file:
        yield file


def warm(amount: float, *, in_s: int = DAY_S, issued_s: int = NOON_S) -> ContextValue:
    return ContextValue("beach", Quantity.TEMPERATURE, NOON_S + in_s, issued_s, amount)


def event(place: str, in_s: int, length_s: int = 7_200) -> ContextValue:
    return ContextValue(
        place, Quantity.EVENT, NOON_S + in_s, NOON_S, 1.0, length_s=length_s, note="Concert"
    )


def known(kept: ContextFile, feed: str, at_s: int) -> list[float | None]:
    rows = kept.known_at(
        feed, known_s=at_s, from_s=NOON_S - DAY_S, until_s=NOON_S + 9 * DAY_S, limit=100
    )
    return [row.value.amount for row in rows]


def test_what_is_known_now_and_what_was_known_then_are_two_questions(kept: ContextFile) -> None:
    assert kept.keep("w", [warm(21.0), warm(18.0, in_s=2 * DAY_S)], NOON_S) == 2
    assert kept.keep("w", [warm(26.5)], NOON_S + 3_600) == 1
    assert known(kept, "w", NOON_S - 1) == []
    assert known(kept, "w", NOON_S + 3_599) == [21.0, 18.0]
    assert known(kept, "w", NOON_S + 3_600) == [26.5, 18.0]
    assert known(kept, "another", NOON_S + DAY_S) == []
    assert kept.newest_known("w") == NOON_S + 3_600
    assert kept.newest_known("another") is None


def test_a_value_comes_back_as_it_went_in(kept: ContextFile) -> None:
    value = ContextValue(
        "site/1", Quantity.CLOSURE, NOON_S, NOON_S - 60, 1.0, 7_200, Quality.SUSPECT, "Road works"
    )
    kept.keep("c", [value], NOON_S + 5)
    (row,) = kept.known_at("c", known_s=NOON_S + 5, from_s=NOON_S, until_s=NOON_S + 1, limit=1)
    assert (row.feed, row.value, row.known_s) == ("c", value, NOON_S + 5)


def test_what_is_said_again_takes_no_row(kept: ContextFile) -> None:
    kept.keep("w", [warm(21.0)], NOON_S)
    assert kept.keep("w", [warm(21.0, issued_s=NOON_S + 600)], NOON_S + 600) == 0
    assert kept.keep("w", [], NOON_S + 900) == 0


def test_what_was_missing_then_is_known_and_that_it_came_back(kept: ContextFile) -> None:
    beach, rain = ("beach", Quantity.TEMPERATURE), ("", Quantity.PRECIPITATION)
    kept.note_missing("w", frozenset(), NOON_S)
    kept.note_missing("w", frozenset({beach}), NOON_S + 100)
    kept.note_missing("w", frozenset({beach, rain}), NOON_S + 200)
    kept.note_missing("other", frozenset({rain}), NOON_S + 250)
    kept.note_missing("w", frozenset({rain}), NOON_S + 300)
    kept.note_missing("w", frozenset({rain, beach}), NOON_S + 300)  # and away again at once
    then = {at_s: kept.missing_at("w", known_s=NOON_S + at_s) for at_s in (99, 100, 299, 999)}
    assert then == {99: [], 100: [beach], 299: [rain, beach], 999: [rain, beach]}
    kept.note_missing("w", frozenset(), NOON_S + 1_000)
    assert kept.missing_at("w", known_s=NOON_S + 1_000) == []
    assert kept.missing_at("w", known_s=NOON_S + 999) == [rain, beach]
    assert kept.missing_at("other", known_s=NOON_S + 999) == [rain]


def test_what_a_calendar_says_no_more_is_withdrawn_unless_it_is_over(kept: ContextFile) -> None:
    over, now, soon = event("s/1", -DAY_S), event("s/2", -60), event("s/3", 3_600)
    kept.keep("c", [over, now, soon], NOON_S - DAY_S, is_all=True)
    assert kept.keep("c", [now], NOON_S, is_all=True) == 1
    assert known(kept, "c", NOON_S - 1) == [1, 1, 1]
    assert known(kept, "c", NOON_S) == [1, 1, 0]
    assert kept.keep("c", [now], NOON_S + 60, is_all=True) == 0  # it is withdrawn once
    assert kept.keep("c", [], NOON_S + 120, is_all=True) == 1
    assert kept.keep("c", [soon], NOON_S + 180, is_all=True) == 1  # and may come back
    assert known(kept, "c", NOON_S + 180) == [1, 0, 1]
    kept.keep("other", [], NOON_S + 240, is_all=True)
    assert known(kept, "c", NOON_S + 240) == [1, 0, 1]


def test_what_is_too_old_is_forgotten_a_few_at_a_time(kept: ContextFile, tmp_path: Path) -> None:
    kept.keep("w", [warm(20.0, in_s=number) for number in range(10)], NOON_S)
    kept.keep("c", [event("s/1", 100 * DAY_S)], NOON_S)  # of a time to come
    kept.note_missing("w", frozenset({("gone", Quantity.HUMIDITY)}), NOON_S - 60)
    kept.note_missing("w", frozenset(), NOON_S)
    assert kept.forget(before_s=NOON_S, limit=100) == 0
    assert [kept.forget(before_s=NOON_S + DAY_S, limit=4) for _ in range(4)] == [4, 4, 2, 0]
    with closing(sqlite3.connect(tmp_path / "fusion.sqlite")) as connection:
        left = connection.execute("SELECT feed, place, unit FROM context_series").fetchall()
    assert left == [("c", "s/1", "1")]


def test_what_was_known_then_is_found_by_an_index(kept: ContextFile, tmp_path: Path) -> None:
    kept.keep("w", [warm(20.0)], NOON_S)
    queries: list[str] = []
    kept._connection.set_trace_callback(queries.append)
    known(kept, "w", NOON_S)
    kept.forget(before_s=NOON_S, limit=4)
    with closing(sqlite3.connect(tmp_path / "fusion.sqlite")) as connection:
        plans = [
            str(row[3])
            for query in queries
            if query.startswith(("SELECT", "DELETE"))
            for row in connection.execute(f"EXPLAIN QUERY PLAN {query}")
        ]
    assert plans
    assert [plan for plan in plans if plan.startswith("SCAN") and "context_value" in plan] == []


def test_all_that_was_ever_said_of_a_time_comes_with_when_it_was_known(kept: ContextFile) -> None:
    kept.keep("w", [warm(21.0), warm(18.0, in_s=2 * DAY_S)], NOON_S)
    kept.keep("w", [warm(26.5)], NOON_S + 3_600)

    def said(known_s: int, limit: int = 9) -> list[tuple[int, float]]:
        rows = kept.revisions(
            "w",
            Quantity.TEMPERATURE,
            from_s=NOON_S,
            until_s=NOON_S + 2 * DAY_S,
            known_s=known_s,
            limit=limit,
        )
        return [(row.known_s - NOON_S, row.amount) for row in rows]

    assert said(NOON_S - 1) == []
    assert said(NOON_S) == [(0, 21.0)]
    assert said(NOON_S + DAY_S) == [(0, 21.0), (3_600, 26.5)]
    assert said(NOON_S + DAY_S, limit=1) == [(0, 21.0)]
    asked = {"from_s": NOON_S, "until_s": NOON_S + 2 * DAY_S, "known_s": NOON_S, "limit": 9}
    assert kept.revisions("w", Quantity.WIND_SPEED, **asked) == []


def test_when_something_was_missing_is_told_as_it_was_known(kept: ContextFile) -> None:
    gone = frozenset({("beach", Quantity.TEMPERATURE)})
    kept.note_missing("w", gone, NOON_S)
    kept.note_missing("w", frozenset(), NOON_S + 600)
    kept.note_missing("w", gone, NOON_S + 900)
    ended = MissingSpell("beach", Quantity.TEMPERATURE, NOON_S, NOON_S + 600)
    open_ = MissingSpell("beach", Quantity.TEMPERATURE, NOON_S + 900, None)
    assert kept.missing_spells("w", known_s=NOON_S + 1_000) == [ended, open_]
    assert kept.missing_spells("w", known_s=NOON_S + 700) == [ended]
    still = MissingSpell("beach", Quantity.TEMPERATURE, NOON_S, None)
    assert kept.missing_spells("w", known_s=NOON_S + 300) == [still]
    assert kept.missing_spells("w", known_s=NOON_S - 1) == []
