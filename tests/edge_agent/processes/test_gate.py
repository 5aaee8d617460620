# SPDX-License-Identifier: Apache-2.0
"""The gate over real files, with a clock that the test turns."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from development.fakes.clock import FakeClock
from development.fakes.messages import BOOT
from edge_agent.channel import Kind, Record, Values, pack
from edge_agent.errors import CameraFault, ProcessError, StoreError
from edge_agent.keys import NOISE_KEY, SIGNING_KEY, generate
from edge_agent.process_settings import GateSettings, SlotSettings
from edge_agent.processes import camera_state
from edge_agent.processes.camera_state import CameraState
from edge_agent.processes.gate import REFUSED_PER_SLOT_MAX, GateProcess
from edge_agent.signing.open_slots import GRACE_S
from edge_agent.signing.stores import IN_FLIGHT_MAX
from edge_agent.store.ledger import Ledger
from edge_agent.store.outbox import Acknowledged, Outbox
from edge_agent.store.pending_window import PendingWindow
from wire_contract.codec import decode, split
from wire_contract.messages.meta import Meta
from wire_contract.messages.report import Level, Report
from wire_contract.quality import QualityCode

LENGTH_S = 10
ORIGIN_S = 1000.0


def settings(folder: Path) -> GateSettings:
    if not (folder / "keys").exists():
        generate(folder / "keys")
    return GateSettings(
        channel_fd=-1,
        site="beach",
        device="pier-1",
        boot=BOOT,
        config_sha256="a" * 64,
        software="0.1.0",
        model="person-ssdlite",
        model_sha256="b" * 64,
        slots=SlotSettings(origin_s=ORIGIN_S, length_s=LENGTH_S, replay=False),
        replay_epoch_s=946_684_800,
        release_offset_s=0,
        clock_wait_s=900,
        line_ids=("north",),
        line_max=(255,),
        line_calibrations=(None,),
        zone_ids=(),
        zone_max=(),
        rule="exact",
        rule_parameters=(),
        class_epsilon=0,
        capacity_bits_per_minute_max=1000.0,
        store_directory=str(folder),
        store_bytes_max=2**20,
        payload_days=14,
        outbox_path=str(folder / "outbox.db"),
        signing_key_path=str(folder / "keys" / SIGNING_KEY),
        noise_key_path=str(folder / "keys" / NOISE_KEY),
    )


class Talk:
    """A sensor's side of the channel."""

    def __init__(self, gate: GateProcess) -> None:
        self.gate, self.sequence = gate, 0

    def say(self, slot: int, entered: int, left: int = 0) -> None:
        for kind, values in (
            (Kind.LINE, (entered, left, 0, 0)),
            (Kind.IMAGE_QUALITY, (0, 3, 2, 0)),
        ):
            self.record(kind, slot, values)

    def record(self, kind: Kind, slot: int, values: Values) -> None:
        self.gate.read_record(pack(Record(kind, 0, slot, self.sequence, values)))
        self.sequence += 1


def reports(folder: Path) -> list[Report]:
    box = Outbox(folder / "outbox.db", bytes_max=2**20)
    rows = [row for row in box.waiting(limit=1000) if row.channel == "report"]
    box.close()
    return [decode(Report, split(row.envelope)[0]) for row in rows]  # In the order of signing.


def ins(found: list[Report]) -> list[int | None]:
    return [report.lines[0].in_count if report.lines else None for report in found]


def test_a_slot_closes_on_the_gates_own_tick_and_not_before(tmp_path: Path) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S)
    gate = GateProcess(settings(tmp_path), clock)
    Talk(gate).say(0, 3)
    clock.advance(LENGTH_S + GRACE_S - 0.01)
    gate.tick()
    assert reports(tmp_path) == []
    clock.advance(0.01)
    gate.tick()
    assert ins(reports(tmp_path)) == [3]
    assert reports(tmp_path)[0].start_s == 1_750_000_000


def test_a_silent_slot_is_reported_as_silent(tmp_path: Path) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S)
    gate = GateProcess(settings(tmp_path), clock)
    clock.advance(LENGTH_S + GRACE_S)
    gate.tick()
    assert [report.image_quality.code for report in reports(tmp_path)] == [QualityCode.SILENT]


