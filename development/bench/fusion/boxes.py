# SPDX-License-Identifier: Apache-2.0
"""Boxes that count walkers, err as boxes do, and say so through the real disclosure rules.

A box's zone sees a stretch of a zone; people are in view while they walk through it, or for as long
as they stand in it. A box misses a person for the whole of a stay, or counts them twice, by a gain
of its own that drifts over the day. Then come the rule and the interval of edge_agent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from development.bench.fusion.scene import Liar, Received, Scene, Truth
from development.bench.fusion.walkers import (
    AFTER_A_STOP,
    BEFORE_A_STOP,
    Day,
    Floats,
    Visits,
    mean_people,
    walk,
)
from development.bench.fusion.worlds import World
from edge_agent.disclosure.interval.counts import ReleasedCounts
from edge_agent.disclosure.noise import Bits
from edge_agent.disclosure.rules import release
from wire_contract.messages import report as wire
from wire_contract.quality import QualityCode

EPOCH_S = 1_780_272_000
"""Monday 2026-06-01, 00:00 UTC: where every scene begins, plus its world's hour."""
COUNT_MAX = 60_000
SITE_ID = "bench"
LONGITUDE, LATITUDE = 4.28, 52.11
METRES_OF_DEGREE = (68_350.0, 111_195.0)
LIAR_AMONG = 3
LATE_S = (1.0, 8.0)
"""How long after its window a report comes."""


@dataclass(frozen=True, slots=True)
class Box:
    """One device: the line or zone that it has, its gain, and when it is out."""

    device: str
    link: int | None
    zone: int | None
    share: float
    gain: float
    phase: float


@dataclass(frozen=True, slots=True)
class Lie:
    """Which box lies, from when (seconds of the scene), and how: a factor, or None for stuck."""

    device: str
    start_s: float
    factor: float | None


def simulate(world: World, seed: int, *, lie: bool) -> Scene:
    """Return a scene of a world: people walk, boxes count them, and one of them may lie."""
    rng = np.random.default_rng(seed)
    day = walk(world, rng)
    boxes = boxes_of(world, rng)
    lies = _lie(world, boxes, day, rng) if lie else None
    begin_s = EPOCH_S + round(world.start_hour * 3600.0)
    edges = np.arange(0.0, day.duration_s + 1.0, world.window_s)
    reports: list[Received] = []
    for box in boxes:
        counted = _count(box, day, world, edges, rng)
        reports.extend(_reports(box, counted, world, begin_s, lies, rng))
    reports.sort(key=lambda one: one.received_s)
    liars = () if lies is None else (_told(lies, boxes, begin_s),)
    return Scene(f"{world.name}-{seed}", site_toml(world, boxes), tuple(reports),
                 tuple(truth_of(day, edges, begin_s)), liars)  # fmt: skip


def boxes_of(world: World, rng: np.random.Generator) -> list[Box]:
    """Return a box for each direct counter and for each line of a world."""
    found = []

    def gain() -> float:
        return float(np.clip(rng.normal(world.gain, world.gain_sd), 0.5, 1.4))

    for zone, shares in enumerate(world.counters):
        for number, share in enumerate(shares):
            found.append(
                Box(f"zone-{zone}-{number}", None, zone, share, gain(), float(rng.random()))
            )
    links = range(len(world.counters) + 2) if world.every_link else ()
    found.extend(
        Box(f"link-{link}", link, None, 1.0, gain(), float(rng.random())) for link in links
    )
    return found


def truth_of(day: Day, edges: Floats, begin_s: int) -> Iterator[Truth]:
    """Yield how many people each zone had in each window."""
    length_s = round(edges[1] - edges[0])
    for zone in range(day.zones):
        here = day.visits.zone == zone
        people = mean_people(day.visits.begin[here], day.visits.end[here], edges)
        for start, number in zip(edges, people, strict=False):
            yield Truth(f"z{zone}", begin_s + round(start), length_s, float(number))


