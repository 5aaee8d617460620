# SPDX-License-Identifier: Apache-2.0
"""What the centre keeps of counters of others, and asks of whatever keeps it.

Never among what boxes said: other rows, other words. The rules of store/port.py hold here too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Colour(StrEnum):
    """How crowded somebody who looks finds it."""

    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


@dataclass(frozen=True, slots=True)
class SourceCount:
    """What a source said of one window of one of its counters.

    people of a zone, entered and gone of a line; the others are None. low and high: the 80 %
    interval of people, or of entered and gone together, where the source knows one. colour: what a
    person said beside it.
    """

    counter: str
    start_s: int
    length_s: int
    people: float | None = None
    entered: float | None = None
    gone: float | None = None
    low: float | None = None
    high: float | None = None
    colour: Colour | None = None


@dataclass(frozen=True, slots=True)
class SourceCountRow:
    """A count as it is kept: its row, whose it is, how often it was revised, and when it came."""

    id: int
    site: str
    source: str
    count: SourceCount
    revision: int
    received_ms: int


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as it stands. refused: how many of its messages were of no use, and why the last."""

    site: str
    name: str
    added_ms: int
    last_ms: int | None
    refused: int
    last_refusal: str | None
    retired_ms: int | None


@dataclass(frozen=True, slots=True)
class KeptCounts:
    """What became of a message's counts: new, instead of one of before, or said before."""

    new: int = 0
    revised: int = 0
    repeated: int = 0


class SourceCounts(Protocol):
    """What was said, for who estimates. Safe for several threads."""

    def counts_after(self, row_id: int, *, limit: int) -> list[SourceCountRow]:
        """Return counts in the order of their rows, those after a row."""

    def counts_ending(
        self, site: str, *, after_s: int, until_s: int, upto_row: int
    ) -> list[SourceCountRow]:
        """Return a site's counts of windows that ended in a time, up to a row."""

    def newest_count(self) -> int:
        """Return the row of the newest count, 0 where there is none."""


class SourceKeeper(SourceCounts, Protocol):
    """What is kept of sources. Safe for several threads; each call is one commit or one look."""

    def add(self, site: str, name: str, key_sha256: bytes, now_ms: int) -> bool:
        """Make a source known under a key; False where it was, and has this key from now on.

        One that was retired is in service again.
        """

    def retire(self, site: str, name: str, now_ms: int) -> bool:
        """Accept nothing more of a source; what it said stays. False where that was so before.

        Raises DeviceError where it is not known.
        """

    def key_of(self, site: str, name: str) -> bytes | None:
        """Return the SHA-256 of a source's key; None where it is not known, or retired."""

    def keep(
        self, site: str, name: str, counts: Sequence[SourceCount], received_ms: int
    ) -> KeptCounts:
        """Keep what a source said. What it says again of the same time takes the place.

        A revised count has a new row. Raises DeviceError where the source is not known.
        """

    def refuse(self, site: str, name: str, why: str, now_ms: int) -> None:
        """Count a message of a source that was of no use; nothing where it is not known."""

    def sources(self, *, after: tuple[str, str], limit: int) -> list[SourceRow]:
        """Return sources by site and name, those after such a place."""
