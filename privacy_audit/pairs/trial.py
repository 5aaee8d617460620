# SPDX-License-Identifier: Apache-2.0
"""Run a sender and its receivers in step.

The one shows its bits, then the other looks, then the witness writes down what it saw.

In step, so that a busy machine makes it slower and never less sure. The receivers have their turn
one after another, so that none looks at what another has used up or left behind: who asks for a
page without waiting leaves it where the next one finds it. Behind the wall, with the product's own
places and locks, or without, as the control. The bits are drawn here and told to nobody but the
sender.
"""

import json
import os
import secrets
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_agent.confinement.enter import Plan, write_plan
from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.kernel.namespaces import User, View
from edge_agent.confinement.kernel.seccomp_programs import read_filters
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import Role
from edge_agent.confinement.tables.syscalls import table
from edge_agent.errors import ProcessError
from edge_agent.process_settings import write_settings
from privacy_audit.oracles.filters import ALLOW, ARCHITECTURES, NOTHING, Filter, strictest
from privacy_audit.pairs.hands import PAGE, PAGE_STRIDE, Places
from privacy_audit.pairs.judging import Series
from privacy_audit.pairs.sending import actions
from privacy_audit.pairs.side import ACT, END, LOOK, ORDER, RECORD_BYTES, TELL, Place, SideSettings
from privacy_audit.target.own_code import with_own_code

SLOTS = 96
"""Of each of the two halves of a trial."""
OUTSIDER_UID = 65199
LOCK_WITHIN_S, ANSWER_WITHIN_S = 60.0, 30.0
SETTLE_S = 0.004
"""What a waiting thread of a receiver needs to have been woken, on a machine that has time."""
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
    Role.UPLINK: User(visible_files.UPLINK_UID, visible_files.UPLINK_UID, (visible_files.OUTBOX_GID,)),
}
PAIRS: dict[Role, tuple[Role | str, ...]] = {
    Role.SENSOR: (Role.UPLINK, Role.GATE, Role.FEEDER, OUTSIDER, SPACES),
    Role.FEEDER: (Role.UPLINK, OUTSIDER, SPACES),
}
"""Who could tell something, and who could want it. What the feeder tells the sensor are pictures:
the channel that is meant."""
_PEER_BACKLOG = 8
_PAGE_OF_ONES = b"\1" * PAGE


@dataclass(frozen=True, slots=True)
class Trial:
    """One run. bits: slots x actions. refused.

    The errno of each action, 0 where it was never refused.

    ended: the actions of which the sender's filter does not allow the call. heard: of each receiver
    a series over the slots for each observation, NaN where nothing was to be seen. slot_s: the mean
    length of a showing, in which one receiver could be told a bit of each action. absent: receivers
    that did not come up, with why.
    """

    bits: NDArray[np.bool_]
    refused: tuple[int, ...]
    ended: tuple[str, ...]
    heard: dict[str, dict[str, Series]]
    sender_pid: int
    slot_s: float
    absent: dict[str, str]


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
        """Return the next `length` bytes of its answer. Raises ProcessError where they do not come."""
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


def run(
    folder: Path,
    sender: Role,
    receivers: tuple[Role | str, ...],
    *,
    walled: bool,
    reads: tuple[str, ...] = (),
    slots: int = SLOTS,
    settle_s: float = SETTLE_S,
    only: frozenset[str] | None = None,
) -> Trial:
    """Run a sender with its receivers, behind the wall or without. Raises ProcessError, OSError.

    folder: one that everyone may enter. reads: what the production sensor sees besides the
    software, so that a twin sees it too. only: the actions that are told bits, all where it is
    None; a half of the trial without any is left out.
    """
    with started(folder, sender, receivers, walled=walled, reads=reads) as (
        sending,
        hearing,
        absent,
    ):
        ended = _ended_by(sending) if walled else ()
        began_s = time.monotonic()
        bits = _drawn(slots, only)
        heard = _in_step(sending, hearing, bits, settle_s)
        slot_s = (time.monotonic() - began_s) / (len(bits) * max(1, len(hearing)))
        return Trial(
            bits.astype(np.bool_),
            _refused(sending),
            ended,
            heard,
            sending.process.pid,
            slot_s,
            absent,
        )


