# SPDX-License-Identifier: Apache-2.0
"""Log in, log out, who am I, and the access log."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from fusion_service.access.entrance import Entrance, Given, Granted, Why
from fusion_service.access.roles import Role
from fusion_service.access.secret_text import page_token_of
from fusion_service.web.access.cookie import CookieKind, is_from_elsewhere, kind_of, session_in
from fusion_service.web.access.guard import has_key, peer_of_request, wait_response
from fusion_service.web.access.reach import identity_of
from fusion_service.web.access.views import EntryView, SessionView
from fusion_service.web.problems import problem_response
from fusion_service.web.queries import LatestQuery
from fusion_service.web.views.base import Page, ProblemView

SESSION_PATH = "/v1/session"
NO_STORE = {"Cache-Control": "no-store"}
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Login, password or code is wrong."},
    429: {"description": "Too many refusals; wait."},
}
SCREEN_S = 400 * 86_400
DUTY_S = 13 * 3_600
_Text = Annotated[str, Field(max_length=256)]


class LogIn(BaseModel):
    """What somebody logs in with: login, password and code; or the key of a screen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    login: _Text = ""
    password: _Text = ""
    code: _Text = ""
    key: _Text = ""


def add_access(app: FastAPI, entrance: Entrance) -> None:
    """Add the routes of access to the API."""
    _add_session(app, entrance)

    @app.get("/v1/access/entries")
    def get_entries(request: Request, query: Annotated[LatestQuery, Query()]) -> Page[EntryView]:
        """Who came in and changed what, the last first; what was erased shows its tombstone."""
        who = identity_of(request)
        sees_all = who.role in {Role.ADMIN, Role.BREAK_GLASS}
        rows = entrance.keeper.entries(
            before_id=query.before,
            limit=query.limit,
            organisation=None if sees_all else who.organisation,
        )
        following = str(rows[-1].id) if len(rows) == query.limit else None
        return Page(items=tuple(EntryView.of_entry(row) for row in rows), next=following)


def _add_session(app: FastAPI, entrance: Entrance) -> None:
    @app.post(SESSION_PATH, responses=REFUSALS, response_model=SessionView)
    def post_session(request: Request, given: LogIn) -> Response:
        """Log in: the answer lays a cookie, and holds the token that changes ask for."""
        return _log_in(request, given, entrance)

    @app.get(SESSION_PATH)
    def get_session(request: Request) -> SessionView:
        """Who one is: role, scope, organisation and language."""
        return SessionView.of_identity(identity_of(request), page_token=_token(request))

    @app.delete(SESSION_PATH, status_code=HTTPStatus.NO_CONTENT)
    def delete_session(request: Request) -> Response:
        """Log out: the cookie is worth nothing from now on."""
        if secret := session_in(request):
            entrance.log_out(secret, identity_of(request))
        answer = Response(status_code=HTTPStatus.NO_CONTENT, headers=NO_STORE)
        if (kind := kind_of(request)) is not None:
            answer.headers["Set-Cookie"] = kind.header("", lasts_s=0)
        return answer


def _log_in(request: Request, given: LogIn, entrance: Entrance) -> Response:
    kind = kind_of(request)
    if kind is None or is_from_elsewhere(request):
        got = "another page" if kind is not None else "plain http, which others could read"
        return _refuse(request, HTTPStatus.FORBIDDEN, got, "https, and this centre's own page")
    peer = peer_of_request(request)
    if given.key:
        found = entrance.pair(given.key, peer)
    else:
        found = entrance.log_in(Given(given.login, given.password, given.code, peer))
    if isinstance(found, Granted):
        if before := session_in(request):
            entrance.end(before)
        return _welcome(found, kind)
    if found.why is Why.WAIT:
        return wait_response(request, found.wait_s)
    wanted = "login, password and a code that was not used yet"
    return _refuse(request, HTTPStatus.UNAUTHORIZED, "what nobody is let in by", wanted)


def _token(request: Request) -> str | None:
    """Return the token of a session's page; a key needs none."""
    if has_key(request):
        return None
    return page_token_of(session_in(request))


def _welcome(granted: Granted, kind: CookieKind) -> Response:
    lasts_s = SCREEN_S if granted.identity.role is Role.WALL_SCREEN else DUTY_S
    view = SessionView.of_identity(granted.identity, page_token=page_token_of(granted.secret))
    headers = {**NO_STORE, "Set-Cookie": kind.header(granted.secret, lasts_s=lasts_s)}
    return JSONResponse(view.model_dump(mode="json"), headers=headers)


def _refuse(request: Request, status: HTTPStatus, got: str, wanted: str) -> Response:
    problem = ProblemView(where="log-in", got=got, wanted=wanted)
    headers = (
        {**NO_STORE, "WWW-Authenticate": "Session"}
        if status is HTTPStatus.UNAUTHORIZED
        else NO_STORE
    )
    return problem_response(request, status, problem, headers=headers)
