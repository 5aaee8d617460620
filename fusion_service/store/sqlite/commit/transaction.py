# SPDX-License-Identifier: Apache-2.0
"""What one commit may hold. Rule: an entry is never overwritten."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping

from fusion_service.store.batch import (
    Applied,
    Asked,
    Known,
    Moved,
    Moving,
    Plan,
    StreamKey,
)
from fusion_service.store.rows import Compared, KeptLetter
from fusion_service.store.set_apart import SET_APART, Apart
from fusion_service.store.sqlite.commit.checkpoints import Comparison
from fusion_service.store.sqlite.commit.counts import add_to_counts, add_to_outcomes
from fusion_service.store.sqlite.commit.devices import Devices
from fusion_service.store.sqlite.commit.judge import Judge
from fusion_service.store.sqlite.commit.known import load
from fusion_service.store.sqlite.commit.letters import Letters
from fusion_service.store.sqlite.commit.losses import SETTLED_AFTER_MS, Losses
from fusion_service.store.sqlite.commit.progress import Progress
from fusion_service.store.sqlite.commit.reports import Sequenced, write_entries, write_reports
from fusion_service.store.sqlite.commit.streams import (
    Streams,
    follows_on,
    grouped,
    grow,
    record_of,
    stream_states,
)


class Transaction:
    """What is read and written in one commit. Lives as long as the `with` that made it."""

    def __init__(self, connection: sqlite3.Connection, dead_letters_max: int) -> None:
        self._connection = connection
        self._dead_letters_max = dead_letters_max
        self.devices = Devices(connection)
        self._streams = Streams(connection)
        self._letters = Letters(connection)
        self._losses = Losses(connection)
        self._judge = Judge(connection)

    def load(self, asked: Asked) -> Known:
        """Return what is known of what a batch asks."""
        return load(self._connection, self._streams, asked)

    def authentic_letters(self, *, after_id: int, limit: int) -> list[KeptLetter]:
        """Return dead letters with their payload, the oldest first, those after the id."""
        return self._letters.authentic(after_id=after_id, limit=limit)

    def apply(self, plan: Plan) -> Applied:
        """Write a plan; it is committed with the rest of the transaction."""
        for made in plan.streams:
            self._streams.make(made)
        for stream in plan.own_again:
            self._streams.give_back(stream)
        read_on, entries = self._write_entries(plan)
        counts, batch_id = self._write_reports(plan, entries)
        self._write_beside(plan)
        counts["dead_letters_dropped"] = self._write_letters(plan)
        counts["dead_letters_replayed"] = sum(replayed for _, replayed in plan.ended_letters)
        counts["late_reports"] = sum(heard.late for heard in plan.heard.values())
        add_to_outcomes(self._connection, plan.outcomes)
        add_to_counts(self._connection, counts)
        self._write_devices(plan)
        for stream, number in plan.rejected.items():
            self._streams.get(stream).rejected += number
        new = {entry.stream for entry in plan.entries}
        moved = tuple(
            self._move(
                moving, read_on.get(moving.stream), plan.now_ms, has_new=moving.stream in new
            )
            for moving in plan.moving
        )
        execute = self._connection.execute
        online = {
            device: stream_states(execute, "s.device_id = ?", device) for device in plan.online
        }
        return Applied(moved, online, batch_id)

    def go_on(self, site: str, device: str, now_ms: int) -> int:
        """Go past all that is missing of a device's streams; see `Store.go_on`."""
        execute = self._connection.execute
        before = self._lost()
        rows = execute(
            "SELECT s.id, s.last_ms FROM stream s JOIN device d ON d.id = s.device_id WHERE d.site "
            "= ? AND d.name = ?",
            (site, device),
        ).fetchall()
        for stream_id, last_ms in rows:
            self._losses.forget_refused(stream_id)
            record = record_of(execute, stream_id)
            progress = Progress(self._connection, self._losses)
            progress.advance(record, [], now_ms=now_ms, by_hand=True)
            # Nothing came: which stream was heard last stays as it was.
            self._streams.write(record, heard_ms=last_ms, settled_ms=-1)
        return self._lost() - before

    def judge_again(self, *, since_ms: int, until_ms: int, ahead_ms: int) -> int:
        """Judge again what was in the future by a clock that was behind; see `Store`."""
        found = self._judge.again(since_ms=since_ms, until_ms=until_ms, ahead_ms=ahead_ms)
        counts = {SET_APART + apart: number for apart, number in found.items() if apart is not None}
        if found:
            future = SET_APART + Apart.FUTURE
            counts[future] = counts.get(future, 0) - found.total()
        add_to_counts(self._connection, counts)
        return found.total()

    def _write_entries(self, plan: Plan) -> tuple[dict[StreamKey, list[int]], dict[Sequenced, int]]:
        """Write the entries, and move on each stream of which nothing is missing.

        Returns the sequences that came of every other stream, which is read for it; and the rows.
        """
        hashes: dict[StreamKey, Iterator[bytes]] = {}
        read_on: dict[StreamKey, list[int]] = {}
        for stream, came in grouped(plan.entries).items():
            record = self._streams.get(stream)
            if follows_on(record, came):
                hashes[stream] = iter(grow(record, came))
            else:
                hashes[stream] = (entry.leaf for entry in came)
                read_on[stream] = [entry.sequence for entry in came]
        return read_on, write_entries(self._connection, self._streams, plan.entries, hashes)

    def _write_reports(
        self, plan: Plan, entries: Mapping[Sequenced, int]
    ) -> tuple[Counter[str], int | None]:
        """Write the reports, and compare them with those of before.

        Returns what is to be counted, and the batch of the reports.
        """
        counts = Counter(SET_APART + new.apart for new in plan.reports if new.apart is not None)
        counts.update(SET_APART + apart for _, apart in plan.rejudged)
        batch_id = None
        if plan.reports:
            batch_id, rows = write_reports(self._connection, self._streams, plan.reports, entries)
            repeated, superseded = self._judge.compare(rows.values())
            counts["repeated_windows"] += repeated
            counts[SET_APART + Apart.SUPERSEDED] += superseded
            for device, (stream, sequence) in plan.last.items():
                stream_id = self._streams.get(stream).id
                self._judge.note_last(device, stream_id, sequence, rows[stream, sequence])
        self._judge.set_apart(plan.rejudged)
        return counts, batch_id

    def _write_beside(self, plan: Plan) -> None:
        """Write what is kept beside the entries, before the streams move on: they look at it."""
        execute = self._connection.execute
        for meta in plan.metas:
            execute(
                "INSERT INTO meta VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (device_id) DO UPDATE "
                "SET stream_id = ?2, sequence = ?3, received_ms = ?4, payload = ?5 WHERE stream_id "
                "<> ?2 OR sequence < ?3",
                (meta.stream[0], self._streams.get(meta.stream).id, *meta[1:]),
            )
        for claim in plan.claims:
            self._losses.keep_claim(self._streams.get(claim.stream).id, claim)
        comparison = Comparison(self._connection)
        for checkpoint in plan.checkpoints:
            record = self._streams.get(checkpoint.stream)
            comparison.keep(record.id, checkpoint)
            record.has_pending = True
        for ahead in plan.ahead:
            self._losses.note_ahead(ahead)

    def _write_letters(self, plan: Plan) -> int:
        """Keep dead letters, and end those that are none any more; return how many are dropped."""
        for letter_id, _ in plan.ended_letters:
            self._letters.end(letter_id)
        for letter in plan.letters:
            self._letters.keep(letter)
        return self._letters.trim(self._dead_letters_max)

    def _write_devices(self, plan: Plan) -> None:
        """Write what was heard of each device, and what the broker says of its connection."""
        for device, left_ms in plan.left_names.items():
            self.devices.leave_names(device, left_ms)
        self._connection.executemany(
            "UPDATE device SET link = ?, link_boot = ?, link_ms = ? WHERE id = ?",
            [
                (state.link, state.boot, received_ms, device)
                for device, (state, received_ms) in plan.links.items()
            ],
        )
        self._connection.executemany(
            "UPDATE device SET reports = reports + ?2, late = late + ?3, last_seen_ms = "
            "max(ifnull(last_seen_ms, 0), ?4) WHERE id = ?1",
            [(device, *heard) for device, heard in plan.heard.items()],
        )

    def _move(self, moving: Moving, came: list[int] | None, now_ms: int, *, has_new: bool) -> Moved:
        """Move a stream on, and judge the checkpoints that its tree now reaches.

        came: where its new sequences do not follow on, and are written but not looked at yet.
        """
        record = self._streams.get(moving.stream)
        if moving.version is not None:
            record.version = moving.version
        if came is not None or record.missing or record.upto != record.top:
            Progress(self._connection, self._losses).advance(record, came or [], now_ms=now_ms)
        is_settled = has_new and not record.missing
        settled_ms = now_ms - SETTLED_AFTER_MS if is_settled else -1
        self._streams.write(record, heard_ms=now_ms, settled_ms=settled_ms)
        compared: Compared | None = None
        if record.has_pending or moving.is_compared:
            comparison = Comparison(self._connection)
            compared = comparison.compare(record.id, asked=moving.is_compared)
        return Moved(record.state, record.version, compared)

    def _lost(self) -> int:
        query = "SELECT ifnull(sum(missing), 0) FROM lost"
        return int(self._connection.execute(query).fetchone()[0])
