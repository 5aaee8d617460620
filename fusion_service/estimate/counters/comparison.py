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

from fusion_service.estimate.counters.conflict import OFFSET_S, Track, median

OTHERS_MIN = 2


@dataclass(frozen=True, slots=True)
class Peers:
    """Whom a sensor is compared with: direct counters of its zone, and all around it."""

    direct: tuple[str, ...]
    around: tuple[str, ...]


class Comparison:
    """Compares all sensors of a site at one moment."""

    def __init__(self, tracks: Mapping[str, Track], peers: Mapping[str, Peers]) -> None:
        self._tracks = tracks
        self._peers = peers

    def expected(self, sensor: str, at_s: int) -> float | None:
        """Return the level that the others make probable, at the least; None without two others."""
        track, peers = self._tracks[sensor], self._peers[sensor]
        direct = self._places(peers.direct, at_s)
        if len(direct) >= OTHERS_MIN:
            return math.exp(_middle(direct) - 2.0 * _unsure(direct))
        around = self._places(peers.around, at_s, is_relative=True)
        if len(around) >= OTHERS_MIN and track.offset_s >= OFFSET_S:
            return math.exp(_middle(around) + track.offset - 2.0 * _unsure(around))
        return None

    def compare(self, sensors: Iterable[tuple[str, int]], at_s: int) -> None:
        """Add up the evidence of sensors that have spoken now, each with its window's length."""
        found = [(self._tracks[sensor], sensor, length_s) for sensor, length_s in sensors]
        differences = [
            (track, length_s, *self._differences(track, self._peers[sensor], at_s))
            for track, sensor, length_s in found
            if track.windows > 0.0
        ]
        for track, length_s, absolute, relative, others in differences:
            if absolute is not None and others >= OTHERS_MIN:
                track.add_evidence(absolute[0] - track.apart, absolute[1], length_s)
                track.learn_apart(absolute[0] - track.apart, length_s)
                track.pair_sum = 0.0
            elif absolute is not None:
                track.add_pair_evidence(absolute[0], absolute[1], length_s)
            if relative is not None:
                if others < OTHERS_MIN and track.offset_s >= OFFSET_S:
                    unsure = math.hypot(relative[1], track.scatter)
                    track.add_evidence(relative[0], unsure, length_s)
                track.learn_offset(relative[0], relative[1], length_s)

    def _differences(
        self, track: Track, peers: Peers, at_s: int
    ) -> tuple[tuple[float, float] | None, tuple[float, float] | None, int]:
        level, unsure = track.logarithm()
        absolute = relative = None
        direct = self._places(peers.direct, at_s)
        if direct:
            absolute = level - _middle(direct), math.hypot(unsure, _unsure(direct))
        around = self._places(peers.around, at_s, is_relative=True)
        if len(around) >= OTHERS_MIN:
            difference = level - track.offset - _middle(around)
            relative = difference, math.hypot(unsure, _unsure(around))
        return absolute, relative, len(direct)

    def _places(
        self, sensors: Iterable[str], at_s: int, *, is_relative: bool = False
    ) -> list[tuple[float, float]]:
        found = []
        for sensor in sensors:
            track = self._tracks[sensor]
            if not track.is_fresh(at_s) or track.is_named or track.is_stuck():
                continue
            level, unsure = track.logarithm()
            found.append((level - (track.offset if is_relative else track.apart), unsure))
        return found


def _middle(places: list[tuple[float, float]]) -> float:
    return median([level for level, _ in places])


def _unsure(places: list[tuple[float, float]]) -> float:
    """Return how unsure a median is: as much as its middle one, over the root of their number."""
    return median([unsure for _, unsure in places]) * 1.25 / math.sqrt(len(places))
