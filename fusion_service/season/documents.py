# SPDX-License-Identifier: Apache-2.0
"""Write a season as one document for people and as the same figures for machines."""

import json
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from fusion_service.pages.section import Block, Document, Items, Section, Table
from fusion_service.season.boxes import BoxPast
from fusion_service.season.evaluation import BusyDay, Evaluation, Part
from fusion_service.season.figures import Figure, Unit
from fusion_service.season.spans import length_s
from fusion_service.season.words.dutch import DUTCH
from fusion_service.season.words.english import ENGLISH
from fusion_service.season.words.told import SeasonWords

FORMAT = 1
LANGUAGES = {"nl": DUTCH, "en": ENGLISH}


def document_of(found: Evaluation, words: SeasonWords) -> Document:
    """Return the document, in a language."""
    season = found.season
    zone = ZoneInfo(season.site.time_zone)
    title = words.title.format(
        site=season.site.name, first=season.period.first, last=season.period.last
    )
    intro = words.intro.format(
        made=f"{season.made.astimezone(zone):%Y-%m-%d %H:%M}",
        entries=found.log_entries,
        version=season.site_version,
    )
    if season.exercise:
        intro = f"{words.exercise.format(season.exercise)} {intro}"
    lacks = tuple(words.lacks[one] for one in found.lacks)
    sections = (
        Section("basis", words.stands_on, (Items(words.basis),)),
        Section("lacks", words.lacks_head, (Items(lacks) if lacks else words.nothing,)),
        *(_part(part, figures, words) for part, figures in found.parts),
        Section("days", words.days_head, (_days(found.days, zone, words),)),
        Section("worst-boxes", words.boxes_head, (_boxes(found.boxes, words),)),
    )
    return Document(title, intro, sections, words.language)


def json_of(found: Evaluation, words: SeasonWords) -> str:
    """Return the same figures as JSON; seconds, people, shares from 0 to 1, times in UTC."""
    season = found.season
    said = {
        "format": FORMAT,
        "site": season.site.id,
        "site_version": season.site_version,
        "time_zone": season.site.time_zone,
        "from": season.period.first.isoformat(),
        "to": season.period.last.isoformat(),
        "made": season.made.isoformat(timespec="seconds"),
        "exercise": season.exercise or None,
        "log_entries": found.log_entries,
        "missing": [str(one) for one in found.lacks],
        "figures": [
            _figure_said(part, one, words) for part, figures in found.parts for one in figures
        ],
        "days": [_day_said(one) for one in found.days],
        "boxes": [_box_said(one) for one in found.boxes],
    }
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


Said = dict[str, str | float | bool | None]


def _figure_said(part: Part, one: Figure, words: SeasonWords) -> Said:
    return {
        "part": str(part),
        "name": one.name,
        "of": one.of or None,
        "value": None if one.value is None else round(one.value, 6),
        "unit": str(one.unit),
        "over": one.over,
        "least": one.least,
        "too_few": one.is_too_few,
        "how": words.figures[one.name].how,
    }


def _day_said(one: BusyDay) -> Said:
    return {
        "day": one.day.isoformat(),
        "people": round(one.people, 1),
        "at": one.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "zones": one.zones,
        "fullest_zone": one.fullest or None,
        "fullest_people": round(one.fullest_people, 1),
        "reached": one.reached.name.lower(),
        "declared": one.declared.name.lower(),
        "alarms": one.alarms,
    }


def _box_said(one: BoxPast) -> Said:
    return {
        "device": one.device,
        "share": round(one.share, 6),
        "outages": len(one.silences),
        "outages_s": length_s(one.silences),
        "longest_s": _longest_s(one),
    }


def _part(part: Part, figures: Sequence[Figure], words: SeasonWords) -> Section:
    rows = tuple(_rows(figures, words))
    block: Block = Table(words.columns, rows) if rows else words.nothing
    return Section(str(part), words.parts[part], (block,))


def _rows(figures: Sequence[Figure], words: SeasonWords) -> Iterator[tuple[str, str, str]]:
    """Yield a row for each name, with its figures of each level, organisation or horizon."""
    by_name: dict[str, list[Figure]] = {}
    for one in figures:
        by_name.setdefault(one.name, []).append(one)
    for name, alike in by_name.items():
        told = words.figures[name]
        values = "; ".join(
            f"{words.names.get(one.of, one.of)}{': ' if one.of else ''}{_value(one, words)}"
            for one in alike
        )
        yield told.label, values, told.how


def _value(one: Figure, words: SeasonWords) -> str:
    what = words.figures[one.name].over
    if one.value is None and not one.over:
        return f"{words.none} (0 {what})"
    if one.value is None:
        return words.too_few.format(over=one.over, what=what, least=one.least)
    said = _number(one.value, one.unit, words)
    return said if one.over == one.value else f"{said} ({one.over} {what})"


def _number(value: float, unit: Unit, words: SeasonWords) -> str:
    if unit is Unit.SECONDS:
        return duration(value, words)
    if unit is Unit.SHARE:
        return f"{100 * value:.0f} %"
    places = 0 if float(value).is_integer() else 2 if abs(value) < 1 else 1
    said = f"{value:.{places}f}".replace(".", words.decimal_point)
    return f"{said} {words.people}" if unit is Unit.PEOPLE else said


def duration(value_s: float, words: SeasonWords) -> str:
    """Write a time in hours and minutes; in seconds where it is less than two minutes."""
    sign, left_s = "-" if value_s < 0 else "", abs(round(value_s))
    if left_s < 120:  # noqa: PLR2004 - as the docstring says
        return f"{sign}{left_s} {words.seconds}"
    hours, minutes = divmod(round(left_s / 60), 60)
    if not hours:
        return f"{sign}{minutes} {words.minutes}"
    return f"{sign}{hours} {words.hours} {minutes} {words.minutes}"


def _days(days: Sequence[BusyDay], zone: ZoneInfo, words: SeasonWords) -> Block:
    rows = tuple(
        (
            one.day.isoformat(),
            f"{one.people:.0f}",
            f"{one.at.astimezone(zone):%H:%M}",
            str(one.zones),
            one.fullest,
            f"{one.fullest_people:.0f}",
            words.names.get(one.reached.name.lower(), one.reached.name.lower()),
            words.names.get(one.declared.name.lower(), one.declared.name.lower()),
            str(one.alarms),
        )
        for one in days
    )
    return Table(words.days_columns, rows) if rows else words.nothing


def _boxes(boxes: Sequence[BoxPast], words: SeasonWords) -> Block:
    rows = tuple(
        (
            one.device,
            f"{100 * one.share:.1f} %".replace(".", words.decimal_point),
            str(len(one.silences)),
            duration(length_s(one.silences), words),
            duration(_longest_s(one), words),
        )
        for one in boxes
    )
    return Table(words.boxes_columns, rows) if rows else words.nothing


def _longest_s(box: BoxPast) -> int:
    return max((last - first for first, last in box.silences), default=0)
