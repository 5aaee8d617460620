# SPDX-License-Identifier: Apache-2.0
"""Let a request through to its route only where the table of rules says so.

Rule 1: a route without a rule is refused. Rule 2: a path that has no route is told so by the API
itself: there is nothing. Rule 3: an open stream ends soon after whoever reads it may no longer.
"""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fusion_service.access.entrance import Entrance, Refused, Why
from fusion_service.access.roles import Identity
from fusion_service.access.rules import Gate, Rule, denied, rule_of
from fusion_service.errors import StoreError
from fusion_service.web.access.cookie import is_forged, session_in
from fusion_service.web.access.reach import IDENTITY
from fusion_service.web.connections import peer_of
from fusion_service.web.problems import ProblemResponse, problem_response
from fusion_service.web.views.base import ProblemView
from wire_contract.programs.shipped import shipped

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CHALLENGE = 'Bearer realm="fusion-service"'
BEARER = "bearer "
STREAM_LOOK_S = 5.0
"""How often it is looked whether the reader of a stream still may."""


class _EndedError(OSError):
    """The reader of a stream may no longer."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A route that a request matches."""

    template: str
    parameters: dict[str, Any]


class Guard:
    """What stands before every route."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        entrance: Entrance,
        stream_look_s: float = STREAM_LOOK_S,
    ) -> None:
        self._app = app
        self._entrance = entrance
        self._stream_look_s = stream_look_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        asked = _asked(scope) if scope["type"] == "http" else None
        if asked is None:
            await self._app(scope, receive, send)
            return
        request, rule = Request(scope), rule_of(scope["method"], asked.template)
        if rule is not None and rule.gate is not Gate.LOG_IN:
            await self._app(scope, receive, send)
            return
        found = await run_in_threadpool(self._judge, request, rule, asked)
        if not isinstance(found, Identity):
            await found(scope, receive, send)
            return
        scope[IDENTITY] = found
        watched = _Watched(send, partial(self._still, request, found), self._stream_look_s)
        try:
            await self._app(scope, receive, watched.send)
        except (_EndedError, ClientDisconnect):
            return
        finally:
            watched.leave()

    def _still(self, request: Request, found: Identity) -> bool:
        """Say whether whoever was let in still may the same; not where nobody can say now."""
        try:
            return self._who(request, peer_of_request(request)) == found
        except StoreError:
            return False

    def _judge(self, request: Request, rule: Rule | None, asked: _Asked) -> Identity | ASGIApp:
        """Return who asks and may, or the refusal."""
        peer = peer_of_request(request)
        who = self._who(request, peer)
        if isinstance(who, Refused) and who.why is Why.WAIT:
            return wait_response(request, who.wait_s)
        if isinstance(who, Refused) or who is None:
            return _unknown(request, is_refused=who is not None)
        if request.method not in SAFE and not has_key(request):
            session = session_in(request)
            if is_forged(request, session):
                return _refusal(
                    request,
                    "origin",
                    "no sign that this centre's own page asks",
                    "its Origin, and the token of GET /v1/session in X-Page-Token",
                )
        route = f"{request.method} {asked.template}"
        if rule is None:
            return _refusal(request, "path", route, "a route that the rules of access name")
        query = QueryParams(request.url.query)
        denial = denied(rule, who, asked.parameters, query)
        if denial is not None:
            self._entrance.note_denied(who, route, peer)
            return _refusal(request, "role and scope", denial.got, denial.wanted)
        return who

    def _who(self, request: Request, peer: str) -> Identity | Refused | None:
        if has_key(request):
            key = request.headers["authorization"][len(BEARER) :].strip()
            return self._entrance.by_key(key, peer)
        session = session_in(request)
        return self._entrance.by_session(session) if session else None


class _Watched:
    """An answer on its way. Where it lasts, it ends when its reader may read no longer."""

    def __init__(self, send: Send, still_may: Callable[[], bool], look_s: float) -> None:
        self._send = send
        self._still_may = still_may
        self._look_s = look_s
        self._turn = asyncio.Lock()
        self._looking: asyncio.Task[None] | None = None
        self._is_ended = False

    async def send(self, message: Message) -> None:
        """Send a part on. Raises _EndedError where the answer was ended meanwhile."""
        lasts = message["type"] == "http.response.body" and message.get("more_body", False)
        if lasts and self._looking is None:
            self._looking = asyncio.create_task(self._look())
        async with self._turn:
            if self._is_ended:
                raise _EndedError
            await self._send(message)

    def leave(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self._look_s)
            if await run_in_threadpool(self._still_may):
                continue
            async with self._turn:
                self._is_ended = True
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
            return


def peer_of_request(request: Request) -> str:
    """Return by what a request's address counts."""
    return peer_of(request.client.host if request.client is not None else "")


def wait_response(request: Request, wait_s: float) -> ProblemResponse:
    """Refuse whoever has to wait."""
    seconds = str(math.ceil(wait_s))
    problem = ProblemView(where="log-in", got="too many refusals", wanted=f"a pause of {seconds} s")
    headers = {"Retry-After": seconds, "Cache-Control": "no-store"}
    return problem_response(request, HTTPStatus.TOO_MANY_REQUESTS, problem, headers=headers)


def _asked(scope: Scope) -> _Asked | None:
    """Return which route a request matches; None where the API has none."""
    for route in scope["app"].router.routes:
        match, child = route.matches(scope)
        if match is Match.FULL:
            parameters = child.get("path_params", {})
            return _Asked(str(getattr(route, "path", "")) or "/", parameters)
    return None


def has_key(request: Request) -> bool:
    """Say whether a request brings a key; what a proxy before us asks for is none."""
    return request.headers.get("authorization", "").lower().startswith(BEARER)


def _unknown(request: Request, *, is_refused: bool) -> ASGIApp:
    challenge = f'{CHALLENGE}, error="invalid_token"' if is_refused else CHALLENGE
    problem = ProblemView(
        where="authorization",
        got="a key that opens nothing" if is_refused else "nobody who is known",
        wanted="a log-in at /v1/session, or Authorization: Bearer with a key; see "
        + shipped("docs/ACCESS.md"),
    )
    headers = {"WWW-Authenticate": challenge, "Cache-Control": "no-store"}
    return problem_response(request, HTTPStatus.UNAUTHORIZED, problem, headers=headers)


def _refusal(request: Request, where: str, got: str, wanted: str) -> ASGIApp:
    problem = ProblemView(where=where, got=got, wanted=wanted)
    headers = {"Cache-Control": "no-store"}
    return problem_response(request, HTTPStatus.FORBIDDEN, problem, headers=headers)
