# SPDX-License-Identifier: Apache-2.0
"""An emergency route has a level of its own, and a time in which it is cleared."""

from dataclasses import replace

import pytest

from fusion_service.estimate.observation import Basis, ZoneCondition, ZoneEstimate
from fusion_service.estimate.routes import pace_m_s, route_level
from fusion_service.registry.site import EmergencyRoute, Level
from fusion_service.registry.stretches import Stretch
from tests.fusion_service.estimate.sites import zone_of

ZONES = {name: replace(zone_of(name), usable_m2=1000.0) for name in ("near", "far")}
LANE = EmergencyRoute("lane", "Lane", (), 4.0)
STRETCHES = (Stretch("near", 100.0), Stretch("far", 50.0))


def people(zone: str, number: float, high: float) -> ZoneEstimate:
    ends = (number, number, number, high, number, high)
    density = number / 1000.0
    return ZoneEstimate(zone, 0, number, *ends, density, 0.0, Basis.COUNTED, ZoneCondition.FINE, ())


@pytest.mark.parametrize(
    ("number", "high", "level", "level_high"),
    [
        (300.0, 400.0, Level.GREEN, Level.GREEN),
        (720.0, 900.0, Level.YELLOW, Level.YELLOW),
        (1080.0, 2100.0, Level.ORANGE, Level.RED),  # its interval straddles a threshold
        (2000.0, 2100.0, Level.RED, Level.RED),
    ],
)
def test_the_level_is_that_of_the_most_crowded_stretch(
    number: float, high: float, level: Level, level_high: Level
) -> None:
    estimates = {"near": people("near", 100.0, 150.0), "far": people("far", number, high)}
    found = route_level(LANE, STRETCHES, ZONES, estimates)
    assert found is not None
    assert (found.level, found.high, found.zone) == (level, level_high, "far")


def test_clearing_takes_as_long_as_walking_it_at_the_pace_of_the_crowd() -> None:
    empty = {"near": people("near", 0.0, 0.0), "far": people("far", 0.0, 0.0)}
    full = {"near": people("near", 2000.0, 3900.0), "far": people("far", 0.0, 0.0)}
    free, slow = (route_level(LANE, STRETCHES, ZONES, each) for each in (empty, full))
    assert free is not None
    assert slow is not None
    assert free.clearance_s == pytest.approx(150.0 / 1.19)
    assert slow.clearance_s == pytest.approx(100.0 / (1.4 * (1 - 0.266 * 2)) + 50.0 / 1.19)
    assert slow.clearance_high_s == pytest.approx(100.0 / 0.1 + 50.0 / 1.19)
    assert (slow.people, slow.known_m) == (800.0, 150.0)
    assert pace_m_s(9.0) == 0.1


def test_of_what_nobody_knows_nothing_is_said() -> None:
    assert route_level(LANE, STRETCHES, ZONES, {}) is None
