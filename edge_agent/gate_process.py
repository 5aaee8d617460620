# SPDX-License-Identifier: Apache-2.0
"""The gate process: records in, signed reports out. The only wiring of disclosure.

On its own tick it closes each slot, whether or not the sensor spoke, passes it through the rule, keeps it in `pending`, and signs
from there into the ledger and then the outbox while the centre keeps up.
Started as `python -I -m edge_agent.gate_process SETTINGS LOCKED GO`: the descriptor that carries its settings, the one it closes
once it is locked, and the one on which it hears that the lock has been measured.
"""

import logging
import math
import os
import secrets
import select
import signal
import sys
from collections import deque
from pathlib import Path

from edge_agent.confinement import lock
from edge_agent.confinement.policy import Role

if __name__ == "__main__":
    # Before any library is imported, and while there is one thread.
    lock.begin(Role.GATE)

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_agent import health
from edge_agent.channel import RECORD_BYTES, Reader, Schema
from edge_agent.clock import Clock, Slots, SystemClock
from edge_agent.disclosure.gate import HEALTH_MILLIBITS, Gate, Origin
from edge_agent.disclosure.ledger import ENTRIES_KEPT, Entry, Ledger
from edge_agent.disclosure.pending import Pending, PendingWindow
from edge_agent.errors import EdgeAgentError, ProcessError, RecordError, StoreError
from edge_agent.evidence.tree_file import LEDGER_FILE, closed_file
from edge_agent.handover import GateSettings, read_settings
from edge_agent.keys import read_secret
from edge_agent.outbox import Acknowledged, Outbox, Waiting
from edge_agent.sureness.interval import Calibration
from wire_contract.checkpoint import Checkpoint, checkpoint_stream, sign_checkpoint
from wire_contract.codec import join, signed_bytes
from wire_contract.report import Clock as WindowClock
from wire_contract.report import ClockQuality, Health, Level, Rule, RuleName
from wire_contract.topics import Channel

DAY_S = 86_400.0
GRACE_S = 0.5
"""How long after a slot's end its records may still come: the sensor may be in the middle of a frame."""
IN_FLIGHT_MAX = 64
"""Signed reports that the centre has not acknowledged; beyond it, windows wait unsigned in `pending`."""
POLL_S = 0.25
"""How often the gate looks for acknowledgements when nothing else happens."""
REFUSED_PER_SLOT_MAX = 256
"""A sensor that floods is not read again before the next slot; the channel fills, and the sensor waits."""
REPLAY_SLOTS_AHEAD = 10_000
"""A file may skip this many slots at once; more is no file's time."""
PURGE_EVERY_S, PURGE_EVERY_ENTRIES = 3600.0, 128
"""How often the gate looks for payloads whose time is over: by its clock, and by what it has signed."""
ENTRY_BYTES, LINE_BYTES, ZONE_BYTES = 1_500, 160, 220
"""Of an entry as it lies in the ledger's file, its place in the tree and the file's own needs included; tested at the limit."""
UNSAVED_MAX = 1024
"""Disclosed windows held in memory while the disk takes none; then the oldest go, counted."""
log = logging.getLogger("edge_agent.gate")


