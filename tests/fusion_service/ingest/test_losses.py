# SPDX-License-Identifier: Apache-2.0
"""What a centre makes of a box that no longer keeps what the centre has lost.

Honest boxes, lying ones, and boxes of version 1.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fusion_service.ledger.lost import GO_ON_AFTER_MS, Why
from fusion_service.ledger.status import LedgerState
from fusion_service.store.set_apart import SEQUENCE_MAX
from fusion_service.store.sqlite.commit.losses import CLAIMS_REFUSED_MAX, SETTLED_AFTER_MS
from fusion_service.store.sqlite.upkeep.backup import restore
from tests.fusion_service.box import Box
from tests.fusion_service.ingest.test_intake import Room
from tests.fusion_service.ingest.test_tampering import Ledger
from tests.fusion_service.ingest.test_versions import old_report
from wire_contract.codec import encode
from wire_contract.merkle import consistency_proof, leaf_hash
from wire_contract.messages.acknowledgement import Acknowledgement, AcknowledgementV1
from wire_contract.messages.purged import Kind, Purged
from wire_contract.messages.state import Link, State
from wire_contract.topics import Channel

STORE = "5a3c7f2e-0d1b-4c6a-8e9f-1b2c3d4e5f60"


class Keeper(Ledger):
    """A box's ledger that can say of a run that it was purged."""

    def node(self, level: int, end: int) -> bytes:
        return self.trees[end - 1].completed(leaf_hash(self.entries[end - 1]))[level]

    def grow(self, upto: int) -> None:
        while len(self.entries) < upto:
            self.log(self.box.envelope(len(self.entries) + 1))

    def claim(self, first: int, last: int, **other: object) -> bytes:
        """Log that a run was purged; return the entry."""
        said = Purged(
            v=2,
            kind=Kind.PURGED,
            site=self.box.site,
            device=self.box.device,
            stream=self.box.stream,
            sequence=len(self.entries) + 1,
            first=first,
            last=last,
            frontier=tuple(one.hex() for one in self.trees[last].hashes),
            proof=tuple(one.hex() for one in consistency_proof(first - 1, last, self.node)),
        )
        self.log(self.box.seal(replace(said, **other)))  # type: ignore[arg-type]  # fields of it
        return self.entries[-1]


class Centre(Room):
    """A centre that can lose its store, and the one box that it knows."""

    def __init__(self, folder: Path, *, path: Path | None = None, box: Box | None = None) -> None:
        super().__init__(path or folder / "fusion.sqlite")
        self.folder = folder
        self.box = self.enrol(box or Box())

    def hear(self, *envelopes: bytes, channel: Channel = Channel.REPORT) -> None:
        for envelope in envelopes:
            self.inbox.send(self.box.topic(channel), envelope)
        self.settle()

    def back(self) -> "Centre":
        """Return the centre on its store as it is now, put back from a copy."""
        copy = self.folder / "again.sqlite"
        restore(self.path, copy)
        return Centre(self.folder, path=copy, box=self.box)

    def signed_before(self, upto: int, *, version: int = 2) -> None:
        """Let the broker have kept an acknowledgement."""
        said = Acknowledgement(2, self.box.stream, upto, 0, None, STORE, upto)
        old = AcknowledgementV1(1, self.box.stream, upto, 0)
        self.inbox.keep(self.box.topic(Channel.ACK), encode(said if version == 2 else old))
        self.settle()

    def lost(self) -> list[tuple[int, int, int, str]]:
        rows = self.reader.lost(after=("", "", "", 0), limit=99)
        return [(row.first, row.last, row.missing, row.why) for row in rows]

    def state(self) -> tuple[LedgerState, int | None, int | None]:
        row = self.reader.device(self.box.site, self.box.device)
        assert row is not None
        assert row.ledger is not None
        return row.ledger.state, row.ledger.first, row.ledger.last

    def upto_now(self) -> int:
        return int(self.sql("SELECT upto FROM stream")[0][0])


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path)
    with made.store:
        yield made


