# SPDX-License-Identifier: Apache-2.0
"""What must be true of zones: their rings, their sizes, their thresholds, and of any two. Pure."""

from collections.abc import Collection, Iterator, Sequence

from fusion_service.registry import geodesy
from fusion_service.registry.rings import (
    bounds_of,
    common_area,
    crossing_edges,
    flat_area,
    pairs_to_compare,
)
from fusion_service.registry.site import Threshold, Zone
from fusion_service.registry.site_file.build import ring_of, zone_of
from fusion_service.registry.site_file.mistakes import Mistake, Place
from fusion_service.registry.site_file.tables import DENSITY_MAX, SiteTable, ZoneTable

AREA_M2_MIN = 1.0
LARGER_SHARE = 0.01
"""By how much usable area may pass the ring's: it was measured by another hand."""
OVERLAP_SHARE, OVERLAP_M2 = 0.01, 1.0
"""What two neighbours may have in common, of the smaller: borders are drawn by hand."""
PAIRS_MAX = 4_000_000
"""Pairs of edges that are compared for overlaps in one file: seconds for borders side by side, half
a minute where stars lie above each other."""
CORNERS_MIN = 3
Numbered = tuple[int, Zone, float]
"""A zone's number in the file, the zone, and its ring's area in square metres."""


def zone_mistakes(
    table: SiteTable, bad: Collection[Place], *, pairs_max: int = PAIRS_MAX
) -> Iterator[Mistake]:
    """Yield what is wrong with zones; a ring with a bad position is looked at no further."""
    sound: list[Numbered] = []
    for number, zone in enumerate(table.zones):
        place: Place = ("zones", number)
        if any(one[:2] == place for one in bad):
            continue
        found = list(_ring_mistakes(place, zone))
        yield from found
        if found:
            continue
        built, area_m2 = zone_of(zone), geodesy.area_m2(ring_of(zone.polygon))
        sound.append((number, built, area_m2))
        yield from _size_mistakes(place, built, area_m2)
        yield from _threshold_mistakes(place, zone, built)
    yield from _overlaps(sound, pairs_max)


def _ring_mistakes(place: Place, zone: ZoneTable) -> Iterator[Mistake]:
    place, owner, ring = (*place, "polygon"), f"zone {zone.id}", ring_of(zone.polygon)
    if len(ring) < CORNERS_MIN:
        got = f"{len(ring)} different corners"
        yield Mistake(place, owner, got, "three or more", "draw the zone as an area")
        return
    crossing = crossing_edges(ring)
    if crossing is not None:
        first, second = crossing
        got = f"a ring that crosses itself: the edge from corner {first} meets that from {second}"
        yield Mistake(
            place, owner, got, "corners in order around the zone", "put the corners in order"
        )
        return
    area_m2 = geodesy.area_m2(ring)
    if area_m2 < AREA_M2_MIN:
        got = f"a ring of {area_m2:.2f} m2"
        yield Mistake(place, owner, got, "an area of 1 m2 or more", "draw the zone as an area")


def _size_mistakes(place: Place, zone: Zone, area_m2: float) -> Iterator[Mistake]:
    owner = f"zone {zone.id}"
    if zone.usable_m2 > area_m2 * (1 + LARGER_SHARE):
        yield Mistake(
            (*place, "usable_m2"),
            owner,
            f"{zone.usable_m2:,.0f} m2",
            f"at most the polygon's area, {area_m2:,.0f} m2",
            "correct it, or leave it out: then all of the polygon is usable",
        )
    fits = int(zone.usable_m2 * DENSITY_MAX)
    if zone.capacity > fits:
        yield Mistake(
            (*place, "capacity"),
            owner,
            f"{zone.capacity:,} people on {zone.usable_m2:,.0f} usable m2",
            f"at most {fits:,}, {DENSITY_MAX:g} people a m2",
            "lower it, or correct usable_m2",
        )


