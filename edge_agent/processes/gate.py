# SPDX-License-Identifier: Apache-2.0
"""The gate process: records in, signed reports out. The only wiring of disclosure and signing.

On its own tick it closes each slot, whether or not the sensor spoke, passes it through the rule and
hands it on to be signed. A slot is released at most once, however often the gate starts again in
it; a box that is stopped releases the running one with its true length. Started as `python -I -m
edge_agent.processes.gate SETTINGS LOCKED GO`: the descriptor that carries its settings, the one it
closes once it is locked, and the one on which it hears that the lock has been measured.
"""

import logging
import os
import secrets
import select
import sys
from dataclasses import replace
from pathlib import Path

from edge_agent.confinement import lock
from edge_agent.confinement.tables.policy import Role

if __name__ == "__main__":
    # Before any library is imported, and while there is one thread.
    lock.begin(Role.GATE)

from edge_agent import health
from edge_agent.channel import RECORD_BYTES, Reader, Schema
from edge_agent.clock import Clock, SystemClock
from edge_agent.confinement import process_exit
from edge_agent.confinement.stop import Stop
from edge_agent.confinement.tables.visible_files import THERMAL
from edge_agent.disclosure.gate import Gate
from edge_agent.disclosure.interval.interval import Calibration
from edge_agent.disclosure.meta import HEALTH_MILLIBITS, meta_payload
from edge_agent.disclosure.window import Provenance, Sender
from edge_agent.errors import ProcessError, RecordError
from edge_agent.keys import read_secret
from edge_agent.process_settings import GateSettings, read_settings
from edge_agent.processes.camera_state import told
from edge_agent.signing.dating import Dating
from edge_agent.signing.open_slots import begin_slots
from edge_agent.signing.release import Release
from edge_agent.signing.stores import open_stores
from edge_agent.store.pending_window import PendingWindow
from wire_contract.messages.report import Clock as WindowClock
from wire_contract.messages.report import Health, Level, Rule, RuleName
from wire_contract.quality import QualityCode

STOP_WAIT_S = 3.0
"""How long a gate that is told to stop waits for what the sensor, told so too, has counted of the
running slot."""
REFUSED_PER_SLOT_MAX = 256
"""A sensor that floods is not read again before the next slot; the channel fills, and the sensor
waits."""
log = logging.getLogger("edge_agent.gate")


class Records:
    """What the sensor says: read, and refused where it is not what may be said."""

    def __init__(self, schema: Schema, clock: Clock) -> None:
        self.reader, self._clock = Reader(schema), clock
        self._refused_before = 0
        self.heard_s = 0.0
        """When the sensor last said something that was admitted (monotonic)."""

    def listening(self) -> bool:
        """Say whether the sensor may be read.

        Not while it has sent too much nonsense in this slot.
        """
        return self._refused() < REFUSED_PER_SLOT_MAX

    def read(self, raw: bytes, open_slots: range) -> int | None:
        """Return the slot that a record speaks for.

        None where it is refused: that is counted and forgotten.
        """
        try:
            slot = self.reader.admit(raw, open_slots)
        except RecordError as error:
            if self._refused() == 1:
                log.warning("%s (the first refusal of this slot)", error)
            return None
        self.heard_s = self._clock.monotonic_s()
        return slot

    def begin_slot(self) -> None:
        """Listen again, whatever was refused before."""
        self._refused_before = self.reader.refused

    def _refused(self) -> int:
        return self.reader.refused - self._refused_before


