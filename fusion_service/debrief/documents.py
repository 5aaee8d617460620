# SPDX-License-Identifier: Apache-2.0
"""Write a debrief as one page to print. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fusion_service.debrief.evaluation import Debrief, Moment, Reached, ZoneDebrief
from fusion_service.debrief.log_past import Act, AlarmPast, LevelSaid
from fusion_service.debrief.looking import Shown
from fusion_service.debrief.words.dutch import DUTCH
from fusion_service.debrief.words.english import ENGLISH
from fusion_service.debrief.words.told import DebriefWords
from fusion_service.ledger.shift_log import CENTRE_ACTOR
from fusion_service.pages.section import Block, Document, Section, Table
from fusion_service.registry.site import Level
from fusion_service.shift.causes import Cause
from fusion_service.store.exercise.kept import SCRIPT

LANGUAGES = {"nl": DUTCH, "en": ENGLISH}
ROWS = 24
"""Of a zone's time line on paper, besides those in which something happened."""
Row = tuple[str, ...]


def document_of(found: Debrief, words: DebriefWords) -> Document:
    """Return the page, in a language."""
    asked = found.asked
    clock = Clock(ZoneInfo(asked.site.time_zone), words)
    intro = words.intro.format(version=asked.site_version, step=found.step_s // 60)
    remarks = [intro]
    if asked.exercise:
        remarks.insert(0, words.exercise.format(asked.exercise))
    if not found.knows_truth:
        remarks.append(words.truth_unknown)
    if not found.has_forecasts:
        remarks.append(words.forecasts_unknown)
    sections = [
        Section("leads", words.leads_head, (_leads(found, clock),)),
        Section("alarms", words.alarms_head, (_alarms(found, clock),)),
    ]
    if found.has_forecasts:
        sections.append(Section("forecasts", words.forecasts_head, (_forecasts(found, clock),)))
    for zone in found.zones:
        title = words.line_head.format(zone=zone.zone.name)
        sections.append(Section(f"zone-{zone.zone.id}", title, (_line(zone, clock),)))
    if found.notes:
        sections.append(Section("notes", words.notes_head, (_notes(found, clock),)))
    if found.control:
        sections.append(Section("control", words.control_head, (_control(found, clock),)))
    title = words.title.format(
        site=asked.site.name, first=clock.day(asked.from_s), last=clock.day(asked.to_s)
    )
    return Document(title, " ".join(remarks), tuple(sections), words.language)


@dataclass(frozen=True, slots=True)
class Clock:
    """Writes times of a site, and the words that stand beside them."""

    zone: ZoneInfo
    words: DebriefWords

    def time(self, at_s: int | None) -> str:
        """Write a time of day, and `never` where there is none."""
        return self.words.never if at_s is None else f"{self._at(at_s):%H:%M}"

    def day(self, at_s: int) -> str:
        """Write a day and a time."""
        return f"{self._at(at_s):%Y-%m-%d %H:%M}"

    def said(self, one: Reached, said_s: int | None) -> str:
        """Write when something was said, and how long before it came."""
        lead_s = one.lead_s(said_s)
        if said_s is None or lead_s is None:
            return self.time(said_s)
        form = self.words.before if lead_s > 0 else self.words.after
        if abs(lead_s) < 60:  # noqa: PLR2004 - a minute: no times are finer
            form = self.words.same
        return form.format(time=self.time(said_s), minutes=abs(lead_s) // 60)

    def who(self, act: Act) -> str:
        """Write who did something; what was erased says so."""
        if act.who is None:
            return self.words.erased
        return self.words.centre if act.who == CENTRE_ACTOR else act.who

    def comment(self, act: Act) -> str:
        """Write what somebody said; what was erased says so."""
        return self.words.erased if act.comment is None else act.comment

    def _at(self, at_s: int) -> datetime:
        return datetime.fromtimestamp(at_s, self.zone)


def _leads(found: Debrief, clock: Clock) -> Block:
    words = clock.words
    rows = tuple(
        (
            zone.zone.name,
            words.levels[one.level],
            clock.time(one.true_s) if found.knows_truth else "?",
            clock.said(one, one.shown_s) if one.true_s is not None else clock.time(one.shown_s),
            clock.said(one, one.proposed_s),
            clock.said(one, one.declared_s),
        )
        for zone in found.zones
        for one in zone.reached
    )
    return Table(words.leads_columns, rows) if rows else words.leads_none


def _forecasts(found: Debrief, clock: Clock) -> Block:
    words = clock.words
    rows = tuple(
        (
            zone.zone.name,
            words.peak.format(time=clock.time(one.of_s))
            if one.level is None
            else f"{words.levels[one.level]}, {clock.time(one.of_s)}",
            clock.time(one.made_s),
            words.hours.format(one.ahead_s // 3600),
            _interval(words, one.middle, one.low, one.high),
        )
        for zone in found.zones
        for one in zone.forecasts
    )
    return Table(words.forecasts_columns, rows)


def _alarms(found: Debrief, clock: Clock) -> Block:
    of_zones = [(zone.zone.name, one) for zone in found.zones for one in zone.alarms]
    others = [(_about(one), one) for one in found.alarms]
    alarms = sorted([*of_zones, *others], key=lambda one: one[1].id)
    rows = tuple(_alarm(where, one, clock) for where, one in alarms)
    return Table(clock.words.alarms_columns, rows) if rows else clock.words.nothing


def _about(one: AlarmPast) -> str:
    return " ".join(one.cause.members) or one.cause.about


def _alarm(where: str, one: AlarmPast, clock: Clock) -> Row:
    words, seen = clock.words, one.seen
    handled = "; ".join(
        " ".join(
            filter(
                None,
                (
                    clock.time(act.at_s),
                    words.deeds.get(act.deed, act.deed),
                    clock.who(act),
                    clock.comment(act),
                ),
            )
        )
        for act in one.acts
        if act is not seen
    )
    told = words.not_seen
    if seen is not None:
        told = " ".join(filter(None, (clock.time(seen.at_s), clock.who(seen), clock.comment(seen))))
    ended = words.open if one.ended_s is None else clock.time(one.ended_s)
    return (clock.time(one.raised_s), _kind(one.cause, words), where, told, handled, ended)


def _kind(cause: Cause, words: DebriefWords) -> str:
    kind = words.kinds.get(cause.kind, cause.kind.value)
    if cause.level is Level.GREEN:
        return kind
    return f"{kind} ({words.levels[cause.level]})"


def _line(zone: ZoneDebrief, clock: Clock) -> Block:
    """Return a zone's time line: so many moments, and those up to which something happened."""
    words = clock.words
    happened = sorted(_happened(zone, clock))
    every = max(1, len(zone.moments) // ROWS)
    rows: list[Row] = []
    told = 0
    for number, moment in enumerate(zone.moments):
        events: list[str] = []
        while told < len(happened) and happened[told][0] <= moment.at_s:
            events.append(happened[told][1])
            told += 1
        is_last = number == len(zone.moments) - 1
        if events or number % every == 0 or is_last:
            rows.append(_row(moment, "; ".join(events), clock))
    return Table(words.line_columns, tuple(rows)) if rows else words.nothing


def _row(moment: Moment, events: str, clock: Clock) -> Row:
    words = clock.words
    return (
        clock.time(moment.at_s),
        "?" if moment.truth is None else f"{moment.truth:.0f}",
        _shown(moment.shown, words),
        words.levels[moment.proposed],
        words.levels[moment.declared],
        events,
    )


def _happened(zone: ZoneDebrief, clock: Clock) -> Iterator[tuple[int, str]]:
    words = clock.words
    for said in (*zone.proposed, *zone.declared):
        yield said.at_s, _said(said, clock)
    for alarm in zone.alarms:
        what = _kind(alarm.cause, words)
        for at_s, cause in ((alarm.raised_s, alarm.raised), *alarm.worse):
            yield at_s, words.alarm.format(time=clock.time(at_s), what=_kind(cause, words))
        if alarm.ended_s is not None:
            over = words.alarm_ended.format(time=clock.time(alarm.ended_s), what=what)
            yield alarm.ended_s, over
        for act in alarm.acts:
            deed = words.deeds.get(act.deed, act.deed)
            told = _joined(what, clock.who(act), clock.comment(act))
            yield act.at_s, words.said.format(time=clock.time(act.at_s), deed=deed, what=told)
    for one in zone.measures:
        deed = words.done if one.is_done else words.undone
        told = _joined(one.text or words.measure_unknown, clock.who(one.act))
        yield (
            one.act.at_s,
            words.measure.format(time=clock.time(one.act.at_s), deed=deed, what=told),
        )


def _said(said: LevelSaid, clock: Clock) -> str:
    words, act = clock.words, said.act
    deed = words.deeds.get(act.deed, act.deed)
    level = words.levels[said.level]
    told = level if act.who == CENTRE_ACTOR else _joined(level, clock.who(act), clock.comment(act))
    return words.said.format(time=clock.time(said.at_s), deed=deed, what=told)


def _notes(found: Debrief, clock: Clock) -> Block:
    names = {zone.zone.id: zone.zone.name for zone in found.zones}
    rows = tuple(
        (
            clock.time(one.at_s),
            clock.who(one),
            names.get(one.zone, one.zone),
            _joined(clock.words.deeds.get(one.deed, one.deed), clock.comment(one)),
        )
        for one in found.notes
    )
    return Table(clock.words.notes_columns, rows)


def _control(found: Debrief, clock: Clock) -> Block:
    words = clock.words
    rows = tuple(
        (
            clock.time(one.at_ms // 1000),
            words.script if one.actor == SCRIPT else f"{one.organisation} ({one.actor})",
            words.control_deeds.get(one.deed, one.deed),
            one.detail,
        )
        for one in found.control
    )
    return Table(words.control_columns, rows)


def _shown(shown: Shown | None, words: DebriefWords) -> str:
    if shown is None:
        return words.not_shown
    told = _interval(words, shown.people, shown.low, shown.high)
    return told if shown.is_counted else f"{told}, {words.uncounted}"


def _interval(words: DebriefWords, people: float, low: float, high: float) -> str:
    ends = {"low": f"{max(low, 0.0):.0f}", "high": f"{high:.0f}"}
    return words.interval.format(people=f"{people:.0f}", **ends)


def _joined(*texts: str) -> str:
    return ", ".join(filter(None, texts))