@contextmanager
def started(
    folder: Path,
    sender: Role,
    receivers: tuple[Role | str, ...],
    *,
    walled: bool,
    reads: tuple[str, ...] = (),
) -> Iterator[tuple[Side, dict[str, Side], dict[str, str]]]:
    """Start a sender and its receivers and wait until all are locked.

    Give them, and who did not come up, with why.
    """
    with ExitStack() as opened:
        places = opened.enter_context(_places(folder, receivers=len(receivers)))
        crew = _Crew(opened, places, opened.enter_context(_peer()), walled=walled, reads=reads)
        sending = crew.start(sender, sends=True)
        hearing = {
            str(name): crew.start(name, sends=False, senders=(sending.process.pid,))
            for name in receivers
        }
        sending.wait_locked()
        absent = {}
        for name, side in list(hearing.items()):
            try:
                side.wait_locked()
            except ProcessError as error:
                absent[name] = str(error)
                del hearing[name]
        yield sending, hearing, absent


def _drawn(slots: int, only: frozenset[str] | None) -> NDArray[np.uint8]:
    """Draw the bits: slots x actions, 0 where it is not an action's turn or it is not tried."""
    tried = np.array([only is None or action.name in only for action in actions()], np.uint8)
    drawn = np.frombuffer(secrets.token_bytes(2 * slots * len(tried)), np.uint8) & 1
    return np.asarray(drawn.reshape(2 * slots, -1) * halves(slots) * tried, np.uint8)


def _in_step(
    sender: Side, receivers: dict[str, Side], bits: NDArray[np.uint8], settle_s: float
) -> dict[str, dict[str, Series]]:
    """Show every slot to one receiver after another; return what each saw."""
    tried = np.repeat([half.any() for half in np.split(bits, 2)], len(bits) // 2)
    heard = {}
    for turn, (name, side) in enumerate(receivers.items()):
        last: dict[str, float] = {}
        rows: list[dict[str, float]] = []
        for slot in range(len(bits)):
            if tried[slot]:
                showing = turn * len(bits) + slot
                sender.order(ACT, showing, np.packbits(bits[slot], bitorder="little").tobytes())
                sender.hear(RECORD_BYTES)
                time.sleep(settle_s)
                last = _looked(side, showing, last)
            rows.append(last if tried[slot] else {})
        heard[name] = _as_series(rows)
    return heard


def _looked(side: Side, showing: int, before: dict[str, float]) -> dict[str, float]:
    """Let a receiver look; return all that it sees, of which it tells what has changed."""
    side.order(LOOK, showing)
    changed, gone = json.loads(side.hear(struct.unpack("<I", side.hear(4))[0]))
    kept = {key: value for key, value in before.items() if key not in gone} if gone else before
    return {**kept, **changed}


def halves(slots: int) -> NDArray[np.uint8]:
    """Return slots x actions: 1 where an action's turn is."""
    turns = np.array([action.turn for action in actions()], np.uint8)
    return np.vstack([np.tile(turns == half, (slots, 1)) for half in (0, 1)]).astype(np.uint8)


def _as_series(rows: list[dict[str, float]]) -> dict[str, Series]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([row.get(name, np.nan) for row in rows], np.float64) for name in names}


def _refused(side: Side) -> tuple[int, ...]:
    side.order(TELL, 0)
    return tuple(side.hear(RECORD_BYTES)[1 : 1 + len(actions())])


def _ended_by(side: Side) -> tuple[str, ...]:
    """Return the actions whose call the sender's filters refuse, or end it at.

    By running those that the kernel holds for it.
    """
    machine = os.uname().machine
    programs = next(iter((read_filters(side.process.pid) or {}).values()), ())
    filters, numbers = [Filter(program) for program in programs], table(machine)
    ended = []
    for action in actions():
        if action.ends_by and filters:
            answers = [
                one.says(ARCHITECTURES[machine], numbers[action.ends_by], NOTHING)
                for one in filters
            ]
            if strictest(answers) != ALLOW:
                ended.append(action.name)
    return tuple(ended)


