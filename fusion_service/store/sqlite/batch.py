# SPDX-License-Identifier: Apache-2.0
"""What one commit may hold. Rule: an entry is never overwritten."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from fusion_service.ledger.contiguity import contiguous
from fusion_service.ledger.gaps import Gap, noted
from fusion_service.store.rows import Compared, DeadLetter, KeptLetter, StreamState
from fusion_service.store.set_apart import SET_APART, Apart
from fusion_service.store.sqlite.buffer import Gathered
from fusion_service.store.sqlite.checkpoints import Comparison
from fusion_service.store.sqlite.devices import Devices
from fusion_service.store.sqlite.judge import Judge
from fusion_service.store.sqlite.losses import SETTLED_AFTER_MS, Losses, Place
from wire_contract.merkle import Frontier
from wire_contract.messages.checkpoint import Checkpoint
from wire_contract.messages.meta import Meta
from wire_contract.messages.purged import Purged
from wire_contract.messages.report import Report
from wire_contract.messages.state import State

STREAMS_MAX = 256
"""Streams of one device. A box makes one with each new ledger; more is a fault or worse, and would
let rows grow without end."""

FORGET_MAX = 2_000
"""Rows deleted in one commit: a tenth of a second, so that what comes in does not wait longer."""


class Transaction:
    """What can be written in one commit. Lives as long as the `with` that made it.

    New entries and reports are gathered and written table by table: a statement for many rows costs
    a fraction of one for each.
    """

    def __init__(self, connection: sqlite3.Connection, dead_letters_max: int) -> None:
        self._execute = connection.execute
        self._executemany = connection.executemany
        self._dead_letters_max = dead_letters_max
        self._batch_id: int | None = None
        self._streams: dict[tuple[int, str], int] = {}
        self._former: set[int] = set()
        """Those of them in which a key signs that is not the device's own any more."""
        self._tops: dict[int, int] = {}
        """The highest sequence of each stream before this commit."""
        self._came: dict[int, list[int]] = defaultdict(list)
        """Sequences of each stream that came with this commit and are not looked at for gaps
        yet."""
        self._gathered = Gathered(connection)
        self._comparison = Comparison(connection)
        self.devices = Devices(connection)
        self._judge = Judge(connection)
        self._losses = Losses(connection)
        self._apart: Counter[Apart] = Counter()
        self._last: dict[int, tuple[int, int, int]] = {}
        """Of each device stream, sequence and row of the report signed last, of those not written
        yet."""

    @property
    def batch_id(self) -> int | None:
        """The batch of this commit; None where it holds no report."""
        return self._batch_id

    def stream(
        self, device_id: int, uuid: str, now_ms: int, *, former_key: int | None = None
    ) -> int | None:
        """Find or make a device's stream.

        Returns None where the device has its full number of streams.

        former_key: which key signs in it, where it is not the device's own. What comes in such a
        stream is not the device's last, whenever it comes. A box that got another key and kept its
        ledger goes on in its stream.
        """
        known = self._streams.get((device_id, uuid))
        if known is not None:
            return known
        query = "SELECT id, former_key FROM stream WHERE device_id = ? AND uuid = ?"
        row = self._execute(query, (device_id, uuid)).fetchone()
        if row is None:
            number = self._execute(
                "SELECT count(*) FROM stream WHERE device_id = ?", (device_id,)
            ).fetchone()[0]
            if number >= STREAMS_MAX:
                return None
            columns = "device_id, uuid, last_ms, former_key, frontier"
            insert = f"INSERT INTO stream ({columns}) VALUES (?, ?, ?, ?, x'') RETURNING id"  # noqa: S608 - constants
            row = self._execute(insert, (device_id, uuid, now_ms, former_key)).fetchone()
        elif row[1] is not None and former_key is None:
            self._execute("UPDATE stream SET former_key = NULL WHERE id = ?", row[:1])
        stream_id = self._streams[device_id, uuid] = int(row[0])
        if former_key is not None:
            self._former.add(stream_id)
        return stream_id

    def sha256_of(self, stream_id: int, sequence: int) -> bytes | None:
        """Return the hash of what was disposed of under this sequence; None where nothing was."""
        gathered = self._gathered.sha256_of(stream_id, sequence)
        if gathered is not None:
            return gathered
        if sequence > self._top(stream_id):
            return None
        row = self._execute(
            "SELECT sha256 FROM entry WHERE stream_id = ? AND sequence = ?", (stream_id, sequence)
        ).fetchone()
        return None if row is None else bytes(row[0])

    def judge(self, device_id: int, report: Report, received_ms: int) -> Apart | None:
        """Say whether a report is in no sum, and why; see store/apart.py."""
        return self._judge.of(device_id, report, received_ms)

    def add_report(
        self,
        device_id: int,
        stream_id: int,
        report: Report,
        *,
        sha256: bytes,
        leaf: bytes,
        received_ms: int,
        late: bool,
        apart: Apart | None = None,
    ) -> None:
        """Commit a report under its sequence.

        `leaf` is the hash of its envelope as a leaf, here and below.
        """
        entry = self._add_entry(stream_id, report.sequence, sha256, leaf)
        self._gather(entry, device_id, report, received_ms=received_ms, late=late, apart=apart)
        stream, sequence, _ = self._last.get(device_id, (0, 0, 0))
        is_last = stream != stream_id or report.sequence > sequence
        if apart is not Apart.SEQUENCE and stream_id not in self._former and is_last:
            self._last[device_id] = (stream_id, report.sequence, entry)

    def add_meta(
        self,
        device_id: int,
        stream_id: int,
        meta: Meta,
        *,
        payload: bytes,
        sha256: bytes,
        leaf: bytes,
        received_ms: int,
    ) -> None:
        """Commit a meta under its sequence, and keep its content where it is the device's latest.

        Within a stream the sequence says what is later; a new stream follows a new ledger, so it is
        later than any other.
        """
        self._add_entry(stream_id, meta.sequence, sha256, leaf)
        self._set_meta(device_id, stream_id, meta, payload, received_ms)

    def add_claim(
        self,
        stream_id: int,
        claim: Purged,
        *,
        payload: bytes,
        sha256: bytes,
        leaf: bytes,
        received_ms: int,
    ) -> None:
        """Commit that a box has purged a run; `advance` takes it up where it fits."""
        self._add_entry(stream_id, claim.sequence, sha256, leaf)
        self._losses.add_claim(stream_id, claim, payload, received_ms=received_ms)

    def redeem_claim(
        self, stream_id: int, claim: Purged, *, payload: bytes, received_ms: int
    ) -> None:
        """Take up a claim whose entry stands for it as rejected."""
        self._losses.add_claim(stream_id, claim, payload, received_ms=received_ms)
        self._reject(stream_id, -1)

    def note_sign(
        self, site: str, device: str, stream: str, *, upto: int, store: str, seen_ms: int
    ) -> int | None:
        """Note an acknowledgement that the broker kept; see `Losses.note_sign`."""
        return self._losses.note_sign(site, device, stream, upto=upto, store=store, seen_ms=seen_ms)

    def redeem_report(
        self,
        device_id: int,
        stream_id: int,
        report: Report,
        *,
        received_ms: int,
        late: bool,
        apart: Apart | None = None,
    ) -> bool:
        """Give a report to the entry that stands for it as rejected.

        Returns False where it has one already.
        """
        query = (
            "SELECT id, id IN (SELECT id FROM report) FROM entry WHERE stream_id = ? AND sequence "
            "= ?"
        )
        entry, has_report = self._execute(query, (stream_id, report.sequence)).fetchone()
        if has_report:
            return False
        self._gather(entry, device_id, report, received_ms=received_ms, late=late, apart=apart)
        self._reject(stream_id, -1)
        return True

    def redeem_meta(
        self, device_id: int, stream_id: int, meta: Meta, *, payload: bytes, received_ms: int
    ) -> None:
        """Keep the content of a meta whose entry stands for it as rejected."""
        self._set_meta(device_id, stream_id, meta, payload, received_ms)
        self._reject(stream_id, -1)

    def _set_meta(
        self, device_id: int, stream_id: int, meta: Meta, payload: bytes, received_ms: int
    ) -> None:
        if stream_id in self._former:
            return
        self._execute(
            "INSERT INTO meta VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (device_id) DO UPDATE SET "
            "stream_id = ?2, sequence = ?3, received_ms = ?4, payload = ?5 WHERE stream_id <> ?2 "
            "OR sequence < ?3",
            (device_id, stream_id, meta.sequence, received_ms, payload),
        )
        self.write_out()
        for apart, number in self._judge.by_late_meta(device_id, stream_id, meta).items():
            self._add_to(SET_APART + apart, number)

    def add_rejected(
        self, stream_id: int, sequence: int | None, *, sha256: bytes, leaf: bytes
    ) -> None:
        """Dispose of something authentic that is of no use.

        `sequence` is None for a fork: its sequence is disposed of already.
        """
        if sequence is not None:
            self._add_entry(stream_id, sequence, sha256, leaf)
        self._reject(stream_id, 1)

    def add_dead_letter(self, letter: DeadLetter) -> bool:
        """Keep a dead letter.

        Returns False where it was there already: then only its times and its last time change.
        """
        key = (letter.sha256, letter.site, letter.device, letter.channel, letter.reason)
        repeated = self._execute(
            "UPDATE dead_letter SET times = times + 1, last_ms = ? WHERE sha256 = ? AND site = ? "
            "AND device = ? AND channel = ? AND reason = ?",
            (letter.received_ms, *key),
        ).rowcount
        if repeated:
            return False
        self._execute(
            "INSERT INTO dead_letter (sha256, site, device, channel, reason, authentic, detail, "
            "length, head, payload, first_ms, last_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *key,
                *(
                    letter.payload is not None,
                    letter.detail,
                    letter.length,
                    letter.head,
                    letter.payload,
                ),
                *(letter.received_ms, letter.received_ms),
            ),
        )
        return True

    def authentic_letters(self, *, after_id: int, limit: int) -> list[KeptLetter]:
        """Return dead letters with their payload, the oldest first, those after the id."""
        query = (
            "SELECT id, site, device, channel, payload, first_ms FROM dead_letter WHERE authentic "
            "= 1 AND id > ? ORDER BY id LIMIT ?"
        )
        return [KeptLetter(*row) for row in self._execute(query, (after_id, limit))]

    def end_letter(self, letter_id: int, *, replayed: bool) -> None:
        """Delete a dead letter that is none any more; `replayed` where it has become of use."""
        self._execute("DELETE FROM dead_letter WHERE id = ?", (letter_id,))
        if replayed:
            self._add_to("dead_letters_replayed", 1)

    def trim_dead_letters(self) -> None:
        """Drop and count the oldest dead letters beyond the bound, of each kind."""
        for authentic in (0, 1):
            dropped = self._execute(
                "DELETE FROM dead_letter WHERE authentic = ?1 AND id <= (SELECT id FROM "
                "dead_letter WHERE authentic = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                (authentic, self._dead_letters_max),
            ).rowcount
            if dropped:
                self._add_to("dead_letters_dropped", dropped)

    def forget(self, reports_before_s: int, dead_letters_before_ms: int) -> int:
        """See `Writer.forget`."""
        # Device by device, because that is how the index over start_s is laid out.
        query = (
            "SELECT r.id FROM device d CROSS JOIN report r ON r.device_id = d.id AND r.start_s < "
            "?1 AND r.received_ms < 1000 * ?1 LIMIT ?2"
        )
        old = self._execute(query, (reports_before_s, FORGET_MAX)).fetchall()
        # What is in no sum may say any time, also one at which it would never be past its own.
        query = (
            "SELECT id FROM report WHERE set_apart IS NOT NULL AND start_s >= ?1 AND received_ms < "
            "1000 * ?1 LIMIT ?2"
        )
        old += self._execute(query, (reports_before_s, FORGET_MAX - len(old))).fetchall()
        for table in ("line_count", "zone_count"):
            self._executemany(f"DELETE FROM {table} WHERE report_id = ?", old)  # noqa: S608 - one of two names
        self._executemany("DELETE FROM report WHERE id = ?", old)
        letters = self._execute(
            "DELETE FROM dead_letter WHERE id IN (SELECT id FROM dead_letter WHERE last_ms < ? "
            "ORDER BY id LIMIT ?)",
            (dead_letters_before_ms, FORGET_MAX),
        ).rowcount
        for name, number in (("reports_forgotten", len(old)), ("dead_letters_forgotten", letters)):
            if number:
                self._add_to(name, number)
        return len(old) + letters

    def judge_again(self, since_ms: int, until_ms: int, ahead_ms: int) -> int:
        """See `Writer.judge_again`."""
        found = self._judge.again(since_ms=since_ms, until_ms=until_ms, ahead_ms=ahead_ms)
        for apart, number in found.items():
            if apart is not None:
                self._add_to(SET_APART + apart, number)
        if found:
            self._add_to(SET_APART + Apart.FUTURE, -found.total())
        return found.total()

    def saw(self, device_id: int, *, reports: int, late: int, received_ms: int) -> None:
        """Note that a device was heard, by its signature, and how many reports of it, and late ones, this commit holds."""
        self._execute(
            "UPDATE device SET reports = reports + ?2, late = late + ?3, last_seen_ms = "
            "max(ifnull(last_seen_ms, 0), ?4) WHERE id = ?1",
            (device_id, reports, late, received_ms),
        )

    def set_link(self, device_id: int, state: State, received_ms: int) -> None:
        """Note what the broker says of a device's connection. Nobody signs it: it is a hint."""
        update = "UPDATE device SET link = ?, link_boot = ?, link_ms = ? WHERE id = ?"
        self._execute(update, (state.link, state.boot, received_ms, device_id))

    def count(self, channel: str, outcome: str, number: int) -> None:
        """Add to the outcomes of a channel."""
        self._execute(
            "INSERT INTO outcome_count VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET total = "
            "total + ?3",
            (channel, outcome, number),
        )

    def count_late(self, number: int) -> None:
        """Add to the reports that came late."""
        if number:
            self._add_to("late_reports", number)

    def advance(self, stream_id: int, now_ms: int, *, by_hand: bool = False) -> StreamState:
        """Move a stream's `upto`, and its tree, over all that is now disposed of without a gap.

        What is missing for good is passed, and recorded as lost: see store/losses.py.
        """
        self.write_out()
        site, device, uuid, upto, rejected, raw, missing, version = self._execute(
            "SELECT d.site, d.name, s.uuid, s.upto, s.rejected, s.frontier, s.missing, s.version "
            "FROM stream s JOIN device d ON d.id = s.device_id WHERE s.id = ?",
            (stream_id,),
        ).fetchone()
        has_new = bool(self._came.get(stream_id))
        self._top(stream_id)
        missing = self._note_gaps(stream_id, missing, now_ms)
        upto, tree = self._move(
            stream_id, upto, None if raw is None else Frontier.from_bytes(upto, raw)
        )
        while missing:
            past = self._losses.past(
                Place(stream_id, upto, tree, version), now_ms=now_ms, by_hand=by_hand
            )
            if past is None:
                break
            upto, tree = self._move(stream_id, past.upto, past.tree)
            missing = self._missing(stream_id)
        settled_ms = now_ms - SETTLED_AFTER_MS if has_new and not missing else -1
        self._execute(
            "UPDATE stream SET upto = ?, last_ms = ?, frontier = ?, missing = ?, restores = "
            "max(restores, (SELECT count(*) FROM restored WHERE at_ms <= ?)) WHERE id = ?",
            (
                upto,
                now_ms,
                None if tree is None else tree.to_bytes(),
                missing,
                settled_ms,
                stream_id,
            ),
        )
        root = tree.root.hex() if tree is not None and tree.size else None
        return StreamState(site, device, uuid, upto, rejected, root, self._top(stream_id))

    def go_on(self, site: str, device: str, now_ms: int) -> int:
        """See `Writer.go_on`."""
        query = (
            "SELECT s.id FROM stream s JOIN device d ON d.id = s.device_id WHERE d.site = ? AND "
            "d.name = ?"
        )
        before, streams = (
            self._lost(),
            [row[0] for row in self._execute(query, (site, device)).fetchall()],
        )
        for stream_id in streams:
            self._losses.forget_refused(stream_id)
            (last_ms,) = self._execute(
                "SELECT last_ms FROM stream WHERE id = ?", (stream_id,)
            ).fetchone()
            self.advance(stream_id, now_ms, by_hand=True)
            # Nothing came: which stream was heard last stays as it was.
            self._execute("UPDATE stream SET last_ms = ? WHERE id = ?", (last_ms, stream_id))
        return self._lost() - before

    def states(self, device_id: int) -> list[tuple[StreamState, int]]:
        """Return how far each stream of a device is, the last heard at the end, and its version."""
        return stream_states(self._execute, "s.device_id = ?", device_id)

    def spoken(self, stream_id: int, version: int | None) -> int:
        """Note the version in which a box speaks of a stream now, None where it did not say.

        Return the one that holds.
        """
        if version is not None:
            self._execute(
                "UPDATE stream SET version = ?2 WHERE id = ?1 AND version <> ?2",
                (stream_id, version),
            )
            return version
        return int(
            self._execute("SELECT version FROM stream WHERE id = ?", (stream_id,)).fetchone()[0]
        )

    def add_checkpoint(
        self, stream_id: int, checkpoint: Checkpoint, *, note: bytes, received_ms: int
    ) -> bool:
        """Keep a checkpoint that says something new; `compare` judges it.

        Returns False where it does not.
        """
        return self._comparison.add(stream_id, checkpoint, note=note, received_ms=received_ms)

    def compare(self, stream_id: int, *, asked: bool) -> Compared | None:
        """Judge the checkpoints that our tree now reaches.

        None where there is nothing to say, unless `asked`.
        """
        return self._comparison.compare(stream_id, asked=asked)

    def write_out(self) -> None:
        """Write what is gathered; it is committed with the rest."""
        reports = self._gathered.write_out()
        if not reports:
            return
        repeated, self._apart[Apart.SUPERSEDED] = self._judge.compare(reports)
        counts = {"repeated_windows": repeated} | {
            SET_APART + apart: number for apart, number in self._apart.items()
        }
        for name, number in counts.items():
            if number:
                self._add_to(name, number)
        for device_id, (stream_id, sequence, entry) in self._last.items():
            self._judge.note_last(device_id, stream_id, sequence, entry)
        self._apart.clear()
        self._last.clear()

    def _gather(
        self,
        entry: int,
        device_id: int,
        report: Report,
        *,
        received_ms: int,
        late: bool,
        apart: Apart | None,
    ) -> None:
        self._gathered.add_report(
            entry, device_id, self._batch(), report, received_ms=received_ms, late=late, apart=apart
        )
        if apart is not None:
            self._apart[apart] += 1

    def _batch(self) -> int:
        if self._batch_id is None:
            self._batch_id = int(
                self._execute("INSERT INTO batch DEFAULT VALUES RETURNING id").fetchone()[0]
            )
        return self._batch_id

    def _reject(self, stream_id: int, number: int) -> None:
        self._execute("UPDATE stream SET rejected = rejected + ? WHERE id = ?", (number, stream_id))

    def _add_entry(self, stream_id: int, sequence: int, sha256: bytes, leaf: bytes) -> int:
        self._top(stream_id)
        self._came[stream_id].append(sequence)
        return self._gathered.add_entry(stream_id, sequence, sha256, leaf)

    def _top(self, stream_id: int) -> int:
        top = self._tops.get(stream_id)
        if top is None:
            query = "SELECT ifnull(max(sequence), 0) FROM entry WHERE stream_id = ?"
            top = self._tops[stream_id] = int(self._execute(query, (stream_id,)).fetchone()[0])
        return top

    def _note_gaps(self, stream_id: int, missing: int, now_ms: int) -> int:
        """Note what the sequences that came leave missing of a stream; return how many that are."""
        came, top = self._came.pop(stream_id, []), self._tops.get(stream_id, 0)
        if not missing and came == list(range(top + 1, top + 1 + len(came))):
            self._tops[stream_id] = top + len(came)
            return 0
        query = "SELECT first, last, missing, since_ms FROM gap WHERE stream_id = ? ORDER BY first"
        before = [Gap(*row) for row in self._execute(query, (stream_id,))]
        after = noted(before, top, came, now_ms)
        if came and min(came) <= top:
            self._losses.found(stream_id, [sequence for sequence in came if sequence <= top])
        if after != before:
            self._execute("DELETE FROM gap WHERE stream_id = ?", (stream_id,))
            rows = [(stream_id, gap.first, gap.last, gap.missing, gap.since_ms) for gap in after]
            self._executemany("INSERT INTO gap VALUES (?, ?, ?, ?, ?)", rows)
        self._tops[stream_id] = max(top, *came) if came else top
        return sum(gap.missing for gap in after)

    def _move(
        self, stream_id: int, upto: int, tree: Frontier | None
    ) -> tuple[int, Frontier | None]:
        """Return how far a stream goes without a gap from `upto` on, and its tree there."""
        above = self._execute(
            "SELECT sequence, hashes FROM entry WHERE stream_id = ? AND sequence > ? ORDER BY "
            "sequence",
            (stream_id, upto),
        )
        leaves: list[bytes] = []
        reached = contiguous(upto, _noting(above, leaves))
        return reached, None if tree is None else self._grow(
            stream_id, tree, leaves[: reached - upto]
        )

    def _missing(self, stream_id: int) -> int:
        query = "SELECT ifnull(sum(missing), 0) FROM gap WHERE stream_id = ?"
        return int(self._execute(query, (stream_id,)).fetchone()[0])

    def _lost(self) -> int:
        return int(self._execute("SELECT ifnull(sum(missing), 0) FROM lost").fetchone()[0])

    def _grow(self, stream_id: int, tree: Frontier, leaves: list[bytes]) -> Frontier:
        """Add leaves to a tree, and to their rows what they complete."""
        grown, completed = tree.grown(leaves)
        rows = [
            (b"".join(hashes), stream_id, sequence)
            for sequence, hashes in enumerate(completed, tree.size + 1)
            if len(hashes) > 1
        ]
        self._executemany("UPDATE entry SET hashes = ? WHERE stream_id = ? AND sequence = ?", rows)
        return grown

    def _add_to(self, name: str, number: int) -> None:
        self._execute(
            "INSERT INTO store_count VALUES (?1, ?2) ON CONFLICT DO UPDATE SET total = total + ?2",
            (name, number),
        )


def stream_states(
    execute: Callable[..., sqlite3.Cursor], where: str, value: int
) -> list[tuple[StreamState, int]]:
    """Return streams by when they were heard, and the version in which each is spoken of."""
    rows = execute(
        "SELECT d.site, d.name, s.uuid, s.upto, s.rejected, s.frontier, "  # noqa: S608 - written here
        "(SELECT ifnull(max(sequence), 0) FROM entry WHERE stream_id = s.id), s.version FROM "
        f"stream s JOIN device d ON d.id = s.device_id WHERE {where} ORDER BY s.last_ms, s.id",
        (value,),
    )
    return [
        (
            StreamState(
                site,
                device,
                uuid,
                upto,
                rejected,
                None if not raw else Frontier.from_bytes(upto, raw).root.hex(),
                held,
            ),
            version,
        )
        for site, device, uuid, upto, rejected, raw, held, version in rows.fetchall()
    ]


def _noting(rows: Iterable[tuple[int, bytes]], leaves: list[bytes]) -> Iterator[int]:
    """Pass the sequences on, keeping the leaf of each that was asked for."""
    for sequence, leaf in rows:
        leaves.append(leaf)
        yield sequence