def test_of_a_camera_known_to_be_lost_the_gate_says_so_where_the_sensor_is_silent_and_never_zero(
    tmp_path: Path,
) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S)
    gate = GateProcess(settings(tmp_path), clock)
    clock.advance(GRACE_S)
    words = (
        CameraFault.MISSING.word,
        CameraFault.LOST.word,
        CameraState.RESTING,
        CameraState.OPENING,
        CameraState.ENDED,
        "nonsense",
    )
    for word in words:
        camera_state.tell(tmp_path, word, utc_s=0.0)
        clock.advance(LENGTH_S)
        gate.tick()
    clock.advance(1.0)
    gate.read_record(pack(Record(Kind.IMAGE_QUALITY, 0, gate.slots.next, 0, (0, 3, 2, 1))))
    camera_state.tell(tmp_path, CameraFault.LOST.word, utc_s=0.0)
    clock.advance(LENGTH_S)
    gate.tick()
    found = reports(tmp_path)
    lost, silent = int(QualityCode.CAMERA_LOST), int(QualityCode.SILENT)
    # The last was seen before the camera was lost, and the sensor's own word counts.
    assert [one.image_quality.code for one in found][-len(words) - 1 :] == [
        lost,
        lost,
        silent,
        silent,
        silent,
        silent,
        0,
    ]
    assert {(one.lines, one.zones) for one in found[:-1]} == {((), ())}
    gate.close()


def test_a_gate_says_the_least_level_until_it_is_told_what_it_was_measured_to_be(
    tmp_path: Path,
) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S)
    gate = GateProcess(settings(tmp_path), clock)
    clock.advance(LENGTH_S + GRACE_S)
    gate.tick()
    gate.say_level(Level.STANDARD)
    clock.advance(LENGTH_S)
    gate.tick()
    assert [one.level for one in reports(tmp_path)] == [Level.PROCESS, Level.STANDARD]
    gate.close()


def test_records_may_come_late_by_the_grace_and_early_for_the_slot_that_has_begun(
    tmp_path: Path,
) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S)
    gate = GateProcess(settings(tmp_path), clock)
    talk = Talk(gate)
    clock.advance(LENGTH_S + 0.2)
    talk.say(0, 4)
    talk.say(1, 7)
    clock.advance(LENGTH_S + GRACE_S)
    gate.tick()
    assert ins(reports(tmp_path)) == [4, 7]


def test_records_for_a_closed_or_a_future_slot_change_nothing(tmp_path: Path) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S)
    gate = GateProcess(settings(tmp_path), clock)
    clock.advance(LENGTH_S + GRACE_S)
    gate.tick()
    talk = Talk(gate)
    talk.say(0, 99)
    talk.sequence = 0
    talk.say(3, 99)
    clock.advance(3 * LENGTH_S)
    gate.tick()
    assert ins(reports(tmp_path)) == [None, None, None, None]


def test_a_flood_is_not_listened_to_before_the_next_slot(tmp_path: Path) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S)
    gate = GateProcess(settings(tmp_path), clock)
    for _ in range(REFUSED_PER_SLOT_MAX):
        assert gate.listening()
        gate.read_record(b"\xff" * 64)
    assert not gate.listening()
    clock.advance(LENGTH_S + GRACE_S)
    gate.tick()
    assert gate.listening()


def test_beyond_what_may_be_in_flight_windows_wait_and_the_newest_goes_first(
    tmp_path: Path,
) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S)
    gate = GateProcess(settings(tmp_path), clock)
    talk = Talk(gate)
    for slot in range(IN_FLIGHT_MAX + 6):
        talk.say(slot, slot % 200)
        clock.advance(LENGTH_S + (GRACE_S if slot == 0 else 0))
        gate.tick()
    assert len(reports(tmp_path)) == IN_FLIGHT_MAX
    box = Outbox(tmp_path / "outbox.db", bytes_max=2**20)
    stream = box.waiting(limit=1)[0].stream
    box.acknowledge(stream, Acknowledged(2, 0))
    gate.release()
    assert [report.lines[0].in_count for report in reports(tmp_path)][-2:] == [
        IN_FLIGHT_MAX + 5,
        IN_FLIGHT_MAX + 4,
    ]
    box.acknowledge(stream, Acknowledged(IN_FLIGHT_MAX + 2, 0))
    gate.release()
    assert gate.drained()
    assert sorted(report.sequence for report in reports(tmp_path)) == list(
        range(IN_FLIGHT_MAX + 3, IN_FLIGHT_MAX + 7)
    )


def test_under_a_replay_clock_the_records_bring_the_ticks_and_the_last_window_closes_at_the_end(
    tmp_path: Path,
) -> None:
    replay = replace(
        settings(tmp_path), slots=SlotSettings(origin_s=0.0, length_s=LENGTH_S, replay=True)
    )
    gate = GateProcess(replay, FakeClock())
    talk = Talk(gate)
    for slot, entered in ((0, 1), (1, 2), (3, 4)):
        talk.say(slot, entered)
    assert len(reports(tmp_path)) == 3
    gate.finish()
    found = sorted(reports(tmp_path), key=lambda report: report.start_s)
    assert ins(found) == [1, 2, None, 4]
    assert [report.start_s - 946_684_800 for report in found] == [0, 10, 20, 30]


