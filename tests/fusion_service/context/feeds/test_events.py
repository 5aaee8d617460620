# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from fusion_service.context.feeds.events import Events, read_calendar
from fusion_service.context.fetch.client import Client
from fusion_service.context.port import Answer
from fusion_service.context.trouble import FeedError
from fusion_service.feed_config import IcalTable
from fusion_service.store.context import Quality, Quantity
from tests.fusion_service.context.feed_server import FeedServer

HERE = ZoneInfo("Europe/Amsterdam")
HOUR_S = 3_600


def utc_s(text: str) -> int:
    """Return the moment of a local time of the Netherlands."""
    return int(datetime.fromisoformat(text).replace(tzinfo=HERE).timestamp())


def calendar(*entries: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\n{entry.strip()}\nEND:VEVENT\n" for entry in entries)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def read(
    *entries: str, now: str = "2026-07-01T12:00", days: int = 14, what: str = "event"
) -> Answer:
    settings = IcalTable.model_validate(
        {"kind": "ical", "url": "https://x.example/a.ics", "days": days, "what": what}
    )
    return read_calendar(calendar(*entries), settings, utc_s(now))


def times(answer: Answer) -> list[tuple[str, float]]:
    """Return when each begins on the wall clock of the Netherlands, and how many hours it is."""
    return [
        (
            f"{datetime.fromtimestamp(one.valid_s, UTC).astimezone(HERE):%m-%d %H:%M}",
            one.length_s / HOUR_S,
        )
        for one in answer.values
    ]


MARKET = """
UID:market
SUMMARY:Market
DTSTART;TZID=Europe/Amsterdam:20260302T090000
DTEND;TZID=Europe/Amsterdam:20260302T170000
RRULE:FREQ=WEEKLY;BYDAY=MO
"""


def test_a_calendar_is_asked_for_and_its_title_is_kept(server: FeedServer) -> None:
    url = server.say_packed("/a.ics", calendar(MARKET), etag='"1"')
    feed = Events(IcalTable(kind="ical", url=url, place="boulevard"), Client())
    answer = feed.ask(utc_s("2026-07-01T12:00"))
    assert [one.note for one in answer.values] == ["Market", "Market"]
    assert answer.values[0].place.startswith("boulevard/")
    assert answer.values[0].quantity is Quantity.EVENT
    assert answer.is_all
    again = feed.ask(utc_s("2026-07-01T13:00"))
    assert not again.is_all  # nothing is withdrawn by what has not changed
    assert again.fresh_s == utc_s("2026-07-01T13:00")


@pytest.mark.parametrize("now", ["2026-03-25T12:00", "2026-10-21T12:00"])
def test_a_market_at_nine_is_at_nine_on_both_sides_of_summer_time(now: str) -> None:
    assert {time[6:] for time, _ in times(read(MARKET, now=now))} == {"09:00"}
    assert {hours for _, hours in times(read(MARKET, now=now))} == {8}


@pytest.mark.parametrize(
    ("day", "now", "hours"),
    [("20260329", "2026-03-28T12:00", 23), ("20261025", "2026-10-24T12:00", 25)],
)
def test_a_whole_day_is_23_or_25_hours_long_when_clocks_change(
    day: str, now: str, hours: float
) -> None:
    ((_, found),) = times(read(f"UID:a\nDTSTART;VALUE=DATE:{day}", now=now))
    assert found == hours


def test_an_hour_that_is_said_twice_is_the_first_and_one_that_is_not_is_the_next() -> None:
    entry = "UID:a\nDTSTART;TZID=Europe/Amsterdam:{}\nDURATION:PT1H"
    (twice,) = read(entry.format("20261025T023000"), now="2026-10-24T12:00").values
    assert twice.valid_s == 1_792_888_200  # at +02:00
    (none,) = read(entry.format("20260329T023000"), now="2026-03-28T12:00").values
    assert none.valid_s == 1_774_747_800  # 01:30Z, which is half past three


def test_an_entry_without_a_zone_is_on_the_table_s_own_clock() -> None:
    assert times(read("UID:a\nDTSTART:20260703T200000\nDTEND:20260703T230000")) == [
        ("07-03 20:00", 3)
    ]
    assert times(read("UID:a\nDTSTART:20260703T180000Z\nDURATION:PT3H")) == [("07-03 20:00", 3)]


