# SPDX-License-Identifier: Apache-2.0
"""The tables, their version, and how a connection to them is opened.

`entry` is what the acknowledgement stands on: one row for each sequence that is disposed of, whatever became of it. `report` has
the same id as its entry. Counts that a disclosure rule withheld are NULL and stay NULL, and
so are the ends of intervals of reports from before version 3.

A stream's tree (wire_contract/merkle.py): `entry.hashes` is the hash of the entry's leaf and, once everything before it is there,
of the full subtrees that end with it; `stream.frontier` is the frontier at `upto`. Both are NULL in a stream that began under
version 1.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fusion_service.errors import StoreError
from fusion_service.store.ends import add_functions
from wire_contract.eye import worth

APPLICATION_ID = 0x70634655
"""`pcFU`: tells this file from another program's database."""
SCHEMA_VERSION = 4
PAGE_BYTES = 4096
BUSY_WAIT_S = 2.0
"""`fusion-service device add` writes beside a running service: each waits this long for the other."""

SCHEMA = """
CREATE TABLE site (
    name TEXT PRIMARY KEY,
    test INTEGER NOT NULL CHECK (test IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL REFERENCES site (name),
    name TEXT NOT NULL,
    public_key BLOB NOT NULL CHECK (length(public_key) = 32),
    added_ms INTEGER NOT NULL,
    last_seen_ms INTEGER,
    reports INTEGER NOT NULL DEFAULT 0,
    link TEXT,
    link_boot TEXT,
    link_ms INTEGER,
    lost_ms INTEGER,
    UNIQUE (site, name)
) STRICT;

CREATE TABLE stream (
    id INTEGER PRIMARY KEY,
    device_id INTEGER NOT NULL REFERENCES device (id),
    uuid TEXT NOT NULL,
    upto INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    last_ms INTEGER NOT NULL,
    frontier BLOB,
    UNIQUE (device_id, uuid)
) STRICT;

CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    sequence INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    hashes BLOB,
    UNIQUE (stream_id, sequence)
) STRICT;

CREATE TABLE checkpoint (
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    note BLOB NOT NULL,
    verdict TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (stream_id, size, root)
) STRICT, WITHOUT ROWID;

CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    committed_ms INTEGER
) STRICT;

CREATE TABLE report (
    id INTEGER PRIMARY KEY REFERENCES entry (id),
    device_id INTEGER NOT NULL REFERENCES device (id),
    batch_id INTEGER NOT NULL REFERENCES batch (id),
    start_s INTEGER NOT NULL,
    length_s INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    late INTEGER NOT NULL CHECK (late IN (0, 1)),
    level TEXT NOT NULL,
    clock TEXT NOT NULL,
    clock_quality TEXT NOT NULL,
    config_sha256 TEXT NOT NULL,
    rule TEXT NOT NULL,
    rule_parameters TEXT NOT NULL,
    eye_code INTEGER NOT NULL,
    eye_observed INTEGER NOT NULL,
    eye_rate INTEGER NOT NULL,
    eye_difficulty INTEGER NOT NULL,
    temperature INTEGER NOT NULL,
    disk INTEGER NOT NULL,
    outbox INTEGER NOT NULL,
    link INTEGER NOT NULL
) STRICT;
CREATE INDEX report_by_start ON report (device_id, start_s);

CREATE TABLE line_count (
    report_id INTEGER NOT NULL REFERENCES report (id),
    line TEXT NOT NULL,
    in_count INTEGER,
    out_count INTEGER,
    in_low INTEGER,
    in_high INTEGER,
    out_low INTEGER,
    out_high INTEGER,
    PRIMARY KEY (report_id, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE zone_count (
    report_id INTEGER NOT NULL REFERENCES report (id),
    zone TEXT NOT NULL,
    mean INTEGER,
    most INTEGER,
    speed INTEGER NOT NULL,
    standing INTEGER NOT NULL,
    mean_low INTEGER,
    mean_high INTEGER,
    most_low INTEGER,
    most_high INTEGER,
    PRIMARY KEY (report_id, zone)
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
    device_id INTEGER PRIMARY KEY REFERENCES device (id),
    stream_id INTEGER NOT NULL REFERENCES stream (id),
    sequence INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;

CREATE TABLE dead_letter (
    id INTEGER PRIMARY KEY,
    authentic INTEGER NOT NULL CHECK (authentic IN (0, 1)),
    site TEXT NOT NULL,
    device TEXT NOT NULL,
    channel TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    length INTEGER NOT NULL,
    head BLOB NOT NULL,
    payload BLOB,
    times INTEGER NOT NULL DEFAULT 1,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    UNIQUE (sha256, site, device, channel, reason)
) STRICT;
CREATE INDEX dead_letter_by_kind ON dead_letter (authentic);

CREATE TABLE outcome_count (
    channel TEXT NOT NULL,
    outcome TEXT NOT NULL,
    total INTEGER NOT NULL,
    PRIMARY KEY (channel, outcome)
) STRICT, WITHOUT ROWID;

CREATE TABLE store_count (
    name TEXT PRIMARY KEY,
    total INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""

# From one version to the next, in order; what was committed stays.
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
""",
}

