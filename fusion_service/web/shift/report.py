# SPDX-License-Identifier: Apache-2.0
"""The routes of the situation report and of the outlook."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response

from fusion_service.shift.outlook import DayAhead, Outlook
from fusion_service.shift.situation import Known, situation_of
from fusion_service.web.access.reach import identity_of
from fusion_service.web.form.instants import MillisecondsOut, of_milliseconds
from fusion_service.web.problems import problem_response
from fusion_service.web.queries import AnyQuery, Name, NoQuery
from fusion_service.web.shift.acting import NO_STORE, ShiftRoom
from fusion_service.web.shift.page import POLICY, Page, html_of, page_of
from fusion_service.web.shift.views import LevelName, level_name
from fusion_service.web.shift.words import NL, WORDS, Language
from fusion_service.web.views.base import ProblemView, View

LOG_READ = 100
PDF = "application/pdf"
DESCRIBED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One A4 page: HTML that prints, or a PDF.",
        "content": {
            "text/html": {"schema": {"type": "string"}},
            PDF: {"schema": {"type": "string", "format": "binary"}},
        },
    },
}


class ReportQuery(AnyQuery):
    """How the page is wanted. language: left out, that of whoever asks."""

    format: Literal["html", "pdf"] = "html"
    language: Language | None = None


class DayAheadView(View):
    """A zone's peak on a local day; null where nothing is known. weeks: how many it stands on."""

    zone: str
    day: date
    basis: str
    people: float | None
    low: float | None
    high: float | None
    level: LevelName | None
    weeks: int

    @classmethod
    def of_day(cls, one: DayAhead) -> "DayAheadView":
        """Show a day."""
        numbers = (
            None if each is None else round(each, 1) for each in (one.people, one.low, one.high)
        )
        people, low, high = numbers
        return cls(
            zone=one.zone,
            day=one.day,
            basis=one.basis,
            people=people,
            low=low,
            high=high,
            level=None if one.level is None else level_name(one.level),
            weeks=one.weeks,
        )


class OutlookView(View):
    """The next seven days of a site, zone by zone."""

    site: str
    at: MillisecondsOut
    days: tuple[DayAheadView, ...]


def add_report(app: FastAPI, room: ShiftRoom, exercise: str | None) -> None:
    """Add the routes of the situation report and of the outlook to the API."""
    outlook = Outlook(
        lambda site, zone, from_s, to_s: room.sources.picture.peak(
            site, zone, from_s=from_s, to_s=to_s
        )
    )

    @app.get("/v1/sites/{site}/outlook")
    def get_outlook(site: Name, _query: Annotated[NoQuery, Query()]) -> OutlookView:
        """What the next seven days may bring: by a forecast, or by the same weekday before."""
        days = tuple(DayAheadView.of_day(one) for one in _days(room, outlook, site))
        return OutlookView(site=site, at=of_milliseconds(room.desk.now_ms()), days=days)

    @app.get("/v1/sites/{site}/report", response_class=HTMLResponse, responses=DESCRIBED)
    async def get_report(
        request: Request, site: Name, query: Annotated[ReportQuery, Query()]
    ) -> Response:
        """How things stand now, on one page to print or send."""
        words = WORDS.get(query.language or identity_of(request).language, NL)
        known = await run_in_threadpool(_known, room, outlook, site)
        page = page_of(situation_of(known), words, exercise)
        if query.format == "html":
            headers = {**NO_STORE, "Content-Security-Policy": POLICY}
            return HTMLResponse(html_of(page), headers=headers)
        return await run_in_threadpool(_pdf, request, page, site)


def _pdf(request: Request, page: Page, site: str) -> Response:
    try:
        # Loaded where it is used: it takes a fifth of a second, and few centres print.
        from fusion_service.web.shift.pdf import pdf_of  # noqa: PLC0415 - see above
    except ModuleNotFoundError:
        wanted = "the library reportlab, which writes it; or format=html, which prints as well"
        problem = ProblemView(where="format", got="pdf", wanted=wanted)
        return problem_response(request, HTTPStatus.SERVICE_UNAVAILABLE, problem)
    headers = {**NO_STORE, "Content-Disposition": f'inline; filename="{site}-situation.pdf"'}
    return Response(pdf_of(page), media_type=PDF, headers=headers)


def _known(room: ShiftRoom, outlook: Outlook, site: str) -> Known:
    drawn, monitor = room.drawn(site), room.monitor.seen(site)
    rows = room.sources.picture.latest(site)
    return Known(
        drawn,
        room.desk.now_ms(),
        room.desk.site(site),
        {} if monitor is None else dict(monitor.proposals),
        () if monitor is None else monitor.routes,
        {row.estimate.zone: row.estimate for row in rows},
        room.desk.keeper.entries(site, before_id=2**53, limit=LOG_READ),
        _days(room, outlook, site),
    )


def _days(room: ShiftRoom, outlook: Outlook, site: str) -> tuple[DayAhead, ...]:
    forecast = room.monitor.sources.forecast(site)
    return outlook.of(room.drawn(site), room.desk.now_ms() // 1000, dict(forecast))
