# SPDX-License-Identifier: Apache-2.0
"""What the API says of a site as its file in force draws it: names, thresholds, who looks where."""

from collections.abc import Callable, Iterable
from typing import Self

from fusion_service.registry.site import Counter, Placement, Site, Threshold, TrustClass, Zone
from fusion_service.web.views.base import View


class ThresholdView(View):
    """From how many people, or which density (people a square metre), a level is proposed.

    Either is enough; null is not asked.
    """

    level: str
    people: int | None
    density: float | None

    @classmethod
    def of_threshold(cls, one: Threshold) -> Self:
        """Show a threshold."""
        return cls(level=one.level.name.lower(), people=one.people, density=one.density)


class DrawnZoneView(View):
    """A zone: its name, usable area in square metres, capacity in people, and thresholds."""

    zone: str
    name: str
    usable_m2: float
    capacity: int
    thresholds: tuple[ThresholdView, ...]

    @classmethod
    def of_zone(cls, zone: Zone) -> Self:
        """Show a zone."""
        return cls(
            zone=zone.id,
            name=zone.name,
            usable_m2=zone.usable_m2,
            capacity=zone.capacity,
            thresholds=tuple(map(ThresholdView.of_threshold, zone.thresholds)),
        )


class DrawnCounterView(View):
    """One line or zone of a counter, and the zone or link of the site that it looks at."""

    line: str | None
    zone: str | None
    at_zone: str | None
    at_link: str | None

    @classmethod
    def of_counter(cls, counter: Counter) -> Self:
        """Show a line or zone of a counter."""
        return cls(
            line=counter.line, zone=counter.zone, at_zone=counter.at_zone, at_link=counter.at_link
        )


class DrawnDeviceView(View):
    """A box of ours, or a counter of others, and what of the site it looks at."""

    device: str
    trust: TrustClass
    counters: tuple[DrawnCounterView, ...]

    @classmethod
    def of_placement(cls, placement: Placement, counters: Iterable[Counter]) -> Self:
        """Show who counts, by these of its counters."""
        return cls(
            device=placement.device,
            trust=placement.trust,
            counters=tuple(map(DrawnCounterView.of_counter, counters)),
        )


class DrawnSiteView(View):
    """A site as its file in force draws it."""

    site: str
    name: str
    time_zone: str
    zones: tuple[DrawnZoneView, ...]
    devices: tuple[DrawnDeviceView, ...]

    @classmethod
    def of_site(cls, site: Site, covers: Callable[[str], bool] | None = None) -> Self:
        """Show a site. covers: of which zones, and who looks at them; None for all of it."""
        zones = [one for one in site.zones if covers is None or covers(one.id)]
        shown = {zone.id for zone in zones}
        looking = [
            (one, [each for each in one.counters if covers is None or each.at_zone in shown])
            for one in site.placements
        ]
        return cls(
            site=site.id,
            name=site.name,
            time_zone=site.time_zone,
            zones=tuple(map(DrawnZoneView.of_zone, zones)),
            devices=tuple(
                DrawnDeviceView.of_placement(one, counters)
                for one, counters in looking
                if covers is None or counters
            ),
        )
