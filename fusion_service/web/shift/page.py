# SPDX-License-Identifier: Apache-2.0
"""The situation report as text: its parts, and the page of HTML that prints on one A4.

Every value is escaped, and the page has no script.
"""

import base64
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from fusion_service.ledger.shift_log import ShiftEntry
from fusion_service.registry.site import Level
from fusion_service.shift.situation import Situation, ZoneSituation
from fusion_service.shift.state import Alarm
from fusion_service.web.shift.words import ReportWords

STYLE = """
@page { size: A4; margin: 11mm; }
body { color: #1b1f24; font: 8pt/1.18 Helvetica, Arial, sans-serif; margin: 0 auto;
  max-width: 188mm; }
h1 { font-size: 13pt; margin: 0 0 0.5mm; } h2 { font-size: 9pt; margin: 1.8mm 0 0.3mm; }
p { margin: 0.5mm 0; } table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 0.2mm solid #c4cbd3; padding: 0.25mm 1.2mm; text-align: left; }
th { color: #57606a; font-weight: 600; } .level { font-size: 10.5pt; font-weight: 700; }
.exercise { background: #7b1fa2; color: #fff; font-weight: 700; padding: 1mm 2mm; }
.note { color: #57606a; font-size: 7pt; }
@media screen { body { font-size: 11pt; max-width: 60rem; padding: 1rem; } }
"""
POLICY = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'; style-src "
    f"'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)
CUT = 60
"""Characters of a comment or measure on the page."""
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the page: a heading, what its columns are, and its rows."""

    heading: str
    columns: Row
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All that stands on the page, in its language."""

    language: str
    title: str
    exercise: str
    at: str
    level: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...]
    nothing: str


def page_of(found: Situation, words: ReportWords, exercise: str | None) -> Page:
    """Return what the page says."""
    clock = _Clock(ZoneInfo(found.site.time_zone))
    rates = words.rates.format(found.rates.in_ten_minutes, found.rates.in_a_shift)
    left_off = (words.left_off.format(found.left_off),) if found.left_off else ()
    return Page(
        words.language,
        words.title.format(found.site.name),
        "" if exercise is None else words.exercise.format(exercise),
        words.at.format(clock.day(found.at_ms)),
        words.level.format(words.levels[found.declared]),
        (
            _zones(found, words),
            _routes(found, words),
            _alarms(found, words, clock),
            _measures(found, words),
            _days(found, words),
            _log(found, words, clock),
        ),
        (*left_off, rates, words.note),
        words.nothing,
    )


def html_of(page: Page) -> str:
    """Return the page as HTML."""
    parts = [
        "<!doctype html>",
        f'<html lang="{page.language}"><head><meta charset="utf-8">',
        f"<title>{escape(page.title)}</title><style>{STYLE}</style></head><body>",
    ]
    if page.exercise:
        parts.append(f'<p class="exercise">{escape(page.exercise)}</p>')
    parts += [f"<h1>{escape(page.title)}</h1>", f"<p>{escape(page.at)}</p>"]
    parts.append(f'<p class="level">{escape(page.level)}</p>')
    for part in page.parts:
        parts.append(f"<h2>{escape(part.heading)}</h2>")
        parts.append(_table(part) if part.rows else f"<p>{escape(page.nothing)}</p>")
    parts += [f'<p class="note">{escape(one)}</p>' for one in page.notes]
    return "".join([*parts, "</body></html>\n"])


@dataclass(frozen=True, slots=True)
class _Clock:
    zone: ZoneInfo

    def time(self, at_ms: int) -> str:
        return f"{self._at(at_ms):%H:%M}"

    def day(self, at_ms: int) -> str:
        return f"{self._at(at_ms):%Y-%m-%d %H:%M}"

    def _at(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms / 1000, self.zone)


def _zones(found: Situation, words: ReportWords) -> Part:
    columns = (
        words.zone,
        words.people,
        words.declared,
        words.proposed,
        words.service,
        words.safety,
    )
    return Part(words.zones, columns, tuple(_zone(one, words) for one in found.zones))


