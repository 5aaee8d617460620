# SPDX-License-Identifier: Apache-2.0
"""What comes of a box that was replaced, renamed or retired.

Real store, real signatures, broker in memory.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fusion_service.errors import DeviceError
from fusion_service.ledger.status import LedgerState
from fusion_service.registry.history import KEYS_MAX, shown_key
from fusion_service.store.port import Span
from fusion_service.store.rows import DeviceRow
from tests.fusion_service.box import START_S, Box
from tests.fusion_service.ingest.test_intake import Room
from wire_contract.codec import encode
from wire_contract.merkle import EMPTY, Frontier, leaf_hash
from wire_contract.messages.checkpoint import Checkpoint, Head, sign_checkpoint
from wire_contract.messages.report import Level
from wire_contract.messages.state import State
from wire_contract.topics import Channel

NAME = ("beach", "pier-1")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "fusion.sqlite")
    with made.store:
        yield made


@pytest.fixture
def box(room: Room) -> Box:
    return room.enrol(Box())


def shown(room: Room, name: tuple[str, str] = NAME) -> DeviceRow:
    row = room.reader.device(*name)
    assert row is not None
    return row


def at(room: Room, window: int) -> None:
    """Set the centre's clock to the end of a window."""
    room.now_ms = room.inbox.received_ms = (START_S + 60 * (window + 1)) * 1000


def replaced(room: Room, old: Box, *, window: int) -> Box:
    """Put another box in the place of one, at the end of a window."""
    at(room, window)
    new = Box(old.site, old.device)
    with room.store.transaction() as transaction:
        assert transaction.devices.replace(old.site, old.device, new.public_key, room.now_ms)
    return new


def send_window(
    room: Room, box: Box, sequence: int, window: int, name: tuple[str, str] = NAME
) -> None:
    report = replace(
        box.report(sequence, start_s=START_S + 60 * window, level=Level.STANDARD),
        site=name[0],
        device=name[1],
    )
    room.inbox.send(box.topic(), box.seal(report))
    room.settle()


def checkpoint(box: Box, tree: Frontier) -> bytes:
    one = Checkpoint(box.site, box.device, Head(box.stream, tree.size, tree.root), None)
    return sign_checkpoint(one, box.public_key, box.key.sign)


def sums(room: Room, name: tuple[str, str] = NAME) -> list[tuple[int, int | None]]:
    span = Span(*name, START_S, START_S + 600, 60)
    return [(step.step, step.entered.total) for step in room.reader.line_steps(span, "door") or []]


# --- replaced


def test_a_replaced_box_goes_on_with_the_history_of_its_place(room: Room, box: Box) -> None:
    for window in range(3):
        send_window(room, box, window + 1, window)
    new = replaced(room, box, window=3)
    for window in range(4, 7):
        at(room, window)
        send_window(room, new, window - 3, window)
    assert sums(room) == [(step, 1) for step in (0, 1, 2, 4, 5, 6)]
    windows = room.reader.device_windows(shown(room).id, before=(2**40, 0), limit=50)
    assert [(one.site, one.device) for one in windows] == [NAME] * 6
    assert {one.stream for one in windows} == {box.stream, new.stream}
    row = shown(room)
    assert (row.reports, row.stream and row.stream.stream) == (6, new.stream)
    assert [one.event for one in row.history] == ["enrolled", "replaced"]
    assert (
        row.history[1].detail == f"key {shown_key(box.public_key)} by {shown_key(new.public_key)}"
    )


def test_what_the_box_before_counted_until_then_still_counts_and_is_acknowledged(
    room: Room, box: Box
) -> None:
    send_window(room, box, 1, 0)
    new = replaced(room, box, window=3)
    at(room, 4)
    send_window(room, new, 1, 4)
    send_window(room, box, 2, 3)
    assert sums(room) == [(0, 1), (3, 1), (4, 1)]
    acknowledged = room.ack(box)
    assert acknowledged is not None
    assert (acknowledged.stream, acknowledged.upto) == (box.stream, 2)
    row = shown(room)
    assert row.last_window is not None
    assert (row.last_window.stream, row.last_window.start_s) == (new.stream, START_S + 240)
    assert row.stream is not None
    assert row.stream.stream == new.stream


