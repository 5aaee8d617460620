# SPDX-License-Identifier: Apache-2.0
"""Start the sides of a pair, each in its place, deal with them, and end them."""

import os
import select
import signal
import subprocess
import sys
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import replace

from edge_agent.confinement.enter import Plan, write_plan
from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.kernel.namespaces import User, View
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError
from edge_agent.process_settings import write_settings
from privacy_audit.pairs.means.hands import MeetingPlaces
from privacy_audit.pairs.means.sending import actions
from privacy_audit.pairs.side import (
    END,
    ORDER,
    SidePlace,
    SideSettings,
)
from privacy_audit.target.own_code import with_own_code

OUTSIDER_UID = 65199
LOCK_WITHIN_S, ANSWER_WITHIN_S = 60.0, 30.0
ENDING_LOOKS = {
    "shmget": "System V memory",
    "semget": "System V semaphore",
    "msgget": "System V queue",
    "mq_open": "POSIX queue",
    "add_key": "key",
    "socket": "abstract socket",
}
"""The call at which a lock ends the process, and the look of a receiver that begins with a call of
its kind."""
OUTSIDER, SPACES = "an outsider", "a process in namespaces of its own"
_USERS = {
    Role.SENSOR: User(visible_files.SENSOR_UID, visible_files.SENSOR_UID),
    Role.FEEDER: User(visible_files.FEEDER_UID, visible_files.FEEDER_UID),
    Role.GATE: User(visible_files.GATE_UID, visible_files.GATE_UID, (visible_files.OUTBOX_GID,)),
    Role.UPLINK: User(
        visible_files.UPLINK_UID, visible_files.UPLINK_UID, (visible_files.OUTBOX_GID,)
    ),
}


class Side:
    """One running side as the witness deals with it."""

    def __init__(
        self, name: str, process: subprocess.Popen[bytes], orders: int, answers: int, locked: int
    ) -> None:
        self.name, self.process = name, process
        self._orders, self._answers, self._locked = orders, answers, locked

    def wait_locked(self) -> None:
        """Wait until it has locked itself. Raises ProcessError where it does not."""
        ready = select.select([self._locked], [], [], LOCK_WITHIN_S)[0]
        with suppress(subprocess.TimeoutExpired):
            code = self.process.wait(0.02)
            raise ProcessError(f"{self.name}: ended with {code} before it was locked")
        if not ready:
            raise ProcessError(f"{self.name}: not locked within {LOCK_WITHIN_S:.0f} s")

    def order(self, word: bytes, number: int, bits: bytes = b"") -> None:
        """Tell it what to do. Raises ProcessError where it has gone."""
        try:
            os.write(self._orders, ORDER.pack(word, number, bits))
        except BrokenPipeError as error:
            raise ProcessError(
                f"{self.name}: ended with {self.process.wait()} under trial"
            ) from error

    def hear(self, length: int) -> bytes:
        """Return the next `length` bytes of its answer.

        Raises ProcessError where they do not come.
        """
        told = b""
        while len(told) < length:
            if not select.select([self._answers], [], [], ANSWER_WITHIN_S)[0]:
                raise ProcessError(f"{self.name}: no answer within {ANSWER_WITHIN_S:.0f} s")
            part = os.read(self._answers, length - len(told))
            if not part:
                raise ProcessError(f"{self.name}: ended with {self.process.wait()} under trial")
            told += part
        return told

    def end(self) -> None:
        """End it and whatever it has started."""
        with suppress(OSError):
            os.write(self._orders, ORDER.pack(END, 0, b""))
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(0.2)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for descriptor in (self._orders, self._answers, self._locked):
            os.close(descriptor)


