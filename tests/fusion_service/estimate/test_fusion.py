# SPDX-License-Identifier: Apache-2.0
"""Many counters, one number a zone: each kind of window right, and the clock an argument."""

import math
import random
from collections.abc import Callable

import pytest

from fusion_service.estimate.fusion import Fusion
from fusion_service.estimate.observation import (
    Basis,
    Observation,
    SensorCondition,
    ZoneCondition,
    ZoneEstimate,
)
from tests.fusion_service.estimate.sites import (
    START_S,
    direct,
    fusion_of,
    line,
    site_of,
    window,
)
from wire_contract.quality import Validity

ONE = site_of(("z",), (direct("d", "z"),))
THREE = site_of(("z",), (direct("d1", "z"), direct("d2", "z"), direct("d3", "z")))
SAYS = Callable[[int, float], float | None]


def play(
    fusion: Fusion,
    says: dict[str, SAYS],
    minutes: int,
    people: Callable[[int], float] = lambda _: 40.0,
    *,
    first: int = 0,
) -> list[ZoneEstimate]:
    """Let counters speak each minute; says: of the minute and the people there, a count."""
    found = []
    for minute in range(first, first + minutes):
        start_s = START_S + 60 * minute
        said: list[Observation] = []
        for sensor, of in says.items():
            count = of(minute, people(minute))
            if count is not None:
                said.append(window(sensor, start_s, count))
        found.append(fusion.advance(start_s + 60, said)[0])
    return found


def honest(seed: int, gain: float = 1.0) -> SAYS:
    """Return a counter with noise of its own."""
    rng = random.Random(seed)
    return lambda _minute, people: float(round(people * gain + rng.gauss(0.0, 1.2)))


def condition(fusion: Fusion, sensor: str, at_s: int) -> SensorCondition:
    """Return how a sensor fares."""
    return next(one.condition for one in fusion.health(at_s) if one.sensor == sensor)


def test_the_first_window_says_where_a_zone_begins() -> None:
    (estimate,) = fusion_of(ONE).advance(START_S + 60, [window("d/zone/a", START_S, 40.0)])
    assert estimate.people == pytest.approx(40.0, abs=2.0)
    assert estimate.basis is Basis.COUNTED


def test_windows_average_out_noise_but_not_what_a_counter_counts_wrong() -> None:
    last = play(fusion_of(ONE), {"d/zone/a": honest(1)}, 120)[-1]
    assert last.people == pytest.approx(40.0, abs=2.5)
    # A box may be wrong by 8 % for ever, whatever its windows agree on.
    assert last.high_80 - last.low_80 > 2 * 1.28 * 0.08 * 40.0 * 0.9


def test_intervals_lie_within_each_other_and_never_below_zero() -> None:
    for people in (0.0, 1.0, 30.0):
        (one,) = fusion_of(ONE).advance(START_S + 60, [window("d/zone/a", START_S, people)])
        ends = [one.low_95, one.low_80, one.low_50, one.high_50, one.high_80, one.high_95]
        assert ends == sorted(ends)
        assert ends[0] >= 0.0


def test_negative_counts_are_taken_as_they_are() -> None:
    rng = random.Random(3)
    fusion = fusion_of(ONE)
    last = play(fusion, {"d/zone/a": lambda *_: float(rng.choice((-2, -1, 0, 1, 2)))}, 180)[-1]
    assert last.people < 0.8


def test_a_lower_bound_raises_and_never_lowers() -> None:
    fusion = fusion_of(ONE)
    before = play(fusion, {"d/zone/a": honest(1)}, 60)[-1]
    at_s = START_S + 3600
    (low,) = fusion.advance(at_s + 60, [window("d/zone/a", at_s, 5.0, validity=Validity.AT_LEAST)])
    assert low.people == pytest.approx(before.people, rel=0.1)
    assert low.condition is ZoneCondition.LOWER_BOUND
    (high,) = fusion.advance(
        at_s + 120, [window("d/zone/a", at_s + 60, 90.0, validity=Validity.AT_LEAST)]
    )
    assert high.people > low.people


def test_not_counted_is_missing_and_not_zero() -> None:
    fusion = fusion_of(ONE)
    before = play(fusion, {"d/zone/a": honest(1)}, 60)[-1]
    at_s = START_S + 3600
    blind = window("d/zone/a", at_s, None, validity=Validity.NOT_COUNTED)
    (after,) = fusion.advance(at_s + 60, [blind])
    assert after.people == pytest.approx(before.people, rel=0.1)
    assert condition(fusion, "d/zone/a", at_s + 60) is SensorCondition.NOT_COUNTING


