# SPDX-License-Identifier: Apache-2.0
"""How things stand with zones and sensors at one moment, as plain numbers, for a restart. Pure.

What was learnt is good for ever and is kept by memory.py; this is good for its own moment alone.
With both, fusion that goes on from there says what it would have said without a restart. What does
not fit, or is of a release that did not keep it, begins with what was learnt.
"""

import math
from collections.abc import Mapping

from fusion_service.estimate.counters.sensor_state import SensorState
from fusion_service.estimate.observation import SensorCondition
from fusion_service.estimate.state_space import FilterMark
from fusion_service.estimate.zones.zone_state import Guess, ZoneMark, ZoneState
from wire_contract.quality import Validity

Numbers = list[float | None]
Standing = dict[str, Mapping[str, object]]
ZONE_NUMBERS, SENSOR_NUMBERS, WORDS = 19, 4, 2
BEFORE = "activity before"


def standing_of(
    zones: Mapping[str, ZoneState],
    sensors: Mapping[str, SensorState],
    rates: Mapping[str, float],
    activity_before: float,
) -> Standing:
    """Return how things stand; rates: crossings a second of each line."""
    return {
        "zones": {key: _zone(one.mark()) for key, one in zones.items()},
        "outliers": {key: dict(one.filter.outliers) for key, one in zones.items()},
        "sensors": {
            key: [one.variance, one.nis, one.turnover.last, one.since_s]
            for key, one in sensors.items()
        },
        "words": {key: [one.validity.value, one.condition.value] for key, one in sensors.items()},
        "rates": {key: [rate] for key, rate in rates.items()},
        "site": {BEFORE: [activity_before]},
    }


def put_back(
    standing: object,
    zones: Mapping[str, ZoneState],
    sensors: Mapping[str, SensorState],
    rates: dict[str, float],
) -> float | None:
    """Have all stand as it stood, after memory was recalled; return the activity before."""
    for key, zone in zones.items():
        numbers, outliers = _numbers(standing, "zones", key, ZONE_NUMBERS), {}
        found = _part(standing, "outliers", key)
        if isinstance(found, dict):
            outliers = {name: side for name, side in found.items() if isinstance(side, int)}
        if numbers is not None and None not in numbers:
            zone.return_to(_mark([float(one or 0.0) for one in numbers], outliers))
    for key, sensor in sensors.items():
        _put_sensor_back(sensor, standing, key)
        rate = _numbers(standing, "rates", key, 1)
        if rate is not None and rate[0] is not None:
            rates[key] = rate[0]
    before = _numbers(standing, "site", BEFORE, 1)
    return None if before is None else before[0]


def _zone(mark: ZoneMark) -> Numbers:
    flags = [float(one) for one in (*mark.was_counted, mark.guess.by_flow)]
    numbers = [*mark.numbers, *mark.learnt, *mark.filter.numbers]
    return [mark.at_s, *flags, mark.guess.people, mark.guess.sd, *numbers]


def _mark(numbers: list[float], outliers: Mapping[str, int]) -> ZoneMark:
    at_s, once, now, by_flow, people, sd, *rest = numbers
    return ZoneMark(
        int(at_s),
        (bool(once), bool(now)),
        Guess(people, sd, by_flow=bool(by_flow)),
        (rest[0], rest[1], rest[2], rest[3]),
        (rest[4], rest[5], rest[6], rest[7]),
        FilterMark((rest[8], rest[9], rest[10], rest[11], rest[12]), tuple(outliers.items())),
    )


def _put_sensor_back(sensor: SensorState, standing: object, key: str) -> None:
    numbers = _numbers(standing, "sensors", key, SENSOR_NUMBERS)
    words = _part(standing, "words", key)
    if numbers is None or not isinstance(words, list) or len(words) != WORDS:
        return
    variance, nis, last, since_s = numbers
    try:
        validity, condition = Validity(words[0]), SensorCondition(words[1])
    except ValueError:
        return
    if variance is None or nis is None:
        return
    sensor.variance, sensor.nis, sensor.turnover.last = variance, nis, last
    sensor.since_s = None if since_s is None else int(since_s)
    sensor.validity, sensor.condition = validity, condition


def _part(standing: object, part: str, key: str) -> object:
    """Return what is kept of one zone or sensor; None where that is not there."""
    of_all = standing.get(part) if isinstance(standing, dict) else None
    return of_all.get(key) if isinstance(of_all, dict) else None


def _numbers(standing: object, part: str, key: str, length: int) -> Numbers | None:
    """Return so many finite numbers, each of which may be missing; None for anything else."""
    found = _part(standing, part, key)
    if not isinstance(found, list) or len(found) != length:
        return None
    for one in found:
        if one is None:
            continue
        if isinstance(one, bool) or not isinstance(one, int | float) or not math.isfinite(one):
            return None
    return [None if one is None else float(one) for one in found]
