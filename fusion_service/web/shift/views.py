# SPDX-License-Identifier: Apache-2.0
"""What a client sees of a shift. A name or comment that was erased is null."""

from collections.abc import Mapping, Sequence
from typing import Literal, Self

from fusion_service.estimate.levels import Proposal
from fusion_service.estimate.routes import RouteLevel
from fusion_service.ledger.shift_log import ShiftEntry
from fusion_service.registry.site import Level, Measure, Site, Zone
from fusion_service.shift.measures import Item
from fusion_service.shift.monitor import SiteMonitor
from fusion_service.shift.state import Alarm, SiteShift
from fusion_service.web.access.views import EntryTextView
from fusion_service.web.form.instants import (
    MillisecondsOut,
    SecondsOut,
    of_milliseconds,
    of_seconds,
)
from fusion_service.web.views.base import View

LevelName = Literal["green", "yellow", "orange", "red"]
Entries = Mapping[int, ShiftEntry]
LEVELS: Mapping[str, Level] = {level.name.lower(): level for level in Level}


def level_name(level: Level) -> LevelName:
    """Return how a level is called."""
    names: tuple[LevelName, ...] = ("green", "yellow", "orange", "red")
    return names[level]


class ActView(View):
    """That somebody did something: who, when, and what they said of it."""

    entry: int
    at: MillisecondsOut
    by: str | None
    organisation: str
    comment: str | None

    @classmethod
    def of_entry(cls, entry: ShiftEntry | None) -> Self | None:
        """Show an entry as somebody's act; None for none."""
        if entry is None:
            return None
        return cls(
            entry=entry.id,
            at=of_milliseconds(entry.at_ms),
            by=entry.text("name"),
            organisation=entry.organisation,
            comment=entry.text("comment"),
        )


class AlarmView(View):
    """An alarm. version: what If-Match is to say.

    severity: 1 notice, 2 warning, 3 critical. level: of a proposal or declaration. members: which
    devices are silent together.
    """

    id: int
    version: int
    kind: str
    about: str
    zone: str
    level: LevelName
    severity: int
    members: tuple[str, ...]
    raised_at: MillisecondsOut
    changed_at: MillisecondsOut
    ended_at: MillisecondsOut | None
    acknowledged: ActView | None
    assigned: ActView | None
    assigned_to: str | None
    assigned_person: str | None
    shelved: ActView | None
    shelved_until: MillisecondsOut | None

    @classmethod
    def of_alarm(cls, alarm: Alarm, entries: Entries) -> Self:
        """Show an alarm with what was said of it."""
        assigned = entries.get(alarm.assigned or 0)
        cause, until_ms = alarm.cause, alarm.shelved_until_ms
        return cls(
            id=alarm.id,
            version=alarm.version,
            kind=cause.kind,
            about=cause.about,
            zone=cause.zone,
            level=level_name(cause.level),
            severity=cause.severity,
            members=cause.members,
            raised_at=of_milliseconds(alarm.raised_ms),
            changed_at=of_milliseconds(alarm.changed_ms),
            ended_at=None if alarm.ended_ms is None else of_milliseconds(alarm.ended_ms),
            acknowledged=ActView.of_entry(entries.get(alarm.acknowledged or 0)),
            assigned=ActView.of_entry(assigned),
            assigned_to=None if assigned is None else assigned.text("to"),
            assigned_person=None if assigned is None else assigned.text("person"),
            shelved=ActView.of_entry(entries.get(alarm.shelved or 0)),
            shelved_until=None if until_ms is None else of_milliseconds(until_ms),
        )


class AlarmsView(View):
    """The alarms of a site: open ones, the worst first; then, where asked, those that ended."""

    site: str
    alarms: tuple[AlarmView, ...]


class WordView(View):
    """A word or number of an entry."""

    name: str
    value: str


class ShiftEntryView(View):
    """An entry of the log, with its texts or their tombstones."""

    id: int
    at: MillisecondsOut
    deed: str
    zone: str
    alarm: int | None
    actor: str
    organisation: str
    detail: tuple[WordView, ...]
    texts: tuple[EntryTextView, ...]
    hash: str

    @classmethod
    def of_entry(cls, entry: ShiftEntry) -> Self:
        """Show an entry."""
        return cls(
            id=entry.id,
            at=of_milliseconds(entry.at_ms),
            deed=entry.deed,
            zone=entry.zone,
            alarm=entry.alarm,
            actor=entry.actor,
            organisation=entry.organisation,
            detail=tuple(WordView(name=key, value=str(value)) for key, value in entry.detail),
            texts=tuple(EntryTextView.of_text(one) for one in entry.texts),
            hash=entry.hash.hex(),
        )


class ProposedView(View):
    """What is proposed, and why.

    low, high: the levels at the ends of the number's 80 % interval; straddles: they differ.
    expected: what the next hour brings, and when; null where it brings no more.
    service: how freely people walk (Fruin). safety: what the density does to people.
    """

    level: LevelName
    since: SecondsOut
    reasons: tuple[str, ...]
    low: LevelName
    high: LevelName
    straddles: bool
    expected: LevelName | None
    expected_at: SecondsOut | None
    service: str
    safety: str

    @classmethod
    def of_proposal(cls, found: Proposal) -> Self:
        """Show a proposal."""
        expected_s = found.expected_s
        return cls(
            level=level_name(found.level),
            since=of_seconds(found.since_s),
            reasons=tuple(found.reasons),
            low=level_name(found.low),
            high=level_name(found.high),
            straddles=found.straddles,
            expected=None if found.expected is None else level_name(found.expected),
            expected_at=None if expected_s is None else of_seconds(expected_s),
            service=found.service,
            safety=found.safety,
        )


