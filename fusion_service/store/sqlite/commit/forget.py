# SPDX-License-Identifier: Apache-2.0
"""Delete what is past its time, a little at a time."""

import sqlite3

from fusion_service.store.port import FORGET_MAX
from fusion_service.store.sqlite.commit.counts import add_to_counts


def forget(
    connection: sqlite3.Connection, *, reports_before_s: int, dead_letters_before_ms: int
) -> int:
    """Delete the oldest of what is past its time; see `Store.forget`."""
    execute = connection.execute
    # Device by device, because that is how the index over start_s is laid out.
    query = (
        "SELECT r.id FROM device d CROSS JOIN report r ON r.device_id = d.id AND r.start_s < ?1 "
        "AND r.received_ms < 1000 * ?1 LIMIT ?2"
    )
    old = execute(query, (reports_before_s, FORGET_MAX)).fetchall()
    # What is in no sum may say any time, also one at which it would never be past its own.
    query = (
        "SELECT id FROM report WHERE set_apart IS NOT NULL AND start_s >= ?1 AND received_ms < "
        "1000 * ?1 LIMIT ?2"
    )
    old += execute(query, (reports_before_s, FORGET_MAX - len(old))).fetchall()
    for table in ("line_count", "zone_count"):
        connection.executemany(f"DELETE FROM {table} WHERE report_id = ?", old)  # noqa: S608 - one of two names
    connection.executemany("DELETE FROM report WHERE id = ?", old)
    letters = execute(
        "DELETE FROM dead_letter WHERE id IN (SELECT id FROM dead_letter WHERE last_ms < ? ORDER "
        "BY id LIMIT ?)",
        (dead_letters_before_ms, FORGET_MAX),
    ).rowcount
    add_to_counts(connection, {"reports_forgotten": len(old), "dead_letters_forgotten": letters})
    return len(old) + letters
