# SPDX-License-Identifier: Apache-2.0
"""What the centre asks of whatever keeps its counts. Behind it store/sqlite today.

`Store` writes and `Archive` reads. Rule 1: words and values of the domain only, so that another
kind of store fits; tests/contracts/test_store.py is what it must pass. Rule 2: what is loaded and
what is applied inside one `transaction` is one commit, and nobody else writes in between. Rule 3:
every call raises StoreError where the store fails.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from fusion_service.estimate.series import LineStepRow, ZoneStepRow
from fusion_service.registry.registry import Registry, RegistryVersion
from fusion_service.store.batch import Applied, Asked, Known, Plan
from fusion_service.store.fleet import DiskUse, Fleet
from fusion_service.store.rows import (
    Behind,
    DeadLetterRow,
    DeviceRow,
    GapRow,
    KeptLetter,
    LostRow,
    OutcomeRow,
    SiteRow,
    StoreCounts,
    StreamState,
    WindowRow,
)

FORGET_MAX = 2_000
"""Rows deleted in one commit: a tenth of a second, so that what comes in does not wait longer."""


class DeviceChanges(Protocol):
    """What becomes of devices. Each change raises DeviceError where it cannot be."""

    def enrol(self, site: str, device: str, key: bytes, *, test_site: bool, added_ms: int) -> bool:
        """Enrol a device and its site; False where exactly this was there already.

        Refused where the device has another key, or the site another test flag: neither is changed
        in passing, because what was committed under the old one would change its meaning.
        """

    def rename(self, before: tuple[str, str], after: tuple[str, str], now_ms: int) -> None:
        """Call a device something else; what its box signs under the old name still counts."""

    def retire(self, site: str, device: str, now_ms: int) -> bool:
        """Accept nothing more of a device; False where it was retired already."""

    def reinstate(self, site: str, device: str, now_ms: int) -> bool:
        """Accept a retired device again, with the key that it has; False where it was not."""

    def replace(self, site: str, device: str, key: bytes, now_ms: int) -> bool:
        """Put a box with another key in the place of the one before.

        False where it has this key already. Of a box that was lost nothing counts any more.
        """

    def set_lost(self, site: str, device: str, lost_ms: int | None, now_ms: int) -> bool:
        """Mark a device as lost since `lost_ms`, or with None as found.

        False where it was so before.
        """


class Transaction(Protocol):
    """One commit: load once, apply once; or change devices."""

    @property
    def devices(self) -> DeviceChanges:
        """Changes to devices, in this commit."""

    def load(self, asked: Asked) -> Known:
        """Return what is known of what a batch asks."""

    def apply(self, plan: Plan) -> Applied:
        """Write a plan. It is on disk once the transaction ends, and not before."""

    def authentic_letters(self, *, after_id: int, limit: int) -> list[KeptLetter]:
        """Return dead letters with their payload, the oldest first, those after the id."""


class Store(Protocol):
    """The writing side. Used by one thread at a time; commands may write beside a service."""

    identity: str
    """The name of this store, which acknowledgements carry: one that was put back from a copy is
    another store."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Hold all that is written inside as one commit, or none of it."""

    def stamp(self, batch_id: int, committed_ms: int) -> None:
        """Note when a batch was on disk."""

    def registry(self) -> Registry:
        """Return every enrolled device, with the keys and names that it had."""

    def registry_version(self) -> RegistryVersion:
        """Return what differs as soon as a device is enrolled or changed."""

    def streams(self) -> list[int]:
        """Return every stream, the one heard last at the end."""

    def state(self, stream_id: int) -> tuple[StreamState, int]:
        """Return how far a stream is, and the version of the wire in which to say so."""

    def forget(self, *, reports_before_s: int, dead_letters_before_ms: int) -> int:
        """Delete the oldest of what is past its time, at most FORGET_MAX of each class.

        Return how many rows went. A report is past its time where its window began and itself came
        in before: a box whose clock stood in 1970, or a replayed film, says of a new window that it
        is old. What counters of others said goes by the same rule and time. An entry stays with its
        hash, so trees, acknowledgements and duplicates are judged as before.
        """

    def judge_again(self, *, since_ms: int, until_ms: int, ahead_ms: int) -> int:
        """Judge again what was set apart while the centre's own clock was behind by `ahead_ms`.

        Return how many that were.
        """

    def go_on(self, site: str, device: str, now_ms: int) -> int:
        """Go past all that is missing of a device's streams, for good.

        Return how many entries that are. Raises DeviceError where it was never enrolled.
        """

    def add_device(
        self, site: str, device: str, key: bytes, *, test_site: bool, added_ms: int
    ) -> bool:
        """Enrol a device in a commit of its own; see `DeviceChanges.enrol`."""


