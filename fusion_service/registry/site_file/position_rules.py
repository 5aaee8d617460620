# SPDX-License-Identifier: Apache-2.0
"""Whether every position of a site's file can be one of this site. Pure.

The usual slips are two: latitude written first, and metres of a grid instead of degrees.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, hypot, radians
from statistics import median

from fusion_service.registry import geodesy
from fusion_service.registry.site import Position
from fusion_service.registry.site_file.mistakes import Mistake, Place
from fusion_service.registry.site_file.tables import DeviceTable, SiteTable

REACH_M = 20_000.0
"""How far from the middle of all positions one may lie: a site is a stretch that people walk."""
_DEGREE_M = 111_320.0
_EUROPE = ((-32.0, 45.0), (34.0, 72.0))
"""Longitudes and latitudes in which the time zones Europe/... lie."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The positions of one ring, path or device."""

    place: Place
    owner: str
    positions: tuple[Position, ...]
    is_list: bool


def placed(table: SiteTable, sources: tuple[DeviceTable, ...]) -> Iterator[Placed]:
    """Yield all that is drawn."""
    for i, zone in enumerate(table.zones):
        yield Placed(("zones", i, "polygon"), f"zone {zone.id}", zone.polygon, is_list=True)
    for i, link in enumerate(table.links):
        yield Placed(("links", i, "path"), f"link {link.id}", link.path or (), is_list=True)
    for i, route in enumerate(table.emergency_routes):
        place = ("emergency_routes", i, "path")
        yield Placed(place, f"emergency route {route.id}", route.path, is_list=True)
    for kind, devices in (("devices", table.devices), ("sources", sources)):
        for i, device in enumerate(devices):
            if device.position is not None:
                owner = f"{kind.removesuffix('s')} {device.id}"
                yield Placed((kind, i, "position"), owner, (device.position,), is_list=False)


def position_mistakes(table: SiteTable, sources: tuple[DeviceTable, ...]) -> Iterator[Mistake]:
    """Yield, of each ring, path and device, its first position that cannot be one of this site."""
    drawn = list(placed(table, sources))
    all_positions = [each for one in drawn for each in one.positions]
    in_europe = table.time_zone.startswith("Europe/")
    # A file that says no time zone may be of anywhere; that latitude stands first shows all the
    # same, where only the turned position is in Europe.
    is_said = "time_zone" in table.model_fields_set
    likely = [each for each in all_positions if _is_likely(each, in_europe=in_europe)]
    if not likely and not is_said:
        likely = [each for each in all_positions if _is_on_earth(each)]
    middle = (median(x for x, _ in likely), median(y for _, y in likely)) if likely else None
    for one in drawn:
        for number, position in enumerate(one.positions):
            wrong = _wrong(position, middle, in_europe=in_europe, is_said=is_said)
            if wrong is not None:
                place = (*one.place, number) if one.is_list else one.place
                got = f"[{position[0]:.10g}, {position[1]:.10g}]"
                yield Mistake(place, one.owner, got, *wrong)
                break


def _wrong(
    position: Position, middle: Position | None, *, in_europe: bool, is_said: bool
) -> tuple[str, str] | None:
    """Return what was wanted of a position and what to do; None where it is fine."""
    x, y = position
    if not _is_on_earth(position):
        return "[longitude, latitude] in degrees", _of_metres(x, y)
    swapped, turned = (y, x), f"longitude stands first: write [{y:.10g}, {x:.10g}]"
    if not _is_likely(position, in_europe=in_europe):
        is_turned = _is_likely(swapped, in_europe=in_europe)
        wanted = "[longitude, latitude] in Europe, as time_zone says"
        if is_turned or is_said:
            return wanted, turned if is_turned else "look it up again, or correct time_zone"
    if middle is None or _apart_m(position, middle) <= REACH_M:
        return None
    is_turned = _is_on_earth(swapped) and _apart_m(swapped, middle) <= REACH_M
    wanted = f"at most {REACH_M / 1000:.0f} km from the middle of the site"
    far = f"it lies {_apart_m(position, middle) / 1000:,.0f} km away; look it up again"
    return wanted, turned if is_turned else far


def _of_metres(x: float, y: float) -> str:
    """Say what to do about a position that is none in degrees."""
    if not geodesy.is_on_rd(x, y):
        return "give it in degrees of WGS84, longitude first"
    longitude, latitude = geodesy.from_rd(x, y)
    return (
        "these are metres of the Dutch grid, EPSG:28992; write "
        f"[{longitude:.6f}, {latitude:.6f}], or bring the drawing in with fusion-service site "
        "import"
    )


def _is_on_earth(position: Position) -> bool:
    return abs(position[0]) <= 180.0 and abs(position[1]) <= 90.0  # noqa: PLR2004 - degrees


def _is_likely(position: Position, *, in_europe: bool) -> bool:
    (west, east), (south, north) = _EUROPE
    inside = west <= position[0] <= east and south <= position[1] <= north
    return _is_on_earth(position) and (inside or not in_europe)


def _apart_m(one: Position, other: Position) -> float:
    east = (one[0] - other[0]) * cos(radians(other[1]))
    return hypot(east, one[1] - other[1]) * _DEGREE_M
