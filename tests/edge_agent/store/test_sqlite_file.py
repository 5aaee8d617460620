# SPDX-License-Identifier: Apache-2.0
"""A store's file on a small disk of its own, which fills up for real."""

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from edge_agent.clock import SystemClock
from edge_agent.errors import StoreError
from edge_agent.store.ledger import Ledger
from edge_agent.store.pending import Pending
from edge_agent.store.sqlite_file import PAGE_BYTES, SPARE_BYTES, StoreFile
from edge_agent.uplink.notes import Notes

SCHEMA = "CREATE TABLE IF NOT EXISTS thing (id INTEGER PRIMARY KEY, raw BLOB NOT NULL);"
DISK_BYTES = 4 * 2**20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode()[:80]}")
    yield folder
    subprocess.run(["/bin/umount", "-l", str(folder)], check=True)


def free_bytes(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def fill(store: StoreFile) -> int:
    for number in range(100_000):
        store.free_pages()
        try:
            store.change("INSERT INTO thing (raw) VALUES (zeroblob(4000))")
        except StoreError as error:
            assert "full" in str(error)  # noqa: PT017 - how many there were is what is asked
            return number
    raise AssertionError("the file takes everything")


def test_the_file_is_full_before_the_disk_is_and_can_still_delete(disk: Path) -> None:
    store = StoreFile(disk / "store.db", SCHEMA, bytes_max=2**30, private=True, mended=True)
    number = fill(store)
    assert number > 100
    assert free_bytes(disk) > SPARE_BYTES // 2
    store.change("DELETE FROM thing WHERE id <= 50")
    assert store.row("SELECT count(*) FROM thing") == (number - 50,)
    store.change("INSERT INTO thing (raw) VALUES (zeroblob(4000))")
    store.close()


def test_a_disk_that_someone_else_fills_to_the_last_block_still_takes_what_there_was_room_for(
    disk: Path,
) -> None:
    store = StoreFile(disk / "store.db", SCHEMA, bytes_max=2**20, private=True, mended=True)
    room = store.row("PRAGMA freelist_count")[0] * PAGE_BYTES
    with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(512))
    assert free_bytes(disk) == 0
    for _ in range(room // 2 // 400):
        store.change("INSERT INTO thing (raw) VALUES (zeroblob(300))")
    for _ in range(5):
        store.change("DELETE FROM thing WHERE id IN (SELECT id FROM thing LIMIT 20)")
    store.close()


def test_a_file_keeps_to_its_limit_where_the_disk_is_large(tmp_path: Path) -> None:
    store = StoreFile(tmp_path / "store.db", SCHEMA, bytes_max=262_144, private=True)
    fill(store)
    assert (tmp_path / "store.db").stat().st_size <= 262_144
    store.close()


def opened(folder: Path) -> list[str]:
    """Return which files of a folder this process has open."""
    links = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
    return [link for link in links if link.startswith(str(folder))]


def test_a_file_that_cannot_be_used_is_not_left_open(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"no database" * 1000)
    # The error still holds what failed, so that nothing but the store itself can have closed the
    # file.
    with pytest.raises(StoreError) as caught:
        StoreFile(tmp_path / "store.db", SCHEMA, bytes_max=2**20, private=True)
    assert caught.value.damaged
    assert opened(tmp_path) == []


@pytest.mark.parametrize(
    "make", [Pending, partial(Ledger, entries_kept=10), partial(Notes, utc_s=SystemClock().utc_s)]
)
def test_a_store_whose_own_tables_are_not_as_they_should_be_is_not_left_open(
    make: Callable[..., StoreFile], tmp_path: Path
) -> None:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as file:
        for table in ("pending", "entry", "note", "stream"):
            file.execute(f"CREATE VIEW {table} AS SELECT 1 AS one")
    with pytest.raises(StoreError):
        make(
            path,
            **({} if isinstance(make, partial) and make.func is Notes else {"bytes_max": 2**20}),
        )
    assert opened(tmp_path) == []


def test_a_store_that_nobody_holds_any_more_has_closed_its_file(tmp_path: Path) -> None:
    store = StoreFile(tmp_path / "store.db", SCHEMA, bytes_max=2**20, private=True)
    assert opened(tmp_path)
    del store
    assert opened(tmp_path) == []


def test_several_changes_are_one_and_one_inside_another_is_part_of_it(tmp_path: Path) -> None:
    store = StoreFile(tmp_path / "store.db", SCHEMA, bytes_max=2**20, private=True)
    with pytest.raises(StoreError, match="no such table"), store.transaction():  # noqa: PT012 - what fails comes last
        store.change("INSERT INTO thing (raw) VALUES (x'00')")
        with store.transaction():
            store.change("INSERT INTO thing (raw) VALUES (x'01')")
        store.change("INSERT INTO nowhere VALUES (1)")
    assert store.rows("SELECT * FROM thing") == []
    store.close()
