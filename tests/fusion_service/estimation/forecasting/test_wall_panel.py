# SPDX-License-Identifier: Apache-2.0
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from fusion_service.estimation.forecasting.quarters import Quarters
from fusion_service.estimation.forecasting.wall_panel import Laid, Locality, clock_of, lay
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S, starts_of

ZONE = ZoneInfo("Europe/Amsterdam")
DAY_S = 86_400
THERE = Locality(ZONE, {date(2026, 4, 6): "Easter Monday"})


def moment(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=ZONE).timestamp())  # type: ignore[misc,arg-type]


def laid(quarters: Quarters, origin_s: int, step_s: int = HOUR_S) -> Laid:
    return lay(quarters, origin_s, clock_of(quarters, origin_s, step_s, ZONE, 30), THERE)


def filled(last: int, days: int = 6) -> Quarters:
    """Return quarters that each say how many hours of UTC have passed in their day, plus one."""
    quarters = Quarters(("zone/a", "box/line/b"), last_day=last // DAY_S, days=days)
    for at in range(len(quarters.counts)):
        quarters.counts[at] = at % 96 // 4 + 1
    return quarters


def test_a_step_is_the_mean_of_a_zone_and_the_people_of_a_line() -> None:
    origin = moment(2026, 7, 8, 12)
    panel = laid(filled(origin), origin).panel
    assert panel.first.hour == 0
    assert panel.steps % 24 == 12
    assert panel.counts[-1].tolist() == [10.0, 40.0]  # eleven o'clock there is nine in UTC


def test_nothing_that_began_at_the_moment_is_known() -> None:
    origin = moment(2026, 7, 8, 12)
    quarters = filled(origin)
    before = laid(quarters, origin).panel
    later = (origin - quarters.first_day * DAY_S) // QUARTER_S
    quarters.counts[later:] = 9_999.0
    assert np.array_equal(laid(quarters, origin).panel.counts, before.counts, equal_nan=True)
    fine = laid(quarters, origin + QUARTER_S, QUARTER_S).panel
    assert fine.counts[-1, 0] == 9_999.0
    assert fine.counts[-2, 0] == 10.0


def test_less_than_half_of_a_step_says_nothing() -> None:
    origin = moment(2026, 7, 8, 12)
    quarters = filled(origin)
    last = (origin - quarters.first_day * DAY_S) // QUARTER_S
    quarters.counts[last - 3 : last, 0] = np.nan
    quarters.counts[last - 2 : last, 1] = np.nan
    panel = laid(quarters, origin).panel
    assert np.isnan(panel.counts[-1, 0])
    assert panel.counts[-1, 1] == 40.0  # as if it had gone on alike


@pytest.mark.parametrize(
    ("origin", "steps", "gone"),
    [
        pytest.param((2026, 3, 29, 12), 12, 2, id="clocks go forward"),
        pytest.param((2026, 10, 25, 12), 12, None, id="clocks go back"),
    ],
)
def test_the_clock_on_the_wall_is_set(
    origin: tuple[int, ...], steps: int, gone: int | None
) -> None:
    quarters = filled(moment(*origin))
    panel = laid(quarters, moment(*origin)).panel
    today = panel.counts[-steps:, 0]
    missing = np.flatnonzero(np.isnan(today))
    assert missing.tolist() == ([] if gone is None else [gone])
    if gone is None:
        assert today[2] == 1.5  # both hours of two o'clock: 0 and 1 in UTC
        assert today[3] == 3.0
    starts = starts_of(moment(*origin[:3], 0), HOUR_S, 6, ZONE)
    assert [None if one is None else datetime.fromtimestamp(one, ZONE).hour for one in starts] == [
        0,
        1,
        None if gone == 2 else 2,
        3,
        4,
        5,
    ]


def test_a_special_day_is_known_a_week_ahead() -> None:
    origin = moment(2026, 4, 1, 10)
    panel = laid(filled(origin), origin).panel
    day = panel.day_of(np.array([panel.steps - 1]))[0]
    assert panel.calendar.special[day : day + 7].tolist() == [0, 0, 0, 0, 0, 1, 0]