def test_what_is_missing_widens_and_is_said_to_be_stale() -> None:
    fusion = fusion_of(ONE)
    before = play(fusion, {"d/zone/a": honest(1)}, 60)[-1]
    (after,) = fusion.advance(START_S + 3 * 3600, [])
    assert after.high_80 - after.low_80 > 2.0 * (before.high_80 - before.low_80)
    assert after.condition is ZoneCondition.STALE
    assert after.basis is Basis.USUAL
    assert condition(fusion, "d/zone/a", START_S + 3 * 3600) is SensorCondition.SILENT


def test_a_withheld_count_says_few_and_not_none() -> None:
    fusion = fusion_of(ONE)
    play(fusion, {"d/zone/a": honest(1)}, 10)
    for minute in range(10, 70):
        start_s = START_S + 60 * minute
        (last,) = fusion.advance(
            start_s + 60, [window("d/zone/a", start_s, None, withheld_below=5)]
        )
    assert 0.3 < last.people < 6.0


def test_a_merged_window_counts_once_with_its_own_length() -> None:
    fusion = fusion_of(ONE)
    play(fusion, {"d/zone/a": honest(1)}, 10)
    start_s = START_S + 600
    (merged,) = fusion.advance(start_s + 900, [window("d/zone/a", start_s, 60.0, length_s=900)])
    assert 45.0 < merged.people < 65.0


def test_windows_of_unknown_sensors_and_of_the_future_are_passed_over() -> None:
    fusion = fusion_of(ONE)
    said = [window("other/zone/a", START_S, 900.0), window("d/zone/a", START_S + 600, 900.0)]
    (estimate,) = fusion.advance(START_S + 60, said)
    assert estimate.people < 900.0


def test_going_back_and_advancing_again_gives_the_same() -> None:
    fusion = fusion_of(THREE)
    says = {f"d{one}/zone/a": honest(one) for one in (1, 2, 3)}
    play(fusion, says, 30)
    mark = fusion.mark()
    later = [window("d1/zone/a", START_S + 1800, 44.0)]
    (once,) = fusion.advance(START_S + 1860, later)
    fusion.return_to(mark)
    (again,) = fusion.advance(START_S + 1860, later)
    assert again.people == pytest.approx(once.people, rel=1e-3)
    assert again.high_80 == pytest.approx(once.high_80, rel=1e-3)


def test_a_late_window_revises_what_was_said() -> None:
    fusion = fusion_of(ONE)
    play(fusion, {"d/zone/a": honest(1)}, 30)
    mark = fusion.mark()
    (without,) = fusion.advance(START_S + 1860, [])
    fusion.return_to(mark)
    late = [window("d/zone/a", START_S + 1800, 55.0)]
    (with_it,) = fusion.advance(START_S + 1860, late)
    assert with_it.people > without.people + 2.0


def test_a_restart_goes_on_with_what_was_learnt() -> None:
    fusion = fusion_of(THREE)
    says = {"d1/zone/a": honest(1, 1.15), "d2/zone/a": honest(2), "d3/zone/a": honest(3)}
    play(fusion, says, 180)
    again = fusion_of(THREE, fusion.memory())
    assert again.sensors["d1/zone/a"].bias == fusion.sensors["d1/zone/a"].bias
    assert again.sensors["d1/zone/a"].bias.value > again.sensors["d2/zone/a"].bias.value
    assert again.zones["z"].usual.times_seen(12.0) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    ("factor", "minutes_max"),
    [(0.35, 30), (2.5, 30)],
)
def test_a_liar_among_three_is_named_within_half_an_hour(factor: float, minutes_max: int) -> None:
    fusion = fusion_of(THREE)
    says = {f"d{one}/zone/a": honest(one) for one in (1, 2, 3)}
    play(fusion, says, 120)
    says["d1/zone/a"] = honest(7, factor)
    found = play(fusion, says, minutes_max, first=120)
    at_s = START_S + 60 * (120 + minutes_max)
    assert condition(fusion, "d1/zone/a", at_s) is SensorCondition.CONFLICTING
    assert condition(fusion, "d2/zone/a", at_s) is SensorCondition.FINE
    assert found[-1].people == pytest.approx(40.0, rel=0.15)
    weights = {one.sensor: one.weight for one in found[-1].contributions}
    assert weights["d1/zone/a"] == 0.0
    assert math.fsum(weights.values()) == pytest.approx(1.0)


