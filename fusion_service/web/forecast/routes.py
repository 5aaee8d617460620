# SPDX-License-Identifier: Apache-2.0
"""The routes of forecasts: what comes, and the score of the days before.

The score may be public: it says how far a forecast is to be trusted, and nothing of who is where.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Query, Request, Response
from pydantic import Field

from fusion_service.registry.site import Site
from fusion_service.shift.supposed import WhatIf
from fusion_service.store.forecast.kept import Forecasts, Places
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S
from fusion_service.web.access.reach import scope_of
from fusion_service.web.forecast.views import (
    CountersForecastView,
    CounterSpanView,
    ForecastView,
    ScoresView,
    SpanView,
    counters_of,
    scores_of,
    span_of,
)
from fusion_service.web.forecast.what_if import add_what_if
from fusion_service.web.form.instants import AskedMs
from fusion_service.web.picture.sources import PictureSources
from fusion_service.web.queries import DAYS_MAX, AnyQuery, Name

PUBLIC_KEPT_S = 600


class ForecastQuery(AnyQuery):
    """As of when: the newest forecast that was made by a moment; left out, the newest."""

    made_ms: Annotated[AskedMs | None, Field(alias="made")] = None


class ScoreQuery(AnyQuery):
    """How many local days back from today."""

    days: Annotated[int, Field(ge=1, le=DAYS_MAX)] = 7


def add_forecast(
    app: FastAPI, forecasts: Forecasts, sources: PictureSources, what_if: WhatIf | None = None
) -> None:
    """Add the routes to the API. what_if: who answers what would come, where anybody does."""

    @app.get("/v1/sites/{site}/forecast")
    def get_forecast(
        request: Request, site: Name, query: Annotated[ForecastQuery, Query()]
    ) -> ForecastView:
        """What comes in each zone, as known now or by a moment: quarters of an hour, and a week."""
        drawn, scope = sources.drawings.site(site), scope_of(request)
        zones = [one for one in drawn.zones if scope.covers_zone(site, one.id)]

        def span(step_s: int) -> SpanView | None:
            made = forecasts.newest(site, step_s, by_ms=query.made_ms)
            return None if made is None else span_of(drawn, made, forecasts.said(made), zones)

        return ForecastView(
            site=site,
            time_zone=drawn.time_zone,
            next_hour=span(QUARTER_S),
            next_week=span(HOUR_S),
        )

    @app.get("/v1/sites/{site}/forecast/counters")
    def get_counters(site: Name, query: Annotated[ForecastQuery, Query()]) -> CountersForecastView:
        """What comes at each line and zone of a site's counters, as known now or by a moment."""
        drawn = sources.drawings.site(site)

        def span(step_s: int) -> CounterSpanView | None:
            made = forecasts.newest(site, step_s, by_ms=query.made_ms)
            return None if made is None else counters_of(drawn, made, forecasts.said(made))

        return CountersForecastView(
            site=site,
            time_zone=drawn.time_zone,
            next_hour=span(QUARTER_S),
            next_week=span(HOUR_S),
        )

    @app.get("/v1/sites/{site}/forecast/score")
    def get_scores(site: Name, query: Annotated[ScoreQuery, Query()]) -> ScoresView:
        """How good the forecasts of the last days were: by what was said then, and is kept."""
        first = _first_day(sources, sources.drawings.site(site), query.days)
        return scores_of(site, forecasts.scores(site, from_day=first))

    if what_if is not None:
        add_what_if(app, what_if, sources)
    if sources.public is not None:
        _add_public(app, forecasts, sources)


def _add_public(app: FastAPI, forecasts: Forecasts, sources: PictureSources) -> None:
    @app.get("/v1/public/{site}/forecast/score")
    def get_public_scores(
        response: Response, site: Name, query: Annotated[ScoreQuery, Query()]
    ) -> ScoresView:
        """How good the forecasts of a site's zones were, for anybody."""
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = f"max-age={PUBLIC_KEPT_S}"
        first = _first_day(sources, sources.drawings.site(site), query.days)
        rows = forecasts.scores(site, from_day=first)
        return scores_of(site, [row for row in rows if row.places is Places.ZONES])


def _first_day(sources: PictureSources, drawn: Site, days: int) -> str:
    now = datetime.fromtimestamp(sources.now_ms() / 1000, UTC)
    today = now.astimezone(ZoneInfo(drawn.time_zone)).date()
    return (today - timedelta(days=days)).isoformat()
