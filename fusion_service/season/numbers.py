# SPDX-License-Identifier: Apache-2.0
"""What the picture's numbers say of a period: when each level was reached, and the fullest days.

Pure. A level counts as reached where the number, as it is known now, stood at it or above, and
from the first such moment to the last were five minutes or more; after a quarter of an hour below
it is over. A number of a moment at which nobody counted in the zone says what is usual, so it
reaches nothing.
"""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fusion_service.estimate.levels import level_of
from fusion_service.registry.site import Level, Zone
from fusion_service.season.period import Period
from fusion_service.season.spans import Span
from fusion_service.store.estimates import NumberRow

SUSTAINED_S, OVER_S = 300, 900
STEP_S = 60
LEVELS = (Level.YELLOW, Level.ORANGE, Level.RED)


@dataclass(slots=True)
class Reaching:
    """Follows when a zone was at a level or above."""

    found: list[Span] = field(default_factory=list)
    _since_s: int | None = None
    _at_s: int = 0

    def note(self, at_s: int, *, is_reached: bool) -> None:
        """Note a moment; they come by time, those at which nobody counted are left out."""
        if self._since_s is not None and at_s - self._at_s > OVER_S:
            self.close()
        if is_reached:
            self._since_s = at_s if self._since_s is None else self._since_s
            self._at_s = at_s

    def close(self) -> None:
        """Say that nothing more comes, or that it is over."""
        if self._since_s is not None and self._at_s - self._since_s >= SUSTAINED_S:
            self.found.append((self._since_s, self._at_s + STEP_S))
        self._since_s = None


@dataclass(frozen=True, slots=True)
class ZonePast:
    """A zone's period. peaks: of each day its peak and when; counted: when somebody counted."""

    zone: str
    reached: Mapping[Level, tuple[Span, ...]]
    peaks: Mapping[int, tuple[float, int]]
    counted: tuple[Span, ...]

    def is_known(self, span: Span) -> bool:
        """Say whether somebody counted in the zone for all of a span."""
        return any(first <= span[0] and span[1] <= last for first, last in self.counted)


@dataclass(slots=True)
class Totals:
    """The site's people a minute, added up over its zones, and of how many zones each is."""

    period: Period
    people: "array[float]" = field(init=False)
    zones: "array[int]" = field(init=False)

    def __post_init__(self) -> None:
        minutes = (self.period.to_s - self.period.from_s) // STEP_S
        self.people, self.zones = array("d", bytes(8 * minutes)), array("H", bytes(2 * minutes))

    def add_zone(self, at_s: int, people: float) -> None:
        """Add a zone's people at a moment."""
        minute = (at_s - self.period.from_s) // STEP_S
        self.people[minute] += people
        self.zones[minute] += 1

    def peak_of(self, day: int) -> tuple[float, int, int] | None:
        """Return the peak of a day, when, and of how many zones: moments that have all of the day.

        None where nothing is known of it.
        """
        begins, ends = self.period.begins[day : day + 2]
        first = (begins - self.period.from_s) // STEP_S
        last = (ends - self.period.from_s) // STEP_S
        whole = max(self.zones[first:last], default=0)
        if not whole:
            return None
        people, at = max(
            (self.people[one], -one) for one in range(first, last) if self.zones[one] == whole
        )
        return people, self.period.from_s - at * STEP_S, whole


def zone_past(zone: Zone, rows: Iterable[NumberRow], period: Period, totals: Totals) -> ZonePast:
    """Return what a zone's numbers, by time, say; its people are added to the site's."""
    reaching = {level: Reaching() for level in LEVELS}
    counting = Reaching()
    peaks: dict[int, tuple[float, int]] = {}
    for row in rows:
        totals.add_zone(row.at_s, row.people)
        if not row.is_counted:
            continue
        counting.note(row.at_s, is_reached=True)
        level = level_of(zone, row.people, row.people / max(zone.usable_m2, 1.0))
        for one, follower in reaching.items():
            follower.note(row.at_s, is_reached=level >= one)
        day = period.day_of(row.at_s)
        if day not in peaks or row.people > peaks[day][0]:
            peaks[day] = row.people, row.at_s
    for follower in (counting, *reaching.values()):
        follower.close()
    reached = {level: tuple(one.found) for level, one in reaching.items()}
    return ZonePast(zone.id, reached, peaks, tuple(counting.found))
