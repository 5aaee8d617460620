# SPDX-License-Identifier: Apache-2.0
"""Seven days ahead by the weeks before: how many they stand on, and what one alone does not say."""

from datetime import UTC, datetime, timedelta

from fusion_service.shift.outlook import WEEKS, Basis, DayAhead, Outlook
from tests.fusion_service.estimate.sites import site_of, zone_of

NOW = datetime(2026, 6, 21, 12, tzinfo=UTC)


def first_day(*peaks: float | None) -> DayAhead:
    """Return today of one zone, of which the weeks before, newest first, had such peaks."""

    def peak(_site: str, _zone: str, from_s: int, _to_s: int) -> float | None:
        week, rest = divmod(NOW - datetime.fromtimestamp(from_s, UTC), timedelta(weeks=1))
        return peaks[week - 1] if rest < timedelta(days=1) and week <= len(peaks) else None

    return Outlook(peak).of(site_of((zone_of("pier"),), ()), int(NOW.timestamp()), {})[0]


def test_a_day_is_the_median_of_the_weeks_before_with_their_least_and_greatest() -> None:
    found = first_day(300.0, None, 100.0, 140.0)
    assert found.basis is Basis.WEEKDAYS
    assert (found.low, found.people, found.high, found.weeks) == (100.0, 140.0, 300.0, 3)


def test_one_week_says_nothing_of_how_far_a_peak_may_lie_from_it() -> None:
    found = first_day(383.0)
    assert (found.low, found.people, found.high, found.weeks) == (None, 383.0, None, 1)


def test_where_nobody_counted_nothing_is_known() -> None:
    found = first_day(*[None] * WEEKS)
    assert found.basis is Basis.NOTHING
    assert found.people is None
    assert found.level is None
