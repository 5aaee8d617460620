# SPDX-License-Identifier: Apache-2.0
"""Little's law: as many as come, times how long they stay."""

import math

import pytest

from fusion_service.estimate.sensors import sensors_of
from fusion_service.estimate.zones.flow import (
    DWELL_SD,
    SPEED_M_S,
    Rates,
    flows_of,
    length_of,
    shared_stay,
)
from tests.fusion_service.estimate.sites import line, site_of, zone_of

SITE = site_of(("z",), (line("l", "in"), line("m", "out")), (("in", None, "z"), ("out", "z", None)))


def test_a_zone_is_as_long_as_its_farthest_corners() -> None:
    assert length_of(zone_of("z")) == pytest.approx(math.hypot(100.0, 20.0), rel=0.02)


def test_crossings_are_halved_and_an_uncounted_way_is_as_the_others() -> None:
    flow = flows_of(SITE, sensors_of(SITE))["z"]
    assert flow.stay_s == pytest.approx(102.0 / SPEED_M_S, rel=0.02)
    rates = Rates()
    assert flow.arrivals(rates) is None
    rates.hear("l/line/a", 0.2, 60)
    assert flow.arrivals(rates) == (pytest.approx(0.2), 1)
    rates.hear("m/line/a", 0.4, 60)
    assert flow.arrivals(rates) == (pytest.approx(0.3), 2)
    rates.forget("m/line/a")
    assert flow.arrivals(rates) == (pytest.approx(0.2), 1)


def test_counted_zones_show_how_long_people_stay() -> None:
    flow = flows_of(SITE, sensors_of(SITE))["z"]
    assert shared_stay([flow]) == (0.0, pytest.approx(DWELL_SD * math.sqrt(2.0)))
    for _ in range(120):
        flow.learn(4.0 * 0.2 * flow.stay_s, 0.2, 60.0)
    mean, spread = shared_stay([flow] * 4)
    assert mean == pytest.approx(math.log(4.0), rel=0.1)
    assert spread < DWELL_SD
