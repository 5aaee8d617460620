# SPDX-License-Identifier: Apache-2.0
"""What is on and what is closed, out of a calendar: iCal (RFC 5545).

Traps: entries without a time zone, a zone by another system's name, an hour that is said twice in
autumn or not at all in spring, an entry that was moved or called off, one that is private.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component

from fusion_service.context.fetch.client import Client, Limits
from fusion_service.context.formats.json_shape import Remarks, refuse_page
from fusion_service.context.formats.recurrence import RuleError, parse_rule, starts
from fusion_service.context.port import Answer, Provenance
from fusion_service.context.settled import answer_of
from fusion_service.context.trouble import FeedError
from fusion_service.feed_config import IcalTable
from fusion_service.store.context import NOTE_MAX, ContextValue, Quality, Quantity

PROVENANCE = Provenance(
    source="a calendar of the operator's choice",
    licence="as its owner says",
    attribution="Events: the calendar's owner",
    documentation="https://www.rfc-editor.org/rfc/rfc5545",
)
LIMITS = Limits(body_bytes_max=2 * 2**20, unpacked_bytes_max=2 * 2**20)
ENTRIES_MAX, OCCURRENCES_MAX = 2_000, 1_000
DAY_S = 86_400
LENGTH_S_MAX = 400 * DAY_S
EARLIEST = datetime(1970, 1, 2)  # noqa: DTZ001 - a wall clock, as entries have it
_TO_DO = "see whether the address gives a calendar (it ends in .ics)"
_DAMAGED = (ValueError, KeyError, IndexError, AttributeError, TypeError, OverflowError)
"""What the library raises for what is no calendar."""


@dataclass(frozen=True, slots=True)
class Events:
    """One calendar."""

    settings: IcalTable
    client: Client

    def ask(self, now_s: int) -> Answer:
        """Return what is on from now on. Raises FeedError."""
        fetched = self.client.get(self.settings.url)
        if fetched is None:
            return Answer((), now_s, is_same=True)
        answer = read_calendar(fetched.text(), self.settings, now_s)
        self.client.remember(fetched)
        return answer


def read_calendar(body: bytes, settings: IcalTable, now_s: int) -> Answer:
    """Return the entries that are on from now on. Raises FeedError."""
    refuse_page(body, "a calendar")
    if not body.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"BEGIN:VCALENDAR"):
        raise FeedError("it does not begin as a calendar", _TO_DO)
    if not body.rstrip().endswith(b"END:VCALENDAR") or _is_open(body):
        raise FeedError(
            "the calendar, or an entry in it, ends in the middle", "wait: it is asked again"
        )
    try:
        found = Calendar.from_ical(body.decode("utf-8-sig"), multiple=True)
        entries = [entry for one in found for entry in one.walk("VEVENT")]
    except _DAMAGED as error:
        raise FeedError(f"no calendar: {error}", _TO_DO) from error
    remarks = Remarks()
    if len(entries) > ENTRIES_MAX:
        remarks.note(f"{len(entries)} entries: those after {ENTRIES_MAX} are left out")
    reading = _Reading(settings, now_s, remarks)
    return answer_of(reading.values(entries[:ENTRIES_MAX]), remarks, fresh_s=now_s, is_all=True)


@dataclass(frozen=True, slots=True)
class _Times:
    """When an entry begins on its own wall clock, and how long it is.

    days: for one of whole days, which are 23 or 25 hours long twice a year; 0 for any other.
    """

    wall: datetime
    zone: tzinfo
    length_s: int
    days: int

    def utc_s(self, wall: datetime) -> int:
        """Return the moment at which the wall clock shows this; the first of two."""
        return int(wall.replace(tzinfo=self.zone).timestamp())

    def length_at(self, wall: datetime) -> int:
        """Return how long the entry is that begins then, seconds."""
        if not self.days:
            return self.length_s
        return self.utc_s(wall + timedelta(days=self.days)) - self.utc_s(wall)


class _Reading:
    """Reads the entries of one calendar."""

    def __init__(self, settings: IcalTable, now_s: int, remarks: Remarks) -> None:
        self._settings, self._now_s, self._remarks = settings, now_s, remarks
        self._until_s = now_s + settings.days * DAY_S
        self._zone = ZoneInfo(settings.time_zone)

    def values(self, entries: list[Component]) -> Iterator[ContextValue]:
        """Yield each time at which an entry is on, of the time that is read."""
        newest, moved = self._newest(entries), defaultdict[str, set[int]](set)
        for uid, at_s in newest:
            if at_s is not None:
                moved[uid].add(at_s)
        given = 0
        for (uid, at_s), entry in newest.items():
            try:
                for value in self._entry(uid, entry, set() if at_s is not None else moved[uid]):
                    if given >= OCCURRENCES_MAX:
                        self._remarks.note(
                            f"more than {OCCURRENCES_MAX} times: the rest is left out"
                        )
                        return
                    given += 1
                    yield value
            except _DAMAGED as error:
                self._remarks.note(f"an entry cannot be read: {error}")

    def _newest(self, entries: list[Component]) -> dict[tuple[str, int | None], Component]:
        """Return entries by their id, and which of their times they stand for; the newest wins."""
        found: dict[tuple[str, int | None], Component] = {}
        for number, entry in enumerate(entries):
            try:
                uid = str(entry.get("UID") or f"without id {number}")
                at = entry.get("RECURRENCE-ID")
                key = (uid, None if at is None else self._moment_s(at.dt))
                sequence = int(entry.get("SEQUENCE") or 0)
                if key not in found or sequence >= int(found[key].get("SEQUENCE") or 0):
                    found[key] = entry
                if at is not None and "RANGE" in at.params:
                    self._remarks.note("an entry moves all that follow: only one is moved")
            except _DAMAGED as error:
                self._remarks.note(f"an entry cannot be read: {error}")
        return found

    def _entry(self, uid: str, entry: Component, moved: set[int]) -> Iterator[ContextValue]:
        status = str(entry.get("STATUS") or "").upper()
        if status == "CANCELLED":
            return
        times = self._times(entry)
        if times is None:
            return
        left_out = {self._moment_s(each) for each in _dates(entry, "EXDATE")} | moved
        begun = set[int]()
        for wall in self._walls(entry, times):
            at_s, length_s = times.utc_s(wall), times.length_at(wall)
            if at_s in left_out or at_s in begun or at_s + length_s <= self._now_s:
                continue
            begun.add(at_s)
            yield self._value(uid, entry, at_s, length_s, is_sure=status != "TENTATIVE")

    def _walls(self, entry: Component, times: _Times) -> Iterator[datetime]:
        """Yield when an entry begins, on its own wall clock, before the end of what is read."""
        before = datetime.fromtimestamp(self._until_s, times.zone).replace(tzinfo=None)
        for each in _dates(entry, "RDATE"):
            wall = self._wall(each, times.zone)
            if wall < before:
                yield wall
        said = entry.get("RRULE")
        if said is None:
            if times.wall < before:
                yield times.wall
            return
        if times.wall < EARLIEST:
            raise RuleError("it comes again since before 1970")
        for one in said if isinstance(said, list) else [said]:
            until = (one.get("UNTIL") or [None])[0]
            last = None if until is None else self._last_wall(until, times.zone)
            yield from starts(parse_rule(one, last), times.wall, before=before)

    def _value(
        self, uid: str, entry: Component, at_s: int, length_s: int, *, is_sure: bool
    ) -> ContextValue:
        is_open = str(entry.get("CLASS") or "PUBLIC").upper() == "PUBLIC"
        title = "".join(
            one if one.isprintable() else " " for one in str(entry.get("SUMMARY") or "")
        )
        name = hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()[:8]
        return ContextValue(
            place=f"{self._settings.place}/{name}",
            quantity=Quantity(self._settings.what),
            valid_s=at_s,
            issued_s=self._now_s,
            amount=1.0,
            length_s=length_s,
            quality=Quality.GOOD if is_sure else Quality.SUSPECT,
            note=title[:NOTE_MAX] if is_open else "",
        )

    def _times(self, entry: Component) -> _Times | None:
        """Return when an entry begins and how long it is; None where that cannot be."""
        start, end, duration = (entry.get(name) for name in ("DTSTART", "DTEND", "DURATION"))
        if start is None:
            self._remarks.note("an entry has no beginning")
            return None
        begin, is_days = start.dt, not isinstance(start.dt, datetime)
        zone = self._zone_of(begin)
        wall = self._wall(begin, zone)
        days, length_s = (1 if is_days else 0), 0
        if end is not None:
            ends = self._wall(end.dt, self._zone_of(end.dt))
            days = (ends.date() - wall.date()).days if is_days else 0
            length_s = self._moment_s(end.dt) - self._moment_s(begin)
        elif duration is not None:
            days = duration.dt.days if is_days else 0
            length_s = int(duration.dt.total_seconds())
        if length_s < 0 or days < 0 or length_s > LENGTH_S_MAX:
            self._remarks.note("an entry ends before it begins, or lasts for more than a year")
            return None
        return _Times(wall, zone, length_s, days)

    def _zone_of(self, moment: date) -> tzinfo:
        zone = moment.tzinfo if isinstance(moment, datetime) else None
        return zone or self._zone

    def _wall(self, moment: date, zone: tzinfo) -> datetime:
        """Return what the wall clock of a zone shows at a moment, or at the beginning of a day."""
        if not isinstance(moment, datetime):
            return datetime.combine(moment, time.min)
        if moment.tzinfo is None or moment.tzinfo is zone:
            return moment.replace(tzinfo=None)
        return moment.astimezone(zone).replace(tzinfo=None)

    def _moment_s(self, moment: date) -> int:
        zone = self._zone_of(moment)
        return int(self._wall(moment, zone).replace(tzinfo=zone).timestamp())

    def _last_wall(self, until: date, zone: tzinfo) -> datetime:
        """Return the last moment of a rule on the wall clock; a day lasts to its end."""
        if not isinstance(until, datetime):
            return datetime.combine(until, time.max)
        return self._wall(until, zone)


def _is_open(body: bytes) -> bool:
    """Say whether something in a calendar begins and does not end; the library does not mind."""
    return body.count(b"\nEND:") != body.count(b"\nBEGIN:") + 1


def _dates(entry: Component, name: str) -> Iterator[date]:
    """Yield the dates of a property that may stand several times, each with several dates."""
    found = entry.get(name)
    for one in found if isinstance(found, list) else [] if found is None else [found]:
        for each in one.dts:
            yield each.dt[0] if isinstance(each.dt, tuple) else each.dt
