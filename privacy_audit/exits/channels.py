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
    datagrams: socket.socket
    udp: socket.socket
    open_udp: socket.socket
    tcp: socket.socket
    dns: socket.socket
    listener: socket.socket
    unix_listener: socket.socket
    terminal: int
    loot: int
    """Opened together with the attacker's: to open it once more would wait for a lease to end."""
    watched_sockets: tuple[socket.socket, ...]
    watched_pipes: tuple[int, ...]
    secrets: dict[Secret, tuple[bytes, ...]]
    """What an attack may tell back, by kind."""

    def readers(self) -> dict[str, int]:
        """Return the ends at which bytes may arrive.

        The channel's and the descriptors', but not among them.
        """
        sockets = {
            "udp": self.udp.fileno(),
            "open udp": self.open_udp.fileno(),
            "tcp": self.tcp.fileno(),
            "dns": self.dns.fileno(),
        }
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
        pipes = {
            name: _pipe(opened, direct=name == "channel")
            for name in ("channel", "orders", "outlet", "words", "victim", "filled")
        }
        os.write(pipes["filled"][1], b"a secret" * 8)
        os.write(pipes["victim"][1], planted[Secret.VICTIM][0])
        datagrams, their_datagrams = _pair(opened)
        # A message with a descriptor waits to be received.
        socket.send_fds(datagrams, [b"waiting"], [pipes["outlet"][1]])
        udp, their_udp = _connected(opened, socket.SOCK_DGRAM)
        dns, their_dns = _connected(opened, socket.SOCK_DGRAM)
        open_udp = _socket(opened, socket.SOCK_DGRAM)
        open_udp.bind((_LOOPBACK, 0))
        tcp, their_tcp = _connected(opened, socket.SOCK_STREAM)
        low_water = secrets.randbelow(60_000) + 2
        their_udp.setsockopt(socket.SOL_SOCKET, _SO_RCVLOWAT, low_water)
        listener = _listening(opened)
        unix_listener = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        _bind_in(folder, unix_listener)
        their_listener = _listening(opened)
        for _ in range(2):
            opened.enter_context(socket.create_connection(their_listener.getsockname()))
        loose_udp, loose_tcp, fast_tcp, bound = (
            _socket(opened, kind) for kind in (socket.SOCK_DGRAM, *[socket.SOCK_STREAM] * 3)
        )
        loose_unix = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        bound.bind((_LOOPBACK, 0))
        sitting, terminal = os.openpty()
        for descriptor in (sitting, terminal):
            opened.callback(os.close, descriptor)
        kernel = Kernel()
        sockets = {
            "datagrams": their_datagrams,
            "udp": their_udp,
            "dns": their_dns,
            "tcp": their_tcp,
            "loose_udp": loose_udp,
            "loose_tcp": loose_tcp,
            "fast_tcp": fast_tcp,
            "loose_unix": loose_unix,
            "bound_tcp": bound,
            "listener": their_listener,
        }
        theirs = {name: one.fileno() for name, one in sockets.items()} | {
            "channel": pipes["channel"][1],
            "orders": pipes["orders"][0],
            "outlet": pipes["outlet"][1],
            "terminal": terminal,
            "filled_pipe": pipes["filled"][0],
            "victim_in": pipes["victim"][0],
            "folder": _opened(opened, str(folder), os.O_RDONLY),
            "loot": _opened(opened, str(folder / "loot"), os.O_RDWR),
            "names": _opened(opened, "/proc/self/ns/uts", os.O_RDONLY),
            "program": _opened(opened, "/bin/cat", os.O_RDONLY),
            "timer": _made(opened, kernel.call("timerfd_create", 0, 0)),
            "epoll": _made(opened, kernel.call("epoll_create1", 0)),
            "inotify": _made(opened, kernel.call("inotify_init1", 0)),
        }
        high = {
            name: _made(opened, fcntl.fcntl(number, fcntl.F_DUPFD, HIGH))
            for name, number in theirs.items()
        }
        planted[Secret.ADDRESS] = tuple(
            struct.pack(">H", one.getsockname()[1]) for one in (udp, their_udp)
        )
        planted[Secret.OPTION] = (struct.pack("<i", low_water),)
        yield Set(
            theirs=Means(
                **high, udp_port=open_udp.getsockname()[1], tcp_port=listener.getsockname()[1]
            ),
            ours=Ours(
                folder=folder,
                channel=pipes["channel"][0],
                orders=pipes["orders"][1],
                outlet=pipes["outlet"][0],
                words=pipes["words"][0],
                datagrams=datagrams,
                udp=udp,
                open_udp=open_udp,
                tcp=tcp,
                dns=dns,
                listener=listener,
                unix_listener=unix_listener,
                terminal=sitting,
                loot=high["loot"],
                secrets=planted,
                watched_sockets=(their_udp, loose_udp, loose_tcp, fast_tcp, bound),
                watched_pipes=(pipes["channel"][1], pipes["outlet"][1]),
            ),
            words=pipes["words"][1],
        )


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
