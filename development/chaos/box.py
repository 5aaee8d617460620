# SPDX-License-Identifier: Apache-2.0
"""The box of the fault campaign.

The real gate and uplink on a disk of their own, fed by a synthetic sensor, and the witness.

The disk is a small ext4 in a file, so that it can be filled, and so that a power cut is a copy of
what was on it. The witness lives in the campaign: what the sensor wrote and what the gate said it
had committed are journalled here, never read off the box.
"""

import contextlib
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from development.chaos.clock import ShiftedClock, why_not
from development.chaos.disk import DISK_MB, Disk
from development.chaos.witness import Witness
from development.fleet.identity import BrokerAddress
from edge_agent.channel import Kind, Record, pack
from edge_agent.clock import boot_id
from edge_agent.confinement import lock
from edge_agent.keys import NOISE_KEY, SIGNING_KEY, generate
from edge_agent.process_settings import GateSettings, SlotSettings, UplinkSettings, write_settings
from edge_agent.store.outbox import Outbox
from wire_contract.messages.report import Level

Hear = Callable[[str], None]
"""Is told each line that a process writes."""
SITE, DEVICE, LINE = "chaos", "box-1", "north"
LENGTH_S = 1
COUNT_MAX = 65_535
"""`in` says which window it is, so there are no more windows than this."""
SPEAK_AT_S = 0.9
"""When in its slot the sensor speaks: late, as a real one does, and so that one window at most is
in the gate's hands."""
GIVE_WAY_S = 60.0
STORE_BYTES = 16_777_216


class Process:
    """Gate or uplink: the real module, started again when it dies.

    It is started as the supervisor does, but without namespaces.
    """

    def __init__(self, name: str, words: IO[str]) -> None:
        self.name, self._words = name, words
        self.process: subprocess.Popen[str] | None = None
        self.deaths = 0
        self.held = False
        """While held, a dead process is not started again."""
        self._begun = False

    @property
    def alive(self) -> bool:
        """Say whether it runs."""
        return self.process is not None and self.process.poll() is None

    @property
    def listening(self) -> bool:
        """Say whether it runs and has been told to begin.

        A sensor's window is long beside a start, this one's is not.
        """
        return self._begun and self.alive

    def start(
        self,
        settings: object,
        *inherited: int,
        environment: dict[str, str],
        hear: Hear | None = None,
    ) -> None:
        """Start it, let it lock itself, and say go."""
        self._begun = False
        locked_out, locked_in = os.pipe()
        go_out, go_in = os.pipe()
        handed = (write_settings(settings), locked_in, go_out)
        command = [
            sys.executable,
            "-I",
            "-m",
            f"edge_agent.processes.{self.name}",
            *map(str, handed),
        ]
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            pass_fds=(*handed, *inherited),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        for descriptor in handed:
            os.close(descriptor)
        threading.Thread(target=self._listen, args=(self.process, hear), daemon=True).start()
        os.read(locked_out, 1)  # returns at the end of the pipe: locked, or dead
        os.close(locked_out)
        with contextlib.suppress(BrokenPipeError):
            os.write(go_in, lock.word_with(Level.PROCESS) if self.name == "gate" else lock.GO)
            self._begun = True
        os.close(go_in)

    def kill(self) -> None:
        """End it without a chance to save anything."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """End it as a service manager would."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def _listen(self, process: subprocess.Popen[str], hear: Hear | None) -> None:
        assert process.stderr is not None  # noqa: S101 - it was asked for
        for line in process.stderr:
            if hear is not None:
                hear(line)
            self._words.write(f"{self.name}: {line}")


