# SPDX-License-Identifier: Apache-2.0
"""The buildings around a site, for its map: a file that somebody laid beside the config.

Rule 1: the file is what `fusion-service site buildings` wrote; it is served as it is, and only to
whoever may look at the site. Rule 2: one that is too large, or gone, is none. It is read anew where
it changed.
"""

import gzip
from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse, Response

from fusion_service.errors import QueryError
from fusion_service.web.picture.shapes import MEDIA_TYPE
from fusion_service.web.picture.sources import PictureSources
from fusion_service.web.queries import Name, NoQuery

UNCHANGED = {304: {"description": "It is as it was at that tag."}}


def add_buildings(app: FastAPI, sources: PictureSources) -> None:
    """Add the route to the API."""

    @app.get(
        "/v1/sites/{site}/buildings.geojson",
        response_class=JSONResponse,
        responses=UNCHANGED,  # type: ignore[arg-type]  # as FastAPI takes it
    )
    def get_buildings(
        request: Request, site: Name, _query: Annotated[NoQuery, Query()]
    ) -> Response:
        """The buildings around a site: their rims, and `h`, metres, as GeoJSON (RFC 7946)."""
        sources.drawings.site(site)
        found = None if sources.buildings is None else sources.buildings.packed()
        if found is None:
            wanted = "a file of fusion-service site buildings, named by map.buildings of the config"
            raise QueryError("no buildings", where="site", wanted=wanted)
        content, tag = found
        headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(content, media_type=MEDIA_TYPE, headers=headers)
        return Response(gzip.decompress(content), media_type=MEDIA_TYPE, headers=headers)
