# SPDX-License-Identifier: Apache-2.0
"""What would come if measures were taken or links closed now: the forecast as they would move it.

Nothing is declared or kept by asking. By what the site's file states, as a done measure moves it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Query, Request
from pydantic import Field

from fusion_service.errors import QueryError
from fusion_service.registry.site import Measure, Site
from fusion_service.shift.measures import measure_id
from fusion_service.store.forecast.kept import ZONE, Forecasts, Made, Said
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S, packed, starts_of, steps_in
from fusion_service.web.access.reach import scope_of
from fusion_service.web.forecast.views import ForecastView, SpanView, span_of
from fusion_service.web.form.instants import AskedS
from fusion_service.web.picture.sources import PictureSources
from fusion_service.web.queries import AnyQuery, Name

if TYPE_CHECKING:
    from fusion_service.estimate.forecast.effects import Effect

ASKED_MAX = 20


class WhatIfQuery(AnyQuery):
    """What would be done.

    measure: ids of measures, as /v1/sites/{site}/measures has them. closes: ids of links. from:
    when; left out, from the forecast's origin on. to: until when; left out, on and on.
    """

    measure: Annotated[list[str], Field(max_length=ASKED_MAX)] = Field(default_factory=list)
    closes: Annotated[list[str], Field(max_length=ASKED_MAX)] = Field(default_factory=list)
    from_s: Annotated[AskedS | None, Field(alias="from")] = None
    to_s: Annotated[AskedS | None, Field(alias="to")] = None


def add_what_if(app: FastAPI, forecasts: Forecasts, sources: PictureSources) -> None:
    """Add the route to the API."""

    @app.get("/v1/sites/{site}/forecast/what-if")
    def get_what_if(
        request: Request, site: Name, query: Annotated[WhatIfQuery, Query()]
    ) -> ForecastView:
        """The newest forecast as measures or closed links would move it, beside what is said now.

        By what people state in the site's file: nothing of that is learnt.
        """
        drawn, scope = sources.drawings.site(site), scope_of(request)
        measures, links = _measures(drawn, query.measure), _links(drawn, query.closes)
        zones = [one for one in drawn.zones if scope.covers_zone(site, one.id)]

        def span(step_s: int) -> SpanView | None:
            made = forecasts.newest(site, step_s)
            if made is None:
                return None
            said = forecasts.said(made)
            return span_of(drawn, made, _as_if(drawn, made, said, measures, links, query), zones)

        return ForecastView(
            site=site,
            time_zone=drawn.time_zone,
            next_hour=span(QUARTER_S),
            next_week=span(HOUR_S),
        )


def _measures(drawn: Site, names: Sequence[str]) -> list[Measure]:
    by_name = {measure_id(one): one for one in drawn.measures}
    for name in names:
        if name not in by_name:
            wanted = f"a measure of {drawn.id}; see /v1/sites/{drawn.id}/measures"
            raise QueryError(name, where="measure", wanted=wanted)
        if not (by_name[name].effect or by_name[name].closes):
            wanted = "one of which the site's file says effect or closes"
            raise QueryError(f"{name}, which moves nothing", where="measure", wanted=wanted)
    return [by_name[name] for name in names]


def _links(drawn: Site, names: Sequence[str]) -> list[str]:
    links = {one.id for one in drawn.links}
    for name in names:
        if name not in links:
            wanted = f"a link of {drawn.id}; see /v1/sites/{drawn.id}/plan"
            raise QueryError(name, where="closes", wanted=wanted)
    return list(names)


def _as_if(
    drawn: Site,
    made: Made,
    said: Sequence[Said],
    measures: Sequence[Measure],
    links: Sequence[str],
    query: WhatIfQuery,
) -> list[Said]:
    """Return what is said as it is now, and as it would be moved."""
    # Loaded for who asks this: a centre may lack numpy, and then has no forecast to move.
    from fusion_service.estimate.forecast import effects  # noqa: PLC0415 - see above

    from_s = made.origin_s if query.from_s is None else query.from_s
    would: list[Effect] = [
        effects.effect_of(drawn, one, measure_id(one), from_s=from_s, until_s=query.to_s)
        for one in measures
    ]
    if links:
        would.append(effects.closing_of(drawn, links, from_s=from_s, until_s=query.to_s))
    zones = [one for one in said if one.place.startswith(ZONE)]
    if not zones or not would:
        return [Said(one.place, by_ratio=one.by_ratio, said=_live(one)) for one in zones]
    return _moved(drawn, made, zones, would)


def _moved(drawn: Site, made: Made, zones: Sequence[Said], would: "Sequence[Effect]") -> list[Said]:
    import numpy as np  # noqa: PLC0415 - as above

    from fusion_service.estimate.forecast.effects import disturbed  # noqa: PLC0415 - as above

    steps = np.array([steps_in(_live(one)) for one in zones], dtype=np.float32).swapaxes(0, 1)
    clock = ZoneInfo(drawn.time_zone)
    times_s = [
        made.origin_s if one is None else one + made.step_s // 2
        for one in starts_of(made.origin_s, made.step_s, len(steps), clock)
    ]
    names = [one.place.removeprefix(ZONE) for one in zones]
    said = disturbed(steps[..., :3], names, np.array(times_s), would, made.origin_s).quantiles
    numbers = np.concatenate([said, steps[..., 3:]], axis=2)
    return [
        Said(
            one.place,
            by_ratio=one.by_ratio,
            said=_live(one),
            moved=packed(np.round(numbers[:, index], 1).reshape(-1).tolist()),
        )
        for index, one in enumerate(zones)
    ]


def _live(one: Said) -> bytes:
    return one.said if one.moved is None else one.moved
