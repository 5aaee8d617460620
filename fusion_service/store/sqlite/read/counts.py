# SPDX-License-Identifier: Apache-2.0
"""Read the store's own counts: what came late, what is missing, lost, dropped or set apart."""

import sqlite3

from fusion_service.ledger.lost import Why
from fusion_service.store.rows import Behind, StoreCounts
from fusion_service.store.set_apart import SET_APART, Apart


def counts_of(connection: sqlite3.Connection) -> StoreCounts:
    """Return the store's counts besides the outcomes."""
    totals = dict(connection.execute("SELECT name, total FROM store_count").fetchall())
    letters = dict(
        connection.execute(
            "SELECT authentic, count(*) FROM dead_letter GROUP BY authentic"
        ).fetchall()
    )
    devices = connection.execute("SELECT count(*) FROM device WHERE retired_ms IS NULL").fetchone()[
        0
    ]
    gaps, missing, oldest_ms = connection.execute(
        "SELECT count(*), ifnull(sum(g.missing), 0), min(g.since_ms) FROM gap g JOIN "
        "stream s ON s.id = g.stream_id JOIN device d ON d.id = s.device_id AND "
        "d.retired_ms IS NULL"
    ).fetchone()
    lost = dict(connection.execute("SELECT why, sum(missing) FROM lost GROUP BY why").fetchall())
    return StoreCounts(
        devices=devices,
        late_reports=totals.get("late_reports", 0),
        repeated_windows=totals.get("repeated_windows", 0),
        set_apart=tuple((apart, totals.get(SET_APART + apart, 0)) for apart in Apart),
        missing=missing,
        gaps=gaps,
        oldest_gap_ms=oldest_ms,
        lost=tuple((why, lost.get(why, 0)) for why in Why),
        dead_letters_authentic=letters.get(1, 0),
        dead_letters_unverified=letters.get(0, 0),
        dead_letters_dropped=totals.get("dead_letters_dropped", 0),
        dead_letters_replayed=totals.get("dead_letters_replayed", 0),
    )


def behind(connection: sqlite3.Connection, since_ms: int) -> Behind:
    """Return of how many streams the broker showed since then that this store holds less."""
    query = (
        "SELECT count(*), count(CASE WHEN d.id IS NULL THEN 1 END) FROM sign g LEFT JOIN device d "
        "ON d.site = g.site AND d.name = g.device LEFT JOIN stream s ON s.device_id = d.id AND "
        "s.uuid = g.stream WHERE g.seen_ms >= ? AND g.upto > ifnull(s.upto, 0) AND d.lost_ms IS "
        "NULL"
    )
    return Behind(*connection.execute(query, (since_ms,)).fetchone())
