# SPDX-License-Identifier: Apache-2.0
"""What closing a link does to the zones around it, by one simple law. Stated, not learnt.

Law: who would have walked a closed link walks another that is open where they are, each by its
width; as many come in as before, by the ways in that are left; and people stay as long at each
visit. So a zone's number follows how often it is visited: the visits of a walk over the links, from
the ways in to the ways out. It knows of no destination, and of no crowd that turns round.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from fusion_service.errors import ForecastError
from fusion_service.registry.site import Link, Site

_SAME = 1e-6
"""A share that is closer to nothing than this is none."""


def closed_shares(site: Site, closed: Collection[str]) -> dict[str, float]:
    """Return the share of people that each zone gains or, below 0, loses.

    A zone that is cut off keeps whom it has. Raises ForecastError for a link that is not drawn,
    and where no way in is drawn or left.
    """
    names = [one.id for one in site.links]
    for link in closed:
        if link not in names:
            raise ForecastError(f"closes: got {link!r}, wanted a link of {site.id}")
    zones = [one.id for one in site.zones]
    usual = _visits(zones, site.links)
    left = [one for one in site.links if one.id not in closed]
    if not usual.any() or not any(_is_way_in(one) for one in left):
        what = "left" if usual.any() else "drawn"
        raise ForecastError(
            f"closes: got {', '.join(sorted(closed))}: no way into {site.id} is {what}, so what "
            "closing does cannot be told; state it as effect of a measure"
        )
    visits = _visits(zones, left)
    return {
        zone: float(now / before - 1.0)
        for zone, now, before in zip(zones, visits, usual, strict=True)
        if now > 0.0 and before > 0.0 and abs(now / before - 1.0) > _SAME
    }


def _is_way_in(link: Link) -> bool:
    return link.from_zone is None or link.to_zone is None


def _visits(zones: Sequence[str], links: Sequence[Link]) -> NDArray[np.float64]:
    """Return how often somebody who comes in visits each zone until they leave, (Z,).

    0 of zones that no way leads to from outside.
    """
    place = {zone: index for index, zone in enumerate(zones)}
    widths = np.zeros((len(zones), len(zones)))
    outside = np.zeros(len(zones))
    for link in links:
        ends = [place[end] for end in (link.from_zone, link.to_zone) if end is not None]
        if len(ends) == 1:
            outside[ends[0]] += link.width_m
        else:
            widths[ends[0], ends[1]] += link.width_m
            widths[ends[1], ends[0]] += link.width_m
    reached = outside > 0.0
    for _ in zones:
        reached = reached | ((widths > 0.0) & reached[None, :]).any(axis=1)
    if not reached.any():
        return np.zeros(len(zones))
    widths, outside = widths[np.ix_(reached, reached)], outside[reached]
    going = widths / (widths.sum(axis=1) + outside)[:, None]
    coming = outside / outside.sum()
    visits = np.zeros(len(zones))
    visits[reached] = np.linalg.solve(np.identity(len(widths)) - going.T, coming)
    return visits
