# SPDX-License-Identifier: Apache-2.0
"""The streams that a commit touches: found once, moved on, and written back once each.

A stream that misses nothing, and whose new entries follow on, moves on by what is in memory. Any
other is read: see progress.py.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fusion_service.store.batch import NewEntry, NewStream, StreamKey
from fusion_service.store.rows import StreamState
from wire_contract.merkle import Frontier

_STREAM = (
    "SELECT s.id, d.site, d.name, s.uuid, s.upto, s.rejected, s.frontier, s.missing, s.version, "
    "s.former_key, (SELECT ifnull(max(sequence), 0) FROM entry WHERE stream_id = s.id), EXISTS "
    "(SELECT 1 FROM checkpoint WHERE stream_id = s.id AND verdict = 'pending') FROM stream s JOIN "
    "device d ON d.id = s.device_id "
)


@dataclass(slots=True)
class StreamRecord:
    """A stream's row while a commit works on it.

    Disposed of up to and with `upto`, with this tree (None where none is known); `top` is its
    highest sequence, and `missing` how many under that have not come. It has one attribute for each
    column that a commit may change, and those that name it.
    """

    id: int
    site: str
    device: str
    uuid: str
    upto: int
    rejected: int
    tree: Frontier | None
    missing: int
    version: int
    former_key: int | None
    top: int
    has_pending: bool
    """Whether a checkpoint waits to be compared."""

    @property
    def state(self) -> StreamState:
        """What the centre tells the box."""
        root = self.tree.root.hex() if self.tree is not None and self.tree.size else None
        names = (self.site, self.device, self.uuid)
        return StreamState(*names, self.upto, self.rejected, root, self.top)


class Streams:
    """The streams of one commit, each read when it is first asked for."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._found: dict[StreamKey, StreamRecord | None] = {}

    def find(self, stream: StreamKey) -> StreamRecord | None:
        """Return a stream; None where there is none yet."""
        if stream not in self._found:
            row = self._execute(
                f"{_STREAM} WHERE s.device_id = ? AND s.uuid = ?", stream
            ).fetchone()
            self._found[stream] = None if row is None else _record(row)
        return self._found[stream]

    def get(self, stream: StreamKey) -> StreamRecord:
        """Return a stream that is there: the plan makes those that were not."""
        record = self.find(stream)
        assert record is not None, stream  # noqa: S101 - the plan made it
        return record

    def make(self, new: NewStream) -> None:
        """Make a stream, empty."""
        columns = "device_id, uuid, last_ms, former_key, frontier"
        insert = f"INSERT INTO stream ({columns}) VALUES (?, ?, ?, ?, x'')"  # noqa: S608 - constants
        self._execute(insert, (*new.stream, new.received_ms, new.former_key))
        self._found.pop(new.stream, None)

    def give_back(self, stream: StreamKey) -> None:
        """Note that the device's own key signs in a stream that a former one signed before."""
        self._execute("UPDATE stream SET former_key = NULL WHERE id = ?", (self.get(stream).id,))

    def write(self, record: StreamRecord, *, heard_ms: int, settled_ms: int) -> None:
        """Write a stream back.

        settled_ms: restores up to then have taken nothing of it, -1 where nothing shows that.
        """
        self._execute(
            "UPDATE stream SET upto = ?, rejected = ?, last_ms = ?, frontier = ?, missing = ?, "
            "version = ?, restores = max(restores, (SELECT count(*) FROM restored WHERE at_ms <= "
            "?)) WHERE id = ?",
            (
                record.upto,
                record.rejected,
                heard_ms,
                None if record.tree is None else record.tree.to_bytes(),
                record.missing,
                record.version,
                settled_ms,
                record.id,
            ),
        )


def follows_on(record: StreamRecord, came: Sequence[NewEntry]) -> bool:
    """Say whether nothing is missing of a stream, before these entries and after them."""
    if record.missing or record.upto != record.top:
        return False
    return all(entry.sequence == record.top + place for place, entry in enumerate(came, 1))


def grow(record: StreamRecord, came: Sequence[NewEntry]) -> list[bytes]:
    """Move a stream over entries that follow on; return the hashes to be kept with each."""
    record.upto += len(came)
    record.top = record.upto
    if record.tree is None:
        return [entry.leaf for entry in came]
    record.tree, completed = record.tree.grown(entry.leaf for entry in came)
    return [b"".join(hashes) for hashes in completed]


def stream_states(
    execute: Callable[..., sqlite3.Cursor], where: str, value: int
) -> list[tuple[StreamState, int]]:
    """Return streams by when they were heard, and the version in which each is spoken of."""
    rows = execute(f"{_STREAM} WHERE {where} ORDER BY s.last_ms, s.id", (value,)).fetchall()
    return [(record.state, record.version) for record in map(_record, rows)]


def record_of(execute: Callable[..., sqlite3.Cursor], stream_id: int) -> StreamRecord:
    """Return a stream by its row."""
    return _record(execute(f"{_STREAM} WHERE s.id = ?", (stream_id,)).fetchone())


def grouped(entries: Sequence[NewEntry]) -> Mapping[StreamKey, list[NewEntry]]:
    """Return the entries of each stream, in the order in which they came."""
    found: dict[StreamKey, list[NewEntry]] = {}
    for entry in entries:
        found.setdefault(entry.stream, []).append(entry)
    return found


def _record(row: sqlite3.Row) -> StreamRecord:
    stream_id, site, device, uuid, upto, rejected, raw, *rest = row
    missing, version, former_key, top, has_pending = rest
    tree = None if raw is None else Frontier.from_bytes(upto, raw)
    names = (stream_id, site, device, uuid)
    return StreamRecord(
        *names, upto, rejected, tree, missing, version, former_key, top, bool(has_pending)
    )