class GateProcess:
    """The gate between two turns: records to slots, slots through the rule, windows handed on."""

    def __init__(self, settings: GateSettings, clock: Clock) -> None:
        self._settings = settings
        self._schema = Schema(lines=settings.line_max, zones=settings.zone_max)
        check_capacity(self._schema, settings)
        self.stores = open_stores(settings)
        self._draw_run = secrets.token_hex(16)
        self._gate = _open_gate(
            settings,
            stream=self.stores.ledger.stream,
            schema=self._schema,
            draw_run=self._draw_run,
        )
        self._records = Records(self._schema, clock)
        self.slots = begin_slots(settings, clock, self.stores)
        self._dating = Dating(settings, clock)
        self._run = 1 + secrets.randbits(48)
        self._release = Release(
            settings,
            clock,
            stores=self.stores,
            slots=self.slots,
            dating=self._dating,
            gate=self._gate,
            signing_key=read_secret(Path(settings.signing_key_path)),
        )

    def say_level(self, level: Level) -> None:
        """Say this level in all that is disclosed from now on.

        Until then it is the least at which a box may run.
        """
        self._gate.sender = replace(
            self._gate.sender, provenance=replace(self._gate.sender.provenance, level=level)
        )

    def sign_meta(self) -> None:
        """Sign and put out the meta of this run."""
        self._release.sign_meta(
            lambda sequence: meta_payload(
                self._gate.sender,
                self._settings,
                schema=self._schema,
                calibrations=_calibrations(self._settings),
                sequence=sequence,
            )
        )

    # --- records --------------------------------------------------------------------------------

    def listening(self) -> bool:
        """Say whether the sensor may be read."""
        return self._records.listening()

    def read_record(self, raw: bytes) -> None:
        """Take in what was read from the channel; what is refused is counted and forgotten."""
        slot = self._records.read(raw, self.slots.open())
        if slot is not None and self.slots.is_replay:
            self.close_before(slot)

    # --- slots ----------------------------------------------------------------------------------

    def tick(self) -> None:
        """Close every slot that is due."""
        while self.slots.is_due():
            self.close_before(self.slots.next + 1)

    def finish(self) -> None:
        """The sensor has ended for good, or the box stops.

        Close what was spoken for, the running slot with its true length.
        """
        heard_s = self._records.heard_s
        slots = self._records.reader.slots()
        spoken = [slot for slot in slots if self.slots.is_long_enough(slot, heard_s=heard_s)]
        if spoken:
            self.close_before(max(spoken) + 1)
        if self._records.reader.slots():
            log.info(
                "stopped in the first second of a window: what was counted in it is not released"
            )

    def awaits_word(self) -> bool:
        """Say whether the sensor may still speak for the running slot.

        A live one that was not released, and not spoken for.
        """
        if self.slots.is_replay:
            return False
        running = self.slots.running()
        return running >= self.slots.next and not self._records.reader.has_ended(running)

    def close_before(self, slot: int) -> None:
        """Close the slots below `slot`, in order, and release what may go."""
        while self.slots.next < slot:
            self._close(self.slots.next)
            self.slots.next += 1
            self._records.begin_slot()
        self.release()

    def _close(self, slot: int) -> None:
        """Put what the slot's records said through the rule, and hand on only what comes out.

        Exactness ends here.
        """
        begun_s = self.slots.start_s(slot)
        length_s = self.slots.length_s(slot, heard_s=self._records.heard_s)
        start_s, quality = self._dating.date_closed(begun_s)
        drawn_ms = round(begun_s * 1000)
        said, health_now = self._records.reader.close(slot), self._health()
        body = self._gate.disclose(said, at_ms=drawn_ms, health=health_now, silent=self._silent())
        self._release.append(
            PendingWindow(
                id=secrets.randbits(62),
                run=self._run,
                boot=self._settings.boot,
                quality=quality,
                start_monotonic_s=begun_s,
                start_s=start_s,
                length_s=length_s,
                body=body,
                drawn_ms=drawn_ms,
                drawn_run=self._draw_run,
            )
        )

    def _silent(self) -> QualityCode:
        """Return what a window says of which no camera has spoken.

        That the camera is lost, where whoever starts it knows so.
        """
        state = told(Path(self._settings.store_directory))
        return (
            QualityCode.SILENT if state is None or state.fault is None else QualityCode.CAMERA_LOST
        )

    def _health(self) -> Health:
        return Health(
            temperature=health.temperature_class(Path(THERMAL)),
            disk=health.disk_class(Path(self._settings.store_directory)),
            outbox=health.outbox_class(self.stores.outbox.depth()),
            link=int(health.link_class(self.stores.outbox.link())),
        )

    # --- release --------------------------------------------------------------------------------

    def release(self) -> None:
        """Sign and put out the newest windows while the centre keeps up, and keep the others."""
        self._release.turn()

    def wait_s(self, clock: Clock) -> float:
        """Return how long to wait at most before the next turn."""
        due_s, poll_s = self.slots.due_s(), self._release.poll_s()
        return poll_s if due_s is None else max(0.0, min(poll_s, due_s - clock.monotonic_s()))

    def drained(self) -> bool:
        """Say whether every closed window has been signed."""
        return self._release.drained()

    def close(self) -> None:
        """Close the files."""
        self._release.close()


def _open_gate(settings: GateSettings, *, stream: str, schema: Schema, draw_run: str) -> Gate:
    """Return what decides, speaking for the ledger's stream; draw_run names the noise of this run.

    Raises StoreError where the key of the noise cannot be read.
    """
    provenance = Provenance(
        boot=settings.boot,
        config=settings.config_sha256,
        level=Level.PROCESS,
        clock=WindowClock.REPLAY if settings.slots.replay else WindowClock.LIVE,
        rule=Rule(RuleName(settings.rule), settings.rule_parameters),
    )
    return Gate(
        Sender(settings.site, settings.device, stream, provenance),
        schema=schema,
        line_ids=settings.line_ids,
        zone_ids=settings.zone_ids,
        noise_key=read_secret(Path(settings.noise_key_path)),
        run=draw_run,
        class_epsilon=settings.class_epsilon,
        calibrations=_calibrations(settings),
    )


def _calibrations(settings: GateSettings) -> dict[str, Calibration]:
    return {
        name: Calibration(known.bias_permille, known.spread_permille)
        for name, known in zip(settings.line_ids, settings.line_calibrations, strict=True)
        if known is not None
    }


def check_capacity(schema: Schema, settings: GateSettings) -> None:
    """Print the bound on what a sensor could say, and refuse to start above the config's cap."""
    bits = schema.capacity_bits()
    per_minute = (bits + HEALTH_MILLIBITS / 1000.0) * 60.0 / settings.slots.length_s
    cap = settings.capacity_bits_per_minute_max
    log.info(
        "capacity: %.1f bits a window from the sensor, %.1f of health; %.1f bits a minute, cap %g",
        bits, HEALTH_MILLIBITS / 1000.0, per_minute, cap,
    )  # fmt: skip
    if per_minute > cap:
        raise ProcessError(
            f"capacity: {per_minute:.1f} bits a minute exceed the cap of {cap:g}; see edge-agent "
            "check"
        )


def run(gate: GateProcess, channel_fd: int, clock: Clock, stop: Stop) -> None:
    """Turn until the sensor has ended for good and every window is signed, or SIGTERM."""
    gate.sign_meta()
    channel_open = True
    while not stop.heard() and (channel_open or not gate.drained()):
        wait_s = gate.wait_s(clock)
        readers = [channel_fd] if channel_open and gate.listening() else []
        if channel_fd in select.select([*readers, stop.descriptor], [], [], wait_s)[0]:
            raw = os.read(channel_fd, RECORD_BYTES)
            channel_open = raw != b""
            if channel_open:
                gate.read_record(raw)
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
    """Read what the sensor says as it is stopped with us.

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
        gate.read_record(raw)


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