@pytest.mark.parametrize("window", [3, 4, 100])
def test_a_window_that_ended_after_the_swap_is_refused_by_name(
    room: Room, box: Box, window: int
) -> None:
    replaced(room, box, window=2)
    at(room, 200)
    send_window(room, box, 1, window)
    assert room.totals() == {"report replaced-device": 1}
    assert room.ack(box) is None
    (letter,) = room.reader.dead_letters(before_id=2**40, limit=5)
    assert (letter.authentic, letter.reason) == (False, "replaced-device")


def test_the_key_of_before_cannot_speak_in_the_stream_of_the_box_that_is_there(
    room: Room, box: Box
) -> None:
    new = replaced(room, box, window=9)
    send_window(room, new, 1, 10)
    thief = Box(stream=new.stream, key=box.key)
    send_window(room, thief, 2, 5)
    at(room, 11)
    send_window(room, new, 2, 11)
    assert room.totals() == {"report accepted": 2, "report replaced-device": 1}
    assert sums(room)[-1:] != [(5, 1)]


def test_a_late_meta_of_the_box_before_is_not_what_the_device_says_of_itself(
    room: Room, box: Box
) -> None:
    new = replaced(room, box, window=0)
    room.inbox.send(new.topic(Channel.META), new.seal(new.meta(1, software="2.0"), Channel.META))
    room.inbox.send(box.topic(Channel.META), box.seal(box.meta(1, software="1.0"), Channel.META))
    room.settle()
    meta = shown(room).meta
    assert meta is not None
    assert meta.software == "2.0"
    assert room.totals() == {"meta accepted": 2}


def test_the_ledger_of_a_new_box_is_no_broken_history(room: Room, box: Box) -> None:
    send_window(room, box, 1, 0)
    old_tree = EMPTY.append(
        leaf_hash(box.seal(box.report(1, start_s=START_S, level=Level.STANDARD)))
    )
    # One entry that the old box logged never comes.
    room.inbox.send(
        box.topic(Channel.CHECKPOINT),
        checkpoint(box, old_tree.append(leaf_hash(b"kept to itself"))),
    )
    room.settle()
    ledger = shown(room).ledger
    assert ledger is not None
    assert ledger.state is LedgerState.MISSING
    new = replaced(room, box, window=3)
    send_window(room, new, 1, 4)
    tree = EMPTY.append(
        leaf_hash(new.seal(new.report(1, start_s=START_S + 240, level=Level.STANDARD)))
    )
    room.inbox.send(new.topic(Channel.CHECKPOINT), checkpoint(new, tree))
    room.settle()
    ledger = shown(room).ledger
    assert ledger is not None
    assert (ledger.state, ledger.stream) == (LedgerState.COMPLETE, new.stream)
    # What the old box signed and cannot be true is still told.
    room.inbox.send(
        box.topic(Channel.CHECKPOINT), checkpoint(box, EMPTY.append(leaf_hash(b"another")))
    )
    room.settle()
    ledger = shown(room).ledger
    assert ledger is not None
    assert ledger.state in {LedgerState.FORK, LedgerState.DIFFERS}


def test_of_a_box_that_was_lost_and_replaced_nothing_counts_any_more(room: Room, box: Box) -> None:
    send_window(room, box, 1, 0)
    room.store.set_lost(*NAME, room.now_ms)
    new = replaced(room, box, window=3)
    send_window(room, box, 2, 1)
    room.inbox.send(box.topic(Channel.CHECKPOINT), checkpoint(box, EMPTY.append(leaf_hash(b"x"))))
    room.settle()
    send_window(room, new, 1, 4)
    row = shown(room)
    assert (row.lost_ms, row.reports) == (None, 2)
    assert room.totals() == {
        "report accepted": 2,
        "report replaced-device": 1,
        "checkpoint replaced-device": 1,
    }
    assert [one.event for one in row.history] == ["enrolled", "lost", "replaced"]


