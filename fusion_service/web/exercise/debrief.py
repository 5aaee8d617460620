# SPDX-License-Identifier: Apache-2.0
"""The route of the debrief: of a shift, and of an exercise.

While an exercise is under way, what is true and what exercise control did is told to nobody who
plays in it.
"""

import base64
import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import Field

from fusion_service.access.roles import Right
from fusion_service.debrief.documents import LANGUAGES, document_of
from fusion_service.debrief.evaluation import DAYS_MAX, Asked, Debrief, Stores, debrief_of
from fusion_service.errors import QueryError
from fusion_service.pages.page import STYLE, page
from fusion_service.pages.section import Document
from fusion_service.registry.site_file.reading import read_site
from fusion_service.store.exercise.kept import ExerciseRecord
from fusion_service.store.forecast.kept import Forecasts
from fusion_service.store.site_plans import SitePlans, in_force_at
from fusion_service.web.access.reach import identity_of
from fusion_service.web.exercise.control import CONTROL, ControlRoom
from fusion_service.web.exercise.debrief_views import DebriefView
from fusion_service.web.form.instants import AskedS
from fusion_service.web.problems import problem_response
from fusion_service.web.queries import AnyQuery, Name
from fusion_service.web.shift.acting import NO_STORE, ShiftRoom
from fusion_service.web.shift.words import Language
from fusion_service.web.views.base import ProblemView

DEFAULT_S = 12 * 3600
"""A shift and its handovers."""
DAY_S, MINUTE_S = 86_400, 60
PDF = "application/pdf"
POLICY = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'; style-src "
    f"'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)
"""No script runs, nothing is fetched, and the page's one style is the one that is named."""
DESCRIBED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One time line for each zone; HTML that prints, or a PDF.",
        "content": {
            "text/html": {"schema": {"type": "string"}},
            PDF: {"schema": {"type": "string", "format": "binary"}},
        },
    },
}


class DebriefQuery(AnyQuery):
    """Of when, and how it is wanted.

    from, to: left out, all of an exercise up to now, or the last twelve hours; at least a minute
    and at most the week before `to`, and the answer says which. language: left out, that of whoever
    asks.
    """

    from_s: Annotated[AskedS | None, Field(alias="from")] = None
    to_s: Annotated[AskedS | None, Field(alias="to")] = None
    format: Literal["json", "html", "pdf"] = "json"
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class DebriefRoom:
    """What the route stands on. record: None where no exercise is run."""

    shift: ShiftRoom
    plans: SitePlans
    forecasts: Forecasts | None
    record: ExerciseRecord | None


def add_debrief(app: FastAPI, room: DebriefRoom, exercise: str | None) -> None:
    """Add the route to the API. exercise: the scenario that all of it is of."""

    @app.get("/v1/sites/{site}/debrief", response_model=DebriefView, responses=DESCRIBED)
    async def get_debrief(
        request: Request, site: Name, query: Annotated[DebriefQuery, Query()]
    ) -> Response:
        """What was known when, and what was declared when: as known then, never as known now."""
        control: ControlRoom | None = getattr(request.app.state, CONTROL, None)
        record = room.record if _may_know(request, control) else None
        asked = await run_in_threadpool(_asked, room, site, query, control, exercise)
        stores = Stores(room.shift.sources.picture, room.shift.desk.keeper, room.forecasts, record)
        found = await run_in_threadpool(debrief_of, asked, stores)
        return await run_in_threadpool(_answer, request, query, found)


def _may_know(request: Request, control: ControlRoom | None) -> bool:
    """Say whether whoever asks may know what is true, and what is done to the exercise."""
    if control is None:
        return False
    return control.direction.over.is_set() or identity_of(request).may(Right.DIRECT)


def _asked(
    room: DebriefRoom,
    site: str,
    query: DebriefQuery,
    control: ControlRoom | None,
    exercise: str | None,
) -> Asked:
    now_s = room.shift.desk.now_ms() // 1000 // MINUTE_S * MINUTE_S
    begun_s = now_s - DEFAULT_S if control is None else control.direction.scenario.start_s
    to_s = now_s if query.to_s is None else min(query.to_s, now_s)
    from_s = begun_s if query.from_s is None else query.from_s // MINUTE_S * MINUTE_S
    if query.from_s is None and query.to_s is not None and control is None:
        from_s = to_s - DEFAULT_S
    to_s = to_s // MINUTE_S * MINUTE_S
    from_s = min(max(from_s, to_s - DAYS_MAX * DAY_S), to_s - MINUTE_S)
    newest = room.plans.plan(site)
    if newest is None:
        raise QueryError(site, where="site", wanted="a site that is drawn")
    then = in_force_at(room.plans, newest, to_s * 1000)
    drawn = read_site(then.content.encode())
    return Asked(drawn, then.version, from_s, to_s, exercise or "")


def _answer(request: Request, query: DebriefQuery, found: Debrief) -> Response:
    if query.format == "json":
        view = DebriefView.of_debrief(found)
        return JSONResponse(view.model_dump(mode="json"), headers=NO_STORE)
    words = LANGUAGES[query.language or identity_of(request).language]
    document = document_of(found, words)
    if query.format == "html":
        headers = {**NO_STORE, "Content-Security-Policy": POLICY}
        return HTMLResponse(page(document), headers=headers)
    return _pdf(request, document, found.asked.site.id)


def _pdf(request: Request, document: Document, site: str) -> Response:
    try:
        # Loaded where it is used: it takes a fifth of a second, and few centres print.
        from fusion_service.pages.pdf import pdf  # noqa: PLC0415 - see above
    except ModuleNotFoundError:
        wanted = "the library reportlab, which writes it; or format=html, which prints as well"
        problem = ProblemView(where="format", got="pdf", wanted=wanted)
        return problem_response(request, HTTPStatus.SERVICE_UNAVAILABLE, problem)
    headers = {**NO_STORE, "Content-Disposition": f'inline; filename="{site}-debrief.pdf"'}
    return Response(pdf(document), media_type=PDF, headers=headers)
