# SPDX-License-Identifier: Apache-2.0
"""Compare each sensor with the others of its zone and of the neighbouring zones. Pure.

With two other direct counters in its zone a sensor is compared with their median as they stand.
Otherwise it is compared with the median of all who look at its zone and at the zones next to it, by
how each differs from what it usually shows there. Where one other direct counter looks at the zone
the two are compared as a pair besides.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fusion_service.estimate.counters.conflict import HONEST_SD, OFFSET_S, Track, median

OTHERS_MIN = 2
REFERENCE_UNSURE_MAX = 0.3
"""Whose level is less sure than that, as a logarithm, is no measure for others."""

ZONE_UNSURE_MAX = 0.4
"""Where the others of a zone together, or a sensor itself, see so few that chance alone moves them
by more than that, as a logarithm, nobody is convicted."""

RELATIVE_SCATTERS = 1.6
"""How much wider than it was found the scatter beside a neighbourhood is taken: its tails are long,
and what is unusual there mostly happened."""
RELATIVE_WINDOW_SHARE = 1.0 / 24.0
"""And at least 24 windows must say so: of hours a day, because streets have holidays."""


@dataclass(frozen=True, slots=True)
class Peers:
    """Whom a sensor is compared with: direct counters of its zone, and all around it."""

    is_direct: bool
    direct: tuple[str, ...]
    around: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """What the others say: a level as a logarithm, how unsure it is, and how many they are."""

    level: float
    unsure: float
    number: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What level the others make of a sensor's, how unsure that is, and by how much it is off.

    unsure and off are logarithms; others: how many say so. chance: the greater of how unsure the
    others are and how far chance alone moves the sensor.
    """

    level: float
    unsure: float
    chance: float
    off: float
    off_unsure: float
    others: int


