# SPDX-License-Identifier: Apache-2.0
"""The route of feeds: weather, transit, parking, traffic and events, as others know them."""

import time
from collections.abc import Callable, Sequence

from fastapi import FastAPI

from fusion_service.context.port import Feed
from fusion_service.context.state import FeedState
from fusion_service.web.views.base import Page
from fusion_service.web.views.context import FeedView

FeedStates = Callable[[], Sequence[tuple[Feed, FeedState]]]


def add_context(app: FastAPI, states: FeedStates) -> None:
    """Add the route. There are at most 16 feeds, so there is one page."""

    @app.get("/v1/context")
    def get_context() -> Page[FeedView]:
        """Feeds of others: how each fares, what it said last, whose that is, what is missing."""
        now_s = int(time.time())
        shown = tuple(FeedView.of_state(feed, state, now_s) for feed, state in states())
        return Page(items=shown, next=None)