def test_a_run_that_was_purged_is_passed_with_its_proof_and_all_else_is_compared_as_before(
    centre: Centre,
) -> None:
    ledger = Keeper(centre.box)
    ledger.grow(40)
    centre.hear(*ledger.entries[:9])
    with (again := centre.back()).store:
        again.hear(ledger.entries[39])
        assert again.ack(again.box) == Acknowledgement(
            2, ledger.box.stream, 9, 0, ledger.trees[9].root.hex(), again.store.identity, 40
        )
        again.hear(ledger.claim(10, 23), *ledger.entries[23:39])
        assert again.upto_now() == 41
        assert again.lost() == [(10, 23, 14, Why.RESTORED)]
        ledger.grow(50)
        again.hear(*ledger.entries[41:])
        assert again.upto(again.box) == 50
        assert again.sql("SELECT lower(hex(frontier)) FROM stream") == [
            (ledger.trees[50].to_bytes().hex(),)
        ]
        for size in (
            15,
            23,
            24,
            30,
            50,
        ):  # the first lies inside the run, whose roots nobody can know
            again.hear(ledger.note(ledger.head(size)), channel=Channel.CHECKPOINT)
        assert again.sql("SELECT size, verdict FROM checkpoint") == [(50, "agrees")]
        assert again.state() == (LedgerState.LOST, 10, 23)
        assert again.sql("SELECT missing FROM stream") == [(0,)]
        assert again.sql("SELECT count(*) FROM gap") == [(0,)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 12, 31, 32])
def test_every_root_after_the_run_is_known_wherever_the_run_ends(tmp_path: Path, size: int) -> None:
    with (centre := Centre(tmp_path)).store:
        ledger = Keeper(centre.box)
        ledger.grow(max(10, size + 1))
        centre.signed_before(99)
        centre.hear(ledger.claim(1, size), *ledger.entries[size:-1])
        ledger.grow(45)
        centre.hear(*ledger.entries[size:])
        for upto in range(max(size, 1), 46):
            centre.hear(ledger.note(ledger.head(upto)), channel=Channel.CHECKPOINT)
            assert centre.sql("SELECT verdict FROM checkpoint ORDER BY size DESC LIMIT 1") == [
                ("agrees",)
            ]
        assert centre.lost() == [(1, size, size, Why.ACKNOWLEDGED)]


def test_what_came_of_the_run_is_not_lost_and_what_comes_later_is_lost_no_more(
    centre: Centre,
) -> None:
    ledger = Keeper(centre.box)
    ledger.grow(30)
    centre.signed_before(30)
    centre.hear(*ledger.entries[:4], ledger.entries[9], ledger.entries[14])
    centre.hear(ledger.claim(5, 20), *ledger.entries[20:30])
    assert centre.lost() == [
        (5, 9, 5, Why.ACKNOWLEDGED),
        (11, 14, 4, Why.ACKNOWLEDGED),
        (16, 20, 5, Why.ACKNOWLEDGED),
    ]
    centre.hear(ledger.entries[11], ledger.entries[4])
    assert centre.lost() == [
        (6, 9, 4, Why.ACKNOWLEDGED),
        (11, 11, 1, Why.ACKNOWLEDGED),
        (13, 14, 2, Why.ACKNOWLEDGED),
        (16, 20, 5, Why.ACKNOWLEDGED),
    ]
    assert centre.upto_now() == 31
    assert centre.sql("SELECT count(*) FROM report") == [(30 - 12,)]


def test_a_box_that_says_purged_where_nothing_shows_a_loss_withholds(centre: Centre) -> None:
    ledger = Keeper(centre.box)
    ledger.grow(20)
    centre.hear(*ledger.entries[:9], ledger.claim(10, 20))
    assert centre.lost() == [(10, 20, 11, Why.WITHHELD)]
    assert centre.state() == (LedgerState.WITHHELD, 10, 20)
    assert dict(centre.reader.counts().lost)[Why.WITHHELD] == 11


