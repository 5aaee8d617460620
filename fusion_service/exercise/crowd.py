# SPDX-License-Identifier: Apache-2.0
"""The people of an exercise: how many are in each zone, and who walks along which link. Pure.

Minute by minute. People come from outside through the gates (links that lead outside) of the zone
that they come for. Of those who are there some leave each minute, so that a stay has the mean of
the profile: they walk on to a neighbouring zone, or go home through a gate. Where every gate of a
zone is closed, who comes for it comes to a neighbouring zone that has one open, and who would go
home walks on. A zone without any gate has doors of its own, where nobody counts.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from fusion_service.exercise.draws import binomial, poisson, split
from fusion_service.exercise.scenario import HOURS_OF_A_DAY, MINUTE_S, Inject, InjectKind, Profile
from fusion_service.registry.site import Link, Site

Way = tuple[str, bool]
"""A link, and whether it is walked from its `from` to its `to`."""


@dataclass(frozen=True, slots=True)
class Minute:
    """What was true of one minute.

    people: mean of each zone; peak: the largest number of each; walked: people along each link,
    from its `from` to its `to` and the other way.
    """

    start_s: int
    people: Mapping[str, float]
    peak: Mapping[str, int]
    walked: Mapping[str, tuple[int, int]]


@dataclass(slots=True)
class Crowd:
    """How many people are in each zone now. `chance` is used up as time goes on."""

    site: Site
    profiles: Mapping[str, Profile]
    chance: Random
    people: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.people = {zone.id: 0 for zone in self.site.zones}

    def advance(self, start_s: int, local_hour: float, injects: tuple[Inject, ...]) -> Minute:
        """Let a minute pass. local_hour: the local time of day as it begins, 0 to below 24."""
        before = dict(self.people)
        walked: dict[Way, int] = defaultdict(int)
        is_open = _open_links(self.site, injects)
        leaving = self._leaving()
        for zone, count in self._arriving(local_hour, injects).items():
            self._arrive(zone, count, is_open, walked)
        for zone, count in leaving.items():
            self._leave(zone, count, is_open, walked)
        return Minute(
            start_s,
            {zone: (before[zone] + now) / 2.0 for zone, now in self.people.items()},
            {zone: max(before[zone], now) for zone, now in self.people.items()},
            {
                link.id: (walked.get((link.id, True), 0), walked.get((link.id, False), 0))
                for link in self.site.links
            },
        )

    def _arriving(self, local_hour: float, injects: tuple[Inject, ...]) -> dict[str, int]:
        """Draw how many come for each zone in this minute."""
        expected = {
            zone.id: _share(self.profiles[zone.id], local_hour) * zone.capacity / 60.0
            for zone in self.site.zones
        }
        for inject in injects:
            for zone in inject.zones:
                if inject.kind is InjectKind.TRAM_REROUTED:
                    stays_away = expected[zone] * (1.0 - inject.factor)
                    expected[zone] -= stays_away
                    if inject.to is not None:
                        expected[inject.to] += stays_away
                elif inject.kind is InjectKind.CROWD_ARRIVES:
                    minutes = max(1, (inject.until_s - inject.at_s) // MINUTE_S)
                    expected[zone] += inject.people / minutes
        return {zone: poisson(self.chance, mean) for zone, mean in expected.items()}

    def _leaving(self) -> dict[str, int]:
        return {
            zone: binomial(self.chance, count, 1.0 - math.exp(-1.0 / self.profiles[zone].stay_min))
            for zone, count in self.people.items()
        }

    def _arrive(
        self, zone: str, count: int, is_open: frozenset[str], walked: dict[Way, int]
    ) -> None:
        gates = _gates(self.site, zone)
        usable = [gate for gate in gates if gate.id in is_open]
        if not gates:
            self.people[zone] += count
            return
        if not usable:
            near = [way for way in _ways_on(self.site, zone) if _gates(self.site, way[1])]
            usable = [
                gate for _, other in near for gate in _gates(self.site, other) if gate.id in is_open
            ]
        for gate, part in zip(usable, split(self.chance, count, len(usable)), strict=True):
            inside = gate.to_zone or gate.from_zone
            assert inside is not None  # noqa: S101 - a gate has one end inside
            walked[gate.id, gate.to_zone is not None] += part
            self.people[inside] += part

    def _leave(
        self, zone: str, count: int, is_open: frozenset[str], walked: dict[Way, int]
    ) -> None:
        gates = _gates(self.site, zone)
        usable = [gate for gate in gates if gate.id in is_open]
        ways = [(link, to) for link, to in _ways_on(self.site, zone) if link.id in is_open]
        onward = binomial(self.chance, count, self.profiles[zone].onward if ways else 0.0)
        home = count - onward
        if gates and not usable:
            onward, home = (count if ways else 0), 0
        for (link, to), part in zip(ways, split(self.chance, onward, len(ways)), strict=True):
            walked[link.id, link.to_zone == to] += part
            self.people[to] += part
        for gate, part in zip(usable, split(self.chance, home, len(usable)), strict=True):
            walked[gate.id, gate.to_zone is None] += part
        self.people[zone] -= onward + home


def _share(profile: Profile, local_hour: float) -> float:
    """Return the share of the capacity that comes in an hour, evenly between two full hours."""
    hour, within = int(local_hour), local_hour - int(local_hour)
    now = profile.arrivals[hour % HOURS_OF_A_DAY]
    then = profile.arrivals[(hour + 1) % HOURS_OF_A_DAY]
    return now + (then - now) * within


def _open_links(site: Site, injects: tuple[Inject, ...]) -> frozenset[str]:
    closing = {InjectKind.GATE_CLOSES, InjectKind.LINK_CLOSES}
    closed = {link for inject in injects if inject.kind in closing for link in inject.links}
    return frozenset(link.id for link in site.links) - closed


def _gates(site: Site, zone: str) -> list[Link]:
    """Return the links between a zone and outside."""
    return [link for link in site.links if {link.from_zone, link.to_zone} == {zone, None}]


def _ways_on(site: Site, zone: str) -> list[tuple[Link, str]]:
    """Return the links from a zone to another, with that other."""
    ways = []
    for link in site.links:
        for here, there in ((link.from_zone, link.to_zone), (link.to_zone, link.from_zone)):
            if here == zone and there is not None:
                ways.append((link, there))
    return ways
