# SPDX-License-Identifier: Apache-2.0
"""Times as the API says and takes them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_service.web.form.instants import (
    CALENDAR_S_MAX,
    milliseconds_of,
    of_milliseconds,
    of_seconds,
    text_of,
)

NOON_MS = 1_782_043_200_000


@pytest.mark.parametrize(
    ("text", "wanted_ms"),
    [
        ("1782043200", NOON_MS),  # unix seconds, as before
        ("2026-06-21T12:00:00Z", NOON_MS),
        ("2026-06-21T12:00:00.000Z", NOON_MS),
        ("2026-06-21T14:00:00+02:00", NOON_MS),  # summer time in The Hague
        ("2026-06-21T14:00:00 02:00", NOON_MS),  # its plus was not escaped
        ("2026-06-21t12:00:00z", NOON_MS),  # RFC 3339 takes small letters
        ("2026-06-21T04:30:00.5-07:30", NOON_MS + 500),
        ("2016-12-31T23:59:60Z", 1_483_228_799_000),  # a leap second
        ("1969-12-31T23:59:59Z", 0),  # nothing was counted then
        ("0000-01-01T00:00:00Z", 0),  # RFC 3339 has a year 0
    ],
)
def test_a_time_is_read_with_any_offset(text: str, wanted_ms: int) -> None:
    assert milliseconds_of(text) == wanted_ms


@pytest.mark.parametrize(
    "text",
    [
        "noon",
        "",
        "-5",
        "1e9",
        "2026-06-21",  # a day is no moment
        "2026-06-21T12:00:00",  # of which place?
        "2026-02-30T12:00:00Z",
        "2026-06-21T25:00:00Z",
        "2026-06-21T12:00:00+25:00",
    ],
)
def test_what_is_no_time_is_refused_with_what_is_wanted(text: str) -> None:
    with pytest.raises(ValueError, match="RFC 3339 with an offset"):
        milliseconds_of(text)


@given(st.integers(0, CALENDAR_S_MAX * 1_000 + 999))
def test_what_is_said_can_be_asked(time_ms: int) -> None:
    said = text_of(of_milliseconds(time_ms))
    assert said.endswith("Z")
    assert milliseconds_of(said) == time_ms


def test_a_time_that_no_calendar_has_is_the_calendars_last() -> None:
    assert text_of(of_seconds(2**40)) == "9999-12-31T23:59:59Z"
    assert of_seconds(0) == datetime(1970, 1, 1, tzinfo=UTC)
