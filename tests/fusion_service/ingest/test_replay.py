# SPDX-License-Identifier: Apache-2.0

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fusion_service.ingest.examined import Outcome
from fusion_service.ingest.replay import LETTERS_MAX, replay
from tests.fusion_service.box import START_S, Box
from tests.fusion_service.ingest.test_intake import Room
from wire_contract.messages.report import Level
from wire_contract.topics import Channel

NOW_MS = START_S * 1000 + 99


class Refused:
    """A centre that refused authentic messages of a box.

    Its site was not marked as a test site yet.
    """

    def __init__(self, path: Path) -> None:
        self.room = Room(path)
        self.box = self.room.enrol(Box())

    def send(self, *sequences: int) -> None:
        for sequence in sequences:
            self.room.inbox.send(
                self.box.topic(), self.box.seal(self.box.report(sequence, level=Level.PROCESS))
            )
        self.room.settle()

    def mend(self) -> None:
        """Take away why they were refused; in the field this is a release that understands more."""
        with closing(sqlite3.connect(self.room.path)) as connection, connection:
            connection.execute("UPDATE site SET test = 1")

    def replay(self) -> dict[Outcome, int]:
        return dict(replay(self.room.store, late_after_s=120, now_ms=NOW_MS))


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Refused]:
    made = Refused(tmp_path / "fusion.sqlite")
    with made.room.store:
        yield made


def test_what_has_become_of_use_is_committed_once_and_under_its_own_sequence(
    centre: Refused,
) -> None:
    centre.send(1, 2, 3)
    assert centre.room.disposed(centre.box) == (3, 3)
    root = centre.room.sql("SELECT frontier FROM stream")
    centre.mend()
    assert centre.replay() == {Outcome.ACCEPTED: 3}
    assert centre.replay() == {}
    sequences = (
        "SELECT e.sequence, r.late, r.received_ms FROM report r JOIN entry e ON e.id = r.id ORDER "
        "BY 1"
    )
    assert centre.room.sql(sequences) == [(sequence, 0, START_S * 1000) for sequence in (1, 2, 3)]
    assert centre.room.sql("SELECT reports FROM device") == [(3,)]
    assert centre.room.sql("SELECT frontier FROM stream") == root  # the ledger says what it said
    assert centre.room.sql("SELECT committed_ms FROM batch") == [(NOW_MS,)]
    assert centre.room.reader.counts().dead_letters_replayed == 3
    centre.room.send(
        centre.box, 4
    )  # the box hears with its next report that none is rejected any more
    assert centre.room.disposed(centre.box) == (4, 0)


def test_what_is_still_of_no_use_stays(centre: Refused) -> None:
    centre.send(1)
    assert centre.replay() == {Outcome.UNUSABLE: 1}
    assert centre.room.sql("SELECT count(*) FROM dead_letter") == [(1,)]
    assert centre.room.sql("SELECT rejected FROM stream") == [(1,)]


def test_a_meta_becomes_the_devices_own(centre: Refused) -> None:
    box = centre.box
    centre.room.inbox.send(
        box.topic(Channel.META), box.seal(box.meta(1, level=Level.PROCESS), Channel.META)
    )
    centre.room.settle()
    centre.mend()
    assert centre.replay() == {Outcome.ACCEPTED: 1}
    row = centre.room.reader.device(box.site, box.device)
    assert row is not None
    assert row.meta == box.meta(1, level=Level.PROCESS)
    assert row.stream is not None
    assert (row.stream.upto, row.stream.rejected) == (1, 0)


def test_other_bytes_under_a_sequence_that_is_taken_are_never_let_in(centre: Refused) -> None:
    centre.room.send(centre.box, 1)
    centre.send(1)  # a fork: authentic, and another report under the same sequence
    centre.mend()
    assert centre.replay() == {Outcome.UNUSABLE: 1}
    assert centre.room.sql("SELECT level FROM report") == [(Level.FULL,)]


def test_letters_of_unknown_senders_cannot_be_replayed_and_need_not_be(centre: Refused) -> None:
    stranger = Box("beach", "pier-2")
    centre.room.send(stranger, 1)
    assert centre.room.sql("SELECT authentic, payload FROM dead_letter") == [(0, None)]
    assert centre.replay() == {}
    centre.room.enrol(stranger)
    centre.room.send(stranger, 1)  # never acknowledged, so the box sends it again
    assert centre.room.upto(stranger) == 1


def test_more_letters_than_fit_in_one_commit_are_all_judged(tmp_path: Path) -> None:
    centre = Refused(tmp_path / "fusion.sqlite")
    centre.room.store.close()
    centre.room = Room(tmp_path / "large.sqlite", dead_letters_max=1000)
    centre.room.enrol(centre.box)
    with centre.room.store:
        centre.send(*range(1, LETTERS_MAX + 51))
        centre.mend()
        assert centre.replay() == {Outcome.ACCEPTED: LETTERS_MAX + 50}