def _gain(box: Box, world: World, at: Floats) -> Floats:
    turns = 2.0 * np.pi * (at / 86_400.0 + box.phase)
    return np.asarray(box.gain * (1.0 + world.drift * np.sin(turns)), dtype=np.float64)


def _times(gains: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return how often each person is counted: mostly once, seldom not at all or twice."""
    whole = np.floor(gains)
    return (whole + (rng.random(gains.size) < gains - whole)).astype(np.int64)


def _count(
    box: Box, day: Day, world: World, edges: Floats, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the exact numbers of each window: in and out, or mean and peak."""
    if box.link is not None:
        crossings = day.crossings
        here = crossings.link == box.link
        at, onward = crossings.at[here], crossings.onward[here]
        times = _times(_gain(box, world, at), rng)
        entered = np.histogram(np.repeat(at[onward], times[onward]), edges)[0]
        left = np.histogram(np.repeat(at[~onward], times[~onward]), edges)[0]
        return entered.astype(np.int64), left.astype(np.int64)
    begin, end = _in_view(box, day.visits, rng)
    times = _times(_gain(box, world, begin), rng)
    mean = mean_people(np.repeat(begin, times), np.repeat(end, times), edges)
    rounded = np.floor(mean + 0.5).astype(np.int64)
    return rounded, np.ceil(mean).astype(np.int64)


def _in_view(box: Box, visits: Visits, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return from when to when each person is in view of a box's zone, a stretch of the zone.

    Its middle lies anywhere. Who walks through is in view for its share of the way; who stops in
    it, for the whole stop.
    """
    here = visits.zone == box.zone
    begin, end = visits.begin[here], visits.end[here]
    stopped, where = visits.stopped[here], visits.where[here]
    first = float(rng.uniform(0.0, 1.0 - box.share))
    last = first + box.share
    # Before a stop somebody walks the first half of the way, after it the second.
    lower = np.where(where == AFTER_A_STOP, 0.5, 0.0)
    upper = np.where(where == BEFORE_A_STOP, 0.5, 1.0)
    span = upper - lower
    from_part = np.clip((first - lower) / span, 0.0, 1.0)
    to_part = np.clip((last - lower) / span, 0.0, 1.0)
    walk_begin = begin + from_part * (end - begin)
    walk_end = begin + to_part * (end - begin)
    seen = stopped & (where >= first) & (where < last)
    in_begin = np.where(stopped, begin, walk_begin)
    in_end = np.where(stopped, np.where(seen, end, begin), walk_end)
    in_view = in_end > in_begin
    return in_begin[in_view], in_end[in_view]


def _lie(world: World, boxes: list[Box], day: Day, rng: np.random.Generator) -> Lie | None:
    """Let one of three that look at a zone lie, in the busy half of the scene."""
    watched = [box for box in boxes if box.zone is not None
               and len(world.counters[box.zone]) >= LIAR_AMONG]  # fmt: skip
    if not watched:
        return None
    box = watched[int(rng.integers(len(watched)))]
    start_s = day.duration_s * float(rng.uniform(0.42, 0.6))
    return Lie(box.device, start_s, (0.35, 2.5, None)[int(rng.integers(3))])


def _told(lie: Lie, boxes: list[Box], begin_s: int) -> Liar:
    box = next(one for one in boxes if one.device == lie.device)
    how = "stuck" if lie.factor is None else f"x {lie.factor}"
    kind = "zone" if box.zone is not None else "line"
    return Liar(f"{lie.device}/{kind}/a", begin_s + round(lie.start_s), how)


def _reports(
    box: Box,
    counted: tuple[NDArray[np.int64], NDArray[np.int64]],
    world: World,
    begin_s: int,
    lie: Lie | None,
    rng: np.random.Generator,
) -> Iterator[Received]:
    """Yield a box's reports, released as a box releases them; while it is out there are none."""
    counts = ReleasedCounts(world.rule, {})
    key = rng.bytes(32)
    uuid = str(UUID(bytes=rng.bytes(16)))
    out = _outages(len(counted[0]), world, rng)
    stuck: tuple[int, int] | None = None
    for number, exact in enumerate(zip(*counted, strict=True)):
        start = number * world.window_s
        values = int(exact[0]), int(exact[1])
        if lie is not None and lie.device == box.device and start >= lie.start_s:
            if lie.factor is not None:
                values = round(values[0] * lie.factor), round(values[1] * lie.factor)
            elif stuck is None:
                stuck = values
        if out[number]:
            continue
        first, second = (
            release(value, world.rule, Bits(key, f"{number} {place}"))
            for place, value in enumerate(stuck or values)
        )
        if stuck is not None:
            first, second = stuck
        quality = wire.ImageQuality(int(QualityCode.FINE), 3, 3, 0)
        at = box, (first, second), counts, quality
        yield Received(
            begin_s + start + world.window_s + float(rng.uniform(*LATE_S)),
            _report(at, uuid, number, begin_s + start, world),
        )


def _report(
    at: tuple[Box, tuple[int | None, int | None], ReleasedCounts, wire.ImageQuality],
    uuid: str,
    number: int,
    start_s: int,
    world: World,
) -> wire.Report:
    box, released, counts, quality = at
    lines: tuple[wire.LineCount, ...] = ()
    zones: tuple[wire.ZoneCount, ...] = ()
    if box.link is not None:
        lines = (counts.line("a", released, count_max=COUNT_MAX, quality=quality),)
    else:
        zones = (counts.zone("a", released, (0, 0), count_max=COUNT_MAX, quality=quality),)
    return wire.Report(
        v=wire.VERSION, site=SITE_ID, device=box.device, stream=uuid, sequence=number + 1,
        boot=uuid, start_s=start_s, length_s=world.window_s, clock=wire.Clock.LIVE,
        clock_quality=wire.ClockQuality.SYNCHRONISED, config="0" * 64, level=wire.Level.FULL,
        rule=world.rule, image_quality=quality, health=wire.Health(1, 1, 1, 1), lines=lines,
        zones=zones,
    )  # fmt: skip


def _outages(windows: int, world: World, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return which windows are missing: some stretches of half an hour on average."""
    out = np.zeros(windows, dtype=np.bool_)
    length = max(1800.0 / world.window_s, 1.0)
    for _ in range(rng.poisson(world.outages * windows / length)):
        begin = int(rng.integers(windows))
        out[begin : begin + 1 + int(rng.exponential(length))] = True
    return out


def site_toml(world: World, boxes: list[Box]) -> str:
    """Return the site's file: a chain of zones along a parallel, and who looks at what."""
    zones = len(world.counters)
    long, high = world.zone_length_m / METRES_OF_DEGREE[0], 20.0 / METRES_OF_DEGREE[1]
    lines = ["format = 1", f'id = "{SITE_ID}"', 'time_zone = "Europe/Amsterdam"']
    for zone in range(zones):
        west = LONGITUDE + zone * long
        ring = [(west, LATITUDE), (west + long, LATITUDE),
                (west + long, LATITUDE + high), (west, LATITUDE + high)]  # fmt: skip
        corners = ", ".join(f"[{x:.7f}, {y:.7f}]" for x, y in ring)
        lines += ["[[zones]]", f'id = "z{zone}"', f"polygon = [{corners}]"]
    for link in range(zones + 2):
        lines += ["[[links]]", f'id = "l{link}"']
        is_side = link == zones + 1
        before, after = (None, zones // 2) if is_side else (link - 1, link)
        if before is not None and before >= 0:
            lines.append(f'from = "z{before}"')
        if after is not None and after < zones:
            lines.append(f'to = "z{after}"')
    for box in boxes:
        lines += ["[[devices]]", f'id = "{box.device}"', "[[devices.counters]]"]
        if box.link is not None:
            toward = zones // 2 if box.link == zones + 1 else box.link
            lines += ['line = "a"', f'at_link = "l{box.link}"']
            if toward < zones:
                lines.append(f'in_toward = "z{toward}"')
        else:
            lines += ['zone = "a"', f'at_zone = "z{box.zone}"', f"share = {box.share}"]
    return "\n".join(lines) + "\n"
