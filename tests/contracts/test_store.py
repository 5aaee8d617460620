# SPDX-License-Identifier: Apache-2.0
"""What the centre relies on of whatever keeps its counts, held by every store behind the port.

A second store is one line in `STORES`. Nothing here knows a table.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fusion_service.errors import DeviceError
from fusion_service.ledger.lost import Why
from fusion_service.ledger.status import CheckpointVerdict, LedgerState
from fusion_service.store.batch import (
    Applied,
    Asked,
    AskedEntry,
    KeptAhead,
    Known,
    Moving,
    NewCheckpoint,
    NewClaim,
    NewEntry,
    NewStream,
    Plan,
)
from fusion_service.store.port import Archive, Span, Store
from fusion_service.store.rows import Compared, DeadLetter, StreamState
from fusion_service.store.set_apart import Apart
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import START_S, Box, line, zone
from tests.fusion_service.keeping import keep, plan_of
from wire_contract.codec import encode
from wire_contract.merkle import EMPTY, Frontier, consistency_proof
from wire_contract.messages.purged import Kind, Purged
from wire_contract.messages.report import VERSION, Clock, Report
from wire_contract.messages.state import Link, State

LETTERS_MAX = 10
EVERYTHING = ("", "", "", 0)

Opening = Callable[[Path], tuple[AbstractContextManager[Store], Archive]]


def sqlite(folder: Path) -> tuple[AbstractContextManager[Store], Archive]:
    path = folder / "fusion.sqlite"
    return Writer(path, size_mib_max=64, dead_letters_max=LETTERS_MAX), Reader(path)


STORES: tuple[Opening, ...] = (sqlite,)


@dataclass
class Shelf:
    """A store with one device, and both sides of its port."""

    store: Store
    archive: Archive
    box: Box = field(default_factory=Box)
    device: int = 0

    def __post_init__(self) -> None:
        self.store.add_device(
            self.box.site, self.box.device, self.box.public_key, test_site=True, added_ms=5
        )
        device = self.archive.device_id(self.box.site, self.box.device)
        assert device is not None
        self.device = device

    @property
    def stream(self) -> tuple[int, str]:
        return self.device, self.box.stream

    def keep(self, *reports: Report, received_ms: int = 0) -> Applied:
        return keep(self.store, self.device, *reports, received_ms=received_ms)

    def dispose(self, *sequences: int, now_ms: int = 0) -> StreamState:
        """Dispose of sequences, keeping their hashes alone; return how far the stream is."""
        is_new = self.box.stream not in {key[1] for key in self.known().former_keys}
        plan = Plan(now_ms)
        plan.streams += [NewStream(self.stream, now_ms, None)] if is_new else []
        plan.entries += [NewEntry(self.stream, one, leaf(one), leaf(one)) for one in sequences]
        plan.moving.append(Moving(self.stream, 2, is_compared=False))
        (moved,) = self.apply(plan).moved
        return moved.state

    def known(self, *sequences: int) -> Known:
        entries = [AskedEntry(one, leaf(one), b"") for one in sequences]
        with self.store.transaction() as transaction:
            return transaction.load(Asked({self.stream: entries}, {self.stream: []}))

    def apply(self, plan: Plan) -> Applied:
        with self.store.transaction() as transaction:
            return transaction.apply(plan)

    def compare(self, *checkpoints: tuple[int, bytes]) -> Compared | None:
        plan = Plan(0)
        plan.checkpoints += [
            NewCheckpoint(self.stream, size, root, b"note", CheckpointVerdict.PENDING, 0)
            for size, root in checkpoints
        ]
        plan.moving.append(Moving(self.stream, None, is_compared=True))
        (moved,) = self.apply(plan).moved
        return moved.compared

    def span(self, step_s: int = 600) -> Span:
        return Span(self.box.site, self.box.device, START_S, START_S + 3_600, step_s)


@pytest.fixture(params=STORES, ids=lambda opening: opening.__name__)
def opening(request: pytest.FixtureRequest) -> Opening:
    chosen: Opening = request.param
    return chosen


@pytest.fixture
def shelf(opening: Opening, tmp_path: Path) -> Iterator[Shelf]:
    opened, archive = opening(tmp_path)
    with opened as store:
        yield Shelf(store, archive)


def leaf(sequence: int) -> bytes:
    return hashlib.sha256(b"%d" % sequence).digest()


def tree(size: int) -> Frontier:
    grown, _ = EMPTY.grown(leaf(sequence) for sequence in range(1, size + 1))
    return grown


def letter(number: int, *, authentic: bool = False) -> DeadLetter:
    payload = b"%d" % number
    sha256 = hashlib.sha256(payload).digest()
    kept = payload if authentic else None
    return DeadLetter("beach", "pier-1", "report", "forged", "", sha256, 1, b"", kept, number)


# --- one commit


def test_what_was_applied_is_known_to_the_next_commit(shelf: Shelf) -> None:
    assert shelf.known(1).former_keys == {}
    shelf.dispose(1)
    known = shelf.known(1, 2)
    assert known.former_keys == {shelf.stream: None}
    assert known.devices[shelf.device].streams == 1
    assert {one: held.sha256 for one, held in known.entries[shelf.stream].items()} == {1: leaf(1)}
    assert not known.entries[shelf.stream][1].has_report


def test_a_commit_that_fails_leaves_nothing(shelf: Shelf) -> None:
    plan = plan_of(shelf.device, shelf.box.report(1))
    plan.streams.append(NewStream(shelf.stream, 0, None))
    with suppress(ZeroDivisionError), shelf.store.transaction() as transaction:
        transaction.apply(plan)
        raise ZeroDivisionError
    assert shelf.known(1).former_keys == {}
    assert shelf.archive.outcomes() == []
    assert shelf.archive.latest_windows(before_id=2**53, limit=5) == []


def test_a_store_keeps_its_name_and_what_it_holds(opening: Opening, tmp_path: Path) -> None:
    names = []
    for _ in range(2):
        opened, archive = opening(tmp_path)
        with opened as store:
            names.append(store.identity)
            store.add_device("beach", "pier-1", bytes(32), test_site=False, added_ms=5)
            assert archive.device_id("beach", "pier-1") is not None
    assert names[0] == names[1] != ""


# --- streams


def test_a_stream_goes_as_far_as_nothing_is_missing_and_its_tree_with_it(shelf: Shelf) -> None:
    assert shelf.dispose(1, 2, 3).root == tree(3).root.hex()
    held = shelf.dispose(5, 7, now_ms=9)
    assert (held.upto, held.held, held.root) == (3, 7, tree(3).root.hex())
    assert [(gap.first, gap.last, gap.since_ms) for gap in shelf.archive.gaps(
        after=EVERYTHING, limit=5
    )] == [(4, 4, 9), (6, 6, 9)]  # fmt: skip
    assert shelf.dispose(4).upto == 5
    assert shelf.dispose(6).root == tree(7).root.hex()
    assert shelf.archive.gaps(after=EVERYTHING, limit=5) == []
    assert shelf.archive.counts().missing == 0


@pytest.mark.parametrize("order", [(1, 2, 3, 4, 5, 6), (6, 5, 4, 3, 2, 1), (2, 1, 5, 6, 4, 3)])
@pytest.mark.parametrize("at_once", [1, 2, 3, 6])
def test_the_tree_is_the_same_in_whatever_order_its_entries_come(
    shelf: Shelf, order: tuple[int, ...], at_once: int
) -> None:
    for start in range(0, len(order), at_once):
        state = shelf.dispose(*order[start : start + at_once])
    assert (state.upto, state.root) == (6, tree(6).root.hex())
    assert shelf.compare(*((size, tree(size).root) for size in range(1, 7))) == Compared(6, 0)


def test_checkpoints_wait_for_entries_and_are_judged_by_the_tree(shelf: Shelf) -> None:
    shelf.dispose(1, 2)
    assert shelf.compare((4, tree(4).root)) == Compared(0, 0)
    kept = shelf.known().checkpoints[shelf.stream]
    assert [(one.size, one.verdict) for one in kept] == [(4, CheckpointVerdict.PENDING)]
    shelf.dispose(3, 4)
    assert shelf.compare() == Compared(4, 0)
    shelf.dispose(5)
    assert shelf.compare((5, bytes(32))) == Compared(5, 1)


def test_who_goes_on_by_hand_loses_what_is_missing_by_name(shelf: Shelf) -> None:
    shelf.dispose(1, 4)
    assert shelf.store.go_on(shelf.box.site, shelf.box.device, 7) == 2
    (lost,) = shelf.archive.lost(after=EVERYTHING, limit=5)
    assert (lost.first, lost.last, lost.missing, lost.why) == (2, 3, 2, Why.BY_HAND)
    assert shelf.dispose(5).upto == 5
    with pytest.raises(DeviceError, match="not enrolled"):
        shelf.store.go_on("beach", "else", 7)


def test_an_acknowledgement_beyond_what_is_here_is_told_until_it_is_here(shelf: Shelf) -> None:
    shelf.dispose(1)
    place = (shelf.box.site, shelf.box.device, shelf.box.stream)
    with shelf.store.transaction() as transaction:
        assert transaction.load(Asked(places=[place])).upto == {place: 1}
        transaction.apply(Plan(3, ahead=[KeptAhead(place, 2, "store", 3)]))
    assert shelf.archive.behind(since_ms=0).streams == 1
    shelf.dispose(2)
    assert shelf.archive.behind(since_ms=0).streams == 0


def test_every_stream_says_how_far_it_is_the_one_heard_last_at_the_end(shelf: Shelf) -> None:
    shelf.dispose(1, now_ms=1)
    older, shelf.box.stream = shelf.box.stream, Box().stream
    shelf.dispose(1, 2, now_ms=2)
    states = [shelf.store.state(one) for one in shelf.store.streams()]
    assert [(state.stream, state.upto, version) for state, version in states] == [
        (older, 1, 2),
        (shelf.box.stream, 2, 2),
    ]
    applied = shelf.apply(Plan(3, online=[shelf.device]))
    assert list(applied.online[shelf.device]) == states


def claim(shelf: Shelf, first: int, last: int) -> Purged:
    """Say that a box has purged a run."""

    def node(level: int, end: int) -> bytes:
        return tree(end - 1).completed(leaf(end))[level]

    return Purged(
        v=VERSION,
        kind=Kind.PURGED,
        site=shelf.box.site,
        device=shelf.box.device,
        stream=shelf.box.stream,
        sequence=last + 1,
        first=first,
        last=last,
        frontier=tuple(one.hex() for one in tree(last).hashes),
        proof=tuple(one.hex() for one in consistency_proof(first - 1, last, node)),
    )


def purge(shelf: Shelf, said: Purged) -> StreamState:
    """Commit a claim under its entry; return how far the stream is then."""
    plan = Plan(0)
    one = leaf(said.sequence)
    plan.entries.append(NewEntry(shelf.stream, said.sequence, one, one))
    plan.claims.append(NewClaim(shelf.stream, said, encode(said), 0))
    plan.moving.append(Moving(shelf.stream, 2, is_compared=False))
    (moved,) = shelf.apply(plan).moved
    return moved.state


def test_a_purged_run_is_passed_where_its_tree_begins_with_ours(shelf: Shelf) -> None:
    shelf.dispose(1, 2, 3)
    state = purge(shelf, claim(shelf, 4, 6))
    assert (state.upto, state.root) == (7, tree(7).root.hex())
    (lost,) = shelf.archive.lost(after=EVERYTHING, limit=5)
    assert (lost.first, lost.last, lost.missing, lost.why) == (4, 6, 3, Why.WITHHELD)
    assert shelf.dispose(8).root == tree(8).root.hex()
    # What comes after all is lost no more.
    shelf.dispose(5)
    runs = shelf.archive.lost(after=EVERYTHING, limit=5)
    assert [(run.first, run.last) for run in runs] == [(4, 4), (6, 6)]


def test_a_purged_run_that_contradicts_our_tree_is_not_passed_and_is_shown(shelf: Shelf) -> None:
    shelf.dispose(1, 2, 3)
    lie = replace(claim(shelf, 4, 6), frontier=tuple(bytes(32).hex() for _ in tree(6).hashes))
    assert purge(shelf, lie).upto == 3
    row = shelf.archive.device(shelf.box.site, shelf.box.device)
    assert row is not None
    assert row.ledger is not None
    assert (row.ledger.state, row.ledger.first) == (LedgerState.DIFFERS, 4)
    assert shelf.archive.lost(after=EVERYTHING, limit=5) == []


# --- reports


def test_a_report_is_read_as_it_was_written(shelf: Shelf) -> None:
    report = shelf.box.report(1, start_s=START_S)
    applied = shelf.keep(report, received_ms=11)
    assert applied.batch_id is not None
    shelf.store.stamp(applied.batch_id, 12)
    (window,) = shelf.archive.latest_windows(before_id=2**53, limit=5)
    assert (window.sequence, window.start_s, window.received_ms, window.committed_ms) == (
        1,
        START_S,
        11,
        12,
    )
    assert (window.image_quality, window.health) == (report.image_quality, report.health)
    assert [(one.line, one.in_count, one.in_low, one.in_high) for one in window.lines] == [
        (one.id, one.in_count, one.in_low, one.in_high) for one in report.lines
    ]
    assert [(one.zone, one.mean, one.peak) for one in window.zones] == [
        (one.id, one.mean, one.peak) for one in report.zones
    ]
    row = shelf.archive.device(shelf.box.site, shelf.box.device)
    assert row is not None
    assert row.last_window == window
    assert shelf.known(1).entries[shelf.stream][1].has_report


def test_a_series_sums_each_step_and_leaves_out_what_holds_no_count(shelf: Shelf) -> None:
    shelf.keep(
        shelf.box.report(1, start_s=START_S, lines=(line("door", 3, 1),)),
        shelf.box.report(2, start_s=START_S + 60, lines=(line("door", 4, 0),)),
        shelf.box.report(3, start_s=START_S + 120, code=2, lines=(line("door", 9, 9),)),
        shelf.box.report(4, start_s=START_S + 600, zones=(zone("square", 6, 8),), lines=()),
    )
    first, second = shelf.archive.line_steps(shelf.span(), "door") or []
    assert (first.step, first.entered.total, first.left.total) == (0, 7, 1)
    assert (first.coverage.windows, first.coverage.not_counted) == (3, 1)
    assert (second.step, second.entered.total, second.coverage.windows) == (1, None, 1)
    zones = shelf.archive.zone_steps(shelf.span(), "square") or []
    assert (zones[1].means.total, zones[1].peak, zones[1].peak_windows) == (6 * 60, 8, 1)
    assert shelf.archive.line_steps(Span("beach", "else", 0, 9, 1), "door") is None


def test_of_two_replays_of_one_time_the_newest_counts_and_of_two_live_windows_both(
    shelf: Shelf,
) -> None:
    for sequence, clock in enumerate((Clock.LIVE, Clock.LIVE, Clock.REPLAY, Clock.REPLAY), 1):
        shelf.keep(shelf.box.report(sequence, start_s=START_S, clock=clock))
    apart = {
        one.sequence: (one.set_apart, one.overlaps)
        for one in shelf.archive.latest_windows(before_id=2**53, limit=5)
    }
    assert apart == {
        1: (None, None),
        2: (None, "same boot"),
        3: (Apart.SUPERSEDED, None),
        4: (None, "same boot"),
    }
    assert dict(shelf.archive.counts().set_apart)[Apart.SUPERSEDED] == 1
    assert shelf.archive.counts().repeated_windows == 2


def test_what_came_before_its_meta_can_be_judged_by_it(shelf: Shelf) -> None:
    shelf.keep(shelf.box.report(2), shelf.box.report(3))
    meta = shelf.box.meta(1)
    asked = Asked({shelf.stream: []}, metas=[(shelf.stream, 1, meta.config)])
    with shelf.store.transaction() as transaction:
        early = transaction.load(asked).early[shelf.stream, 1]
        assert [one.lines[0][0] for one in early] == ["door", "door"]
        transaction.apply(Plan(0, rejudged=[(early[0].id, Apart.NAME)]))
    assert dict(shelf.archive.counts().set_apart)[Apart.NAME] == 1
    assert len(shelf.archive.line_steps(shelf.span(), "door") or []) == 1


def test_what_was_in_the_future_by_a_clock_that_was_behind_counts_again(shelf: Shelf) -> None:
    plan = plan_of(shelf.device, shelf.box.report(1), received_ms=7)
    plan.streams.append(NewStream(shelf.stream, 7, None))
    plan.reports[0] = plan.reports[0]._replace(apart=Apart.FUTURE)
    shelf.apply(plan)
    ahead_ms = (START_S + 600) * 1000
    assert shelf.store.judge_again(since_ms=8, until_ms=9, ahead_ms=ahead_ms) == 0
    assert shelf.store.judge_again(since_ms=0, until_ms=9, ahead_ms=ahead_ms) == 1
    (window,) = shelf.archive.latest_windows(before_id=2**53, limit=5)
    assert (window.set_apart, window.received_ms) == (None, 7 + ahead_ms)


def test_what_is_forgotten_is_still_known_by_its_hash(shelf: Shelf) -> None:
    shelf.keep(shelf.box.report(1), shelf.box.report(2))
    forgotten = shelf.store.forget(reports_before_s=2**40, dead_letters_before_ms=0)
    assert forgotten == 2
    assert shelf.archive.latest_windows(before_id=2**53, limit=5) == []
    assert set(shelf.known(1, 2).entries[shelf.stream]) == {1, 2}
    assert shelf.archive.line_steps(shelf.span(), "door") == []


# --- dead letters and counts


def test_a_dead_letter_is_kept_once_and_the_oldest_go_at_the_bound(shelf: Shelf) -> None:
    shelf.apply(Plan(0, letters=[letter(0), letter(0)]))
    (kept,) = shelf.archive.dead_letters(before_id=2**53, limit=5)
    assert (kept.times, kept.authentic) == (2, False)
    with shelf.store.transaction() as transaction:
        known = transaction.load(Asked(payloads=[b"0", b"1"]))
    assert [one[0] for one in known.letters] == [letter(0).sha256]
    shelf.apply(Plan(0, letters=[letter(number) for number in range(1, LETTERS_MAX + 3)]))
    letters = shelf.archive.dead_letters(before_id=2**53, limit=50)
    assert len(letters) == LETTERS_MAX
    assert shelf.archive.counts().dead_letters_dropped == 3


def test_an_authentic_letter_has_its_content_until_it_ends(shelf: Shelf) -> None:
    shelf.apply(Plan(0, letters=[letter(1, authentic=True), letter(2)]))
    with shelf.store.transaction() as transaction:
        (kept,) = transaction.authentic_letters(after_id=0, limit=5)
        assert kept.payload == b"1"
        transaction.apply(Plan(0, ended_letters=[(kept.id, True)]))
    counts = shelf.archive.counts()
    assert (counts.dead_letters_authentic, counts.dead_letters_unverified) == (0, 1)
    assert counts.dead_letters_replayed == 1


def test_outcomes_add_up_over_commits(shelf: Shelf) -> None:
    for _ in range(2):
        shelf.apply(Plan(0, outcomes={("report", "forged"): 2, ("state", "accepted"): 1}))
    found = {(one.channel, one.outcome): one.total for one in shelf.archive.outcomes()}
    assert found == {("report", "forged"): 4, ("state", "accepted"): 2}


# --- devices


def test_the_registry_version_differs_after_every_change_of_a_device(shelf: Shelf) -> None:
    name, versions = (shelf.box.site, shelf.box.device), [shelf.store.registry_version()]
    key = Box().public_key

    for changing in (
        lambda devices: devices.set_lost(*name, 3, 3),
        lambda devices: devices.set_lost(*name, None, 4),
        lambda devices: devices.replace(*name, key, 5),
        lambda devices: devices.retire(*name, 6),
        lambda devices: devices.reinstate(*name, 7),
        lambda devices: devices.rename(name, ("beach", "pier-2"), 8),
        lambda devices: devices.enrol("beach", "pier-3", bytes(32), test_site=True, added_ms=9),
    ):
        with shelf.store.transaction() as transaction:
            changing(transaction.devices)
        versions.append(shelf.store.registry_version())
    assert len(set(versions)) == len(versions)
    found = shelf.store.registry().find("beach", "pier-2")
    assert found is not None
    assert found == shelf.store.registry().find(*name)
    assert len(found.former_keys) == 1
    row = shelf.archive.device("beach", "pier-2")
    assert row is not None
    assert [one.event for one in row.history] == [
        "enrolled", "lost", "found", "replaced", "retired", "reinstated", "renamed",
    ]  # fmt: skip
    assert shelf.archive.device_id(*name) is None
    assert shelf.archive.goes_by(*name) == "beach/pier-2"


def test_what_the_broker_says_of_a_connection_is_shown(shelf: Shelf) -> None:
    shelf.apply(Plan(3, links={shelf.device: (State(1, shelf.box.boot, Link.ONLINE), 3)}))
    fleet = shelf.archive.fleet(devices_max=5)
    assert [one.online for one in fleet.devices] == [True]
    (row,) = shelf.archive.devices(after=("", ""), limit=5)
    assert (row.link, row.link_ms) == ("online", 3)
    (site,) = shelf.archive.sites(after="", limit=5)
    assert (site.site, site.devices, site.test_site) == ("beach", 1, True)
    assert shelf.archive.disk_use().used_bytes > 0