def test_a_board_that_was_changed_under_its_ledger_goes_on_in_its_stream(
    room: Room, box: Box
) -> None:
    send_window(room, box, 1, 0)
    board = replaced(room, box, window=1)
    board.stream = box.stream
    send_window(room, board, 2, 2)
    row = shown(room)
    assert row.last_window is not None
    assert (row.last_window.sequence, row.stream and row.stream.upto) == (2, 2)
    # The stream is the new key's from then on.
    send_window(room, box, 3, 0)
    assert room.totals() == {"report accepted": 2, "report replaced-device": 1}


def test_a_key_that_was_replaced_does_not_come_back_and_no_name_is_replaced_without_end(
    room: Room, box: Box
) -> None:
    keys = [Box().public_key for _ in range(KEYS_MAX)]
    with room.store.transaction() as transaction:
        for key in keys:
            assert transaction.devices.replace(*NAME, key, room.now_ms)
        assert not transaction.devices.replace(*NAME, keys[-1], room.now_ms)
        with pytest.raises(DeviceError, match="not taken twice"):
            transaction.devices.replace(*NAME, box.public_key, room.now_ms)
        with pytest.raises(DeviceError, match="give the box a new name"):
            transaction.devices.replace(*NAME, Box().public_key, room.now_ms)
        with pytest.raises(DeviceError, match="not enrolled"):
            transaction.devices.replace("beach", "else", Box().public_key, room.now_ms)


def test_a_forgery_is_still_a_forgery_at_a_device_with_many_keys(room: Room, box: Box) -> None:
    replaced(room, box, window=1)
    send_window(room, Box(), 1, 0)
    assert room.totals() == {"report forged": 1}


# --- renamed


def rename(room: Room, before: tuple[str, str], after: tuple[str, str]) -> None:
    with room.store.transaction() as transaction:
        transaction.devices.rename(before, after, room.now_ms)


def test_a_renamed_box_counts_under_its_old_name_and_then_under_the_new_one(
    room: Room, box: Box
) -> None:
    new_name = ("harbour", "gate-7")
    send_window(room, box, 1, 0)
    rename(room, NAME, new_name)
    assert room.reader.device(*NAME) is None
    # The box knows nothing of it, and hears its acknowledgement where it listens.
    send_window(room, box, 2, 1)
    assert room.upto(box) == 2
    # Then somebody comes; what it had signed before waits in its outbox, and goes out under the new
    # name.
    box.site, box.device = new_name
    send_window(room, box, 3, 2, NAME)
    send_window(room, box, 4, 3, new_name)
    assert room.upto(box) == 4
    assert sums(room, new_name) == [(step, 1) for step in range(4)]
    row = shown(room, new_name)
    assert (row.reports, row.former_names) == (4, ("/".join(NAME),))
    assert [(one.event, one.detail) for one in row.history[1:]] == [
        ("renamed", "beach/pier-1 to harbour/gate-7")
    ]
    assert room.totals() == {"report accepted": 4}


def test_what_the_broker_retains_under_the_name_that_was_left_says_nothing_of_the_connection(
    room: Room, box: Box
) -> None:
    old_topic = box.topic(Channel.STATE)
    rename(room, NAME, ("beach", "pier-2"))
    room.inbox.send(old_topic, encode(State(1, box.boot, "online")))
    room.settle()
    assert shown(room, ("beach", "pier-2")).link == "online"
    box.device = "pier-2"
    send_window(room, box, 1, 0, ("beach", "pier-2"))
    room.inbox.send(box.topic(Channel.STATE), encode(State(1, box.boot, "online")))
    room.inbox.send(old_topic, encode(State(1, box.boot, "offline")))
    room.settle()
    assert shown(room, ("beach", "pier-2")).link == "online"


