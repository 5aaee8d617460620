# SPDX-License-Identifier: Apache-2.0
"""Write the store: one transaction a batch, on disk before anything is acknowledged.

Rule 1: what an acknowledgement stands on is committed with synchronous=FULL. Rule 2: an entry is
never overwritten.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Self

from fusion_service.errors import DeviceError
from fusion_service.registry.registry import Registry, RegistryVersion
from fusion_service.store.rows import StreamState
from fusion_service.store.sqlite.commit.devices import CHANGES
from fusion_service.store.sqlite.commit.forget import forget
from fusion_service.store.sqlite.commit.streams import stream_states
from fusion_service.store.sqlite.commit.transaction import Transaction
from fusion_service.store.sqlite.connection import open_writer
from fusion_service.store.sqlite.errors import translated
from fusion_service.store.sqlite.read.registry import registry_of


class Writer:
    """The one writer of a store. Used by one thread at a time."""

    def __init__(self, path: Path, *, size_mib_max: int, dead_letters_max: int) -> None:
        self._path = path
        self._dead_letters_max = dead_letters_max
        with ExitStack() as opened:
            self._connection = opened.enter_context(
                closing(open_writer(path, size_mib_max=size_mib_max, synchronous="FULL"))
            )
            # The time of a commit is known only after it, so it needs a second write. Losing that
            # in a power cut loses a measurement, not a report: NORMAL spares every batch a second
            # disk synchronisation.
            self._stamps = opened.enter_context(
                closing(open_writer(path, size_mib_max=size_mib_max, synchronous="NORMAL"))
            )
            with translated(path):
                (self.identity,) = map(
                    str, self._connection.execute("SELECT store FROM identity").fetchone()
                )
            opened.pop_all()  # all of it is open: from here on `close` closes it
        """The name of this store, which acknowledgements carry: one that was put back from a copy
        is another store."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._stamps.close()
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Hold everything written inside as one commit, or none of it.

        Raises StoreError where it could not be kept.
        """
        with translated(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                transaction = Transaction(self._connection, self._dead_letters_max)
                yield transaction
                self._connection.execute("COMMIT")
            finally:
                # SQLite ends the transaction by itself after some faults (a full disk), and after
                # others it does not.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def stamp(self, batch_id: int, committed_ms: int) -> None:
        """Note when a batch was on disk."""
        with translated(self._path):
            self._stamps.execute(
                "UPDATE batch SET committed_ms = ? WHERE id = ?", (committed_ms, batch_id)
            )

    def forget(self, *, reports_before_s: int, dead_letters_before_ms: int) -> int:
        """Delete the oldest of what is past its time; see `Store.forget`."""
        with self.transaction():
            return forget(
                self._connection,
                reports_before_s=reports_before_s,
                dead_letters_before_ms=dead_letters_before_ms,
            )

    def judge_again(self, *, since_ms: int, until_ms: int, ahead_ms: int) -> int:
        """Judge again what was set apart under a clock that was behind; see `Store`."""
        with self.transaction() as transaction:
            return transaction.judge_again(since_ms=since_ms, until_ms=until_ms, ahead_ms=ahead_ms)

    def registry(self) -> Registry:
        """Read every enrolled device, with the keys and names that it had."""
        with translated(self._path):
            return registry_of(self._connection)

    def registry_version(self) -> RegistryVersion:
        """Return what differs as soon as a device is enrolled or changed.

        Costs two look-ups, whatever the fleet's size.

        A device's row is never deleted, and its site never changes its flag.
        """
        with translated(self._path):
            changes = self._connection.execute(
                "SELECT total FROM store_count WHERE name = ?", (CHANGES,)
            ).fetchone()
            (newest,) = self._connection.execute(
                "SELECT coalesce(max(id), 0) FROM device"
            ).fetchone()
        return (0 if changes is None else changes[0]), newest

    def set_lost(self, site: str, device: str, lost_ms: int | None) -> bool:
        """Mark a device as lost since `lost_ms`, or with None as found.

        False where it was so before.

        Raises DeviceError where it was never enrolled.
        """
        with self.transaction() as transaction:
            return transaction.devices.set_lost(site, device, lost_ms, time.time_ns() // 1_000_000)

    def go_on(self, site: str, device: str, now_ms: int) -> int:
        """Go past all that is missing of a device's streams, for good.

        Return how many entries that are.

        Raises DeviceError where it was never enrolled.
        """
        if self.registry().find(site, device) is None:
            raise DeviceError(
                f"{site}/{device}: is not enrolled here; fusion-service status lists who is"
            )
        with self.transaction() as transaction:
            return transaction.go_on(site, device, now_ms)

    def streams(self) -> list[int]:
        """Return every stream, the one heard last at the end."""
        with translated(self._path):
            return [
                row[0]
                for row in self._connection.execute("SELECT id FROM stream ORDER BY last_ms, id")
            ]

    def state(self, stream_id: int) -> tuple[StreamState, int]:
        """Return how far a stream is, and the version of the wire in which to say so."""
        with translated(self._path):
            return stream_states(self._connection.execute, "s.id = ?", stream_id)[0]

    def add_device(
        self, site: str, device: str, key: bytes, *, test_site: bool, added_ms: int
    ) -> bool:
        """Enrol a device in a commit of its own; see `DeviceChanges.enrol`."""
        with self.transaction() as transaction:
            return transaction.devices.enrol(
                site, device, key, test_site=test_site, added_ms=added_ms
            )
