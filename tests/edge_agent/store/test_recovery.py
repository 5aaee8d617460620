# SPDX-License-Identifier: Apache-2.0
"""A ledger whose file was damaged, cut or taken away.

No sequence is given twice, and the centre can see what is missing.
"""

import logging
from pathlib import Path

import pytest

from development.fakes.clock import FakeClock
from edge_agent.errors import StoreError
from edge_agent.evidence.verify import verify
from edge_agent.processes.gate import GateProcess
from edge_agent.signing.open_slots import GRACE_S
from edge_agent.store.ledger import Ledger
from edge_agent.store.merkle_file import closed_file
from edge_agent.store.outbox import Acknowledged, Outbox
from edge_agent.store.sqlite_file import PAGE_BYTES
from tests.edge_agent.processes.test_gate import LENGTH_S, ORIGIN_S, Talk, settings
from tests.edge_agent.signing.test_checkpoints import opened
from wire_contract.codec import decode, split
from wire_contract.merkle import EMPTY_ROOT
from wire_contract.messages.checkpoint import Head, checkpoint_stream
from wire_contract.messages.report import Report

SLOTS = 12


class Box:
    """A gate that has run for SLOTS windows, of which the centre has all but the last four."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ledger = folder, folder / "ledger.db"
        self.clock = FakeClock(monotonic_s=ORIGIN_S)
        gate = GateProcess(settings(folder), self.clock)
        gate.sign_meta()
        self.talk = Talk(gate)
        for slot in range(SLOTS):
            self.talk.say(slot, slot)
            self.clock.advance(LENGTH_S + (GRACE_S if slot == 0 else 0))
            gate.tick()
        self.stream, self.head = gate.stores.ledger.stream, gate.stores.ledger.head()
        gate.stores.outbox.acknowledge(self.stream, Acknowledged(self.head.size - 4, 0))
        gate.stores.ledger.change("PRAGMA wal_checkpoint(TRUNCATE)")
        gate.close()

    def start(self) -> GateProcess:
        gate = GateProcess(settings(self.folder), self.clock)
        gate.sign_meta()
        gate.release()
        return gate

    def waiting(self) -> list[tuple[str, int, str]]:
        box = Outbox(self.folder / "outbox.db", bytes_max=2**20)
        rows = [(row.stream, row.sequence, row.channel) for row in box.waiting(limit=1000)]
        box.close()
        return rows

    def page_of(self, sequence: int) -> int:
        return self.ledger.read_bytes().rindex(b'"sequence":%d,' % sequence) // PAGE_BYTES

    def damage(self, page: int) -> None:
        with self.ledger.open("r+b") as file:
            file.seek(page * PAGE_BYTES)
            file.write(b"\xa5" * PAGE_BYTES)


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def follows(box: Box, gate: GateProcess) -> Head | None:
    note = next(
        row.envelope
        for row in gate.stores.outbox.waiting(limit=999)
        if row.channel == "checkpoint"
        and row.stream == checkpoint_stream(gate.stores.ledger.stream)
    )
    return opened(box.folder, note).follows


def test_a_damaged_ledger_is_closed_where_it_still_fits_and_a_new_stream_follows(
    box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    box.damage(box.page_of(5))
    gate = box.start()
    assert gate.stores.ledger.stream != box.stream
    assert gate.stores.ledger.size() == 1  # its own meta, as number 1 of its own stream
    end = follows(box, gate)
    assert end is not None
    assert end.stream == box.stream
    assert end.size <= box.head.size
    assert box.stream in caplog.text
    # What had been handed over still goes out, once.
    assert [row for row in box.waiting() if row[0] == box.stream] == [
        (box.stream, sequence, "report") for sequence in range(box.head.size - 3, box.head.size + 1)
    ]
    gate.close()


def test_every_page_of_a_ledger_may_be_lost_and_the_gate_never_goes_on_in_it_with_less(
    tmp_path: Path,
) -> None:
    whole = Box(tmp_path / "whole")
    pages = whole.ledger.stat().st_size // PAGE_BYTES
    for page in range(0, min(pages, 40), 3):
        box = Box(tmp_path / str(page))
        box.damage(page)
        gate = box.start()
        assert (
            gate.stores.ledger.stream != box.stream
            or gate.stores.ledger.head().size == box.head.size + 1
        )
        gate.close()


def test_a_lost_log_takes_the_last_entries_and_the_outbox_knows(
    box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    """The file is whole, and older than what was handed over.

    As when its log was deleted, or a backup was put back.
    """
    ledger = Ledger(box.ledger, bytes_max=2**20)
    ledger.change("DELETE FROM leaf WHERE sequence > 7")
    ledger.change("DELETE FROM entry WHERE sequence > 7")
    end = ledger.head()
    ledger.close()
    gate = box.start()
    assert gate.stores.ledger.stream != box.stream
    assert follows(box, gate) == end
    assert (
        f"entries 1 to 7 of stream {box.stream} are whole; up to {box.head.size} were handed over"
        in caplog.text
    )
    gate.close()
    again = box.start()
    assert again.stores.ledger.size() == 2  # once is enough: the second start goes on
    again.close()


def test_a_tail_that_only_the_centre_still_has_ends_the_gate_and_the_next_start_begins_anew(
    box: Box,
) -> None:
    gate = box.start()
    gate.stores.outbox.acknowledge(box.stream, Acknowledged(99, 0))
    with pytest.raises(
        StoreError, match=r"the centre holds entry 99 .* the ledger ends at 14"
    ) as caught:
        gate.release()
    assert caught.value.damaged
    gate.close()
    again = box.start()
    assert again.stores.ledger.stream != box.stream
    again.close()


def test_a_ledger_of_which_nothing_is_left_is_followed_all_the_same(box: Box) -> None:
    ledger = Ledger(box.ledger, bytes_max=2**20)
    ledger.change("DELETE FROM leaf")
    ledger.change("DELETE FROM entry")
    ledger.close()
    gate = box.start()
    assert follows(box, gate) == Head(box.stream, 0, EMPTY_ROOT)
    gate.close()


def test_a_ledger_that_was_taken_away_is_named(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    for path in box.folder.glob("ledger.db*"):
        path.unlink()
    gate = box.start()
    assert follows(box, gate) is None
    assert (
        f"there is no ledger of stream {box.stream}, of which up to entry "
        f"{box.head.size} were handed over" in caplog.text
    )
    gate.close()


def test_a_payload_altered_in_the_damaged_file_is_not_published_again(box: Box) -> None:
    raw = box.ledger.read_bytes()
    at = raw.rindex(b'"sequence":10,')
    with box.ledger.open("r+b") as file:
        file.seek(at)
        file.write(b'"sequence":99,')
    box.damage(box.page_of(5))
    gate = box.start()
    waiting = [row for row in gate.stores.outbox.waiting(limit=999) if row.stream == box.stream]
    assert all(decode(Report, split(row.envelope)[0]).sequence == row.sequence for row in waiting)
    gate.close()


def test_a_lost_outbox_is_filled_again_from_the_ledger(box: Box) -> None:
    ledger = Ledger(box.ledger, bytes_max=2**20)
    ledger.compare(6, ledger.tree(6).root.hex())
    ledger.close()
    (box.folder / "outbox.db").write_bytes(b"noise" * 1000)
    gate = box.start()
    assert gate.stores.ledger.stream == box.stream
    sequences = [sequence for stream, sequence, channel in box.waiting() if channel != "checkpoint"]
    assert sequences == list(
        range(7, box.head.size + 2)
    )  # after the last root that the centre named; it takes them as duplicates
    gate.close()


def test_an_envelope_that_was_altered_in_the_outbox_is_put_right_from_the_ledger(box: Box) -> None:
    outbox = Outbox(box.folder / "outbox.db", bytes_max=2**20)
    right = outbox.waiting(limit=1)[0]
    outbox.change(
        "UPDATE outbox SET envelope = x'00' WHERE stream = ? AND sequence = ?",
        (right.stream, right.sequence),
    )
    outbox.close()
    gate = box.start()
    assert gate.stores.outbox.waiting(limit=1)[0] == right
    gate.close()


def test_a_report_that_the_outbox_did_not_take_goes_there_at_the_next_turn(tmp_path: Path) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S)
    gate = GateProcess(settings(tmp_path), clock)
    gate.stores.outbox.change("PRAGMA query_only = 1")
    Talk(gate).say(0, 3)
    clock.advance(LENGTH_S + GRACE_S)
    gate.tick()
    assert (gate.stores.ledger.size(), gate.stores.outbox.depth()) == (1, 0)
    gate.stores.outbox.change("PRAGMA query_only = 0")
    gate.release()
    assert gate.stores.outbox.depth() == 2  # the report, and the checkpoint over it
    gate.close()


def test_a_window_altered_while_it_waited_is_named_and_the_others_go(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S, utc_s=12.0, synchronised=False)
    gate = GateProcess(settings(tmp_path), clock)
    talk = Talk(gate)
    for slot in range(3):
        talk.say(slot, slot + 1)
        clock.advance(LENGTH_S + (GRACE_S if slot == 0 else 0))
        gate.tick()
    gate.stores.pending.change(
        "UPDATE pending SET body = replace(CAST(body AS TEXT), '\"in\":2', '\"in\":9')"
    )
    gate.close()
    clock.set_utc(1_750_000_100.0)
    with caplog.at_level(logging.ERROR):
        again = GateProcess(settings(tmp_path), clock)
    again.release()
    reports = [
        decode(Report, split(row.envelope)[0])
        for row in again.stores.outbox.waiting(limit=9)
        if row.channel == "report"
    ]
    assert "was altered on the disk and is lost" in caplog.text
    assert 9 not in [report.lines[0].in_count for report in reports]
    again.close()


def test_the_repaired_ledger_that_was_closed_can_be_verified(box: Box) -> None:
    box.damage(box.page_of(5))
    box.start().close()
    old = closed_file(box.folder, box.stream)
    assert old.exists()
    store = box.folder / "old"
    store.mkdir()
    (store / "ledger.db").write_bytes(old.read_bytes())
    key = box.folder / "keys" / "signing.pub"
    assert [
        one
        for one in verify(store, key).findings
        if "is missing" in one.what or "not those" in one.what
    ] == []
