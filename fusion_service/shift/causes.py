# SPDX-License-Identifier: Apache-2.0
"""What can be an alarm, and what one alarm is about. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from fusion_service.registry.site import Level


class Kind(StrEnum):
    """What an alarm is about."""

    LEVEL = "level proposed"
    COMING = "level coming"
    DECLARED = "level declared"
    DENSITY = "density"
    ROUTE = "emergency route"
    BOXES = "boxes silent"
    FEED = "feed down"
    BROKER = "broker away"
    FLOOD = "flood of alarms"


OF_ZONES = frozenset({Kind.LEVEL, Kind.COMING, Kind.DECLARED, Kind.DENSITY})
"""Alarms about a zone."""
NOTICE, WARNING, CRITICAL = 1, 2, 3
"""How soon somebody must look. The levels yellow, orange and red have the same numbers."""
SEVERITIES = {
    Kind.DENSITY: CRITICAL,
    Kind.ROUTE: CRITICAL,
    Kind.BOXES: WARNING,
    Kind.FEED: NOTICE,
    Kind.BROKER: CRITICAL,
    Kind.FLOOD: CRITICAL,
}
"""Of those whose severity is no level."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What holds now and is an alarm for as long as it does.

    about: the zone, route, device or feed; empty of the site. level: of a proposal or declaration.
    members: which devices are silent together, by name; of no other kind.
    """

    kind: Kind
    about: str = ""
    level: Level = Level.GREEN
    members: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What makes it the same cause as one of before."""
        return f"{self.kind}/{self.about}"

    @property
    def zone(self) -> str:
        """The zone that it is about; empty where it is about none."""
        return self.about if self.kind in OF_ZONES else ""

    @property
    def severity(self) -> int:
        """How soon somebody must look."""
        if self.kind is Kind.COMING:
            return min(int(self.level), WARNING)  # it has not come
        return SEVERITIES.get(self.kind, int(self.level))
