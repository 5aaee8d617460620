# SPDX-License-Identifier: Apache-2.0
"""What would come if measures were taken, links closed or something were on.

Nothing is declared or kept by asking. Measures and links do what the site's file states, an event
what those of its title brought before.
"""

from typing import Annotated

from fastapi import FastAPI, Query, Request
from pydantic import Field

from fusion_service.shift.supposed import Supposed, WhatIf
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S
from fusion_service.web.access.reach import scope_of
from fusion_service.web.forecast.views import ForecastView, span_of
from fusion_service.web.form.instants import AskedS
from fusion_service.web.picture.sources import PictureSources
from fusion_service.web.queries import AnyQuery, Name

ASKED_MAX = 20
TITLE_MAX = 200


class WhatIfQuery(AnyQuery):
    """What would be done.

    measure: ids of measures, as /v1/sites/{site}/measures has them. closes: ids of links. event:
    the title of something that would be on. from: when; left out, from the forecast's origin on.
    to: until when; left out, on and on.
    """

    measure: Annotated[list[str], Field(max_length=ASKED_MAX)] = Field(default_factory=list)
    closes: Annotated[list[str], Field(max_length=ASKED_MAX)] = Field(default_factory=list)
    event: Annotated[str, Field(min_length=1, max_length=TITLE_MAX)] | None = None
    from_s: Annotated[AskedS | None, Field(alias="from")] = None
    to_s: Annotated[AskedS | None, Field(alias="to")] = None


class WhatIfView(ForecastView):
    """The forecast as it would be; `undisturbed` is what is said now.

    in_force: which of what was asked is so already, and is counted once. on_before: how often
    something of the event's title was on; 0: nobody knows what it brings; null without an event.
    """

    in_force: tuple[str, ...]
    on_before: int | None


def add_what_if(app: FastAPI, what_if: WhatIf, sources: PictureSources) -> None:
    """Add the route to the API."""

    @app.get("/v1/sites/{site}/forecast/what-if")
    def get_what_if(
        request: Request, site: Name, query: Annotated[WhatIfQuery, Query()]
    ) -> WhatIfView:
        """The newest forecast as measures, closed links or an event would move it.

        What measures and links do people state in the site's file: nothing of that is learnt.
        """
        drawn, scope = sources.drawings.site(site), scope_of(request)
        zones = [one for one in drawn.zones if scope.covers_zone(site, one.id)]
        measures, links = tuple(query.measure), tuple(query.closes)
        would = what_if(drawn, Supposed(measures, links, query.event, query.from_s, query.to_s))
        spans = {made.step_s: span_of(drawn, made, said, zones) for made, said in would.forecasts}
        return WhatIfView(
            site=site,
            time_zone=drawn.time_zone,
            next_hour=spans.get(QUARTER_S),
            next_week=spans.get(HOUR_S),
            in_force=would.in_force,
            on_before=would.on_before,
        )
