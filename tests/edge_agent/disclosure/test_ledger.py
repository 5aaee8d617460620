# SPDX-License-Identifier: Apache-2.0
import uuid
from pathlib import Path

import pytest

from edge_agent.disclosure.ledger import ENTRIES_KEPT, Entry, Ledger
from edge_agent.errors import StoreError

SIZE = 2**24


def entry(sequence: int, window_id: int | None = None) -> Entry:
    return Entry(sequence, "report", window_id, 1_750_000_000_000, b"payload\nsignature")


def test_a_stream_is_drawn_once_and_the_sequence_survives_a_restart(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", bytes_max=SIZE)
    assert ledger.last_sequence() == 0
    for sequence in (1, 2, 3):
        ledger.append(entry(sequence))
    stream = ledger.stream
    ledger.close()
    again = Ledger(tmp_path / "ledger.db", bytes_max=SIZE)
    assert (again.stream, again.last_sequence()) == (stream, 3)
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
    assert (ledger.holds(9), ledger.holds(10), ledger.last_sequence()) == (True, False, 1)


def test_old_acknowledged_entries_go_and_the_sequence_goes_on(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", bytes_max=SIZE)
    with ledger.transaction():
        for sequence in range(1, ENTRIES_KEPT + 101):
            ledger.append(entry(sequence))
    ledger.forget(acknowledged=60)
    assert ledger.after(0)[0].sequence == 61
    ledger.forget(acknowledged=ENTRIES_KEPT + 100)
    assert ledger.after(0)[0].sequence == 100
    assert ledger.last_sequence() == ENTRIES_KEPT + 100


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger.db", bytes_max=SIZE)
    assert (tmp_path / "ledger.db").stat().st_mode & 0o777 == 0o600
