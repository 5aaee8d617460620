# SPDX-License-Identifier: Apache-2.0
"""A second gate, and a second sensor, beside the box.

They are the same programs, started and locked in the same way.

They have keys and a store of their own, and the audit at the other end of their channel. What the
audit must not do to a running box (flood it, lie to it, hand it a trojan) it does to these. What
they do is evidence for the box where their filters are its own, which is compared by the programs
that the kernel hands out.
"""

import base64
import os
import select
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self

from edge_agent.config.schema import Config
from edge_agent.confinement.enter import Plan
from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.namespaces import User
from edge_agent.confinement.kernel.seccomp_programs import read_filters
from edge_agent.confinement.probe import Expected, as_the_tables
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError
from edge_agent.keys import NOISE_KEY, SIGNING_KEY, SIGNING_PUBLIC, generate
from edge_agent.process_settings import GateSettings, SlotSettings
from edge_agent.processes.launch import begin_run, gate_settings
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.target.box import AuditedBox, until
from privacy_audit.target.locked_process import END_WITHIN_S, LOOK_EVERY_S, LockedProcess
from privacy_audit.target.stored_entries import StoredEntry, read_entries, stream_of
from privacy_audit.timing import Wait

WRITE_WITHIN_S = 10.0
STORE_BYTES_MAX = 64 * 2**20
_STAGES = 2
_CAPACITY_MAX = 1e6
"""A gate beside has short windows, so it says more a minute than the box may; its bound a window is
the box's."""


class LockLikeness(Enum):
    """Whether a gate beside the box has the lock of the box's, by the programs of every thread."""

    SAME = "its filters are the box's"
    OTHER = "its filters are not those of the box's gate"
    UNSEEN = (
        "whether its filters are those of the box's gate cannot be seen here: run the audit as root"
    )

    @property
    def verdict(self) -> Verdict:
        """How sure a finding about such a gate is that held.

        Where the filters differ, that is a finding of its own.
        """
        return Verdict.UNPROVEN if self is LockLikeness.UNSEEN else Verdict.TWIN


