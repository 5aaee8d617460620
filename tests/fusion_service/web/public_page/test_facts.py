# SPDX-License-Identifier: Apache-2.0
"""What may be said: never finer or younger than the public rules; what is not known is not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_service.registry.site import Level
from fusion_service.store.forecast.kept import Places
from fusion_service.web.picture.public import LOOK_BACK_S, PublicNumbers, coarse_ends
from fusion_service.web.public_page.facts import FORECAST_S_MAX, FactSources, SiteFacts, facts_of
from tests.fusion_service.web.picture.drawn import AT_S
from tests.fusion_service.web.public_page.town import NOW_S, RULES, SITE, Town, scored

HOUR_S = 3_600


@pytest.fixture(name="town")
def _town(tmp_path: Path) -> Iterator[Town]:
    with Town(tmp_path) as town:
        yield town


def facts(town: Town, *, is_forecast_told: bool = True) -> SiteFacts:
    sources = town.live.sources
    numbers = PublicNumbers(sources, town.live, RULES)
    made = FactSources(numbers, town.forecasts, is_forecast_told, sources.now_ms)
    return facts_of(made, SITE)


def test_what_nobody_knows_is_not_known(town: Town) -> None:
    found = facts(town)
    assert [(one.now, one.today, one.tomorrow) for one in found.places] == [(None, (), ())] * 3
    assert (found.made_s, found.wrong, found.counted_s) == (None, (), None)


def test_numbers_are_those_that_the_api_tells_the_public(town: Town) -> None:
    town.fill()
    pier, quay, dune = facts(town).places
    assert pier.now is not None
    assert quay.now is not None
    assert (pier.now.at_s, pier.now.minimum, pier.now.maximum) == (AT_S, 100, 250)
    assert (pier.now.level, quay.now.level) == (Level.GREEN, Level.ORANGE)
    assert dune.now is None


def test_the_last_number_of_a_centre_that_estimates_no_more_is_not_how_it_is_now(
    town: Town,
) -> None:
    town.fill()
    town.now_s = AT_S + RULES.delay_s + LOOK_BACK_S
    assert facts(town).places[0].now is not None
    town.now_s += 1
    assert facts(town).places[0].now is None


def test_coming_hours_are_whole_ones_of_today_and_tomorrow_there(town: Town) -> None:
    town.fill()
    found = facts(town)
    pier = found.places[0]
    hours = [datetime.fromtimestamp(one.at_s, found.clock).hour for one in pier.today]
    assert hours == list(range(15, 24)), "from the next whole hour on"
    assert datetime.fromtimestamp(pier.tomorrow[0].at_s, found.clock).hour == 0
    assert len(pier.tomorrow) == 11, "as far as it was said"
    assert found.places[2].today[0].level is Level.YELLOW, "also where nobody knows how it is now"


def test_nothing_that_was_said_within_the_delay_is_told(town: Town) -> None:
    before_s, within_s = NOW_S - RULES.delay_s - HOUR_S, NOW_S - RULES.delay_s + 1
    town.foresee(before_s)
    town.foresee(within_s, scale=9.0)
    assert facts(town).made_s == before_s
    town.now_s += 1
    assert facts(town).made_s == within_s


def test_a_forecast_of_a_day_ago_is_none(town: Town) -> None:
    town.foresee()
    town.now_s = AT_S - 600 + FORECAST_S_MAX
    assert facts(town).made_s is not None
    town.now_s += 1
    assert facts(town).made_s is None


def test_a_city_that_has_not_decided_it_tells_nothing_of_what_comes(town: Town) -> None:
    town.fill()
    found = facts(town, is_forecast_told=False)
    assert (found.made_s, found.wrong) == (None, ())
    assert {one.today for one in found.places} == {()}
    assert found.places[0].now is not None


def test_how_often_it_was_wrong_is_weighed_by_how_much_was_said(town: Town) -> None:
    town.score({"2026-06-20": 0.83, "2026-06-19": 0.7, "2026-05-21": 0.0})
    boxes = replace(scored("2026-06-20", 0.1, 3 * HOUR_S), places=Places.COUNTERS)
    town.forecasts.keep_scores([boxes])
    (found,) = facts(town).wrong
    assert (found.horizon_s, found.yesterday, found.month, found.days) == (3 * HOUR_S, 17, 24, 2)


def test_a_day_that_was_not_scored_yet_is_not_known(town: Town) -> None:
    town.score({"2026-06-18": 0.75}, 24 * HOUR_S)
    (found,) = facts(town).wrong
    assert (found.yesterday, found.month) == (None, 25)


@given(
    low=st.floats(0, 60_000), wide=st.floats(0, 60_000), step=st.sampled_from([10, 50, 100, 1_000])
)
def test_ends_hold_what_they_round_and_are_never_one_number(
    low: float, wide: float, step: int
) -> None:
    minimum, maximum = coarse_ends(low, low + wide, step)
    assert minimum <= low <= low + wide <= maximum
    assert (minimum % step, maximum % step) == (0, 0)
    assert minimum < maximum
