# SPDX-License-Identifier: Apache-2.0
"""The gate process: records in, signed reports out. The only wiring of disclosure.

On its own tick it closes each slot, whether or not the sensor spoke, passes it through the rule,
keeps it in `pending`, and signs from there into the ledger and then the outbox while the centre
keeps up. A slot is released at most once, however often the gate starts again in it; a box that is
stopped releases the running one with its true length. Started as `python -I -m
edge_agent.processes.gate SETTINGS LOCKED GO`: the descriptor that carries its settings, the one it
closes once it is locked, and the one on which it hears that the lock has been measured.
"""

import logging
import math
import os
import secrets
import select
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from edge_agent.confinement import lock
from edge_agent.confinement.tables.policy import Role

if __name__ == "__main__":
    # Before any library is imported, and while there is one thread.
    lock.begin(Role.GATE)

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_agent import health
from edge_agent.channel import RECORD_BYTES, Reader, Schema
from edge_agent.clock import Clock, Slots, StepWatch, SystemClock
from edge_agent.confinement import process_exit
from edge_agent.confinement.stop import Stop
from edge_agent.disclosure.gate import Gate
from edge_agent.disclosure.interval.interval import Calibration
from edge_agent.disclosure.meta import HEALTH_MILLIBITS, meta_payload
from edge_agent.disclosure.window import Provenance, Sender
from edge_agent.errors import ProcessError, RecordError, StoreError
from edge_agent.keys import read_secret
from edge_agent.process_settings import GateSettings, read_settings
from edge_agent.processes.camera_state import told
from edge_agent.signing.resending import Batch, Run, claim_of, next_batch, purged
from edge_agent.store.compaction import Held, make_room
from edge_agent.store.heard import Heard, heard_of
from edge_agent.store.ledger import Entry, Ledger
from edge_agent.store.merkle_file import ENTRIES_KEPT, closed_file
from edge_agent.store.outbox import Acknowledged, Outbox, Waiting
from edge_agent.store.pending import Pending
from edge_agent.store.pending_window import PendingWindow
from edge_agent.store.recovery import open_ledger
from edge_agent.store.release_mark import SHORTEST_S, Released, first_slot, hold_alone, mark, marked
from edge_agent.store.sqlite_file import PAGE_BYTES
from wire_contract.codec import join, signed_bytes
from wire_contract.messages.checkpoint import Checkpoint, checkpoint_stream, sign_checkpoint
from wire_contract.messages.report import Clock as WindowClock
from wire_contract.messages.report import ClockQuality, Health, Level, Rule, RuleName
from wire_contract.quality import QualityCode
from wire_contract.topics import Channel

DAY_S = 86_400.0
GRACE_S = 0.5
"""How long after a slot's end its records may still come: the sensor may be in the middle of a
frame."""
IN_FLIGHT_MAX = 64
"""Signed reports that the centre has not acknowledged; beyond it, windows wait unsigned in
`pending`."""
POLL_S, BUSY_POLL_S = 0.25, 0.02
"""How often the gate looks for acknowledgements: when nothing else happens, and while they come and
a backlog waits for them."""
STOP_WAIT_S = 3.0
"""How long a gate that is told to stop waits for what the sensor, told so too, has counted of the
running slot."""
BUSY_S = 2.0
"""So long after an acknowledgement more are expected."""
REFUSED_PER_SLOT_MAX = 256
"""A sensor that floods is not read again before the next slot; the channel fills, and the sensor
waits."""
REPLAY_SLOTS_AHEAD = 10_000
"""A file may skip this many slots at once; more is no file's time."""
PURGE_EVERY_S, PURGE_EVERY_ENTRIES = 3600.0, 128
"""How often the gate looks for payloads whose time is over: by its clock, and by what it has
signed."""
OVERWRITE_EVERY_S = 86_400.0
"""How often the logs are overwritten, in which purged payloads still stand: each time costs the
card as much as the logs."""
ON_HAND_MAX = 24
"""Live entries that wait on although the centre holds a later one.

With all else that waits they are fewer than the uplink looks at.
"""
CLAIM_EVERY_S = 10.0
"""How often the gate signs that a run was purged: what it goes by is written by the uplink."""
CLOSED_MAX = 4
"""Closed ledgers, the newest, that are kept open for that."""
CLOSED_EVERY_S = 0.5
"""How often the gate looks whether the centre has lost something of a ledger that was closed."""
NOTE_ROOT_EVERY = 16
"""Entries between two of the centre's roots that are noted in the ledger as being ours; one that is
not is noted at once."""
ENTRY_BYTES, LINE_BYTES, ZONE_BYTES = 1_500, 160, 220
"""Of an entry as it lies in the ledger's file, its place in the tree and the file's own needs
included; tested at the limit."""
UNSAVED_MAX = 1024
"""Disclosed windows held in memory while the disk takes none; then the oldest are merged, as on the
disk."""
log = logging.getLogger("edge_agent.gate")


