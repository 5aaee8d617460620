# SPDX-License-Identifier: Apache-2.0
"""What anybody may know of a site: late, and coarse, in the shape that Seoul made usual.

Off unless the config says otherwise. Rule 1: no number is younger than the delay. Rule 2: people
are said as a minimum and a maximum, each a multiple of the rounding.
"""

import math
import threading
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import FastAPI, Query, Response

from fusion_service.estimate.levels import level_of
from fusion_service.registry.site import Zone
from fusion_service.store.estimates import EstimateRow
from fusion_service.web.form.instants import SecondsOut, of_seconds
from fusion_service.web.picture.live import LivePicture
from fusion_service.web.picture.sources import PictureSources, PublicRules
from fusion_service.web.queries import Name, NoQuery
from fusion_service.web.views.base import View

LOOK_BACK_S = 1_800
"""A zone of which nothing younger is known is not shown."""
KEPT_S = 60
"""How long an answer is the answer: one look at the store for everybody."""
SITES_MAX = 64


class PublicZoneView(View):
    """A zone as anybody may know it: its level, and between which numbers its people are."""

    zone: str
    name: str
    at: SecondsOut
    level: str
    minimum: int
    maximum: int


class PublicSiteView(View):
    """A site as anybody may know it."""

    site: str
    name: str
    delay_s: int
    zones: tuple[PublicZoneView, ...]


@dataclass(slots=True)
class PublicNumbers:
    """What may be told of each site: the last answer, by the moment up to which it may tell."""

    sources: PictureSources
    live: LivePicture
    rules: PublicRules
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: dict[str, tuple[int, PublicSiteView]] = field(default_factory=dict)

    def told(self, site: str) -> PublicSiteView:
        """Return what anybody may know now. Raises QueryError where the site is not drawn."""
        newest_s = max((row.estimate.at_s for row in self.live.now(site).rows.values()), default=0)
        until_s = (newest_s - self.rules.delay_s) // KEPT_S * KEPT_S
        with self._lock:
            kept = self._kept.get(site)
            if kept is None or kept[0] != until_s:
                while len(self._kept) >= SITES_MAX:
                    self._kept.pop(next(iter(self._kept)))
                kept = until_s, _told(self.sources, site, until_s, self.rules)
                self._kept[site] = kept
            return kept[1]


def add_public(
    app: FastAPI, sources: PictureSources, live: LivePicture, rules: PublicRules
) -> None:
    """Add the public's route to the API."""
    numbers = PublicNumbers(sources, live, rules)

    @app.get("/v1/public/{site}")
    def get_public(
        response: Response, site: Name, _query: Annotated[NoQuery, Query()]
    ) -> PublicSiteView:
        """A site's levels and people, late and coarse."""
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = f"max-age={KEPT_S}"
        return numbers.told(site)


def coarse_ends(low: float, high: float, step: int) -> tuple[int, int]:
    """Return a minimum and a maximum that hold an interval: each a multiple of a step, apart."""
    minimum = max(math.floor(low / step) * step, 0)
    return minimum, max(math.ceil(high / step) * step, minimum + step)


def _told(sources: PictureSources, site: str, until_s: int, rules: PublicRules) -> PublicSiteView:
    drawn = sources.drawings.site(site)
    shown = []
    for zone in drawn.zones:
        rows = sources.picture.series(
            site,
            zone.id,
            from_s=until_s - LOOK_BACK_S,
            to_s=until_s + 1,
            known_by_ms=None,
            limit=LOOK_BACK_S,
        )
        if rows:
            shown.append(_coarse(zone, rows[-1], rules))
    return PublicSiteView(site=site, name=drawn.name, delay_s=rules.delay_s, zones=tuple(shown))


def _coarse(zone: Zone, row: EstimateRow, rules: PublicRules) -> PublicZoneView:
    estimate = row.estimate
    minimum, maximum = coarse_ends(estimate.low_80, estimate.high_80, rules.round_to)
    return PublicZoneView(
        zone=zone.id,
        name=zone.name,
        at=of_seconds(estimate.at_s),
        level=level_of(zone, estimate.people, estimate.density).name.lower(),
        minimum=minimum,
        maximum=maximum,
    )
