# SPDX-License-Identifier: Apache-2.0
"""Write the store: one transaction a batch, on disk before anything is acknowledged.

Rule 1: what an acknowledgement stands on is committed with synchronous=FULL. Rule 2: an entry is never overwritten.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from fusion_service.errors import DeviceError
from fusion_service.site.registry import Device, Registry, public_key
from fusion_service.store.contiguity import contiguous
from fusion_service.store.ledger_state import Verdict
from fusion_service.store.rows import Compared, DeadLetter, StreamState
from fusion_service.store.schema import open_writer, translated
from fusion_service.store.trees import stream_root
from wire_contract.checkpoint import Checkpoint
from wire_contract.merkle import Frontier
from wire_contract.meta import Meta
from wire_contract.report import Report
from wire_contract.state import State

STREAMS_MAX = 256
"""Streams of one device. A box makes one with each new ledger; more is a fault or worse, and would let rows grow without end."""

FORGET_MAX = 2_000
"""Rows deleted in one commit: a tenth of a second, so that what comes in does not wait longer."""

CHECKPOINTS_WAITING_MAX = 65
"""Checkpoints of one stream that cover more than we hold: one for each entry that a box lets wait (64), and one."""


class Writer:
    """The one writer of a store. Used by one thread at a time."""

    def __init__(self, path: Path, *, size_mib_max: int, dead_letters_max: int) -> None:
        self._path = path
        self._dead_letters_max = dead_letters_max
        self._connection = open_writer(path, size_mib_max=size_mib_max, synchronous="FULL")
        # The time of a commit is known only after it, so it needs a second write. Losing that in a power cut loses a
        # measurement, not a report: NORMAL spares every batch a second disk synchronisation.
        self._stamps = open_writer(path, size_mib_max=size_mib_max, synchronous="NORMAL")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._stamps.close()
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator["Transaction"]:
        """Hold everything written inside as one commit, or none of it. Raises StoreError where it could not be kept."""
        with translated(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._connection, self._dead_letters_max)
                self._connection.execute("COMMIT")
            finally:
                # SQLite ends the transaction by itself after some faults (a full disk), and after others it does not.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def stamp(self, batch_id: int, committed_ms: int) -> None:
        """Note when a batch was on disk."""
        with translated(self._path):
            self._stamps.execute("UPDATE batch SET committed_ms = ? WHERE id = ?", (committed_ms, batch_id))

    def forget(self, *, reports_before_s: int, dead_letters_before_ms: int) -> int:
        """Delete the oldest of what is past its time, at most FORGET_MAX of each class; return how many rows went.

        An entry stays with its hash, so trees, acknowledgements and duplicates are judged as before.
        """
        with self.transaction() as transaction:
            return transaction.forget(reports_before_s, dead_letters_before_ms)

    def registry(self) -> Registry:
        """Read every enrolled device."""
        query = "SELECT d.id, d.site, d.name, d.public_key, s.test, d.lost_ms FROM device d JOIN site s ON s.name = d.site"
        with translated(self._path):
            rows = self._connection.execute(query).fetchall()
        return Registry.of(
            Device(i, site, name, public_key(key), bool(test), lost_ms is not None) for i, site, name, key, test, lost_ms in rows
        )

    def registry_version(self) -> int:
        """Return a number that grows when a device that is known becomes lost or found; a new one is found by being unknown."""
        with translated(self._path):
            row = self._connection.execute("SELECT total FROM store_count WHERE name = 'devices_lost_or_found'").fetchone()
        return 0 if row is None else int(row[0])

    def set_lost(self, site: str, device: str, lost_ms: int | None) -> bool:
        """Mark a device as lost since `lost_ms`, or with None as found; False where it was so before.

        Raises DeviceError where it was never enrolled.
        """
        with self.transaction() as transaction:
            return transaction.set_lost(site, device, lost_ms)

    def add_device(self, site: str, device: str, key: bytes, *, test_site: bool, added_ms: int) -> bool:
        """Enrol a device and its site. Returns False where exactly this was there already.

        Raises DeviceError where the device has another key, or the site another test flag: neither is changed in passing,
        because what was committed under the old one would change its meaning.
        """
        with self.transaction() as transaction:
            return transaction.add_device(site, device, key, test_site=test_site, added_ms=added_ms)


class Transaction:
    """What can be written in one commit. Lives as long as the `with` that made it."""

    def __init__(self, connection: sqlite3.Connection, dead_letters_max: int) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._executemany = connection.executemany
        self._dead_letters_max = dead_letters_max
        self._batch_id: int | None = None

    @property
    def batch_id(self) -> int | None:
        """The batch of this commit; None where it holds no report."""
        return self._batch_id

    def stream(self, device_id: int, uuid: str, now_ms: int) -> int | None:
        """Find or make a device's stream. Returns None where the device has its full number of streams."""
        row = self._execute("SELECT id FROM stream WHERE device_id = ? AND uuid = ?", (device_id, uuid)).fetchone()
        if row is not None:
            return int(row[0])
        number = self._execute("SELECT count(*) FROM stream WHERE device_id = ?", (device_id,)).fetchone()[0]
        if number >= STREAMS_MAX:
            return None
        insert = "INSERT INTO stream (device_id, uuid, last_ms, frontier) VALUES (?, ?, ?, x'')"
        return self._execute(insert, (device_id, uuid, now_ms)).lastrowid

    def sha256_of(self, stream_id: int, sequence: int) -> bytes | None:
        """Return the hash of what was disposed of under this sequence; None where nothing was."""
        query = "SELECT sha256 FROM entry WHERE stream_id = ? AND sequence = ?"
        row = self._execute(query, (stream_id, sequence)).fetchone()
        return None if row is None else bytes(row[0])

    def add_report(
        self, device_id: int, stream_id: int, report: Report, *, sha256: bytes, leaf: bytes, received_ms: int, late: bool
    ) -> None:
        """Commit a report under its sequence. `leaf` is the hash of its envelope as a leaf, here and below."""
        if self._batch_id is None:
            self._batch_id = self._execute("INSERT INTO batch DEFAULT VALUES").lastrowid
        entry = self._add_entry(stream_id, report.sequence, sha256, leaf)
        eye, health = report.eye, report.health
        self._execute(
            f"INSERT INTO report VALUES ({', '.join('?' * 21)})",  # noqa: S608 - question marks only
            (
                *(entry, device_id, self._batch_id, report.start_s, report.length_s, received_ms, late),
                *(report.level, report.clock, report.clock_quality, report.config),
                *(report.rule.name, ",".join(map(str, report.rule.parameters))),
                *(eye.code, eye.observed, eye.rate, eye.difficulty),
                *(health.temperature, health.disk, health.outbox, health.link),
            ),
        )
        lines = [
            (entry, line.id, line.in_count, line.out_count, line.in_low, line.in_high, line.out_low, line.out_high)
            for line in report.lines
        ]
        zones = [
            (
                *(entry, zone.id, zone.mean, zone.most, zone.speed, zone.standing),
                *(zone.mean_low, zone.mean_high, zone.most_low, zone.most_high),
            )
            for zone in report.zones
        ]
        self._executemany("INSERT INTO line_count VALUES (?, ?, ?, ?, ?, ?, ?, ?)", lines)
        self._executemany("INSERT INTO zone_count VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", zones)

    def add_meta(
        self, device_id: int, stream_id: int, meta: Meta, *, payload: bytes, sha256: bytes, leaf: bytes, received_ms: int
    ) -> None:
        """Commit a meta under its sequence, and keep its content where it is the device's latest.

        Within a stream the sequence says what is later; a new stream follows a new ledger, so it is later than any other.
        """
        self._add_entry(stream_id, meta.sequence, sha256, leaf)
        self._execute(
            "INSERT INTO meta VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (device_id) DO UPDATE SET "
            "stream_id = ?2, sequence = ?3, received_ms = ?4, payload = ?5 WHERE stream_id <> ?2 OR sequence < ?3",
            (device_id, stream_id, meta.sequence, received_ms, payload),
        )

    def add_rejected(self, stream_id: int, sequence: int | None, *, sha256: bytes, leaf: bytes) -> None:
        """Dispose of something authentic that is of no use. `sequence` is None for a fork: its sequence is disposed of already."""
        if sequence is not None:
            self._add_entry(stream_id, sequence, sha256, leaf)
        self._execute("UPDATE stream SET rejected = rejected + 1 WHERE id = ?", (stream_id,))

    def add_dead_letter(self, letter: DeadLetter) -> bool:
        """Keep a dead letter. Returns False where it was there already: then only its times and its last time change."""
        key = (letter.sha256, letter.site, letter.device, letter.channel, letter.reason)
        repeated = self._execute(
            "UPDATE dead_letter SET times = times + 1, last_ms = ? "
            "WHERE sha256 = ? AND site = ? AND device = ? AND channel = ? AND reason = ?",
            (letter.received_ms, *key),
        ).rowcount
        if repeated:
            return False
        self._execute(
            "INSERT INTO dead_letter (sha256, site, device, channel, reason, authentic, detail, length, head, payload, "
            "first_ms, last_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *key,
                *(letter.payload is not None, letter.detail, letter.length, letter.head, letter.payload),
                *(letter.received_ms, letter.received_ms),
            ),
        )
        return True

    def trim_dead_letters(self) -> None:
        """Drop and count the oldest dead letters beyond the bound, of each kind."""
        for authentic in (0, 1):
            dropped = self._execute(
                "DELETE FROM dead_letter WHERE authentic = ?1 AND id <= "
                "(SELECT id FROM dead_letter WHERE authentic = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                (authentic, self._dead_letters_max),
            ).rowcount
            if dropped:
                self._add_to("dead_letters_dropped", dropped)

    def forget(self, reports_before_s: int, dead_letters_before_ms: int) -> int:
        """See `Writer.forget`."""
        # Device by device, because that is how the index over start_s is laid out.
        query = "SELECT r.id FROM device d CROSS JOIN report r ON r.device_id = d.id AND r.start_s < ? LIMIT ?"
        old = self._execute(query, (reports_before_s, FORGET_MAX)).fetchall()
        for table in ("line_count", "zone_count"):
            self._executemany(f"DELETE FROM {table} WHERE report_id = ?", old)  # noqa: S608 - one of two names
        self._executemany("DELETE FROM report WHERE id = ?", old)
        letters = self._execute(
            "DELETE FROM dead_letter WHERE id IN (SELECT id FROM dead_letter WHERE last_ms < ? ORDER BY id LIMIT ?)",
            (dead_letters_before_ms, FORGET_MAX),
        ).rowcount
        for name, number in (("reports_forgotten", len(old)), ("dead_letters_forgotten", letters)):
            if number:
                self._add_to(name, number)
        return len(old) + letters

    def saw(self, device_id: int, *, reports: int, received_ms: int) -> None:
        """Note that a device was heard, by its signature, and how many reports of it this commit holds."""
        self._execute(
            "UPDATE device SET reports = reports + ?2, last_seen_ms = max(ifnull(last_seen_ms, 0), ?3) WHERE id = ?1",
            (device_id, reports, received_ms),
        )

    def set_lost(self, site: str, device: str, lost_ms: int | None) -> bool:
        """See `Writer.set_lost`."""
        row = self._execute("SELECT id, lost_ms FROM device WHERE site = ? AND name = ?", (site, device)).fetchone()
        if row is None:
            raise DeviceError(f"{site}/{device}: is not enrolled here; fusion-service status lists who is")
        if (row[1] is None) == (lost_ms is None):
            return False
        self._execute(
            "UPDATE device SET lost_ms = ?, link = NULL, link_boot = NULL, link_ms = NULL WHERE id = ?", (lost_ms, row[0])
        )
        self._add_to("devices_lost_or_found", 1)
        return True

    def set_link(self, device_id: int, state: State, received_ms: int) -> None:
        """Note what the broker says of a device's connection. Nobody signs it: it is a hint."""
        update = "UPDATE device SET link = ?, link_boot = ?, link_ms = ? WHERE id = ?"
        self._execute(update, (state.link, state.boot, received_ms, device_id))

    def count(self, channel: str, outcome: str, number: int) -> None:
        """Add to the outcomes of a channel."""
        self._execute(
            "INSERT INTO outcome_count VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET total = total + ?3", (channel, outcome, number)
        )

    def count_late(self, number: int) -> None:
        """Add to the reports that came late."""
        self._add_to("late_reports", number)

    def advance(self, stream_id: int, now_ms: int) -> StreamState:
        """Move a stream's `upto`, and its tree, over all that is now disposed of without a gap."""
        site, device, uuid, upto, rejected, raw = self._execute(
            "SELECT d.site, d.name, s.uuid, s.upto, s.rejected, s.frontier FROM stream s JOIN device d ON d.id = s.device_id "
            "WHERE s.id = ?",
            (stream_id,),
        ).fetchone()
        above = self._execute(
            "SELECT sequence, hashes FROM entry WHERE stream_id = ? AND sequence > ? ORDER BY sequence", (stream_id, upto)
        )
        leaves: list[bytes] = []
        reached = contiguous(upto, _noting(above, leaves))
        tree = None if raw is None else self._grow(stream_id, Frontier.from_bytes(upto, raw), leaves[: reached - upto])
        self._execute(
            "UPDATE stream SET upto = ?, last_ms = ?, frontier = ? WHERE id = ?",
            (reached, now_ms, None if tree is None else tree.to_bytes(), stream_id),
        )
        return StreamState(site, device, uuid, reached, rejected, tree.root.hex() if tree is not None and tree.size else None)

    def add_checkpoint(self, stream_id: int, checkpoint: Checkpoint, *, note: bytes, received_ms: int) -> bool:
        """Keep a checkpoint that says something new; `compare` judges it. Returns False where it does not.

        Of those that wait for entries the newest is kept, and the oldest up to the bound.
        """
        size, root = checkpoint.head.size, checkpoint.head.root
        rows = self._execute("SELECT root, verdict FROM checkpoint WHERE stream_id = ? AND size = ?", (stream_id, size)).fetchall()
        forked = self._execute("SELECT 1 FROM checkpoint WHERE stream_id = ? AND verdict = ?", (stream_id, Verdict.FORK)).fetchone()
        if any(bytes(row[0]) == root for row in rows) or (rows and forked):
            return False
        verdict = Verdict.FORK if rows else Verdict.PENDING
        insert = "INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?)"
        self._execute(insert, (stream_id, size, root, note, verdict, received_ms))
        self._execute(
            "DELETE FROM checkpoint WHERE stream_id = ?1 AND verdict = ?2 "
            "AND size < (SELECT max(size) FROM checkpoint WHERE stream_id = ?1) AND size NOT IN "
            "(SELECT size FROM checkpoint WHERE stream_id = ?1 AND verdict = ?2 ORDER BY size LIMIT ?3)",
            (stream_id, Verdict.PENDING, CHECKPOINTS_WAITING_MAX - 1),
        )
        return True

    def compare(self, stream_id: int, *, asked: bool) -> Compared | None:
        """Judge each checkpoint that our tree now reaches, and drop those that say nothing more.

        Returns how far that is; None where nothing was judged now, unless `asked`.
        """
        upto, raw = self._execute("SELECT upto, frontier FROM stream WHERE id = ?", (stream_id,)).fetchone()
        agreed = self._newest(stream_id, Verdict.AGREES)
        waiting = self._execute(
            "SELECT size, root FROM checkpoint WHERE stream_id = ? AND verdict = ? AND (size <= ? OR ?) ORDER BY size",
            (stream_id, Verdict.PENDING, upto, raw is None),
        ).fetchall()
        if not waiting and not asked:
            return None
        for size, root in waiting:
            verdict = Verdict.UNKNOWN
            if raw is not None:
                agrees = stream_root(self._connection, stream_id, size) == bytes(root)
                verdict = Verdict.AGREES if agrees else Verdict.FORK if size <= agreed else Verdict.DIFFERS
                agreed = max(agreed, size) if agrees else agreed
            update = "UPDATE checkpoint SET verdict = ? WHERE stream_id = ? AND size = ? AND root = ?"
            self._execute(update, (verdict, stream_id, size, root))
        if waiting:
            self._prune(stream_id)
        judged, contradicted = self._execute(
            "SELECT max(size), count(CASE WHEN verdict IN (?2, ?3) THEN 1 END) FROM checkpoint "
            "WHERE stream_id = ?1 AND verdict <> ?4",
            (stream_id, Verdict.DIFFERS, Verdict.FORK, Verdict.PENDING),
        ).fetchone()
        return Compared(judged or 0, contradicted)

    def _prune(self, stream_id: int) -> None:
        """Keep the newest checkpoint that agrees, the first of each kind that does not, and the newest of all."""
        for verdict in (Verdict.AGREES, Verdict.UNKNOWN):
            delete = "DELETE FROM checkpoint WHERE stream_id = ? AND verdict = ? AND size < ?"
            self._execute(delete, (stream_id, verdict, self._newest(stream_id, verdict)))
        for verdict in (Verdict.DIFFERS, Verdict.FORK):
            self._execute(
                "DELETE FROM checkpoint WHERE stream_id = ?1 AND verdict = ?2 "
                "AND size > (SELECT min(size) FROM checkpoint WHERE stream_id = ?1 AND verdict = ?2) "
                "AND size < (SELECT max(size) FROM checkpoint WHERE stream_id = ?1)",
                (stream_id, verdict),
            )

    def _grow(self, stream_id: int, tree: Frontier, leaves: list[bytes]) -> Frontier:
        """Add leaves to a tree, and to their rows what they complete."""
        rows = []
        for leaf in leaves:
            completed = tree.completed(leaf)
            tree = tree.append(leaf)
            if len(completed) > 1:
                rows.append((b"".join(completed), stream_id, tree.size))
        self._executemany("UPDATE entry SET hashes = ? WHERE stream_id = ? AND sequence = ?", rows)
        return tree

    def _newest(self, stream_id: int, verdict: Verdict) -> int:
        query = "SELECT ifnull(max(size), 0) FROM checkpoint WHERE stream_id = ? AND verdict = ?"
        return int(self._execute(query, (stream_id, verdict)).fetchone()[0])

    def add_device(self, site: str, device: str, key: bytes, *, test_site: bool, added_ms: int) -> bool:
        """Enrol a device; see `Writer.add_device`."""
        self._execute("INSERT INTO site VALUES (?, ?) ON CONFLICT DO NOTHING", (site, test_site))
        test = bool(self._execute("SELECT test FROM site WHERE name = ?", (site,)).fetchone()[0])
        if test != test_site:
            words = {True: "a test site", False: "not a test site"}
            raise DeviceError(
                f"{site}: is {words[test]}, wanted {words[test_site]}; choose another site name, or match --test-site"
            )
        row = self._execute("SELECT public_key FROM device WHERE site = ? AND name = ?", (site, device)).fetchone()
        if row is None:
            insert = "INSERT INTO device (site, name, public_key, added_ms) VALUES (?, ?, ?, ?)"
            self._execute(insert, (site, device, key, added_ms))
            return True
        if bytes(row[0]) != key:
            raise DeviceError(f"{site}/{device}: is enrolled with another key; give the box with the new key a new name")
        return False

    def _add_entry(self, stream_id: int, sequence: int, sha256: bytes, leaf: bytes) -> int:
        insert = "INSERT INTO entry (stream_id, sequence, sha256, hashes) VALUES (?, ?, ?, ?)"
        entry = self._execute(insert, (stream_id, sequence, sha256, leaf)).lastrowid
        assert entry is not None  # noqa: S101 - SQLite names every row it inserts
        return entry

    def _add_to(self, name: str, number: int) -> None:
        self._execute("INSERT INTO store_count VALUES (?1, ?2) ON CONFLICT DO UPDATE SET total = total + ?2", (name, number))


def _noting(rows: Iterable[tuple[int, bytes]], leaves: list[bytes]) -> Iterator[int]:
    """Pass the sequences on, keeping the leaf of each that was asked for."""
    for sequence, leaf in rows:
        leaves.append(leaf)
        yield sequence