def test_what_goes_beyond_what_was_acknowledged_is_withheld_also_behind_a_true_loss(
    centre: Centre,
) -> None:
    ledger = Keeper(centre.box)
    ledger.grow(20)
    centre.signed_before(14)
    centre.hear(*ledger.entries[:9], ledger.claim(10, 20))
    assert centre.lost() == [(10, 14, 5, Why.ACKNOWLEDGED), (15, 20, 6, Why.WITHHELD)]
    assert centre.state() == (LedgerState.WITHHELD, 15, 20)


def test_a_restore_stands_for_no_loss_that_begins_after_the_stream_was_whole_again(
    centre: Centre,
) -> None:
    ledger = Keeper(centre.box)
    ledger.grow(20)
    centre.hear(*ledger.entries[:9])
    with (again := centre.back()).store:
        (at_ms,) = again.sql("SELECT at_ms FROM restored")[0]
        again.now_ms = at_ms + 1000
        again.hear(*ledger.entries[9:12])  # as a broker that had them still
        again.hear(ledger.claim(13, 20))
        assert again.lost() == [(13, 20, 8, Why.RESTORED)]
        again.now_ms = at_ms + SETTLED_AFTER_MS + 1000
        ledger.grow(30)
        again.hear(ledger.entries[21])
        again.hear(ledger.claim(23, 30))
        assert again.lost()[1:] == [(23, 30, 8, Why.WITHHELD)]


def test_a_claim_waits_for_what_lies_before_it_and_one_that_comes_too_late_changes_nothing(
    centre: Centre,
) -> None:
    ledger = Keeper(centre.box)
    ledger.grow(20)
    centre.signed_before(20)
    centre.hear(*ledger.entries[:4], ledger.claim(9, 14), *ledger.entries[14:20])
    assert (centre.upto_now(), centre.lost()) == (4, [])
    centre.hear(*ledger.entries[4:8])
    assert (centre.upto_now(), centre.lost()) == (21, [(9, 14, 6, Why.ACKNOWLEDGED)])
    centre.hear(ledger.claim(9, 14), ledger.claim(3, 16))
    assert (centre.upto_now(), centre.lost()) == (23, [(9, 14, 6, Why.ACKNOWLEDGED)])


def forged_frontier(ledger: Keeper, first: int, last: int) -> bytes:
    """A box says another tree than the one that it logged, with the honest proof."""
    hashes = [one.hex() for one in ledger.trees[last].hashes]
    return ledger.claim(first, last, frontier=(*hashes[:-1], leaf_hash(b"never signed").hex()))


def another_history(ledger: Keeper, first: int, last: int) -> bytes:
    """A box whose tree before the run is not the one that it published.

    A claim that holds together by itself.
    """
    other = Keeper(
        ledger.box, [b"another %d" % number for number in range(1, len(ledger.entries) + 1)]
    )
    ledger.log(other.claim(first, last))
    return ledger.entries[-1]


@pytest.mark.parametrize("lie", [forged_frontier, another_history])
def test_a_claim_that_does_not_begin_with_our_tree_moves_nothing_and_live_windows_go_on(
    centre: Centre, lie: object
) -> None:
    ledger = Keeper(centre.box)
    ledger.grow(20)
    centre.signed_before(99)
    centre.hear(*ledger.entries[:9], lie(ledger, 10, 20))  # type: ignore[operator]  # one of the two
    assert (centre.upto_now(), centre.lost()) == (9, [])
    assert centre.state() == (LedgerState.DIFFERS, 10, 20)
    ledger.grow(30)
    centre.hear(*ledger.entries[21:])
    assert centre.sql("SELECT count(*) FROM report") == [(9 + 9,)]
    ack = centre.ack(centre.box)
    assert isinstance(ack, Acknowledgement)
    assert (ack.upto, ack.held) == (9, 30)