class GateProcess:
    """The gate's state between two turns."""

    def __init__(self, settings: GateSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._schema = Schema(lines=settings.line_max, zones=settings.zone_max)
        self._slots = Slots(settings.slots.origin_s, settings.slots.length_s)
        check_capacity(self._schema, settings)
        store, size = Path(settings.store_directory), settings.store_bytes_max
        self._held_fd = hold_alone(store)
        self._outbox = Outbox(Path(settings.outbox_path), bytes_max=size, mended=True)
        self._pending = Pending(store / "pending.db", bytes_max=size, mended=True)
        kept = entries_kept(settings)
        self._ledger = open_ledger(
            store, bytes_max=size, entries_kept=kept, known=self._outbox.known()
        )
        self._signing = Ed25519PrivateKey.from_private_bytes(
            read_secret(Path(settings.signing_key_path))
        )
        self._calibrations = {
            name: Calibration(known.bias_permille, known.spread_permille)
            for name, known in zip(settings.line_ids, settings.line_calibrations, strict=True)
            if known is not None
        }
        self._draw_run = secrets.token_hex(16)
        provenance = Provenance(
            boot=settings.boot,
            config=settings.config_sha256,
            level=Level.PROCESS,
            clock=WindowClock.REPLAY if settings.slots.replay else WindowClock.LIVE,
            rule=Rule(RuleName(settings.rule), settings.rule_parameters),
        )
        self._gate = Gate(
            Sender(settings.site, settings.device, self._ledger.stream, provenance),
            schema=self._schema,
            line_ids=settings.line_ids,
            zone_ids=settings.zone_ids,
            noise_key=read_secret(Path(settings.noise_key_path)),
            run=self._draw_run,
            class_epsilon=settings.class_epsilon,
            calibrations=self._calibrations,
        )
        self._reader = Reader(self._schema)
        self._refused_at_close = 0
        self._released: Released | None = None
        self._next_slot = 0 if settings.slots.replay else self._begin_with()
        self._heard_s = 0.0
        self._steps = StepWatch(clock)
        self._run = 1 + secrets.randbits(48)
        self._unsaved = Held(UNSAVED_MAX)
        self._dropped = 0
        self._handed_over = 0
        self._batches: dict[str, Batch] = {}
        self._closed: dict[Ledger, Heard] = {}
        self._closed_s = self._claimed_s = -math.inf
        self._progress: tuple[int, int | None] = (0, None)
        self._acknowledged_s = -math.inf
        self._checkpointed = 0
        self._compared = 0
        self._agreed: tuple[int, str] | None = None
        self._purged_s: float | None = None
        self._purged_size = 0
        self._overwritten_s = clock.monotonic_s()
        self._recover()

    def say_level(self, level: Level) -> None:
        """Say this level in all that is disclosed from now on.

        Until then it is the least at which a box may run.
        """
        self._gate.sender = replace(
            self._gate.sender, provenance=replace(self._gate.sender.provenance, level=level)
        )

    def _recover(self) -> None:
        """Finish what a sudden end left half done.

        No window is signed twice, no signed report is missing from the outbox.
        """
        self._look_at_pending()
        self._pending.remove(
            [window for window in self._pending.walk() if self._ledger.holds(window.id)]
        )
        if self._outbox.damage is not None:
            log.error("outbox: %s; it is filled again from the ledger", self._outbox.damage)
        closed = Path(self._settings.store_directory).glob(closed_file(Path(), "*").name)
        for path in sorted(closed, key=lambda path: path.stat().st_mtime_ns, reverse=True):
            self._recover_closed(path)
        self._hand_over()
        if self._ledger.follows is not None:
            # Its last checkpoint says nothing that ours do not: they carry its end.
            self._outbox.acknowledge(
                checkpoint_stream(self._ledger.follows.stream),
                Acknowledged(self._ledger.follows.size, 0),
            )

    def _recover_closed(self, closed: Path) -> None:
        """Put out what the centre lacks of a closed ledger, and purge it as the one in use."""
        old = Ledger(closed, bytes_max=self._settings.store_bytes_max, mended=True)
        acknowledged = max(self._outbox.acknowledged(old.stream).upto, old.compared()[0])
        self._outbox.insert(
            Waiting(old.stream, entry.sequence, entry.channel, entry.envelope)
            for entry in old.after(acknowledged)
        )
        heard = heard_of(self._outbox, old.stream).upto
        kept_from = acknowledged if heard is None else min(acknowledged, heard)
        old.forget(acknowledged=kept_from, signed_before_ms=self._purge_before_ms())
        # Once the gate is locked in it opens no file any more.
        if len(self._closed) < CLOSED_MAX:
            self._closed[old] = Heard()
        else:
            old.close()

    def _look_at_pending(self) -> None:
        """Say what of the windows that waited is lost, and when they were.

        The centre shows the same hours as not reported.
        """
        if self._pending.damage is not None:
            log.error("pending: %s", self._pending.damage)
        for window in self._pending.take_out_altered():
            log.error(
                "pending: the window at %s (unix seconds) was altered on the disk and is lost",
                window.start_s,
            )

    def _begin_with(self) -> int:
        """Return the first slot that this run may release, and say what it passes over."""
        now_s, boot = self._clock.monotonic_s(), self._settings.boot
        is_whole = self._ledger.damage is None and self._pending.damage is None
        first, is_known = first_slot(
            self._slots,
            now_s=now_s,
            boot=boot,
            pending=marked(self._pending),
            ledger=marked(self._ledger) if is_whole else None,
        )
        if first > self._slots.at(now_s):
            why = (
                "was released or passed over before"
                if is_known
                else "may have been released before: no file says"
            )
            log.warning(
                "the running window %s; the next begins in %.0f s",
                why,
                self._slots.start_s(first) - now_s,
            )
        self._released = Released(boot, round(self._slots.start_s(first) * 1000))
        return first

    # --- records --------------------------------------------------------------------------------

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
            slot = self._reader.admit(raw, self.open_slots())
        except RecordError as error:
            if self._reader.refused - self._refused_at_close == 1:
                log.warning("%s (the first refusal of this slot)", error)
            return
        self._heard_s = self._clock.monotonic_s()
        if self._settings.slots.replay:
            self.close_before(slot)

    # --- slots ----------------------------------------------------------------------------------

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
        """The sensor has ended for good, or the box stops.

        Close what was spoken for, the running slot with its true length.
        """
        spoken = [slot for slot in self._reader.slots() if self._length_s(slot) >= SHORTEST_S]
        if spoken:
            self.close_before(max(spoken) + 1)
        if self._reader.slots():
            log.info(
                "stopped in the first second of a window: what was counted in it is not released"
            )

    def awaits_word(self) -> bool:
        """Say whether the sensor may still speak for the running slot.

        A live one that was not released, and not spoken for.
        """
        if self._settings.slots.replay:
            return False
        running = self._slots.at(self._clock.monotonic_s())
        return running >= self._next_slot and not self._reader.has_ended(running)

    def _length_s(self, slot: int) -> int:
        """Return the whole seconds of a slot that its counts stand for.

        All of it, or up to the sensor's last word in it.
        """
        length_s, now_s = self._settings.slots.length_s, self._clock.monotonic_s()
        if self._settings.slots.replay or now_s >= self._slots.end_s(slot):
            return length_s
        return max(0, math.floor(min(self._heard_s, now_s) - self._slots.start_s(slot)))

    def close_before(self, slot: int) -> None:
        """Close the slots below `slot`, in order, and release what may go."""
        while self._next_slot < slot:
            self._close(self._next_slot)
            self._next_slot += 1
            self._refused_at_close = self._reader.refused
        self.release()

    def _close(self, slot: int) -> None:
        """Exactness ends here: what the slot's records said goes through the rule, and only that is kept."""
        begun_s, length_s = self._slots.start_s(slot), self._length_s(slot)
        start_s, quality = self._date(begun_s)
        if (
            self._steps.look()
            and quality is ClockQuality.SYNCHRONISED
            and not self._settings.slots.replay
        ):
            quality = ClockQuality.STEPPED
        drawn_ms, drawn_run, boot = round(begun_s * 1000), self._draw_run, self._settings.boot
        body = self._gate.disclose(
            self._reader.close(slot), at_ms=drawn_ms, health=self._health(), silent=self._silent()
        )
        if not self._settings.slots.replay:
            self._released = Released(boot, round(self._slots.end_s(slot) * 1000))
        named = (
            secrets.randbits(62),
            self._run,
            boot,
            quality,
            begun_s,
            start_s,
            length_s,
            body,
            drawn_ms,
            drawn_run,
        )
        self._unsaved.add([PendingWindow(*named)])
        self._tell_dropped(make_room(self._unsaved, self._settings.slots.length_s))

    def _silent(self) -> QualityCode:
        """Return what a window says of which no eye has spoken.

        That the camera is lost, where whoever starts it knows so.
        """
        state = told(Path(self._settings.store_directory))
        return (
            QualityCode.SILENT if state is None or state.fault is None else QualityCode.CAMERA_LOST
        )

    def _tell_dropped(self, windows: int) -> None:
        self._dropped += windows
        if windows:
            log.error(
                "no space is left: the counts of %d windows dropped, oldest first; %d so far",
                windows,
                self._dropped,
            )

    def _date(self, start_monotonic_s: float) -> tuple[int, ClockQuality]:
        if self._settings.slots.replay:
            return self._settings.replay_epoch_s + round(
                start_monotonic_s
            ), ClockQuality.SYNCHRONISED
        offset_s = self._clock.utc_s() - self._clock.monotonic_s()
        quality = (
            ClockQuality.SYNCHRONISED if self._clock.synchronised() else ClockQuality.UNSYNCHRONISED
        )
        return max(0, round(start_monotonic_s + offset_s)), quality

    def _health(self) -> Health:
        return Health(
            temperature=health.temperature_class(),
            disk=health.disk_class(Path(self._settings.store_directory)),
            outbox=health.outbox_class(self._outbox.depth()),
            link=int(self._outbox.link()),
        )

    # --- release --------------------------------------------------------------------------------

    def release(self) -> None:
        """Sign and put out the newest windows while the centre keeps up, and keep the others.

        A disk that takes nothing is a stated degraded mode: windows wait in memory, and the next
        turn tries again. A file that is found to be wrong ends the process: what starts again mends
        it first.
        """
        for step in (self._sign_what_may_go, self._keep):
            try:
                step()
            except StoreError as error:
                if error.damaged:
                    raise
                log.error("%s; %d windows wait in memory", error, len(self._unsaved.windows))  # noqa: TRY400 - a stack would bury it

    def _sign_what_may_go(self) -> None:
        """Sign as many windows as may be in flight.

        One commit each of ledger, outbox and, where they waited there, pending.
        """
        said, last = self._outbox.acknowledged(self._ledger.stream), self._ledger.size()
        if said.upto > last:
            raise StoreError(
                f"the centre holds entry {said.upto} of {self._ledger.stream}, the ledger ends at "
                f"{last}",
                damaged=True,
            )
        heard = heard_of(self._outbox, self._ledger.stream)
        if (said.upto, heard.upto) != self._progress:
            self._progress, self._acknowledged_s = (
                (said.upto, heard.upto),
                self._clock.monotonic_s(),
            )
        self._hear_root(said.upto, said.root)
        # While the centre gets again what it has lost, the live windows go on above that.
        top = said.upto if heard.upto is None else max(said.upto, min(heard.held, last))
        fresh, waiting = self._next_windows(IN_FLIGHT_MAX - (last - top))
        entries = tuple(
            self._signed(last + place, window) for place, window in enumerate((*fresh, *waiting), 1)
        )
        if entries:
            with self._ledger.transaction():
                if self._compared - self._ledger.compared()[0] >= NOTE_ROOT_EVERY:
                    self._note_root()
                self._mark_released(self._ledger)
                self._ledger.append(*entries)
            self._announce(*entries)
            self._unsaved.remove(fresh)
            if waiting:
                self._pending.remove(waiting)
        if heard.upto is None and self._batches.pop(self._ledger.stream, None) is not None:
            self._handed_over = 0  # what had been taken back and has not come is put out anew
        self._hand_over()
        if heard.upto is not None:
            self._resend(heard, top)
        self._resend_closed()
        # A file that fills up would stop the box: then what was acknowledged once goes, lost or
        # not.
        has_room = (
            heard.upto is None
            or self._ledger.free_pages() * PAGE_BYTES > IN_FLIGHT_MAX * entry_bytes(self._settings)
        )
        self._purge(
            min(said.upto, heard.upto) if heard.upto is not None and has_room else said.upto
        )

    def _resend(self, heard: Heard, top: int) -> None:
        """Put out again the next of what the centre has lost; see edge_agent/signing/resending.py.

        What it holds above that is taken back meanwhile, but for the last few: it comes in its
        turn, as a duplicate.
        """
        ledger, stream, upto = self._ledger, self._ledger.stream, max(0, heard.upto or 0)
        batch = self._batches.get(stream)
        if batch is None or not batch.serves(upto):
            batch = self._batches[stream] = next_batch(ledger, heard=upto, top=top)
            self._put_out(stream, batch.entries)
            if batch.entries:
                log.info(
                    "entries up to %d of %s go out again: the centre lost them", batch.upto, stream
                )
        if batch.gone is not None and not batch.claim and heard.store:
            claim = claim_of(ledger, batch.gone) or self._claim(batch.gone)
            if claim is not None:
                self._put_out(stream, [claim])
                batch = self._batches[stream] = replace(batch, claim=claim.sequence)
        self._outbox.take_back(stream, above=batch.upto, upto=top - ON_HAND_MAX, but=batch.claim)

    def _claim(self, run: Run) -> Entry | None:
        """Sign that a run was purged, as an entry of its own.

        Not again at once, whatever the uplink may say that it has heard.
        """
        now_s = self._clock.monotonic_s()
        if now_s - self._claimed_s < CLAIM_EVERY_S:
            return None
        self._claimed_s = now_s
        sequence, settings = self._ledger.size() + 1, self._settings
        payload = purged(
            self._ledger, run, site=settings.site, device=settings.device, sequence=sequence
        )
        entry = self._entry(Channel.REPORT, sequence, payload)
        with self._ledger.transaction():
            self._mark_released(self._ledger)
            self._ledger.append(entry)
        log.warning(
            "entry %d of %s says that %d to %d were purged",
            sequence,
            self._ledger.stream,
            run.first,
            run.last,
        )
        return entry

    def _resend_closed(self) -> None:
        """Put out again the next of a closed ledger; of what is purged of it nothing can be said."""
        now_s = self._clock.monotonic_s()
        if now_s - self._closed_s < CLOSED_EVERY_S:
            return
        self._closed_s = now_s
        for old, seen in self._closed.items():
            heard = heard_of(self._outbox, old.stream)
            if heard == seen:
                continue
            self._closed[old] = heard
            if heard.upto is None:
                continue
            top = max(self._outbox.acknowledged(old.stream).upto, heard.held)
            batch = next_batch(old, heard=heard.upto, top=top)
            if batch.gone is not None and heard.held > batch.gone.last:
                batch = next_batch(old, heard=heard.held, top=top)
            self._outbox.take_back(old.stream, above=batch.upto, upto=heard.held, but=0)
            self._put_out(old.stream, batch.entries)
            return

    def _put_out(self, stream: str, entries: Iterable[Entry]) -> None:
        self._outbox.insert(
            Waiting(stream, one.sequence, one.channel, one.envelope) for one in entries
        )

    def _next_windows(
        self, room: int
    ) -> tuple[tuple[PendingWindow, ...], tuple[PendingWindow, ...]]:
        """Return the windows to sign next, newest first.

        Those just closed, then those that waited on the disk.

        What no clock could date yet waits a stated time for a better one. A window that can be
        signed at once is not written twice.
        """
        waited_s = self._clock.monotonic_s() - self._settings.clock_wait_s
        undated_until_s = math.inf if self._clock.synchronised() else waited_s
        ready = [
            window
            for window in reversed(self._unsaved.windows)
            if window.quality != ClockQuality.UNSYNCHRONISED
            or window.start_monotonic_s <= undated_until_s
        ]
        fresh = tuple(ready[: max(0, room)])
        left = max(0, room - len(fresh))
        return fresh, self._pending.newest(
            left, boot=self._settings.boot, undated_until_s=undated_until_s
        )

    def _keep(self) -> None:
        """Write down the windows that could not be signed yet, all in one commit."""
        held = tuple(self._unsaved.windows)
        if held:
            self._tell_dropped(make_room(self._pending, self._settings.slots.length_s))
            with self._pending.transaction():
                self._mark_released(self._pending)
                self._pending.add(held)
            self._unsaved.remove(held)

    def _mark_released(self, store: Pending | Ledger) -> None:
        """Write down up to when is released, in the commit that makes it so.

        A file's own time says nothing of the box's.
        """
        if self._released is not None:
            mark(store, self._released)

    def _purge(self, acknowledged: int) -> None:
        """Drop payloads that the centre has and whose time is over, now and then.

        By no clock that may be wrong.
        """
        now_s, size = self._clock.monotonic_s(), self._ledger.size()
        if (
            self._purged_s is None
            or now_s - self._purged_s >= PURGE_EVERY_S
            or size - self._purged_size >= PURGE_EVERY_ENTRIES
        ):
            self._purged_s, self._purged_size = now_s, size
            self._ledger.forget(acknowledged=acknowledged, signed_before_ms=self._purge_before_ms())
        if now_s - self._overwritten_s >= OVERWRITE_EVERY_S:
            self._overwritten_s = now_s
            for store in (self._pending, self._ledger, self._outbox):
                store.overwrite_log()

    def _purge_before_ms(self) -> int:
        if not self._clock.synchronised() or self._steps.steps:
            return 0
        return round((self._clock.utc_s() - self._settings.payload_days * DAY_S) * 1000)

    def _signed(self, sequence: int, window: PendingWindow) -> Entry:
        start_s, quality = self._redate(window)
        payload = self._gate.report(
            window.body,
            sequence=sequence,
            start_s=start_s,
            length_s=window.length_s,
            quality=quality,
        )
        # What stands for several has the noise of each: it cannot be drawn again from one name.
        drawn_ms = window.drawn_ms
        if window.drawn_run is None and window.length_s == self._settings.slots.length_s:
            drawn_ms = round(window.start_monotonic_s * 1000)
        entry = self._entry(Channel.REPORT, sequence, payload)
        return replace(entry, window_id=window.id, drawn_ms=drawn_ms, drawn_run=window.drawn_run)

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
        payload = meta_payload(
            self._gate.sender,
            self._settings,
            schema=self._schema,
            calibrations=self._calibrations,
            sequence=sequence,
        )
        meta = self._entry(Channel.META, sequence, payload)
        with self._ledger.transaction():
            self._mark_released(self._ledger)
            self._ledger.append(meta)
        self._announce(meta)
        self._hand_over()

    def _entry(self, channel: Channel, sequence: int, payload: bytes) -> Entry:
        envelope = join(payload, self._signing.sign(signed_bytes(channel, payload)))
        signed_utc_ms = round(self._clock.utc_s() * 1000)
        return Entry(
            sequence, channel, None, signed_utc_ms, envelope, dated=self._clock.synchronised()
        )

    def _announce(self, *entries: Entry) -> None:
        """Say what has been committed to the ledger.

        Never before, because a full disk refuses the commit itself.
        """
        for entry in entries:
            log.info(
                "%s %d of %s is in the ledger", entry.channel, entry.sequence, self._ledger.stream
            )

    def _hand_over(self) -> None:
        """Put into the outbox, in one commit, what the ledger holds and was not put there yet, and the head over all of it.

        It is read back from the ledger: what a failing disk or a sudden end kept from the outbox
        goes there at the next turn. The centre's word counts, and, where the outbox was lost, the
        last root that it named.
        """
        size, stream = self._ledger.size(), self._ledger.stream
        done = max(
            self._handed_over, self._outbox.acknowledged(stream).upto, self._ledger.compared()[0]
        )
        note = self._checkpoint(size)
        if done >= size and note is None:
            return
        entries = self._ledger.after(done, limit=2 * IN_FLIGHT_MAX)
        with self._outbox.transaction():
            self._outbox.insert(
                Waiting(stream, entry.sequence, entry.channel, entry.envelope) for entry in entries
            )
            if note is not None:
                self._outbox.insert(
                    [Waiting(checkpoint_stream(stream), size, Channel.CHECKPOINT, note)]
                )
                # Each says all that those before it said.
                self._outbox.acknowledge(checkpoint_stream(stream), Acknowledged(size - 1, 0))
        self._handed_over, self._checkpointed = entries[-1].sequence if entries else done, size

    def _checkpoint(self, size: int) -> bytes | None:
        """Sign the head of what is on disk, where it has grown.

        Only the newest checkpoint waits in the outbox.

        It is read back from the ledger and not taken from memory: an entry that a power cut could
        take is in no checkpoint.
        """
        if (
            size in {0, self._checkpointed}
            or self._outbox.acknowledged(checkpoint_stream(self._ledger.stream)).upto >= size
        ):
            return None
        checkpoint = Checkpoint(
            self._settings.site, self._settings.device, self._ledger.head(), self._ledger.follows
        )
        return sign_checkpoint(
            checkpoint, self._signing.public_key().public_bytes_raw(), self._signing.sign
        )

    def _hear_root(self, upto: int, root: str | None) -> None:
        """Look at once whether the centre's root is ours.

        One that is, is noted with the next commit, which costs nothing more.
        """
        if root is None or not 0 < upto <= self._ledger.size() or upto == self._compared:
            return
        if self._ledger.tree(upto).root.hex() == root:
            self._compared, self._agreed = upto, (upto, root)
            return
        self._note_root()
        self.compare(upto, root)

    def _note_root(self) -> None:
        if self._agreed is not None:
            self._ledger.compare(*self._agreed)
            self._agreed = None

    def compare(self, upto: int, root: str | None) -> None:
        """Hold the centre's root, as acknowledged, against our own.

        Where it differs say so, and between which entries.
        """
        if root is None or not 0 < upto <= self._ledger.size() or upto == self._compared:
            return
        self._compared = upto
        if not self._ledger.compare(upto, root):
            agreed, differs = self._ledger.compared()
            log.error(
                "the centre holds something else than this ledger between entries %d and %d; run "
                "edge-agent ledger verify",
                agreed + 1,
                differs or upto,
            )

    def poll_s(self) -> float:
        """Return how long to wait at most before looking for acknowledgements again."""
        recent = self._clock.monotonic_s() - self._acknowledged_s < BUSY_S
        busy = recent and (bool(self._batches) or next(self._pending.walk(), None) is not None)
        return BUSY_POLL_S if busy else POLL_S

    def drained(self) -> bool:
        """Say whether every closed window has been signed."""
        return not self._unsaved.windows and self._next_windows(1) == ((), ())

    def close(self) -> None:
        """Close the files."""
        self._note_root()
        for store in (self._pending, self._ledger, self._outbox, *self._closed):
            store.close()
        os.close(self._held_fd)


def entry_bytes(settings: GateSettings) -> int:
    """Return what an entry takes in the ledger's file, with every number at its longest."""
    return ENTRY_BYTES + LINE_BYTES * len(settings.line_ids) + ZONE_BYTES * len(settings.zone_ids)


def entries_kept(settings: GateSettings) -> int:
    """Return how many acknowledged payloads are kept.

    What fits into the file's limit with every number at its longest.
    """
    fitting = (
        settings.store_bytes_max // entry_bytes(settings) - IN_FLIGHT_MAX - PURGE_EVERY_ENTRIES
    )
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
        raise ProcessError(
            f"capacity: {per_minute:.1f} bits a minute exceed the cap of {most:g}; see edge-agent "
            "check"
        )


def run(gate: GateProcess, channel_fd: int, clock: Clock, stop: Stop) -> None:
    """Turn until the sensor has ended for good and every window is signed, or SIGTERM."""
    gate.birth()
    channel_open = True
    while not stop.heard() and (channel_open or not gate.drained()):
        due_s = gate.next_tick_s()
        poll_s = gate.poll_s()
        wait_s = poll_s if due_s is None else max(0.0, min(poll_s, due_s - clock.monotonic_s()))
        readers = [channel_fd] if channel_open and gate.listening() else []
        if channel_fd in select.select([*readers, stop.descriptor], [], [], wait_s)[0]:
            raw = os.read(channel_fd, RECORD_BYTES)
            channel_open = raw != b""
            if channel_open:
                gate.take(raw)
            else:
                gate.finish()
        if channel_open:
            gate.tick()
        gate.release()
    if channel_open:
        hear_out(gate, channel_fd, clock)
        gate.finish()
    gate.close()


def hear_out(gate: GateProcess, channel_fd: int, clock: Clock) -> None:
    """Take what the sensor says as it is stopped with us.

    Where it is not, its running slot is left to the next run.
    """
    until_s = clock.monotonic_s() + STOP_WAIT_S
    while gate.listening():
        wait_s = max(0.0, until_s - clock.monotonic_s()) if gate.awaits_word() else 0.0
        if not select.select([channel_fd], [], [], wait_s)[0]:
            return
        raw = os.read(channel_fd, RECORD_BYTES)
        if raw == b"":
            return
        gate.take(raw)


def main(descriptor: int, locked_fd: int, go_fd: int) -> None:
    """Run the gate of this box."""
    logging.basicConfig(
        level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr
    )
    stop = Stop()
    settings, clock = read_settings(GateSettings, descriptor), SystemClock()
    gate = GateProcess(settings, clock)
    os.set_blocking(settings.channel_fd, False)
    lock.close(Role.GATE)
    if (level := lock.wait_for_level(locked_fd, go_fd)) is not None:
        gate.say_level(level)
        run(gate, settings.channel_fd, clock, stop)
    process_exit.exit_now(process_exit.DONE_EXIT)


if __name__ == "__main__":
    process_exit.run(main, *map(int, sys.argv[1:4]), log=log)
