# SPDX-License-Identifier: Apache-2.0
"""Times as the API says and takes them: RFC 3339, with Z out and any offset in.

The Dutch API design rules ask for it (/core/date-time). Whole unix seconds are taken too. A box may
claim a time that no calendar has: it is shown as the calendar's last second.
"""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

TIME_S_MAX = 2**40
"""The latest time that a report may claim; wire_contract/vocabulary.py."""
CALENDAR_S_MAX = 253_402_300_799
"""9999-12-31T23:59:59Z, the last second that RFC 3339 can write."""
TEXT_MAX = 40
_WRITTEN = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}):(\d{2})(?:\.(\d{1,20}))?([Zz]|[+\- ]\d{2}:\d{2})"
)
_SECONDS = re.compile(r"\d{1,13}")
_INSTANT = WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization")
WANTED = "RFC 3339 with an offset, such as 2026-06-21T14:00:00+02:00 or ..Z, or whole unix seconds"


def of_seconds(time_s: int) -> datetime:
    """Return a time of unix seconds, UTC."""
    return datetime.fromtimestamp(min(max(time_s, 0), CALENDAR_S_MAX), UTC)


def of_milliseconds(time_ms: int) -> datetime:
    """Return a time of unix milliseconds, UTC."""
    seconds, rest = divmod(time_ms, 1_000)
    return of_seconds(seconds).replace(microsecond=rest * 1_000)


def text_of(time: datetime) -> str:
    """Write a time: RFC 3339 in UTC, with milliseconds where it has any."""
    timespec = "milliseconds" if time.microsecond else "seconds"
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


def milliseconds_of(text: str) -> int:
    """Read a time as unix milliseconds, rounded down; what is before 1970 is 0.

    Raises ValueError for what is neither RFC 3339 with an offset nor whole unix seconds. A space is
    read as the plus of an offset, because that is what becomes of a plus in an unescaped query.
    """
    if _SECONDS.fullmatch(text) and int(text) <= TIME_S_MAX:
        return int(text) * 1_000
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError(f"got {text[:TEXT_MAX]!r}, wanted {WANTED}")
    day, minute, second, fraction, offset = found.groups()
    # A leap second is written as the 60th; unix time has none, so it is the second before it.
    second = "59" if second == "60" else second
    offset = "+00:00" if offset in {"Z", "z"} else offset.replace(" ", "+")
    year = max(int(day[:4]), 1)
    try:
        time = datetime.fromisoformat(f"{year:04}{day[4:]}T{minute}:{second}")
        zone = datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").utcoffset()
    except ValueError as error:
        raise ValueError(f"got {text[:TEXT_MAX]!r}, wanted {WANTED}") from error
    assert zone is not None  # noqa: S101 - an offset is always written
    whole_s = int((time - datetime(1970, 1, 1)).total_seconds() - zone.total_seconds())  # noqa: DTZ001 - both without a zone
    return max(whole_s * 1_000 + int(f"{fraction or 0:0<3}"[:3]), 0)


def _seconds_in(given: object) -> object:
    return of_seconds(given) if isinstance(given, int) else given


def _milliseconds_in(given: object) -> object:
    return of_milliseconds(given) if isinstance(given, int) else given


def _asked_ms(given: object) -> int:
    try:
        return milliseconds_of(str(given))
    except ValueError as error:
        raise PydanticCustomError("time", "{wanted}", {"wanted": f"wanted {WANTED}"}) from error


def _asked_s(given: object) -> int:
    return _asked_ms(given) // 1_000


SecondsOut = Annotated[
    datetime, BeforeValidator(_seconds_in), PlainSerializer(text_of, when_used="json"), _INSTANT
]
"""A time that the store keeps in unix seconds."""
MillisecondsOut = Annotated[
    datetime,
    BeforeValidator(_milliseconds_in),
    PlainSerializer(text_of, when_used="json"),
    _INSTANT,
]
"""A time that the store keeps in unix milliseconds."""
_ASKED = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string", "format": "date-time"},
            {"type": "integer", "minimum": 0, "maximum": TIME_S_MAX},
        ]
    }
)
AskedS = Annotated[int, BeforeValidator(_asked_s), _ASKED]
"""A time of a query, in unix seconds, rounded down."""
AskedMs = Annotated[int, BeforeValidator(_asked_ms), _ASKED]
"""A time of a query, in unix milliseconds."""
