# SPDX-License-Identifier: Apache-2.0
"""A site's tables as the values that others use, with what may be left out filled in. Pure."""

from collections.abc import Iterable, Mapping

from fusion_service.registry import geodesy
from fusion_service.registry.site import (
    Counter,
    EmergencyRoute,
    Level,
    Link,
    Measure,
    Placement,
    Position,
    Site,
    Threshold,
    Zone,
)
from fusion_service.registry.site_file.tables import (
    DeviceTable,
    LinkTable,
    RouteTable,
    SiteTable,
    ThresholdsTable,
    ZoneTable,
)
from fusion_service.registry.source import Technology
from fusion_service.registry.source_file import SourceTable, source_of

DENSITIES = {Level.YELLOW: 1.08, Level.ORANGE: 2.0, Level.RED: 3.57}
"""People a square metre from which a level is proposed where the file does not say. Yellow: where
walking freely ends (Fruin, level of service E). Orange: where walking slows. Red: where nobody can
help touching others."""
CAPACITY_SHARES = {Level.YELLOW: 0.5, Level.ORANGE: 0.75, Level.RED: 1.0}
"""And from which part of the capacity, where that comes first: a full zone is red."""
CAPACITY_DENSITY = 3.57
"""People a square metre that a zone holds where the file does not say: where red begins."""
LENGTH_M = 10.0
"""Of a link that is not drawn and leads outside."""


def site_of(table: SiteTable, sources: Iterable[SourceTable]) -> Site:
    """Return the site that the tables draw. They have passed every rule."""
    zones = tuple(zone_of(zone) for zone in table.zones)
    counters = tuple(source_of(source) for source in sources)
    middles = {zone.id: geodesy.middle_of(zone.polygon) for zone in zones}
    return Site(
        id=table.id,
        name=table.name or table.id,
        time_zone=table.time_zone,
        zones=zones,
        links=tuple(_link_of(link, middles) for link in table.links),
        emergency_routes=tuple(_route_of(route) for route in table.emergency_routes),
        placements=(
            *(_placement_of(device) for device in table.devices),
            *(source.placement for source in counters),
        ),
        measures=tuple(
            Measure(
                Level[one.level.upper()],
                one.text,
                one.organisation,
                one.zones,
                tuple(one.effect.items()),
                one.ramp_min,
                one.closes,
            )
            for one in table.measures
        ),
        sources=counters,
        country=table.country,
    )


def ring_of(corners: Iterable[Position]) -> tuple[Position, ...]:
    """Return a ring without its corners that stand twice in a row, the last and first included."""
    ring: list[Position] = []
    for corner in corners:
        if not ring or corner != ring[-1]:
            ring.append(corner)
    while len(ring) > 1 and ring[-1] == ring[0]:
        ring.pop()
    return tuple(ring)


def zone_of(table: ZoneTable) -> Zone:
    """Return a zone. Its ring has at least three corners."""
    ring = ring_of(table.polygon)
    usable_m2 = table.usable_m2
    if usable_m2 is None:
        usable_m2 = round(geodesy.area_m2(ring), 1)
    capacity = table.capacity or max(1, round(usable_m2 * CAPACITY_DENSITY))
    return Zone(
        id=table.id,
        name=table.name or table.id,
        polygon=ring,
        usable_m2=usable_m2,
        capacity=capacity,
        thresholds=thresholds_of(table.thresholds, capacity / usable_m2),
    )


def thresholds_of(table: ThresholdsTable, capacity_density: float) -> tuple[Threshold, ...]:
    """Return the thresholds of the three levels above green, the lowest first.

    capacity_density: people a usable square metre when the zone is full.
    """
    given = {Level.YELLOW: table.yellow, Level.ORANGE: table.orange, Level.RED: table.red}
    return tuple(
        Threshold(level, None, _usual_density(level, capacity_density))
        if one is None
        else Threshold(level, one.people, one.density)
        for level, one in given.items()
    )


def _usual_density(level: Level, capacity_density: float) -> float:
    return round(min(DENSITIES[level], CAPACITY_SHARES[level] * capacity_density), 3)


def _link_of(table: LinkTable, middles: Mapping[str, Position]) -> Link:
    ends = [middles[end] for end in (table.from_zone, table.to_zone) if end is not None]
    path = table.path or tuple(ends)
    length_m = table.length_m
    if length_m is None:
        length_m = LENGTH_M if len(path) == 1 else round(geodesy.length_m(path), 1)
    return Link(table.id, table.from_zone, table.to_zone, path, length_m, table.width_m)


def _route_of(table: RouteTable) -> EmergencyRoute:
    return EmergencyRoute(table.id, table.name or table.id, table.path, table.width_m)


def _placement_of(table: DeviceTable) -> Placement:
    return Placement(
        device=table.id,
        position=table.position,
        height_m=table.height_m,
        bearing_deg=table.bearing_deg,
        trust=table.trust,
        counters=tuple(
            Counter(one.line, one.zone, one.at_zone, one.at_link, one.in_toward, one.share)
            for one in table.counters
        ),
        technology=None if table.technology is None else Technology(table.technology),
    )
