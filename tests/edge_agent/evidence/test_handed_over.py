# SPDX-License-Identifier: Apache-2.0
"""A ledger that was taken back to an earlier state, consistently.

What the box's outbox still knows of the rest.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.errors import StoreError
from edge_agent.evidence.handed_over import read_handed_over
from edge_agent.evidence.verify import verify
from edge_agent.store.ledger import LedgerEntry
from edge_agent.store.merkle_file import close_ledger
from edge_agent.store.outbox import Acknowledged, Outbox, Waiting
from tests.edge_agent.evidence.test_verify import COUNT, SIZE, Box
from wire_contract.messages.checkpoint import checkpoint_stream


class HandingBox(Box):
    """A box whose last two entries and last checkpoint wait for the centre."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.outbox = folder / "outbox.db"
        self.note = self.checkpoint(self.head).read_bytes()
        ledger = self.open()
        root = ledger.tree(COUNT - 2).root.hex()
        ledger.close()
        self.hand(lambda outbox: outbox.acknowledge(self.stream, Acknowledged(COUNT - 2, 0, root)))
        self.hand(lambda outbox: outbox.insert(self.waiting()))

    def waiting(self) -> list[Waiting]:
        entries = [
            Waiting(self.stream, number, "report", self.envelope(number))
            for number in (COUNT - 1, COUNT)
        ]
        return [*entries, Waiting(checkpoint_stream(self.stream), COUNT, "checkpoint", self.note)]

    def hand(self, change: Callable[[Outbox], None]) -> None:
        outbox = Outbox(self.outbox, bytes_max=SIZE)
        change(outbox)
        outbox.close()

    def take_back_to(self, size: int) -> None:
        """Cut entries, hashes and comparisons off as if they had never been."""
        for table, column in (("entry", "sequence"), ("leaf", "sequence"), ("compared", "size")):
            self.sql(f"DELETE FROM {table} WHERE {column} > ?", size)  # noqa: S608 - written here

    def faults(self) -> list[tuple[int | None, str]]:
        return self.findings(outbox=self.outbox)


@pytest.fixture
def box(tmp_path: Path) -> HandingBox:
    return HandingBox(tmp_path)


def test_a_ledger_that_is_what_was_handed_over_has_no_findings(box: HandingBox) -> None:
    checked = verify(box.store, box.public, outbox=box.outbox)
    assert (checked.acknowledged, checked.published, checked.findings) == (COUNT - 2, COUNT, ())


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (COUNT - 5, "the centre has acknowledged entry 21, this ledger ends at 18"),
        (COUNT - 1, "a checkpoint of 23 entries was published, this ledger ends at 22"),
        (0, "the centre has acknowledged entry 21, this ledger ends at 0"),
    ],
)
def test_entries_cut_off_consistently_are_missed(box: HandingBox, size: int, said: str) -> None:
    box.take_back_to(size)
    assert box.findings() == [], "alone the ledger is whole"
    assert any(what.startswith(said) and number == size + 1 for number, what in box.faults()), (
        box.faults()
    )


def test_a_published_checkpoint_that_was_acknowledged_still_tells_how_far_the_ledger_went(
    box: HandingBox,
) -> None:
    own = checkpoint_stream(box.stream)
    box.hand(lambda outbox: outbox.acknowledge(own, Acknowledged(COUNT, 0)))
    box.hand(lambda outbox: outbox.change("DELETE FROM outbox"))
    box.take_back_to(COUNT - 1)
    assert [number for number, _ in box.faults()] == [COUNT]


def test_a_ledger_that_went_on_another_way_is_told(box: HandingBox) -> None:
    box.take_back_to(COUNT - 5)
    ledger = box.open()
    for number in range(COUNT - 4, COUNT + 1):
        # Signed by the box's own key, and in order; only the windows are others.
        ledger.append(entry_of(number, box.envelope(number, start_s=9)))
    ledger.close()
    assert box.findings() == []
    said = " ".join(what for _, what in box.faults())
    assert "the centre acknowledged another root over the first 21 entries" in said
    assert "entry 22 waits in the outbox with other bytes" in said
    assert "another root was signed for size 23" in said


def entry_of(number: int, envelope: bytes) -> LedgerEntry:
    return LedgerEntry(number, "report", 1_000 + number, 1_750_000_000_000, envelope)


def test_a_new_ledger_in_the_place_of_the_old_one_is_told(box: HandingBox) -> None:
    (box.store / "ledger.db").unlink()
    for rest in box.store.glob("ledger.db-*"):
        rest.unlink()
    box.open().close()
    assert any(
        "21 entries of stream" in what and "there is no ledger here" in what
        for _, what in box.faults()
    )


def test_a_ledger_that_was_closed_is_not_missed(box: HandingBox) -> None:
    close_ledger(box.store, bytes_max=SIZE)
    box.open().close()
    assert box.faults() == []


def test_a_checkpoint_that_waits_and_that_the_box_did_not_sign_is_told(box: HandingBox) -> None:
    forged = replace(box.waiting()[2], envelope=box.note.replace(b"\n23\n", b"\n24\n"))
    box.hand(lambda outbox: outbox.insert([forged]))
    assert any("the checkpoint that waits in the outbox" in what for _, what in box.faults())


def test_an_outbox_taken_back_with_the_ledger_shows_nothing_and_a_kept_checkpoint_does(
    box: HandingBox,
) -> None:
    kept = box.checkpoint(box.head)
    box.take_back_to(COUNT - 5)
    box.hand(lambda outbox: outbox.change("DELETE FROM acknowledged"))
    box.hand(lambda outbox: outbox.change("DELETE FROM outbox"))
    assert box.faults() == []
    assert "the rest was cut off" in box.findings(checkpoint=kept, outbox=box.outbox)[0][1]


def test_an_outbox_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match=r"outbox\.db.*name the store"):
        read_handed_over(tmp_path / "outbox.db")
