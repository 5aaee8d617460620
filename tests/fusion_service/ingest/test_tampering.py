# SPDX-License-Identifier: Apache-2.0
"""Every way in which what the centre holds can differ from what a box logged.

Each detected, named and located.

Whoever does this holds the box's key or its uplink; the ledger's head is what they cannot bring
into line with both.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion_service.ledger.comparison import CHECKPOINTS_WAITING_MAX
from fusion_service.ledger.status import LedgerRow, LedgerState
from fusion_service.store.rows import StreamState
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.schema.tables import SCHEMA_VERSION
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import Box, line
from tests.fusion_service.ingest.test_intake import Room
from wire_contract.merkle import EMPTY, Frontier, leaf_hash
from wire_contract.messages.checkpoint import Checkpoint, Head, checkpoint_stream, sign_checkpoint
from wire_contract.messages.report import Level
from wire_contract.topics import Channel

COUNT = 9


class Ledger:
    """What the box logged, and the trees over it."""

    def __init__(
        self, box: Box, entries: Sequence[bytes] = (), follows: Head | None = None
    ) -> None:
        self.box, self.follows = box, follows
        self.entries: list[bytes] = []
        self.trees: list[Frontier] = [EMPTY]
        for envelope in entries or [box.envelope(sequence) for sequence in range(1, COUNT + 1)]:
            self.log(envelope)

    def log(self, envelope: bytes) -> None:
        self.entries.append(envelope)
        self.trees.append(self.trees[-1].append(leaf_hash(envelope)))

    def head(self, size: int = -1) -> Head:
        return Head(self.box.stream, self.trees[size].size, self.trees[size].root)

    def note(self, head: Head | None = None) -> bytes:
        checkpoint = Checkpoint(self.box.site, self.box.device, head or self.head(), self.follows)
        return sign_checkpoint(checkpoint, self.box.public_key, self.box.key.sign)


class Centre(Room):
    """An intake with one enrolled box."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.box = self.enrol(Box())

    def hear(self, *envelopes: bytes, channel: Channel = Channel.REPORT) -> None:
        for envelope in envelopes:
            self.inbox.send(self.box.topic(channel), envelope)
        self.settle()

    def see(self, *notes: bytes) -> None:
        self.hear(*notes, channel=Channel.CHECKPOINT)

    def ledger(self) -> LedgerRow:
        row = self.reader.device(self.box.site, self.box.device)
        assert row is not None
        assert row.ledger is not None
        return row.ledger

    def found(self) -> tuple[LedgerState, int | None, int | None]:
        """Return the state and the entries among which the first fault lies."""
        ledger = self.ledger()
        return ledger.state, ledger.first, ledger.last


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path / "fusion.sqlite")
    with made.store:
        yield made


def altered(box: Box, sequence: int) -> bytes:
    """The box's key signs something else than its ledger holds."""
    return box.seal(box.report(sequence, lines=(line(in_count=99),)))


