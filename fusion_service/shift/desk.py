# SPDX-License-Identifier: Apache-2.0
"""Where people and the centre write to the log of the shift.

Rule 1: what is decided is on disk before anybody hears of it; a power cut loses nothing that was
answered. Rule 2: whoever acts says what they have seen; where something happened meanwhile they are
refused and told what. Rule 3: what the state of things does not allow is refused with a reason.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from fusion_service.ledger.shift_log import CENTRE_ACTOR, Deed, Detail, ShiftDraft, ShiftEntry
from fusion_service.registry.site import Level
from fusion_service.shift.causes import CRITICAL, Cause
from fusion_service.shift.state import Alarm, SiteShift, detail_of
from fusion_service.store.shift import ENTRIES_MAX, ShiftKeeper

MINUTE_MS = 60_000
SHELF_MAX_MS = 8 * 60 * MINUTE_MS
"""A duty: nobody comes to work to what another put away."""
CRITICAL_SHELF_MAX_MS = 30 * MINUTE_MS
MEANWHILE_MAX = 10


class Why(StrEnum):
    """Why nothing was written."""

    UNKNOWN = "unknown"
    CHANGED = "changed"
    """Something happened since whoever acts last looked."""
    IMPOSSIBLE = "impossible"
    """As things stand it cannot be done."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing was written. meanwhile: what happened since whoever acts last looked."""

    why: Why
    got: str
    wanted: str
    meanwhile: tuple[ShiftEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an id, and a name for the text beside the log."""

    id: str
    name: str
    organisation: str


CENTRE = Actor(CENTRE_ACTOR, "", CENTRE_ACTOR)
Told = Callable[[Sequence[ShiftEntry]], None]


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody does to an alarm."""

    deed: Deed
    comment: str = ""
    detail: Detail = ()
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Desk:
    """The shift of every site. Safe for many threads; one lock is for whoever acts."""

    keeper: ShiftKeeper
    now_ms: Callable[[], int]
    _sites: dict[str, SiteShift] = field(default_factory=dict)
    _told: list[Told] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        for entry in self.keeper.whole_log():
            self._of(entry.site).apply(entry)

    def listen(self, told: Told) -> None:
        """Call `told` with each entry once it is on disk; from another thread, and not for long."""
        self._told.append(told)

    def site(self, name: str) -> SiteShift:
        """Return what is open at a site, as it is now."""
        with self._lock:
            return self._of(name).copy()

    def sites(self) -> list[str]:
        """Return the sites of which anything stands in the log."""
        with self._lock:
            return sorted(self._sites)

    def newest(self) -> tuple[int, str]:
        """Return the last entry of all sites, and its site."""
        with self._lock:
            return max(((one.last_id, name) for name, one in self._sites.items()), default=(0, ""))

    # --- what people do

    def declare(
        self, site: str, zone: str, level: Level, reason: str, *, who: Actor, seen: int
    ) -> ShiftEntry | Refusal:
        """Declare a zone's level. seen: the zone's version that whoever declares looked at."""
        with self._lock:
            shift = self._of(site)
            if (changed := self._changed(shift, seen, shift.zone_version(zone), zone)) is not None:
                return changed
            if not reason.strip():
                return Refusal(Why.IMPOSSIBLE, "no reason", "why this level is declared")
            detail: Detail = (("before", int(shift.declared_level(zone))), ("level", int(level)))
            proposed = shift.proposed.get(zone)
            if proposed is not None:
                detail = (*detail, ("proposed", int(proposed.level)))
            draft = self._draft(site, who, Deed.DECLARED, reason, zone=zone, detail=detail)
            return self._write([draft])[0]

    def act(
        self, site: str, alarm_id: int, step: Step, *, who: Actor, seen: int
    ) -> ShiftEntry | Refusal:
        """Acknowledge, assign or shelve an alarm, or take it off its shelf.

        seen: the alarm's version that whoever acts looked at.
        """
        with self._lock:
            shift = self._of(site)
            alarm = shift.alarm(alarm_id)
            if alarm is None:
                return Refusal(Why.UNKNOWN, f"alarm {alarm_id}", f"an alarm of {site}")
            if (changed := self._changed(shift, seen, alarm.version, "", alarm_id)) is not None:
                return changed
            if (refusal := self._refused(alarm, step)) is not None:
                return refusal
            draft = self._draft(
                site,
                who,
                step.deed,
                step.comment,
                zone=alarm.cause.zone,
                alarm=alarm_id,
                detail=step.detail,
                texts=step.texts,
            )
            return self._write([draft])[0]

    def tick(
        self, site: str, zone: str, measure: str, note: str, *, is_done: bool, who: Actor, seen: int
    ) -> ShiftEntry | Refusal:
        """Say that a measure was done, or that it was not after all. seen: its last entry, or 0."""
        with self._lock:
            shift = self._of(site)
            before = shift.ticks.get((zone, measure))
            version = 0 if before is None else before.entry
            if (changed := self._changed(shift, seen, version, zone)) is not None:
                return changed
            if is_done == (before is not None and before.is_done):
                got = "a measure that is done" if is_done else "a measure that is not done"
                return Refusal(Why.IMPOSSIBLE, got, "one that is otherwise")
            deed = Deed.DONE if is_done else Deed.UNDONE
            level: tuple[str, int] = ("level", int(shift.declared_level(zone)))
            detail: Detail = (level, ("measure", measure))
            return self._write([self._draft(site, who, deed, note, zone=zone, detail=detail)])[0]

    def note(self, site: str, text: str, *, who: Actor, zone: str = "") -> ShiftEntry | Refusal:
        """Write a note into the log."""
        if not text.strip():
            return Refusal(Why.IMPOSSIBLE, "nothing", "a note")
        with self._lock:
            return self._write([self._draft(site, who, Deed.NOTED, text, zone=zone)])[0]

    def hand_over(self, site: str, note: str, *, who: Actor, seen: int) -> ShiftEntry | Refusal:
        """Hand the shift over. seen: the site's last entry that whoever hands over looked at."""
        with self._lock:
            shift = self._of(site)
            if (changed := self._changed(shift, seen, shift.last_id, "")) is not None:
                return changed
            detail: Detail = (
                ("open", len(shift.open)),
                ("seen", seen),
                (
                    "unacknowledged",
                    sum(one.acknowledged is None for one in shift.open.values()),
                ),
            )
            draft = self._draft(site, who, Deed.HANDED_OVER, note, detail=detail)
            return self._write([draft])[0]

    def take_over(self, site: str, note: str, *, who: Actor, seen: int) -> ShiftEntry | Refusal:
        """Take the shift over that somebody else handed over."""
        with self._lock:
            shift = self._of(site)
            if shift.handover is None or shift.taken_over is not None:
                return Refusal(Why.IMPOSSIBLE, "no open handover", "one that nobody took over")
            if seen != shift.handover:
                return self._since(shift, seen, "another handover", f'"{shift.handover}"')
            handed = self.keeper.of_ids([shift.handover])[shift.handover]
            if handed.actor == who.id:
                return Refusal(Why.IMPOSSIBLE, "whoever handed over", "somebody else")
            detail: Detail = (("handover", shift.handover),)
            return self._write([self._draft(site, who, Deed.TAKEN_OVER, note, detail=detail)])[0]

    # --- what the centre sees

    def raise_alarm(self, site: str, cause: Cause) -> ShiftEntry:
        """Raise an alarm."""
        detail = detail_of(cause)
        draft = self._draft(site, CENTRE, Deed.RAISED, "", zone=cause.zone, detail=detail)
        with self._lock:
            return self._write([draft])[0]

    def change_alarm(self, alarm: Alarm, deed: Deed, cause: Cause | None = None) -> None:
        """Say that an alarm is worse, has ended, or is back from its shelf."""
        detail = () if cause is None else detail_of(cause)
        draft = self._draft(
            alarm.site, CENTRE, deed, "", zone=alarm.cause.zone, alarm=alarm.id, detail=detail
        )
        with self._lock:
            if alarm.id in self._of(alarm.site).open:
                self._write([draft])

    def propose(self, site: str, zone: str, level: Level, detail: Detail) -> None:
        """Write down that another level is proposed."""
        whole: Detail = (*detail, ("level", int(level)))
        with self._lock:
            self._write([self._draft(site, CENTRE, Deed.PROPOSED, "", zone=zone, detail=whole)])

    def note_skipped(self, site: str, outlet: str, entries: int) -> None:
        """Write down that an outlet was not told of entries, because too many waited."""
        detail: Detail = (("entries", entries), ("outlet", outlet))
        with self._lock:
            self._write([self._draft(site, CENTRE, Deed.SKIPPED, "", detail=detail)])

    # --- within

    def _refused(self, alarm: Alarm, step: Step) -> Refusal | None:
        """Return why an alarm does not allow what somebody does to it."""
        if not alarm.is_open:
            return Refusal(Why.IMPOSSIBLE, "an alarm that has ended", "one that is open")
        now_ms = self.now_ms()
        if step.deed is Deed.ACKNOWLEDGED and alarm.acknowledged is not None:
            return Refusal(Why.IMPOSSIBLE, "an alarm that was acknowledged", "one that was not")
        if step.deed is Deed.UNSHELVED and not alarm.is_shelved(now_ms):
            return Refusal(Why.IMPOSSIBLE, "an alarm on no shelf", "one that is shelved")
        if step.deed is Deed.SHELVED:
            until_ms = next((int(v) for k, v in step.detail if k == "until_ms"), 0)
            limit_ms = CRITICAL_SHELF_MAX_MS if alarm.cause.severity >= CRITICAL else SHELF_MAX_MS
            if not now_ms < until_ms <= now_ms + limit_ms:
                wanted = f"an end within {limit_ms // MINUTE_MS} minutes from now"
                return Refusal(Why.IMPOSSIBLE, "an end that is over or too far", wanted)
            if not step.comment.strip():
                return Refusal(Why.IMPOSSIBLE, "no comment", "why it is put away")
        return None

    def _changed(
        self, shift: SiteShift, seen: int, version: int, zone: str, alarm: int | None = None
    ) -> Refusal | None:
        """Return what happened meanwhile where what was seen is not what is."""
        if seen == version:
            return None
        return self._since(shift, seen, f'"{seen}"', f'"{version}"', zone=zone, alarm=alarm)

    def _since(
        self,
        shift: SiteShift,
        seen: int,
        got: str,
        wanted: str,
        *,
        zone: str = "",
        alarm: int | None = None,
    ) -> Refusal:
        since = self.keeper.after(seen, limit=ENTRIES_MAX, site=shift.site)
        about = [
            one
            for one in since
            if (not zone or one.zone == zone)
            and (alarm is None or alarm in {one.alarm, one.id})
            and one.deed != Deed.PROPOSED
        ]
        return Refusal(Why.CHANGED, got, wanted, tuple(about[-MEANWHILE_MAX:]))

    def _draft(
        self,
        site: str,
        who: Actor,
        deed: Deed,
        comment: str,
        *,
        zone: str = "",
        alarm: int | None = None,
        detail: Detail = (),
        texts: tuple[tuple[str, str], ...] = (),
    ) -> ShiftDraft:
        own = (("comment", comment.strip()), ("name", who.name), *texts)
        return ShiftDraft(
            self.now_ms(), site, who.id, deed, who.organisation, zone, alarm, detail, own
        )

    def _write(self, drafts: Sequence[ShiftDraft]) -> list[ShiftEntry]:
        """Have drafts on disk, then in the state, then told."""
        entries = self.keeper.append(drafts)
        for entry in entries:
            self._of(entry.site).apply(entry)
        for told in self._told:
            told(entries)
        return entries

    def _of(self, site: str) -> SiteShift:
        return self._sites.setdefault(site, SiteShift(site))