def _zone(one: ZoneSituation, words: ReportWords) -> Row:
    estimate, proposal = one.estimate, one.proposal
    people = proposed = service = safety = "?"
    if estimate is not None:
        people = f"{estimate.people:.0f} ({estimate.low_80:.0f}-{estimate.high_80:.0f})"
    if proposal is not None:
        proposed = words.levels[proposal.level]
        if proposal.high > proposal.level:
            proposed = words.straddles.format(proposed, words.levels[proposal.high])
        service, safety = proposal.service.value, words.safeties[proposal.safety]
    return (one.zone.name, people, words.levels[one.declared], proposed, service, safety)


def _routes(found: Situation, words: ReportWords) -> Part:
    names = {one.id: one.name for one in found.site.emergency_routes}
    rows = tuple(
        (
            names.get(one.route, one.route),
            words.levels[one.level],
            f"{math.ceil(one.clearance_s / 60)}-{math.ceil(one.clearance_high_s / 60)} min",
        )
        for one in found.routes
    )
    return Part(words.routes, (words.route, words.proposed, words.clearance), rows)


def _alarms(found: Situation, words: ReportWords, clock: _Clock) -> Part:
    rows = tuple(
        (
            words.kinds.get(one.cause.kind, one.cause.kind.value),
            _cut(" ".join(one.cause.members) or one.cause.about),
            words.levels[one.cause.level] if one.cause.level is not Level.GREEN else "",
            clock.time(one.raised_ms),
            _state(one, found.at_ms, words, clock),
        )
        for one in found.alarms
    )
    return Part(words.alarms, ("", "", "", words.since, words.state), rows)


def _state(alarm: Alarm, now_ms: int, words: ReportWords, clock: _Clock) -> str:
    if alarm.is_shelved(now_ms) and alarm.shelved_until_ms is not None:
        return words.shelved.format(clock.time(alarm.shelved_until_ms))
    return words.new if alarm.acknowledged is None else words.acknowledged


def _measures(found: Situation, words: ReportWords) -> Part:
    rows = tuple(
        (
            one.zone,
            _cut(one.measure.text),
            one.measure.organisation,
            words.done if one.is_done else words.open,
        )
        for one in found.measures
    )
    return Part(words.measures, (words.zone, "", "", words.state), rows)


def _days(found: Situation, words: ReportWords) -> Part:
    rows = tuple(
        (
            one.day,
            "?" if one.level is None else words.levels[one.level],
            one.zone if one.people is not None else "",
            "" if one.people is None else f"{one.people:.0f}",
            words.bases.get(one.basis, one.basis),
        )
        for one in found.days
    )
    return Part(words.days, (words.day, words.proposed, words.worst, words.people, ""), rows)


def _log(found: Situation, words: ReportWords, clock: _Clock) -> Part:
    rows = tuple(
        (
            clock.time(one.at_ms),
            words.deeds.get(one.deed, one.deed),
            one.zone,
            one.organisation,
            _cut(_said(one, words)),
        )
        for one in found.log
    )
    return Part(words.log, ("", "", words.zone, "", ""), rows)


def _said(entry: ShiftEntry, words: ReportWords) -> str:
    level = words.levels[entry.number("level")] if entry.number("level") else ""
    return " ".join(filter(None, (level, entry.text("comment") or "")))


def _table(part: Part) -> str:
    head = _cells(part.columns, "th") if any(part.columns) else ""
    rows = "".join(f"<tr>{_cells(row, 'td')}</tr>" for row in part.rows)
    return f"<table><tr>{head}</tr>{rows}</table>"


def _cells(cells: Sequence[str], kind: str) -> str:
    return "".join(f"<{kind}>{escape(cell)}</{kind}>" for cell in cells)


def _cut(text: str) -> str:
    return text if len(text) <= CUT else f"{text[: CUT - 1]}…"
