# SPDX-License-Identifier: Apache-2.0
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from edge_agent.errors import StoreError
from edge_agent.store.ledger import Ledger, LedgerEntry
from wire_contract.merkle import EMPTY, Frontier, consistency_proof, leaf_hash, verify_consistency

SIZE = 2**24


def entry(sequence: int, window_id: int | None = None) -> LedgerEntry:
    return LedgerEntry(sequence, "report", window_id, 1_750_000_000_000, b"payload\nsignature")


def tree_of(size: int) -> Frontier:
    tree = EMPTY
    for sequence in range(1, size + 1):
        tree = tree.append(leaf_hash(entry(sequence).envelope))
    return tree


def test_a_stream_is_drawn_once_and_the_sequence_survives_a_restart(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", bytes_max=SIZE)
    assert ledger.size() == 0
    for sequence in (1, 2, 3):
        ledger.append(entry(sequence))
    stream = ledger.stream
    ledger.close()
    again = Ledger(tmp_path / "ledger.db", bytes_max=SIZE)
    assert (again.stream, again.size()) == (stream, 3)
    assert str(uuid.UUID(stream)) == stream


def test_what_is_not_acknowledged_can_be_read_again_in_order(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", bytes_max=SIZE)
    for sequence in range(1, 6):
        ledger.append(entry(sequence, window_id=sequence * 11))
    assert [one.sequence for one in ledger.after(3)] == [4, 5]
    assert ledger.after(3)[0] == entry(4, window_id=44)


def test_no_sequence_and_no_window_is_written_twice(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", bytes_max=SIZE)
    ledger.append(entry(1, window_id=9))
    for again in (entry(1, window_id=10), entry(2, window_id=9)):
        with pytest.raises(StoreError, match=r"ledger\.db.*UNIQUE"):
            ledger.append(again)
    assert (ledger.holds(9), ledger.holds(10), ledger.size()) == (True, False, 1)


def test_old_acknowledged_entries_go_and_the_sequence_goes_on(tmp_path: Path) -> None:
    kept = 200
    ledger = Ledger(tmp_path / "ledger.db", bytes_max=SIZE, entries_kept=kept)
    for sequence in range(1, kept + 101):
        ledger.append(entry(sequence))
    ledger.purge(acknowledged=60, signed_before_ms=0)
    assert ledger.after(0)[0].sequence == 61
    ledger.purge(acknowledged=kept + 100, signed_before_ms=0)
    assert ledger.after(0)[0].sequence == 101
    assert ledger.size() == kept + 100
    assert ledger.head().root == tree_of(kept + 100).root


def test_payloads_are_purged_by_their_age_oldest_first_and_only_once_acknowledged(
    tmp_path: Path,
) -> None:
    ledger = Ledger(tmp_path / "ledger.db", bytes_max=SIZE)
    ages_ms = [100, 200, 300, 250, 400, 500]  # the clock was set back once
    for sequence, signed_ms in enumerate(ages_ms, 1):
        ledger.append(
            LedgerEntry(sequence, "report", None, signed_ms, b"marked payload %d" % sequence)
        )
    root = ledger.head()
    ledger.purge(acknowledged=1, signed_before_ms=300)
    assert [one.sequence for one in ledger.after(0)] == [2, 3, 4, 5, 6]
    ledger.purge(acknowledged=6, signed_before_ms=300)
    assert [one.sequence for one in ledger.after(0)] == [
        3,
        4,
        5,
        6,
    ]  # 4 is older, but 3 is not: what goes is a beginning
    ledger.purge(acknowledged=6, signed_before_ms=9999)
    assert (ledger.after(0), ledger.head()) == ((), root)
    ledger.append(LedgerEntry(7, "report", None, 600, b"the next"))
    assert ledger.size() == 7


def test_a_purged_payload_is_not_left_in_the_file(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", bytes_max=SIZE)
    for sequence in range(1, 51):
        ledger.append(LedgerEntry(sequence, "report", None, sequence, b"marked payload"))

    def found() -> int:
        return sum(path.read_bytes().count(b"marked payload") for path in tmp_path.iterdir())

    assert found() >= 50
    ledger.purge(acknowledged=50, signed_before_ms=100)
    ledger.overwrite_log()
    assert found() == 0


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger.db", bytes_max=SIZE)
    assert (tmp_path / "ledger.db").stat().st_mode & 0o777 == 0o600


def test_the_root_at_any_size_is_there_after_a_restart_and_proves_that_nothing_was_taken_back(
    tmp_path: Path,
) -> None:
    ledger = Ledger(tmp_path / "ledger.db", bytes_max=SIZE)
    for sequence in range(1, 40):
        ledger.append(entry(sequence))
    ledger.close()
    again = Ledger(tmp_path / "ledger.db", bytes_max=SIZE)
    assert [again.tree(size) for size in range(40)] == [tree_of(size) for size in range(40)]
    proof = consistency_proof(11, 39, again.node)
    assert verify_consistency((11, tree_of(11).root), (39, again.head().root), proof)


def test_an_entry_out_of_order_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", bytes_max=SIZE)
    ledger.append(entry(1))
    with pytest.raises(StoreError, match="got entry 3, wanted 2"):
        ledger.append(entry(3))
    assert (ledger.size(), ledger.size()) == (1, 1)


def test_an_entry_costs_the_stated_bytes_on_disk(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", bytes_max=SIZE, entries_kept=0)
    for sequence in range(1, 1001):
        ledger.append(entry(sequence))
    ledger.purge(acknowledged=1000, signed_before_ms=0)
    ledger.change("VACUUM")
    ledger.close()
    assert (tmp_path / "ledger.db").stat().st_size / 1000 < 100


def test_hashes_that_are_not_there_are_named(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", bytes_max=SIZE)
    ledger.append(entry(1))
    ledger.change("UPDATE leaf SET hashes = x'00'")
    with pytest.raises(StoreError, match=r"ledger\.db: got no hash of level 0 at leaf 1"):
        ledger.head()


def test_a_ledger_of_an_earlier_release_gets_the_columns_that_it_lacks(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as old, old:
        old.execute(
            "CREATE TABLE entry (sequence INTEGER PRIMARY KEY, channel TEXT NOT NULL, window_id "
            "INTEGER UNIQUE, signed_utc_ms INTEGER NOT NULL, envelope BLOB NOT NULL)"
        )
    ledger = Ledger(tmp_path / "ledger.db", bytes_max=2**20)
    ledger.append(
        LedgerEntry(1, "report", 7, 1_750_000_000_000, b"payload\nsignature", drawn_ms=60_000)
    )
    assert [(one.dated, one.drawn_ms) for one in ledger.after(0)] == [(True, 60_000)]
    ledger.close()