class GateBeside:
    """A running gate of the box's lines and zones, whose sensor is whoever holds this."""

    def __init__(
        self,
        config: Config,
        folder: Path,
        *,
        slots: SlotSettings,
        rule: str,
        parameters: tuple[int, ...],
        starts_again: bool = False,
    ) -> None:
        """starts_again keeps the channel open for another gate to be started on it.

        No write tells then that one has ended.
        """
        self._config, self._folder = config, folder
        self._slots, self._rule, self._parameters = slots, rule, parameters
        self._reading, self._starts_again = -1, starts_again
        self.channel_fd = -1
        self.before_go: Callable[[int], None] = lambda _: None
        """What is done with the channel while the gate is locked and has not been let begin."""
        self._gate: LockedProcess | None = None

    def __enter__(self) -> Self:
        separate = namespaces.may_separate()
        generate(self._keys)
        outbox = self.store / "outbox"
        outbox.mkdir(parents=True)
        if separate:
            gate, shared = (
                User(visible_files.GATE_UID, visible_files.GATE_UID),
                User(visible_files.GATE_UID, visible_files.OUTBOX_GID),
            )
            namespaces.hand_over(str(self.store), user=gate, mode=0o700, file_mode=0o600)
            namespaces.hand_over(str(outbox), user=shared, mode=0o2770, file_mode=0o660)
        self._reading, self.channel_fd = os.pipe2(os.O_DIRECT | os.O_CLOEXEC)
        try:
            self._start(self._prepare)
        except ProcessError:
            self.__exit__(None, None, None)
            raise
        finally:
            if not self._starts_again:
                self._let_go()
        os.set_blocking(self.channel_fd, False)
        return self

    def start_again(self, number: signal.Signals) -> None:
        """End the gate by a signal and start another on its store and its channel.

        Raises ProcessError.
        """
        if self._gate is not None:
            self._gate.process.send_signal(number)
            self._gate.process.wait(END_WITHIN_S)
            self._gate.end()
        self._start()

    def _start(self, before_go: Callable[[], None] = lambda: None) -> None:
        separate = namespaces.may_separate()
        user = (
            User(visible_files.GATE_UID, visible_files.GATE_UID, (visible_files.OUTBOX_GID,))
            if separate
            else None
        )
        view = visible_files.gate_view(
            store=str(self.store),
            keys=(str(self._keys / SIGNING_KEY), str(self._keys / NOISE_KEY)),
        )
        plan = Plan(view=view, user=user, network=False, umask=0o007)
        self._gate = LockedProcess(
            Role.GATE, self._settings(self._reading), plan, self._folder / "gate.log", self._reading
        )
        self._gate.wait_locked()
        before_go()
        self._gate.go()

    def _prepare(self) -> None:
        self._acknowledge_all()
        self.before_go(self.channel_fd)

    def _let_go(self) -> None:
        if self._reading >= 0:
            os.close(self._reading)
            self._reading = -1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end_channel()
        self._let_go()
        if self._gate is not None:
            self._gate.end()

    @property
    def pid(self) -> int:
        """The process's number."""
        return -1 if self._gate is None else self._gate.process.pid

    @property
    def store(self) -> Path:
        """The gate's own store."""
        return self._folder / "store"

    @property
    def _keys(self) -> Path:
        return self._folder / "keys"

    @property
    def public_key(self) -> Path:
        """The file with the public half of the gate's own signing key."""
        return self._keys / SIGNING_PUBLIC

    def running(self) -> bool:
        """Say whether the gate has not ended."""
        return self._gate is not None and self._gate.running()

    def words(self) -> str:
        """Return what the gate has printed."""
        return "" if self._gate is None else self._gate.words()

    def write(self, raw: bytes) -> bool:
        """Write to the channel as its sensor would.

        False where the gate takes nothing for WRITE_WITHIN_S, or has ended.
        """
        wait = Wait(WRITE_WITHIN_S)
        while not wait.over():
            if not select.select([], [self.channel_fd], [], LOOK_EVERY_S)[1]:
                continue
            try:
                os.write(self.channel_fd, raw)
            except BlockingIOError:
                continue
            except BrokenPipeError:
                return False
            return True
        return False

    def end_channel(self) -> None:
        """Say that the sensor has ended for good: the gate then signs what it has and ends."""
        if self.channel_fd >= 0:
            os.close(self.channel_fd)
            self.channel_fd = -1

    def wait_ended(self) -> bool:
        """Wait until the gate has ended by itself; say whether it did."""
        return until(lambda: not self.running(), within_s=END_WITHIN_S)

    def noise_key(self) -> bytes:
        """Return the 32 bytes of this gate's own key of the noise."""
        return base64.b64decode((self._keys / NOISE_KEY).read_text("ascii"))

    def entries(self) -> list[StoredEntry]:
        """Return what the gate has signed so far, in order."""
        return read_entries(self.store)

    def likeness(self, box: AuditedBox) -> LockLikeness:
        """Compare the filters of every thread with those of the box's own gate."""
        here, there = read_filters(self.pid), box.filters.get(Role.GATE)
        if not here or not there:
            return LockLikeness.UNSEEN
        # What lies before the last two was laid on whoever started either: on the box its
        # supervisor's. The filters name the descriptors of the store's files, whose numbers differ
        # from gate to gate: then each is held to its own.
        own = [{programs[-_STAGES:] for programs in threads.values()} for threads in (here, there)]
        same = own[0] == own[1] and len(own[0]) == 1
        if same:
            return LockLikeness.SAME
        try:
            gates = ((self.pid, here), (box.pids.get(Role.GATE, -1), there))
            alike = all(
                as_the_tables(pid, Expected(Role.GATE, user=None), {**filters})
                for pid, filters in gates
            )
        except FileNotFoundError:
            # One of them has ended since, and with it what its descriptors were; without a box
            # there is nothing to compare with.
            return LockLikeness.UNSEEN if Role.GATE in box.pids else LockLikeness.OTHER
        return LockLikeness.SAME if alike else LockLikeness.OTHER

    def _settings(self, channel_fd: int) -> GateSettings:
        config = self._config
        return replace(
            gate_settings(config, begin_run(config), channel_fd=channel_fd),
            slots=self._slots,
            replay_epoch_s=0,
            release_offset_s=0,
            clock_wait_s=0,
            rule=self._rule,
            rule_parameters=self._parameters,
            capacity_bits_per_minute_max=_CAPACITY_MAX,
            store_directory=str(self.store),
            store_bytes_max=STORE_BYTES_MAX,
            outbox_path=str(self.store / "outbox" / "outbox.db"),
            signing_key_path=str(self._keys / SIGNING_KEY),
            noise_key_path=str(self._keys / NOISE_KEY),
        )

    def _acknowledge_all(self) -> None:
        """Be the uplink of a centre that acknowledges whatever comes at once.

        The gate then signs without waiting.
        """
        stream = stream_of(self.store)
        with closing(
            sqlite3.connect(self.store / "outbox" / "outbox.db", isolation_level=None)
        ) as outbox:
            outbox.execute("INSERT INTO acknowledged VALUES (?, 0, 0, NULL)", (stream,))
            outbox.execute(
                "CREATE TRIGGER centre AFTER INSERT ON outbox WHEN NEW.channel <> 'checkpoint' "
                "BEGIN UPDATE acknowledged SET upto = MAX(upto, NEW.sequence) WHERE stream = "
                "NEW.stream; END"
            )


def other_filters(part: str, likeness: LockLikeness) -> list[Finding]:
    """Say so where a gate beside the box is locked otherwise than the box's."""
    if likeness is not LockLikeness.OTHER:
        return []
    return [
        Finding(
            part,
            "filters of the gate",
            Mechanism.SECCOMP,
            "a gate beside the box",
            Verdict.FELL,
            likeness.value,
        )
    ]
