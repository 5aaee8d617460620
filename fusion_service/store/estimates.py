# SPDX-License-Identifier: Apache-2.0
"""What the centre keeps of its own estimates, and asks of whatever keeps them.

`EstimateKeeper` writes and `Picture` reads. The rules of store/port.py hold here too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from fusion_service.estimate.observation import ZoneEstimate
from fusion_service.store.rows import WindowRow

WINDOWS_MAX = 5_000
"""Windows read at once: a second's work, so that an answer to a live window never waits longer."""


@dataclass(frozen=True, slots=True)
class EstimateRow:
    """One zone's estimate, and when it was known: the centre's clock, UTC in ms."""

    site: str
    known_ms: int
    estimate: ZoneEstimate


@dataclass(frozen=True, slots=True)
class Memory:
    """What fusion had learnt of a site by a moment, under a version of the site's file."""

    at_s: int
    site_version: int
    content: bytes


@dataclass(frozen=True, slots=True)
class SiteClock:
    """How a site's time goes: by the clock on the wall, or, of a test site, by its newest window.

    newest_end_s is 0 where nothing has come.
    """

    test_site: bool
    newest_end_s: int


class EstimateKeeper(Protocol):
    """The writing side, used by the one thread that estimates."""

    def windows_after(self, row_id: int) -> list[WindowRow]:
        """Return windows that are in sums, in the order of their commit, those after a row.

        At most WINDOWS_MAX.
        """

    def windows_ending(
        self, site: str, *, after_s: int, until_s: int, upto_row: int
    ) -> list[WindowRow]:
        """Return a site's windows that ended after one moment and until another.

        Those committed up to a row.
        """

    def newest_row(self) -> int:
        """Return the row of the newest report, 0 where there is none."""

    def site_clock(self, site: str) -> SiteClock:
        """Say how a site's time goes."""

    def keep(self, rows: Sequence[EstimateRow], *, in_place: bool) -> None:
        """Write estimates. In place: instead of what was known of the same moments before.

        Otherwise beside it, and only where it says something else.
        """

    def memory(self, site: str) -> Memory | None:
        """Return what was learnt of a site, or None."""

    def remember(self, site: str, memory: Memory) -> None:
        """Keep what was learnt of a site, instead of what was."""

    def forget(self, *, before_s: int, limit: int) -> int:
        """Delete at most `limit` of the oldest estimates about a time before; return how many."""


class Picture(Protocol):
    """The reading side: what each zone's number is and was. Safe for many threads."""

    def latest(self, site: str) -> list[EstimateRow]:
        """Return the newest of each zone of a site, by the zone's name."""

    def series(
        self, site: str, zone: str, *, from_s: int, to_s: int, known_by_ms: int | None, limit: int
    ) -> list[EstimateRow]:
        """Return a zone's estimates from one moment to before another, as known now or by then.

        By time, at most `limit`.
        """

    def moment(
        self, site: str, zones: Sequence[str], *, after_s: int, at_s: int, known_by_ms: int | None
    ) -> list[EstimateRow]:
        """Return the newest of each of these zones that is about a time up to a moment.

        Those after `after_s`, as known now or by then; a zone without one is left out.
        """

    def peak(self, site: str, zone: str, *, from_s: int, to_s: int) -> float | None:
        """Return the most people counted in a zone from one moment to before another.

        None where nobody counted: what is usual is no peak of that day.
        """

    def changes(self, site: str, *, after_ms: int, limit: int) -> list[EstimateRow]:
        """Return what became known of a site's newest moments after one moment, oldest first.

        `known_ms` of the last is where the next call goes on.
        """

    def listening(self, told: Callable[[str], None]) -> AbstractContextManager[None]:
        """Call `told` with a site's name each time something of it has become known.

        From another thread: it must return at once.
        """


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A zone's number at a moment, as it is known now. is_counted: somebody counted there then."""

    at_s: int
    people: float
    low_80: float
    high_80: float
    is_counted: bool


@dataclass(frozen=True, slots=True)
class LookRow:
    """What somebody who looked said, and the interval of the zone's estimate before it.

    low_80 and high_80 are None where nothing was estimated in the five minutes before.
    """

    zone: str
    at_s: int
    people: float
    low_80: float | None
    high_80: float | None


@dataclass(frozen=True, slots=True)
class HeardRow:
    """Of which time windows of a box are kept; silences: of more than three windows, within it."""

    device: str
    first_s: int
    end_s: int
    windows: int
    retired_ms: int | None
    silences: tuple[tuple[int, int], ...]


class LongPast(Protocol):
    """What is asked of a whole season. Each answer is of one state."""

    def numbers(self, site: str, zone: str, *, from_s: int, to_s: int) -> Iterator[NumberRow]:
        """Yield a zone's numbers from one moment to before another, by time."""

    def looks(
        self, site: str, places: Mapping[tuple[str, str], str], *, from_s: int, to_s: int
    ) -> list[LookRow]:
        """Return what was said by those who look; places: the zone of each source and counter."""

    def heard(self, site: str, *, from_s: int, to_s: int) -> list[HeardRow]:
        """Return the boxes of which windows are kept that began in a time, by name."""
