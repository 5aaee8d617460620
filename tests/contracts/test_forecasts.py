# SPDX-License-Identifier: Apache-2.0
"""What the centre relies on of whatever keeps forecasts."""

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from fusion_service.store.forecast.kept import (
    DayRow,
    ForecastKeeper,
    Made,
    Places,
    Said,
    ScoreRow,
    WarningRow,
)
from fusion_service.store.forecast.steps import packed, steps_in
from fusion_service.store.sqlite.forecast.keeper import ForecastFile

HOUR_S, DAY_S = 3600, 86_400
FROM_S = 1_790_000_000 // DAY_S * DAY_S
STEPS = [10.0, 20.0, 30.0, 25.0]
MADE = Made("beach", HOUR_S, FROM_S, FROM_S * 1000 + 90_000, 3, ("weather",))
SAID = [
    Said("pier-1/line/door", by_ratio=True, said=packed(STEPS)),
    Said("zone/square", by_ratio=False, said=packed(STEPS * 2), moved=packed(STEPS)),
]
WARNED = WarningRow("beach", FROM_S, 2, HOUR_S, "square", 0.8, warned=True)
SCORE = ScoreRow(
    site="beach",
    day="2026-09-21",
    places=Places.ZONES,
    horizon_s=HOUR_S,
    targets=24,
    mae=12.5,
    pinball=None,
    coverage=0.81,
    skill=-0.1,
    came=1,
    hit=1,
    false_episodes=0,
    lead_s=7200,
    scored_ms=FROM_S * 1000,
)


def sqlite(folder: Path) -> AbstractContextManager[ForecastKeeper]:
    return ForecastFile(folder / "fusion.sqlite", size_mib_max=64)


KEEPERS: tuple[Callable[[Path], AbstractContextManager[ForecastKeeper]], ...] = (sqlite,)


@pytest.fixture(params=KEEPERS, ids=lambda opening: opening.__name__)
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ForecastKeeper]:
    with request.param(tmp_path) as opened:
        yield opened


def test_numbers_are_read_as_they_were_said_to_a_thousandth() -> None:
    said = [0.1, 1234.0, 65_504.0, math.nan, 12.34, 500_000.0, 0.0, 7.0]
    first, second = steps_in(packed(said))
    assert first[:3] == pytest.approx(said[:3], rel=1e-3)
    assert math.isnan(first[3])
    assert second == pytest.approx((12.34, 65_504.0, 0.0, 7.0), rel=1e-3)


def test_what_was_said_stays_as_it_was_said(keeper: ForecastKeeper) -> None:
    keeper.keep_made(MADE, SAID, [WARNED])
    keeper.keep_made(replace(MADE, version=4, made_ms=MADE.made_ms + 5), SAID[:1])
    assert keeper.newest("beach", HOUR_S) == MADE
    assert keeper.said(MADE) == SAID
    assert keeper.warnings("beach", from_s=FROM_S, to_s=FROM_S + 1) == [WARNED]
    assert keeper.newest("harbour", HOUR_S) is keeper.newest("beach", 900) is None


def test_the_newest_of_then_is_another_than_that_of_now(keeper: ForecastKeeper) -> None:
    later = replace(MADE, origin_s=FROM_S + HOUR_S, made_ms=MADE.made_ms + HOUR_S * 1000)
    for one in (MADE, later):
        keeper.keep_made(one, SAID)
    assert keeper.newest("beach", HOUR_S) == later
    assert keeper.newest("beach", HOUR_S, by_ms=later.made_ms - 1) == MADE
    assert keeper.newest("beach", HOUR_S, by_ms=MADE.made_ms - 1) is None
    between = keeper.made_between("beach", HOUR_S, from_s=FROM_S, to_s=FROM_S + HOUR_S)
    assert between == [MADE]


def test_a_day_takes_the_place_of_what_was_kept_of_it(keeper: ForecastKeeper) -> None:
    one, none = DayRow("zone/square", 20_000, b"\0" * 384), DayRow("zone/pier", 20_000, b"")
    keeper.keep_days("beach", [one, none, replace(one, day=20_001)])
    keeper.keep_days("beach", [replace(one, counts=b"\1" * 384)])
    kept = keeper.days("beach", from_day=20_000, to_day=20_001)
    assert {row.place: row.counts for row in kept} == {
        "zone/square": b"\1" * 384,
        "zone/pier": b"",
    }
    assert keeper.days("harbour", from_day=0, to_day=30_000) == []


def test_scores_are_read_by_day_and_the_newest_of_each_site(keeper: ForecastKeeper) -> None:
    later = replace(SCORE, day="2026-09-22", mae=8.0)
    other = replace(SCORE, site="harbour", places=Places.COUNTERS)
    keeper.keep_scores([SCORE, later, other])
    keeper.keep_scores([replace(SCORE, mae=13.0)])
    assert keeper.scores("beach", from_day="2026-09-21") == [later, replace(SCORE, mae=13.0)]
    assert keeper.scores("beach", from_day="2026-09-22") == [later]
    assert keeper.newest_scores(limit=10) == [later, other]
    assert keeper.newest_scores(limit=1) == [later]


def test_what_is_past_its_time_goes_oldest_first(keeper: ForecastKeeper) -> None:
    later = replace(MADE, origin_s=FROM_S + DAY_S)
    for one in (MADE, later):
        keeper.keep_made(one, SAID, [replace(WARNED, origin_s=one.origin_s)])
    keeper.keep_days("beach", [DayRow("zone/square", FROM_S // DAY_S + one, b"") for one in (0, 1)])
    keeper.keep_scores([SCORE, replace(SCORE, day="2026-09-22")])
    gone = keeper.forget(made_before_s=later.origin_s, days_before_s=later.origin_s, limit=10)
    assert gone == 6  # two places, their forecast, its warning, a day and a score
    assert keeper.said(MADE) == []
    assert keeper.said(later) == SAID
    assert len(keeper.days("beach", from_day=0, to_day=30_000)) == 1
    assert [one.day for one in keeper.scores("beach", from_day="2026-01-01")] == ["2026-09-22"]
    assert keeper.forget(made_before_s=0, days_before_s=0, limit=10) == 0
