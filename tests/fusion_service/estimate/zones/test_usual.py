# SPDX-License-Identifier: Apache-2.0
"""What is usual at an hour, and what stands in for it before it is known."""

import pytest

from fusion_service.estimate.zones.usual import Calendar, UsualOfZone, hour_of_days
from tests.fusion_service.estimate.sites import START_S


def test_the_week_begins_on_monday_in_local_time() -> None:
    assert Calendar("UTC").hour_of_week(START_S) == pytest.approx(10.0)
    assert Calendar("Europe/Amsterdam").hour_of_week(START_S) == pytest.approx(12.0)
    assert Calendar("America/New_York").hour_of_week(START_S - 8 * 3600) == pytest.approx(166.0)


def test_an_unknown_hour_is_what_stands_in_for_it() -> None:
    assert UsualOfZone().expect(12.5, 33.0) == pytest.approx(33.0)


def test_days_and_then_weeks_take_over() -> None:
    usual = UsualOfZone()
    usual.learn(12.5, 100.0, 3600.0, 100.0)
    # The hour of the day weighs a half, and what is left is halved by the hour of the week.
    assert usual.expect(12.5, 20.0) == pytest.approx(20.0 + 80.0 * 0.75)
    assert usual.expect(36.5, 20.0) == pytest.approx(60.0)
    for week in range(8):
        usual.learn(12.5 + 0.0 * week, 100.0, 3600.0, 100.0)
    assert usual.expect(12.5, 20.0) > 95.0


def test_working_days_and_weekends_have_hours_of_their_own() -> None:
    assert hour_of_days(10.2) == 10
    assert hour_of_days(4 * 24 + 23.9) == 23
    assert hour_of_days(5 * 24 + 0.5) == 24
