# SPDX-License-Identifier: Apache-2.0
"""What is open in a shift, as it follows from the log. Pure: entries in, state out.

Rule 1: nothing is known here that the log does not say, so a restart knows all that was known.
Rule 2: no name and no comment is kept: whoever shows them asks the log, and an erasure holds at
once. Rule 3: everything has a bound.
"""

from collections import deque
from dataclasses import dataclass, field, replace

from fusion_service.ledger.shift_log import Deed, ShiftEntry
from fusion_service.registry.site import Level
from fusion_service.shift.causes import Cause, Kind

CLOSED_MAX = 200
"""Ended alarms of a site that are still listed."""
OPEN_MAX = 500
"""Alarms of a site that may be open; the flood is an alarm long before."""
FLOOD_WINDOW_MS = 600_000
FLOOD_BEGINS, FLOOD_ENDS = 10, 5
"""More than one a minute over ten minutes nobody can act on (ANSI/ISA-18.2-2016, 16.5.3): it begins
with more than ten and ends with less than five."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm. id: of the entry that raised it; version: of the last entry about it.

    acknowledged, assigned, shelved: the ids of the entries that say so. Times are UTC in ms.
    """

    id: int
    site: str
    cause: Cause
    raised_ms: int
    changed_ms: int
    version: int
    ended_ms: int | None = None
    acknowledged: int | None = None
    assigned: int | None = None
    shelved: int | None = None
    shelved_until_ms: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether its cause still holds."""
        return self.ended_ms is None

    def is_shelved(self, now_ms: int) -> bool:
        """Say whether it is put away for now."""
        return self.shelved_until_ms is not None and now_ms < self.shelved_until_ms


@dataclass(frozen=True, slots=True)
class Decided:
    """A zone's level as it was declared, or proposed. entry: the log's."""

    level: Level
    since_ms: int
    entry: int


@dataclass(frozen=True, slots=True)
class Tick:
    """Whether a measure was done in a zone, as it was said last."""

    is_done: bool
    at_ms: int
    entry: int


@dataclass(slots=True)
class SiteShift:
    """What is open at a site. last_id: the last entry of it.

    handover: the last that was handed over, with nobody who took over where `taken_over` is None.
    """

    site: str
    last_id: int = 0
    open: dict[int, Alarm] = field(default_factory=dict)
    closed: deque[Alarm] = field(default_factory=lambda: deque(maxlen=CLOSED_MAX))
    declared: dict[str, Decided] = field(default_factory=dict)
    proposed: dict[str, Decided] = field(default_factory=dict)
    ticks: dict[tuple[str, str], Tick] = field(default_factory=dict)
    raised_ms: deque[int] = field(default_factory=lambda: deque(maxlen=OPEN_MAX))
    handover: int | None = None
    taken_over: int | None = None

    def copy(self) -> "SiteShift":
        """Return it as it is now: whoever reads it sees no change."""
        return replace(
            self,
            open=dict(self.open),
            closed=deque(self.closed, CLOSED_MAX),
            declared=dict(self.declared),
            proposed=dict(self.proposed),
            ticks=dict(self.ticks),
            raised_ms=deque(self.raised_ms, OPEN_MAX),
        )

    def alarm(self, alarm_id: int) -> Alarm | None:
        """Return an alarm that is open, or was not long ago."""
        found = self.open.get(alarm_id)
        return found or next((one for one in self.closed if one.id == alarm_id), None)

    def of_cause(self, key: str) -> Alarm | None:
        """Return the open alarm of a cause."""
        return next((one for one in self.open.values() if one.cause.key == key), None)

    def zone_version(self, zone: str) -> int:
        """Return the last entry that decided on a zone: its declaration, or a measure's tick."""
        decided = self.declared.get(zone)
        ticks = [tick.entry for (place, _), tick in self.ticks.items() if place == zone]
        return max([0 if decided is None else decided.entry, *ticks])

    def declared_level(self, zone: str) -> Level:
        """Return what is declared of a zone; green where nobody declared anything."""
        decided = self.declared.get(zone)
        return Level.GREEN if decided is None else decided.level

    def raised_lately(self, now_ms: int) -> int:
        """Return how many alarms began within the time over which a flood is judged."""
        return sum(now_ms - FLOOD_WINDOW_MS < one <= now_ms for one in self.raised_ms)

    def apply(self, entry: ShiftEntry) -> None:
        """Take an entry in."""
        self.last_id = entry.id
        deed = Deed(entry.deed)
        if deed is Deed.RAISED:
            self._raise(entry)
        elif entry.alarm is not None:
            self._change(entry, deed)
        elif deed in {Deed.DECLARED, Deed.PROPOSED}:
            self._decide(entry, deed)
        elif deed in {Deed.DONE, Deed.UNDONE}:
            tick = Tick(deed is Deed.DONE, entry.at_ms, entry.id)
            self.ticks[entry.zone, entry.words("measure")] = tick
        elif deed is Deed.HANDED_OVER:
            self.handover, self.taken_over = entry.id, None
        elif deed is Deed.TAKEN_OVER:
            self.taken_over = entry.id

    def _raise(self, entry: ShiftEntry) -> None:
        while len(self.open) >= OPEN_MAX:
            oldest = next(iter(self.open))
            self.closed.append(replace(self.open.pop(oldest), ended_ms=entry.at_ms))
        alarm = Alarm(entry.id, self.site, cause_of(entry), entry.at_ms, entry.at_ms, entry.id)
        self.open[entry.id] = alarm
        if alarm.cause.kind is not Kind.FLOOD:
            self.raised_ms.append(entry.at_ms)

    def _change(self, entry: ShiftEntry, deed: Deed) -> None:
        alarm = self.open.get(entry.alarm or 0)
        if alarm is None:
            return
        changed = replace(alarm, changed_ms=entry.at_ms, version=entry.id)
        if deed is Deed.ENDED:
            del self.open[alarm.id]
            self.closed.append(replace(changed, ended_ms=entry.at_ms))
            return
        if deed is Deed.WORSENED:
            # Whoever acknowledged the yellow has not seen the red.
            changed = replace(
                changed,
                cause=cause_of(entry),
                acknowledged=None,
                shelved=None,
                shelved_until_ms=None,
            )
        elif deed is Deed.ACKNOWLEDGED:
            changed = replace(changed, acknowledged=entry.id)
        elif deed is Deed.ASSIGNED:
            changed = replace(changed, assigned=entry.id)
        elif deed is Deed.SHELVED:
            changed = replace(changed, shelved=entry.id, shelved_until_ms=entry.number("until_ms"))
        elif deed is Deed.UNSHELVED:
            changed = replace(changed, shelved=None, shelved_until_ms=None)
        self.open[alarm.id] = changed

    def _decide(self, entry: ShiftEntry, deed: Deed) -> None:
        level = Level(entry.number("level"))
        decided = Decided(level, entry.at_ms, entry.id)
        if deed is Deed.PROPOSED:
            self.proposed[entry.zone] = decided
            return
        self.declared[entry.zone] = decided
        if level is Level.GREEN:
            # What was done belongs to what is over; next time it is to be done anew.
            self.ticks = {key: one for key, one in self.ticks.items() if key[0] != entry.zone}


def cause_of(entry: ShiftEntry) -> Cause:
    """Return what an entry that raised an alarm, or made it worse, says of its cause."""
    members = entry.words("members")
    return Cause(
        Kind(entry.words("kind")),
        entry.words("about"),
        Level(entry.number("level")),
        tuple(members.split()),
    )


def detail_of(cause: Cause) -> tuple[tuple[str, str | int], ...]:
    """Return a cause as an entry says it."""
    said: list[tuple[str, str | int]] = [("kind", cause.kind.value)]
    if cause.about:
        said.append(("about", cause.about))
    if cause.level is not Level.GREEN:
        said.append(("level", int(cause.level)))
    if cause.members:
        said.append(("members", " ".join(cause.members)))
    return tuple(said)
