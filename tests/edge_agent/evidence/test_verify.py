# SPDX-License-Identifier: Apache-2.0
"""A ledger as an officer looks at it: shown, proved, checked, closed.

Each way of tampering with its file, found and located.
"""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from development.fakes.messages import REPORT
from edge_agent.errors import StoreError
from edge_agent.evidence.counts import counts_of
from edge_agent.evidence.prove import prove, prove_consistency
from edge_agent.evidence.show import show
from edge_agent.evidence.verify import verify
from edge_agent.keys import SIGNING_KEY, generate, read_secret
from edge_agent.store.ledger import Ledger, LedgerEntry
from edge_agent.store.merkle_file import TreeFile, close_ledger, closed_file
from wire_contract.codec import encode, seal
from wire_contract.merkle import leaf_hash, verify_consistency, verify_inclusion
from wire_contract.messages.checkpoint import Checkpoint, Head, sign_checkpoint
from wire_contract.topics import Channel

SIZE = 2**24
COUNT = 23


class Box:
    """A store with a ledger of COUNT reports."""

    def __init__(self, folder: Path) -> None:
        self.store = folder
        self.public = generate(folder / "keys")
        self.key = Ed25519PrivateKey.from_private_bytes(read_secret(folder / "keys" / SIGNING_KEY))
        ledger = self.open()
        self.stream = ledger.stream
        for sequence in range(1, COUNT + 1):
            ledger.append(
                LedgerEntry(
                    sequence, "report", sequence, 1_750_000_000_000, self.envelope(sequence)
                )
            )
        self.head = ledger.head()
        ledger.close()

    def open(self) -> Ledger:
        return Ledger(self.store / "ledger.db", bytes_max=SIZE)

    def envelope(self, sequence: int, start_s: int = 0) -> bytes:
        report = replace(REPORT, stream=self.stream, sequence=sequence, start_s=start_s)
        return seal(Channel.REPORT, encode(report), self.key.sign)

    def checkpoint(self, head: Head) -> Path:
        path = self.store / "kept.checkpoint"
        checkpoint = Checkpoint("beach", "pier-1", head, None)
        path.write_bytes(
            sign_checkpoint(checkpoint, self.key.public_key().public_bytes_raw(), self.key.sign)
        )
        return path

    def sql(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.store / "ledger.db")) as connection, connection:
            connection.execute(statement, values)

    def findings(
        self, checkpoint: Path | None = None, outbox: Path | None = None
    ) -> list[tuple[int | None, str]]:
        checked = verify(self.store, self.public, checkpoint=checkpoint, outbox=outbox)
        return [(one.sequence, one.what) for one in checked.findings]


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_a_ledger_is_shown_with_its_last_entries(box: Box) -> None:
    shown = show(box.store, last=2)
    assert (shown.stream, shown.size, shown.root) == (box.stream, COUNT, box.head.root.hex())
    assert (shown.payloads, shown.agreed, shown.differs, shown.follows) == (COUNT, 0, None, None)
    assert [one.sequence for one in shown.last] == [COUNT - 1, COUNT]
    assert shown.last[1].leaf == leaf_hash(box.envelope(COUNT)).hex()
    assert len(shown.frontier) == COUNT.bit_count()


def test_the_counts_that_have_gone_are_shown_with_their_window_and_rule(box: Box) -> None:
    [shown] = show(box.store, last=1).last
    assert shown.in_words() == (
        "1970-01-01T00:00:00Z, 60 s, image quality 0, rule discrete_laplace 1000; north: in 12, "
        "out -1; south: in held back, out 4; sand: mean 14, peak 21"
    )
    assert shown.counts is not None
    assert (shown.counts.parameters, shown.counts.numbers["south"]) == (
        (1000,),
        {"in": None, "out": 4},
    )


def test_version_one_of_a_report_is_shown_too_and_what_is_no_report_is_not_taken_for_one(
    box: Box,
) -> None:
    payload, newline, signature = box.envelope(1).partition(b"\n")
    older = (
        payload.replace(b'"image_quality":', b'"eye":').replace(b"peak", b"most")
        + newline
        + signature
    )
    counts = counts_of(older)
    assert counts is not None
    assert counts.numbers["sand"] == {"mean": 14, "most": 21}
    assert counts_of(b"{}" + newline + signature) is None
    assert counts_of(b"nonsense") is None


