# SPDX-License-Identifier: Apache-2.0
"""A site's numbers as they become known, as server-sent events.

An event's id is the moment at which it became known, unix milliseconds: a client that comes back
with it as Last-Event-ID gets what it missed. At the beginning and between events the centre tells
the time by its clock: so a page counts ages by it, and sees that the line is alive.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse

from fusion_service.web.access.reach import scope_of
from fusion_service.web.form.envelope import HEAD_ONLY
from fusion_service.web.form.instants import of_milliseconds, text_of
from fusion_service.web.picture.live import Event, Listener, LivePicture
from fusion_service.web.problems import problem_response
from fusion_service.web.queries import Name, NoQuery
from fusion_service.web.views.base import ProblemView

MEDIA_TYPE = "text/event-stream"
HEARTBEAT_S = 1.0
"""A page must say within a few seconds that its line is cut; a proxy lets a silent line go after a
minute, and a phone's network sooner."""
RETRY_MS = 3_000
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""No proxy keeps an event back to send more at once."""
LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", pattern="^[0-9]{0,15}$", description="The last event's id."),
]


def add_stream(app: FastAPI, live: LivePicture, *, heartbeat_s: float = HEARTBEAT_S) -> None:
    """Add the route of the stream to the API."""

    @app.get(
        "/v1/sites/{site}/stream",
        response_class=StreamingResponse,
        responses={
            200: {
                "description": "Server-sent events named `estimates`, and `clock` with the "
                "centre's time; the data of each is JSON.",
                "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
            }
        },
    )
    async def get_stream(
        request: Request,
        site: Name,
        _query: Annotated[NoQuery, Query()],
        last_event_id: LastEventId = None,
    ) -> Response:
        """The newest of every zone, and then whatever becomes known, without an end."""
        if not live.takes_more():
            return problem_response(
                request,
                HTTPStatus.SERVICE_UNAVAILABLE,
                ProblemView(
                    where="stream",
                    got=f"{live.listeners} listeners",
                    wanted="fewer; ask again, or ask /v1/latest",
                ),
                headers={"Retry-After": "10"},
            )
        scope = scope_of(request)
        covers = None if scope.covers_site(site) else partial(scope.covers_zone, site)
        listener = Listener(site, asyncio.get_running_loop())
        before = await run_in_threadpool(
            live.listen, listener, int(last_event_id) if last_event_id else None
        )
        if request.scope.get(HEAD_ONLY):
            live.leave(listener)
            return Response(media_type=MEDIA_TYPE, headers=HEADERS)
        events = _events(live, listener, before, heartbeat_s, covers)
        return StreamingResponse(events, media_type=MEDIA_TYPE, headers=HEADERS)


def clock_event(now_ms: int) -> bytes:
    """Write what the centre's clock says. Without an id: it is nothing that one could miss."""
    return f'event: clock\ndata: {{"now":"{text_of(of_milliseconds(now_ms))}"}}\n\n'.encode()


async def _events(
    live: LivePicture,
    listener: Listener,
    before: list[Event],
    heartbeat_s: float,
    covers: Callable[[str], bool] | None,
) -> AsyncIterator[bytes]:
    """Yield what was missed and what comes. covers: of which zones; None for all of the site."""
    now_ms = live.sources.now_ms
    try:
        yield b"retry: %d\n\n" % RETRY_MS + clock_event(now_ms())
        for missed in before:
            yield missed.content_for(covers)
        while True:
            try:
                event: Event | None = await asyncio.wait_for(listener.waiting.get(), heartbeat_s)
            except TimeoutError:
                yield clock_event(now_ms())
                continue
            if event is None:
                return
            yield event.content_for(covers)
    finally:
        live.leave(listener)