def test_a_zone_by_another_systems_name_is_understood() -> None:
    entry = "UID:a\nDTSTART;TZID=W. Europe Standard Time:20260703T200000\nDURATION:PT3H"
    assert times(read(entry)) == [("07-03 20:00", 3)]


def test_days_that_are_left_out_moved_or_called_off() -> None:
    rule = MARKET.replace("RRULE:", "EXDATE;TZID=Europe/Amsterdam:20260706T090000\nRRULE:")
    moved = """
UID:market
RECURRENCE-ID;TZID=Europe/Amsterdam:20260713T090000
DTSTART;TZID=Europe/Amsterdam:20260714T100000
DTEND;TZID=Europe/Amsterdam:20260714T170000
"""
    assert times(read(rule, days=21)) == [("07-13 09:00", 8), ("07-20 09:00", 8)]
    assert times(read(rule, moved, days=21)) == [("07-14 10:00", 7), ("07-20 09:00", 8)]
    assert times(read(moved, rule, f"{moved}STATUS:CANCELLED\nSEQUENCE:1", days=21)) == [
        ("07-20 09:00", 8)
    ]
    assert times(read(f"{MARKET}STATUS:CANCELLED")) == []


def test_an_entry_that_is_said_twice_is_the_newer_one() -> None:
    later = MARKET.replace("T090000", "T100000") + "SEQUENCE:2"
    assert [time for time, _ in times(read(later, MARKET, days=7))] == ["07-06 10:00"]


def test_a_rule_ends_where_it_says() -> None:
    for end in ("UNTIL=20260706T070000Z", "UNTIL=20260706", "COUNT=19"):
        assert times(read(MARKET.replace("BYDAY=MO", f"BYDAY=MO;{end}"))) == [("07-06 09:00", 8)]


def test_dates_beside_a_rule_are_added() -> None:
    entry = "UID:a\nDTSTART:20260701T200000\nDURATION:PT1H\nRDATE:20260703T200000,20260704T210000"
    assert [time for time, _ in times(read(entry))] == ["07-01 20:00", "07-03 20:00", "07-04 21:00"]


def test_what_is_on_now_is_said_and_what_is_over_is_not() -> None:
    now = "2026-07-06T12:00"
    assert times(read(MARKET, now=now, days=1)) == [("07-06 09:00", 8)]
    assert times(read(MARKET, now="2026-07-06T17:00", days=1)) == []


def test_what_is_not_sure_is_suspect_and_what_is_private_has_no_title() -> None:
    entry = "UID:a\nDTSTART:20260703T200000\nDURATION:PT1H\nSUMMARY:Party of J. Jansen\n"
    (value,) = read(f"{entry}STATUS:TENTATIVE", what="closure").values
    assert (value.quality, value.quantity) == (Quality.SUSPECT, Quantity.CLOSURE)
    (value,) = read(f"{entry}CLASS:PRIVATE").values
    assert value.note == ""


@pytest.mark.parametrize(
    ("entry", "remark"),
    [
        ("UID:a\nSUMMARY:no beginning", "no beginning"),
        ("UID:a\nDTSTART:20260703T200000\nDTEND:20260703T190000", "ends before it begins"),
        ("UID:a\nDTSTART:20260703T200000\nRRULE:FREQ=SECONDLY", "FREQ=SECONDLY"),
        ("UID:a\nDTSTART:16010101T000000\nRRULE:FREQ=DAILY", "since before 1970"),
        ("UID:a\nDTSTART:tomorrow", "cannot be read"),
    ],
)
def test_an_entry_that_is_none_costs_itself_alone(entry: str, remark: str) -> None:
    answer = read(entry, MARKET, days=7)
    assert remark in "; ".join(answer.remarks)
    assert len(answer.values) == 1


def test_more_than_is_read_is_told() -> None:
    answer = read(*(MARKET.replace("market", f"m{number}") for number in range(130)), days=60)
    assert len(answer.values) == 1_000
    assert "more than 1000 times" in answer.remarks[0]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>log in</html>",
        b"{}",
        calendar(MARKET)[:-20],
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR",
        b"BEGIN:VCALENDAR\r\nDTSTART\xff\r\nEND:VCALENDAR",
    ],
)
def test_what_is_no_calendar_is_refused(body: bytes) -> None:
    settings = IcalTable(kind="ical", url="https://x.example/a.ics")
    with pytest.raises(FeedError):
        read_calendar(body, settings, utc_s("2026-07-01T12:00"))
