# SPDX-License-Identifier: Apache-2.0
"""Who acts, what they have seen, and how they are refused.

Each change says by If-Match which version it was decided on, as the ETag of what was looked at. 428
where it says nothing; 412 where something happened since, with what; 409 where things do not allow
it.
"""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Header, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fusion_service.access.roles import Right
from fusion_service.errors import QueryError
from fusion_service.ledger.access_log import TEXT_MAX
from fusion_service.ledger.shift_log import ShiftEntry
from fusion_service.registry.site import Site, Zone
from fusion_service.shift.desk import Actor, Desk, Refusal, Why
from fusion_service.shift.monitor import ShiftMonitor
from fusion_service.web.access.reach import identity_of, scope_of
from fusion_service.web.form.instants import of_milliseconds, text_of
from fusion_service.web.picture.sources import PictureSources
from fusion_service.web.problems import problem_response
from fusion_service.web.shift.listeners import ShiftStream
from fusion_service.web.views.base import ProblemView, View

IfMatch = Annotated[
    str,
    Header(
        alias="If-Match",
        pattern='^("[0-9]{1,15}")?$',
        description='The ETag of what was looked at, such as "7".',
    ),
]
AlarmId = Annotated[int, Field(ge=1, le=2**53)]
Comment = Annotated[str, StringConstraints(max_length=TEXT_MAX)]
NO_STORE = {"Cache-Control": "no-store"}
_TAG = re.compile(r'"(\d{1,15})"')
CHANGES: dict[int | str, dict[str, Any]] = {
    409: {"description": "As things stand it cannot be done."},
    412: {"description": "Something happened meanwhile; it says what."},
    428: {"description": "If-Match is missing."},
}
STATUSES = {
    Why.UNKNOWN: HTTPStatus.NOT_FOUND,
    Why.CHANGED: HTTPStatus.PRECONDITION_FAILED,
    Why.IMPOSSIBLE: HTTPStatus.CONFLICT,
}


class Given(BaseModel):
    """Base of what somebody sends with a change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    comment: Comment = ""


@dataclass(frozen=True, slots=True)
class ShiftRoom:
    """What the routes of the shift stand on."""

    desk: Desk
    monitor: ShiftMonitor
    sources: PictureSources
    stream: ShiftStream

    def drawn(self, site: str) -> Site:
        """Return a site as it is drawn. Raises QueryError where it is not."""
        return self.sources.drawings.site(site)

    def check_zone(self, site: str, zone: str) -> None:
        """Raise QueryError where a site has no such zone."""
        self.sources.drawings.zone(site, zone)


def actor_of(request: Request) -> Actor:
    """Return who acts."""
    who = identity_of(request)
    return Actor(who.id, who.name, who.organisation)


def may_follow(request: Request) -> bool:
    """Say whether whoever asks may read who decided what, and why; a screen on a wall may not."""
    return identity_of(request).may(Right.FOLLOW)


def own_zones(request: Request, site: Site) -> tuple[Zone, ...]:
    """Return the zones of a site that the scope of whoever asks covers."""
    scope = scope_of(request)
    return tuple(zone for zone in site.zones if scope.covers_zone(site.id, zone.id))


def seen_of(request: Request, if_match: str) -> int | Response:
    """Return the version that somebody acts on, or the refusal of whoever says none."""
    found = _TAG.fullmatch(if_match)
    if found is not None:
        return int(found[1])
    problem = ProblemView(where="header", got="no If-Match", wanted="the ETag of what was seen")
    return problem_response(request, HTTPStatus.PRECONDITION_REQUIRED, problem, headers=NO_STORE)


def refused(request: Request, refusal: Refusal) -> Response:
    """Say why nothing was written, and what happened meanwhile."""
    first = ProblemView(where=refusal.why, got=refusal.got, wanted=refusal.wanted)
    meanwhile = [
        ProblemView(where="meanwhile", got=_told(one), wanted="to have been seen")
        for one in refusal.meanwhile
    ]
    status = STATUSES[refusal.why]
    return problem_response(request, status, first, *meanwhile, headers=NO_STORE)


def tagged(view: View, version: int, *, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Answer with a shape and its version."""
    headers = {**NO_STORE, "ETag": f'"{version}"'}
    return JSONResponse(view.model_dump(mode="json"), status_code=status, headers=headers)


def unknown_alarm(alarm: int, site: str) -> QueryError:
    """Say that a site has no such alarm."""
    wanted = f"an alarm of {site}, not long ended; see /v1/sites/{site}/alarms"
    return QueryError(str(alarm), where="alarm", wanted=wanted)


def _told(entry: ShiftEntry) -> str:
    by = entry.text("name") or entry.organisation
    said = f"{text_of(of_milliseconds(entry.at_ms))} {entry.deed} by {by}"
    comment = entry.text("comment")
    return f"{said}: {comment}" if comment else said
