# SPDX-License-Identifier: Apache-2.0
"""The log of the shift is added to, verifies, and its texts go as those of the access log do."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fusion_service.ledger.access_log import DAY_MS, RETENTION_DAYS, Retention, fault_of_chain
from fusion_service.ledger.shift_log import Deed, ShiftDraft
from fusion_service.store.access import Place
from fusion_service.store.shift import OutletRow
from fusion_service.store.sqlite.access.keeper import AccessFile
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from fusion_service.store.sqlite.upkeep.backup import backup, restore

NAME, AT_MS = "Zelden-Gehoord", 1_800_000_000_000


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    path = tmp_path / "fusion.sqlite"
    with ShiftFile(path, size_mib_max=64) as keeper:
        keeper.append(
            [
                ShiftDraft(AT_MS, "beach", "centre", Deed.RAISED, "centre", detail=(("level", 2),)),
                ShiftDraft(
                    AT_MS,
                    "beach",
                    "p1",
                    Deed.ACKNOWLEDGED,
                    "police",
                    alarm=1,
                    texts=(("comment", f"asked {NAME}"), ("name", NAME)),
                ),
                ShiftDraft(AT_MS, "pier", "p2", Deed.NOTED, "police", texts=(("name", "other"),)),
            ]
        )
    return path


def texts(path: Path) -> list[str | None]:
    with ShiftFile(path, size_mib_max=64) as keeper:
        assert fault_of_chain(keeper.whole_log()) is None
        return [text.content for one in keeper.whole_log() for text in one.texts]


def test_entries_are_read_back_as_they_were_written(path: Path) -> None:
    with ShiftFile(path, size_mib_max=64) as keeper:
        newest, oldest = keeper.entries("beach", before_id=2**53, limit=5)
        assert (oldest.number("level"), oldest.words("kind"), oldest.text("name")) == (2, "", "")
        assert (newest.alarm, newest.text("name")) == (1, NAME)
        assert [one.id for one in keeper.after(1, limit=9)] == [2, 3]
        assert [one.id for one in keeper.after(0, limit=9, site="pier")] == [3]
        assert keeper.of_ids([2, 99]).keys() == {2}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE shift_entry SET deed = 'level declared' WHERE id = 2", "entry 2 was changed"),
        ("DELETE FROM shift_text WHERE entry_id = 2", "entry 2 was changed"),
        ("UPDATE shift_text SET content = 'x' WHERE field = 'comment'", "comment was changed"),
        ("UPDATE shift_text SET content = NULL WHERE field = 'comment'", "without a tombstone"),
    ],
)
def test_what_somebody_changes_shows(path: Path, change: str, fault: str) -> None:
    with closing(sqlite3.connect(path)) as store:
        store.execute(change)
        store.commit()
    with ShiftFile(path, size_mib_max=64) as keeper:
        assert fault in (fault_of_chain(keeper.whole_log()) or "")


def test_words_of_an_entry_are_erased_and_a_copy_does_not_bring_them_back(path: Path) -> None:
    copy = path.with_name("copy.sqlite")
    backup(path, copy)
    with AccessFile(path, size_mib_max=64) as keeper:
        erased = keeper.erase_texts(Place(2, of_shift=True), at_ms=AT_MS, by="command")
    assert (erased, texts(path)) == (2, [None, None, "other"])
    path.unlink()
    restore(copy, path)
    assert texts(path) == [None, None, "other"]
    assert NAME.encode() not in path.read_bytes()


def test_words_are_erased_from_both_logs_by_what_they_hold(path: Path) -> None:
    with AccessFile(path, size_mib_max=64) as keeper:
        place = Place(containing=NAME.lower())
        assert keeper.erase_texts(place, at_ms=AT_MS, by="command") == 2
        assert keeper.erase_texts(Place(2), at_ms=AT_MS, by="command") == 0  # of the other log
    assert texts(path) == [None, None, "other"]


def test_texts_go_when_their_time_is_over_and_decisions_stay_longer(path: Path) -> None:
    later_ms = AT_MS + (RETENTION_DAYS[Retention.ALARM] + 1) * DAY_MS
    with AccessFile(path, size_mib_max=64) as keeper:
        assert keeper.expire(later_ms) == 2
    assert texts(path) == [None, None, "other"]


def test_an_outlet_goes_on_where_it_was(path: Path) -> None:
    with ShiftFile(path, size_mib_max=64) as keeper:
        assert keeper.outlet("mail") == OutletRow("mail", 3)
        keeper.keep_outlet(OutletRow("mail", 2, 1, "refused"))
    with ShiftFile(path, size_mib_max=64) as keeper:
        assert keeper.outlet("mail") == OutletRow("mail", 2, 1, "refused")
