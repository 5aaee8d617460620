# SPDX-License-Identifier: Apache-2.0
"""People who walk along a chain of zones, stop, turn back and leave: each one an agent.

Nothing here knows of rates, of what is usual or of ratios. Groups come in by the ends or by a side
street, walk at a speed of their own, stop where they like, and leave where they came in or at the
other end. What comes out is exact: who was in which zone from when to when, and who crossed which
link when.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from development.bench.fusion.worlds import World

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
HOUR_S = 3600.0
BEFORE_A_STOP, AFTER_A_STOP = -1.0, -2.0
"""Places of those who walk to where they stop, and from there."""
SURGE_S = 1200.0
TURNS, LEAVES = 0.6, 0.6


@dataclass(frozen=True, slots=True)
class Visits:
    """Each stay of one person in one zone: zone, begin and end in seconds, whether they stopped.

    where: their place across the zone, 0 to 1, by which they are in view of a counter or not.
    """

    zone: Whole
    begin: Floats
    end: Floats
    stopped: NDArray[np.bool_]
    where: Floats


@dataclass(frozen=True, slots=True)
class Crossings:
    """Each crossing of a link: which, when, and whether it led onward along the chain."""

    link: Whole
    at: Floats
    onward: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Day:
    """All that happened. Links 0..zones: before zone 0, between zones, after the last one.

    The link zones + 1 is a side street into the middle zone.
    """

    zones: int
    duration_s: float
    visits: Visits
    crossings: Crossings


def walk(world: World, rng: np.random.Generator) -> Day:
    """Let people walk for a while. Before the start two hours pass, so that nobody begins alone."""
    zones = len(world.counters)
    lead_s = 2.0 * HOUR_S
    duration_s = world.hours * HOUR_S
    visits: list[tuple[int, float, float, bool, float]] = []
    crossings: list[tuple[int, float, bool]] = []
    for begin, size in _arrivals(world, lead_s + duration_s, rng):
        entrance = int(rng.choice([0, zones, zones + 1], p=[0.4, 0.35, 0.25]))
        path = _path(entrance, zones, rng)
        speed = float(np.clip(rng.normal(1.25, 0.2), 0.5, 2.0))
        stops = rng.random(len(path)) < world.stops
        for _ in range(size):
            own = begin + float(rng.normal(0.0, 3.0)) - lead_s
            _go(path, own, speed, stops, world, (zones, entrance), (visits, crossings), rng)
    return Day(zones, duration_s, _visits(visits), _crossings(crossings))


def _arrivals(world: World, duration_s: float, rng: np.random.Generator) -> list[tuple[float, int]]:
    """Return when groups come and how many they are; some days are twice as busy as others."""
    found = []
    start = (world.start_hour - 2.0) * HOUR_S
    fair = np.exp(rng.normal(0.0, 0.25, 64))
    weather = np.cumsum(rng.normal(0.0, 0.06, 64 * 24 * 4))
    surge_at = start + duration_s * float(rng.uniform(0.5, 0.8))
    at = 0.0
    fastest = world.arrivals_h * 4.0 * (1.0 + world.surge)
    while at < duration_s:
        at += float(rng.exponential(HOUR_S / fastest))
        clock = start + at
        hour = clock / HOUR_S % 24.0
        busy = 0.02 + math.exp(-0.5 * ((hour - 14.5) / 3.2) ** 2)
        busy += 0.35 * math.exp(-0.5 * ((hour - 20.0) / 1.5) ** 2)
        day = int((clock + 86_400.0) // 86_400.0)
        busy *= float(fair[day % 64]) * math.exp(
            0.3 * math.tanh(float(weather[int(at // 900.0) % weather.size]))
        )
        if world.surge and 0.0 < clock - surge_at < SURGE_S:
            busy *= 1.0 + world.surge
        if rng.random() < busy * world.arrivals_h / fastest:
            found.append((at, 1 + int(rng.poisson(0.8))))
    return found


def _path(entrance: int, zones: int, rng: np.random.Generator) -> list[int]:
    """Return the zones that a group goes through, in order, and back where they turn."""
    middle = zones // 2
    if entrance == zones + 1:
        onward = bool(rng.integers(2))
        first = middle
    else:
        onward = entrance == 0
        first = 0 if onward else zones - 1
    last = zones - 1 if onward else 0
    reach = (
        int(rng.integers(0, abs(last - first) + 1)) if rng.random() < TURNS else abs(last - first)
    )
    step = 1 if onward else -1
    there = [first + step * one for one in range(reach + 1)]
    if reach == abs(last - first) and rng.random() < LEAVES:
        return there
    return there + there[-2::-1]


def _go(
    path: list[int],
    begin: float,
    speed: float,
    stops: NDArray[np.bool_],
    world: World,
    ways: tuple[int, int],
    found: tuple[list[tuple[int, float, float, bool, float]], list[tuple[int, float, bool]]],
    rng: np.random.Generator,
) -> None:
    zones, entrance = ways
    visits, crossings = found
    crossings.append((entrance, begin, entrance != zones))
    at = begin
    for place, zone in enumerate(path):
        leave = at + world.zone_length_m / speed * float(rng.uniform(0.8, 1.2))
        if place > 0 and path[place - 1] == zone:
            leave = at
        halt = 0.0
        if stops[place]:
            halt = float(rng.lognormal(math.log(world.stop_min * 60.0) - 0.32, 0.8))
        where = float(rng.random())
        if halt:
            half = at + (leave - at) / 2.0
            visits.append((zone, at, half, False, BEFORE_A_STOP))
            visits.append((zone, half, half + halt, True, where))
            visits.append((zone, half + halt, leave + halt, False, AFTER_A_STOP))
            leave += halt
        else:
            visits.append((zone, at, leave, False, 0.0))
        at = leave
        if place + 1 < len(path):
            onward = path[place + 1] > zone
            crossings.append((zone + 1 if onward else zone, at, onward))
    last = path[-1]
    if path[0] == last:
        crossings.append((entrance, at, entrance == zones))
    else:
        exit_link = zones if last == zones - 1 else 0
        crossings.append((exit_link, at, exit_link == zones))


def _visits(found: list[tuple[int, float, float, bool, float]]) -> Visits:
    columns = list(zip(*found, strict=True)) if found else [(), (), (), (), ()]
    return Visits(
        np.array(columns[0], dtype=np.int64),
        np.array(columns[1], dtype=np.float64),
        np.array(columns[2], dtype=np.float64),
        np.array(columns[3], dtype=np.bool_),
        np.array(columns[4], dtype=np.float64),
    )


def _crossings(found: list[tuple[int, float, bool]]) -> Crossings:
    columns = list(zip(*found, strict=True)) if found else [(), (), ()]
    return Crossings(
        np.array(columns[0], dtype=np.int64),
        np.array(columns[1], dtype=np.float64),
        np.array(columns[2], dtype=np.bool_),
    )


def mean_people(begin: Floats, end: Floats, edges: Floats) -> Floats:
    """Return how many were there on average between each edge and the next."""
    whole = _seconds_since(begin, edges) - _seconds_since(end, edges)
    return np.asarray(np.diff(whole) / np.diff(edges), dtype=np.float64)


def _seconds_since(moments: Floats, edges: Floats) -> Floats:
    """Return the sum of how long ago each moment was at each edge, those to come left out."""
    ranked = np.sort(moments)
    places = np.searchsorted(ranked, edges, side="right")
    sums = np.concatenate([[0.0], np.cumsum(ranked)])
    return np.asarray(places * edges - sums[places], dtype=np.float64)
