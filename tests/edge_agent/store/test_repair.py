# SPDX-License-Identifier: Apache-2.0
"""Real files, damaged as cards and cuts damage them.

What can be read is saved, and what cannot is named.
"""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from edge_agent.errors import StoreError
from edge_agent.store.outbox import Acknowledged, Outbox, Waiting
from edge_agent.store.pending import Pending
from edge_agent.store.repair import KEPT_ASIDE, mend
from edge_agent.store.sqlite_file import PAGE_BYTES
from tests.edge_agent.waiting import line, waiting

SIZE = 2**20
COUNT = 400


def filled(folder: Path, count: int = COUNT) -> Path:
    """Write a file of waiting windows, folded into one, as after a clean end."""
    path = folder / "pending.db"
    pending = Pending(path, bytes_max=SIZE)
    pending.append(waiting(number, line(number, 1)) for number in range(count))
    pending.change("PRAGMA wal_checkpoint(TRUNCATE)")
    pending.close()
    return path


def overwrite(path: Path, at: int, raw: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(raw)


def pages(path: Path) -> int:
    return path.stat().st_size // PAGE_BYTES


def flip_pages(path: Path) -> None:
    source = random.Random(7)
    for page in source.sample(range(10, pages(path)), 8):
        overwrite(path, page * PAGE_BYTES, source.randbytes(PAGE_BYTES))


def truncate(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(pages(path) * PAGE_BYTES * 2 // 3)


DAMAGES: dict[str, tuple[Callable[[Path], None], int]] = {
    "eight pages of noise": (flip_pages, COUNT * 9 // 10),
    "the last third cut off": (truncate, COUNT // 3),
    "a header of noise": (lambda path: overwrite(path, 0, random.Random(1).randbytes(100)), COUNT),
    "a first page of noise": (
        lambda path: overwrite(path, 0, random.Random(2).randbytes(PAGE_BYTES)),
        COUNT,
    ),
    "a first page of zeros": (lambda path: overwrite(path, 0, bytes(PAGE_BYTES)), COUNT),
    "no database at all": (lambda path: path.write_bytes(b"not a database at all" * 100), 0),
}


@pytest.mark.parametrize(("damage", "least"), DAMAGES.values(), ids=DAMAGES.keys())
def test_what_can_be_read_is_saved_and_the_damaged_file_is_kept(
    tmp_path: Path, damage: Callable[[Path], None], least: int
) -> None:
    path = filled(tmp_path)
    damage(path)
    pending = Pending(path, bytes_max=SIZE, mended=True)
    assert pending.damage is not None
    found = [one.id for one in pending.walk()]
    assert len(found) >= least
    assert found == sorted(found)
    by_id = {one.id: one for one in pending.walk()}
    altered = pending.remove_altered()
    assert all(
        by_id[number] == waiting(number - 1, line(number - 1, 1))
        for number in by_id
        if by_id[number] not in altered
    )
    assert pending.damage.aside.exists()
    assert pending.repaired
    pending.append([waiting(COUNT + 5)])
    pending.close()
    assert Pending(path, bytes_max=SIZE, mended=True).damage is None


def test_the_keys_that_could_not_be_read_are_named(tmp_path: Path) -> None:
    path = filled(tmp_path)
    flip_pages(path)
    pending = Pending(path, bytes_max=SIZE, mended=True)
    assert pending.damage is not None
    there = {row[0] for row in pending.rows("SELECT closed FROM pending")}
    missing = set(range(1, COUNT + 1)) - there
    named = {key for one in pending.damage.unread for key in range(one.first, one.last + 1)}
    assert missing
    assert missing <= named
    assert "keys that could not be read: pending" in str(pending.damage)


def test_a_whole_file_is_left_alone_and_so_is_one_that_is_not_there(tmp_path: Path) -> None:
    path = filled(tmp_path)
    before = path.read_bytes()
    assert mend(path, "", page_bytes=PAGE_BYTES) is None
    assert mend(tmp_path / "none.db", "", page_bytes=PAGE_BYTES) is None
    assert path.read_bytes() == before


def test_what_stands_in_the_log_only_is_saved_too(tmp_path: Path) -> None:
    path = tmp_path / "pending.db"
    pending = Pending(path, bytes_max=SIZE)
    pending.append(waiting(number) for number in range(COUNT))
    pending.change("PRAGMA wal_checkpoint(TRUNCATE)")
    pending.append([waiting(COUNT)])
    image, log = path.read_bytes(), path.with_name("pending.db-wal").read_bytes()
    pending.close()
    path.write_bytes(image)
    path.with_name("pending.db-wal").write_bytes(log)
    flip_pages(path)
    again = Pending(path, bytes_max=SIZE, mended=True)
    assert again.damage is not None
    assert COUNT + 1 in {one.id for one in again.walk()}


def test_a_bit_that_turned_inside_a_window_takes_that_window_out_and_no_other(
    tmp_path: Path,
) -> None:
    path = filled(tmp_path, 50)
    raw = path.read_bytes()
    at = raw.index(b'"in":33,')
    overwrite(path, at, b'"in":93,')
    pending = Pending(path, bytes_max=SIZE, mended=True)
    assert pending.damage is None  # no page is wrong: only the window knows
    assert [one.id for one in pending.remove_altered()] == [34]
    assert len(list(pending.walk())) == 49


def test_damaged_files_do_not_pile_up(tmp_path: Path) -> None:
    for turn in range(KEPT_ASIDE + 3):
        path = filled(tmp_path, 60)
        overwrite(path, 0, bytes([turn]) * 100)
        Pending(path, bytes_max=SIZE, mended=True).close()
    kept = sorted(
        one.name
        for one in tmp_path.iterdir()
        if "damaged" in one.name and not one.name.endswith("-wal")
    )
    assert kept == ["pending.db.damaged-4", "pending.db.damaged-5"]


def test_a_mending_that_was_cut_short_is_finished(tmp_path: Path) -> None:
    path = filled(tmp_path, 50)
    (tmp_path / "pending.db.salvaged").write_bytes(path.read_bytes())
    overwrite(path, 0, bytes(PAGE_BYTES))
    pending = Pending(path, bytes_max=SIZE, mended=True)
    assert len(list(pending.walk())) == 50
    assert not (tmp_path / "pending.db.salvaged").exists()


def test_the_marks_of_a_damaged_outbox_are_saved(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "outbox.db", bytes_max=SIZE)
    box.insert(Waiting("a", sequence, "report", b"envelope" * 100) for sequence in range(1, 61))
    box.acknowledge("a", Acknowledged(7, 0, "ab"))
    box.change("PRAGMA wal_checkpoint(TRUNCATE)")
    box.close()
    overwrite(tmp_path / "outbox.db", 0, bytes(PAGE_BYTES))
    again = Outbox(tmp_path / "outbox.db", bytes_max=SIZE, mended=True)
    assert again.damage is not None
    assert again.acknowledged("a") == Acknowledged(7, 0, "ab")
    assert again.depth() == 53


def test_who_does_not_own_a_file_says_that_it_is_damaged_and_mends_nothing(tmp_path: Path) -> None:
    path = filled(tmp_path)
    overwrite(path, 0, b"noise" * 20)
    with pytest.raises(StoreError, match=r"pending\.db") as caught:
        Pending(path, bytes_max=SIZE)
    assert caught.value.damaged
    assert not list(tmp_path.glob("*damaged*"))


def test_a_file_that_someone_holds_is_not_called_damaged(tmp_path: Path) -> None:
    path = filled(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="locked"):
            mend(path, "", page_bytes=PAGE_BYTES)
    assert not list(tmp_path.glob("*damaged*"))
