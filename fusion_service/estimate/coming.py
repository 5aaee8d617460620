# SPDX-License-Identifier: Apache-2.0
"""A level that is likely to come, as it is warned of. Pure."""

from dataclasses import dataclass

from fusion_service.registry.site import Level, Zone


@dataclass(frozen=True, slots=True)
class Coming:
    """A site's warning: which level, in which zone likeliest, and in the hour that begins when.

    probability: calibrated on the weeks before, 0 to 1.
    """

    level: Level
    zone: str
    at_s: int
    probability: float


def people_at(zone: Zone, level: Level) -> float | None:
    """Return from how many people a zone has a level or a higher one; None where from none."""
    reached = [
        people
        for one in zone.thresholds
        if one.level >= level
        for people in (
            None if one.people is None else float(one.people),
            None if one.density is None else one.density * zone.usable_m2,
        )
        if people is not None
    ]
    return min(reached, default=None)
