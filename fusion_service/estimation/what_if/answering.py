# SPDX-License-Identifier: Apache-2.0
"""Answer what would come, for the API and the command alike. Loads numpy when it is asked."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fusion_service.estimation.beside.told import Told
from fusion_service.registry.site import Site
from fusion_service.shift.supposed import Supposed, Would, check_supposed
from fusion_service.store.forecast.kept import ZONE, Forecasts, Said
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S, packed, steps_in

if TYPE_CHECKING:
    from fusion_service.estimate.forecast.effects import Effect
    from fusion_service.estimation.what_if.event import Event
    from fusion_service.estimation.what_if.moving import ZoneSteps


class WhatIfs:
    """What would come at the sites of a store. Safe for many threads."""

    def __init__(self, forecasts: Forecasts, told: Told) -> None:
        self._forecasts, self._told = forecasts, told
        # An event reads a year of days: one question at a time.
        self._one_event = threading.Lock()

    def __call__(self, site: Site, supposed: Supposed) -> Would:
        """Return the newest forecasts as they would be. Raises QueryError as `check_supposed`."""
        from fusion_service.estimation.beside.sources import beside_of  # noqa: PLC0415 - numpy
        from fusion_service.estimation.what_if.moving import zone_steps  # noqa: PLC0415 - numpy

        check_supposed(site, supposed)
        newest = [self._forecasts.newest(site.id, step_s) for step_s in (QUARTER_S, HOUR_S)]
        kept = [(made, self._forecasts.said(made)) for made in newest if made is not None]
        if not kept:
            return Would(())
        steps = [zone_steps(site, made, said) for made, said in kept]
        in_force = beside_of(self._told).effects_of(site, kept[-1][0].origin_s)
        event = self._event(site, supposed, steps[-1])
        asked = {*supposed.measures, *supposed.links}
        return Would(
            tuple(
                (made, tuple(_as_if(site, said, each, supposed, in_force, event)))
                for (made, said), each in zip(kept, steps, strict=True)
            ),
            tuple(one.name for one in in_force if one.name in asked),
            None if event is None else event.expected.times,
        )

    def _event(self, site: Site, supposed: Supposed, steps: "ZoneSteps | None") -> "Event | None":
        from fusion_service.estimation.what_if.event import event_of  # noqa: PLC0415 - numpy

        if supposed.title is None or steps is None:
            return None
        kept, told, origin_s = self._forecasts, self._told, steps.made.origin_s
        with self._one_event:
            return event_of(site, supposed.title, kept, told, steps.zones, origin_s)


def _as_if(
    site: Site,
    said: Sequence[Said],
    steps: "ZoneSteps | None",
    supposed: Supposed,
    in_force: "Sequence[Effect]",
    event: "Event | None",
) -> list[Said]:
    """Return what is said of zones as it is now, and as it would be moved."""
    import numpy as np  # noqa: PLC0415 - see the module

    from fusion_service.estimation.what_if.moving import as_supposed  # noqa: PLC0415 - numpy

    zones = [one for one in said if one.place.startswith(ZONE)]
    if steps is None or not (supposed.measures or supposed.links or event):
        return [Said(one.place, by_ratio=one.by_ratio, said=_live(one)) for one in zones]
    would = as_supposed(site, steps, supposed, in_force, event)
    naive = np.array([steps_in(_live(one)) for one in zones], dtype=np.float32)[..., 3:]
    numbers = np.concatenate([would, naive.swapaxes(0, 1)], axis=2)
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