def test_a_liar_that_agrees_again_is_taken_back_after_an_hour() -> None:
    fusion = fusion_of(THREE)
    says = {f"d{one}/zone/a": honest(one) for one in (1, 2, 3)}
    play(fusion, says, 120)
    play(fusion, {**says, "d1/zone/a": honest(7, 0.35)}, 30, first=120)
    play(fusion, says, 40, first=150)
    assert condition(fusion, "d1/zone/a", START_S + 190 * 60) is SensorCondition.CONFLICTING
    play(fusion, says, 60, first=190)
    assert condition(fusion, "d1/zone/a", START_S + 250 * 60) is SensorCondition.FINE


def test_a_counter_stuck_at_a_value_is_named() -> None:
    fusion = fusion_of(THREE)
    says = {f"d{one}/zone/a": honest(one) for one in (1, 2, 3)}

    def people(minute: int) -> float:
        return 40.0 + 10.0 * math.sin(minute / 20.0)

    play(fusion, says, 120, people)
    play(fusion, {**says, "d1/zone/a": lambda *_: 41.0}, 30, people, first=120)
    at_s = START_S + 150 * 60
    assert condition(fusion, "d1/zone/a", at_s) is SensorCondition.STUCK


def test_of_two_that_contradict_each_other_both_are_in_doubt_and_the_number_widens() -> None:
    site = site_of(("z",), (direct("d1", "z"), direct("d2", "z")))
    fusion = fusion_of(site)
    says = {"d1/zone/a": honest(1), "d2/zone/a": honest(2)}
    before = play(fusion, says, 60)[-1]
    after = play(fusion, {**says, "d2/zone/a": honest(3, 2.5)}, 40, first=60)[-1]
    at_s = START_S + 100 * 60
    assert condition(fusion, "d1/zone/a", at_s) is SensorCondition.IN_DOUBT
    assert condition(fusion, "d2/zone/a", at_s) is SensorCondition.IN_DOUBT
    assert after.condition is ZoneCondition.CONFLICT
    assert after.high_80 - after.low_80 > 2.0 * (before.high_80 - before.low_80)


def test_where_only_lines_look_people_follow_from_the_flow_and_are_honestly_wide() -> None:
    site = site_of(
        ("z",), (line("l1", "in"), line("l2", "out")), (("in", None, "z"), ("out", "z", None))
    )
    fusion = fusion_of(site)
    # Twelve a minute over either end for an hour: twelve come a minute.
    for minute in range(60):
        start_s = START_S + 60 * minute
        said = [window(f"{one}/line/a", start_s, 12.0, half=3.0) for one in ("l1", "l2")]
        (last,) = fusion.advance(start_s + 60, said)
    assert last.basis is Basis.BY_FLOW
    # 0.2 a second for 102 m at 0.7 m/s are 29 people, give or take a factor of two.
    assert 12.0 < last.people < 60.0
    assert last.high_80 > 1.6 * last.people
    assert last.low_80 < 0.6 * last.people


def test_the_trend_is_people_a_minute() -> None:
    fusion = fusion_of(ONE)
    last = play(fusion, {"d/zone/a": honest(1)}, 60, lambda minute: 20.0 + 2.0 * minute)[-1]
    assert last.trend == pytest.approx(2.0, abs=0.8)


def test_a_counter_is_silent_once_three_windows_have_ended_since_its_newest() -> None:
    fusion = fusion_of(ONE)
    play(fusion, {"d/zone/a": honest(1)}, 60)
    last_s = START_S + 3600
    for seconds, expected in ((60, False), (120, False), (180, True), (240, True)):
        (after,) = fusion.advance(last_s + seconds, [])
        is_silent = condition(fusion, "d/zone/a", last_s + seconds) is SensorCondition.SILENT
        assert is_silent == expected
        assert (after.condition is ZoneCondition.STALE) == expected
        assert after.basis is Basis.COUNTED  # what it said last is in the number a minute longer


def test_a_counter_that_was_named_and_then_falls_silent_is_said_to_be_silent() -> None:
    fusion = fusion_of(ONE)
    play(fusion, {"d/zone/a": honest(1)}, 60)
    fusion.sensors["d/zone/a"].track.is_named = 1.0
    at_s = START_S + 3600
    assert condition(fusion, "d/zone/a", at_s + 120) is SensorCondition.CONFLICTING
    assert condition(fusion, "d/zone/a", at_s + 180) is SensorCondition.SILENT
