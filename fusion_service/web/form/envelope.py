# SPDX-License-Identifier: Apache-2.0
"""What every answer carries: the API's version, whether this is an exercise, and HEAD on every GET.

/core/version-header and /core/publish-openapi of the Dutch API design rules.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API_VERSION = "1.2.0"
"""Semantic: an addition raises the second number, a correction the third."""
DESCRIPTION_PATH = "/v1/openapi.json"
HEAD_ONLY = "fusion_head_only"
"""Set in the scope of a request whose answer's body nobody will get: a stream ends at once."""


class Envelope:
    """Put the headers of this API on every answer, and answer HEAD as GET without the body."""

    def __init__(self, app: ASGIApp, *, exercise: str | None) -> None:
        self._app = app
        self._exercise = (
            None if exercise is None else exercise.encode("ascii", "backslashreplace").decode()
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_head, path = scope["method"] == "HEAD", scope["path"]

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["API-Version"] = API_VERSION
                if self._exercise is not None:
                    headers["Exercise"] = self._exercise
                if path == DESCRIPTION_PATH:
                    headers["Access-Control-Allow-Origin"] = "*"
            elif is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        inner = {**scope, "method": "GET", HEAD_ONLY: True} if is_head else scope
        await self._app(inner, receive, send_marked)
