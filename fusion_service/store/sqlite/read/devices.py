# SPDX-License-Identifier: Apache-2.0
"""Read devices as they stand: streams, ledger, last window, meta, history."""

import sqlite3

from fusion_service.ledger.lost import Why
from fusion_service.ledger.status import (
    CheckpointRow,
    CheckpointVerdict,
    Lost,
    StreamRow,
    ledger_of,
)
from fusion_service.registry.history import DeviceEvent, EventRow, shown_key
from fusion_service.store.rows import DeviceRow, StreamState
from fusion_service.store.sqlite.commit.losses import Claim
from fusion_service.store.sqlite.read import windows
from fusion_service.store.sqlite.roots import stream_root
from wire_contract.merkle import Frontier
from wire_contract.messages.checkpoint import parse_checkpoint
from wire_contract.messages.versions import read_meta

UNKNOWN_LINK = "unknown"
"""Of a device of which the broker has said nothing."""
_DEVICE = (
    "SELECT d.id, d.site, d.name, s.test, d.added_ms, d.last_seen_ms, d.reports, d.late, d.link, "
    "d.link_ms, d.lost_ms, d.retired_ms, d.public_key, d.last_report, m.payload, (SELECT "
    "ifnull(sum(missing), 0) FROM stream WHERE device_id = d.id) AS missing FROM device d JOIN "
    "site s ON s.name = d.site LEFT JOIN meta m ON m.device_id = d.id "
)
_FORMER_NAMES = (
    "SELECT site, name FROM former_name WHERE device_id = ? ORDER BY left_ms IS NOT NULL, until_ms "
    "DESC"
)


def page(connection: sqlite3.Connection, *, after: tuple[str, str], limit: int) -> list[DeviceRow]:
    """Return devices by site and name, those after `after`."""
    query = _DEVICE + "WHERE (d.site, d.name) > (?, ?) ORDER BY d.site, d.name LIMIT ?"
    rows = connection.execute(query, (*after, limit)).fetchall()
    return [_device(connection, row) for row in rows]


def one(connection: sqlite3.Connection, site: str, name: str) -> DeviceRow | None:
    """Return one device, or None where it was never enrolled."""
    query = _DEVICE + "WHERE d.site = ? AND d.name = ?"
    row = connection.execute(query, (site, name)).fetchone()
    return None if row is None else _device(connection, row)


def row_of(connection: sqlite3.Connection, site: str, name: str) -> int | None:
    """Return a device's row, or None where it was never enrolled."""
    query = "SELECT id FROM device WHERE site = ? AND name = ?"
    row = connection.execute(query, (site, name)).fetchone()
    return None if row is None else int(row[0])


def _device(connection: sqlite3.Connection, row: sqlite3.Row) -> DeviceRow:
    device_id, site, name, meta = row["id"], row["site"], row["name"], row["payload"]
    stream = connection.execute(
        "SELECT uuid, upto, rejected, frontier, (SELECT ifnull(max(sequence), 0) FROM entry WHERE "
        "stream_id = stream.id) AS held FROM stream WHERE device_id = ? ORDER BY former_key IS "
        "NULL DESC, last_ms DESC, id DESC LIMIT 1",
        (device_id,),
    ).fetchone()
    return DeviceRow(
        id=device_id,
        site=site,
        device=name,
        test_site=bool(row["test"]),
        added_ms=row["added_ms"],
        last_seen_ms=row["last_seen_ms"],
        reports=row["reports"],
        late_reports=row["late"],
        missing=row["missing"],
        link=row["link"] or UNKNOWN_LINK,
        link_ms=row["link_ms"],
        lost_ms=row["lost_ms"],
        stream=None if stream is None else _stream_state(site, name, stream),
        ledger=ledger_of(_streams(connection, device_id)),
        last_window=windows.one(connection, row["last_report"]),
        meta=None if meta is None else read_meta(meta),
        retired_ms=row["retired_ms"],
        key=shown_key(row["public_key"]),
        former_names=tuple(
            f"{former}/{name}" for former, name in connection.execute(_FORMER_NAMES, (device_id,))
        ),
        history=_history(connection, device_id, row["added_ms"]),
    )


def _streams(connection: sqlite3.Connection, device_id: int) -> list[StreamRow]:
    """Read a device's streams in the order in which they were first heard.

    Each with its checkpoints by size.
    """
    streams = connection.execute(
        "SELECT id, uuid, upto, frontier, former_key FROM stream WHERE device_id = ? ORDER BY id",
        (device_id,),
    )
    rows: list[StreamRow] = []
    before: sqlite3.Row | None = None
    for stream in streams.fetchall():
        kept = connection.execute(
            "SELECT note, verdict FROM checkpoint WHERE stream_id = ? ORDER BY size",
            (stream["id"],),
        )
        checkpoints = tuple(
            CheckpointRow(parse_checkpoint(note)[0], CheckpointVerdict(verdict), note)
            for note, verdict in kept
        )
        root = _root_of_end(connection, checkpoints, before)
        lost, refused = _lost(connection, stream["id"])
        rows.append(
            StreamRow(
                stream["uuid"],
                stream["upto"],
                checkpoints,
                root,
                lost,
                refused,
                stream["former_key"],
            )
        )
        before = stream
    return rows


def _root_of_end(
    connection: sqlite3.Connection,
    checkpoints: tuple[CheckpointRow, ...],
    before: sqlite3.Row | None,
) -> bytes | None:
    """Return our root of the stream before, at the size at which this one says that it ended."""
    follows = checkpoints[-1].checkpoint.follows if checkpoints else None
    if follows is None or before is None or before["frontier"] is None:
        return None
    if follows.stream != before["uuid"] or follows.size > before["upto"]:
        return None
    return stream_root(connection, before["id"], follows.size)


def _lost(
    connection: sqlite3.Connection, stream_id: int
) -> tuple[tuple[Lost, ...], tuple[int, int] | None]:
    """Read what is lost of a stream, and the run of a claim that contradicts our tree."""
    rows = connection.execute(
        "SELECT first, last, missing, why FROM lost WHERE stream_id = ? ORDER BY first",
        (stream_id,),
    )
    lost = tuple(
        Lost(first, last, missing, why, why == Why.WITHHELD) for first, last, missing, why in rows
    )
    query = (
        "SELECT first, last FROM claim WHERE stream_id = ? AND verdict = ? ORDER BY sequence LIMIT "
        "1"
    )
    refused = connection.execute(query, (stream_id, Claim.DIFFERS)).fetchone()
    return lost, None if refused is None else (refused[0], refused[1])


def _stream_state(site: str, device: str, row: sqlite3.Row) -> StreamState:
    upto, raw = row["upto"], row["frontier"]
    root = None if raw is None or not upto else Frontier.from_bytes(upto, raw).root.hex()
    return StreamState(site, device, row["uuid"], upto, row["rejected"], root, row["held"])


def _history(connection: sqlite3.Connection, device_id: int, added_ms: int) -> tuple[EventRow, ...]:
    """Return what became of a device, the oldest first; it begins with its enrolment."""
    rows = connection.execute(
        "SELECT at_ms, event, detail FROM device_event WHERE device_id = ? ORDER BY id",
        (device_id,),
    )
    events = (EventRow(at_ms, DeviceEvent(event), detail) for at_ms, event, detail in rows)
    return (EventRow(added_ms, DeviceEvent.ENROLLED, ""), *events)
