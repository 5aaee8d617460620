# SPDX-License-Identifier: Apache-2.0
"""What comes into the log of the shift, as server-sent events."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse

from fusion_service.web.form.envelope import HEAD_ONLY
from fusion_service.web.picture.stream import HEADERS, MEDIA_TYPE, LastEventId
from fusion_service.web.problems import problem_response
from fusion_service.web.queries import Name, NoQuery
from fusion_service.web.shift.acting import ShiftRoom
from fusion_service.web.shift.listeners import HEARTBEAT_S, ShiftListener
from fusion_service.web.views.base import ProblemView

DESCRIBED = {
    "description": "Server-sent events named `shift`; the data of each is an entry of the log.",
    "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
}


def add_shift_stream(app: FastAPI, room: ShiftRoom) -> None:
    """Add the route of the stream to the API."""

    @app.get(
        "/v1/sites/{site}/shift/stream",
        response_class=StreamingResponse,
        responses={200: DESCRIBED},
    )
    async def get_shift_stream(
        request: Request,
        site: Name,
        _query: Annotated[NoQuery, Query()],
        last_event_id: LastEventId = None,
    ) -> Response:
        """What was missed since the last event, and then whatever is seen, decided or done."""
        await run_in_threadpool(room.drawn, site)
        if not room.stream.takes_more():
            problem = ProblemView(where="stream", got="too many listeners", wanted="fewer")
            headers = {"Retry-After": "10"}
            return problem_response(
                request, HTTPStatus.SERVICE_UNAVAILABLE, problem, headers=headers
            )
        if request.scope.get(HEAD_ONLY):
            return Response(media_type=MEDIA_TYPE, headers=HEADERS)
        listener = ShiftListener(site, asyncio.get_running_loop())
        after_id = int(last_event_id) if last_event_id else None
        missed = await run_in_threadpool(room.stream.listen, listener, after_id)
        events = room.stream.lines(listener, missed, HEARTBEAT_S)
        return StreamingResponse(events, media_type=MEDIA_TYPE, headers=HEADERS)