def test_a_gate_that_died_between_two_files_signs_no_window_twice_and_loses_none(
    tmp_path: Path,
) -> None:
    """Death after the ledger's commit: the window is in pending, and not yet in the outbox."""
    clock = FakeClock(monotonic_s=ORIGIN_S)
    gate = GateProcess(settings(tmp_path), clock)
    Talk(gate).say(0, 3)
    clock.advance(LENGTH_S + GRACE_S)
    gate.tick()
    signed = gate.stores.ledger.after(0)[0]
    assert signed.window_id is not None
    gate.stores.pending.append(
        [
            PendingWindow(
                signed.window_id, 1, BOOT, "synchronised", 1000.0, 1_750_000_000, LENGTH_S, b"{}"
            )
        ]
    )
    gate.stores.outbox.change("DELETE FROM outbox")
    gate.close()
    again = GateProcess(settings(tmp_path), clock)
    assert again.drained()
    assert [report.sequence for report in reports(tmp_path)] == [1]


def test_windows_wait_in_memory_while_the_disk_takes_nothing_and_none_is_lost(
    tmp_path: Path,
) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S)
    gate = GateProcess(settings(tmp_path), clock)
    for store in (gate.stores.pending, gate.stores.ledger):
        store.change("PRAGMA query_only = 1")
    talk = Talk(gate)
    for slot in range(3):
        talk.say(slot, slot + 1)
        clock.advance(LENGTH_S + GRACE_S)
        gate.tick()
    assert reports(tmp_path) == []
    for store in (gate.stores.pending, gate.stores.ledger):
        store.change("PRAGMA query_only = 0")
    gate.release()
    assert sorted(value for value in ins(reports(tmp_path)) if value is not None) == [1, 2, 3]


def test_the_birth_is_signed_into_the_same_sequence(tmp_path: Path) -> None:
    gate = GateProcess(settings(tmp_path), FakeClock(monotonic_s=ORIGIN_S))
    gate.sign_meta()
    row = gate.stores.outbox.waiting(limit=1)[0]
    assert (row.channel, decode(Meta, split(row.envelope)[0]).sequence) == ("meta", 1)


def test_a_gate_above_its_capacity_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(ProcessError, match="exceed the cap of 50"):
        GateProcess(replace(settings(tmp_path), capacity_bits_per_minute_max=50.0), FakeClock())


def test_a_gate_without_its_key_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="edge-agent keygen"):
        GateProcess(
            replace(settings(tmp_path), signing_key_path=str(tmp_path / "none")), FakeClock()
        )


def released(folder: Path, slots: int) -> tuple[GateProcess, FakeClock]:
    clock = FakeClock(monotonic_s=ORIGIN_S)
    gate = GateProcess(settings(folder), clock)
    gate.sign_meta()
    for _ in range(slots):
        clock.advance(LENGTH_S + GRACE_S)
        gate.tick()
    return gate, clock


def test_an_entry_is_announced_when_another_reader_already_finds_it_in_the_ledger(
    tmp_path: Path,
) -> None:
    heard: list[tuple[int, int]] = []

    class Reader(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "is in the ledger" in record.getMessage():
                ledger = Ledger(tmp_path / "ledger.db", bytes_max=2**24)
                heard.append((int(record.getMessage().split()[1]), ledger.size()))
                ledger.close()

    log, reader = logging.getLogger("edge_agent.gate"), Reader()
    log.addHandler(reader)
    log.setLevel(logging.INFO)
    try:
        released(tmp_path, 3)
    finally:
        log.removeHandler(reader)
        log.setLevel(logging.NOTSET)
    assert heard == [(1, 1), (2, 2), (3, 3), (4, 4)]


def run_slots(gate: GateProcess, clock: FakeClock, talk: Talk, slots: range) -> None:
    for slot in slots:
        talk.say(slot, slot)
        clock.advance(LENGTH_S + (GRACE_S if slot == 0 else 0))
        gate.tick()


def test_sixty_four_windows_take_one_commit_of_each_file(tmp_path: Path) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S, utc_s=12.0, synchronised=False)
    gate = GateProcess(replace(settings(tmp_path), store_bytes_max=2**22), clock)
    run_slots(gate, clock, Talk(gate), range(80))
    clock.set_utc(1_750_000_000.0)
    watching = [
        Outbox(tmp_path / "outbox.db", bytes_max=2**22),
        Ledger(tmp_path / "ledger.db", bytes_max=2**22),
    ]
    before = [store.row("PRAGMA data_version")[0] for store in watching]
    gate.release()
    assert len(reports(tmp_path)) == IN_FLIGHT_MAX
    assert [
        store.row("PRAGMA data_version")[0] - seen
        for store, seen in zip(watching, before, strict=True)
    ] == [1, 1]
    assert len(list(gate.stores.pending.walk())) == 80 - IN_FLIGHT_MAX
    for store in watching:
        store.close()
    gate.close()
