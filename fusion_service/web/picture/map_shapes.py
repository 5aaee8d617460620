# SPDX-License-Identifier: Apache-2.0
"""A site's file as GeoJSON for a map: zones, links, emergency routes, and where devices stand.

Numbers are not in it: they change each minute, a drawing seldom, so that a map asks for it once.
"""

from collections.abc import Callable, Iterator
from typing import Literal

from fusion_service.registry.site import EmergencyRoute, Link, Placement, Site, TrustClass
from fusion_service.web.picture.shapes import PolygonView, as_wgs84, closed
from fusion_service.web.views.base import View

Covers = Callable[[str], bool]
"""Which zones whoever asks may see."""


class PointView(View):
    """Where something stands."""

    type: Literal["Point"] = "Point"
    coordinates: tuple[float, float]


class LineStringView(View):
    """A way."""

    type: Literal["LineString"] = "LineString"
    coordinates: tuple[tuple[float, float], ...]


class MapZoneView(View):
    """A zone."""

    kind: Literal["zone"] = "zone"
    zone: str
    name: str


class MapLinkView(View):
    """A way between zones; null is outside of the site. width_m is metres."""

    kind: Literal["link"] = "link"
    link: str
    from_zone: str | None
    to_zone: str | None
    width_m: float


class MapRouteView(View):
    """A way that must stay free. width_m is metres."""

    kind: Literal["route"] = "route"
    route: str
    name: str
    width_m: float


class MapLineView(View):
    """A line of a device across a link. in_toward: where whoever is counted `in` goes."""

    line: str
    link: str
    in_toward: str | None


class MapDeviceView(View):
    """A device. height_m is above the ground, bearing_deg clockwise from north."""

    kind: Literal["device"] = "device"
    device: str
    trust: TrustClass
    height_m: float | None
    bearing_deg: float | None
    zones: tuple[str, ...]
    lines: tuple[MapLineView, ...]


class MapFeatureView(View):
    """One of them. geometry is null of a device whose place the file does not say."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: PolygonView | LineStringView | PointView | None
    properties: MapZoneView | MapLinkView | MapRouteView | MapDeviceView


class MapView(View):
    """All of them."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: tuple[MapFeatureView, ...]
    has_buildings: bool
    """Whether the buildings around it can be asked for."""


def map_of(site: Site, covers: Covers | None, *, has_buildings: bool = False) -> MapView:
    """Draw a site. covers: None for all of it; else its zones, what joins them, who looks there."""
    return MapView(features=tuple(_features(site, covers)), has_buildings=has_buildings)


def _features(site: Site, covers: Covers | None) -> Iterator[MapFeatureView]:
    shown = {zone.id for zone in site.zones if covers is None or covers(zone.id)}
    for zone in site.zones:
        if zone.id in shown:
            yield MapFeatureView(
                id=f"zone.{zone.id}",
                geometry=PolygonView(coordinates=(tuple(map(as_wgs84, closed(zone.polygon))),)),
                properties=MapZoneView(zone=zone.id, name=zone.name),
            )
    yield from (_link(one) for one in site.links if _ends(one) <= shown and len(one.path) > 1)
    if covers is None:
        yield from (_route(one) for one in site.emergency_routes)
    for one in site.placements:
        if covers is None or _zones(one) & shown:
            yield _device(one, shown)


def _ends(link: Link) -> set[str]:
    return {zone for zone in (link.from_zone, link.to_zone) if zone is not None}


def _zones(placement: Placement) -> set[str]:
    return {one.at_zone for one in placement.counters if one.at_zone is not None}


def _link(link: Link) -> MapFeatureView:
    return MapFeatureView(
        id=f"link.{link.id}",
        geometry=LineStringView(coordinates=tuple(map(as_wgs84, link.path))),
        properties=MapLinkView(
            link=link.id, from_zone=link.from_zone, to_zone=link.to_zone, width_m=link.width_m
        ),
    )


def _route(route: EmergencyRoute) -> MapFeatureView:
    return MapFeatureView(
        id=f"route.{route.id}",
        geometry=LineStringView(coordinates=tuple(map(as_wgs84, route.path))),
        properties=MapRouteView(route=route.id, name=route.name, width_m=route.width_m),
    )


def _device(placement: Placement, shown: set[str]) -> MapFeatureView:
    place = placement.position
    lines = tuple(
        MapLineView(line=one.line, link=one.at_link, in_toward=one.in_toward)
        for one in placement.counters
        if one.line is not None and one.at_link is not None
    )
    return MapFeatureView(
        id=f"device.{placement.device}",
        geometry=None if place is None else PointView(coordinates=as_wgs84(place)),
        properties=MapDeviceView(
            device=placement.device,
            trust=placement.trust,
            height_m=placement.height_m,
            bearing_deg=placement.bearing_deg,
            zones=tuple(sorted(_zones(placement) & shown)),
            lines=lines,
        ),
    )
