# SPDX-License-Identifier: Apache-2.0
"""The means that an attacker is given, and their other ends, which the witness keeps.

Made anew for each attacker.
"""

import fcntl
import os
import secrets
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

from edge_agent.confinement.kernel.calls import Kernel
from privacy_audit.exits.attacks.attack import Secret
from privacy_audit.exits.attacks.resources import (
    ATTRIBUTE,
    LINK,
    LISTED,
    LOOT_BYTES,
    NAMES,
    SECRET_BYTES,
    SECRET_FILE,
    UNIX_NAME,
    Means,
)

HIGH = 100
"""Where the attacker's descriptors begin, so that the channel can lie where production has it."""
_LOOPBACK = "127.0.0.1"
_PORTS = ("udp_port", "tcp_port")
_SO_RCVLOWAT = 18
_WATCHED = ("udp", "loose_udp", "loose_tcp", "fast_tcp", "bound_tcp")
_LOOT = b"".join(bytes((index,)) * 64 for index in range(LOOT_BYTES // 64))
"""Each 64 bytes of it are others, so that a copy to another place shows."""


@dataclass(frozen=True, slots=True)
class Ours:
    """The witness's ends. folder is where the watched files lie."""

    folder: Path
    channel: int
    orders: int
    outlet: int
    words: int
    sockets: dict[str, socket.socket]
    """By name: datagrams, udp, open_udp, tcp, dns, listener and unix_listener."""
    terminal: int
    loot: int
    """Opened together with the attacker's: to open it once more would wait for a lease to end."""
    watched_sockets: tuple[socket.socket, ...]
    watched_pipes: tuple[int, ...]
    secrets: dict[Secret, tuple[bytes, ...]]
    """What an attack may tell back, by kind."""

    def readers(self) -> dict[str, int]:
        """Return the ends at which bytes may arrive.

        The channel's and the descriptors' own ends are not among them.
        """
        named = {"udp": "udp", "open udp": "open_udp", "tcp": "tcp", "dns": "dns"}
        sockets = {name: self.sockets[one].fileno() for name, one in named.items()}
        return {"outlet": self.outlet, "words": self.words, "terminal": self.terminal, **sockets}


@dataclass(frozen=True, slots=True)
class Set:
    """Both sides of one attacker's means.

    words: where its first three descriptors lead while it is free.
    """

    theirs: Means
    ours: Ours
    words: int

    def inherited(self) -> tuple[int, ...]:
        """Return the descriptors that the attacker takes along."""
        return tuple(
            getattr(self.theirs, field.name) for field in fields(Means) if field.name not in _PORTS
        )


@contextmanager
def means(folder: Path, *, owner: int) -> Iterator[Set]:
    """Lay out a folder and open everything; close it at the end. owner is the attacker's user."""
    with ExitStack() as opened:
        planted = _plant(folder, owner)
        pipes = _pipes(opened, planted[Secret.VICTIM][0])
        ours, theirs = _sockets(opened, folder, handed=pipes["outlet"][1])
        low_water = secrets.randbelow(60_000) + 2
        theirs["udp"].setsockopt(socket.SOL_SOCKET, _SO_RCVLOWAT, low_water)
        planted[Secret.OPTION] = (struct.pack("<i", low_water),)
        planted[Secret.ADDRESS] = tuple(
            struct.pack(">H", one.getsockname()[1]) for one in (ours["udp"], theirs["udp"])
        )
        sitting, terminal = map(partial(_made, opened), os.openpty())
        numbers = {name: one.fileno() for name, one in theirs.items()}
        numbers |= {"terminal": terminal, **_opened_files(opened, folder)}
        numbers |= {"channel": pipes["channel"][1], "orders": pipes["orders"][0]}
        numbers |= {"outlet": pipes["outlet"][1], "filled_pipe": pipes["filled"][0]}
        numbers["victim_in"] = pipes["victim"][0]
        high = {
            name: _made(opened, fcntl.fcntl(number, fcntl.F_DUPFD, HIGH))
            for name, number in numbers.items()
        }
        ports = {"udp_port": ours["open_udp"], "tcp_port": ours["listener"]}
        yield Set(
            theirs=Means(**high, **{name: one.getsockname()[1] for name, one in ports.items()}),
            ours=Ours(
                folder=folder,
                channel=pipes["channel"][0],
                orders=pipes["orders"][1],
                outlet=pipes["outlet"][0],
                words=pipes["words"][0],
                sockets=ours,
                terminal=sitting,
                loot=high["loot"],
                secrets=planted,
                watched_sockets=tuple(theirs[name] for name in _WATCHED),
                watched_pipes=(pipes["channel"][1], pipes["outlet"][1]),
            ),
            words=pipes["words"][1],
        )


def _pipes(opened: ExitStack, victims_secret: bytes) -> dict[str, tuple[int, int]]:
    """Return pipes by name, as their reading and writing end."""
    names = ("channel", "orders", "outlet", "words", "victim", "filled")
    pipes = {name: _pipe(opened, direct=name == "channel") for name in names}
    os.write(pipes["filled"][1], b"a secret" * 8)
    os.write(pipes["victim"][1], victims_secret)
    return pipes


def _sockets(
    opened: ExitStack, folder: Path, *, handed: int
) -> tuple[dict[str, socket.socket], dict[str, socket.socket]]:
    """Return the witness's sockets and the attacker's, by name.

    handed: the descriptor that a message which waits for the attacker brings along.
    """
    ours: dict[str, socket.socket] = {}
    theirs: dict[str, socket.socket] = {}
    ours["datagrams"], theirs["datagrams"] = _pair(opened)
    # A message with a descriptor waits to be received.
    socket.send_fds(ours["datagrams"], [b"waiting"], [handed])
    for name in ("udp", "dns"):
        ours[name], theirs[name] = _connected(opened, socket.SOCK_DGRAM)
    ours["open_udp"] = _socket(opened, socket.SOCK_DGRAM)
    ours["open_udp"].bind((_LOOPBACK, 0))
    ours["tcp"], theirs["tcp"] = _connected(opened, socket.SOCK_STREAM)
    ours["listener"], theirs["listener"] = _listening(opened), _listening(opened)
    ours["unix_listener"] = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    _bind_in(folder, ours["unix_listener"])
    for _ in range(2):
        opened.enter_context(socket.create_connection(theirs["listener"].getsockname()))
    theirs["loose_udp"] = _socket(opened, socket.SOCK_DGRAM)
    for name in ("loose_tcp", "fast_tcp", "bound_tcp"):
        theirs[name] = _socket(opened, socket.SOCK_STREAM)
    theirs["loose_unix"] = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    theirs["bound_tcp"].bind((_LOOPBACK, 0))
    return ours, theirs


def _opened_files(opened: ExitStack, folder: Path) -> dict[str, int]:
    """Return what the attacker has open besides pipes and sockets."""
    kernel = Kernel()
    return {
        "folder": _opened(opened, str(folder), os.O_RDONLY),
        "loot": _opened(opened, str(folder / "loot"), os.O_RDWR),
        "names": _opened(opened, "/proc/self/ns/uts", os.O_RDONLY),
        "program": _opened(opened, "/bin/cat", os.O_RDONLY),
        "timer": _made(opened, kernel.call("timerfd_create", 0, 0)),
        "epoll": _made(opened, kernel.call("epoll_create1", 0)),
        "inotify": _made(opened, kernel.call("inotify_init1", 0)),
    }


def _plant(folder: Path, owner: int) -> dict[Secret, tuple[bytes, ...]]:
    """Lay out the watched folder; return what can only be told by who has seen it."""
    folder.mkdir(mode=0o700)
    secret, target, listed = (
        secrets.token_bytes(SECRET_BYTES),
        secrets.token_hex(8),
        f"{LISTED}-{secrets.token_hex(4)}",
    )
    size = 1024 + secrets.randbelow(60_000)
    (folder / "loot").write_bytes(_LOOT)
    (folder / SECRET_FILE).write_bytes(secret.ljust(size, b"\0"))
    (folder / LINK).symlink_to(target)
    (folder / listed).touch()
    (folder / "empty").mkdir()
    mask = secrets.randbelow(2**16 - 2) + 1
    for index, name in enumerate(NAMES):
        if mask >> index & 1:
            (folder / name).touch()
    attribute = secrets.token_bytes(SECRET_BYTES)
    with suppress(OSError):
        os.setxattr(folder / SECRET_FILE, ATTRIBUTE, attribute)
    for entry in (folder, *folder.iterdir()):
        os.chown(entry, owner, owner, follow_symlinks=False)
    return {
        Secret.FILE: (secret,),
        Secret.LINK: (target.encode(),),
        Secret.LISTING: (listed.encode(),),
        Secret.ATTRIBUTE: (attribute,),
        Secret.NAMES: (struct.pack("<H", mask),),
        Secret.SIZE: (struct.pack("<Q", size),),
        Secret.HOST: (os.uname().nodename.encode()[:32],),
        Secret.VICTIM: (secrets.token_bytes(SECRET_BYTES),),
    }


def _bind_in(folder: Path, listener: socket.socket) -> None:
    """Bind a Unix socket by a short name: the folder's own path may be too long for one."""
    descriptor = os.open(folder, os.O_RDONLY)
    listener.bind(f"/proc/self/fd/{descriptor}/{UNIX_NAME}")
    os.close(descriptor)
    (folder / UNIX_NAME).chmod(0o777)
    listener.listen()


def _pipe(opened: ExitStack, *, direct: bool) -> tuple[int, int]:
    ends = os.pipe2(os.O_CLOEXEC | (os.O_DIRECT if direct else 0))
    for end in ends:
        opened.callback(os.close, end)
    return ends


def _pair(opened: ExitStack) -> tuple[socket.socket, socket.socket]:
    pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for one in pair:
        opened.enter_context(one)
    return pair


def _socket(opened: ExitStack, kind: socket.SocketKind) -> socket.socket:
    return opened.enter_context(socket.socket(socket.AF_INET, kind))


def _listening(opened: ExitStack) -> socket.socket:
    one = _socket(opened, socket.SOCK_STREAM)
    one.bind((_LOOPBACK, 0))
    one.listen()
    return one


def _connected(opened: ExitStack, kind: socket.SocketKind) -> tuple[socket.socket, socket.socket]:
    """Return two sockets on loopback that are connected with each other."""
    if kind == socket.SOCK_STREAM:
        with _listening(opened) as door:
            theirs = opened.enter_context(socket.create_connection(door.getsockname()))
            ours, _ = door.accept()
        return opened.enter_context(ours), theirs
    ours, theirs = _socket(opened, kind), _socket(opened, kind)
    for one in (ours, theirs):
        one.bind((_LOOPBACK, 0))
    ours.connect(theirs.getsockname())
    theirs.connect(ours.getsockname())
    return ours, theirs


def _opened(opened: ExitStack, path: str, flags: int) -> int:
    return _made(opened, os.open(path, flags | os.O_CLOEXEC))


def _made(opened: ExitStack, descriptor: int) -> int:
    opened.callback(os.close, descriptor)
    return descriptor