@contextmanager
def _places(folder: Path, *, receivers: int) -> Iterator[Places]:
    """Make where the two could meet, and remove it."""
    meeting = folder / "meeting"
    meeting.mkdir(parents=True, exist_ok=True)
    for path in (folder, meeting):
        path.chmod(0o777 if path is meeting else 0o755)
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    shared, cold, scene = folder / "shared", folder / "cold", closed / "scene"
    shared.write_bytes(bytes(8192))
    scene.write_bytes(bytes(8192))
    for path in (shared, meeting / "leased", meeting / "sized", meeting / "space"):
        path.touch()
        path.chmod(0o666)
    _write_cold(cold, 2 * SLOTS * receivers)
    scene.chmod(0o644)
    pipe_out, pipe_in = os.pipe()
    try:
        key = 1 + secrets.randbelow(2**30)
        yield Places(
            str(shared),
            str(cold),
            str(meeting),
            str(scene),
            pipe_in,
            pipe_out,
            -1,
            -1,
            key,
            receivers,
        )
    finally:
        os.close(pipe_out)
        os.close(pipe_in)


@contextmanager
def _peer() -> Iterator[int]:
    """Be the camera of a feeder.

    Accept whoever comes on a port of this machine, and read what is said.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=_PEER_BACKLOG) as listening:

        def drain() -> None:
            come: list[socket.socket] = []
            with suppress(OSError, ValueError):
                while True:
                    for one in select.select([listening, *come], [], [])[0]:
                        if one is listening:
                            come.append(listening.accept()[0])
                        elif not one.recv(2**16):
                            come.remove(one)
                            one.close()
            for one in come:
                one.close()

        thread = threading.Thread(target=drain, name="peer", daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(ANSWER_WITHIN_S)


def _write_cold(cold: Path, pages: int) -> None:
    """Write a file of which the machine keeps no page in its cache.

    So many pages apart, with holes between.
    """
    with cold.open("wb") as file:
        for page in range(pages):
            file.seek(page * PAGE_STRIDE)
            file.write(_PAGE_OF_ONES)
        file.truncate(pages * PAGE_STRIDE)
        file.flush()
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    cold.chmod(0o644)


class _Crew:
    """Starts the sides of one run, each in its place, and ends them."""

    def __init__(
        self,
        opened: ExitStack,
        places: Places,
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
        scene = self._places.scene if sends and who is Role.SENSOR else ""
        places = replace(
            self._places,
            scene=scene if sends or role else self._places.scene,
            channel_fd=answers_in if sends else -1,
            record_fd=self._record_fd if who is Role.GATE else -1,
        )
        if role is not None and not sends:
            places = replace(places, scene="/nowhere")
        settings = SideSettings(
            role=role,
            place=Place.SPACES if who == SPACES else Place.FREE,
            user=OUTSIDER_UID if namespaces.may_separate() and self._is_stranger(who) else None,
            sends=sends,
            senders=senders,
            spared=_spared(role, sends=sends),
            places=places,
            orders_fd=orders_out,
            answers_fd=answers_in,
            locked_fd=locked_in,
            peer_port=self._peer_port,
        )
        inherited = {
            orders_out,
            answers_in,
            locked_in,
            places.pipe_in,
            places.pipe_out,
            places.record_fd,
        } - {-1}
        process = self._started(
            role, settings, tuple(inherited), reads=() if who is Role.UPLINK else self._reads
        )
        for descriptor in (orders_out, answers_in, locked_in):
            os.close(descriptor)
        side = Side(str(who), process, orders_in, answers_out, locked_out)
        self._opened.callback(side.end)
        return side

    def _is_stranger(self, who: Role | str) -> bool:
        """Say whether a side is another user than the box's.

        In the control only where that is what keeps the two apart.
        """
        return not isinstance(who, Role) and (self._walled or who == SPACES)

    def _started(
        self,
        role: Role | None,
        settings: SideSettings,
        inherited: tuple[int, ...],
        *,
        reads: tuple[str, ...],
    ) -> subprocess.Popen[bytes]:
        separate = namespaces.may_separate()
        module, handed = "privacy_audit.pairs.side", [write_settings(settings)]
        command = [sys.executable, "-I", "-m", module]
        if role is not None:
            handed.insert(
                0, write_plan(_plan(role, settings.places, reads=reads, separate=separate))
            )
            command = [
                sys.executable,
                "-I",
                "-m",
                "edge_agent.confinement.enter",
                str(handed[0]),
                module,
            ]
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


def _plan(role: Role, places: Places, *, reads: tuple[str, ...], separate: bool) -> Plan:
    """Return the place of a twin of this role.

    The view that the role gets, and the files that were made to meet at.
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
