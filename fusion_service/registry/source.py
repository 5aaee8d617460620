# SPDX-License-Identifier: Apache-2.0
"""What a site's file says of a counter of others: what it is, whose, and how it speaks. Pure.

A path leads from a message to a value in it: names with dots between them, `[]` for each of a list,
`[name=fw]` for those of a list whose `name` is `fw`. Nothing in it is calculated.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

STEPS_MAX = 16
_PART = re.compile(r'(?:^|\.)(?:([^.\[\]"=]+)|"([^"]+)")|\[(?:([^.\[\]"=]+)=([^\[\]"]+))?\]')


class SourceKind(StrEnum):
    """How a source speaks."""

    JSON = "json"
    CSV = "csv"
    PERSON = "person"
    """Somebody who looks and fills in the page for stewards."""


class Technology(StrEnum):
    """What a source counts with."""

    CAMERA = "camera"
    THERMAL = "thermal"
    RADAR = "radar"
    BEAM = "beam"
    PRESSURE = "pressure"
    TICKETS = "tickets"
    PERSON = "person"
    WIFI = "wifi"
    BLUETOOTH = "bluetooth"
    GPS = "gps"
    OTHER = "other"

    @property
    def follows_devices(self) -> bool:
        """Whether it follows what people carry, so that it needs a declaration and is shown red."""
        return self in {Technology.WIFI, Technology.BLUETOOTH, Technology.GPS}


class TimeFormat(StrEnum):
    """How a source writes a time."""

    ISO = "iso"
    UNIX_S = "unix_s"
    UNIX_MS = "unix_ms"
    COMPACT = "compact"
    """20260719143000, in the mapping's time zone."""


class PrivacyClass(StrEnum):
    """What a view says of how a source treats people, and in which colour."""

    ANONYMOUS = "anonymous"
    """It counts and follows nothing that people carry."""
    FOLLOWS_DEVICES = "follows devices"
    """It follows what people carry, as was declared: red in every view."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """What was declared of how a source treats people: how, by whom, and on which legal ground."""

    method: str
    controller: str
    legal_ground: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: into a field, or, where it has none, into elements of a list.

    Without a key into each element, with one into those in which it has the value.
    """

    field: str | None
    key: str | None = None
    value: str | None = None


Path = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where in a message its counts are. Paths begin at the whole message.

    rows: what there is a count for each of; empty is the message itself. A list step of another
    path that rows has too is the same element. counter: the name that the source gives its line or
    zone, by which `names` tells ours; None where it has one counter only. length_s: where there is
    no `until`. time_is_end: time is when the window ended, and not when it began.
    """

    rows: Path
    time: Path
    time_format: TimeFormat
    time_zone: str
    time_is_end: bool
    until: Path | None
    length_s: int | None
    counter: Path | None
    names: tuple[tuple[str, str], ...]
    people: Path | None
    entered: Path | None
    gone: Path | None
    low: Path | None
    high: Path | None
    delimiter: str


def parse_path(text: str) -> Path:
    """Read a path. Raises ValueError where it is none."""
    steps, end = [], 0
    while end < len(text):
        part = _PART.match(text, end)
        if part is None or (part.start() > 0 and part[0][0] not in ".["):
            raise ValueError(f"{text[end : end + 20]!r} is no step")
        if part[0].startswith("["):
            steps.append(Step(None, part[3], part[4]))
        else:
            steps.append(Step(part[1] or part[2]))
        end = part.end()
    if len(steps) > STEPS_MAX:
        raise ValueError(f"{len(steps)} steps, wanted at most {STEPS_MAX}")
    return tuple(steps)
