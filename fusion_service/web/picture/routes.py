# SPDX-License-Identifier: Apache-2.0
"""The API's routes of the picture: what is known now, series of it, and its zones on a map."""

from functools import partial
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse, Response

from fusion_service.web.access.reach import scope_of
from fusion_service.web.form.instants import of_milliseconds, of_seconds, text_of
from fusion_service.web.form.table import DESCRIBED, table_response, wants_table
from fusion_service.web.picture.buildings import add_buildings
from fusion_service.web.picture.drawn_view import DrawnSiteView
from fusion_service.web.picture.live import LivePicture, etag_of
from fusion_service.web.picture.map_shapes import MapView, map_of
from fusion_service.web.picture.queries import EstimatesQuery, MomentQuery
from fusion_service.web.picture.shapes import (
    MEDIA_TYPE,
    ZonesView,
    as_json,
    as_wgs84,
    feature_of,
)
from fusion_service.web.picture.sources import PictureSources
from fusion_service.web.picture.zone_view import (
    EstimateSeriesView,
    MomentView,
    SiteNowView,
    SitesNowView,
    ZoneEstimateView,
    ZoneNumbersView,
    who_counts,
)
from fusion_service.web.queries import Name, NoQuery

MOMENT_AGE_S = 900
"""A number that is older at a moment is none of it: the centre was away, or nobody counted yet."""
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Nothing has become known since that tag."}
}


def add_picture(app: FastAPI, sources: PictureSources, live: LivePicture) -> None:
    """Add the routes of the picture to the API."""
    _add_latest(app, sources, live)
    _add_drawn(app, sources)
    _add_series(app, sources)
    _add_moment(app, sources)
    _add_zones(app, sources, live)
    _add_map(app, sources)
    add_buildings(app, sources)


def _add_latest(app: FastAPI, sources: PictureSources, live: LivePicture) -> None:
    @app.get("/v1/latest", response_model=SitesNowView, responses=UNCHANGED)
    def get_latest(request: Request, _query: Annotated[NoQuery, Query()]) -> Response:
        """The newest of every zone of every site, in one answer."""
        scope = scope_of(request)
        sites = b",".join(
            live.now(name).body_for(scope)
            for name in sources.drawings.names()
            if scope.covers_some_of(name)
        )
        body = b'{"sites":[%s]}' % sites
        return _tagged(request, body, etag_of(body))

    @app.get("/v1/sites/{site}/latest", response_model=SiteNowView, responses=UNCHANGED)
    def get_site_latest(
        request: Request, site: Name, _query: Annotated[NoQuery, Query()]
    ) -> Response:
        """The newest of every zone of a site, in one answer."""
        now, scope = live.now(site), scope_of(request)
        if scope.covers_site(site):
            return _tagged(request, now.body, now.etag)
        body = now.body_for(scope)
        return _tagged(request, body, etag_of(body))


def _add_drawn(app: FastAPI, sources: PictureSources) -> None:
    @app.get("/v1/sites/{site}")
    def get_drawn_site(
        request: Request, site: Name, _query: Annotated[NoQuery, Query()]
    ) -> DrawnSiteView:
        """How a site's file draws it: names and thresholds of its zones, and who looks where."""
        scope = scope_of(request)
        covers = None if scope.covers_site(site) else partial(scope.covers_zone, site)
        return DrawnSiteView.of_site(sources.drawings.site(site), covers)


