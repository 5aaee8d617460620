# SPDX-License-Identifier: Apache-2.0
"""What fusion has learnt and how things stand, as bytes for a restart. Pure.

JSON, a few kilobytes a zone. Of another version of a site what still fits is kept: zones and
sensors by their names. What cannot be read begins anew; nothing here raises for it.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import cast

from fusion_service.estimate.counters.conflict import BINS, FAST, HOURS
from fusion_service.estimate.counters.sensor_state import SensorState
from fusion_service.estimate.standing import Standing
from fusion_service.estimate.zones.zone_state import ZoneState

VERSION = 1
Numbers = Sequence[float | None]
Kept = dict[str, list[float | None]]


def remember(
    at_s: int,
    activity: float,
    zones: Mapping[str, ZoneState],
    sensors: Mapping[str, SensorState],
    standing: Standing,
) -> bytes:
    """Return the bytes; standing: how things stand, where it is of this moment."""
    return json.dumps(
        {
            "version": VERSION,
            "at_s": at_s,
            "activity": activity,
            "zones": {key: _zone(one) for key, one in zones.items()},
            "sensors": {key: _sensor(one) for key, one in sensors.items()},
            "standing": standing,
        },
        allow_nan=False,
        separators=(",", ":"),
    ).encode("ascii")


def recall(
    content: bytes, zones: Mapping[str, ZoneState], sensors: Mapping[str, SensorState]
) -> tuple[int, float, object] | None:
    """Give zones and sensors what fits.

    Return when it was kept, how busy the site was then, and how things stood (standing.py).

    None where it cannot be read at all.
    """
    try:
        kept = json.loads(content)
        if not isinstance(kept, dict) or kept.get("version") != VERSION:
            return None
        at_s, activity = int(kept["at_s"]), float(kept["activity"])
        of_zones, of_sensors = dict(kept["zones"]), dict(kept["sensors"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not (math.isfinite(activity) and activity >= 0.0 and at_s >= 0):
        return None
    for key, zone in zones.items():
        if key in of_zones:
            _recall_zone(zone, of_zones[key])
    for key, sensor in sensors.items():
        if key in of_sensors:
            _recall_sensor(sensor, of_sensors[key])
    return at_s, activity, kept.get("standing")


def _zone(zone: ZoneState) -> Kept:
    usual, flow = zone.usual, zone.flow
    return {
        "usual": _rounded(
            [
                *usual.day,
                *usual.day_seen,
                *usual.week,
                *usual.week_seen,
                usual.level,
                usual.level_seen,
            ]
        ),
        "flow": [flow.longer, flow.learnt_s],
        "rate": [zone.filter.rate, zone.stay_s],
    }


def _sensor(sensor: SensorState) -> Kept:
    track, noise, turnover = sensor.track, sensor.noise, sensor.turnover
    fast = [None if math.isnan(one) else float(one) for one in track.mark()]
    return {
        "track": [*fast],
        "repeats": _rounded([*track.repeated, *track.seen]),
        "hours": _rounded([*track.by_hour, *track.hours_seen]),
        "noise": [noise.least, noise.excess, noise.squares],
        "bias": [sensor.bias.value, sensor.bias.variance, sensor.bias.prior],
        "turnover": [turnover.changes, turnover.twice_people],
        "newest": [sensor.end_s, sensor.length_s],
    }


def _rounded(values: Sequence[float]) -> list[float | None]:
    return [float(f"{one:.5g}") for one in values]


def _recall_zone(zone: ZoneState, kept: object) -> None:
    usual = _numbers(kept, "usual", 2 * 24 + 2 * 168 + 2)
    if usual is not None:
        for place, value in enumerate(usual[:24]):
            zone.usual.day[place], zone.usual.day_seen[place] = value, usual[24 + place]
        for place, value in enumerate(usual[48:216]):
            zone.usual.week[place], zone.usual.week_seen[place] = value, usual[216 + place]
        zone.usual.level, zone.usual.level_seen = usual[-2:]
    flow = _numbers(kept, "flow", 2)
    if flow is not None:
        zone.flow.longer, zone.flow.learnt_s = flow
    rate = _numbers(kept, "rate", 2)
    if rate is not None and min(rate) > 0.0:
        zone.filter.begin_anew(rate[0], rate[0] ** 2)
        zone.stay_s = rate[1]


def _recall_sensor(sensor: SensorState, kept: object) -> None:
    fast = _numbers(kept, "track", len(FAST), nan="value")
    if fast is not None:
        sensor.track.return_to(tuple(fast))
    repeats = _numbers(kept, "repeats", 2 * BINS)
    if repeats is not None:
        sensor.track.repeated, sensor.track.seen = repeats[:BINS], repeats[BINS:]
    hours = _numbers(kept, "hours", 2 * HOURS)
    if hours is not None:
        sensor.track.by_hour, sensor.track.hours_seen = hours[:HOURS], hours[HOURS:]
    noise = _numbers(kept, "noise", 3)
    if noise is not None:
        sensor.noise.least, sensor.noise.excess, sensor.noise.squares = noise
    bias = _numbers(kept, "bias", 3)
    if bias is not None and min(bias[1:]) > 0.0:
        sensor.bias.value, sensor.bias.variance, sensor.bias.prior = bias
    turnover = _numbers(kept, "turnover", 2)
    if turnover is not None:
        sensor.turnover.changes, sensor.turnover.twice_people = turnover
    newest = _numbers(kept, "newest", 2)
    if newest is not None:
        sensor.end_s, sensor.length_s = int(newest[0]), max(int(newest[1]), 1)


def _numbers(kept: object, key: str, length: int, nan: str = "") -> list[float] | None:
    """Return a list of so many finite numbers, or None where that is not what stands there."""
    found = kept.get(key) if isinstance(kept, dict) else None
    if not isinstance(found, list) or len(found) != length:
        return None
    numbers = [math.nan if one is None else one for one in found]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers):
        return None
    read = [float(one) for one in cast("list[float]", numbers)]
    allowed = FAST.index(nan) if nan else -1
    if any(not math.isfinite(one) and place != allowed for place, one in enumerate(read)):
        return None
    return read
