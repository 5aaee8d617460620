# SPDX-License-Identifier: Apache-2.0
"""Thresholds of warnings rest on weeks before, and keep within the budget of a control room."""

import math
from dataclasses import replace

import numpy as np
import pytest

from fusion_service.estimate.levels import people_at
from fusion_service.estimation.forecasting.quarters import Quarters
from fusion_service.estimation.forecasting.warned import (
    HOURS_MIN,
    LOOK_BACK_DAYS,
    Rule,
    learn,
    levels_of,
    tell,
)
from fusion_service.registry.site import Level, Threshold
from fusion_service.registry.site_file.reading import read_site
from fusion_service.store.forecast.kept import WarningRow
from fusion_service.store.forecast.steps import HOUR_S
from tests.fusion_service.estimation.forecasting.made_beach import DRAWN

SITE = read_site(DRAWN.encode())
PLACES = ("zone/square", "zone/pier", "pier-1/line/door")
DAY_S = 86_400
NOW_S = 1_790_000_000 // DAY_S * DAY_S


def test_a_level_begins_where_its_first_threshold_is_reached() -> None:
    found = levels_of(SITE, PLACES)
    assert found[Level.YELLOW].tolist() == [700.0, 900.0, math.inf]
    assert found[Level.ORANGE][0] == 1100.0
    square = replace(
        SITE.zones[0],
        usable_m2=1_000.0,
        thresholds=(Threshold(Level.YELLOW, 700, 0.5), Threshold(Level.RED, None, 2.0)),
    )
    assert people_at(square, Level.YELLOW) == 500.0  # half a person a square metre comes first
    assert people_at(square, Level.ORANGE) == 2_000.0
    assert people_at(replace(square, thresholds=()), Level.YELLOW) is None


def quantiles(square: float, pier: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return three hours of a forecast that is a fifth sure either way."""
    middle = np.tile(np.array([square, pier, 50.0], np.float32), (3, 1))
    return np.stack([middle * 0.8, middle, middle * 1.25], axis=2)


def test_the_zone_that_is_likeliest_speaks_for_the_site() -> None:
    rules = {(Level.YELLOW, 1): Rule(threshold=0.3)}
    told = tell(SITE, PLACES, NOW_S, quantiles(650.0, 899.0), rules)
    (coming,) = told.coming
    assert (coming.zone, coming.level, coming.at_s) == ("pier", Level.YELLOW, NOW_S)
    assert 0.4 < coming.probability < 0.6
    yellow = [one for one in told.rows if one.level == Level.YELLOW]
    assert [(one.horizon_s, one.warned) for one in yellow] == [(HOUR_S, True), (3 * HOUR_S, False)]
    assert tell(SITE, PLACES, NOW_S, quantiles(650.0, 899.0), {}).coming == ()


def test_where_nothing_is_known_of_a_zone_another_speaks() -> None:
    unknown = quantiles(650.0, math.nan)
    rules = {(Level.YELLOW, 1): Rule(threshold=0.01)}
    assert [one.zone for one in tell(SITE, PLACES, NOW_S, unknown, rules).coming] == ["square"]
    assert tell(SITE, PLACES, NOW_S, quantiles(math.nan, math.nan), rules).rows == ()


def weeks(days: int, busy_hour: int = 15) -> Quarters:
    """Return quarters of which one hour of each day, in UTC, has yellow at the square."""
    quarters = Quarters(PLACES, last_day=NOW_S // DAY_S - 1, days=60)
    quarters.counts[-days * 96 :] = 100.0
    for day in range(1, days + 1):
        at = len(quarters.counts) - day * 96 + busy_hour * 4
        quarters.counts[at : at + 4, 0] = 800.0
    return quarters


def rows(days: int, *, right: float, wrong: float, every: int = 1) -> list[WarningRow]:
    """Say how likely yellow was, for each hour: of the busy ones, and of every n-th other one."""
    found = []
    for hour in range(days * 24):
        at_s = NOW_S - (hour + 1) * HOUR_S
        is_busy = at_s % DAY_S // HOUR_S == 15
        probability = right if is_busy else wrong if hour % every == 0 else 0.01
        found.append(WarningRow("beach", at_s, 1, HOUR_S, "square", probability, warned=False))
    return found


def test_what_was_said_rightly_becomes_a_threshold() -> None:
    found = learn(SITE, weeks(42), rows(42, right=0.8, wrong=0.05), NOW_S)
    rule = found[Level.YELLOW, 1]
    busy, quiet = (float(rule.calibration.applied(np.array([one]))[0]) for one in (0.8, 0.05))
    assert quiet < rule.threshold <= busy
    assert found[Level.YELLOW, 3].threshold == math.inf  # nothing was said so far ahead


def test_what_cries_wolf_is_not_warned_of() -> None:
    # The same probability where nothing came, more often than a room can bear.
    found = learn(SITE, weeks(42), rows(42, right=0.6, wrong=0.6, every=7), NOW_S)
    rule = found[Level.YELLOW, 1]
    assert float(rule.calibration.applied(np.array([0.6]))[0]) < rule.threshold


@pytest.mark.parametrize("days", [HOURS_MIN // 24 - 1, HOURS_MIN // 24])
def test_a_young_site_warns_of_nothing(days: int) -> None:
    found = learn(SITE, weeks(days), rows(days, right=0.8, wrong=0.05), NOW_S)
    assert math.isfinite(found[Level.YELLOW, 1].threshold) == (days >= HOURS_MIN // 24)


def test_a_threshold_rests_on_the_six_weeks_before_and_on_nothing_later() -> None:
    quarters, said = weeks(50), rows(50, right=0.8, wrong=0.05)
    found = learn(SITE, quarters, said, NOW_S)
    quarters.counts[: (60 - LOOK_BACK_DAYS) * 96] = 5_000.0
    later = [replace(one, origin_s=one.origin_s + 60 * DAY_S, probability=0.9) for one in said]
    assert learn(SITE, quarters, [*said, *later], NOW_S) == found