def _threshold_mistakes(place: Place, table: ZoneTable, zone: Zone) -> Iterator[Mistake]:
    owner = f"zone {zone.id}"
    for one in zone.thresholds:
        name = one.level.name.lower()
        at: Place = (*place, "thresholds", name)
        if one.people is None and one.density is None:
            wanted = "people, density or both"
            yield Mistake(at, owner, "neither people nor density", wanted, "say one of them")
        if one.people is not None and one.people > zone.capacity:
            got = f"{one.people:,} people"
            wanted = f"at most the capacity, {zone.capacity:,}"
            remedy = "lower it, or raise capacity: beyond it no level helps"
            yield Mistake((*at, "people"), owner, got, wanted, remedy)
    given = {
        name for name in ("yellow", "orange", "red") if getattr(table.thresholds, name) is not None
    }
    for lower, higher in zip(zone.thresholds, zone.thresholds[1:], strict=False):
        yield from _falling(place, zone, lower, higher, given)


def _falling(
    place: Place, zone: Zone, lower: Threshold, higher: Threshold, given: Collection[str]
) -> Iterator[Mistake]:
    """Yield where a higher level does not begin above the one below it."""
    names = [one.level.name.lower() for one in (lower, higher)]
    usual = [name for name in names if name not in given]
    aside = f"; {' and '.join(usual)} {'has its' if len(usual) == 1 else 'have their'} usual value"
    remedy = f"raise {names[1]} or lower {names[0]}{aside if usual else ''}"
    at: Place = (*place, "thresholds", names[1] if names[1] in given else names[0])
    owner, found = f"zone {zone.id}", False
    for key in ("people", "density"):
        low, high = getattr(lower, key), getattr(higher, key)
        if low is not None and high is not None and high <= low:
            found = True
            got, wanted = f"{names[1]} from {high:,}", f"more than {names[0]}'s {low:,}"
            yield Mistake((*at, key), owner, got, wanted, remedy)
    if found:
        return
    starts = [_starts_at(one, zone.usable_m2) for one in (lower, higher)]
    if None not in starts and starts[1] <= starts[0]:  # type: ignore[operator]  # None was seen to
        got = f"{names[1]} from {starts[1]:,.0f} people on {zone.usable_m2:,.0f} usable m2"
        wanted = f"more than {names[0]}'s {starts[0]:,.0f}, by whichever of people and density"
        yield Mistake(at, owner, got, wanted, remedy)


def _starts_at(one: Threshold, usable_m2: float) -> float | None:
    """Return from how many people a level is proposed, by people or density, the lesser."""
    starts = [] if one.people is None else [float(one.people)]
    starts += [] if one.density is None else [one.density * usable_m2]
    return min(starts, default=None)


def _overlaps(zones: Sequence[Numbered], pairs_max: int) -> Iterator[Mistake]:
    """Yield each zone that covers another one's ground."""
    by_west = sorted(zones, key=lambda one: bounds_of(one[1].polygon)[0])
    open_: list[Numbered] = []
    compared = 0
    for one in by_west:
        west, south, _, north = bounds_of(one[1].polygon)
        open_ = [each for each in open_ if bounds_of(each[1].polygon)[2] > west]
        for other in open_:
            bounds = bounds_of(other[1].polygon)
            if bounds[1] >= north or bounds[3] <= south:
                continue
            compared += pairs_to_compare(one[1].polygon, other[1].polygon)
            if compared > pairs_max:
                yield Mistake(
                    ("zones",),
                    "",
                    "so many corners above each other that overlaps cannot be looked for",
                    "zones side by side",
                    "simplify the rings",
                )
                return
            yield from _overlap(*sorted((one, other)))
        open_.append(one)


def _overlap(one: Numbered, other: Numbered) -> Iterator[Mistake]:
    (_, first, first_m2), (number, second, second_m2) = one, other
    common = common_area(first.polygon, second.polygon)
    common_m2 = common / flat_area(first.polygon) * first_m2
    if common_m2 > max(OVERLAP_M2, OVERLAP_SHARE * min(first_m2, second_m2)):
        yield Mistake(
            ("zones", number, "polygon"),
            f"zone {second.id}",
            f"{common_m2:,.0f} m2 in common with zone {first.id}",
            "zones that lie side by side",
            "move the border between the two: who stands there would count twice",
        )
