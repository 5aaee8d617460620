# SPDX-License-Identifier: Apache-2.0
"""Stores that earlier releases wrote, in tests/golden.

Each with four reports, a meta, two gaps and two dead letters.
"""

import sqlite3
import threading
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fusion_service.config import IngestConfig, RetentionConfig
from fusion_service.errors import StoreError
from fusion_service.ingest.intake import Intake
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.schema.migrations import MIGRATIONS, kept_beside
from fusion_service.store.sqlite.schema.tables import SCHEMA_VERSION
from fusion_service.store.sqlite.upkeep.backup import restore
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import Box
from tests.fusion_service.memory_inbox import MemoryInbox

GOLDEN = Path(__file__).parents[4] / "golden"
OLD = sorted(MIGRATIONS)
BOX = Box(
    stream=str(uuid.UUID(int=7, version=4)),
    boot=str(uuid.UUID(int=8, version=4)),
    key=Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
)
"""The box whose reports the golden files hold."""


@pytest.fixture(params=OLD, ids=lambda version: f"version {version}")
def old(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[int, Path]:
    path = tmp_path / "fusion.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((GOLDEN / f"store.v{request.param}.sql").read_text("utf-8"))
    return request.param, path


def writer(path: Path) -> Writer:
    return Writer(path, size_mib_max=64, dead_letters_max=50)


def sql(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def counts(path: Path) -> dict[str, list[Any]]:
    tables = ("report", "entry", "meta", "dead_letter", "line_count")
    return {table: sql(path, f"SELECT count(*) FROM {table}") for table in tables}  # noqa: S608 - one of these names


def shape(path: Path) -> dict[str, list[Any]]:
    """Every table's columns, as a set of their names, types and constraints, and every index."""
    tables = [name for (name,) in sql(path, "SELECT name FROM sqlite_schema WHERE type = 'table'")]
    columns = {
        name: sorted(row[1:] for row in sql(path, f"PRAGMA table_xinfo({name})")) for name in tables
    }
    indexes = {
        f"{name} indexes": sorted(row[1:] for row in sql(path, f"PRAGMA index_list({name})"))
        for name in tables
    }
    return columns | indexes


def test_there_is_a_golden_store_of_every_earlier_version() -> None:
    assert list(range(1, SCHEMA_VERSION)) == OLD
    assert {path.name for path in GOLDEN.glob("store.*")} == {
        f"store.v{version}.sql" for version in OLD
    }


def test_an_older_store_becomes_one_of_today_and_keeps_all_it_held(
    old: tuple[int, Path], tmp_path: Path
) -> None:
    version, path = old
    before = counts(path)
    sums = sql(path, "SELECT sum(in_count), sum(out_count) FROM line_count")
    with writer(path), writer(tmp_path / "fresh.sqlite"):
        pass
    assert sql(path, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    assert shape(path) == shape(tmp_path / "fresh.sqlite")
    assert counts(path) == before
    assert sql(path, "SELECT sum(in_count), sum(out_count) FROM line_count") == sums
    assert sql(path, "PRAGMA foreign_key_check") == []
    assert sql(path, "SELECT first, last, missing FROM gap") == [(4, 4, 1), (7, 7, 1)]
    assert sql(path, "SELECT missing FROM stream") == [(2,)]
    assert (
        sql(path, "SELECT late FROM device")
        == sql(path, "SELECT count(*) FROM report WHERE late")
        != [(0,)]
    )
    assert version < SCHEMA_VERSION


def test_before_anything_changes_the_store_is_copied_beside_itself(
    old: tuple[int, Path], tmp_path: Path
) -> None:
    version, path = old
    held = sql(path, "SELECT * FROM report")
    with writer(path):
        pass
    copy = kept_beside(path, version)
    assert sql(copy, "PRAGMA user_version") == [(version,)]
    assert sql(copy, "SELECT * FROM report") == held
    assert (copy.stat().st_mode & 0o777) == 0o600
    assert (
        restore(copy, tmp_path / "back.sqlite") == 4
    )  # the copy is one that `store restore` takes
    with writer(tmp_path / "back.sqlite"):
        assert sql(tmp_path / "back.sqlite", "SELECT count(*) FROM restored") == [(1,)]


def test_a_store_of_today_is_opened_without_a_copy(tmp_path: Path) -> None:
    for _ in range(2):
        with writer(tmp_path / "fusion.sqlite"):
            pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fusion.sqlite"]


def test_what_was_missing_may_still_come_after_the_step(old: tuple[int, Path]) -> None:
    _, path = old
    inbox, stop = MemoryInbox(), threading.Event()
    stop.set()
    with writer(path) as store:
        intake = Intake(
            inbox,
            store,
            IngestConfig(batch_ms=0),
            RetentionConfig(),
            now_ms=lambda: 1_800_000_900_000,
        )
        for sequence in (4, 7, 9):
            inbox.send(BOX.topic(), BOX.envelope(sequence))
        intake.run(stop)
    assert sql(path, "SELECT upto, missing FROM stream") == [(9, 0)]
    assert sql(path, "SELECT count(*) FROM gap") == [(0,)]


def test_a_step_that_fails_leaves_the_store_as_it_was(old: tuple[int, Path]) -> None:
    version, path = old
    sql(path, "CREATE TABLE audit (strange INTEGER)")
    before = shape(path)
    for _ in range(2):  # again and again, as a service manager would: one copy, no pile of them
        with pytest.raises(StoreError, match="table audit already exists"):
            writer(path)
    assert sql(path, "PRAGMA user_version") == [(version,)]
    assert shape(path) == before
    beside = {each.name for each in path.parent.iterdir()} - {
        path.name,
        f"{path.name}-wal",
        f"{path.name}-shm",
    }
    assert beside == {kept_beside(path, version).name}


def test_without_a_copy_nothing_is_changed(old: tuple[int, Path]) -> None:
    version, path = old
    kept_beside(path, version).mkdir()
    with pytest.raises(StoreError, match="name a new file"):
        writer(path)
    assert sql(path, "PRAGMA user_version") == [(version,)]


def test_a_newer_store_is_refused_by_its_version_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "fusion.sqlite"
    with writer(path):
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()
    with pytest.raises(
        StoreError,
        match=rf"got version {SCHEMA_VERSION + 1}, wanted 1 to {SCHEMA_VERSION}; use the release",
    ):
        writer(path)
    assert path.read_bytes() == before


def test_a_reader_waits_for_the_writer_to_bring_the_store_up(old: tuple[int, Path]) -> None:
    version, path = old
    with pytest.raises(
        StoreError,
        match=rf"got version {version}, wanted {SCHEMA_VERSION}; start fusion-service run once",
    ):
        Reader(path).sites(after="", limit=1)