def test_nothing_touched_is_complete(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    centre.hear(*ledger.entries)
    centre.see(ledger.note())
    row = centre.ledger()
    assert (row.state, row.size, row.held, row.note) == (
        LedgerState.COMPLETE,
        COUNT,
        COUNT,
        ledger.note(),
    )


def test_drop_is_located_at_the_entry_that_has_not_come(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    centre.hear(*ledger.entries[:4], *ledger.entries[5:])
    centre.see(ledger.note())
    assert centre.found() == (LedgerState.MISSING, 5, COUNT)
    centre.hear(ledger.entries[4])
    assert centre.found() == (LedgerState.COMPLETE, None, None)


def test_drop_at_the_end_is_located(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    centre.hear(*ledger.entries[:-1])
    centre.see(ledger.note())
    assert centre.found() == (LedgerState.MISSING, COUNT, COUNT)


def test_insert_of_an_entry_that_was_never_logged_is_located_by_the_next_checkpoint(
    centre: Centre,
) -> None:
    ledger = Ledger(centre.box)
    centre.hear(*ledger.entries)
    centre.see(ledger.note())
    centre.hear(altered(centre.box, COUNT + 1))  # sent past the ledger
    ledger.log(centre.box.envelope(COUNT + 1))
    centre.hear(ledger.entries[-1])
    centre.see(ledger.note())
    assert centre.found() == (LedgerState.DIFFERS, COUNT + 1, COUNT + 1)


def test_insert_in_the_middle_moves_all_that_follow_and_is_located(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    others = [
        centre.box.seal(centre.box.report(n, start_s=n - (n > 4))) for n in range(1, COUNT + 2)
    ]
    centre.hear(*ledger.entries[:3])
    centre.see(ledger.note(ledger.head(3)))
    centre.hear(*others[3:])
    centre.see(ledger.note())
    assert centre.found() == (LedgerState.DIFFERS, 4, COUNT)


def test_alter_without_the_key_is_forged_and_leaves_a_gap_where_it_was(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    bent = bytearray(ledger.entries[4])
    bent[60] ^= 1
    centre.hear(*ledger.entries[:4], bytes(bent), *ledger.entries[5:])
    centre.see(ledger.note())
    assert centre.found() == (LedgerState.MISSING, 5, COUNT)
    assert centre.totals()["report forged"] == 1


def test_alter_with_the_key_is_located_between_two_checkpoints(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    for sequence in range(1, COUNT + 1):
        centre.hear(
            altered(centre.box, sequence) if sequence == 5 else ledger.entries[sequence - 1]
        )
        centre.see(ledger.note(ledger.head(sequence)))
    assert centre.found() == (LedgerState.DIFFERS, 5, 5)


def test_swap_on_the_way_does_no_harm(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    centre.see(ledger.note())
    centre.hear(*reversed(ledger.entries))
    assert centre.found() == (LedgerState.COMPLETE, None, None)


def test_swap_of_two_signed_contents_is_located(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    box = centre.box
    swapped = list(ledger.entries)
    swapped[2], swapped[3] = (box.seal(box.report(n, start_s=s)) for n, s in ((3, 4), (4, 3)))
    centre.hear(*ledger.entries[:2])
    centre.see(ledger.note(ledger.head(2)))
    centre.hear(*swapped[2:])
    centre.see(ledger.note(ledger.head(3)), ledger.note())
    assert centre.found() == (LedgerState.DIFFERS, 3, 3)


def test_duplicate_on_the_way_does_no_harm(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    centre.hear(*ledger.entries, *ledger.entries[2:5])
    centre.see(ledger.note(), ledger.note())
    assert centre.found() == (LedgerState.COMPLETE, None, None)
    assert centre.totals()["checkpoint duplicate"] == 1


def test_duplicate_under_the_next_sequence_is_located(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    doubled = centre.box.seal(
        centre.box.report(COUNT + 1, start_s=centre.box.report(COUNT).start_s)
    )
    centre.hear(*ledger.entries)
    centre.see(ledger.note())
    ledger.log(centre.box.envelope(COUNT + 1))
    centre.hear(doubled)
    centre.see(ledger.note())
    assert centre.found() == (LedgerState.DIFFERS, COUNT + 1, COUNT + 1)


def test_fork_of_one_size_is_named_whichever_comes_first(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    centre.hear(*ledger.entries)
    lie = ledger.note(replace(ledger.head(), root=bytes(32)))
    centre.see(ledger.note(), lie)
    assert centre.found() == (LedgerState.FORK, None, COUNT)
    assert {note for (note,) in centre.sql("SELECT note FROM checkpoint")} == {
        ledger.note(),
        lie,
    }  # the evidence, both


def test_fork_before_the_entries_have_come_is_named(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    centre.see(ledger.note(replace(ledger.head(), root=bytes(32))), ledger.note())
    assert centre.found() == (LedgerState.FORK, None, COUNT)


def test_fork_of_an_earlier_size_than_what_agreed_is_named(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    centre.hear(*ledger.entries)
    centre.see(ledger.note())
    centre.see(ledger.note(replace(ledger.head(4), root=bytes(32))))
    assert centre.found() == (LedgerState.FORK, None, 4)


def test_an_earlier_checkpoint_of_the_same_history_does_no_harm(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    centre.hear(*ledger.entries)
    centre.see(ledger.note(), ledger.note(ledger.head(4)))
    assert centre.found() == (LedgerState.COMPLETE, None, None)
    assert centre.sql("SELECT size FROM checkpoint") == [(COUNT,)]


def renewed(centre: Centre, follows: Head | None) -> Ledger:
    """Begin a new stream with the same key."""
    return Ledger(Box(centre.box.site, centre.box.device, key=centre.box.key), follows=follows)


def test_reset_without_the_signed_end_of_the_old_ledger_is_broken_history(centre: Centre) -> None:
    old = Ledger(centre.box)
    centre.hear(*old.entries)
    centre.see(old.note())
    new = renewed(centre, None)
    centre.hear(*new.entries)
    centre.see(new.note())
    row = centre.ledger()
    assert (row.state, row.stream) == (LedgerState.BROKEN_HISTORY, new.box.stream)
    assert f"without the signed end of {old.box.stream}" in row.detail


@pytest.mark.parametrize(
    ("size", "root", "words"),
    [
        (
            COUNT - 1,
            None,
            f"signed at entry {COUNT - 1}, but it went on to {COUNT}",
        ),  # closed before its last entry
        (COUNT, bytes(32), "another root"),  # closed with another content
        (
            COUNT + 3,
            bytes(32),
            f"entries {COUNT + 1} to {COUNT + 3} of",
        ),  # closed with entries that never came
    ],
)
def test_reset_with_a_false_end_is_broken_history(
    centre: Centre, size: int, root: bytes | None, words: str
) -> None:
    old = Ledger(centre.box)
    centre.hear(*old.entries)
    centre.see(old.note())
    new = renewed(centre, Head(old.box.stream, size, root or old.trees[size].root))
    centre.hear(*new.entries)
    centre.see(new.note())
    assert centre.ledger().state is LedgerState.BROKEN_HISTORY
    assert words in centre.ledger().detail


def test_reset_after_another_stream_than_the_last_is_broken_history(centre: Centre) -> None:
    old = Ledger(centre.box)
    centre.hear(*old.entries)
    new = renewed(centre, Head(str(Box().stream), COUNT, bytes(32)))
    centre.see(new.note())
    assert "wanted" in centre.ledger().detail


def test_a_new_ledger_that_carries_the_true_end_is_complete(centre: Centre) -> None:
    old = Ledger(centre.box)
    centre.hear(*old.entries)
    new = renewed(centre, old.head())
    centre.hear(*new.entries)
    centre.see(new.note())
    assert centre.found() == (LedgerState.COMPLETE, None, None)


def test_what_was_wrong_with_an_old_ledger_stays_said(centre: Centre) -> None:
    old = Ledger(centre.box)
    centre.hear(*old.entries)
    centre.see(old.note(), old.note(replace(old.head(), root=bytes(32))))
    new = renewed(centre, old.head())
    centre.hear(*new.entries)
    centre.see(new.note())
    assert (centre.ledger().state, centre.ledger().stream) == (LedgerState.FORK, old.box.stream)


def test_a_forged_checkpoint_is_named_and_changes_nothing(centre: Centre) -> None:
    ledger, stranger = Ledger(centre.box), Box(stream=centre.box.stream)
    centre.hear(*ledger.entries)
    forged = Ledger(stranger).note(replace(ledger.head(), root=bytes(32)))
    bent = ledger.note().replace(b"\n9\n", b"\n8\n")
    elsewhere = sign_checkpoint(
        Checkpoint("beach", "pier-9", ledger.head(), None),
        centre.box.public_key,
        centre.box.key.sign,
    )
    centre.see(forged, bent, elsewhere, b"nonsense", ledger.note() + b"\xe2\x80\x94 x AAAAAAAA\n")
    assert centre.totals()["checkpoint forged"] == 2
    assert centre.totals()["checkpoint malformed"] == 2
    assert centre.totals()["checkpoint unusable"] == 1
    assert centre.found() == (LedgerState.UNKNOWN, None, None)
    assert [letter.channel for letter in centre.reader.dead_letters(before_id=99, limit=9)] == [
        "checkpoint"
    ] * 5


def test_a_stranger_has_no_ledger_here(centre: Centre) -> None:
    stranger = Box(device="pier-9")
    centre.inbox.send(stranger.topic(Channel.CHECKPOINT), Ledger(stranger).note())
    centre.settle()
    assert centre.totals()["checkpoint unknown-device"] == 1


def test_an_entry_that_could_not_be_used_is_still_a_leaf(centre: Centre) -> None:
    box = centre.box
    ledger = Ledger(
        box, [box.envelope(1), box.seal(box.report(2, level=Level.UNCONFINED)), box.envelope(3)]
    )
    centre.hear(*ledger.entries)
    centre.see(ledger.note())
    assert centre.found() == (LedgerState.COMPLETE, None, None)
    acknowledgement = centre.ack(box)
    assert acknowledgement is not None
    assert (acknowledgement.rejected, acknowledgement.root) == (1, ledger.head().root.hex())


def test_a_checkpoint_is_acknowledged_once_it_was_compared(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    published = centre.inbox.history
    centre.see(ledger.note())
    centre.hear(*ledger.entries)
    centre.see(ledger.note(replace(ledger.head(), root=bytes(32))))
    of_checkpoints = [
        (one.upto, one.rejected)
        for one in published
        if one.stream == checkpoint_stream(centre.box.stream)
    ]
    assert of_checkpoints == [(0, 0), (COUNT, 0), (COUNT, 1)]
    assert published[-1].stream == centre.box.stream  # the one that stays retained


def test_checkpoints_that_wait_are_bounded_and_the_newest_stays(centre: Centre) -> None:
    box = centre.box
    ledger = Ledger(
        box, [box.envelope(sequence) for sequence in range(1, 3 * CHECKPOINTS_WAITING_MAX)]
    )
    for size in range(1, len(ledger.trees)):
        centre.see(ledger.note(ledger.head(size)))
    assert centre.sql("SELECT count(*), min(size), max(size) FROM checkpoint") == [
        (CHECKPOINTS_WAITING_MAX, 1, 3 * CHECKPOINTS_WAITING_MAX - 1)
    ]
    centre.hear(*ledger.entries)
    assert centre.found() == (LedgerState.COMPLETE, None, None)
    assert centre.sql("SELECT count(*) FROM checkpoint") == [(1,)]


def test_lies_that_never_end_take_no_room(centre: Centre) -> None:
    ledger = Ledger(centre.box)
    centre.hear(*ledger.entries)
    centre.see(ledger.note())
    for size in range(1, COUNT + 1):
        for number in range(5):
            centre.see(ledger.note(replace(ledger.head(size), root=bytes([number]) * 32)))
    assert centre.ledger().state is LedgerState.FORK
    assert centre.sql("SELECT count(*) FROM checkpoint")[0][0] <= 12


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(1, 8)), st.lists(st.integers(1, 7), max_size=4), st.integers(1, 7))
def test_in_whatever_order_entries_and_checkpoints_come_the_end_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], sizes: list[int], batch: int
) -> None:
    centre = Centre(tmp_path_factory.mktemp("order") / "fusion.sqlite")
    with centre.store:
        ledger = Ledger(centre.box, [centre.box.envelope(sequence) for sequence in range(1, 8)])
        notes = [ledger.note(ledger.head(size)) for size in sizes]
        for start in range(0, 7, batch):
            centre.hear(
                *(ledger.entries[sequence - 1] for sequence in order[start : start + batch])
            )
            if notes:
                centre.see(notes.pop())
        centre.see(ledger.note())
        assert centre.found() == (LedgerState.COMPLETE, None, None)
        row = centre.reader.device("beach", "pier-1")
        assert row is not None
        assert row.stream == StreamState(
            "beach", "pier-1", centre.box.stream, 7, 0, ledger.head().root.hex(), 7
        )


def as_version_6(connection: sqlite3.Connection) -> None:
    """Take away what is kept of a loss: version 7."""
    for table in ("restored", "retired", "sign", "claim", "lost", "anchor"):
        connection.execute(f"DROP TABLE {table}")
    connection.execute("ALTER TABLE stream DROP COLUMN restores")


def as_version_5(connection: sqlite3.Connection) -> None:
    """Take away what version 6 has besides."""
    connection.execute("DROP INDEX report_set_apart")
    connection.execute("DROP INDEX report_by_start")
    connection.execute("CREATE INDEX report_by_start ON report (device_id, start_s)")
    for column in ("boot", "set_apart", "overlaps"):
        connection.execute(f"ALTER TABLE report DROP COLUMN {column}")
    connection.execute("ALTER TABLE device DROP COLUMN last_report")


def as_version_4(connection: sqlite3.Connection) -> None:
    """Take out what version 5 brought.

    The store's name, in which version a box speaks, and the words of version 2.
    """
    connection.execute("DROP TABLE identity")
    connection.execute("ALTER TABLE stream DROP COLUMN version")
    for name in ("code", "observed", "rate", "difficulty"):
        connection.execute(f"ALTER TABLE report RENAME COLUMN quality_{name} TO eye_{name}")
    for end in ("", "_low", "_high"):
        connection.execute(f"ALTER TABLE zone_count RENAME COLUMN peak{end} TO most{end}")


def as_version_3(connection: sqlite3.Connection) -> None:
    """Take out what version 4 brought: gaps, how many came late, lost devices."""
    connection.execute("DROP INDEX report_late")
    connection.execute("DROP TABLE gap")
    connection.execute("ALTER TABLE stream DROP COLUMN missing")
    connection.execute("ALTER TABLE device DROP COLUMN late")
    connection.execute("ALTER TABLE device DROP COLUMN lost_ms")


def as_version_2(connection: sqlite3.Connection) -> None:
    """Take out what version 3 brought: the ends of intervals."""
    for table, counts in (("line_count", ("in", "out")), ("zone_count", ("mean", "most"))):
        for column in (f"{count}_{end}" for count in counts for end in ("low", "high")):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def without_what_became_of_devices(connection: sqlite3.Connection) -> None:
    """Take away what came with the life of a device."""
    connection.execute("ALTER TABLE stream DROP COLUMN former_key")
    connection.execute("ALTER TABLE device DROP COLUMN retired_ms")
    for table in ("former_key", "former_name", "device_event"):
        connection.execute(f"DROP TABLE {table}")


def as_version_1(path: Path) -> None:
    """Turn a store into what version 1 wrote."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in ("source_count", "source", "site_plan", "estimate", "fusion_memory"):
            connection.execute(f"DROP TABLE {table}")
        for table in ("said", "warning", "score", "day", "made", "series"):
            connection.execute(f"DROP TABLE forecast_{table}")
        for table in ("context_value", "context_missing", "context_series"):
            connection.execute(f"DROP TABLE {table}")
        for table in ("shift_outlet", "shift_text", "shift_entry"):
            connection.execute(f"DROP TABLE {table}")
        for table in ("access_text", "access_entry", "session", "access_key", "person"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("DROP TABLE exercise")
        connection.execute("DROP TABLE audit")
        connection.execute("DROP TABLE checkpoint")
        connection.execute("ALTER TABLE stream DROP COLUMN frontier")
        connection.execute("ALTER TABLE entry DROP COLUMN hashes")
        without_what_became_of_devices(connection)
        as_version_6(connection)
        as_version_5(connection)
        as_version_4(connection)
        as_version_3(connection)
        as_version_2(connection)
        connection.execute("PRAGMA user_version = 1")


def test_a_store_of_version_1_keeps_its_data_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "fusion.sqlite"
    centre = Centre(path)
    ledger = Ledger(centre.box)
    with centre.store:
        centre.hear(*ledger.entries[:5])
    as_version_1(path)
    with Writer(path, size_mib_max=64, dead_letters_max=50) as store:
        assert store._connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert store._connection.execute("SELECT count(*) FROM report").fetchone() == (5,)
    again = Room(path)
    with again.store:
        for envelope in ledger.entries[5:]:
            again.inbox.send(centre.box.topic(), envelope)
        again.inbox.send(centre.box.topic(Channel.CHECKPOINT), ledger.note())
        again.settle()
        row = Reader(path).device("beach", "pier-1")
        assert row is not None
        assert row.stream is not None
        assert row.ledger is not None
        assert (row.stream.upto, row.stream.root, row.ledger.state) == (
            COUNT,
            None,
            LedgerState.UNKNOWN,
        )
        assert row.ledger.detail == "the stream began before this store kept trees"
        # A stream that begins now has its tree, and the old one's end is taken at its word but for
        # the number.
        new = Ledger(Box("beach", "pier-1", key=centre.box.key), follows=ledger.head())
        for envelope in new.entries:
            again.inbox.send(new.box.topic(), envelope)
        again.inbox.send(new.box.topic(Channel.CHECKPOINT), new.note())
        again.settle()
        row = Reader(path).device("beach", "pier-1")
        assert row is not None
        assert row.ledger is not None
        assert row.ledger.state is LedgerState.COMPLETE
