# SPDX-License-Identifier: Apache-2.0
"""Write the entries and reports of one commit, table by table.

A statement for many rows costs a fraction of one for each, and this is where most of the store's
time goes.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from fusion_service.store.batch import NewEntry, NewReport, StreamKey
from fusion_service.store.sqlite.commit.streams import Streams

_ENTRY = "INSERT INTO entry (id, stream_id, sequence, sha256, hashes) VALUES (?, ?, ?, ?, ?)"
_REPORT = f"INSERT INTO report VALUES ({', '.join('?' * 24)})"  # noqa: S608 - question marks only
_LINE = "INSERT INTO line_count VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_ZONE = "INSERT INTO zone_count VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

Sequenced = tuple[StreamKey, int]
"""A stream and a sequence."""


def write_entries(
    connection: sqlite3.Connection,
    streams: Streams,
    entries: Iterable[NewEntry],
    hashes: Mapping[StreamKey, Iterator[bytes]],
) -> dict[Sequenced, int]:
    """Write entries, each with the next of its stream's hashes beside it; return their rows.

    The transaction is the only writer, so the rows go on from the table's last.
    """
    (last,) = connection.execute("SELECT ifnull(max(id), 0) FROM entry").fetchone()
    found: dict[Sequenced, int] = {}
    rows = []
    for row_id, entry in enumerate(entries, int(last) + 1):
        found[entry.stream, entry.sequence] = row_id
        stream_id = streams.get(entry.stream).id
        rows.append((row_id, stream_id, entry.sequence, entry.sha256, next(hashes[entry.stream])))
    connection.executemany(_ENTRY, rows)
    return found


def write_reports(
    connection: sqlite3.Connection,
    streams: Streams,
    reports: Sequence[NewReport],
    entries: Mapping[Sequenced, int],
) -> tuple[int, dict[Sequenced, int]]:
    """Write reports and their counts under their entries; return their batch, and their rows."""
    (batch_id,) = connection.execute("INSERT INTO batch DEFAULT VALUES RETURNING id").fetchone()
    found: dict[Sequenced, int] = {}
    for new in reports:
        place = (new.stream, new.report.sequence)
        row_id = entries.get(place)
        found[place] = _kept_entry(connection, streams, *place) if row_id is None else row_id
    ids = list(found.values())
    connection.executemany(
        _REPORT, [_report(row_id, batch_id, new) for row_id, new in zip(ids, reports, strict=True)]
    )
    connection.executemany(
        _LINE,
        [
            (
                *(row_id, line.id, line.in_count, line.out_count),
                *(line.in_low, line.in_high, line.out_low, line.out_high),
            )
            for row_id, new in zip(ids, reports, strict=True)
            for line in new.report.lines
        ],
    )
    connection.executemany(
        _ZONE,
        [
            (
                *(row_id, zone.id, zone.mean, zone.peak, zone.speed, zone.standing),
                *(zone.mean_low, zone.mean_high, zone.peak_low, zone.peak_high),
            )
            for row_id, new in zip(ids, reports, strict=True)
            for zone in new.report.zones
        ],
    )
    return int(batch_id), found


def _kept_entry(
    connection: sqlite3.Connection, streams: Streams, stream: StreamKey, sequence: int
) -> int:
    """Return the row of an entry that stood for its report as rejected."""
    query = "SELECT id FROM entry WHERE stream_id = ? AND sequence = ?"
    return int(connection.execute(query, (streams.get(stream).id, sequence)).fetchone()[0])


def _report(row_id: int, batch_id: int, new: NewReport) -> tuple[int | str | None, ...]:
    report = new.report
    quality, health, rule = report.image_quality, report.health, report.rule
    return (
        *(row_id, new.stream[0], batch_id, report.start_s, report.length_s, new.received_ms),
        *(new.late, report.level, report.clock, report.clock_quality, report.config),
        *(rule.name, ",".join(map(str, rule.parameters))),
        *(quality.code, quality.observed, quality.rate, quality.difficulty),
        *(health.temperature, health.disk, health.outbox, health.link),
        *(report.boot, new.apart, None),
    )