@dataclass(frozen=True, slots=True)
class Span:
    """A device's time from `from_s` to before `to_s`.

    Cut into steps of `step_s`, counted from `from_s`.
    """

    site: str
    device: str
    from_s: int
    to_s: int
    step_s: int


@dataclass(frozen=True, slots=True)
class Began:
    """Windows that began from one second to before another."""

    from_s: int
    to_s: int


@dataclass(frozen=True, slots=True)
class LineSumRow:
    """What one line of a device counted over a time.

    windows: those that began in it and in which the sensor could see; not_counted: in which it
    could not. A sum is None where no window released such a count.
    """

    device: str
    line: str
    windows: int
    not_counted: int
    in_sum: int | None
    out_sum: int | None


class Counted(StrEnum):
    """What a device counts at."""

    LINE = "line"
    ZONE = "zone"


class Archive(Protocol):
    """The reading side. Safe for many threads; each call sees one state, and never waits."""

    def sites(self, *, after: str, limit: int) -> list[SiteRow]:
        """Return sites by name, those after `after`."""

    def devices(self, *, after: tuple[str, str], limit: int) -> list[DeviceRow]:
        """Return devices by site and name, those after `after`."""

    def device(self, site: str, name: str) -> DeviceRow | None:
        """Return one device as it stands, or None where it was never enrolled."""

    def registry(self) -> Registry:
        """Return every enrolled device, with the keys and names that it had."""

    def device_id(self, site: str, name: str) -> int | None:
        """Return a device's row, or None where it was never enrolled. One look-up."""

    def goes_by(self, site: str, name: str) -> str | None:
        """Return which device still speaks under a name that it had before; None for none."""

    def latest_windows(
        self, *, before_id: int, limit: int, late: bool = False, began: Began | None = None
    ) -> list[WindowRow]:
        """Return windows of every device, the last committed first, those before the id.

        `late` leaves out what came in time, `began` what began at another time.
        """

    def device_windows(
        self, device_id: int, *, before: tuple[int, int], limit: int, began: Began | None = None
    ) -> list[WindowRow]:
        """Return windows of one device, the latest start first, those before (start, id).

        `began` leaves out what began at another time.
        """

    def counts_at(self, site: str, device: str, kind: Counted, name: str) -> bool:
        """Say whether a device's meta, or one of its newest windows, names a line or zone."""

    def line_steps(self, span: Span, line: str) -> list[LineStepRow] | None:
        """Sum a line's crossings for each step in which a window began; others are left out.

        None where the device was never enrolled; here and below.
        """

    def line_sums(self, site: str, began: Began) -> list[LineSumRow]:
        """Sum every line of a site over the windows that began in a time, by device and line.

        Without intervals: those are in `line_steps`.
        """

    def zone_steps(self, span: Span, zone: str) -> list[ZoneStepRow] | None:
        """Summarise a zone's occupancy for each step in which a window began."""

    def dead_letters(self, *, before_id: int, limit: int) -> list[DeadLetterRow]:
        """Return dead letters, the last made first, those before the id."""

    def gaps(self, *, after: tuple[str, str, str, int], limit: int) -> list[GapRow]:
        """Return what is missing of every stream, by site, device, stream and sequence.

        Those after such a place. Of a device that was retired nothing is waited for.
        """

    def lost(self, *, after: tuple[str, str, str, int], limit: int) -> list[LostRow]:
        """Return what is missing for good, by site, device, stream and sequence, after a place."""

    def exercise(self) -> str | None:
        """Return the scenario of which all in this store is, None where it was really counted."""

    def behind(self, *, since_ms: int) -> Behind:
        """Return of how many streams the broker showed since then that this store holds less."""

    def fleet(self, *, devices_max: int) -> Fleet:
        """Return how every device fares, at most so many of them by site and name."""

    def disk_use(self) -> DiskUse:
        """Return how large the store is, and what is left of its disk."""

    def outcomes(self) -> Sequence[OutcomeRow]:
        """Return how many messages ended how."""

    def counts(self) -> StoreCounts:
        """Return the store's other counts."""
