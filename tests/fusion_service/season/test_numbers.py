# SPDX-License-Identifier: Apache-2.0
"""When a zone reached a level, and what each day's peak was, by numbers that somebody counted."""

from dataclasses import replace
from datetime import date

from fusion_service.registry.site import Level, Threshold
from fusion_service.season.levels import leads_of
from fusion_service.season.numbers import Totals, ZonePast, zone_past
from fusion_service.season.period import Period
from fusion_service.season.spans import Change
from fusion_service.store.estimates import NumberRow
from tests.fusion_service.estimate.sites import zone_of

PERIOD = Period(date(2026, 10, 24), date(2026, 10, 26), "Europe/Amsterdam")
ZONE = replace(
    zone_of("deck"),
    thresholds=(Threshold(Level.YELLOW, 100, None), Threshold(Level.ORANGE, None, 0.1)),
)


def row(at_s: int, people: float, *, is_counted: bool = True) -> NumberRow:
    return NumberRow(at_s, people, people, people, is_counted)


def test_days_are_those_of_the_site_also_when_its_clock_is_changed() -> None:
    assert (PERIOD.days, PERIOD.hours) == (3, 73)
    lengths = [b - a for a, b in zip(PERIOD.begins, PERIOD.begins[1:], strict=False)]
    assert lengths == [86_400, 90_000, 86_400]
    assert [PERIOD.day_of(one) for one in (PERIOD.begins[1] - 1, PERIOD.begins[1])] == [0, 1]


def test_what_is_usual_reaches_nothing_and_a_density_is_enough() -> None:
    start = PERIOD.from_s
    rows = [row(start + 60 * minute, 150.0) for minute in range(10)]
    rows += [row(start + 60 * minute, 500.0, is_counted=False) for minute in range(10, 20)]
    rows += [row(start + 60 * minute, 200.0) for minute in range(40, 50)]
    totals = Totals(PERIOD)
    found = zone_past(ZONE, rows, PERIOD, totals)
    assert found.reached[Level.YELLOW] == ((start, start + 600), (start + 2400, start + 3000))
    assert found.reached[Level.ORANGE] == ((start + 2400, start + 3000),)  # 0.1 a square metre
    assert found.peaks == {0: (200.0, start + 2400)}
    assert not found.is_known((start, start + 900))
    # The site's own peak takes the usual in: it is the best that is known of a moment.
    assert totals.peak_of(0) == (500.0, start + 600, 1)
    assert totals.peak_of(1) is None


def test_a_sites_peak_is_of_moments_that_have_all_its_zones() -> None:
    totals, start = Totals(PERIOD), PERIOD.begins[1]
    for at_s, people in ((start, 900.0), (start + 60, 300.0), (start + 60, 400.0)):
        totals.add_zone(at_s, people)
    assert totals.peak_of(1) == (700.0, start + 60, 2)


def test_a_lead_is_below_zero_where_the_word_came_after() -> None:
    reached = {Level.YELLOW: ((1_000, 2_000), (5_000, 6_000), (9_000, 9_900))}
    zone = ZonePast("deck", {**reached, Level.ORANGE: (), Level.RED: ()}, {}, ((0, 9_900),))
    said = [
        Change(400, Level.YELLOW),
        Change(2_100, Level.GREEN),
        Change(5_300, Level.YELLOW),
        Change(6_100, Level.GREEN),
    ]
    found = leads_of({"deck": said}, [zone], Level.YELLOW, (0, 10_000))
    assert (found.leads, found.before, found.episodes) == ((600, -300), 1, 3)
    assert (found.judged, found.false) == (2, 0)
    assert leads_of({"deck": said}, [zone], Level.ORANGE, (0, 10_000)).judged == 0
