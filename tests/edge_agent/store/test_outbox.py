# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from edge_agent.errors import StoreError
from edge_agent.health import LinkClass
from edge_agent.store.outbox import Acknowledged, Outbox, Waiting

SIZE = 2**20


def outbox(folder: Path) -> Outbox:
    return Outbox(folder / "outbox" / "outbox.db", bytes_max=SIZE)


def fill(box: Outbox, stream: str, sequences: range) -> None:
    box.insert(
        Waiting(stream, sequence, "report", b"envelope %d" % sequence) for sequence in sequences
    )


def test_what_waits_comes_in_order_and_survives_a_restart(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    fill(box, "a", range(3, 0, -1))
    box.close()
    assert [row.sequence for row in outbox(tmp_path).waiting(limit=2)] == [1, 2]


def test_only_what_the_centre_acknowledged_goes(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    fill(box, "a", range(1, 6))
    fill(box, "b", range(1, 3))
    box.acknowledge("a", Acknowledged(3, 1))
    assert [(row.stream, row.sequence) for row in box.waiting(limit=9)] == [
        ("a", 4),
        ("a", 5),
        ("b", 1),
        ("b", 2),
    ]
    assert box.acknowledged("a") == Acknowledged(3, 1)
    assert box.acknowledged("b") == Acknowledged(0, 0)


def test_an_old_acknowledgement_takes_nothing_back(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    fill(box, "a", range(1, 6))
    box.acknowledge("a", Acknowledged(4, 0))
    box.acknowledge("a", Acknowledged(2, 0))
    assert box.acknowledged("a").upto == 4
    assert box.depth() == 1


def test_the_centres_root_is_kept_with_the_mark_it_belongs_to(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.acknowledge("a", Acknowledged(4, 0, "ab"))
    assert box.acknowledged("a") == Acknowledged(4, 0, "ab")
    box.acknowledge("a", Acknowledged(2, 0, "cd"))
    assert box.acknowledged("a") == Acknowledged(4, 0, "ab")
    box.acknowledge("a", Acknowledged(5, 1, "ef"))
    assert box.acknowledged("a") == Acknowledged(5, 1, "ef")


def test_an_envelope_put_in_twice_waits_once_and_as_the_ledger_holds_it(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    box.insert([Waiting("a", 1, "report", b"altered on the card")])
    box.insert([Waiting("a", 1, "report", b"as signed")])
    assert [row.envelope for row in box.waiting(limit=9)] == [b"as signed"]


def test_it_knows_how_far_each_stream_was_handed_over(tmp_path: Path) -> None:
    box = outbox(tmp_path)
    fill(box, "a", range(1, 6))
    box.acknowledge("a", Acknowledged(5, 0))
    box.acknowledge("b", Acknowledged(2, 0))
    fill(box, "b", range(3, 9))
    assert box.known() == {"a": 5, "b": 8}


def test_whoever_has_a_file_open_that_was_replaced_is_told(tmp_path: Path) -> None:
    uplink = outbox(tmp_path)
    uplink.changes()
    (tmp_path / "outbox" / "outbox.db").rename(tmp_path / "outbox" / "old.db")
    outbox(tmp_path)
    with pytest.raises(StoreError, match="another file was put in its place"):
        uplink.changes()


def test_each_side_sees_what_the_other_wrote(tmp_path: Path) -> None:
    gate, uplink = outbox(tmp_path), outbox(tmp_path)
    before = uplink.changes()
    fill(gate, "a", range(1, 2))
    assert uplink.changes() != before
    uplink.set_link(LinkClass.RECONNECTED)
    assert gate.link() == LinkClass.RECONNECTED