def test_a_proof_can_be_checked_by_anyone(box: Box) -> None:
    for sequence, size in ((1, COUNT), (COUNT, COUNT), (3, 5), (1, 1)):
        proof = prove(box.store, sequence, size=size)
        path = tuple(map(bytes.fromhex, proof.proof))
        assert proof.envelope is not None
        leaf = leaf_hash(proof.envelope.encode())
        assert verify_inclusion(leaf, sequence, size, path, bytes.fromhex(proof.root))
    older = prove_consistency(box.store, 9)
    first, second = (
        (older.first_size, bytes.fromhex(older.first_root)),
        (older.second_size, bytes.fromhex(older.second_root)),
    )
    assert verify_consistency(first, second, tuple(map(bytes.fromhex, older.proof)))


def test_a_payload_that_has_gone_can_still_be_proved(box: Box) -> None:
    ledger = Ledger(box.store / "ledger.db", bytes_max=SIZE, entries_kept=3)
    ledger.purge(acknowledged=COUNT, signed_before_ms=0)
    ledger.close()
    proof = prove(box.store, 1)
    assert (proof.purged, proof.envelope) == (True, None)
    assert [one.purged for one in show(box.store, last=4).last] == [True, False, False, False]
    assert (
        prove(box.store, COUNT).purged,
        show(box.store).purged,
        verify(box.store, box.public).purged,
    ) == (False, COUNT - 3, COUNT - 3)
    assert verify_inclusion(
        leaf_hash(box.envelope(1)), 1, COUNT, tuple(map(bytes.fromhex, proof.proof)), box.head.root
    )
    assert box.findings() == []


def test_a_payload_taken_out_of_the_middle_is_not_called_purged(box: Box) -> None:
    ledger = Ledger(box.store / "ledger.db", bytes_max=SIZE)
    ledger.change("DELETE FROM entry WHERE sequence = 5")
    ledger.close()
    (finding,) = verify(box.store, box.public).findings
    assert (finding.sequence, "was taken out" in finding.what) == (5, True)


@pytest.mark.parametrize(
    "ask",
    [
        {"sequence": 0},
        {"sequence": COUNT + 1},
        {"sequence": 3, "size": 2},
        {"sequence": 1, "size": 99},
    ],
)
def test_what_is_not_there_cannot_be_proved(box: Box, ask: dict[str, int]) -> None:
    with pytest.raises(StoreError, match="wanted"):
        prove(box.store, ask["sequence"], size=ask.get("size"))
    with pytest.raises(StoreError, match="wanted"):
        prove_consistency(box.store, 5, size=4)


def test_a_whole_ledger_has_no_findings(box: Box) -> None:
    checked = verify(box.store, box.public, checkpoint=box.checkpoint(box.head))
    assert (checked.size, checked.root, checked.payloads_checked, checked.findings) == (
        COUNT,
        box.head.root.hex(),
        COUNT,
        (),
    )


def test_each_tampering_with_the_file_is_found_where_it_is(box: Box) -> None:
    for statement, values, wanted in (
        (
            "UPDATE entry SET envelope = ? WHERE sequence = 7",
            (box.envelope(7, start_s=9),),
            7,
        ),  # altered, and signed again
        (
            "UPDATE entry SET envelope = ? WHERE sequence = 8",
            (box.envelope(9),),
            8,
        ),  # swapped for another
        (
            "UPDATE entry SET envelope = ? WHERE sequence = 9",
            (b"nonsense",),
            9,
        ),  # altered, not signed
        (
            "UPDATE leaf SET hashes = ? || substr(hashes, 33) WHERE sequence = 10",
            (bytes(32),),
            10,
        ),  # a hash altered
        ("DELETE FROM leaf WHERE sequence = 11", (), 11),  # dropped
    ):
        with closing(sqlite3.connect(box.store / "ledger.db")) as before:
            kept = sqlite3.connect(":memory:")
            before.backup(kept)
        box.sql(statement, *values)
        assert box.findings()[0][0] == wanted, statement
        with closing(sqlite3.connect(box.store / "ledger.db")) as after, closing(kept):
            kept.backup(after)
    assert box.findings() == []