class Comparison:
    """Compares all sensors of a site at one moment."""

    def __init__(self, tracks: Mapping[str, Track], peers: Mapping[str, Peers]) -> None:
        self._tracks = tracks
        self._peers = peers
        self.hour = 0
        """Of the moment that is compared, see conflict.HOURS."""

    def expected(self, sensor: str, at_s: int) -> float | None:
        """Return the level that the others make probable, at the least; None without two others."""
        track, peers = self._tracks[sensor], self._peers[sensor]
        direct = self._reference(peers.direct, at_s)
        if direct is not None and direct.number >= OTHERS_MIN:
            return math.exp(direct.level - 2.0 * direct.unsure)
        around = self._reference(peers.around, at_s, is_relative=True)
        if around is not None and around.number >= OTHERS_MIN and track.offset_s >= OFFSET_S:
            return math.exp(around.level + track.offset_at(self.hour) - 2.0 * around.unsure)
        return None

    def compare(self, sensors: Iterable[tuple[str, int]], at_s: int) -> None:
        """Add up the evidence of sensors that have spoken now, each with its window's length."""
        found = [
            (self._tracks[sensor], length_s, self._absolute(sensor, at_s),
             self._relative(sensor, at_s))
            for sensor, length_s in sensors
        ]  # fmt: skip
        for track, length_s, absolute, relative in found:
            if absolute is not None and absolute.chance > ZONE_UNSURE_MAX:
                continue
            is_named_here = absolute is not None and absolute.others >= OTHERS_MIN
            if absolute is not None:
                sd = math.hypot(HONEST_SD, absolute.unsure)
                if is_named_here:
                    track.add_evidence(absolute.level, sd, length_s)
                    track.learn_apart(absolute.off, absolute.off_unsure, length_s)
                    track.pair_sum = 0.0
                else:
                    track.add_pair_evidence(absolute.level, sd, length_s)
            if relative is not None:
                is_told = track.knows(self.hour) and relative.chance <= ZONE_UNSURE_MAX
                if not is_named_here and is_told:
                    sd = math.hypot(RELATIVE_SCATTERS * track.scatter, relative.unsure)
                    track.add_evidence(relative.level, sd, length_s, RELATIVE_WINDOW_SHARE)
                track.learn_offset(relative.off, relative.off_unsure, length_s, self.hour)

    def _absolute(self, sensor: str, at_s: int) -> Expected | None:
        """Compare with the direct counters of the same zone as they stand."""
        track = self._tracks[sensor]
        direct = self._peers[sensor].direct
        others = self._reference(direct, at_s)
        if others is None:
            return None
        if others.number >= OTHERS_MIN:
            # With itself among them the middle one of three is honest, whoever the liar is.
            others = self._with_itself(others, direct, sensor, at_s, is_relative=False)
        return _expected(track, others.level + track.apart, others, come_and_go=0.0)

    def _relative(self, sensor: str, at_s: int) -> Expected | None:
        """Compare with all around, by what each usually shows."""
        track, peers = self._tracks[sensor], self._peers[sensor]
        others = self._reference(peers.around, at_s, is_relative=True)
        if others is None or others.number < OTHERS_MIN:
            if track.offset_s == 0.0 and track.level > track.spread(track.level):
                # Somebody must be the first: what is shown now is what is usual.
                track.offset, track.offset_s = math.log(track.level), track.length_s
            return None
        if track.offset_s == 0.0:
            track.offset = math.log(max(track.level, track.spread(0.0))) - others.level
        else:
            others = self._with_itself(others, peers.around, sensor, at_s, is_relative=True)
        expected = others.level + track.offset_at(self.hour)
        # Who is in one zone is not who is in the next one: each has its own chance.
        come_and_go = math.exp(expected) if peers.is_direct else 0.0
        return _expected(track, expected, others, come_and_go=come_and_go)

    def _with_itself(
        self,
        others: Reference,
        sensors: tuple[str, ...],
        sensor: str,
        at_s: int,
        *,
        is_relative: bool,
    ) -> Reference:
        """Return the median of the others and the sensor itself; named ones are out of it."""
        found = self._reference((*sensors, sensor), at_s, is_relative=is_relative)
        if found is None or found.number <= others.number:
            return others
        return Reference(found.level, others.unsure, others.number)

    def _reference(
        self, sensors: Iterable[str], at_s: int, *, is_relative: bool = False
    ) -> Reference | None:
        """Return the median of the others who are sure of themselves; None where there is none."""
        levels, unsures = [], []
        for sensor in sensors:
            track = self._tracks[sensor]
            if not track.is_fresh(at_s) or track.is_named or track.is_stuck():
                continue
            if is_relative and track.offset_s == 0.0:
                continue
            come_and_go = track.level if is_relative and self._peers[sensor].is_direct else 0.0
            spread = math.hypot(track.spread(track.level), math.sqrt(max(come_and_go, 0.0)))
            level = max(track.level, spread / 2.0)
            unsure = spread / level
            # Around there are enough who are sure. In one zone everybody is heard: whoever counts
            # too many is surest of it.
            if not is_relative or unsure <= REFERENCE_UNSURE_MAX:
                levels.append(
                    math.log(level) - (track.offset_at(self.hour) if is_relative else track.apart)
                )
                unsures.append(min(unsure, 1.0))
        if not levels:
            return None
        # The standard error of a median is a quarter above that of a mean.
        unsure = 1.25 * median(unsures) / math.sqrt(len(unsures))
        return Reference(median(levels), unsure, len(levels))


def _expected(track: Track, expected: float, others: Reference, *, come_and_go: float) -> Expected:
    """Say by how much a level is off what is expected of it; few are never far from few."""
    level = math.exp(expected)
    spread = math.hypot(track.spread(level), math.sqrt(come_and_go))
    off = math.log((max(track.level, 0.0) + spread) / (level + spread))
    own = spread / (level + spread)
    unsure = math.hypot(others.unsure, math.sqrt(come_and_go) / level)
    chance = max(others.unsure, spread / level)
    return Expected(level, unsure, chance, off, math.hypot(own, others.unsure), others.number)
