# SPDX-License-Identifier: Apache-2.0
"""What moves a site's forecast: measures that were done, and links that a calendar says are closed.

Both are stated by people, in the site's file and in a calendar. What was said without them is kept
beside, and is what is scored.
"""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import numpy as np

from fusion_service.context.port import Feed
from fusion_service.estimate.forecast.effects import Effect, closing_of, disturbed, effect_of
from fusion_service.estimate.forecast.inputs.panel import Floats
from fusion_service.registry.site import Site
from fusion_service.shift.measures import measure_id
from fusion_service.shift.state import Tick
from fusion_service.store.context import ContextKnown, Quantity
from fusion_service.store.forecast.kept import ZONE
from fusion_service.store.forecast.steps import starts_of

DAY_S = 86_400
CLOSED_S_MAX = 30 * DAY_S
"""An entry that began longer ago is a state that the counts have known for long."""
AHEAD_S = 8 * DAY_S
ENTRIES_MAX = 500


def done_effects(site: Site, ticks: Mapping[tuple[str, str], Tick]) -> tuple[Effect, ...]:
    """Return what the measures do that were done; ticks: by zone and measure, of a shift.

    From the first zone on in which one was done. Until its zone is green again it goes on.
    """
    begun: dict[str, int] = {}
    for (_, name), tick in ticks.items():
        if tick.is_done:
            begun[name] = min(begun.get(name, tick.at_ms), tick.at_ms)
    return tuple(
        effect_of(site, one, name, from_s=begun[name] // 1000)
        for one in site.measures
        if (one.effect or one.closes) and (name := measure_id(one)) in begun
    )


def closing_effects(
    site: Site, known: ContextKnown, feeds: Sequence[Feed], at_s: int
) -> tuple[Effect, ...]:
    """Return what links do that calendars say are closed, as it was known at a moment.

    An entry closes the link whose id its title begins with, before a colon or alone.
    """
    links, found = {one.id for one in site.links}, []
    for feed in feeds:
        if Quantity.CLOSURE not in feed.gives:
            continue
        rows = known.known_at(
            feed.name,
            known_s=at_s,
            from_s=at_s - CLOSED_S_MAX,
            until_s=at_s + AHEAD_S,
            limit=ENTRIES_MAX,
        )
        for row in rows:
            value = row.value
            link = value.note.partition(":")[0].strip()
            ends_s = value.valid_s + value.length_s
            if value.amount > 0.0 and link in links and ends_s > at_s - DAY_S:
                found.append(closing_of(site, [link], from_s=value.valid_s, until_s=ends_s))
    return tuple(found)


def moved(
    site: Site,
    places: Sequence[str],
    quantiles: Floats,
    effects: Sequence[Effect],
    *,
    origin_s: int,
    step_s: int,
) -> Floats | None:
    """Return what is said of places, (H, S, 3), as effects move its zones; None where none does."""
    if not effects:
        return None
    starts = starts_of(origin_s, step_s, len(quantiles), ZoneInfo(site.time_zone))
    # A step that the clock leaves out has nothing to be moved.
    middles = [origin_s if one is None else one + step_s // 2 for one in starts]
    zones = [place.removeprefix(ZONE) if place.startswith(ZONE) else "" for place in places]
    times_s = np.array(middles, dtype=np.int64)
    return disturbed(quantiles, zones, times_s, effects, origin_s).quantiles
