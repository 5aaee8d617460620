# SPDX-License-Identifier: Apache-2.0
"""The filter of one zone: what it believes, how sure it is, and how it goes on."""

import math

import pytest

from fusion_service.estimate.state_space import (
    RATE_MIN,
    Reading,
    Step,
    ZoneFilter,
    of_the_rate,
)


def test_a_reading_moves_people_as_far_as_it_is_sure() -> None:
    zone = ZoneFilter(10.0, 90.0)
    # People have the variance 90 + 10, the reading 100: it moves them half of the way.
    innovation, spread = zone.observe(Reading("a", 20.0, 1.0, 100.0))
    assert (innovation, spread) == (10.0, 200.0)
    assert zone.people == pytest.approx(15.0)
    assert zone.variance == pytest.approx(50.0)


def test_a_share_of_a_zone_says_as_much_as_its_scale() -> None:
    zone = ZoneFilter(10.0, 90.0)
    zone.observe(Reading("a", 10.0, 0.5, 25.0))
    assert zone.people == pytest.approx(15.0)


def test_an_outlier_moves_little_once_and_is_believed_twice() -> None:
    zone = ZoneFilter(10.0, 1.0)
    zone.observe(Reading("a", 1000.0, 1.0, 1.0))
    once = zone.people
    assert once < 60.0
    zone.observe(Reading("a", 1000.0, 1.0, 1.0))
    assert zone.people > 500.0


def test_the_difference_of_those_who_are_there_goes_as_they_go() -> None:
    zone = ZoneFilter(10.0, 1.0)
    zone.fluctuation += 6.0
    zone.predict(Step(10.0, 1.0, 0.5, 0.0, 4.0))
    assert zone.people == pytest.approx(13.0)


def test_fewer_than_some_lowers_only_who_expected_more() -> None:
    many, few = ZoneFilter(20.0, 10.0), ZoneFilter(1.0, 0.2)
    many.observe_below(Reading("a", 4.5, 1.0, 1.0), 1.0)
    few.observe_below(Reading("a", 4.5, 1.0, 1.0), 1.0)
    assert many.people < 10.0
    assert few.people == pytest.approx(1.0, abs=0.15)
    assert many.variance < 25.0


def test_the_rate_never_falls_to_nothing() -> None:
    zone = ZoneFilter(1.0, 10.0)
    for _ in range(50):
        zone.observe(Reading("a", -5.0, 1.0, 0.1))
    assert zone.rate >= RATE_MIN
    assert zone.people >= 0.0
    assert zone.variance > 0.0


def test_the_rate_goes_back_to_usual_and_follows_its_shape() -> None:
    after, slope, variance = of_the_rate(20.0, 20.0, (10.0, 30.0), 3600.0, returns_s=3600.0, sd=0.5)
    stays = math.exp(-1.0)
    assert after == pytest.approx(30.0 * 2.0**stays)
    assert slope == pytest.approx(stays * after / 20.0)
    assert variance == pytest.approx((0.5 * (after + 1.0)) ** 2 * (1.0 - stays**2))


def test_a_mark_is_a_copy() -> None:
    zone = ZoneFilter(10.0, 4.0)
    mark = zone.mark()
    zone.observe(Reading("a", 30.0, 1.0, 1.0))
    zone.return_to(mark)
    assert (zone.people, zone.mark()) == (10.0, mark)
