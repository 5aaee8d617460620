# SPDX-License-Identifier: Apache-2.0
"""How long before the crowd a level was proposed, by what is true in an exercise. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from fusion_service.estimate.levels import level_of
from fusion_service.exercise.crowd import Minute
from fusion_service.exercise.scenario import MINUTE_S
from fusion_service.ledger.shift_log import Deed, ShiftEntry
from fusion_service.registry.site import Level, Site
from fusion_service.shift.causes import Kind

Place = tuple[str, Level]


@dataclass(slots=True)
class LeadTimes:
    """When each level was first true in each zone, and first proposed; and the alarms raised."""

    site: Site
    true_s: dict[Place, int] = field(default_factory=dict)
    proposed_s: dict[Place, int] = field(default_factory=dict)
    alarms: dict[Kind, int] = field(default_factory=dict)

    def note_truth(self, minute: Minute) -> None:
        """Note what was true of a minute; of a recorded day nobody knows."""
        for zone in self.site.zones:
            people = minute.people.get(zone.id)
            if people is None:
                continue
            level = level_of(zone, people, people / zone.usable_m2)
            self._first(self.true_s, zone.id, level, minute.start_s + MINUTE_S)

    def note_log(self, entries: Iterable[ShiftEntry]) -> None:
        """Note what was proposed, and what was an alarm."""
        for entry in entries:
            if entry.deed == Deed.PROPOSED:
                level = Level(entry.number("level"))
                self._first(self.proposed_s, entry.zone, level, entry.at_ms // 1000)
            elif entry.deed == Deed.RAISED:
                kind = Kind(entry.words("kind"))
                self.alarms[kind] = self.alarms.get(kind, 0) + 1

    def lead_s(self, place: Place) -> int | None:
        """Return how long a proposal came before the crowd; None where one of both never came."""
        if place not in self.true_s or place not in self.proposed_s:
            return None
        return self.true_s[place] - self.proposed_s[place]

    def lines(self) -> list[str]:
        """Return a line for each level of each zone that was true or proposed, and of alarms."""
        found = []
        for zone, level in sorted(self.true_s.keys() | self.proposed_s.keys()):
            lead_s = self.lead_s((zone, level))
            said = "it never came, or nobody drew people"
            if lead_s is not None:
                side = "before" if lead_s >= 0 else "after"
                said = f"{abs(lead_s) // 60} minutes {side} the crowd"
            elif (zone, level) in self.true_s:
                said = "never proposed"
            found.append(f"{zone} {level.name.lower()}: {said}")
        if self.true_s:
            found.append(f"proposed, and never came: {self._false()}")
        counted = ", ".join(f"{kind} {number}" for kind, number in self.alarms.items())
        return [*found, f"alarms: {counted or 'none'}"]

    def _false(self) -> str:
        """Say how many zones had each level proposed and never reached it."""
        false = self.proposed_s.keys() - self.true_s.keys()
        levels = (Level.YELLOW, Level.ORANGE, Level.RED)
        return ", ".join(
            f"{level.name.lower()} {sum(one is level for _, one in false)}" for level in levels
        )

    def _first(self, known: dict[Place, int], zone: str, level: Level, at_s: int) -> None:
        """Note a level, and those below it that it passed over, where they are new."""
        for lower in range(Level.YELLOW, level + 1):
            known.setdefault((zone, Level(lower)), at_s)
