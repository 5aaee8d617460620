# SPDX-License-Identifier: Apache-2.0
"""Load what is known of a batch before it is decided, and nothing more than was asked."""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from fusion_service.ledger.status import CheckpointVerdict
from fusion_service.store.batch import (
    STREAMS_MAX,
    Asked,
    AskedEntry,
    EarlyReport,
    Held,
    KeptCheckpoint,
    Known,
    KnownDevice,
    LetterKey,
    Place,
    StreamKey,
)
from fusion_service.store.sqlite.commit.streams import StreamRecord, Streams
from wire_contract.errors import DecodeError
from wire_contract.messages.meta import Meta
from wire_contract.messages.versions import read_meta

LATE_META_MAX = 2_000
"""Reports judged again when their meta comes after them; a box lets 64 wait to be acknowledged."""
METAS_KNOWN_MAX = 16_384
"""Metas whose reading is remembered: more than a centre has boxes. The one used longest ago
goes."""
_DEVICE = (
    "SELECT d.added_ms, (SELECT count(*) FROM stream WHERE device_id = d.id), m.payload, s.uuid, "
    "m.sequence FROM device d LEFT JOIN meta m ON m.device_id = d.id LEFT JOIN stream s ON s.id = "
    "m.stream_id WHERE d.id = ?"
)


def load(connection: sqlite3.Connection, streams: Streams, asked: Asked) -> Known:
    """Return what is known of what a batch asks, over the connection of its transaction."""
    execute = connection.execute
    keys = dict.fromkeys((*asked.entries, *asked.checkpoints))
    records = {key: record for key in keys if (record := streams.find(key)) is not None}
    devices = {device: _device(connection, device) for device in {key[0] for key in keys}}
    entries: dict[StreamKey, dict[int, Held]] = {}
    doubtful = list(asked.payloads)
    for key, came in asked.entries.items():
        record = records.get(key)
        if record is not None:
            entries[key] = _entries(connection, record, came)
        doubtful += _doubtful(came, entries.get(key, {}))
    doubtful += _too_many(asked, keys, devices, records)
    return Known(
        devices=devices,
        former_keys={key: record.former_key for key, record in records.items()},
        entries=entries,
        early={
            (key, sequence): _early(connection, records[key], sequence, config)
            for key, sequence, config in asked.metas
            if key in records and records[key].top > sequence
        },
        checkpoints={
            key: [
                KeptCheckpoint(size, bytes(root), CheckpointVerdict(verdict))
                for size, root, verdict in execute(
                    "SELECT size, root, verdict FROM checkpoint WHERE stream_id = ?",
                    (records[key].id,),
                )
            ]
            for key in asked.checkpoints
            if key in records
        },
        letters=frozenset(_letters(connection, doubtful)),
        upto={place: _upto(connection, place) for place in asked.places},
    )


def _device(connection: sqlite3.Connection, device_id: int) -> KnownDevice:
    added_ms, streams, payload, uuid, sequence = connection.execute(
        _DEVICE, (device_id,)
    ).fetchone()
    if payload is None:
        return KnownDevice(added_ms, streams, None, None)
    return KnownDevice(added_ms, streams, read_kept(payload), (uuid, sequence))


def _entries(
    connection: sqlite3.Connection, record: StreamRecord, came: Sequence[AskedEntry]
) -> dict[int, Held]:
    """Return what is disposed of under the sequences that came."""
    query = (
        "SELECT sha256, EXISTS (SELECT 1 FROM report WHERE id = entry.id) FROM entry WHERE "
        "stream_id = ? AND sequence = ?"
    )
    found = {}
    for sequence in {entry.sequence for entry in came if entry.sequence <= record.top}:
        row = connection.execute(query, (record.id, sequence)).fetchone()
        if row is not None:
            found[sequence] = Held(bytes(row[0]), bool(row[1]))
    return found


def _doubtful(came: Sequence[AskedEntry], held: dict[int, Held]) -> list[bytes]:
    """Return messages whose sequence other signed bytes have: here, or in the same batch."""
    first = {sequence: one.sha256 for sequence, one in held.items()}
    return [
        entry.payload
        for entry in came
        if first.setdefault(entry.sequence, entry.sha256) != entry.sha256
    ]


def _too_many(
    asked: Asked,
    keys: Iterable[StreamKey],
    devices: dict[int, KnownDevice],
    records: dict[StreamKey, StreamRecord],
) -> list[bytes]:
    """Return messages whose stream may be one more than a device may have."""
    new = [key for key in keys if key not in records]
    made = Counter(key[0] for key in new)
    full = [key for key in new if devices[key[0]].streams + made[key[0]] > STREAMS_MAX]
    return [
        payload
        for key in full
        for payload in (
            *(entry.payload for entry in asked.entries.get(key, ())),
            *asked.checkpoints.get(key, ()),
        )
    ]


def _letters(connection: sqlite3.Connection, payloads: list[bytes]) -> list[LetterKey]:
    query = "SELECT sha256, site, device, channel, reason FROM dead_letter WHERE sha256 = ?"
    return [
        (bytes(sha256), site, device, channel, reason)
        for asked in {hashlib.sha256(payload).digest() for payload in payloads}
        for sha256, site, device, channel, reason in connection.execute(query, (asked,))
    ]


def _early(
    connection: sqlite3.Connection, record: StreamRecord, sequence: int, config: str
) -> list[EarlyReport]:
    """Return reports that came before their meta although they were signed after it."""
    rows = connection.execute(
        "SELECT r.id, r.length_s FROM entry e JOIN report r ON r.id = e.id WHERE e.stream_id = ? "
        "AND e.sequence > ? AND r.config_sha256 = ? AND r.set_apart IS NULL ORDER BY e.sequence "
        "LIMIT ?",
        (record.id, sequence, config, LATE_META_MAX),
    ).fetchall()
    return [early_report(connection, *row) for row in rows]


def early_report(connection: sqlite3.Connection, report_id: int, length_s: int) -> EarlyReport:
    """Return the names and numbers of a report that is kept."""
    lines = connection.execute(
        "SELECT line, in_count, out_count FROM line_count WHERE report_id = ?", (report_id,)
    )
    zones = connection.execute(
        "SELECT zone, mean, peak FROM zone_count WHERE report_id = ?", (report_id,)
    )
    return EarlyReport(report_id, length_s, tuple(lines.fetchall()), tuple(zones.fetchall()))


def _upto(connection: sqlite3.Connection, place: Place) -> int:
    row = connection.execute(
        "SELECT s.upto FROM stream s JOIN device d ON d.id = s.device_id WHERE d.site = ? AND "
        "d.name = ? AND s.uuid = ?",
        place,
    ).fetchone()
    return 0 if row is None else int(row[0])


@lru_cache(maxsize=METAS_KNOWN_MAX)
def read_kept(payload: bytes) -> Meta | None:
    """Read a meta that is kept; None of a form that this release reads no longer."""
    try:
        return read_meta(payload)
    except DecodeError:
        return None
