# SPDX-License-Identifier: Apache-2.0
"""The zones for a GIS: OGC API Features, parts 1 (core) and 2 (systems of coordinates).

The safety region's GIS reads the Dutch grid: `crs` names it, and the header Content-Crs says which
one an answer is in.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from fastapi.responses import Response

from fusion_service.access.roles import Scope
from fusion_service.errors import QueryError
from fusion_service.registry.geodesy import to_rd
from fusion_service.registry.site import Position, Site, Zone
from fusion_service.web.access.reach import scope_of
from fusion_service.web.picture.live import LivePicture
from fusion_service.web.picture.queries import CRS84, RD_NEW, ItemQuery, ItemsQuery
from fusion_service.web.picture.routes import GeoJson
from fusion_service.web.picture.shapes import (
    MEDIA_TYPE,
    LinkToView,
    ZoneFeatureView,
    ZonePageView,
    as_json,
    as_rd,
    as_wgs84,
    box_of,
    feature_of,
    touches,
)
from fusion_service.web.picture.sources import PictureSources
from fusion_service.web.queries import NoQuery
from fusion_service.web.views.base import View

CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
)
JSON = "application/json"
FeatureId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,32}\.[a-z0-9-]{1,32}$")]
PROJECTS: dict[str, Callable[[Position], Position]] = {CRS84: as_wgs84, RD_NEW: as_rd}
DESCRIBED_CRS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Features.",
        "headers": {
            "Content-Crs": {
                "description": "The system of coordinates of this answer.",
                "schema": {"type": "string"},
            }
        },
    }
}


class LandingView(View):
    """Where everything is."""

    title: str
    description: str
    links: tuple[LinkToView, ...]


class ConformanceView(View):
    """Which parts of the standard are kept."""

    conformsTo: tuple[str, ...]  # noqa: N815 - OGC's own word


class CollectionView(View):
    """The one collection: the zones of every site."""

    id: str
    title: str
    description: str
    itemType: str  # noqa: N815 - OGC's own word
    crs: tuple[str, ...]
    storageCrs: str  # noqa: N815 - OGC's own word
    links: tuple[LinkToView, ...]


class CollectionsView(View):
    """Every collection."""

    links: tuple[LinkToView, ...]
    collections: tuple[CollectionView, ...]


def add_ogc(app: FastAPI, sources: PictureSources, live: LivePicture) -> None:
    """Add the routes of OGC API Features."""
    _add_about(app)
    _add_items(app, sources, live)


def _add_about(app: FastAPI) -> None:
    @app.get("/ogc")
    def get_landing_page(request: Request, _query: Annotated[NoQuery, Query()]) -> LandingView:
        """Where everything of OGC API Features is."""
        return LandingView(
            title="Zones of this centre",
            description="How many people are in each zone, counted without knowing anyone.",
            links=(
                _link(request, "/ogc", "self", JSON),
                _link(
                    request,
                    "/v1/openapi.json",
                    "service-desc",
                    "application/vnd.oai.openapi+json;version=3.1",
                ),
                _link(request, "/ogc/conformance", "conformance", JSON),
                _link(request, "/ogc/collections", "data", JSON),
            ),
        )

    @app.get("/ogc/conformance")
    def get_conformance(_query: Annotated[NoQuery, Query()]) -> ConformanceView:
        """Which parts of OGC API Features are kept."""
        return ConformanceView(conformsTo=CONFORMS_TO)

    @app.get("/ogc/collections")
    def get_collections(request: Request, _query: Annotated[NoQuery, Query()]) -> CollectionsView:
        """Every collection: there is one."""
        return CollectionsView(
            links=(_link(request, "/ogc/collections", "self", JSON),),
            collections=(_collection(request),),
        )

    @app.get("/ogc/collections/zones")
    def get_collection(request: Request, _query: Annotated[NoQuery, Query()]) -> CollectionView:
        """The collection of zones."""
        return _collection(request)


def _add_items(app: FastAPI, sources: PictureSources, live: LivePicture) -> None:
    @app.get(
        "/ogc/collections/zones/items",
        response_class=GeoJson,
        response_model=ZonePageView,
        responses=DESCRIBED_CRS,
    )
    def get_items(request: Request, query: Annotated[ItemsQuery, Query()]) -> Response:
        """Zones with their newest numbers: in a box, of a site, in a system of coordinates.

        The key bbox-crs names the system in which bbox is written; it takes what crs takes.
        """
        found = _found(sources, query, scope_of(request))
        page = found[query.offset : query.offset + query.limit]
        links = [_self(request, query.offset)]
        if query.offset + query.limit < len(found):
            following = _self(request, query.offset + query.limit)
            links.append(following.model_copy(update={"rel": "next"}))
        features = _features(page, live, query.crs)
        view = ZonePageView(
            features=features,
            numberMatched=len(found),
            numberReturned=len(features),
            links=tuple(links),
        )
        return GeoJson(as_json(view), headers={"Content-Crs": f"<{query.crs}>"})

    @app.get(
        "/ogc/collections/zones/items/{feature}",
        response_class=GeoJson,
        response_model=ZoneFeatureView,
        responses=DESCRIBED_CRS,
    )
    def get_item(feature: FeatureId, query: Annotated[ItemQuery, Query()]) -> Response:
        """One zone, `SITE.ZONE`, with its newest number."""
        site_id, _, zone_id = feature.partition(".")
        site, zone = sources.drawings.site(site_id), sources.drawings.zone(site_id, zone_id)
        (shown,) = _features([(site, zone)], live, query.crs)
        return GeoJson(as_json(shown), headers={"Content-Crs": f"<{query.crs}>"})


def _found(sources: PictureSources, query: ItemsQuery, scope: Scope) -> list[tuple[Site, Zone]]:
    names = [name for name in sources.drawings.names() if scope.covers_some_of(name)]
    if query.site is not None and query.site not in names:
        raise QueryError(query.site, where="query.site", wanted=f"one of {', '.join(names)}")
    sites = [sources.drawings.site(name) for name in names if query.site in {None, name}]
    zones = [
        (site, zone) for site in sites for zone in site.zones if scope.covers_zone(site.id, zone.id)
    ]
    if query.bbox is None:
        return zones
    west, south, east, north = map(float, query.bbox.split(","))
    box = (west, south, east, north)
    project = to_rd if query.bbox_crs == RD_NEW else as_wgs84
    return [
        (site, zone)
        for site, zone in zones
        if touches(box, box_of(project(corner) for corner in zone.polygon))
    ]


def _features(
    zones: list[tuple[Site, Zone]], live: LivePicture, crs: str
) -> tuple[ZoneFeatureView, ...]:
    return tuple(feature_of(site, zone, live.now(site.id), PROJECTS[crs]) for site, zone in zones)


def _collection(request: Request) -> CollectionView:
    return CollectionView(
        id="zones",
        title="Zones",
        description="The zones of every site, with how many people are there now.",
        itemType="feature",
        crs=(CRS84, RD_NEW),
        storageCrs=CRS84,
        links=(
            _link(request, "/ogc/collections/zones", "self", JSON),
            _link(request, "/ogc/collections/zones/items", "items", MEDIA_TYPE),
        ),
    )


def _self(request: Request, offset: int) -> LinkToView:
    url = request.url.include_query_params(offset=offset)
    return LinkToView(href=str(url), rel="self", type=MEDIA_TYPE)


def _link(request: Request, path: str, rel: str, media_type: str) -> LinkToView:
    return LinkToView(href=f"{str(request.base_url).rstrip('/')}{path}", rel=rel, type=media_type)
