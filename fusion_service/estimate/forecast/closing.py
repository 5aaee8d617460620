# SPDX-License-Identifier: Apache-2.0
"""What closing a link does to where people are, by one simple law. Stated, not learnt.

Law: as many people are on the site as before, and a zone's part of them follows the width of the
ways that are open at it. So a zone that loses half of its width loses up to half of its people, and
they are spread over the others; one without any way left empties. It is where people end up who
walk on by chance, each way by its width, and come back in when they have left. It knows of no
destination, no distance, and of no crowd that turns round.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from fusion_service.errors import ForecastError
from fusion_service.registry.site import Site


def open_widths(site: Site, closed: Collection[str]) -> dict[str, float]:
    """Return of each zone with a way which part of its ways' width is open, 0 to 1.

    Raises ForecastError for a link that is not drawn.
    """
    names = [one.id for one in site.links]
    for link in closed:
        if link not in names:
            raise ForecastError(f"closes: got {link[:80]!r}, wanted a link of {site.id}")
    whole, still = dict[str, float](), dict[str, float]()
    for one in site.links:
        for zone in (one.from_zone, one.to_zone):
            if zone is not None:
                whole[zone] = whole.get(zone, 0.0) + one.width_m
                is_open = one.id not in closed
                still[zone] = still.get(zone, 0.0) + (one.width_m if is_open else 0.0)
    return {zone: still[zone] / width for zone, width in whole.items()}


def spread_factors(
    people: NDArray[np.floating], zones: Sequence[str], widths: dict[str, float]
) -> NDArray[np.float64]:
    """Return by what factor each zone's people change, (H, Z), when they have spread anew.

    people: (H, Z), who would be there. A zone without a way is no part of it.
    """
    factors = np.ones(people.shape)
    places = [index for index, zone in enumerate(zones) if zone in widths]
    if not places:
        return factors
    part = np.array([widths[zones[one]] for one in places])
    known = np.nan_to_num(people[:, places].astype(np.float64))
    left = known @ part
    # Where every way at every zone with people is closed, they stay where they are.
    scale = np.where(left > 0.0, known.sum(axis=1) / np.where(left > 0.0, left, 1.0), 0.0)
    factors[:, places] = np.where(left[:, None] > 0.0, part[None, :] * scale[:, None], 1.0)
    return factors
