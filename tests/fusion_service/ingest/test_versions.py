# SPDX-License-Identifier: Apache-2.0
"""Boxes of version 1 before this centre.

What they signed is read, and answered in the words that they know.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from development.fakes.messages import STREAM
from fusion_service.store.sqlite.upkeep.backup import restore
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import Box
from tests.fusion_service.ingest.test_intake import Room
from tests.fusion_service.ingest.test_tampering import Ledger
from tests.wire_contract.test_golden import golden
from wire_contract.messages.acknowledgement import Acknowledgement, AcknowledgementV1
from wire_contract.messages.checkpoint import checkpoint_stream
from wire_contract.topics import Channel


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "fusion.sqlite")
    with made.store:
        yield made


@pytest.fixture
def box(room: Room) -> Box:
    return room.enrol(Box(stream=STREAM))


def old_report(box: Box, sequence: int) -> bytes:
    """Return what a box of version 1 signs: the golden report, with its place in the stream."""
    start = b'"start":%d' % (1_750_000_020 + 60 * sequence)
    payload = golden("report.v1").replace(b'"sequence":7', b'"sequence":%d' % sequence)
    return box.seal_bytes(
        payload.replace(b'"start":1750000020', start).replace(
            b'"pier-1"', b'"%s"' % box.device.encode()
        )
    )


def old_meta(box: Box) -> bytes:
    return box.seal_bytes(golden("meta.v1"), Channel.META)


def test_a_box_of_version_1_is_committed_and_answered_in_version_1(room: Room, box: Box) -> None:
    room.inbox.send(box.topic(Channel.META), old_meta(box))
    for sequence in (2, 3, 4):
        room.inbox.send(box.topic(), old_report(box, sequence))
    room.settle()
    assert room.totals() == {"meta accepted": 1, "report accepted": 3}
    assert [type(said) for said in room.inbox.history] == [AcknowledgementV1]
    assert room.disposed(box) == (4, 0)
    window = room.reader.latest_windows(before_id=2**53, limit=1)[0]
    assert (window.image_quality.rate, [(zone.peak, zone.peak_low) for zone in window.zones]) == (
        2,
        [(21, 18)],
    )
    device = room.reader.device("beach", "pier-1")
    assert device is not None
    assert device.meta is not None
    assert device.meta.model == "person-ssdlite"


def test_a_message_that_comes_again_is_answered_in_its_own_version(room: Room, box: Box) -> None:
    for _ in range(2):
        room.inbox.send(box.topic(), old_report(box, 1))
        room.settle()
    assert room.totals() == {"report accepted": 1, "report duplicate": 1}
    assert {type(said) for said in room.inbox.history} == {AcknowledgementV1}


def test_after_a_box_is_upgraded_both_are_answered_and_what_stays_is_of_today(
    room: Room, box: Box
) -> None:
    room.inbox.send(box.topic(), old_report(box, 1))
    room.inbox.send(box.topic(), box.envelope(2))
    room.settle()
    assert [type(said) for said in room.inbox.history] == [AcknowledgementV1, Acknowledgement]
    assert isinstance(room.ack(box), Acknowledgement)
    assert room.disposed(box) == (2, 0)


def test_a_checkpoint_is_answered_in_the_version_that_the_box_spoke_last(
    room: Room, box: Box
) -> None:
    for entries, kind in (
        ([old_report(box, 1)], AcknowledgementV1),
        ([old_report(box, 1), box.envelope(2)], Acknowledgement),
    ):
        room.inbox.send(box.topic(), entries[-1])
        room.settle()
        room.inbox.history.clear()
        room.inbox.send(box.topic(Channel.CHECKPOINT), Ledger(box, entries).note())
        room.settle()
        assert [type(said) for said in room.inbox.history] == [kind, kind]
        assert [said.stream for said in room.inbox.history] == [checkpoint_stream(STREAM), STREAM]


def test_what_a_box_of_version_1_sends_of_no_use_is_answered_so_that_it_goes_on(
    room: Room, box: Box
) -> None:
    room.inbox.send(
        box.topic(),
        box.seal_bytes(golden("report.v1").replace(b'"level":"standard"', b'"level":"dream"')),
    )
    room.settle()
    (said,) = room.inbox.history
    assert (type(said), said.rejected) == (AcknowledgementV1, 1)


def test_an_answer_names_the_store_and_the_highest_entry_it_holds(room: Room, box: Box) -> None:
    room.send(box, 1, 2, 9)
    said = room.ack(box)
    assert isinstance(said, Acknowledgement)
    assert (said.store, said.upto, said.held) == (room.store.identity, 2, 9)


def test_a_store_keeps_its_name_and_one_put_back_from_a_copy_gets_another(tmp_path: Path) -> None:
    path, copy = tmp_path / "fusion.sqlite", tmp_path / "back.sqlite"
    names = []
    for _ in range(2):
        with Writer(path, size_mib_max=64, dead_letters_max=50) as store:
            names.append(store.identity)
    restore(path, copy)
    with Writer(copy, size_mib_max=64, dead_letters_max=50) as store:
        assert store.identity != names[0] == names[1]


def test_a_purged_run_is_an_entry_like_any_other_and_one_that_contradicts_itself_is_kept_and_named(
    room: Room, box: Box
) -> None:
    purged = golden("purged.v2")
    room.inbox.send(box.topic(), box.seal_bytes(purged))
    room.settle()
    assert room.totals() == {"report accepted": 1}
    assert room.reader.dead_letters(before_id=2**53, limit=9) == []
    assert isinstance(room.ack(box), Acknowledgement)
    room.inbox.send(box.topic(), box.seal_bytes(purged.replace(b'"last":14', b'"last":99')))
    room.settle()
    assert (
        "wanted a run that ends before it"
        in room.reader.dead_letters(before_id=2**53, limit=9)[0].detail
    )
