# SPDX-License-Identifier: Apache-2.0
"""How a connection to the store is opened.

Made where there is none, brought to this version, and refused where it is not ours.
"""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from fusion_service.errors import StoreError
from fusion_service.private_file import keep_private, make_private
from fusion_service.store.sqlite.errors import translated
from fusion_service.store.sqlite.schema.migrations import MIGRATIONS, kept_beside, migrate
from fusion_service.store.sqlite.schema.tables import (
    APPLICATION_ID,
    PAGE_BYTES,
    SCHEMA,
    SCHEMA_VERSION,
)

BUSY_WAIT_S = 2.0
"""`fusion-service device add` writes beside a running service: each waits this long for the
other."""


def open_writer(path: Path, *, size_mib_max: int, synchronous: str) -> sqlite3.Connection:
    """Open the store for writing, making it where there is none. Others may not read it.

    Raises StoreError where it is not ours, not of this version, or open to others and not ours to
    close.

    `synchronous` is FULL for everything that an acknowledgement stands on: with NORMAL a power cut
    loses committed rows.
    """
    # SQLite makes what it keeps beside a file with that file's mode.
    for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        keep_private(name, error=StoreError)
    make_private(path)
    with translated(path):
        connection = sqlite3.connect(
            path, timeout=BUSY_WAIT_S, isolation_level=None, check_same_thread=False
        )
        try:
            is_new = check_ours(
                connection, path
            )  # before the first write: a file that is not ours stays as it is
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            connection.execute("PRAGMA foreign_keys = ON")
            if is_new:
                _make(connection, path)
            migrate(connection, path)
            connection.execute("INSERT OR IGNORE INTO identity VALUES (1, ?)", (str(uuid.uuid4()),))
            connection.execute(
                f"PRAGMA max_page_count = {size_mib_max * 1024 * 1024 // PAGE_BYTES}"
            )
        except BaseException:
            connection.close()
            raise
        return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """Open the store for reading only."""
    with translated(path):
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            timeout=BUSY_WAIT_S,
            isolation_level=None,
        )


@contextmanager
def snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """Read one state of a store of this version, while others write. Raises StoreError."""
    with translated(path), closing(open_reader(path)) as connection:
        connection.execute("BEGIN")
        check_current(connection, path)
        yield connection


def check_current(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StoreError where a store that is only read is not of this version.

    Only a writer brings it there.
    """
    version = _pragma(connection, "user_version")
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"{path}: got version {version}, wanted {SCHEMA_VERSION}; start fusion-service run "
            "once, it brings it there"
        )


def check_ours(connection: sqlite3.Connection, path: Path) -> bool:
    """Say whether the tables are still to be made.

    Raises StoreError where the file is another program's or another version's.
    """
    version, application = (
        _pragma(connection, "user_version"),
        _pragma(connection, "application_id"),
    )
    if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
        return True
    if application != APPLICATION_ID:
        raise StoreError(
            f"{path}: got application {application:#x}, wanted {APPLICATION_ID:#x}: another "
            "program's file; name another store.path"
        )
    if version not in {SCHEMA_VERSION, *MIGRATIONS}:
        raise StoreError(
            f"{path}: got version {version}, wanted {min(MIGRATIONS)} to {SCHEMA_VERSION}; use the "
            "release that wrote this file, or put back the copy that an upgrade left beside it "
            f"({kept_beside(path, SCHEMA_VERSION).name})"
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


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
