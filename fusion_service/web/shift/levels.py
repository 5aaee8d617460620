# SPDX-License-Identifier: Apache-2.0
"""The routes of levels and measures: look, declare, say what was done."""

from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fusion_service.errors import QueryError
from fusion_service.shift.desk import Refusal
from fusion_service.shift.measures import Item, checklist
from fusion_service.web.queries import Name, NoQuery
from fusion_service.web.shift.acting import (
    CHANGES,
    Comment,
    Given,
    IfMatch,
    ShiftRoom,
    actor_of,
    may_follow,
    own_zones,
    refused,
    seen_of,
    tagged,
)
from fusion_service.web.shift.views import (
    LEVELS,
    AgreedView,
    LevelName,
    LevelsView,
    MeasuresView,
    MeasureView,
    ZoneLevelView,
)

LEVEL = "/v1/sites/{site}/zones/{zone}/level"
MEASURE = "/v1/sites/{site}/zones/{zone}/measures/{measure}"
MeasureName = Annotated[str, StringConstraints(pattern="^[0-9a-f]{12}$")]


class Declared(BaseModel):
    """Which level is declared, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: LevelName
    reason: Comment = Field(min_length=1)


class Ticked(Given):
    """Whether a measure was done."""

    is_done: bool


def add_levels(app: FastAPI, room: ShiftRoom) -> None:
    """Add the routes of levels and measures to the API."""
    _add_levels(app, room)
    _add_measures(app, room)


def _add_levels(app: FastAPI, room: ShiftRoom) -> None:
    @app.get("/v1/sites/{site}/levels")
    def get_levels(request: Request, site: Name, _query: Annotated[NoQuery, Query()]) -> LevelsView:
        """Each zone's declared and proposed level, and how free each emergency route is."""
        drawn, shift = room.drawn(site), room.desk.site(site)
        decided = [one.entry for one in shift.declared.values()]
        entries = room.desk.keeper.of_ids(decided) if may_follow(request) else {}
        zones = own_zones(request, drawn)
        return LevelsView.of_zones(drawn, zones, shift, room.monitor.seen(site), entries)

    @app.get(LEVEL, response_model=ZoneLevelView)
    def get_level(
        request: Request, site: Name, zone: Name, _query: Annotated[NoQuery, Query()]
    ) -> Response:
        """A zone's level; its ETag is what If-Match of a declaration says."""
        return _zone(request, room, site, zone)

    @app.put(LEVEL, response_model=ZoneLevelView, responses=CHANGES)
    def put_level(
        request: Request, site: Name, zone: Name, given: Declared, if_match: IfMatch = ""
    ) -> Response:
        """Declare a zone's level, with the reason."""
        room.check_zone(site, zone)
        seen = seen_of(request, if_match)
        if isinstance(seen, Response):
            return seen
        level, who = LEVELS[given.level], actor_of(request)
        done = room.desk.declare(site, zone, level, given.reason, who=who, seen=seen)
        return (
            refused(request, done)
            if isinstance(done, Refusal)
            else _zone(request, room, site, zone)
        )


def _add_measures(app: FastAPI, room: ShiftRoom) -> None:
    @app.get("/v1/sites/{site}/measures")
    def get_measures(
        request: Request, site: Name, _query: Annotated[NoQuery, Query()]
    ) -> MeasuresView:
        """What was agreed for the declared level of each zone, and what of it was done."""
        drawn, shift = room.drawn(site), room.desk.site(site)
        zones = own_zones(request, drawn)
        items = [one for zone in zones for one in checklist(drawn, shift, zone.id)]
        ticks = [one.tick.entry for one in items if one.tick is not None]
        entries = room.desk.keeper.of_ids(ticks)
        own = {zone.id for zone in zones}
        agreed = (one for one in drawn.measures if not one.zones or own & set(one.zones))
        return MeasuresView(
            site=site,
            measures=tuple(MeasureView.of_item(one, entries) for one in items),
            agreed=tuple(AgreedView.of_measure(one) for one in agreed),
        )

    @app.put(MEASURE, response_model=MeasureView, responses=CHANGES)
    def put_measure(
        request: Request,
        site: Name,
        zone: Name,
        measure: MeasureName,
        given: Ticked,
        if_match: IfMatch = "",
    ) -> Response:
        """Say that a measure was done, or that it was not after all. If-Match: its version."""
        room.check_zone(site, zone)
        item = _item(room, site, zone, measure)
        seen = seen_of(request, if_match)
        if isinstance(seen, Response):
            return seen
        done = room.desk.tick(
            site,
            zone,
            item.id,
            given.comment,
            is_done=given.is_done,
            who=actor_of(request),
            seen=seen,
        )
        if isinstance(done, Refusal):
            return refused(request, done)
        return tagged(
            MeasureView.of_item(_item(room, site, zone, measure), {done.id: done}), done.id
        )


def _item(room: ShiftRoom, site: str, zone: str, measure: str) -> Item:
    items = checklist(room.drawn(site), room.desk.site(site), zone)
    found = next((one for one in items if one.id == measure), None)
    if found is None:
        wanted = f"a measure of the declared level; see /v1/sites/{site}/measures"
        raise QueryError(measure, where="measure", wanted=wanted)
    return found


def _zone(request: Request, room: ShiftRoom, site: str, zone: str) -> Response:
    room.check_zone(site, zone)
    drawn, shift = room.drawn(site).zone(zone), room.desk.site(site)
    decided = shift.declared.get(zone)
    is_shown = decided is not None and may_follow(request)
    entries = room.desk.keeper.of_ids([decided.entry]) if decided and is_shown else {}
    view = ZoneLevelView.of_zone(drawn, shift, room.monitor.seen(site), entries)
    return tagged(view, view.version)
