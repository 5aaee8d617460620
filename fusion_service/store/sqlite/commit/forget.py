# SPDX-License-Identifier: Apache-2.0
"""Delete what is past its time, a little at a time."""

import sqlite3
from collections.abc import Iterator

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
    said = _forget_source_counts(connection, reports_before_s)
    add_to_counts(connection, {"reports_forgotten": len(old), "dead_letters_forgotten": letters})
    return len(old) + letters + said


def _forget_source_counts(connection: sqlite3.Connection, before_s: int) -> int:
    """Delete what counters of others said of windows before, and what came before.

    The newest row stays, so that no row's number comes a second time: who reads by them goes on.
    """
    old: list[tuple[int]] = []
    (newest,) = connection.execute("SELECT ifnull(max(id), 0) FROM source_count").fetchone()
    for source, counter in _counters(connection):
        # One counter after the other, because that is how the index over start_s is laid out.
        old += connection.execute(
            "SELECT id FROM source_count WHERE source_id = ?1 AND counter = ?2 AND start_s < ?3 "
            "AND received_ms < 1000 * ?3 AND id < ?4 LIMIT ?5",
            (source, counter, before_s, newest, FORGET_MAX - len(old)),
        ).fetchall()
    connection.executemany("DELETE FROM source_count WHERE id = ?", old)
    return len(old)


def _counters(connection: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Yield each source with each of its counters, by a step in the index for each."""
    query = "SELECT min(counter) FROM source_count WHERE source_id = ? AND counter > ?"
    for (source,) in connection.execute("SELECT id FROM source").fetchall():
        (counter,) = connection.execute(query, (source, "")).fetchone()
        while counter is not None:
            yield source, counter
            (counter,) = connection.execute(query, (source, counter)).fetchone()
