# SPDX-License-Identifier: Apache-2.0
"""The addresses of the page: one shell for all of them, and its files.

Rule 1: there is no number in what these routes answer, so they are open; the page asks the API for
numbers as whoever is logged in. Rule 2: each answer has the policy that lets a browser load and run
what this centre serves and nothing else. Rule 3: a file's name holds its hash, so that it is kept
for good; the shell is asked for anew each time.
"""

from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from fusion_service.web.page.built import Asset, BuiltPage
from fusion_service.web.page.unbuilt import unbuilt_page

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PATHS = (
    "/",
    "/zones/{zone}",
    "/alarms",
    "/shift",
    "/wall",
    "/map",
    "/wall/map",
    "/boxes",
    "/boxes/{site}/{device}",
    "/account",
    "/officer",
    "/officer/{site}",
    "/officer/{site}/{device}",
    "/fleet",
    "/editor",
    "/exercise",
    "/debrief",
)
"""What the page can show, each by an address that can be kept; dashboard/src/app/route.ts has
them too."""
YEAR_S = 31_536_000


def add_page(app: FastAPI, page: BuiltPage | None) -> None:
    """Add the page to what the centre serves; None where it was not built."""
    html = "text/html; charset=utf-8"
    headers = {**HEADERS, "Cache-Control": "no-store"}
    status = HTTPStatus.OK if page is not None else HTTPStatus.SERVICE_UNAVAILABLE
    shell = page.shell if page is not None else unbuilt_page()

    def get_shell() -> Response:
        return Response(shell, status_code=status, media_type=html, headers=headers)

    for path in PATHS:
        app.get(path, include_in_schema=False)(get_shell)

    @app.get("/assets/{name}", include_in_schema=False)
    def get_asset(name: str, request: Request) -> Response:
        found = None if page is None else page.assets.get(name)
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return _asset_response(found, request)


def _asset_response(asset: Asset, request: Request) -> Response:
    headers = {
        **HEADERS,
        "Cache-Control": f"public, max-age={YEAR_S}, immutable",
        "Vary": "Accept-Encoding",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.packed, media_type=asset.media_type, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)
