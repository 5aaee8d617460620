# SPDX-License-Identifier: Apache-2.0
"""A site's zones as GeoJSON features, with the newest number of each."""

from collections.abc import Callable, Iterable
from typing import Any, Literal

from pydantic import Field

from fusion_service.registry.geodesy import to_rd
from fusion_service.registry.site import Position, Site, Zone
from fusion_service.web.picture.live import SiteNow
from fusion_service.web.picture.zone_view import ZoneNumbersView
from fusion_service.web.views.base import View

MEDIA_TYPE = "application/geo+json"
Project = Callable[[Position], Position]
Box = tuple[float, float, float, float]
"""West, south, east, north."""
WGS84_DIGITS, GRID_DIGITS = 7, 2
"""A centimetre."""


class PolygonView(View):
    """A ring, closed: its last corner is its first; against the clock, as RFC 7946 asks."""

    type: Literal["Polygon"] = "Polygon"
    coordinates: tuple[tuple[tuple[float, float], ...], ...]


class ZonePropertiesView(View):
    """What the site's file says of a zone, and its newest number; null where there is none yet."""

    site: str
    zone: str
    name: str
    usable_m2: float
    capacity: int
    now: ZoneNumbersView | None


class ZoneFeatureView(View):
    """A zone."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: PolygonView
    properties: ZonePropertiesView


class LinkToView(View):
    """Where something related is."""

    href: str
    rel: str
    type: str | None = None
    title: str | None = None


class ZonesView(View):
    """The zones of a site."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: tuple[ZoneFeatureView, ...]


class ZonePageView(ZonesView):
    """A page of zones, as OGC API Features asks for it."""

    numberMatched: int = Field(description="How many there are.")  # noqa: N815 - OGC's own word
    numberReturned: int = Field(description="How many are here.")  # noqa: N815 - OGC's own word
    links: tuple[LinkToView, ...]


def feature_of(site: Site, zone: Zone, now: SiteNow | None, project: Project) -> ZoneFeatureView:
    """Show a zone as a feature."""
    row = None if now is None else now.rows.get(zone.id)
    return ZoneFeatureView(
        id=f"{site.id}.{zone.id}",
        geometry=PolygonView(coordinates=(tuple(map(project, closed(zone.polygon))),)),
        properties=ZonePropertiesView(
            site=site.id,
            zone=zone.id,
            name=zone.name,
            usable_m2=zone.usable_m2,
            capacity=zone.capacity,
            now=None if row is None else ZoneNumbersView.of_row(row, zone),
        ),
    )


def closed(ring: tuple[Position, ...]) -> tuple[Position, ...]:
    """Return a ring against the clock whose last corner is its first."""
    pairs = zip(ring, (*ring[1:], ring[0]), strict=True)
    is_clockwise = sum((b[0] - a[0]) * (b[1] + a[1]) for a, b in pairs) > 0
    turned = tuple(reversed(ring)) if is_clockwise else ring
    return (*turned, turned[0])


def as_wgs84(position: Position) -> Position:
    """Return a position, to a centimetre."""
    return round(position[0], WGS84_DIGITS), round(position[1], WGS84_DIGITS)


def as_rd(position: Position) -> Position:
    """Return a position on the Dutch grid, to a centimetre."""
    x, y = to_rd(position)
    return round(x, GRID_DIGITS), round(y, GRID_DIGITS)


def box_of(positions: Iterable[Position]) -> Box:
    """Return the smallest box around positions."""
    xs, ys = zip(*positions, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def touches(one: Box, other: Box) -> bool:
    """Say whether two boxes have a point in common."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def as_json(view: View) -> dict[str, Any]:
    """Return a view as plain JSON values, without what is not there."""
    return view.model_dump(mode="json", exclude_none=True)
