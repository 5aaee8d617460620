# SPDX-License-Identifier: Apache-2.0
"""Proposals rise at once, fall slowly, and are never below the rule of the site's file."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from fusion_service.estimate.ahead import by_trend
from fusion_service.estimate.levels import (
    Ahead,
    Evidence,
    LevelRules,
    Proposal,
    Reason,
    Safety,
    Service,
    flow_level,
    level_of,
    propose,
    safety_of,
    service_of,
)
from fusion_service.estimate.observation import Basis, ZoneCondition, ZoneEstimate
from fusion_service.registry.site import Level, Threshold, Zone
from tests.fusion_service.estimate.sites import START_S, zone_of

ZONE = replace(
    zone_of("deck", 4000),
    thresholds=(
        Threshold(Level.YELLOW, 1000, 1.08),
        Threshold(Level.ORANGE, 2000, None),
        Threshold(Level.RED, None, 1.8),
    ),
)
RULES = LevelRules()


def estimate(
    people: float,
    minute: int = 0,
    *,
    spread: float = 10.0,
    condition: ZoneCondition = ZoneCondition.FINE,
) -> ZoneEstimate:
    ends = [
        end for wide in (0.5, 1.0, 1.5) for end in (people - wide * spread, people + wide * spread)
    ]
    at_s = START_S + 60 * minute
    return ZoneEstimate(
        "deck", at_s, people, *ends, people / 2000.0, 0.0, Basis.COUNTED, condition, ()
    )


def after(*steps: Evidence, zone: Zone = ZONE) -> Proposal:
    found = None
    for one in steps:
        found = propose(found, zone, one)
    assert found is not None
    return found


def minutes(people: float, first: int, last: int, **more: float) -> list[Evidence]:
    return [Evidence(estimate(people, minute), **more) for minute in range(first, last)]


def test_a_level_rises_at_once_and_says_why() -> None:
    found = after(Evidence(estimate(900)), Evidence(estimate(2100, 1)))
    assert (found.level, found.since_s) == (Level.ORANGE, START_S + 60)
    assert found.reasons == (Reason.PEOPLE,)
    both = after(Evidence(estimate(3700)))
    assert (both.level, both.reasons) == (Level.RED, (Reason.DENSITY,))


def test_a_level_falls_only_after_it_was_held_and_it_was_calm() -> None:
    up = minutes(2100, 0, 2)
    assert after(*up, *minutes(900, 2, 14)).level is Level.ORANGE  # held for less than 15 minutes
    # Yellow begins at 1000, and 950 is within the margin of it.
    assert after(*up, *minutes(950, 2, 18)).level is Level.YELLOW
    assert after(*up, *minutes(850, 2, 18)).level is Level.GREEN


def test_a_number_that_swings_around_a_threshold_changes_the_level_once() -> None:
    levels, found = [], None
    for minute in range(120):
        found = propose(found, ZONE, Evidence(estimate(1040 if minute % 2 else 960, minute)))
        levels.append(found.level)
    assert levels[0] is Level.GREEN
    assert set(levels[1:]) == {Level.YELLOW}


@pytest.mark.parametrize("condition", [ZoneCondition.STALE, ZoneCondition.LOWER_BOUND])
def test_a_level_does_not_fall_on_what_is_not_known(condition: ZoneCondition) -> None:
    unknown = [Evidence(estimate(300, minute, condition=condition)) for minute in range(1, 90)]
    found = after(Evidence(estimate(2100)), *unknown)
    assert (found.level, found.reasons) == (Level.ORANGE, (Reason.HELD,))


def test_a_guess_moves_no_level() -> None:
    def guess(people: float, minute: int) -> Evidence:
        told = estimate(people, minute, condition=ZoneCondition.LEARNING)
        found = replace(told, basis=Basis.USUAL)
        return Evidence(found, ahead=by_trend(replace(found, trend=30.0)))

    never_counted = after(*[guess(3000, minute) for minute in range(90)])
    assert (never_counted.level, never_counted.reasons) == (Level.GREEN, ())
    found = after(Evidence(estimate(2100)), *[guess(300, minute) for minute in range(1, 90)])
    assert (found.level, found.reasons) == (Level.ORANGE, (Reason.HELD,))
    # A flow was counted, whatever is known of the zone.
    walked = after(replace(guess(3000, 0), flow=70.0))
    assert (walked.level, walked.reasons) == (Level.ORANGE, (Reason.FLOW,))


def test_where_the_interval_straddles_a_threshold_both_levels_are_said() -> None:
    found = after(Evidence(estimate(990, spread=100.0)))
    assert (found.level, found.low, found.high) == (Level.GREEN, Level.GREEN, Level.YELLOW)
    assert found.straddles
    assert not after(Evidence(estimate(500))).straddles


def test_a_flow_proposes_where_the_density_is_low() -> None:
    found = after(Evidence(estimate(100), flow=70.0))
    assert (found.level, found.reasons) == (Level.ORANGE, (Reason.FLOW,))
    assert (flow_level(None), flow_level(48.9), flow_level(82.0)) == (
        Level.GREEN,
        Level.GREEN,
        Level.RED,
    )


def ahead(minute: int, people: float, in_minutes: int = 20) -> Evidence:
    moment = START_S + 60 * (minute + in_minutes)
    coming = (Ahead(moment, people, people * 0.8, people * 1.2),)
    return Evidence(estimate(500, minute), ahead=coming)


def test_a_forecast_proposes_before_the_crowd_is_there_once_it_says_so_for_a_while() -> None:
    first = after(ahead(0, 2500))
    assert (first.level, first.expected) == (Level.GREEN, Level.ORANGE)
    assert first.expected_s == START_S + 1200
    firm = after(*(ahead(minute, 2500) for minute in range(4)))
    assert (firm.level, firm.reasons) == (Level.ORANGE, (Reason.FORECAST,))
    far = after(*(ahead(minute, 2500, in_minutes=90) for minute in range(4)))
    assert (far.level, far.expected) == (Level.GREEN, None)


def test_a_forecast_that_takes_it_back_lets_the_level_fall() -> None:
    said = [ahead(minute, 2500) for minute in range(4)]
    assert after(*said, *minutes(500, 4, 30)).level is Level.GREEN


@pytest.mark.parametrize(
    ("density", "flow", "service", "safety"),
    [
        (0.0, None, Service.A, Safety.FREE),
        (0.31, None, Service.B, Safety.FREE),
        (2.17, 10.0, Service.F, Safety.SLOWED),  # the worst service is far below danger
        (0.1, 60.0, Service.D, Safety.FREE),  # by flow
        (3.57, None, Service.F, Safety.CONTACT),
        (6.0, 100.0, Service.F, Safety.FORCES),
    ],
)
def test_service_and_safety_are_two_things(
    density: float, flow: float | None, service: Service, safety: Safety
) -> None:
    assert (service_of(density, flow), safety_of(density)) == (service, safety)


@settings(max_examples=100, deadline=None)
@given(
    some.lists(
        some.tuples(
            some.floats(0.0, 5000.0),
            some.sampled_from(ZoneCondition),
            some.none() | some.floats(0.0, 120.0),
            some.none() | some.floats(0.0, 5000.0),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_a_proposal_is_never_below_the_rule_of_the_file(
    steps: list[tuple[float, ZoneCondition, float | None, float | None]],
) -> None:
    found = None
    for minute, (people, condition, flow, coming) in enumerate(steps):
        now = estimate(people, minute, condition=condition)
        later = () if coming is None else (Ahead(now.at_s + 600, coming, coming, coming),)
        before, found = found, propose(found, ZONE, Evidence(now, flow, later))
        assert found.level >= max(level_of(ZONE, people, now.density), flow_level(flow))
        if before is not None and found.level < before.level:
            assert found.at_s - before.since_s >= RULES.hold_s
