# SPDX-License-Identifier: Apache-2.0
"""The routes of the log and of handovers."""

from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from fusion_service.shift.desk import Refusal
from fusion_service.shift.measures import checklist
from fusion_service.web.queries import LatestQuery, Name, NoQuery
from fusion_service.web.shift.acting import (
    CHANGES,
    Comment,
    Given,
    IfMatch,
    ShiftRoom,
    actor_of,
    refused,
    seen_of,
    tagged,
)
from fusion_service.web.shift.views import (
    ActView,
    HandoverView,
    ShiftEntryView,
    WordView,
    level_name,
)
from fusion_service.web.views.base import Page

LOG = "/v1/sites/{site}/log"
HANDOVER = "/v1/sites/{site}/handover"


class Note(BaseModel):
    """What somebody writes into the log; never who is on a picture, because there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Comment = Field(min_length=1)
    zone: Name | None = None


def add_log(app: FastAPI, room: ShiftRoom) -> None:
    """Add the routes of the log and of handovers to the API."""

    @app.get(LOG)
    def get_log(site: Name, query: Annotated[LatestQuery, Query()]) -> Page[ShiftEntryView]:
        """The log of the shift, the last first; what was erased shows its tombstone."""
        room.drawn(site)
        rows = room.desk.keeper.entries(site, before_id=query.before, limit=query.limit)
        following = str(rows[-1].id) if len(rows) == query.limit else None
        return Page(items=tuple(ShiftEntryView.of_entry(row) for row in rows), next=following)

    @app.post(
        LOG,
        response_model=ShiftEntryView,
        status_code=HTTPStatus.CREATED,
        responses={409: CHANGES[409]},
    )
    def post_note(request: Request, site: Name, given: Note) -> Response:
        """Write a note into the log."""
        room.drawn(site)
        if given.zone is not None:
            room.check_zone(site, given.zone)
        done = room.desk.note(site, given.text, who=actor_of(request), zone=given.zone or "")
        if isinstance(done, Refusal):
            return refused(request, done)
        return tagged(ShiftEntryView.of_entry(done), done.id, status=HTTPStatus.CREATED)

    _add_handover(app, room)


def _add_handover(app: FastAPI, room: ShiftRoom) -> None:
    @app.get(HANDOVER, response_model=HandoverView)
    def get_handover(site: Name, _query: Annotated[NoQuery, Query()]) -> Response:
        """What is handed over now; its ETag is what If-Match of a handover says."""
        return _handover(room, site)

    @app.post(HANDOVER, response_model=HandoverView, responses=CHANGES)
    def post_handover(
        request: Request, site: Name, given: Given, if_match: IfMatch = ""
    ) -> Response:
        """Hand the shift over; somebody else takes it over."""
        room.drawn(site)
        seen = seen_of(request, if_match)
        if isinstance(seen, Response):
            return seen
        done = room.desk.hand_over(site, given.comment, who=actor_of(request), seen=seen)
        return refused(request, done) if isinstance(done, Refusal) else _handover(room, site)

    @app.post(f"{HANDOVER}/acceptance", response_model=HandoverView, responses=CHANGES)
    def post_acceptance(
        request: Request, site: Name, given: Given, if_match: IfMatch = ""
    ) -> Response:
        """Take the shift over. If-Match: the entry of the handover."""
        room.drawn(site)
        seen = seen_of(request, if_match)
        if isinstance(seen, Response):
            return seen
        done = room.desk.take_over(site, given.comment, who=actor_of(request), seen=seen)
        return refused(request, done) if isinstance(done, Refusal) else _handover(room, site)


def _handover(room: ShiftRoom, site: str) -> Response:
    drawn, shift, now_ms = room.drawn(site), room.desk.site(site), room.desk.now_ms()
    ids = [one for one in (shift.handover, shift.taken_over) if one is not None]
    entries = room.desk.keeper.of_ids(ids)
    alarms = list(shift.open.values())
    items = [one for zone in drawn.zones for one in checklist(drawn, shift, zone.id)]
    view = HandoverView(
        site=site,
        version=shift.last_id,
        open_alarms=len(alarms),
        unacknowledged=sum(one.acknowledged is None for one in alarms),
        shelved=sum(one.is_shelved(now_ms) for one in alarms),
        measures_open=sum(not one.is_done for one in items),
        levels=tuple(
            WordView(name=zone.id, value=level_name(shift.declared_level(zone.id)))
            for zone in drawn.zones
        ),
        handed_over=ActView.of_entry(entries.get(shift.handover or 0)),
        taken_over=ActView.of_entry(entries.get(shift.taken_over or 0)),
    )
    return tagged(view, view.version)
