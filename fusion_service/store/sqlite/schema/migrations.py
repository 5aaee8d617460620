# SPDX-License-Identifier: Apache-2.0
"""Bring a store of an earlier release to this one's version.

Rule 1: forward only, one step a version, and a step that was released is never changed. Rule 2: all
steps in one transaction, or none. Rule 3: before the first step the store is copied beside itself,
and the copy is checked. docs/adr/0012-own-migrations.md says why no library does it.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from fusion_service.store.sqlite.schema.access_tables import STEP as ACCESS
from fusion_service.store.sqlite.schema.audit_tables import STEP as AUDIT
from fusion_service.store.sqlite.schema.context_tables import STEP as CONTEXT
from fusion_service.store.sqlite.schema.device_tables import STEP as DEVICES
from fusion_service.store.sqlite.schema.forecast_tables import STEP as FORECAST
from fusion_service.store.sqlite.schema.picture_tables import STEP as PICTURE
from fusion_service.store.sqlite.schema.shift_tables import STEP as SHIFT
from fusion_service.store.sqlite.schema.tables import SCHEMA_VERSION
from fusion_service.store.sqlite.upkeep.copy import copy_checked

MIGRATIONS = {
    1: """
ALTER TABLE stream ADD COLUMN frontier BLOB;
ALTER TABLE entry ADD COLUMN hashes BLOB;
CREATE TABLE checkpoint (
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    note BLOB NOT NULL,
    verdict TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (stream_id, size, root)
) STRICT, WITHOUT ROWID;
""",
    2: """
ALTER TABLE line_count ADD COLUMN in_low INTEGER;
ALTER TABLE line_count ADD COLUMN in_high INTEGER;
ALTER TABLE line_count ADD COLUMN out_low INTEGER;
ALTER TABLE line_count ADD COLUMN out_high INTEGER;
ALTER TABLE zone_count ADD COLUMN mean_low INTEGER;
ALTER TABLE zone_count ADD COLUMN mean_high INTEGER;
ALTER TABLE zone_count ADD COLUMN most_low INTEGER;
ALTER TABLE zone_count ADD COLUMN most_high INTEGER;
""",
    3: """
ALTER TABLE device ADD COLUMN lost_ms INTEGER;
ALTER TABLE device ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stream ADD COLUMN missing INTEGER NOT NULL DEFAULT 0;
CREATE TABLE gap (
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (stream_id, first)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_late ON report (id) WHERE late;
INSERT INTO gap SELECT stream_id, first, last, last - first + 1, since_ms FROM (
    SELECT e.stream_id,
    lag(e.sequence, 1, 0) OVER (PARTITION BY e.stream_id ORDER BY e.sequence) + 1 AS first,
    e.sequence - 1 AS last, ifnull(r.received_ms, s.last_ms) AS since_ms
    FROM entry e JOIN stream s ON s.id = e.stream_id LEFT JOIN report r ON r.id = e.id
) WHERE last >= first;
UPDATE stream SET missing =
    (SELECT ifnull(sum(missing), 0) FROM gap WHERE gap.stream_id = stream.id);
UPDATE device SET late = (SELECT count(*) FROM report r WHERE r.device_id = device.id AND r.late);
""",
    4: """
ALTER TABLE report RENAME COLUMN eye_code TO quality_code;
ALTER TABLE report RENAME COLUMN eye_observed TO quality_observed;
ALTER TABLE report RENAME COLUMN eye_rate TO quality_rate;
ALTER TABLE report RENAME COLUMN eye_difficulty TO quality_difficulty;
ALTER TABLE zone_count RENAME COLUMN most TO peak;
ALTER TABLE zone_count RENAME COLUMN most_low TO peak_low;
ALTER TABLE zone_count RENAME COLUMN most_high TO peak_high;
ALTER TABLE stream ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
CREATE TABLE identity (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    store TEXT NOT NULL
) STRICT;
""",
    # What began together was one window before, the newest. Now only replays of a file are; the
    # counts of live windows come back into the sums.
    5: """
ALTER TABLE device ADD COLUMN last_report INTEGER;
ALTER TABLE report ADD COLUMN boot TEXT;
ALTER TABLE report ADD COLUMN set_apart TEXT;
ALTER TABLE report ADD COLUMN overlaps TEXT;
DROP INDEX report_by_start;
CREATE INDEX report_by_start ON report (device_id, start_s, length_s, clock);
CREATE INDEX report_set_apart ON report (id) WHERE set_apart IS NOT NULL;
UPDATE report SET set_apart = 'superseded' WHERE clock = 'replay' AND EXISTS (SELECT 1 FROM report o
    WHERE o.device_id = report.device_id AND o.start_s = report.start_s
    AND o.clock = 'replay' AND o.id > report.id);
UPDATE report SET set_apart = 'in the future'
    WHERE clock = 'live' AND (start_s + length_s) * 1000 > received_ms + 3600000;
UPDATE device SET last_report = (SELECT max(id) FROM report WHERE device_id = device.id);
""",
    # `restored` is there where the copy of an earlier version was put back by this release.
    6: """
ALTER TABLE stream ADD COLUMN restores INTEGER NOT NULL DEFAULT 0;
CREATE TABLE IF NOT EXISTS restored (
    at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE retired (
    copy TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE sign (
    site TEXT NOT NULL,
    device TEXT NOT NULL,
    stream TEXT NOT NULL,
    upto INTEGER NOT NULL,
    store TEXT NOT NULL,
    seen_ms INTEGER NOT NULL,
    PRIMARY KEY (site, device, stream)
) STRICT, WITHOUT ROWID;
CREATE TABLE claim (
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    sequence INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    payload BLOB NOT NULL,
    verdict TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (stream_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE lost (
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    why TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (stream_id, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE anchor (
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    sequence INTEGER NOT NULL,
    level INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (stream_id, sequence, level)
) STRICT, WITHOUT ROWID;
""",
    7: DEVICES,
    8: PICTURE,
    9: ACCESS,
    10: CONTEXT,
    11: SHIFT,
    12: FORECAST,
    13: AUDIT,
}
"""From each version to the next; what was committed stays."""


def migrate(connection: sqlite3.Connection, path: Path) -> int:
    """Bring the store to this version; return from which one it came.

    Its earlier form stays in `kept_beside(path, version)`.

    Raises StoreError where the copy cannot be made: then nothing has changed.
    """
    if _version(connection) == SCHEMA_VERSION:
        return SCHEMA_VERSION
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # again, now that nobody else can be doing the same
        if version < SCHEMA_VERSION:
            # Beside our lock another connection may still read, and nobody writes: the copy is what
            # the steps begin with.
            with closing(sqlite3.connect(path)) as source:
                copy_checked(source, path, kept_beside(path, version), replace=True)
        for step in range(version, SCHEMA_VERSION):
            for statement in MIGRATIONS[step].split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return version


def kept_beside(path: Path, version: int) -> Path:
    """Name the copy of a store as it was in an earlier version.

    One a version, so that failing starts cannot fill the disk.
    """
    return path.with_name(f"{path.name}.version-{version}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
