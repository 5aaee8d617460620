# SPDX-License-Identifier: Apache-2.0
"""The rules against a library that everybody uses, and the bounds that it lacks."""

import time
from datetime import date, datetime, timedelta
from itertools import islice

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion_service.context.formats.recurrence import DAYS, RuleError, parse_rule, starts

FIRST = datetime.fromisoformat("2024-01-31T09:30")


def parts_of(text: str) -> dict[str, list[object]]:
    pairs = [one.partition("=") for one in text.split(";")]
    return {name: list(value.split(",")) for name, _, value in pairs}


def ours(text: str, first: datetime = FIRST, *, days: int = 1_500) -> list[datetime]:
    rule = parse_rule(parts_of(text), None)
    return list(islice(starts(rule, first, before=first + timedelta(days=days)), 200))


def theirs(text: str, first: datetime = FIRST, *, days: int = 1_500) -> list[datetime]:
    before = first + timedelta(days=days)
    found = rrulestr(text, dtstart=first).xafter(first, inc=True)
    return list(islice((one for one in iter_until(found, before)), 200))


def iter_until(found: object, before: datetime) -> list[datetime]:
    kept = []
    for one in islice(found, 3_000):  # type: ignore[call-overload]
        if one >= before:
            break
        kept.append(one)
    return kept


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;COUNT=9",
        "FREQ=DAILY;BYMONTH=7,8;BYDAY=SA,SU",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=SU",
        "FREQ=MONTHLY",  # on the 31st: not each month
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;BYDAY=1TH,-1FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=27",
        "FREQ=YEARLY;BYMONTH=6,7",
    ],
)
def test_a_rule_comes_when_the_library_says(text: str) -> None:
    found = ours(text)
    assert found
    assert found == theirs(text)


RULES = st.builds(
    lambda frequency, interval, days, months, count: ";".join(
        [f"FREQ={frequency}", f"INTERVAL={interval}", f"COUNT={count}"]
        + ([f"BYDAY={','.join(sorted(days))}"] if days else [])
        + ([f"BYMONTH={','.join(map(str, sorted(months)))}"] if months else [])
    ),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 4),
    st.sets(st.sampled_from(DAYS), max_size=3),
    st.sets(st.integers(1, 12), max_size=3),
    st.integers(1, 12),
)


@settings(max_examples=60, deadline=None)
@given(RULES, st.dates(date(2020, 1, 1), date(2026, 12, 31)))
def test_any_rule_comes_when_the_library_says(text: str, day: date) -> None:
    first = datetime.combine(day, FIRST.time())
    assert ours(text, first) == theirs(text, first)


def test_a_rule_that_never_comes_costs_nothing() -> None:
    begun = time.process_time()
    for frequency in ("DAILY", "MONTHLY", "YEARLY"):
        assert ours(f"FREQ={frequency};BYMONTH=2;BYMONTHDAY=30", days=3_000) == []
    assert time.process_time() - begun < 1


def test_a_rule_of_too_long_ago_is_refused() -> None:
    with pytest.raises(RuleError, match="more than 12000 periods"):
        ours(
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", datetime.fromisoformat("1971-01-01"), days=20_000
        )


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=SECONDLY",
        "FREQ=HOURLY;COUNT=3",
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=YEARLY;BYWEEKNO=20",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=many",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;WKST=XX",
        "INTERVAL=2",
    ],
)
def test_a_rule_that_is_not_worked_out_is_refused_by_name(text: str) -> None:
    with pytest.raises(RuleError):
        ours(text)