class Crew:
    """Starts the sides of one run, each in its place, and ends them."""

    def __init__(
        self,
        opened: ExitStack,
        places: MeetingPlaces,
        peer_port: int,
        *,
        walled: bool,
        reads: tuple[str, ...],
    ) -> None:
        self._opened, self._places, self._peer_port = opened, places, peer_port
        self._walled, self._reads = walled, reads
        self._record_fd = -1

    def start(self, who: Role | str, *, sends: bool, senders: tuple[int, ...] = ()) -> Side:
        """Start one side. `who` is a role of the box, or an outsider."""
        role = who if isinstance(who, Role) and self._walled else None
        orders_out, orders_in = os.pipe()
        answers_out, answers_in = os.pipe2(os.O_DIRECT if who is Role.SENSOR else 0)
        locked_out, locked_in = os.pipe()
        if sends and who is Role.SENSOR:
            self._record_fd = os.dup(answers_out)
            self._opened.callback(os.close, self._record_fd)
        settings = SideSettings(
            role=role,
            place=SidePlace.SPACES if who == SPACES else SidePlace.FREE,
            user=OUTSIDER_UID if namespaces.may_separate() and self._is_stranger(who) else None,
            sends=sends,
            senders=senders,
            spared=_spared(role, sends=sends),
            places=self._places_of(who, role, answers_in if sends else -1),
            orders_fd=orders_out,
            answers_fd=answers_in,
            locked_fd=locked_in,
            peer_port=self._peer_port,
        )
        process = self._started(settings, reads=() if who is Role.UPLINK else self._reads)
        for descriptor in (orders_out, answers_in, locked_in):
            os.close(descriptor)
        side = Side(str(who), process, orders_in, answers_out, locked_out)
        self._opened.callback(side.end)
        return side

    def _places_of(self, who: Role | str, role: Role | None, channel_fd: int) -> MeetingPlaces:
        """Return the places as one side has them; channel_fd is -1 for a receiver.

        The sensor's film is seen by the sensor that sends, and by whom no wall holds back.
        """
        sends = channel_fd >= 0
        scene = self._places.scene
        if sends and who is not Role.SENSOR:
            scene = ""
        elif role is not None and not sends:
            scene = "/nowhere"
        return replace(
            self._places,
            scene=scene,
            channel_fd=channel_fd,
            record_fd=self._record_fd if who is Role.GATE else -1,
        )

    def _is_stranger(self, who: Role | str) -> bool:
        """Say whether a side is another user than the box's.

        In the control it is one only where that is what keeps the two apart.
        """
        return not isinstance(who, Role) and (self._walled or who == SPACES)

    def _started(
        self, settings: SideSettings, *, reads: tuple[str, ...]
    ) -> subprocess.Popen[bytes]:
        separate, role, places = namespaces.may_separate(), settings.role, settings.places
        module, handed = "privacy_audit.pairs.side", [write_settings(settings)]
        inherited = {settings.orders_fd, settings.answers_fd, settings.locked_fd}
        inherited |= {places.pipe_in, places.pipe_out, places.record_fd} - {-1}
        command = [sys.executable, "-I", "-m", module]
        if role is not None:
            plan = write_plan(_plan(role, places, reads=reads, separate=separate))
            handed.insert(0, plan)
            enter = ("edge_agent.confinement.enter", str(plan))
            command = [sys.executable, "-I", "-m", *enter, module]
        with namespaces.own_processes(Kernel()) if role is not None and separate else nullcontext():
            process = subprocess.Popen(  # noqa: S603 - our own module
                [*command, str(handed[-1])],
                pass_fds=(*handed, *inherited),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None,
                cwd="/",
                start_new_session=True,
            )
        for descriptor in handed:
            os.close(descriptor)
        return process


def _spared(role: Role | None, *, sends: bool) -> tuple[str, ...]:
    """Return what would end a locked side; of a sender the witness asks the filter what would."""
    if role is None:
        return ()
    if sends:
        return tuple(action.name for action in actions() if action.ends_by)
    return tuple(
        look for call, look in ENDING_LOOKS.items() if call != "socket" or role is not Role.UPLINK
    )


def _plan(role: Role, places: MeetingPlaces, *, reads: tuple[str, ...], separate: bool) -> Plan:
    """Return the place of a twin of this role.

    It shows what the role sees, and the files that were made to meet at.
    """
    meeting = (places.shared, places.cold)
    made: dict[Role, View] = {
        Role.SENSOR: visible_files.sensor_view(reads=(*reads, places.scene), camera_device=None),
        Role.FEEDER: visible_files.feeder_view(credentials=()),
        Role.GATE: replace(visible_files.gate_view(store="/nowhere", keys=()), writable=()),
        Role.UPLINK: replace(visible_files.uplink_view(outbox="/nowhere", tls=()), writable=()),
    }
    view = with_own_code(replace(made[role], readable=(*made[role].readable, *meeting)))
    return Plan(
        view=view,
        user=_USERS[role] if separate else None,
        network=role in (Role.UPLINK, Role.FEEDER),
        umask=0o077,
    )
