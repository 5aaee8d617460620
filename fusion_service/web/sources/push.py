# SPDX-License-Identifier: Apache-2.0
"""The routes of machines: what they push, and which of them there are."""

from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPBearer

from fusion_service.sources.mapping import BODY_BYTES_MAX
from fusion_service.sources.refusal import SourceRefusedError
from fusion_service.web.problems import problem_response
from fusion_service.web.queries import DevicesQuery, Name
from fusion_service.web.sources.access import SourceAccess, read_body
from fusion_service.web.views.base import Page, ProblemView
from fusion_service.web.views.sources import CountSourceView, TakenView

REFUSALS = {
    401: "No key, or one that does not fit.",
    413: "The message is too large.",
    429: "Refused too often: wait.",
}
BEARER = "Bearer "
KEY = HTTPBearer(scheme_name="source-key", description="Of one source.", auto_error=False)
"""For the description; the key itself is looked at in the route."""
MESSAGE = {
    "requestBody": {
        "required": True,
        "description": "What the source sends, as the mapping of the site's file reads it.",
        "content": {"application/json": {"schema": {}}, "text/csv": {"schema": {"type": "string"}}},
    },
}


def add_push(app: FastAPI, access: SourceAccess) -> None:
    """Add the routes to the API."""

    @app.get("/v1/sources")
    def get_sources(query: Annotated[DevicesQuery, Query()]) -> Page[CountSourceView]:
        """Counters of others by site and name, each as it stands. None of them is a box."""
        site, _, name = query.after.partition("/")
        intake = access.intake
        rows = intake.keeper.sources(after=(site, name), limit=query.limit)
        plans = {row.site: intake.site_of(row.site) for row in rows}
        views = tuple(
            CountSourceView.of_both(row, None if plan is None else plan.source(row.name))
            for row in rows
            for plan in (plans[row.site],)
        )
        full = len(rows) == query.limit
        return Page(items=views, next=f"{rows[-1].site}/{rows[-1].name}" if full else None)

    @app.post(
        "/v1/sources/{site}/{source}",
        response_model=TakenView,
        responses={code: {"description": said} for code, said in REFUSALS.items()},
        openapi_extra=MESSAGE,
        dependencies=[Security(KEY)],
    )
    async def post_source(site: Name, source: Name, request: Request) -> Response | TakenView:
        """Say what a source counted. The same time again takes the place of what was said."""
        if wait_s := access.wait_s(request, site, source):
            return _refuse(
                request,
                HTTPStatus.TOO_MANY_REQUESTS,
                "key",
                "many that do not fit",
                f"a wait of {wait_s} s, and the right key",
                {"Retry-After": str(wait_s)},
            )
        key = request.headers.get("authorization", "")
        held = key.removeprefix(BEARER) if key.startswith(BEARER) else ""
        if not await run_in_threadpool(access.admits, request, site, source, held):
            return _refuse(
                request,
                HTTPStatus.UNAUTHORIZED,
                "Authorization",
                "no key that fits",
                "Bearer and the key that fusion-service source add showed",
                {"WWW-Authenticate": "Bearer"},
            )
        body = await read_body(request, BODY_BYTES_MAX)
        if body is None:
            too_large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            return _refuse(
                request, too_large, "body", "more", f"at most {BODY_BYTES_MAX} bytes", {}
            )
        try:
            taken = await run_in_threadpool(access.intake.admit_message, site, source, body)
        except SourceRefusedError as error:
            return _refuse(
                request, HTTPStatus.BAD_REQUEST, error.where, error.got, error.wanted, {}
            )
        kept = taken.kept
        return TakenView(
            new=kept.new, revised=kept.revised, repeated=kept.repeated, unknown=taken.unknown
        )


def _refuse(
    request: Request, status: int, where: str, got: str, wanted: str, headers: dict[str, str]
) -> Response:
    problem = ProblemView(where=where, got=got, wanted=wanted)
    return problem_response(request, status, problem, headers=headers)