def _add_series(app: FastAPI, sources: PictureSources) -> None:
    @app.get(
        "/v1/sites/{site}/zones/{zone}/series",
        response_model=EstimateSeriesView,
        responses=DESCRIBED,
    )
    def get_zone_estimates(
        request: Request, site: Name, zone: Name, query: Annotated[EstimatesQuery, Query()]
    ) -> Response:
        """A zone's numbers over time, as they are known now or were known by a moment."""
        drawn = sources.drawings.zone(site, zone)
        rows = sources.picture.series(
            site,
            zone,
            from_s=query.from_s,
            to_s=query.to_s,
            known_by_ms=query.known_by_ms,
            limit=query.limit,
        )
        is_full = len(rows) == query.limit
        following = of_seconds(rows[-1].estimate.at_s + 1) if is_full else None
        if wants_table(request, query.format):
            numbers = [ZoneNumbersView.of_row(row, drawn) for row in rows]
            next_from = None if following is None else text_of(following)
            return table_response(request, ZoneNumbersView, numbers, next_from=next_from)
        known_by, counting = query.known_by_ms, who_counts(sources.drawings.site(site))
        return JSONResponse(
            EstimateSeriesView(
                site=site,
                zone=zone,
                known_by=None if known_by is None else of_milliseconds(known_by),
                estimates=tuple(ZoneEstimateView.of_row(row, drawn, counting) for row in rows),
                next=following,
            ).model_dump(mode="json")
        )


def _add_moment(app: FastAPI, sources: PictureSources) -> None:
    @app.get("/v1/sites/{site}/moment")
    def get_moment(
        request: Request, site: Name, query: Annotated[MomentQuery, Query()]
    ) -> MomentView:
        """Every zone of a site as it was at a moment, as it is known now or was known by then."""
        drawn, scope = sources.drawings.site(site), scope_of(request)
        zones = {zone.id: zone for zone in drawn.zones if scope.covers_zone(site, zone.id)}
        rows = sources.picture.moment(
            site,
            tuple(zones),
            after_s=query.at_s - MOMENT_AGE_S,
            at_s=query.at_s,
            known_by_ms=query.known_by_ms,
        )
        counting, known_by = who_counts(drawn), query.known_by_ms
        return MomentView(
            site=site,
            at=of_seconds(query.at_s),
            known_by=None if known_by is None else of_milliseconds(known_by),
            zones=tuple(
                ZoneEstimateView.of_row(row, zones[row.estimate.zone], counting) for row in rows
            ),
        )


def _add_map(app: FastAPI, sources: PictureSources) -> None:
    @app.get(
        "/v1/sites/{site}/map.geojson",
        response_class=GeoJson,
        response_model=MapView,
    )
    def get_map(request: Request, site: Name, _query: Annotated[NoQuery, Query()]) -> Response:
        """A site's zones, links, emergency routes and devices, as GeoJSON (RFC 7946)."""
        scope = scope_of(request)
        covers = None if scope.covers_site(site) else partial(scope.covers_zone, site)
        file = sources.buildings
        has_buildings = file is not None and covers is None and file.is_there()
        drawn = map_of(sources.drawings.site(site), covers, has_buildings=has_buildings)
        return GeoJson(drawn.model_dump(mode="json"))


def _add_zones(app: FastAPI, sources: PictureSources, live: LivePicture) -> None:
    @app.get(
        "/v1/sites/{site}/zones.geojson",
        response_class=GeoJson,
        response_model=ZonesView,
    )
    def get_zones(request: Request, site: Name, _query: Annotated[NoQuery, Query()]) -> Response:
        """A site's zones with their newest numbers, as GeoJSON (RFC 7946)."""
        drawn, now, scope = sources.drawings.site(site), live.now(site), scope_of(request)
        features = tuple(
            feature_of(drawn, zone, now, as_wgs84)
            for zone in drawn.zones
            if scope.covers_zone(site, zone.id)
        )
        return GeoJson(as_json(ZonesView(features=features)))


class GeoJson(JSONResponse):
    """An answer that a map reads."""

    media_type = MEDIA_TYPE


def _tagged(request: Request, body: bytes, etag: str) -> Response:
    """Answer with a body, or say that the client has it already."""
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    had = {
        tag.strip().removeprefix("W/")
        for tag in request.headers.get("if-none-match", "").split(",")
    }
    if etag in had or "*" in had:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
