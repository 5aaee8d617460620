# SPDX-License-Identifier: Apache-2.0
"""The routes of alarms: look, acknowledge, assign, shelve."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response
from pydantic import Field, StringConstraints

from fusion_service.ledger.shift_log import Deed
from fusion_service.shift.desk import Refusal, Step
from fusion_service.shift.state import Alarm
from fusion_service.web.form.instants import AskedMs
from fusion_service.web.queries import AnyQuery, Name, NoQuery
from fusion_service.web.shift.acting import (
    CHANGES,
    AlarmId,
    Comment,
    Given,
    IfMatch,
    ShiftRoom,
    actor_of,
    refused,
    seen_of,
    tagged,
    unknown_alarm,
)
from fusion_service.web.shift.views import AlarmsView, AlarmView

PATH = "/v1/sites/{site}/alarms"
ONE = PATH + "/{alarm}"
Organisation = Annotated[str, StringConstraints(pattern=r"^\S.{0,99}$")]


class AlarmsQuery(AnyQuery):
    """Which alarms: those that are open, or also those that ended not long ago."""

    state: Literal["open", "all"] = "open"


class Assigned(Given):
    """To whom: an organisation, and who of them where that is known."""

    organisation: Organisation
    person: Annotated[str, StringConstraints(max_length=100)] = ""


class Shelved(Given):
    """Until when an alarm is put away, and why. It comes back by itself."""

    until: AskedMs
    comment: Comment = Field(min_length=1)


def add_alarms(app: FastAPI, room: ShiftRoom) -> None:
    """Add the routes of alarms to the API."""

    @app.get(PATH)
    def get_alarms(site: Name, query: Annotated[AlarmsQuery, Query()]) -> AlarmsView:
        """The alarms of a site: open ones, the worst and newest first."""
        room.drawn(site)
        shift = room.desk.site(site)
        alarms = sorted(shift.open.values(), key=lambda one: (-one.cause.severity, -one.raised_ms))
        if query.state == "all":
            alarms += reversed(shift.closed)
        entries = room.desk.keeper.of_ids([entry for one in alarms for entry in _entries(one)])
        shown = tuple(AlarmView.of_alarm(one, entries) for one in alarms)
        return AlarmsView(site=site, alarms=shown)

    @app.get(ONE, response_model=AlarmView)
    def get_alarm(site: Name, alarm: AlarmId, _query: Annotated[NoQuery, Query()]) -> Response:
        """One alarm; its ETag is what If-Match of a change says."""
        room.drawn(site)
        return _shown(room, site, alarm)

    _add_changes(app, room)


def _add_changes(app: FastAPI, room: ShiftRoom) -> None:
    @app.post(f"{ONE}/acknowledgement", response_model=AlarmView, responses=CHANGES)
    def post_acknowledgement(
        request: Request, site: Name, alarm: AlarmId, given: Given, if_match: IfMatch = ""
    ) -> Response:
        """Say that an alarm was seen."""
        step = Step(Deed.ACKNOWLEDGED, given.comment)
        return _act(request, room, site, alarm, step, if_match)

    @app.post(f"{ONE}/assignment", response_model=AlarmView, responses=CHANGES)
    def post_assignment(
        request: Request, site: Name, alarm: AlarmId, given: Assigned, if_match: IfMatch = ""
    ) -> Response:
        """Give an alarm to an organisation, and to somebody of it."""
        # Whoever types may type a name: what is typed is a text, which can be erased.
        texts = (("person", given.person.strip()), ("to", given.organisation.strip()))
        step = Step(Deed.ASSIGNED, given.comment, texts=texts)
        return _act(request, room, site, alarm, step, if_match)

    @app.post(f"{ONE}/shelf", response_model=AlarmView, responses=CHANGES)
    def post_shelf(
        request: Request, site: Name, alarm: AlarmId, given: Shelved, if_match: IfMatch = ""
    ) -> Response:
        """Put an alarm away until a moment: a duty at most, what is critical half an hour."""
        step = Step(Deed.SHELVED, given.comment, (("until_ms", given.until),))
        return _act(request, room, site, alarm, step, if_match)

    @app.delete(f"{ONE}/shelf", response_model=AlarmView, responses=CHANGES)
    def delete_shelf(
        request: Request, site: Name, alarm: AlarmId, if_match: IfMatch = ""
    ) -> Response:
        """Take an alarm off its shelf before its end."""
        return _act(request, room, site, alarm, Step(Deed.UNSHELVED), if_match)


def _act(
    request: Request, room: ShiftRoom, site: str, alarm: int, step: Step, if_match: str
) -> Response:
    room.drawn(site)
    seen = seen_of(request, if_match)
    if isinstance(seen, Response):
        return seen
    done = room.desk.act(site, alarm, step, who=actor_of(request), seen=seen)
    return refused(request, done) if isinstance(done, Refusal) else _shown(room, site, alarm)


def _shown(room: ShiftRoom, site: str, alarm: int) -> Response:
    found = room.desk.site(site).alarm(alarm)
    if found is None:
        raise unknown_alarm(alarm, site)
    entries = room.desk.keeper.of_ids(_entries(found))
    return tagged(AlarmView.of_alarm(found, entries), found.version, status=HTTPStatus.OK)


def _entries(alarm: Alarm) -> list[int]:
    return [one for one in (alarm.acknowledged, alarm.assigned, alarm.shelved) if one is not None]