class ZoneLevelView(View):
    """A zone's level: as it was declared, and as it is proposed. version: what If-Match says."""

    zone: str
    name: str
    version: int
    declared: LevelName
    declaration: ActView | None
    proposed: ProposedView | None
    flow: float | None

    @classmethod
    def of_zone(
        cls, zone: Zone, shift: SiteShift, monitor: SiteMonitor | None, entries: Entries
    ) -> Self:
        """Show a zone's level."""
        decided = shift.declared.get(zone.id)
        proposal = None if monitor is None else monitor.proposals.get(zone.id)
        flow = None if monitor is None else monitor.flows.get(zone.id)
        return cls(
            zone=zone.id,
            name=zone.name,
            version=shift.zone_version(zone.id),
            declared=level_name(shift.declared_level(zone.id)),
            declaration=ActView.of_entry(entries.get(0 if decided is None else decided.entry)),
            proposed=None if proposal is None else ProposedView.of_proposal(proposal),
            flow=None if flow is None else round(flow, 2),
        )


class RouteLevelView(View):
    """How free an emergency route is.

    clearance_s: how long somebody walks ahead of a vehicle from end to end; clearance_high_s: the
    same at the upper end of the interval.
    """

    route: str
    name: str
    level: LevelName
    high: LevelName
    zone: str
    density: float
    people: float
    clearance_s: float
    clearance_high_s: float
    known_m: float

    @classmethod
    def of_level(cls, found: RouteLevel, name: str) -> Self:
        """Show a route's level."""
        return cls(
            route=found.route,
            name=name,
            level=level_name(found.level),
            high=level_name(found.high),
            zone=found.zone,
            density=round(found.density, 3),
            people=round(found.people, 1),
            clearance_s=round(found.clearance_s, 1),
            clearance_high_s=round(found.clearance_high_s, 1),
            known_m=round(found.known_m, 1),
        )


class LevelsView(View):
    """The levels of a site's zones and emergency routes. declared: the highest of them."""

    site: str
    declared: LevelName
    zones: tuple[ZoneLevelView, ...]
    routes: tuple[RouteLevelView, ...]

    @classmethod
    def of_zones(
        cls,
        site: Site,
        zones: Sequence[Zone],
        shift: SiteShift,
        monitor: SiteMonitor | None,
        entries: Entries,
    ) -> Self:
        """Show the levels of zones of a site; of its routes where all zones are asked for."""
        names = {one.id: one.name for one in site.emergency_routes}
        is_whole = len(zones) == len(site.zones)
        routes = () if monitor is None or not is_whole else monitor.routes
        highest = max((shift.declared_level(zone.id) for zone in zones), default=Level.GREEN)
        return cls(
            site=site.id,
            declared=level_name(highest),
            zones=tuple(ZoneLevelView.of_zone(one, shift, monitor, entries) for one in zones),
            routes=tuple(
                RouteLevelView.of_level(one, names.get(one.route, one.route)) for one in routes
            ),
        )


class MeasureView(View):
    """A measure of a zone's checklist. version: what If-Match is to say."""

    zone: str
    measure: str
    version: int
    level: LevelName
    text: str
    organisation: str
    is_done: bool
    said: ActView | None

    @classmethod
    def of_item(cls, item: Item, entries: Entries) -> Self:
        """Show a measure."""
        entry = 0 if item.tick is None else item.tick.entry
        return cls(
            zone=item.zone,
            measure=item.id,
            version=entry,
            level=level_name(item.measure.level),
            text=item.measure.text,
            organisation=item.measure.organisation,
            is_done=item.is_done,
            said=ActView.of_entry(entries.get(entry)),
        )


class AgreedView(View):
    """What was agreed to be done at a level. zones: where; empty for everywhere."""

    level: LevelName
    text: str
    organisation: str
    zones: tuple[str, ...]

    @classmethod
    def of_measure(cls, measure: Measure) -> Self:
        """Show what was agreed."""
        return cls(
            level=level_name(measure.level),
            text=measure.text,
            organisation=measure.organisation,
            zones=tuple(sorted(measure.zones)),
        )


class MeasuresView(View):
    """The checklist of each zone of a site, by its declared level.

    agreed: what each level would ask for, so that whoever declares one knows it before.
    """

    site: str
    measures: tuple[MeasureView, ...]
    agreed: tuple[AgreedView, ...]


class HandoverView(View):
    """How the shift is handed over. version: of the site, what If-Match says to hand over.

    handed_over: the last handover; taken_over: by whom, null where nobody has yet; then If-Match
    of the acceptance says handed_over's entry.
    """

    site: str
    version: int
    open_alarms: int
    unacknowledged: int
    shelved: int
    measures_open: int
    levels: tuple[WordView, ...]
    handed_over: ActView | None
    taken_over: ActView | None
