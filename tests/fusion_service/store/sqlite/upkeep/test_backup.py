# SPDX-License-Identifier: Apache-2.0
"""Copying a store that is in use, putting a copy back, and forgetting what is past its time."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fusion_service.config import IngestConfig, RetentionConfig
from fusion_service.errors import StoreError
from fusion_service.ingest.forgetting import DAY_MS, FORGET_INTERVAL_MS
from fusion_service.ingest.intake import Intake
from fusion_service.store.port import FORGET_MAX
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.upkeep.backup import backup, move, refuse_retired, restore
from fusion_service.store.sqlite.upkeep.serving import served_alone
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import START_S, Box
from tests.fusion_service.keeping import keep
from tests.fusion_service.memory_inbox import MemoryInbox


class Centre:
    """An intake over a store, with a clock that can be turned."""

    def __init__(self, path: Path, retention: RetentionConfig, box: Box | None = None) -> None:
        self.now_ms = START_S * 1000
        self.inbox = MemoryInbox(received_ms=self.now_ms)
        self.store = Writer(path, size_mib_max=64, dead_letters_max=100)
        self.intake = Intake(
            self.inbox, self.store, IngestConfig(batch_ms=0), retention, now_ms=lambda: self.now_ms
        )
        self.box = box or Box()
        self.store.add_device(
            self.box.site, self.box.device, self.box.public_key, test_site=False, added_ms=0
        )

    def send(self, *sequences: int) -> None:
        for sequence in sequences:
            self.inbox.send(self.box.topic(), self.box.envelope(sequence))
        self.settle()

    def settle(self) -> None:
        stop = threading.Event()
        stop.set()
        self.intake.run(stop)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path / "fusion.sqlite", RetentionConfig(report_days=2, dead_letter_days=1))
    with made.store:
        yield made


def sequences(path: Path) -> set[int]:
    return {window.sequence for window in Reader(path).latest_windows(before_id=2**53, limit=1000)}


def test_a_copy_holds_what_was_committed_and_the_store_goes_on(
    centre: Centre, tmp_path: Path
) -> None:
    centre.send(1, 2, 3)
    copy = tmp_path / "copy.sqlite"
    assert backup(tmp_path / "fusion.sqlite", copy) == copy.stat().st_size
    centre.send(4)
    assert sequences(copy) == {1, 2, 3}
    assert sequences(tmp_path / "fusion.sqlite") == {1, 2, 3, 4}
    assert not copy.stat().st_mode & 0o077, (
        "a copy is as private as a store that nobody else may read"
    )


def test_a_restored_store_takes_up_where_the_copy_was_made(centre: Centre, tmp_path: Path) -> None:
    centre.send(1, 2)
    backup(tmp_path / "fusion.sqlite", tmp_path / "copy.sqlite")
    centre.send(3)
    assert restore(tmp_path / "copy.sqlite", tmp_path / "again.sqlite") == 2
    again = Centre(tmp_path / "again.sqlite", RetentionConfig(), centre.box)
    with again.store:
        again.send(2, 3)
        totals = {row.outcome: row.total for row in Reader(tmp_path / "again.sqlite").outcomes()}
    assert sequences(tmp_path / "again.sqlite") == {1, 2, 3}
    assert totals == {"accepted": 3, "duplicate": 1}


def test_a_store_that_was_moved_is_the_same_one_and_the_old_file_serves_no_more(
    centre: Centre, tmp_path: Path
) -> None:
    path, there = tmp_path / "fusion.sqlite", tmp_path / "there.sqlite"
    centre.send(1, 2)
    name = centre.store.identity
    centre.store.close()
    refuse_retired(path)
    with served_alone(path), pytest.raises(StoreError, match="another fusion-service"):
        move(path, there)
    assert move(path, there) == there.stat().st_size
    with pytest.raises(StoreError, match=r"was moved to .*there.sqlite and serves no more"):
        refuse_retired(path)
    with pytest.raises(StoreError, match=r"was moved to .*there.sqlite; name that one"):
        move(path, tmp_path / "third.sqlite")
    refuse_retired(there)
    again = Centre(there, RetentionConfig(), centre.box)
    with again.store:
        assert again.store.identity == name
        again.send(3)
    assert sequences(there) == {1, 2, 3}
    with pytest.raises(StoreError, match="is there already"):
        move(there, path)


def test_nothing_is_ever_overwritten(centre: Centre, tmp_path: Path) -> None:
    centre.send(1)
    copy, store = tmp_path / "copy.sqlite", tmp_path / "fusion.sqlite"
    backup(store, copy)
    before = copy.read_bytes()
    with pytest.raises(StoreError, match="is there already"):
        backup(store, copy)
    with pytest.raises(StoreError, match="is there already"):
        restore(copy, store)
    assert copy.read_bytes() == before
    (tmp_path / "new.sqlite-wal").touch()
    with pytest.raises(StoreError, match="is there already"):
        restore(copy, tmp_path / "new.sqlite")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda _: b"", "holds nothing"),  # nothing in it
        (
            lambda _: b"SQLite format 3\0" + os.urandom(4096),
            "SQLITE_",
        ),  # noise behind the right first bytes
        (
            lambda raw: raw[:4096] + bytes(4096) + raw[8192:],
            "SQLITE_|does not check out",
        ),  # a page lost
    ],
)
def test_a_damaged_copy_is_not_put_back(
    centre: Centre, tmp_path: Path, damage: object, told: str
) -> None:
    centre.send(*range(1, 20))
    backup(tmp_path / "fusion.sqlite", tmp_path / "copy.sqlite")
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(damage((tmp_path / "copy.sqlite").read_bytes()))  # type: ignore[operator]
    with pytest.raises(StoreError, match=told):
        restore(broken, tmp_path / "new.sqlite")
    assert not (tmp_path / "new.sqlite").exists()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such file"):
        backup(tmp_path / "nowhere", tmp_path / "copy")
    with pytest.raises(StoreError, match="no such file"):
        restore(tmp_path / "nowhere", tmp_path / "store")


def test_reports_past_their_time_go_and_their_hashes_stay(centre: Centre, tmp_path: Path) -> None:
    centre.send(1, 2, 3)
    centre.inbox.send(
        centre.box.topic(), centre.box.seal(centre.box.report(4, start_s=START_S + 3 * 86_400))
    )
    centre.inbox.send(centre.box.topic(), b"nonsense")
    centre.settle()
    path = tmp_path / "fusion.sqlite"
    assert len(Reader(path).dead_letters(before_id=2**53, limit=10)) == 1
    centre.now_ms += 2 * DAY_MS + 5 * FORGET_INTERVAL_MS
    centre.inbox.received_ms = centre.now_ms
    centre.send(5)
    centre.now_ms += 2 * FORGET_INTERVAL_MS
    centre.send(1)
    assert sequences(path) == {5}, (
        "5 says that it is as old as the others, and has only just come; 4 said a time to come"
    )
    assert Reader(path).dead_letters(before_id=2**53, limit=10) == []
    totals = {row.outcome: row.total for row in Reader(path).outcomes() if row.channel == "report"}
    assert totals["duplicate"] == 1, "what was forgotten is still known by its hash"


def test_a_long_backlog_is_forgotten_in_pieces(tmp_path: Path) -> None:
    box = Box()
    with Writer(tmp_path / "fusion.sqlite", size_mib_max=64, dead_letters_max=10) as store:
        store.add_device(box.site, box.device, box.public_key, test_site=False, added_ms=0)
        keep(store, 1, *(box.report(sequence) for sequence in range(1, FORGET_MAX + 101)))
        everything = {"reports_before_s": 2**40, "dead_letters_before_ms": 0}
        assert [store.forget(**everything) for _ in range(3)] == [FORGET_MAX, 100, 0]
