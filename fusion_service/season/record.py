# SPDX-License-Identifier: Apache-2.0
"""What the log of the shift says of a period: alarms, levels, ticks. Pure; entries in, values out.

No text of an entry is read: no name, no reason, no comment.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from fusion_service.ledger.shift_log import Deed, ShiftEntry
from fusion_service.registry.site import Level
from fusion_service.season.spans import Change, Span
from fusion_service.shift.causes import Kind
from fusion_service.shift.state import cause_of

FORECAST = "forecast"


@dataclass(slots=True)
class Asked:
    """Somebody was to look from a moment on; answered_s: when somebody acknowledged it."""

    at_s: int
    severity: int
    answered_s: int | None = None


@dataclass(slots=True)
class PastAlarm:
    """An alarm that was raised in the period. level, members: the worst it came to, all of them."""

    id: int
    kind: Kind
    about: str
    level: Level
    members: tuple[str, ...]
    raised_s: int
    ended_s: int | None = None
    asked: list[Asked] = field(default_factory=list)
    times_shelved: int = 0


@dataclass(frozen=True, slots=True)
class Tick:
    """Somebody said of a measure in a zone that it was done, or was not after all."""

    at_s: int
    zone: str
    measure: str
    is_done: bool


@dataclass(slots=True)
class Record:
    """What is known of a site's period; of levels also how they stood when it began."""

    within: Span
    alarms: dict[int, PastAlarm] = field(default_factory=dict)
    declared: dict[str, list[Change]] = field(default_factory=dict)
    proposed: dict[str, list[Change]] = field(default_factory=dict)
    ticks: list[Tick] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    taken_over: int = 0
    entries: int = 0

    def note(self, entry: ShiftEntry) -> None:
        """Note an entry; entries come by their ids."""
        at_s, deed = entry.at_ms // 1000, Deed(entry.deed)
        if at_s >= self.within[1]:
            return
        if deed in {Deed.DECLARED, Deed.PROPOSED}:
            kept = self.declared if deed is Deed.DECLARED else self.proposed
            kept.setdefault(entry.zone, []).append(_change(entry, at_s))
        elif entry.alarm is not None and entry.alarm in self.alarms:
            _go_on(self.alarms[entry.alarm], entry, deed, at_s)
        if at_s < self.within[0]:
            return
        self.entries += 1
        if deed is Deed.RAISED:
            self.alarms[entry.id] = _raised(entry, at_s)
        elif deed in {Deed.DONE, Deed.UNDONE}:
            said = Tick(at_s, entry.zone, entry.words("measure"), deed is Deed.DONE)
            self.ticks.append(said)
        elif deed is Deed.TAKEN_OVER:
            self.taken_over += 1
        elif deed is Deed.SKIPPED:
            self.skipped[entry.words("outlet")] += entry.number("entries")


def record_of(entries: Iterable[ShiftEntry], within: Span) -> Record:
    """Return what a site's entries, the oldest first, say of a period."""
    found = Record(within)
    for entry in entries:
        found.note(entry)
    return found


def _change(entry: ShiftEntry, at_s: int) -> Change:
    expected_s = entry.number("expected_s") or None
    by_forecast = FORECAST in entry.words("reasons").split()
    return Change(at_s, Level(entry.number("level")), by_forecast, expected_s)


def _raised(entry: ShiftEntry, at_s: int) -> PastAlarm:
    cause = cause_of(entry)
    asked = [Asked(at_s, cause.severity)]
    return PastAlarm(
        entry.id, cause.kind, cause.about, cause.level, cause.members, at_s, None, asked
    )


def _go_on(alarm: PastAlarm, entry: ShiftEntry, deed: Deed, at_s: int) -> None:
    last = alarm.asked[-1]
    if deed is Deed.ACKNOWLEDGED:
        last.answered_s = at_s
    elif deed is Deed.WORSENED:
        cause = cause_of(entry)
        alarm.level, alarm.members = max(alarm.level, cause.level), cause.members
        if last.answered_s is None:
            last.severity = max(last.severity, cause.severity)
        else:
            # Whoever acknowledged the yellow is to look at the red anew.
            alarm.asked.append(Asked(at_s, cause.severity))
    elif deed is Deed.SHELVED:
        alarm.times_shelved += 1
    elif deed is Deed.ENDED:
        alarm.ended_s = at_s
