# SPDX-License-Identifier: Apache-2.0
"""When something that comes again comes: the recurrence rules of calendars, within bounds. Pure.

Local dates and times without a zone come in and go out, so that a market at nine is at nine in
winter too. A rule is worked out period by period, at most PERIODS_MAX of them: a library that
searches for the 30th of February searches until the year 9999. What is left out (BYHOUR, BYWEEKNO
and the like) is refused by name. Source: RFC 5545, section 3.3.10.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

PERIODS_MAX = 12_000
"""Thirty years of days."""
INTERVAL_MAX = 1_000
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
KNOWN = {
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "WKST",
    "BYDAY",
    "BYMONTHDAY",
    "BYMONTH",
    "BYSETPOS",
}
_YEAR_MAX = 9_999


class RuleError(ValueError):
    """A rule is none, or uses what is not worked out here."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence rule. by_day: weekday (0 is Monday) and which of them, 0 for each."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    week_start: int = 0
    by_day: tuple[tuple[int, int], ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    by_position: tuple[int, ...] = ()


def starts(rule: Rule, first: datetime, *, before: datetime) -> Iterator[datetime]:
    """Yield the starts of a rule in order, from the first on, those before a moment.

    Raises RuleError where more than PERIODS_MAX periods lie between.
    """
    given = 0
    for number in range(PERIODS_MAX):
        begin, days = _period(rule, first.date(), number)
        if begin is None or datetime.combine(begin, time.min) >= before:
            return
        for day in _chosen(rule, days, first.date()):
            moment = datetime.combine(day, first.time())
            if moment < first:
                continue
            is_past = rule.until is not None and moment > rule.until
            if is_past or moment >= before or given == rule.count:
                return
            given += 1
            yield moment
    raise RuleError(f"it comes more than {PERIODS_MAX} periods after its beginning")


def parse_rule(parts: Mapping[str, list[object]], until: datetime | None) -> Rule:
    """Return a rule of its parts, as a calendar library reads them; until is in local time.

    Raises RuleError.
    """
    unknown = {name for name in parts if not name.startswith("X-")} - KNOWN
    if unknown:
        raise RuleError(f"{', '.join(sorted(unknown))} is not worked out here")
    frequency = _word(parts, "FREQ")
    if frequency not in {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}:
        raise RuleError(f"FREQ={frequency} is not worked out here")
    counts = _numbers(parts, "COUNT", 0, 10**6)
    intervals = _numbers(parts, "INTERVAL", 1, INTERVAL_MAX)
    week_start = _word(parts, "WKST") or "MO"
    if week_start not in DAYS:
        raise RuleError(f"WKST={week_start} is no day")
    rule = Rule(
        frequency,
        interval=intervals[0] if intervals else 1,
        count=counts[0] if counts else None,
        until=until,
        week_start=DAYS.index(week_start),
        by_day=tuple(_weekday(str(one).upper()) for one in parts.get("BYDAY", [])),
        by_month_day=_numbers(parts, "BYMONTHDAY", -31, 31),
        by_month=_numbers(parts, "BYMONTH", 1, 12),
        by_position=_numbers(parts, "BYSETPOS", -366, 366),
    )
    if frequency in {"DAILY", "WEEKLY"} and any(which for _, which in rule.by_day):
        raise RuleError(f"BYDAY with a number and FREQ={frequency} contradict each other")
    return rule


def _word(parts: Mapping[str, list[object]], name: str) -> str:
    found = parts.get(name) or [""]
    return str(found[0]).upper()


def _numbers(parts: Mapping[str, list[object]], name: str, low: int, high: int) -> tuple[int, ...]:
    try:
        found = tuple(int(str(one)) for one in parts.get(name, []))
    except ValueError as error:
        raise RuleError(f"{name} is no number") from error
    if not all(low <= one <= high and one != 0 for one in found):
        raise RuleError(f"{name} is not from {low} to {high}")
    return found


def _weekday(text: str) -> tuple[int, int]:
    day, which = text[-2:], text[:-2]
    if day not in DAYS or not (which in {"", "+"} or which.lstrip("+-").isdecimal()):
        raise RuleError(f"BYDAY={text[:10]} is no day")
    return DAYS.index(day), int(which) if which not in {"", "+"} else 0


def _period(rule: Rule, first: date, number: int) -> tuple[date | None, list[date]]:
    """Return when a period begins and the days in it; None beyond the calendar."""
    step = number * rule.interval
    try:
        if rule.frequency == "DAILY":
            day = first + timedelta(days=step)
            return day, [day]
        if rule.frequency == "WEEKLY":
            begin = first - timedelta(days=(first.weekday() - rule.week_start) % 7)
            begin += timedelta(weeks=step)
            return begin, [begin + timedelta(days=each) for each in range(7)]
        if rule.frequency == "MONTHLY":
            months = first.year * 12 + first.month - 1 + step
            year, month = divmod(months, 12)
            return date(year, month + 1, 1), _days_of(year, month + 1)
        year = first.year + step
        if year > _YEAR_MAX:
            return None, []
        days = [day for month in range(1, 13) for day in _days_of(year, month)]
        return date(year, 1, 1), days
    except (OverflowError, ValueError):
        return None, []


def _days_of(year: int, month: int) -> list[date]:
    return [date(year, month, day) for day in range(1, monthrange(year, month)[1] + 1)]


def _chosen(rule: Rule, days: list[date], first: date) -> list[date]:
    """Return the days of a period that a rule chooses, in order.

    What it leaves open is as the first day was.
    """
    is_open = rule.by_day or rule.by_month_day
    months = rule.by_month
    if rule.frequency == "YEARLY" and not months and not is_open:
        months = (first.month,)
    found = [day for day in days if not months or day.month in months]
    if rule.frequency in {"MONTHLY", "YEARLY"} and not is_open:
        found = [day for day in found if day.day == first.day]
    if rule.frequency == "WEEKLY" and not rule.by_day:
        found = [day for day in found if day.weekday() == first.weekday()]
    if rule.by_month_day:
        found = [day for day in found if _is_month_day(rule, day)]
    if rule.by_day:
        found = [day for day in found if _is_weekday(rule, day)]
    if rule.by_position:
        places = {one - 1 if one > 0 else len(found) + one for one in rule.by_position}
        found = [day for place, day in enumerate(found) if place in places]
    return found


def _is_month_day(rule: Rule, day: date) -> bool:
    length = monthrange(day.year, day.month)[1]
    return any(one in {day.day, day.day - length - 1} for one in rule.by_month_day)


def _is_weekday(rule: Rule, day: date) -> bool:
    """Say whether a day is one of the weekdays; a number counts in the month, or in the year."""
    for weekday, which in rule.by_day:
        if weekday != day.weekday():
            continue
        if which == 0:
            return True
        in_month = rule.frequency == "MONTHLY" or bool(rule.by_month)
        if in_month:
            before, length = day.day - 1, monthrange(day.year, day.month)[1]
        else:
            before = (day - date(day.year, 1, 1)).days
            length = (date(day.year, 12, 31) - date(day.year, 1, 1)).days + 1
        after = length - before - 1
        if which in {before // 7 + 1, -(after // 7) - 1}:
            return True
    return False
