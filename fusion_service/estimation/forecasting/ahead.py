# SPDX-License-Identifier: Apache-2.0
"""What is forecast of each site now, for who proposes levels and raises alarms. No numpy.

Rule: a forecast that is old is none. Whoever asks then has the trend.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from fusion_service.estimate.levels import Ahead, Coming
from fusion_service.registry.site import Level
from fusion_service.store.forecast.kept import ZONE, Forecasts, Made, Said, WarningRow
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S, starts_of, steps_in

STALE_S = {QUARTER_S: 2 * QUARTER_S, HOUR_S: 3 * HOUR_S}
"""How long after its origin a forecast in such steps is still one."""


@dataclass(slots=True)
class _OfSite:
    steps: dict[int, tuple[int, Mapping[str, tuple[Ahead, ...]]]] = field(default_factory=dict)
    """By the length of steps: from which moment on, and what comes in each zone."""
    coming: tuple[Coming, ...] = ()


@dataclass(slots=True)
class KnownAhead:
    """The newest forecast of each site. One thread tells, any may ask."""

    now_s: Callable[[str], int]
    """A site's present."""
    _sites: dict[str, _OfSite] = field(default_factory=dict)

    def tell(
        self, made: Made, said: Sequence[Said], zone: ZoneInfo, coming: Sequence[Coming] = ()
    ) -> None:
        """Hear of a new forecast; coming: what it warns of, of a forecast in hours."""
        known = self._sites.setdefault(made.site, _OfSite())
        zones = {
            one.place.removeprefix(ZONE): _ahead_of(made, one, zone)
            for one in said
            if one.place.startswith(ZONE)
        }
        known.steps = {**known.steps, made.step_s: (made.origin_s, zones)}
        if made.step_s == HOUR_S:
            known.coming = tuple(coming)

    def recall(self, kept: Forecasts, site: str, zone: ZoneInfo) -> None:
        """Take up what was said last, after a start."""
        for step_s in STALE_S:
            made = kept.newest(site, step_s)
            if made is not None:
                rows = kept.warnings(site, from_s=made.origin_s, to_s=made.origin_s + 1)
                coming = [_coming_of(row) for row in rows if row.warned]
                self.tell(made, kept.said(made), zone, coming)

    def forecast(self, site: str) -> Mapping[str, Sequence[Ahead]]:
        """Return what comes in each zone of a site, by time; a zone of which nothing is known not.

        Quarters of the next hour, then hours.
        """
        known = self._sites.get(site)
        if known is None:
            return {}
        now_s, found = self.now_s(site), dict[str, list[Ahead]]()
        upto_s = 0
        for step_s in (QUARTER_S, HOUR_S):
            origin_s, zones = known.steps.get(step_s, (0, {}))
            if now_s - origin_s > STALE_S[step_s]:
                continue
            for zone, steps in zones.items():
                found.setdefault(zone, []).extend(one for one in steps if one.at_s > upto_s)
            upto_s = origin_s + HOUR_S
        return found

    def coming(self, site: str) -> tuple[Coming, ...]:
        """Return what is warned of at a site and has not come to pass."""
        known = self._sites.get(site)
        if known is None:
            return ()
        now_s = self.now_s(site)
        origin_s, _ = known.steps.get(HOUR_S, (0, {}))
        if now_s - origin_s > STALE_S[HOUR_S]:
            return ()
        return tuple(one for one in known.coming if one.at_s + HOUR_S > now_s)


def _coming_of(row: WarningRow) -> Coming:
    """Return a warning as it was kept; of its probability what follows from the quantiles."""
    at_s = row.origin_s + row.horizon_s - HOUR_S
    return Coming(Level(row.level), row.zone, at_s, row.probability)


def _ahead_of(made: Made, said: Said, zone: ZoneInfo) -> tuple[Ahead, ...]:
    """Return steps as moments in their middle, which is where their mean is nearest to."""
    numbers = steps_in(said.said if said.moved is None else said.moved)
    starts = starts_of(made.origin_s, made.step_s, len(numbers), zone)
    return tuple(
        Ahead(start_s + made.step_s // 2, middle, low, high)
        for start_s, (low, middle, high, _) in zip(starts, numbers, strict=True)
        if start_s is not None and not math.isnan(middle)
    )
