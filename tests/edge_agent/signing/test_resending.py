# SPDX-License-Identifier: Apache-2.0
"""The gate before a centre that has lost what it had.

Over real files, the centre's word written by the test.
"""

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from development.fakes.clock import FakeClock
from edge_agent.evidence.public_key import PublicKey
from edge_agent.evidence.verify import verify
from edge_agent.keys import SIGNING_PUBLIC
from edge_agent.processes.gate import GateProcess
from edge_agent.signing.resending import CLAIM_EVERY_S, ON_HAND_MAX, RESENT_MAX
from edge_agent.signing.stores import IN_FLIGHT_MAX
from edge_agent.store.heard import Heard, heard_of, keep_heard
from edge_agent.store.layout import LEDGER_FILE
from edge_agent.store.ledger import Ledger
from edge_agent.store.merkle_file import close_ledger
from edge_agent.store.outbox import Acknowledged
from tests.edge_agent.processes.test_gate import LENGTH_S, ORIGIN_S, settings
from wire_contract.codec import decode, open_envelope
from wire_contract.messages.purged import Purged, frontier_after
from wire_contract.topics import Channel

STORE = "5a3c7f2e-0d1b-4c6a-8e9f-1b2c3d4e5f60"


class Box:
    """A gate whose ledger keeps some sixty payloads, and the word of a centre."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, FakeClock(monotonic_s=ORIGIN_S)
        self.begin()

    def kill(self) -> None:
        """End as the kernel ends a process: nothing is closed but the lock."""
        os.close(self.gate.stores.held_fd)

    def begin(self) -> None:
        self.gate = GateProcess(replace(settings(self.folder), store_bytes_max=420_000), self.clock)

    @property
    def stream(self) -> str:
        return self.gate.stores.ledger.stream

    def size(self) -> int:
        return self.gate.stores.ledger.size()

    def windows(self, number: int) -> None:
        """Close so many windows at once, in as few commits as it takes."""
        self.clock.advance(number * LENGTH_S)
        self.gate.close_before(self.gate.slots.next + number)

    def acknowledge(self, upto: int) -> None:
        self.gate.stores.outbox.acknowledge(self.stream, Acknowledged(upto, 0))
        self.gate.release()

    def run(self, entries: int) -> None:
        """Have so many entries signed and acknowledged."""
        while self.size() < entries:
            self.windows(min(entries - self.size(), IN_FLIGHT_MAX))
            self.acknowledge(self.size())

    def lose(self, upto: int, *, held: int = 0, store: str = STORE) -> None:
        """Let the centre hold no more than this."""
        keep_heard(self.gate.stores.outbox, self.stream, Heard(store, upto, max(held, upto)))
        self.gate.stores.outbox.acknowledge(self.stream, Acknowledged(upto, 0))
        self.gate.release()

    def regain(self) -> None:
        keep_heard(self.gate.stores.outbox, self.stream, Heard(STORE))
        self.gate.release()

    def waiting(self) -> list[int]:
        rows = self.gate.stores.outbox.waiting(limit=1000)
        return [row.sequence for row in rows if row.stream == self.stream]

    def oldest(self) -> int:
        return int(self.gate.stores.ledger.row("SELECT MIN(sequence) FROM entry")[0])

    def claims(self) -> list[Purged]:
        key = PublicKey.read(self.folder / "keys" / SIGNING_PUBLIC)
        rows = self.gate.stores.ledger.rows(
            "SELECT envelope FROM entry WHERE instr(envelope, '\"purged\"')"
        )
        return [decode(Purged, open_envelope(Channel.REPORT, row[0], key.verify)) for row in rows]


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_at_most_thirty_two_entries_are_put_out_again_and_live_ones_go_on_beside_them(
    box: Box,
) -> None:
    box.run(60)
    box.lose(10)
    assert box.waiting() == [*range(11, 11 + RESENT_MAX)]
    box.windows(3)
    assert box.waiting() == [*range(11, 43), 61, 62, 63]
    for _ in range(12):  # what is in flight is counted above what the centre holds
        box.windows(20)
        box.lose(10, held=box.size() - 3)
    assert box.size() == 63 + 12 * 20
    # All that waits fits into what the uplink looks at, however long the centre stays behind.
    assert len(box.waiting()) <= RESENT_MAX + ON_HAND_MAX + IN_FLIGHT_MAX + 1


def test_as_the_centre_takes_them_the_next_come_until_it_is_level(box: Box) -> None:
    box.run(100)
    box.lose(10)
    box.lose(41)
    assert box.waiting() == [42]
    box.lose(42)
    assert box.waiting() == [*range(43, 75)]
    box.lose(74)
    assert box.waiting() == [*range(75, 101)]
    box.acknowledge(100)
    box.regain()
    assert box.waiting() == []


def test_live_windows_do_not_wait_for_a_centre_that_stays_behind(box: Box) -> None:
    box.run(60)
    box.lose(10)
    box.windows(IN_FLIGHT_MAX + 20)
    assert box.size() == 60 + IN_FLIGHT_MAX, (
        "as many as may be in flight, above all that was ever acknowledged"
    )
    box.lose(10, held=100)
    assert box.size() == 60 + IN_FLIGHT_MAX + 20


def test_what_was_taken_back_and_has_not_come_is_put_out_again_once_the_centre_is_level(
    box: Box,
) -> None:
    box.run(60)
    box.lose(10)
    box.windows(40)
    box.lose(10, held=100)
    assert 65 not in box.waiting()
    box.acknowledge(64)  # 65 was lost on the way, and the centre holds what lies above
    box.regain()
    assert box.waiting() == [*range(65, 101)]


def test_purging_stops_at_what_the_centre_holds(box: Box) -> None:
    box.run(250)
    oldest = box.oldest()
    assert oldest > 100
    box.lose(oldest + 3)
    for _ in range(5):
        box.windows(40)
        box.lose(oldest + 3, held=box.size())
    assert box.oldest() <= oldest + 4
    box.acknowledge(box.size())
    box.regain()
    box.run(600)
    assert box.oldest() > oldest + 200


def test_a_run_that_was_purged_is_signed_for_once_with_a_proof_however_often_the_box_starts_again(
    box: Box,
) -> None:
    box.run(250)
    first_here = box.oldest()
    root_at_7 = box.gate.stores.ledger.tree(7).root
    box.lose(7)
    for _ in range(4):
        box.gate.close()
        box.begin()
        box.gate.release()
        box.windows(1)
    (claim,) = box.claims()
    assert (claim.first, claim.last, claim.sequence) == (8, first_here - 1, 251)
    assert frontier_after(claim, root_at_7) == box.gate.stores.ledger.tree(first_here - 1)
    assert set(range(first_here, first_here + RESENT_MAX)) | {251} <= set(box.waiting())
    # The centre lost it once more, and holds what came after: it is put out again.
    box.lose(7, held=box.size())
    assert 251 in box.waiting()
    assert len(box.claims()) == 1
    box.lose(20)
    assert [(one.first, one.last) for one in box.claims()] == [
        (8, first_here - 1),
        (21, first_here - 1),
    ]
    for upto in range(
        22, 40
    ):  # an uplink that says anything does not make the gate sign without end
        box.lose(upto)
    assert len(box.claims()) == 2
    box.clock.advance(CLAIM_EVERY_S)
    box.gate.release()
    assert (box.claims()[-1].first, len(box.claims())) == (40, 3)
    box.gate.close()
    assert (
        verify(
            box.folder, box.folder / "keys" / SIGNING_PUBLIC, outbox=box.folder / "outbox.db"
        ).findings
        == ()
    )


def test_before_a_centre_of_version_1_payloads_go_out_again_and_nothing_it_cannot_read_is_signed(
    box: Box,
) -> None:
    box.run(250)
    first_here = box.oldest()
    box.lose(7, store="")
    assert box.claims() == []
    assert box.waiting() == [*range(first_here, first_here + RESENT_MAX)]


def test_a_gate_that_dies_at_any_moment_goes_on_where_the_two_rows_say(box: Box) -> None:
    box.run(100)
    upto, held = 10, 100
    while upto < 100:
        box.lose(upto, held=held)
        seen = box.waiting()
        box.kill()
        box.begin()
        box.gate.release()
        assert set(seen) <= set(box.waiting())
        assert seen[0] == upto + 1
        upto += 23
    box.acknowledge(box.size())
    box.regain()
    assert box.waiting() == []


def test_a_closed_ledger_is_put_out_again_a_few_at_a_time_too(box: Box) -> None:
    box.run(90)
    closed = box.stream
    box.gate.close()
    close_ledger(box.folder, bytes_max=2**20)
    box.begin()
    box.run(5)
    outbox = box.gate.stores.outbox
    for upto in (10, 42, 74):
        keep_heard(outbox, closed, Heard(STORE, upto, upto))
        outbox.acknowledge(closed, Acknowledged(upto, 0))
        box.clock.advance(1.0)
        box.gate.release()
        waiting = [row.sequence for row in outbox.waiting(limit=1000) if row.stream == closed]
        assert waiting == [*range(upto + 1, min(90, upto + RESENT_MAX) + 1)]
    keep_heard(outbox, closed, Heard(STORE))
    outbox.acknowledge(closed, Acknowledged(90, 0))
    assert [row for row in outbox.waiting(limit=1000) if row.stream == closed] == []


def test_an_outbox_of_an_earlier_release_gets_the_row_and_is_level(box: Box) -> None:
    box.run(20)
    box.gate.stores.outbox.change("DROP TABLE heard")
    box.gate.close()
    box.begin()
    assert heard_of(box.gate.stores.outbox, box.stream) == Heard()
    box.run(25)
    box.gate.close()
    with closing(Ledger(box.folder / LEDGER_FILE, bytes_max=2**20)) as ledger:
        assert ledger.size() == 25