def test_a_cut_end_is_found_by_a_checkpoint_that_someone_kept(box: Box) -> None:
    kept = box.checkpoint(box.head)
    box.sql("DELETE FROM entry WHERE sequence > 20")
    box.sql("DELETE FROM leaf WHERE sequence > 20")
    assert box.findings() == []
    assert box.findings(kept) == [
        (21, f"{kept}: has {COUNT} entries, this ledger 20: the rest was cut off")
    ]


def test_a_kept_checkpoint_of_another_truth_is_told(box: Box) -> None:
    assert "a fork" in box.findings(box.checkpoint(replace(box.head, root=bytes(32))))[0][1]
    assert (
        "was it closed"
        in box.findings(box.checkpoint(replace(box.head, stream=REPORT.stream)))[0][1]
    )
    path = box.checkpoint(box.head)
    path.write_bytes(path.read_bytes().replace(b"\n23\n", b"\n22\n"))
    assert "signature does not belong" in box.findings(path)[0][1]
    with pytest.raises(StoreError, match="name a file with a checkpoint"):
        box.findings(box.store / "none")


def test_an_entry_that_never_became_a_leaf_is_found(box: Box) -> None:
    box.sql("INSERT INTO entry VALUES (24, 'report', 99, 0, ?, 1, NULL, NULL)", box.envelope(24))
    assert box.findings() == [(24, "entry 24 has no hash")]


def test_where_the_centre_differs_is_located_between_acknowledged_sizes(box: Box) -> None:
    ledger = box.open()
    assert ledger.compare(5, ledger.tree(5).root.hex())
    assert ledger.compare(9, ledger.tree(9).root.hex())
    assert not ledger.compare(20, "00" * 32)
    assert not ledger.compare(12, "00" * 32)
    assert ledger.compared() == (9, 12)
    ledger.close()
    checked = verify(box.store, box.public)
    assert (checked.agreed, checked.differs) == (9, 12)
    assert [(one.sequence, one.what) for one in checked.findings] == [
        (10, "the centre's root differs from size 12 on: look at entries 10 to 12")
    ]


def test_what_cannot_be_read_is_named(tmp_path: Path, box: Box) -> None:
    with pytest.raises(StoreError, match=r"ledger\.db.*name the store"):
        show(tmp_path / "nowhere")
    for text in ("", "AAAA", "é", "*"):
        (box.store / "key.pub").write_text(text)
        with pytest.raises(StoreError, match=r"signing\.pub"):
            verify(box.store, box.store / "key.pub")


def test_a_closed_ledger_stays_and_the_new_one_carries_its_end(box: Box) -> None:
    assert close_ledger(box.store, bytes_max=SIZE) == box.head
    fresh = box.open()
    assert (fresh.follows, fresh.size()) == (box.head, 0)
    assert fresh.stream != box.stream
    fresh.close()
    assert str(show(box.store).follows).startswith(f"{box.stream} at {COUNT} with ")
    old = TreeFile(closed_file(box.store, box.stream), bytes_max=SIZE)
    assert old.head() == box.head
    old.close()
    assert sorted(path.name for path in box.store.glob("*.db")) == sorted(
        [f"ledger.{box.stream}.db", "ledger.db"]
    )


def test_a_ledger_in_use_an_empty_one_and_none_are_not_closed(tmp_path: Path, box: Box) -> None:
    ledger = box.open()
    with pytest.raises(StoreError, match="locked"):
        close_ledger(box.store, bytes_max=SIZE)
    ledger.close()
    close_ledger(box.store, bytes_max=SIZE)
    with pytest.raises(StoreError, match="got no entry"):
        close_ledger(box.store, bytes_max=SIZE)
    with pytest.raises(StoreError, match="there is no ledger"):
        close_ledger(tmp_path / "nowhere", bytes_max=SIZE)
