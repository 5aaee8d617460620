# SPDX-License-Identifier: Apache-2.0
"""What somebody supposes to be done, and what would be forecast then. Nothing is kept by asking."""

from collections.abc import Callable
from dataclasses import dataclass

from fusion_service.errors import QueryError
from fusion_service.registry.site import Measure, Site
from fusion_service.shift.measures import measure_id
from fusion_service.store.forecast.kept import Made, Said


@dataclass(frozen=True, slots=True)
class Supposed:
    """What would be done, from when and until when (UTC).

    measures: ids, as the API has them. links: that would be closed. title: of an event. from_s:
    None is the forecast's origin, or since when it is in force. until_s: None has no end yet.
    """

    measures: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    title: str | None = None
    from_s: int | None = None
    until_s: int | None = None


@dataclass(frozen=True, slots=True)
class Would:
    """The newest forecasts of zones, what is said now as `said`, and as `moved` what would be.

    in_force: which of what was asked is so already, and is counted once. on_before: how often
    something of the event's title was on; None without an event.
    """

    forecasts: tuple[tuple[Made, tuple[Said, ...]], ...]
    in_force: tuple[str, ...] = ()
    on_before: int | None = None


WhatIf = Callable[[Site, Supposed], Would]
"""Answer what would come. Raises QueryError as `check_supposed`."""


def check_supposed(site: Site, supposed: Supposed) -> None:
    """Raise QueryError for a measure or link that the site has not, or that moves nothing."""
    by_name, links = measures_of(site), {one.id for one in site.links}
    moving = ", ".join(key for key, one in by_name.items() if _moves(one)) or "none does"
    wanted = f"a measure of which the site's file says effect or closes: {moving}"
    for name in supposed.measures:
        if name not in by_name:
            raise QueryError(name, where="measure", wanted=wanted)
        if not _moves(by_name[name]):
            raise QueryError(f"{name}, which moves nothing", where="measure", wanted=wanted)
    for name in supposed.links:
        if name not in links:
            drawn = f"a link of {site.id}: {', '.join(sorted(links)) or 'none is drawn'}"
            raise QueryError(name, where="closes", wanted=drawn)


def measures_of(site: Site) -> dict[str, Measure]:
    """Return a site's measures by their ids."""
    return {measure_id(one): one for one in site.measures}


def _moves(measure: Measure) -> bool:
    return bool(measure.effect or measure.closes)
