# SPDX-License-Identifier: Apache-2.0
"""What the log of the shift says of a time: levels, alarms with who handled them, measures. Pure.

A text that was erased since is not there: erasures hold here too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fusion_service.ledger.shift_log import CENTRE_ACTOR, Deed, ShiftEntry
from fusion_service.registry.site import Level, Measure, Site
from fusion_service.shift.causes import Cause
from fusion_service.shift.measures import measure_id
from fusion_service.shift.state import cause_of

HANDLED = frozenset({Deed.ACKNOWLEDGED, Deed.ASSIGNED, Deed.SHELVED, Deed.UNSHELVED})
NOTES = frozenset({Deed.NOTED, Deed.HANDED_OVER, Deed.TAKEN_OVER})


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did: when, who (name, else organisation; None was erased), what they said."""

    at_s: int
    deed: str
    who: str | None
    comment: str | None
    zone: str = ""


@dataclass(frozen=True, slots=True)
class LevelSaid:
    """A level that was proposed or declared. reasons: words of the proposal."""

    at_s: int
    level: Level
    act: Act
    reasons: tuple[str, ...] = ()
    expected_s: int | None = None


@dataclass(slots=True)
class AlarmPast:
    """An alarm that was raised in the time. acts: what people did with it.

    raised: what it was when it began; cause: what it came to.
    """

    id: int
    raised: Cause
    cause: Cause
    raised_s: int
    ended_s: int | None = None
    worse: list[tuple[int, Cause]] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    @property
    def seen(self) -> Act | None:
        """Who acknowledged it first."""
        return next((one for one in self.acts if one.deed == Deed.ACKNOWLEDGED), None)


@dataclass(frozen=True, slots=True)
class MeasurePast:
    """A measure that was ticked or taken back; text: None where the site's file had it not."""

    id: str
    text: str | None
    is_done: bool
    act: Act


@dataclass(slots=True)
class LogPast:
    """What the log says of a site from one moment to before another; of levels also before it."""

    from_s: int
    to_s: int
    proposed: dict[str, list[LevelSaid]] = field(default_factory=dict)
    declared: dict[str, list[LevelSaid]] = field(default_factory=dict)
    alarms: dict[int, AlarmPast] = field(default_factory=dict)
    measures: dict[str, list[MeasurePast]] = field(default_factory=dict)
    notes: list[Act] = field(default_factory=list)

    def note(self, entry: ShiftEntry, measures: Mapping[str, Measure]) -> None:
        """Note an entry; entries come by their ids."""
        at_s, deed = entry.at_ms // 1000, Deed(entry.deed)
        if at_s >= self.to_s:
            return
        if deed in {Deed.PROPOSED, Deed.DECLARED}:
            kept = self.proposed if deed is Deed.PROPOSED else self.declared
            kept.setdefault(entry.zone, []).append(_level_said(entry, at_s))
        if at_s < self.from_s:
            return
        if deed is Deed.RAISED:
            cause = cause_of(entry)
            self.alarms[entry.id] = AlarmPast(entry.id, cause, cause, at_s)
        elif entry.alarm in self.alarms:
            self._go_on(self.alarms[entry.alarm], entry, deed)
        elif deed in {Deed.DONE, Deed.UNDONE}:
            name = entry.words("measure")
            known = measures.get(name)
            text = None if known is None else known.text
            said = MeasurePast(name, text, deed is Deed.DONE, _act(entry, at_s))
            self.measures.setdefault(entry.zone, []).append(said)
        elif deed in NOTES:
            self.notes.append(_act(entry, at_s))

    def _go_on(self, alarm: AlarmPast, entry: ShiftEntry, deed: Deed) -> None:
        if deed is Deed.ENDED:
            alarm.ended_s = entry.at_ms // 1000
        elif deed is Deed.WORSENED:
            alarm.cause = cause_of(entry)
            alarm.worse.append((entry.at_ms // 1000, alarm.cause))
        if deed in HANDLED:
            alarm.acts.append(_act(entry, entry.at_ms // 1000))


def log_past(entries: Iterable[ShiftEntry], site: Site, from_s: int, to_s: int) -> LogPast:
    """Return what a site's entries, the oldest first, say of a time."""
    measures = {measure_id(one): one for one in site.measures}
    found = LogPast(from_s, to_s)
    for entry in entries:
        if entry.site == site.id:
            found.note(entry, measures)
    return found


def level_at(said: Sequence[LevelSaid], at_s: int) -> Level:
    """Return the level that stood at a moment; green where nobody had said any."""
    return next((one.level for one in reversed(said) if one.at_s <= at_s), Level.GREEN)


def first_at(said: Sequence[LevelSaid], level: Level, from_s: int) -> LevelSaid | None:
    """Return what first said a level or one above it in a time that begins at from_s.

    One that stood already when it began is said then.
    """
    if level_at(said, from_s) >= level:
        return next(one for one in reversed(said) if one.at_s <= from_s)
    return next((one for one in said if one.at_s > from_s and one.level >= level), None)


def _level_said(entry: ShiftEntry, at_s: int) -> LevelSaid:
    return LevelSaid(
        at_s,
        Level(entry.number("level")),
        _act(entry, at_s),
        tuple(entry.words("reasons").split()),
        entry.number("expected_s") or None,
    )


def _act(entry: ShiftEntry, at_s: int) -> Act:
    name = entry.text("name")
    who = CENTRE_ACTOR if entry.actor == CENTRE_ACTOR else name
    if who == "":
        who = entry.organisation
    parts = [entry.text("comment"), entry.text("to"), entry.text("person")]
    is_erased = any(one is None for one in parts)
    comment = None if is_erased else ", ".join(filter(None, parts))
    return Act(at_s, entry.deed, who, comment, entry.zone)