_ADVICE = {
    "SQLITE_FULL": "free some disk space or raise store.size_mib_max",
    "SQLITE_BUSY": "another program holds the store; end it",
    "SQLITE_LOCKED": "another program holds the store; end it",
    "SQLITE_CANTOPEN": "make the folder of store.path and let this user write there",
    "SQLITE_READONLY": "let this user write the file and its folder",
    "SQLITE_NOTADB": "name another store.path",
    "SQLITE_CORRUPT": "stop the service and restore the file from its backup",
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite says into a StoreError that names the file and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "SQLITE_ERROR")
        advice = next((advice for start, advice in _ADVICE.items() if name.startswith(start)), "look at the disk and the file")
        raise StoreError(f"{path}: {name}: {error}; {advice}") from error


def open_writer(path: Path, *, size_mib_max: int, synchronous: str) -> sqlite3.Connection:
    """Open the store for writing, making it where there is none. Raises StoreError where it is not ours or not of this version.

    `synchronous` is FULL for everything that an acknowledgement stands on: with NORMAL a power cut loses committed rows.
    """
    with translated(path):
        connection = sqlite3.connect(path, timeout=BUSY_WAIT_S, isolation_level=None, check_same_thread=False)
        try:
            is_new = check_ours(connection, path)  # before the first write: a file that is not ours stays as it is
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            connection.execute("PRAGMA foreign_keys = ON")
            if is_new:
                _make(connection, path)
            _migrate(connection)
            connection.execute(f"PRAGMA max_page_count = {size_mib_max * 1024 * 1024 // PAGE_BYTES}")
        except BaseException:
            connection.close()
            raise
        return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """Open the store for reading only. Queries may ask `worth(eye_code, eye_observed)`: one judgement, everywhere."""
    with translated(path):
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_WAIT_S, isolation_level=None)
        connection.create_function("worth", 2, worth, deterministic=True)
        add_functions(connection)
        return connection


def check_ours(connection: sqlite3.Connection, path: Path) -> bool:
    """Say whether the tables are still to be made. Raises StoreError where the file is another program's or another version's."""
    version, application = _pragma(connection, "user_version"), _pragma(connection, "application_id")
    if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
        return True
    if application != APPLICATION_ID or version not in {SCHEMA_VERSION, *MIGRATIONS}:
        raise StoreError(
            f"{path}: got application {application:#x} version {version}, wanted {APPLICATION_ID:#x} version {SCHEMA_VERSION}; "
            "name another store.path, or use the release that wrote this file"
        )
    return False


def _make(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if check_ours(connection, path):  # again, now that nobody else can be making them
        for statement in SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("COMMIT")


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring an older file to this version, all of the way or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    for version in range(_pragma(connection, "user_version"), SCHEMA_VERSION):
        for statement in MIGRATIONS[version].split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
