# SPDX-License-Identifier: Apache-2.0
"""The head over the ledger, signed and put out, over real files."""

from pathlib import Path

from development.fakes.clock import FakeClock
from edge_agent.evidence.public_key import PublicKey
from edge_agent.keys import SIGNING_PUBLIC
from edge_agent.processes.gate import GateProcess
from edge_agent.store.outbox import Acknowledged, Outbox
from tests.edge_agent.processes.test_gate import (
    ORIGIN_S,
    released,
    settings,
)
from wire_contract.messages.checkpoint import Checkpoint, checkpoint_stream, open_checkpoint


def checkpoints(folder: Path) -> list[tuple[int, bytes]]:
    box = Outbox(folder / "outbox.db", bytes_max=2**20)
    rows = [
        (row.sequence, row.envelope)
        for row in box.waiting(limit=1000)
        if row.channel == "checkpoint"
    ]
    box.close()
    return rows


def opened(folder: Path, note: bytes) -> Checkpoint:
    key = PublicKey.read(folder / "keys" / SIGNING_PUBLIC)
    return open_checkpoint(note, key.raw, key.verify, signatures_max=1)


def test_after_each_release_the_newest_head_waits_signed_and_alone(tmp_path: Path) -> None:
    gate, _ = released(tmp_path, 3)
    [(size, note)] = checkpoints(tmp_path)
    checkpoint = opened(tmp_path, note)
    assert (checkpoint.site, checkpoint.device, checkpoint.follows) == ("beach", "pier-1", None)
    assert checkpoint.head == gate.stores.ledger.head()
    assert size == checkpoint.head.size == 4
    gate.release()
    assert checkpoints(tmp_path) == [(size, note)]


def test_a_checkpoint_disturbs_no_acknowledgement_and_none_disturbs_it(tmp_path: Path) -> None:
    gate, _ = released(tmp_path, 3)
    box = Outbox(tmp_path / "outbox.db", bytes_max=2**20)
    box.acknowledge(gate.stores.ledger.stream, Acknowledged(4, 0))
    gate.release()
    assert [(row.channel, row.sequence) for row in box.waiting(limit=9)] == [("checkpoint", 4)]
    box.acknowledge(checkpoint_stream(gate.stores.ledger.stream), Acknowledged(4, 0))
    gate.release()
    gate.close()
    again = GateProcess(settings(tmp_path), FakeClock(monotonic_s=ORIGIN_S))
    again.release()
    assert box.depth() == 0


def test_a_gate_that_died_before_its_checkpoint_puts_it_out_when_it_starts(tmp_path: Path) -> None:
    gate, clock = released(tmp_path, 2)
    gate.stores.outbox.change("DELETE FROM outbox WHERE channel = 'checkpoint'")
    gate.stores.outbox.change("DELETE FROM acknowledged")
    head = gate.stores.ledger.head()
    gate.close()
    again = GateProcess(settings(tmp_path), clock)
    again.release()
    [(_, note)] = checkpoints(tmp_path)
    assert opened(tmp_path, note).head == head


def test_a_ledger_without_a_tree_gets_one(tmp_path: Path) -> None:
    gate, clock = released(tmp_path, 5)
    head = gate.stores.ledger.head()
    gate.stores.ledger.change("DROP TABLE leaf")
    gate.close()
    assert GateProcess(settings(tmp_path), clock).stores.ledger.head() == head
