# SPDX-License-Identifier: Apache-2.0
"""One side of a pair: becomes what its settings say, takes the lock, does what it is told.

The lock is the product's own, and it is told slot by slot.

Started as `python -I -m privacy_audit.pairs.side SETTINGS`, in its place by confinement.enter where
it has one.
"""

import errno
import json
import os
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from edge_agent.confinement import lock
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.stop import Stop
from edge_agent.confinement.tables.policy import Role
from edge_agent.process_settings import read_settings
from privacy_audit.pairs.means.hands import Hands, MeetingPlaces
from privacy_audit.pairs.means.load import LOADS, Load, work_done
from privacy_audit.pairs.means.seeing import Looker
from privacy_audit.pairs.means.sending import actions

ORDER = struct.Struct("<cH61s")
"""A word, the number of a showing, a bit for each action: 64 bytes."""
ACT, LOOK, TELL, END = b"a", b"l", b"t", b"e"
LOAD, MEASURE = b"w", b"m"
"""A load of the kind of that number, for the milliseconds in the number's place; and how fast work
of that kind goes meanwhile."""
KINDS = tuple(LOADS)
RECORD_BYTES, DESCRIPTORS_TO = 64, 1024
_OWN_SPACES = 0x10000000 | 0x00020000 | 0x08000000 | 0x20000000 | 0x40000000 | 0x04000000
_RECORD = struct.Struct("<c63s")


class SidePlace(StrEnum):
    """Where a side is that has no role of the box."""

    FREE = "free"
    SPACES = "its own user, pid, mount, ipc and net namespace"


@dataclass(frozen=True, slots=True)
class SideSettings:
    """What one side of a pair is told before it begins.

    role: the role it is locked as, None for a process that nothing holds back. place: for those,
    where it is. senders: for a receiver, the process ids of those it listens to; none for a sender.
    spared: actions or looks that would end it. orders_fd is read, answers_fd written. peer_port:
    for a feeder, the port of this machine that its one connection leads to.
    """

    role: Role | None
    place: SidePlace
    user: int | None
    sends: bool
    senders: tuple[int, ...]
    spared: tuple[str, ...]
    places: MeetingPlaces
    orders_fd: int
    answers_fd: int
    locked_fd: int
    peer_port: int


def main(descriptor: int) -> None:
    """Take a place, lock, obey until told to end or left alone."""
    settings = read_settings(SideSettings, descriptor)
    if settings.role is not None:
        lock.begin(settings.role)
    if settings.user is not None:
        # Here and not at its start: the interpreter may lie where its user cannot go.
        os.setgroups([])
        os.setresgid(*[settings.user] * 3)
        os.setresuid(*[settings.user] * 3)
    if settings.place is SidePlace.SPACES:
        _leave()
    hands = Hands(settings.places)
    obey = _sender(settings, hands) if settings.sends else _receiver(settings, hands)
    _close(settings)
    os.close(settings.locked_fd)
    while len(order := os.read(settings.orders_fd, ORDER.size)) == ORDER.size:
        word, number, bits = ORDER.unpack(order)
        if word == END:
            break
        obey(word, number, bits)
    os._exit(0)


def _leave() -> None:
    """Become the first process of namespaces of its own, with the rights that anyone has there."""
    kernel = Kernel()
    kernel.call("unshare", _OWN_SPACES)
    child = os.fork()
    if child:
        # What is open here would keep its other end from seeing the child's end.
        os.closerange(3, DESCRIPTORS_TO)
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0x7F)
    with suppress(OSError):
        kernel.call("mount", b"proc", b"/proc", b"proc", 0, None)


def _close(settings: SideSettings) -> None:
    """Take the last lock of the role, as its process does."""
    if settings.role is None:
        return
    stop = Stop()
    if settings.role is Role.SENSOR:
        lock.close_sensor(
            channel_fd=settings.answers_fd,
            locked_fd=settings.locked_fd,
            go_fd=settings.orders_fd,
            camera=settings.places.scene,
            senses=(stop.descriptor,),
            device=False,
        )
    elif settings.role is Role.FEEDER:
        words = {
            "locked_fd": settings.locked_fd,
            "go_fd": settings.orders_fd,
            "stop_fd": stop.descriptor,
        }
        lock.close_feeder(feed_fd=settings.answers_fd, **words)
    else:
        lock.close(settings.role)


def _sender(settings: SideSettings, hands: Hands) -> Callable[[bytes, int, bytes], None]:
    """Prepare every action; return what obeys the orders of a sender."""
    table, load = (
        [(index, one) for index, one in enumerate(actions()) if one.name not in settings.spared],
        Load(),
    )
    refused: dict[int, int] = {}
    if settings.role in (Role.FEEDER, None):
        _connect(settings)
    if settings.places.scene:
        # Stays open: the lock finds it by where it leads.
        os.open(settings.places.scene, os.O_RDONLY)
    for index, action in table:
        _try(index, refused, lambda: action.prepare(hands))  # noqa: B023 - called at once

    def obey(word: bytes, number: int, bits: bytes) -> None:
        told = b""
        if word == LOAD:
            load.begin(KINDS[bits[0]], number / 1000)
        elif word == TELL:
            told = bytes(refused.get(index, 0) for index in range(len(actions())))
        for index, action in table if word == ACT else ():
            bit = bits[index // 8] >> index % 8 & 1
            _try(index, refused, lambda: action.act(bit, number))  # noqa: B023 - called at once
        os.write(settings.answers_fd, _RECORD.pack(word, told))

    return obey


def _try(index: int, refused: dict[int, int], step: Callable[[], None]) -> None:
    """Do a step, and remember with which errno it was refused."""
    try:
        step()
    except OSError as error:
        refused.setdefault(index, error.errno or errno.EPERM)
    except (RuntimeError, ValueError, AttributeError):
        refused.setdefault(index, errno.EINVAL)


def _connect(settings: SideSettings) -> None:
    """Open the one connection of a feeder, which stays."""
    import socket  # noqa: PLC0415 - who has no connection has no use for it

    made = socket.create_connection(("127.0.0.1", settings.peer_port))
    made.detach()


def _receiver(settings: SideSettings, hands: Hands) -> Callable[[bytes, int, bytes], None]:
    """Open what can be looked at; return what obeys the orders of a receiver."""
    if settings.role is Role.FEEDER:
        _connect(settings)
    looker = Looker(hands, settings.senders, spared=frozenset(settings.spared))
    last: dict[str, float] = {}

    def obey(word: bytes, number: int, bits: bytes) -> None:
        nonlocal last
        if word == MEASURE:
            os.write(
                settings.answers_fd, struct.pack("<I", work_done(KINDS[bits[0]], number / 1000))
            )
        if word != LOOK:
            return
        seen = looker.look(number)
        changed = {name: value for name, value in seen.items() if last.get(name) != value}
        gone = [name for name in last if name not in seen]
        last = seen
        told = json.dumps([changed, gone]).encode()
        rest = memoryview(struct.pack("<I", len(told)) + told)
        while rest:
            rest = rest[os.write(settings.answers_fd, rest) :]

    return obey


if __name__ == "__main__":
    main(int(sys.argv[1]))