class GateProcess:
    """The gate's state between two turns."""

    def __init__(self, settings: GateSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        schema = Schema(lines=settings.line_max, zones=settings.zone_max)
        self._slots = Slots(settings.slots.origin_s, settings.slots.length_s)
        check_capacity(schema, settings)
        store = Path(settings.store_directory)
        self._pending = Pending(store / "pending.db", bytes_max=settings.store_bytes_max)
        self._ledger = Ledger(store / LEDGER_FILE, bytes_max=settings.store_bytes_max, entries_kept=entries_kept(settings))
        self._outbox = Outbox(Path(settings.outbox_path), bytes_max=settings.store_bytes_max)
        self._signing = Ed25519PrivateKey.from_private_bytes(read_secret(Path(settings.signing_key_path)))
        self._gate = Gate(
            Origin(
                site=settings.site,
                device=settings.device,
                stream=self._ledger.stream,
                boot=settings.boot,
                config=settings.config_sha256,
                level=Level(settings.level),
                clock=WindowClock.REPLAY if settings.slots.replay else WindowClock.LIVE,
                length_s=settings.slots.length_s,
            ),
            schema=schema,
            line_ids=settings.line_ids,
            zone_ids=settings.zone_ids,
            rule=Rule(RuleName(settings.rule), settings.rule_parameters),
            noise_key=read_secret(Path(settings.noise_key_path)),
            calibrations={
                name: Calibration(known.bias_permille, known.spread_permille)
                for name, known in zip(settings.line_ids, settings.line_calibrations, strict=True)
                if known is not None
            },
        )
        self._reader = Reader(schema)
        self._refused_at_close = 0
        self._next_slot = 0 if settings.slots.replay else self._slots.at(clock.monotonic_s())
        self._unsaved: deque[PendingWindow] = deque()
        self._dropped = 0
        self._checkpointed = 0
        self._compared = 0
        self._purged_s: float | None = None
        self._purged_size = 0
        self._recover()

    def _recover(self) -> None:
        """Finish what a sudden end left half done: no window is signed twice, no signed report is missing from the outbox."""
        for window_id in self._pending.ids():
            if self._ledger.holds(window_id):
                self._pending.remove(window_id)
        for entry in self._ledger.after(self._ledger.size()):  # of a release whose ledger had no tree
            self._ledger.grow(entry.sequence, entry.envelope)
        self._put_out_unacknowledged(self._ledger)
        for closed in sorted(Path(self._settings.store_directory).glob(closed_file(Path(), "*").name)):
            self._recover_closed(closed)
        if self._ledger.follows is not None:
            # Its last checkpoint says nothing that ours do not: they carry its end.
            self._outbox.acknowledge(checkpoint_stream(self._ledger.follows.stream), Acknowledged(self._ledger.follows.size, 0))

    def _recover_closed(self, closed: Path) -> None:
        """Put out what the centre lacks of a closed ledger, and purge it as the one in use."""
        old = Ledger(closed, bytes_max=self._settings.store_bytes_max)
        self._put_out_unacknowledged(old)
        old.forget(acknowledged=self._outbox.acknowledged(old.stream).upto, signed_before_ms=self._purge_before_ms())
        old.close()

    # --- records -----------------------------------------------------------------------------------------------------

    def open_slots(self) -> range:
        """Return the slots that a record may speak for: begun, and not yet closed."""
        if self._settings.slots.replay:
            return range(self._next_slot, self._next_slot + REPLAY_SLOTS_AHEAD)
        return range(self._next_slot, self._slots.at(self._clock.monotonic_s()) + 1)

    def listening(self) -> bool:
        """Say whether the sensor may be read: not while it has sent too much nonsense in this slot."""
        return self._reader.refused - self._refused_at_close < REFUSED_PER_SLOT_MAX

    def take(self, raw: bytes) -> None:
        """Take what was read from the channel; what is refused is counted and forgotten."""
        try:
            slot = self._reader.take(raw, self.open_slots())
        except RecordError as error:
            if self._reader.refused - self._refused_at_close == 1:
                log.warning("%s (the first refusal of this slot)", error)
            return
        if self._settings.slots.replay:
            self.close_before(slot)

    # --- slots -------------------------------------------------------------------------------------------------------

    def next_tick_s(self) -> float | None:
        """Return when the next slot closes (monotonic), or None under a replay clock, whose records bring the ticks."""
        if self._settings.slots.replay:
            return None
        return self._slots.end_s(self._next_slot) + GRACE_S + self._settings.release_offset_s

    def tick(self) -> None:
        """Close every slot that is due."""
        while (due_s := self.next_tick_s()) is not None and self._clock.monotonic_s() >= due_s:
            self.close_before(self._next_slot + 1)

    def finish(self) -> None:
        """The sensor has ended for good: close what it spoke for."""
        spoken = self._reader.slots()
        if spoken:
            self.close_before(max(spoken) + 1)

    def close_before(self, slot: int) -> None:
        """Close the slots below `slot`, in order, and release what may go."""
        while self._next_slot < slot:
            self._close(self._next_slot)
            self._next_slot += 1
            self._refused_at_close = self._reader.refused
        self.release()

    def _close(self, slot: int) -> None:
        """Exactness ends here: what the slot's records said goes through the rule, and only that is kept."""
        start_s, quality = self._date(self._slots.start_s(slot))
        body = self._gate.disclose(self._reader.close(slot), start_s=start_s, health=self._health())
        self._unsaved.append(
            PendingWindow(
                id=secrets.randbits(62),
                boot=self._settings.boot,
                start_monotonic_s=self._slots.start_s(slot),
                start_s=start_s,
                quality=quality,
                body=body,
            )
        )
        if len(self._unsaved) > UNSAVED_MAX:
            self._unsaved.popleft()
            self._dropped += 1
            log.error("the disk takes nothing and memory is full: %d windows dropped so far, oldest first", self._dropped)

    def _date(self, start_monotonic_s: float) -> tuple[int, ClockQuality]:
        if self._settings.slots.replay:
            return self._settings.replay_epoch_s + round(start_monotonic_s), ClockQuality.SYNCHRONISED
        offset_s = self._clock.utc_s() - self._clock.monotonic_s()
        quality = ClockQuality.SYNCHRONISED if self._clock.synchronised() else ClockQuality.UNSYNCHRONISED
        return max(0, round(start_monotonic_s + offset_s)), quality

    def _health(self) -> Health:
        return Health(
            temperature=health.temperature_class(),
            disk=health.disk_class(Path(self._settings.store_directory)),
            outbox=health.outbox_class(self._outbox.depth()),
            link=int(self._outbox.link()),
        )

    # --- release -----------------------------------------------------------------------------------------------------

    def release(self) -> None:
        """Keep what was disclosed, then sign and put out the newest windows while the centre keeps up.

        A disk that takes nothing is a stated degraded mode: windows wait in memory, and the next turn tries again.
        """
        try:
            self._save()
            said = self._outbox.acknowledged(self._ledger.stream)
            acknowledged = said.upto
            self.compare(acknowledged, said.root)
            last = self._ledger.size()
            while last - acknowledged < IN_FLIGHT_MAX and (window := self._next_window()) is not None:
                last += 1
                self._sign_window(last, window)
            self._purge(acknowledged)
            self._put_out_checkpoint()
        except StoreError as error:
            log.error("%s; %d windows wait in memory", error, len(self._unsaved))  # noqa: TRY400 - a stack would bury it

    def _purge(self, acknowledged: int) -> None:
        """Drop payloads that the centre has and whose time is over, now and then; by no clock that may be wrong."""
        now_s, size = self._clock.monotonic_s(), self._ledger.size()
        if self._purged_s is None or now_s - self._purged_s >= PURGE_EVERY_S or size - self._purged_size >= PURGE_EVERY_ENTRIES:
            self._purged_s, self._purged_size = now_s, size
            self._ledger.forget(acknowledged=acknowledged, signed_before_ms=self._purge_before_ms())

    def _purge_before_ms(self) -> int:
        if not self._clock.synchronised():
            return 0
        return round((self._clock.utc_s() - self._settings.payload_days * DAY_S) * 1000)

    def _next_window(self) -> PendingWindow | None:
        """Return the window to sign next; one that no clock could date yet waits a stated time for a better one."""
        waited_s = self._clock.monotonic_s() - self._settings.clock_wait_s
        undated_until_s = math.inf if self._clock.synchronised() else waited_s
        return self._pending.newest(boot=self._settings.boot, undated_until_s=undated_until_s)

    def _save(self) -> None:
        while self._unsaved:
            self._pending.add(self._unsaved[0])
            self._unsaved.popleft()

    def _sign_window(self, sequence: int, window: PendingWindow) -> None:
        start_s, quality = self._redate(window)
        payload = self._gate.report(window.body, sequence=sequence, start_s=start_s, quality=quality)
        self._sign(Channel.REPORT, sequence, payload, window_id=window.id)
        self._pending.remove(window.id)

    def _redate(self, window: PendingWindow) -> tuple[int, ClockQuality]:
        """Date a window for good; one from before the clock was right, and of this boot, gets its true time now."""
        quality = ClockQuality(window.quality)
        unsure = quality is ClockQuality.UNSYNCHRONISED and window.boot == self._settings.boot
        if unsure and self._clock.synchronised():
            return self._date(window.start_monotonic_s)[0], ClockQuality.REDATED
        return window.start_s, quality

    def birth(self) -> None:
        """Sign and put out the meta of this run."""
        sequence = self._ledger.size() + 1
        settings = self._settings
        payload = self._gate.meta(
            sequence=sequence, software=settings.software, model=settings.model, model_sha256=settings.model_sha256
        )
        self._sign(Channel.META, sequence, payload, window_id=None)

    def _sign(self, channel: Channel, sequence: int, payload: bytes, *, window_id: int | None) -> None:
        """Ledger first, then outbox: what can be published has been written down."""
        envelope = join(payload, self._signing.sign(signed_bytes(channel, payload)))
        signed_utc_ms = round(self._clock.utc_s() * 1000)
        entry = Entry(sequence, channel, window_id, signed_utc_ms, envelope)
        self._ledger.append(entry)
        log.info("%s %d of %s is in the ledger", channel, sequence, self._ledger.stream)
        self._put_out(self._ledger.stream, entry)

    def _put_out(self, stream: str, entry: Entry) -> None:
        self._outbox.insert(Waiting(stream, entry.sequence, entry.channel, entry.envelope))

    def _put_out_unacknowledged(self, ledger: Ledger) -> None:
        for entry in ledger.after(self._outbox.acknowledged(ledger.stream).upto):
            self._put_out(ledger.stream, entry)

    def _put_out_checkpoint(self) -> None:
        """Sign the head of what is on disk, where it has grown; only the newest checkpoint waits in the outbox.

        It is read back from the ledger and not taken from memory: an entry that a power cut could take is in no checkpoint.
        """
        size, stream = self._ledger.size(), checkpoint_stream(self._ledger.stream)
        if size in {0, self._checkpointed} or self._outbox.acknowledged(stream).upto >= size:
            return
        settings = self._settings
        checkpoint = Checkpoint(settings.site, settings.device, self._ledger.head(), self._ledger.follows)
        note = sign_checkpoint(checkpoint, self._signing.public_key().public_bytes_raw(), self._signing.sign)
        self._outbox.insert(Waiting(stream, size, Channel.CHECKPOINT, note))
        self._outbox.acknowledge(stream, Acknowledged(size - 1, 0))  # Each says all that those before it said.
        self._checkpointed = size

    def compare(self, upto: int, root: str | None) -> None:
        """Hold the centre's root, as acknowledged, against our own; where it differs say so, and between which entries."""
        if root is None or not 0 < upto <= self._ledger.size() or upto == self._compared:
            return
        self._compared = upto
        if not self._ledger.compare(upto, root):
            agreed, differs = self._ledger.compared()
            log.error(
                "the centre holds something else than this ledger between entries %d and %d; run edge-agent ledger verify",
                agreed + 1, differs or upto,
            )  # fmt: skip

    def drained(self) -> bool:
        """Say whether every closed window has been signed."""
        return not self._unsaved and self._next_window() is None

    def close(self) -> None:
        """Close the files."""
        for store in (self._pending, self._ledger, self._outbox):
            store.close()


def entries_kept(settings: GateSettings) -> int:
    """Return how many acknowledged payloads are kept: what fits into the file's limit with every number at its longest."""
    entry_bytes = ENTRY_BYTES + LINE_BYTES * len(settings.line_ids) + ZONE_BYTES * len(settings.zone_ids)
    fitting = settings.store_bytes_max // entry_bytes - IN_FLIGHT_MAX - PURGE_EVERY_ENTRIES
    return max(IN_FLIGHT_MAX, min(ENTRIES_KEPT, fitting))


def check_capacity(schema: Schema, settings: GateSettings) -> None:
    """Print the bound on what a sensor could say, and refuse to start above the config's cap."""
    bits = schema.capacity_bits()
    per_minute = (bits + HEALTH_MILLIBITS / 1000.0) * 60.0 / settings.slots.length_s
    most = settings.capacity_bits_per_minute_max
    log.info(
        "capacity: %.1f bits a window from the sensor, %.1f of health; %.1f bits a minute, cap %g",
        bits, HEALTH_MILLIBITS / 1000.0, per_minute, most,
    )  # fmt: skip
    if per_minute > most:
        raise ProcessError(f"capacity: {per_minute:.1f} bits a minute exceed the cap of {most:g}; see edge-agent check")


def run(gate: GateProcess, channel_fd: int, clock: Clock, stopping: list[int]) -> None:
    """Turn until the sensor has ended for good and every window is signed, or SIGTERM."""
    os.set_blocking(channel_fd, False)
    gate.birth()
    channel_open = True
    while not stopping and (channel_open or not gate.drained()):
        due_s = gate.next_tick_s()
        wait_s = POLL_S if due_s is None else max(0.0, min(POLL_S, due_s - clock.monotonic_s()))
        readers = [channel_fd] if channel_open and gate.listening() else []
        if select.select(readers, [], [], wait_s)[0]:
            raw = os.read(channel_fd, RECORD_BYTES)
            channel_open = raw != b""
            if channel_open:
                gate.take(raw)
            else:
                gate.finish()
        if channel_open:
            gate.tick()
        gate.release()
    gate.close()


def main(descriptor: int, locked_fd: int, go_fd: int) -> None:
    """Run the gate of this box."""
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr)
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings, clock = read_settings(GateSettings, descriptor), SystemClock()
    gate = GateProcess(settings, clock)
    lock.close(Role.GATE)
    if lock.wait_for_go(locked_fd, go_fd):
        run(gate, settings.channel_fd, clock, stopping)


if __name__ == "__main__":
    try:
        main(*map(int, sys.argv[1:4]))
    except EdgeAgentError as error:
        log.error("%s", error)  # noqa: TRY400 - the sentence is the story; a stack would bury it
        sys.exit(1)
