# SPDX-License-Identifier: Apache-2.0
"""A site as its file draws it: zones, links, emergency routes, and who counts where. Frozen, pure.

Positions are (longitude, latitude) in degrees, WGS84. Lengths are metres, areas square metres.
docs/SITE.md shows the file; registry/site_file reads it.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from fusion_service.registry.source import (
    Mapping,
    Privacy,
    PrivacyClass,
    SourceKind,
    Technology,
)

Position = tuple[float, float]
"""Longitude and latitude, degrees, WGS84."""


class Level(IntEnum):
    """How crowded a zone is, as the city agreed on it; a measure belongs to each level."""

    GREEN = 0
    YELLOW = 1
    ORANGE = 2
    RED = 3


class TrustClass(StrEnum):
    """How much weight what a counter says has before anything is learnt of it."""

    BOX = "box"
    """A box of ours: signed, with its interval."""
    COUNTER = "counter"
    """A counter of another maker, without a signature."""
    PERSON = "person"
    """An estimate by somebody who looks."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """From how many people, or from which density (people a square metre), a level is proposed.

    Either is enough; None is not asked.
    """

    level: Level
    people: int | None
    density: float | None


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch of the site. Its ring is not closed twice: the last corner is not the first."""

    id: str
    name: str
    polygon: tuple[Position, ...]
    usable_m2: float
    capacity: int
    thresholds: tuple[Threshold, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A way between two zones, or between a zone and outside the site (None)."""

    id: str
    from_zone: str | None
    to_zone: str | None
    path: tuple[Position, ...]
    length_m: float
    width_m: float


@dataclass(frozen=True, slots=True)
class EmergencyRoute:
    """A way that must stay free."""

    id: str
    name: str
    path: tuple[Position, ...]
    width_m: float


@dataclass(frozen=True, slots=True)
class Counter:
    """One line or zone of one device or source, and what of the site it looks at.

    Exactly one of line and zone is named, in the words of the device's own config, and exactly one
    of at_zone and at_link. in_toward: the zone that whoever is counted `in` goes to; None of a
    zone, and where it leads outside. share: which part of the site's zone a device's zone sees,
    above 0 to 1; None where nobody said.
    """

    line: str | None
    zone: str | None
    at_zone: str | None
    at_link: str | None
    in_toward: str | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a device or a source of others stands, and what its lines and zones look at.

    technology: what is to count there, as the file says it; what a device says itself goes before.
    """

    device: str
    position: Position | None
    height_m: float | None
    bearing_deg: float | None
    trust: TrustClass
    counters: tuple[Counter, ...]
    technology: Technology | None = None


@dataclass(frozen=True, slots=True)
class CountSource:
    """A counter of others, or somebody who looks: never a box. docs/SOURCES.md.

    mapping: where in what it sends its counts are; None of a person.
    """

    id: str
    kind: SourceKind
    technology: Technology
    trust: TrustClass
    counters: tuple[Counter, ...]
    provenance: str
    licence: str
    privacy: Privacy | None
    mapping: Mapping | None
    position: Position | None = None

    @property
    def privacy_class(self) -> PrivacyClass:
        """What every view says of it."""
        if self.technology.follows_devices:
            return PrivacyClass.FOLLOWS_DEVICES
        return PrivacyClass.ANONYMOUS

    @property
    def privacy_colour(self) -> str:
        """In which colour every view shows that."""
        return "red" if self.technology.follows_devices else "green"

    @property
    def placement(self) -> Placement:
        """What of the site it looks at, as of a device."""
        return Placement(self.id, self.position, None, None, self.trust, self.counters)


RAMP_MIN = 15.0
"""Minutes until what is done has its effect, where nobody said."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What was agreed to be done at a level, and which organisation does it.

    What it does to the number of people is what people say of it: nothing of that is learnt.
    """

    level: Level
    text: str
    organisation: str
    zones: tuple[str, ...]
    """Where; empty is everywhere."""
    effect: tuple[tuple[str, float], ...] = ()
    """Zones, and the share of people that each is said to gain or, below 0, lose."""
    ramp_min: float = RAMP_MIN
    """Minutes until that is reached."""
    closes: tuple[str, ...] = ()
    """Links that nobody walks while it is in force."""


@dataclass(frozen=True, slots=True)
class Site:
    """One site as one version of its file says it."""

    id: str
    name: str
    time_zone: str
    zones: tuple[Zone, ...]
    links: tuple[Link, ...]
    emergency_routes: tuple[EmergencyRoute, ...]
    placements: tuple[Placement, ...]
    measures: tuple[Measure, ...]
    sources: tuple[CountSource, ...] = ()
    """Counters of others; what they look at stands among the placements too."""
    country: str = "NL"
    """Whose public holidays are its special days: two letters of ISO 3166."""

    def zone(self, zone_id: str) -> Zone:
        """Return a zone of this site. Raises KeyError for another."""
        for zone in self.zones:
            if zone.id == zone_id:
                return zone
        raise KeyError(zone_id)

    def source(self, source_id: str) -> CountSource | None:
        """Return a counter of others; None where this site has no such."""
        return next((one for one in self.sources if one.id == source_id), None)
