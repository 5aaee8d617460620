# SPDX-License-Identifier: Apache-2.0
"""What was agreed to be done at a level, as a checklist of a zone. Pure."""

import hashlib
from dataclasses import dataclass

from fusion_service.registry.site import Level, Measure, Site
from fusion_service.shift.state import SiteShift, Tick

ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Item:
    """One measure of a zone's checklist; tick: None where nobody said anything of it yet."""

    zone: str
    id: str
    measure: Measure
    tick: Tick | None

    @property
    def is_done(self) -> bool:
        """Whether it was done."""
        return self.tick is not None and self.tick.is_done


def measure_id(measure: Measure) -> str:
    """Return a measure's name: by what it says, so that it stays with its words."""
    said = "\0".join(
        [measure.level.name, measure.organisation, measure.text, *sorted(measure.zones)]
    )
    return hashlib.sha256(said.encode()).hexdigest()[:ID_LENGTH]


def checklist(site: Site, shift: SiteShift, zone: str) -> tuple[Item, ...]:
    """Return what is to be done in a zone: the measures of its level and of those below it.

    Those of green stand for themselves: they are of the quiet, and of what comes after.
    """
    level = shift.declared_level(zone)
    return tuple(
        Item(zone, name, one, shift.ticks.get((zone, name)))
        for one in site.measures
        for name in (measure_id(one),)
        if (not one.zones or zone in one.zones) and _is_asked(one.level, level)
    )


def _is_asked(measure: Level, level: Level) -> bool:
    return measure is level if Level.GREEN in {measure, level} else measure <= level
