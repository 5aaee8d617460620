# SPDX-License-Identifier: Apache-2.0
"""A kept forecast as measures, closed links or an event would move it. Nothing is kept by asking.

What is in force already is counted once: the forecast without anything is moved by all of it, with
what is supposed in its place where both say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np

from fusion_service.estimate.forecast.effects import Effect, closing_of, disturbed, effect_of
from fusion_service.estimate.forecast.expected import as_if_on
from fusion_service.estimate.forecast.inputs.panel import Floats, Integers
from fusion_service.estimation.what_if.event import Event
from fusion_service.registry.site import Site
from fusion_service.shift.measures import measure_id
from fusion_service.shift.supposed import Supposed, measures_of
from fusion_service.store.forecast.kept import ZONE, Made, Said
from fusion_service.store.forecast.steps import starts_of, steps_in


@dataclass(frozen=True, slots=True)
class ZoneSteps:
    """A kept forecast of zones.

    said, live: quantiles, (H, Z, 3), without what is in force and with it. times_s: (H,), the
    middle of each step, UTC.
    """

    made: Made
    zones: tuple[str, ...]
    said: Floats
    live: Floats
    times_s: Integers


def zone_steps(site: Site, made: Made, kept: Sequence[Said]) -> ZoneSteps | None:
    """Return what was said of a site's zones; None where nothing was."""
    kept = [one for one in kept if one.place.startswith(ZONE)]
    if not kept:
        return None
    starts = starts_of(
        made.origin_s, made.step_s, len(steps_in(kept[0].said)), ZoneInfo(site.time_zone)
    )
    # A step that the clock leaves out has nothing to be moved.
    middles = [made.origin_s if one is None else one + made.step_s // 2 for one in starts]
    return ZoneSteps(
        made,
        tuple(one.place.removeprefix(ZONE) for one in kept),
        _quantiles([one.said for one in kept]),
        _quantiles([one.said if one.moved is None else one.moved for one in kept]),
        np.array(middles, dtype=np.int64),
    )


def as_supposed(
    site: Site,
    steps: ZoneSteps,
    supposed: Supposed,
    in_force: Sequence[Effect],
    event: Event | None = None,
) -> Floats:
    """Return the quantiles that would be said, (H, Z, 3), of what `check_supposed` let pass."""
    origin_s = steps.made.origin_s
    effects = effects_of(site, supposed, in_force, origin_s)
    would = disturbed(steps.said, steps.zones, steps.times_s, effects, origin_s).quantiles
    if event is None:
        return would
    begins_s = origin_s if supposed.from_s is None else supposed.from_s
    ends_s = int(steps.times_s[-1]) + 1 if supposed.until_s is None else supposed.until_s
    expected = event.of_zones(steps.zones)
    return as_if_on(would, steps.times_s, expected, begins_s=begins_s, ends_s=ends_s)


def effects_of(
    site: Site, supposed: Supposed, in_force: Sequence[Effect], origin_s: int
) -> list[Effect]:
    """Return what is in force and what is supposed, each once.

    What is both lasts as it is supposed, from the earlier of the two. A link that a measure closes
    is not closed a second time.
    """
    by_name = measures_of(site)
    since = {one.name: one for one in in_force}
    asked = [by_name[name] for name in dict.fromkeys(supposed.measures)]
    acting = [*asked, *(by_name[name] for name in since if name in by_name)]
    closed = {link for one in acting for link in one.closes}
    from_s = origin_s if supposed.from_s is None else supposed.from_s
    would = [
        effect_of(site, one, measure_id(one), from_s=from_s, until_s=supposed.until_s)
        for one in asked
    ]
    links = [one for one in dict.fromkeys(supposed.links) if one not in closed]
    known = [one for one in links if one in since]
    would += [closing_of(site, [one], from_s=from_s, until_s=supposed.until_s) for one in known]
    if rest := [one for one in links if one not in since]:
        would.append(closing_of(site, rest, from_s=from_s, until_s=supposed.until_s))
    names = {one.name for one in would}
    kept = [one for one in in_force if one.name not in names]
    return [*kept, *(_from_the_earlier(one, since.get(one.name)) for one in would)]


def _from_the_earlier(would: Effect, before: Effect | None) -> Effect:
    return would if before is None else replace(would, from_s=min(would.from_s, before.from_s))


def _quantiles(kept: Sequence[bytes]) -> Floats:
    steps = np.array([steps_in(one) for one in kept], dtype=np.float32)
    return steps.swapaxes(0, 1)[..., :3]