def test_a_true_claim_after_a_forged_one_is_taken_and_the_forged_one_stays_on_record(
    centre: Centre,
) -> None:
    ledger = Keeper(centre.box)
    ledger.grow(20)
    centre.signed_before(99)
    centre.hear(
        *ledger.entries[:9],
        *(forged_frontier(ledger, 10, 20) for _ in range(CLAIMS_REFUSED_MAX + 3)),
    )
    assert centre.sql("SELECT count(*) FROM claim") == [(CLAIMS_REFUSED_MAX,)]
    centre.hear(ledger.claim(10, 20))
    assert (centre.upto_now(), centre.state()[0]) == (len(ledger.entries), LedgerState.DIFFERS)


def test_a_frontier_made_up_over_entries_that_were_never_logged_falls_at_the_next_checkpoint(
    centre: Centre,
) -> None:
    ledger = Keeper(centre.box)
    ledger.grow(20)
    centre.signed_before(99)
    centre.hear(*ledger.entries[:9])
    # Nine true entries and eleven of its own making: it fits what we hold, and is not what the box
    # logged.
    other = Keeper(centre.box, ledger.entries[:9])
    for number in range(10, 21):
        other.log(b"made up %d" % number)
    lie = other.claim(10, 20)
    ledger.log(lie)
    centre.hear(lie)
    assert centre.upto_now() == 21
    ledger.grow(25)
    centre.hear(*ledger.entries[21:])
    centre.hear(ledger.note(), channel=Channel.CHECKPOINT)
    assert centre.state()[0] is LedgerState.DIFFERS


def test_an_entry_of_the_runs_end_that_is_another_one_here_contradicts_the_claim(
    centre: Centre,
) -> None:
    ledger = Keeper(centre.box)
    ledger.grow(21)
    centre.signed_before(99)
    centre.hear(*ledger.entries[:9], centre.box.seal(centre.box.report(21, start_s=1)))
    centre.hear(ledger.claim(10, 21))
    assert (centre.upto_now(), centre.state()) == (9, (LedgerState.DIFFERS, 10, 21))


def test_a_run_that_no_box_can_have_signed_is_refused_by_name(centre: Centre) -> None:
    ledger = Keeper(centre.box)
    ledger.grow(12)
    centre.hear(*ledger.entries[:9], ledger.claim(10, 12, sequence=SEQUENCE_MAX + 1))
    (letter,) = centre.reader.dead_letters(before_id=2**53, limit=9)
    assert "which no box reaches" in letter.detail
    assert (centre.upto_now(), centre.lost()) == (9, [])


def test_a_store_that_is_empty_takes_a_run_from_the_first_entry(centre: Centre) -> None:
    ledger = Keeper(centre.box)
    ledger.grow(30)
    centre.signed_before(30)
    centre.hear(ledger.claim(1, 30))
    assert (centre.upto_now(), centre.lost()) == (31, [(1, 30, 30, Why.ACKNOWLEDGED)])
    ledger.grow(35)
    centre.hear(*ledger.entries[31:])
    centre.hear(ledger.note(), channel=Channel.CHECKPOINT)
    assert centre.state() == (LedgerState.LOST, 1, 30)


def test_what_the_broker_kept_of_before_is_no_sign_where_the_store_holds_as_much(
    centre: Centre,
) -> None:
    ledger = Keeper(centre.box)
    centre.hear(*ledger.entries)
    centre.signed_before(4)
    centre.signed_before(9)
    assert centre.sql("SELECT count(*) FROM sign") == [(0,)]
    assert centre.totals() == {"report accepted": 9}
    centre.signed_before(12)
    assert (centre.reader.behind(since_ms=0).streams, centre.totals()["ack accepted"]) == (1, 1)
    seen = centre.sql("SELECT seen_ms FROM sign")
    centre.inbox.received_ms += 1000
    centre.signed_before(12)
    assert centre.sql("SELECT seen_ms FROM sign") == seen, (
        "it is news once, however often the centre reconnects"
    )


# --- boxes of version 1 -------------------------------------------------------------------------


