# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest

from fusion_service.estimate.forecast.effects import (
    Effect,
    closing_of,
    disturbed,
    effect_of,
)
from fusion_service.registry.site_file.reading import examine
from tests.fusion_service.registry.site_file.whole import WHOLE

NOW = 1_800_000_000
TIMES = NOW + 900 * np.arange(1, 13)
ZONES = ("deck", "head")
SAID = np.broadcast_to(np.array([80.0, 100.0, 130.0], np.float32), (12, 2, 3))
LESS = Effect("lead round", (("deck", -0.4),), 1800, NOW)


def test_without_effects_the_forecast_is_the_same() -> None:
    assert np.array_equal(disturbed(SAID, ZONES, TIMES, (), NOW).quantiles, SAID)


def test_a_zone_goes_to_its_share_over_the_ramp_and_no_other_moves() -> None:
    found = disturbed(SAID, ZONES, TIMES, (LESS,), NOW)
    assert found.quantiles[:3, 0, 1] == pytest.approx([80.0, 60.0, 60.0])
    assert np.array_equal(found.quantiles[:, 1], SAID[:, 1])


def test_what_is_stated_makes_the_interval_wider_than_it_was() -> None:
    low, middle, high = disturbed(SAID, ZONES, TIMES, (LESS,), NOW).quantiles[-1, 0]
    # Half of what was said may as well not come, or come beside it.
    assert (low, middle, high) == pytest.approx((80 * 0.4, 60.0, 130 * 0.8))
    assert (high - low) / middle > 50.0 / 100.0
    more = replace(LESS, shares=(("deck", 0.5),))
    low, middle, high = disturbed(SAID, ZONES, TIMES, (more,), NOW).quantiles[-1, 0]
    assert high - low > 1.5 * 50.0


def test_what_has_grown_already_was_counted_already() -> None:
    before = replace(LESS, from_s=NOW - 3600)
    assert np.array_equal(disturbed(SAID, ZONES, TIMES, (before,), NOW).quantiles, SAID)
    half = disturbed(SAID, ZONES, TIMES, (replace(LESS, from_s=NOW - 900),), NOW)
    assert half.quantiles[-1, 0, 1] == pytest.approx(100 * 0.6 / 0.8)


def test_people_come_back_when_a_measure_ends() -> None:
    until = replace(LESS, from_s=NOW - 7200, until_s=NOW + 900)
    found = disturbed(SAID, ZONES, TIMES, (until,), NOW).quantiles[:, 0, 1]
    assert found[:3] == pytest.approx([100.0, 100 * 0.8 / 0.6, 100 / 0.6])
    # One that ended before it had grown has only that to give back.
    short = replace(LESS, until_s=NOW + 900)
    found = disturbed(SAID, ZONES, TIMES, (short,), NOW).quantiles[:, 0, 1]
    assert found[:3] == pytest.approx([80.0, 100.0, 100.0])


def test_effects_together_multiply_and_an_emptied_zone_stays_at_nothing() -> None:
    both = disturbed(SAID, ZONES, TIMES, (LESS, replace(LESS, name="again")), NOW)
    assert both.quantiles[-1, 0, 1] == pytest.approx(36.0)
    emptied = Effect("clear", (("deck", -1.0),), 900, NOW)
    found = disturbed(SAID, ZONES, TIMES, (emptied,), NOW).quantiles
    assert found[-1, 0].tolist() == [0.0, 0.0, 65.0]
    long_ago = replace(emptied, from_s=NOW - 9000)
    found = disturbed(SAID, ZONES, TIMES, (long_ago,), NOW).quantiles
    assert np.isfinite(found).all()


def test_a_measure_of_the_file_says_what_it_does_with_what_it_closes() -> None:
    site = examine(WHOLE.encode()).site
    assert site is not None
    orange = site.measures[1]
    assert (orange.effect, orange.ramp_min, orange.closes) == (
        (("deck", -0.3),),
        20,
        ("deck-head",),
    )
    found = effect_of(site, orange, "close", from_s=NOW)
    assert found.shares == (("deck", -0.3),)
    # Of the deck's ways, 8 and 5 m wide, the wider is closed; of the head's all.
    assert dict(found.widths) == pytest.approx({"deck": 5 / 13, "head": 0.0})
    assert found.widths == closing_of(site, ["deck-head"], from_s=NOW).widths
    assert found.ramp_s == 1200
    quiet = effect_of(site, site.measures[0], "stewards", from_s=NOW)
    assert (quiet.shares, quiet.widths) == ((), ())


def test_closing_moves_people_and_makes_none() -> None:
    site = examine(WHOLE.encode()).site
    assert site is not None
    closing = closing_of(site, ["deck-head"], from_s=NOW)
    found = disturbed(SAID, ZONES, TIMES, (closing,), NOW).quantiles[..., 1]
    assert found.sum(axis=1) == pytest.approx(SAID[..., 1].sum(axis=1))
    assert found[-1].tolist() == [200.0, 0.0]
