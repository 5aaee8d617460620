# SPDX-License-Identifier: Apache-2.0
"""How many people are where nobody counts them, by Little's law: as many as come, times how long.

Little 1961: people = arrivals a second x seconds that each stays. Lines say the first. The second
is the zone's length over a speed, and nobody knows that well: a promenade is walked through, a
beach is sat on. Zones that are counted and have lines too show it; the others of the site take it
over, as unsure as the zones that show it differ. Pure.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fusion_service.estimate.observation import Sensor
from fusion_service.estimate.sensors import zones_of
from fusion_service.registry.site import Position, Site, Zone

SPEED_M_S = 0.7
"""People who walk at 1.3 m/s and stand still nearly half of the time."""
DWELL_SD = 0.7
"""How far a zone's stay may be from that, as a logarithm: a factor of two either way."""
ZONE_SD_MIN = 0.25
"""How far one zone's stay is from its neighbours', at the least."""
DEGREE_M = 111_195.0
"""Metres of a degree of latitude, on a sphere of the earth's mean radius, 6,371 km."""
LEARNING_S = 6 * 3600.0
SMOOTHING_S = 900.0
KNOWN_S = 3600.0
EXPECTED_MIN = 0.5
"""With fewer people than that nothing is learnt of how long they stay."""
LENGTH_MIN_M = 5.0


@dataclass(frozen=True, slots=True)
class Way:
    """One way into a zone, and the lines that count on it; inner: lines across the zone itself."""

    lines: tuple[str, ...]
    inner: bool


@dataclass(slots=True)
class FlowOfZone:
    """The ways of one zone, how fast people cross them, and how long they stay.

    longer: how much longer they stay than `stay_s`, as a logarithm; learnt_s: from how long.
    """

    ways: tuple[Way, ...]
    stay_s: float
    longer: float = 0.0
    learnt_s: float = 0.0

    def arrivals(self, rates: "Rates") -> tuple[float, int] | None:
        """Return how many people come a second, and over how many ways it was counted.

        Who comes in over one way goes out over another, so crossings are halved; a way that nobody
        counts is held to carry what the counted ones carry. None where no line speaks.
        """
        outer: list[float] = []
        inner: list[float] = []
        ways = 0
        for way in self.ways:
            ways += not way.inner
            found = [rates.each[line] for line in way.lines if line in rates.each]
            if found:
                (inner if way.inner else outer).append(sum(found) / len(found))
        guesses = []
        if outer:
            guesses.append(max(sum(outer), 0.0) / len(outer) * max(ways, 2) / 2.0)
        if inner:
            guesses.append(max(sum(inner) / len(inner), 0.0))
        if not guesses:
            return None
        return sum(guesses) / len(guesses), len(outer) + len(inner)

    def learn(self, people: float, arrivals: float, duration_s: float) -> None:
        """Take in how many a counted zone had, and how fast they came."""
        if arrivals * self.stay_s < EXPECTED_MIN or people < 1.0:
            return
        apart = math.log(people / (arrivals * self.stay_s))
        self.learnt_s = min(self.learnt_s + duration_s, LEARNING_S)
        self.longer += (apart - self.longer) * duration_s / self.learnt_s


@dataclass(slots=True)
class Rates:
    """Crossings a second of each line, both ways together, smoothed; lines that fell silent go."""

    each: dict[str, float] = field(default_factory=dict)

    def hear(self, line: str, rate: float, length_s: int) -> None:
        """Take in one window."""
        before = self.each.get(line)
        gain = 1.0 - math.exp(-length_s / SMOOTHING_S)
        self.each[line] = rate if before is None else before + gain * (rate - before)

    def forget(self, line: str) -> None:
        """Let go of a line that is silent, or not believed."""
        self.each.pop(line, None)


def shared_stay(flows: Iterable[FlowOfZone]) -> tuple[float, float]:
    """Return how much longer people stay on this site than the law says, and how far zones differ.

    Both as logarithms, from the zones that were counted for an hour at least; the prior counts as
    one of them.
    """
    found = [flow.longer for flow in flows if flow.learnt_s >= KNOWN_S]
    mean = sum(found) / (len(found) + 0.3)
    squares = sum((one - mean) ** 2 for one in found) + DWELL_SD**2
    spread = math.sqrt(squares / (len(found) + 1.0) * (1.0 + 1.0 / (len(found) + 1.0)))
    return mean, max(spread, ZONE_SD_MIN)


def flows_of(site: Site, sensors: Sequence[Sensor]) -> dict[str, FlowOfZone]:
    """Return the ways of each zone of a site."""
    lines = [one for one in sensors if one.counter.line is not None]
    found = {}
    for zone in site.zones:
        ways = [
            Way(tuple(one.id for one in lines if one.counter.at_link == link.id), inner=False)
            for link in site.links
            if zone.id in {link.from_zone, link.to_zone}
        ]
        across = tuple(
            one.id
            for one in lines
            if one.counter.at_zone is not None and zones_of(one, ()) == (zone.id,)
        )
        if across:
            ways.append(Way(across, inner=True))
        found[zone.id] = FlowOfZone(tuple(ways), length_of(zone) / SPEED_M_S)
    return found


def length_of(zone: Zone) -> float:
    """Return how far it is through a zone, metres: the greatest distance of two of its corners.

    Without a ring it is the side of a square of its usable area.
    """
    reach = max(
        (_distance(one, other) for one in zone.polygon for other in zone.polygon), default=0.0
    )
    return max(reach or math.sqrt(zone.usable_m2), LENGTH_MIN_M)


def _distance(one: Position, other: Position) -> float:
    east = (one[0] - other[0]) * math.cos(math.radians(one[1])) * DEGREE_M
    return math.hypot(east, (one[1] - other[1]) * DEGREE_M)