def test_a_name_that_is_taken_or_was_somebody_elses_is_refused(room: Room, box: Box) -> None:
    other = room.enrol(Box(device="pier-2"))
    with pytest.raises(DeviceError, match="another device already"):
        rename(room, NAME, ("beach", "pier-2"))
    rename(room, NAME, ("beach", "pier-9"))
    with pytest.raises(DeviceError, match="was called before"):
        room.enrol(Box())
    with pytest.raises(DeviceError, match="was called before"):
        rename(room, ("beach", "pier-2"), NAME)
    rename(room, ("beach", "pier-9"), NAME)
    send_window(room, box, 1, 0)
    room.send(other, 1)
    assert room.totals() == {"report accepted": 2}
    # Another site of the same kind only: what was committed would change its meaning.
    room.enrol(Box(site="test-site"), test_site=True)
    with pytest.raises(DeviceError, match="not a test site"):
        rename(room, NAME, ("test-site", "pier-1"))


def test_a_box_cannot_say_under_its_name_what_another_is_called(room: Room, box: Box) -> None:
    room.enrol(Box(device="pier-2"))
    send_window(room, box, 1, 0, ("beach", "pier-2"))
    assert room.totals() == {"report unusable": 1}


# --- retired


def test_what_a_retired_box_still_sends_is_refused_by_name_and_what_it_counted_stays(
    room: Room, box: Box
) -> None:
    send_window(room, box, 1, 0)
    send_window(room, box, 3, 2)
    assert len(room.reader.gaps(after=("", "", "", 0), limit=5)) == 1
    with room.store.transaction() as transaction:
        assert transaction.devices.retire(*NAME, room.now_ms)
        assert not transaction.devices.retire(*NAME, room.now_ms)
    room.inbox.published.clear()
    send_window(room, box, 2, 1)
    room.inbox.send(box.topic(Channel.META), box.seal(box.meta(4), Channel.META))
    room.inbox.send(box.topic(Channel.STATE), encode(State(1, box.boot, "online")))
    room.inbox.send(box.topic(Channel.CHECKPOINT), checkpoint(box, EMPTY.append(leaf_hash(b"x"))))
    room.settle()
    refused = {
        f"{channel} retired-device": 1 for channel in ("report", "meta", "state", "checkpoint")
    }
    assert room.totals() == {"report accepted": 2} | refused
    assert room.ack(box) is None
    assert sums(room) == [(0, 1), (2, 1)]
    # Nothing of it is waited for.
    counts = room.reader.counts()
    assert (counts.devices, counts.gaps, counts.missing) == (0, 0, 0)
    assert room.reader.gaps(after=("", "", "", 0), limit=5) == []
    assert room.reader.fleet(devices_max=5).devices == ()
    with room.store.transaction() as transaction:
        assert transaction.devices.reinstate(*NAME, room.now_ms)
    send_window(room, box, 2, 1)
    assert room.upto(box) == 3
    assert [one.event for one in shown(room).history] == ["enrolled", "retired", "reinstated"]


def test_another_box_may_take_the_place_of_a_retired_one_and_no_one_slips_in(
    room: Room, box: Box
) -> None:
    send_window(room, box, 1, 0)
    with room.store.transaction() as transaction:
        transaction.devices.retire(*NAME, room.now_ms)
    for other in (Box(), box):
        with pytest.raises(DeviceError, match="is retired"):
            room.enrol(other)
    new = replaced(room, box, window=3)
    send_window(room, new, 1, 4)
    row = shown(room)
    assert (row.retired_ms, row.reports) == (None, 2)


def test_what_is_taken_back_at_the_broker_is_counted_and_leaves_no_dead_letter(
    room: Room, box: Box
) -> None:
    for channel in (Channel.STATE, Channel.META, Channel.CHECKPOINT, Channel.REPORT):
        room.inbox.send(box.topic(channel), b"")
    room.settle()
    cleared = {f"{channel} cleared": 1 for channel in ("state", "meta", "checkpoint")}
    assert room.totals() == cleared | {"report malformed": 1}
    assert len(room.reader.dead_letters(before_id=2**40, limit=9)) == 1