class ChaosBox:
    """The box under test and its synthetic sensor.

    Its many attributes are what a fault can touch: processes, disk, clock, keys and link.
    """

    def __init__(self, folder: Path, broker: BrokerAddress, witness: Witness, *, seed: int) -> None:
        self._folder, self._broker, self._witness = folder, broker, witness
        self._words = (folder / "box.log").open("w", encoding="utf-8", buffering=1)
        self.disk = Disk(folder / "box.img", folder / "box", megabytes=DISK_MB)
        self.keys = folder / "keys"
        self.public_key = generate(self.keys)
        self.gate, self.uplink = Process("gate", self._words), Process("uplink", self._words)
        self.clock = None if why_not() else ShiftedClock(folder, "box")
        """The wall clock of gate and uplink, where there is a compiler to make one."""
        self.clock_wait_s = 5
        """For a window that no clock could date; where the machine's clock is not synchronised,
        every one waits so long."""
        self.length_s = LENGTH_S
        self._channel_out, self._channel_in = os.pipe2(os.O_DIRECT | os.O_CLOEXEC)
        self._origin_s = 0.0
        self._random = random.Random(seed)  # noqa: S311 - a campaign must be drawn again alike
        self._stopping = threading.Event()
        self._silent = threading.Event()
        self._sequence = 0
        self.boxes = 1
        self._threads = [
            threading.Thread(target=target, daemon=True)
            for target in (self._speak, self._keep_alive)
        ]

    def start(self) -> None:
        """Start gate, uplink and sensor."""
        self._origin_s = time.monotonic() - time.time() % self.length_s
        for process in (self.gate, self.uplink):
            self._start(process)
        for thread in self._threads:
            thread.start()

    def quiet(self) -> None:
        """Let the sensor say no more."""
        self._silent.set()

    def stop(self) -> None:
        """End everything."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        for process in (self.gate, self.uplink):
            process.kill()
        self.disk.close()
        self._words.close()

    def depth(self) -> int:
        """Return how many messages wait in the outbox.

        To know when the box is done, never to judge it.
        """
        outbox = Outbox(self._store / "outbox" / "outbox.db", bytes_max=STORE_BYTES)
        try:
            return outbox.depth()
        finally:
            outbox.close()

    def cut_power(self) -> None:
        """Stop the processes amid their work, keep the disk as it is, and go on from that."""
        for process in (self.gate, self.uplink):
            process.held = True
        for process in (self.gate, self.uplink):
            if process.alive and process.process is not None:
                process.process.send_signal(19)  # SIGSTOP
        image = self.disk.cut()
        for process in (self.gate, self.uplink):
            process.kill()
        self.disk.replace(image)
        for process in (self.gate, self.uplink):
            process.held = False

    def give_way(self, put_in_place: Callable[[Path], None]) -> None:
        """Let this box send all that it has, and another come in its place.

        The other has keys and a store of its own.

        put_in_place makes the public key that it is handed that of the place. A window that waits
        for a better clock goes with a box, so nothing is counted until the last that was is dated.
        """
        self._silent.set()
        time.sleep(self.clock_wait_s + 2.0 * self.length_s)
        self.gate.held = True
        self.gate.stop()
        until_s = time.monotonic() + GIVE_WAY_S
        while self.depth() and time.monotonic() < until_s:
            time.sleep(0.1)
        self.uplink.held = True
        self.uplink.stop()
        if not self.depth():
            self.boxes += 1
            self.keys = self._folder / f"keys-{self.boxes}"
            put_in_place(generate(self.keys))
            shutil.rmtree(self._store)
        self._silent.clear()
        self.gate.held = self.uplink.held = False

    @property
    def _store(self) -> Path:
        return self.disk.folder / "store"

    # --- the sensor -----------------------------------------------------------------------------

    def _speak(self) -> None:
        """Write one window a slot while the gate listens.

        What the pipe does not take at once is not written.
        """
        os.set_blocking(self._channel_in, False)
        number = 0
        while not self._stopping.is_set():
            slot = int((time.monotonic() - self._origin_s) // self.length_s)
            wait_s = self._origin_s + slot * self.length_s + SPEAK_AT_S - time.monotonic()
            if wait_s <= 0:
                slot, wait_s = slot + 1, wait_s + self.length_s
            if (
                self._stopping.wait(wait_s)
                or self._silent.is_set()
                or not self.gate.listening
                or number == COUNT_MAX
            ):
                continue
            number += 1
            count = self._random.randint(0, 1000)
            self._witness.emit(number, count)
            records = ((Kind.LINE, (number, count, 0, 0)), (Kind.IMAGE_QUALITY, (0, 3, 3, 0)))
            for kind, values in records:
                with contextlib.suppress(BlockingIOError):
                    os.write(self._channel_in, pack(Record(kind, 0, slot, self._sequence, values)))
                self._sequence += 1

    # --- the supervisor's part ------------------------------------------------------------------

    def _keep_alive(self) -> None:
        while not self._stopping.wait(0.05):
            for process in (self.gate, self.uplink):
                if not process.alive and not process.held:
                    process.deaths += 1
                    with contextlib.suppress(OSError):
                        self._start(process)

    def _start(self, process: Process) -> None:
        environment = {} if self.clock is None else self.clock.environment
        if process is self.gate:
            process.start(
                self.gate_settings(),
                self._channel_out,
                environment=environment,
                hear=self._witness.hear,
            )
        else:
            process.start(self._uplink_settings(), environment=environment)

    def gate_settings(self) -> GateSettings:
        """Return what the gate gets."""
        return GateSettings(
            channel_fd=self._channel_out,
            site=SITE,
            device=DEVICE,
            boot=boot_id(),
            config_sha256="c" * 64,
            software="0.1.0",
            model="synthetic",
            model_sha256="d" * 64,
            slots=SlotSettings(origin_s=self._origin_s, length_s=self.length_s, replay=False),
            replay_epoch_s=0,
            release_offset_s=0,
            clock_wait_s=self.clock_wait_s,
            line_ids=(LINE,),
            line_max=(COUNT_MAX,),
            line_calibrations=(None,),
            zone_ids=(),
            zone_max=(),
            rule="exact",
            rule_parameters=(),
            class_epsilon=0,
            capacity_bits_per_minute_max=1e6,
            store_directory=str(self._store),
            store_bytes_max=STORE_BYTES,
            payload_days=14,
            outbox_path=str(self._store / "outbox" / "outbox.db"),
            signing_key_path=str(self.keys / SIGNING_KEY),
            noise_key_path=str(self.keys / NOISE_KEY),
        )

    def _uplink_settings(self) -> UplinkSettings:
        tls = self._folder / "box-tls"
        return UplinkSettings(
            site=SITE,
            device=DEVICE,
            boot=boot_id(),
            outbox_path=str(self._store / "outbox" / "outbox.db"),
            outbox_bytes_max=STORE_BYTES,
            drain_s=5.0,
            host=self._broker.host,
            port=self._broker.port,
            protocol="5",
            ca_path=str(tls / "ca.pem"),
            certificate_path=str(tls / "device.pem"),
            key_path=str(tls / "device.key"),
        )