def old(centre: Centre, *sequences: int) -> None:
    centre.hear(*(old_report(centre.box, sequence) for sequence in sequences))


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Centre]:
    """A centre with a box of version 1 that will never send 4 to 12 again."""
    made = Centre(tmp_path, box=Box(stream="6f1e4f5c-2f3d-4f0e-9a51-0d5f3a7a9c11"))
    with made.store:
        old(made, 1, 2, 3)
        yield made


def test_a_box_of_version_1_is_acknowledged_past_what_was_acknowledged_before(
    before: Centre,
) -> None:
    before.signed_before(12, version=1)
    old(before, 13)
    assert before.upto(before.box) == 3, "what is under way may come out of order"
    before.now_ms += GO_ON_AFTER_MS
    old(before, 14)
    assert before.ack(before.box) == AcknowledgementV1(1, before.box.stream, 14, 0, None)
    assert before.lost() == [(4, 12, 9, Why.ACKNOWLEDGED)]
    assert before.state() == (LedgerState.LOST, 4, 12)


def test_without_a_sign_a_box_of_version_1_waits_until_somebody_goes_on_by_hand(
    before: Centre,
) -> None:
    old(before, 13)
    before.now_ms += 10 * GO_ON_AFTER_MS
    old(before, 14)
    assert before.upto(before.box) == 3
    assert before.store.go_on("beach", "pier-1", before.now_ms) == 9
    old(before, 14)
    assert before.ack(before.box) == AcknowledgementV1(1, before.box.stream, 14, 0, None)
    assert before.lost() == [(4, 12, 9, Why.BY_HAND)]
    assert before.store.go_on("beach", "pier-1", before.now_ms) == 0


def test_what_a_box_of_version_1_may_still_send_is_waited_for(before: Centre) -> None:
    before.signed_before(10, version=1)
    old(before, 13)
    before.now_ms += 10 * GO_ON_AFTER_MS
    old(before, 14)
    assert (before.upto(before.box), before.lost()) == (3, []), (
        "11 and 12 were never acknowledged: it has them yet"
    )
    old(before, 11, 12)
    assert (before.upto(before.box), before.lost()) == (14, [(4, 10, 7, Why.ACKNOWLEDGED)])


def test_a_box_of_this_version_is_never_passed_without_its_word(centre: Centre) -> None:
    ledger = Keeper(centre.box)
    ledger.grow(20)
    centre.signed_before(19)
    centre.hear(*ledger.entries[:9], ledger.entries[19])
    centre.now_ms += 100 * GO_ON_AFTER_MS
    centre.hear(ledger.entries[19])
    assert (centre.upto_now(), centre.lost()) == (9, [])


# --- who is told --------------------------------------------------------------------------------


def test_on_each_connection_every_stream_is_told_anew_the_one_heard_last_at_the_end(
    centre: Centre,
) -> None:
    first = Keeper(centre.box)
    centre.hear(*first.entries)
    second = Keeper(replace(centre.box, stream=STORE))
    centre.now_ms += 1
    centre.hear(*second.entries[:4])
    centre.inbox.history.clear()
    centre.inbox.reconnect()
    centre.inbox.send(
        centre.box.topic(Channel.STATE), encode(State(1, centre.box.boot, Link.OFFLINE))
    )
    centre.settle()
    assert [(said.stream, said.upto) for said in centre.inbox.history] == [
        (first.box.stream, 9),
        (STORE, 4),
    ]


def test_a_box_that_comes_to_the_broker_is_told_of_all_its_streams(centre: Centre) -> None:
    ledger = Keeper(centre.box)
    centre.hear(*ledger.entries)
    centre.inbox.history.clear()
    for link in (Link.OFFLINE, Link.ONLINE):
        centre.inbox.send(centre.box.topic(Channel.STATE), encode(State(1, centre.box.boot, link)))
    centre.settle()
    assert [(said.stream, said.upto) for said in centre.inbox.history] == [(ledger.box.stream, 9)]
