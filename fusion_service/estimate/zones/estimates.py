# SPDX-License-Identifier: Apache-2.0
"""What is said of a zone at one moment: a number, how sure it is, and who gave it. Pure."""

import math
from collections.abc import Sequence

from fusion_service.estimate.counters.sensor_state import SensorState
from fusion_service.estimate.observation import (
    Basis,
    Contribution,
    SensorCondition,
    ZoneCondition,
    ZoneEstimate,
)
from fusion_service.estimate.quantiles import Z50, Z80, Z95, interval
from fusion_service.estimate.zones.zone_state import ZoneState
from wire_contract.quality import Validity

KNOWN_TIMES = 1.0
"""From how often an hour of the day was seen on it is known what is usual in it."""


def estimate_of(
    zone: ZoneState,
    at_s: int,
    hour: float,
    sensors: Sequence[SensorState],
    doubt_variance: float,
) -> ZoneEstimate:
    """Return what is known of a zone; sensors: all who look at it or at a way into it.

    doubt_variance is what a contradiction between two counters adds.
    """
    people = zone.filter.people
    variance = zone.filter.variance + doubt_variance + zone.bias_variance * people * people
    direct = [one for one in sensors if one.is_direct and counts(one, at_s)]
    lines = [one for one in sensors if not one.is_direct and counts(one, at_s)]
    basis = Basis.COUNTED if direct else Basis.BY_FLOW if lines else Basis.USUAL
    return ZoneEstimate(
        zone.zone.id,
        at_s,
        people,
        *interval(people, variance, Z50),
        *interval(people, variance, Z80),
        *interval(people, variance, Z95),
        people / zone.zone.usable_m2 if zone.zone.usable_m2 > 0.0 else 0.0,
        zone.trend,
        basis,
        _condition(zone, at_s, hour, sensors, direct or lines),
        _contributions(sensors, at_s, people, direct or lines),
    )


def counts(sensor: SensorState, at_s: int) -> bool:
    """Say whether what a sensor says is in the number now."""
    return (
        sensor.is_believed()
        and sensor.is_fresh(at_s)
        and sensor.validity is not Validity.NOT_COUNTED
    )


def _condition(
    zone: ZoneState,
    at_s: int,
    hour: float,
    sensors: Sequence[SensorState],
    used: Sequence[SensorState],
) -> ZoneCondition:
    known = zone.usual.times_seen(hour) >= KNOWN_TIMES
    if sensors and all(one.is_silent(at_s) for one in sensors):
        return ZoneCondition.STALE
    if any(
        one.condition in {SensorCondition.CONFLICTING, SensorCondition.IN_DOUBT}
        for one in sensors
        if one.is_direct or not used
    ):
        return ZoneCondition.CONFLICT
    if used and all(one.validity is Validity.AT_LEAST for one in used):
        return ZoneCondition.LOWER_BOUND
    return ZoneCondition.FINE if known else ZoneCondition.LEARNING


def _contributions(
    sensors: Sequence[SensorState], at_s: int, people: float, used: Sequence[SensorState]
) -> tuple[Contribution, ...]:
    weights = {one.sensor.id: _weight(one, at_s, people) for one in used}
    total = sum(weights.values())
    return tuple(
        Contribution(
            one.sensor.id,
            weights.get(one.sensor.id, 0.0) / total if total > 0.0 else 0.0,
            None if one.end_s is None else max(at_s - one.end_s, 0),
            one.condition,
            one.since_s,
        )
        for one in sensors
    )


def _weight(sensor: SensorState, at_s: int, people: float) -> float:
    """Return how much a sensor tells: one over its variance, less for what is old or doubted."""
    age = max(at_s - (sensor.end_s or at_s), 0) / max(sensor.length_s, 1)
    bias = sensor.bias.prior * people * people
    return math.exp(-age / 3.0) * (1.0 - sensor.track.doubt) / (sensor.variance + bias + 0.1)
