# SPDX-License-Identifier: Apache-2.0
"""The mark of what has been released, over a real file, and a store that one gate holds."""

import os
from pathlib import Path

import pytest

from edge_agent.clock import Slots
from edge_agent.errors import ProcessError, StoreError
from edge_agent.store.release_mark import (
    SCHEMA,
    Released,
    hold_alone,
    mark,
    marked,
)
from edge_agent.store.sqlite_file import StoreFile

BOOT = "0b0d3f0e-1111-4222-8333-444455556666"
SLOTS = Slots(1000.0, 60)


def at(slot: float, boot: str = BOOT) -> Released:
    return Released(boot, round(1000 * (SLOTS.origin_s + slot * SLOTS.length_s)))


def test_a_mark_outlives_its_file_being_closed_and_there_is_one(tmp_path: Path) -> None:
    store = StoreFile(tmp_path / "some.db", SCHEMA, bytes_max=2**20, private=True)
    assert marked(store) is None
    for slot in (3, 4):
        mark(store, at(slot))
    store.close()
    again = StoreFile(tmp_path / "some.db", SCHEMA, bytes_max=2**20, private=True)
    assert marked(again) == at(4)
    assert len(again.rows("SELECT * FROM released")) == 1
    again.close()


def test_a_mark_in_which_a_bit_was_turned_is_none(tmp_path: Path) -> None:
    store = StoreFile(tmp_path / "some.db", SCHEMA, bytes_max=2**20, private=True)
    mark(store, at(4))
    store.change("UPDATE released SET until_ms = until_ms - 65536")
    assert marked(store) is None
    store.close()


def test_a_mark_goes_with_the_commit_that_it_belongs_to(tmp_path: Path) -> None:
    def fail(store: StoreFile) -> None:
        with store.transaction():
            mark(store, at(4))
            store.change("INSERT INTO windows VALUES (1)")

    store = StoreFile(tmp_path / "some.db", SCHEMA, bytes_max=2**20, private=True)
    with pytest.raises(StoreError, match="no such table"):
        fail(store)
    assert marked(store) is None
    store.close()


def test_a_store_is_held_by_one_gate_at_a_time(tmp_path: Path) -> None:
    held = hold_alone(tmp_path)
    with pytest.raises(ProcessError, match="another gate has this store open"):
        hold_alone(tmp_path)
    os.close(held)
    os.close(hold_alone(tmp_path))
