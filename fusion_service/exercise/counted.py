# SPDX-License-Identifier: Apache-2.0
"""What the boxes of an exercise count of a minute, and what of it they release. Pure.

A box misses some: its share of seen people is drawn once. Then come the faults that are injected.
Last the disclosure rule's noise is added and the 80 % interval is made, of the released number
alone, as a box does. The draw of the noise is a plain one: nobody is to be hidden.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from fusion_service.exercise.crowd import Minute
from fusion_service.exercise.draws import binomial, discrete_laplace
from fusion_service.exercise.scenario import Inject, InjectKind
from fusion_service.registry.site import Counter, Link, Placement, Site
from wire_contract.intervals import Z80, noise_square
from wire_contract.messages.report import LineCount, RuleName, ZoneCount

EPSILON_THOUSANDTHS = 1000
SEEN = (0.90, 0.98)
"""Of the people who are there, the share that a box sees: between these."""
BIAS_SPREAD = 0.06
"""How far the seen share of a place may lie from what its interval takes it for, at one standard
deviation."""
DARK_SEEN = 0.5
WALK_M_S = 1.2
"""Weidmann 1993: people walk 1.34 m/s on average, less along a boulevard."""
RELEASED_MAX = 10**6

Pair = tuple[int, int]
"""In and out of a line; mean and peak of a zone."""


@dataclass(slots=True)
class Counting:
    """One box's counters. What it was stuck at is remembered while it is stuck."""

    site: Site
    placement: Placement
    chance: Random
    seen: float = 0.0
    _stuck: dict[str, Pair] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.seen = self.chance.uniform(*SEEN)

    def count(
        self, minute: Minute, injects: tuple[Inject, ...]
    ) -> tuple[tuple[LineCount, ...], tuple[ZoneCount, ...]]:
        """Return what the box releases of a minute. injects: those that name this box."""
        dark = any(inject.kind is InjectKind.CAMERA_DARK for inject in injects)
        seen = self.seen * (DARK_SEEN if dark else 1.0)
        lines, zones = [], []
        for counter in self.placement.counters:
            pair = self._seen(_truth(self.site, counter, minute), seen)
            pair = self._wrong(counter, pair, injects)
            first, second = (self._released(number, bounded=not dark) for number in pair)
            if counter.line is not None:
                lines.append(LineCount(counter.line, first[0], second[0], *first[1:], *second[1:]))
            else:
                assert counter.zone is not None  # noqa: S101 - a counter names a line or a zone
                zones.append(
                    ZoneCount(counter.zone, first[0], second[0], 3, 1, *first[1:], *second[1:])
                )
        return tuple(lines), tuple(zones)

    def _seen(self, truth: tuple[float, float], seen: float) -> Pair:
        first, second = (binomial(self.chance, round(number), seen) for number in truth)
        return first, second

    def _wrong(self, counter: Counter, pair: Pair, injects: tuple[Inject, ...]) -> Pair:
        """Return what a faulty counter takes the numbers for."""
        name = f"line {counter.line}" if counter.line is not None else f"zone {counter.zone}"
        for inject in injects:
            if inject.kind is InjectKind.COUNTER_LIES:
                pair = round(pair[0] * inject.factor), round(pair[1] * inject.factor)
        if not any(inject.kind is InjectKind.COUNTER_STUCK for inject in injects):
            self._stuck.pop(name, None)
            return pair
        return self._stuck.setdefault(name, pair)

    def _released(self, number: int, *, bounded: bool) -> tuple[int, int, int | None]:
        """Return a number with its noise, and its interval; no high end of a lower bound."""
        value = number + discrete_laplace(self.chance, EPSILON_THOUSANDTHS)
        value = max(-RELEASED_MAX, min(RELEASED_MAX, value))
        people = max(value, 0) / _SEEN_MEAN
        square = noise_square(RuleName.DISCRETE_LAPLACE, EPSILON_THOUSANDTHS)
        square += Z80**2 * (people * (1.0 - _SEEN_MEAN) + (BIAS_SPREAD * people) ** 2)
        half, middle = math.sqrt(square), max(value / _SEEN_MEAN, float(value))
        low = min(value, math.floor(middle - half))
        return value, low, max(value, math.ceil(middle + half)) if bounded else None


_SEEN_MEAN = sum(SEEN) / 2.0


def _truth(site: Site, counter: Counter, minute: Minute) -> tuple[float, float]:
    """Return what a counter would say that sees everybody: in and out, or mean and peak."""
    share = 1.0 if counter.share is None else counter.share
    if counter.at_link is not None:
        link = next(one for one in site.links if one.id == counter.at_link)
        there, back = minute.walked[link.id]
        if counter.line is None:
            people = (there + back) * link.length_m / (WALK_M_S * 60.0) * share
            return people, people
        # `in` is who goes to in_toward; None of it is outside.
        inward = link.to_zone == counter.in_toward
        return (there * share, back * share) if inward else (back * share, there * share)
    assert counter.at_zone is not None  # noqa: S101 - a counter looks at a zone or at a link
    if counter.zone is not None:
        return minute.people[counter.at_zone] * share, minute.peak[counter.at_zone] * share
    entered, left = _passed(site.links, counter.at_zone, minute.walked)
    return entered * share, left * share


def _passed(links: tuple[Link, ...], zone: str, walked: Mapping[str, Pair]) -> Pair:
    """Return how many came into a zone along its links, and how many left."""
    entered = left = 0
    for link in links:
        there, back = walked[link.id]
        if link.to_zone == zone:
            entered, left = entered + there, left + back
        if link.from_zone == zone:
            entered, left = entered + back, left + there
    return entered, left
