# SPDX-License-Identifier: Apache-2.0
"""Kernel objects and files that one process can change and another see.

They are locks, times, names, pipes, queues, keys and pages.
"""

import ctypes
import errno
import fcntl
import mmap
import os
import signal
import socket
import struct
from contextlib import suppress
from pathlib import Path

from privacy_audit.pairs.means.action import Action, Doing, OnFile
from privacy_audit.pairs.means.futexes import WOKEN_BY, Waits, Wakes
from privacy_audit.pairs.means.hands import PAGE, PAGE_STRIDE, Hands

SAID_BYTES = 40_000
_MADE_BYTES, _DISK_BYTES = 4096, 16 * 2**20
_IPC_CREAT = 0o1000 | 0o666
_F_OFD_SETLK, _F_SETPIPE_SZ, _F_SETLEASE = 37, 1031, 1024


def actions_on_objects() -> list[Action]:
    """Return every action on a kernel object or a file, always in the same order."""
    return [
        *(Wakes(form) for form in WOKEN_BY),
        Waits(),
        OnFile("a POSIX lock", _lock_posix),
        OnFile("an open-file-description lock", _lock_ofd),
        OnFile("flock", _flock),
        OnFile("a lease", _lease, other="leased"),
        OnFile("a file's times", _times, flags=os.O_RDWR),
        Doing("a file's name", _made),
        Doing("a file's size", _size),
        Doing("space on the disk", _fill_disk),
        OnScene("reading on in its own file"),
        Doing("a pipe that both inherit", _pipe),
        Doing("the record pipe's size", _pipe_size),
        Doing("the record pipe's mode", _pipe_mode),
        Doing("System V memory", _shm, ends_by="shmget"),
        Doing("a System V semaphore", _semaphore, ends_by="semget"),
        Doing("a System V queue", _message, ends_by="msgget"),
        Doing("a POSIX queue", _queue, ends_by="mq_open"),
        Doing("a key ring", _key, ends_by="add_key"),
        Connects(),
        Touches("a page of a cold file"),
        Talks("bytes on its one connection"),
    ]


class OnScene(Action):
    """Read on in the file that only the sender has, by the descriptor that it keeps."""

    def prepare(self, hands: Hands) -> None:
        """Make ready what is needed, before the lock."""
        wanted = str(Path(hands.places.scene).resolve())
        folder = "/proc/self/fd"
        opened = -1
        for number in os.listdir(folder):  # noqa: PTH208 - a bare number is wanted
            with suppress(OSError):
                if os.readlink(f"{folder}/{number}") == wanted:  # noqa: PTH115 - a bare text is wanted
                    opened = int(number)
        self._opened = opened

    def act(self, bit: int, showing: int) -> None:  # noqa: ARG002 - the same for each showing
        """Show the bit of this slot."""
        os.lseek(self._opened, 64 if bit else 0, os.SEEK_SET)
        if bit:
            os.read(self._opened, 1)


class Talks(Action):
    """Say a little more on the one connection of a feeder.

    Whoever shares the network sees how much was said.
    """

    def prepare(self, hands: Hands) -> None:
        """Make ready what is needed, before the lock."""
        self._hands, folder = hands, "/proc/self/fd"
        links = {
            number: str(Path(folder, number).readlink())
            for number in os.listdir(folder)  # noqa: PTH208 - a bare number is wanted
            if Path(folder, number).is_symlink()
        }
        self._opened = next(
            (int(number) for number, to in links.items() if to.startswith("socket:")), -1
        )

    def act(self, bit: int, showing: int) -> None:  # noqa: ARG002 - the same for each showing
        """Show the bit of this slot."""
        if self._opened < 0:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        length = SAID_BYTES if bit else 1
        self._hands.call("sendto", self._opened, bytes(length), length, 0, None, 0)


class Connects(Action):
    """Listen at a name without a file: whoever shares the network's namespace can knock."""

    ends_by = "socket"

    def __init__(self) -> None:
        super().__init__("an abstract socket's name")
        self._socket: socket.socket | None = None

    def prepare(self, hands: Hands) -> None:
        """Make ready what is needed, before the lock."""
        self._hands = hands

    def act(self, bit: int, showing: int) -> None:  # noqa: ARG002 - the same for each showing
        """Show the bit of this slot."""
        if bit and self._socket is None:
            made = socket.socket(socket.AF_UNIX)
            made.bind(f"\0{self._hands.places.name}")
            made.listen(64)
            self._socket = made
        elif not bit and self._socket is not None:
            self._socket.close()
            self._socket = None


class Touches(Action):
    """Read one page of a cold file through a mapping.

    No call at all, and the page is in the machine's cache.
    """

    def prepare(self, hands: Hands) -> None:
        """Make ready what is needed, before the lock."""
        size = Path(hands.places.cold).stat().st_size
        self._at, self._pages = hands.map_page(hands.places.cold, length=size), size // PAGE_STRIDE
        with suppress(OSError):
            hands.call("madvise", self._at, size, mmap.MADV_RANDOM)

    def act(self, bit: int, showing: int) -> None:
        """Show the bit of this slot."""
        if bit:
            ctypes.string_at(self._at + showing % self._pages * PAGE_STRIDE, 1)


def _lock_posix(_hands: Hands, opened: int, bit: int) -> None:
    fcntl.fcntl(opened, fcntl.F_SETLK, _range(fcntl.F_RDLCK if bit else fcntl.F_UNLCK))


def _lock_ofd(_hands: Hands, opened: int, bit: int) -> None:
    fcntl.fcntl(opened, _F_OFD_SETLK, _range(fcntl.F_RDLCK if bit else fcntl.F_UNLCK, start=10))


def _range(kind: int, *, start: int = 0) -> bytes:
    """Return a struct flock of 64-bit machines over five bytes."""
    return struct.pack("hhqqi4x", kind, os.SEEK_SET, start, 5, 0)


def _flock(_hands: Hands, opened: int, bit: int) -> None:
    fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB if bit else fcntl.LOCK_UN)


def _lease(_hands: Hands, opened: int, bit: int) -> None:
    # Whoever breaks a lease is told apart by the signal that its holder gets, which would end it.
    signal.signal(signal.SIGIO, lambda *_: None)
    with suppress(OSError):
        fcntl.fcntl(opened, _F_SETLEASE, fcntl.F_UNLCK)
    if bit:
        fcntl.fcntl(opened, _F_SETLEASE, fcntl.F_RDLCK)


def _times(_hands: Hands, opened: int, bit: int) -> None:
    os.utime(opened, ns=(0, 10**9 if bit else 0))


def _made(hands: Hands, bit: int) -> None:
    path = Path(hands.places.folder, "made")
    if bit:
        path.write_bytes(bytes(_MADE_BYTES))
    else:
        path.unlink(missing_ok=True)


def _size(hands: Hands, bit: int) -> None:
    with Path(hands.places.folder, "sized").open("ab") as sized:
        sized.truncate(4096 if bit else 0)


def _fill_disk(hands: Hands, bit: int) -> None:
    with Path(hands.places.folder, "space").open("ab") as file:
        if bit:
            os.posix_fallocate(file.fileno(), 0, _DISK_BYTES)
        else:
            file.truncate(0)


def _pipe(hands: Hands, bit: int) -> None:
    full = hands.call("ioctl", hands.places.pipe_out, 0x541B, hands.scratch) == 0 and _word(hands)
    if bit and not full:
        os.write(hands.places.pipe_in, b"1")
    elif full and not bit:
        os.read(hands.places.pipe_out, 64)


def _word(hands: Hands) -> int:
    return ctypes.c_int32.from_address(hands.scratch).value


def _pipe_size(hands: Hands, bit: int) -> None:
    fcntl.fcntl(hands.places.channel_fd, _F_SETPIPE_SZ, 2**17 if bit else 2**16)


def _pipe_mode(hands: Hands, bit: int) -> None:
    os.fchmod(hands.places.channel_fd, 0o640 if bit else 0o600)


def _shm(hands: Hands, bit: int) -> None:
    at = hands.call("shmat", hands.call("shmget", hands.places.key, PAGE, _IPC_CREAT), None, 0)
    ctypes.memset(at, bit, 1)
    hands.call("shmdt", at)


def _semaphore(hands: Hands, bit: int) -> None:
    set_value = 16
    hands.call("semctl", hands.call("semget", hands.places.key, 1, _IPC_CREAT), 0, set_value, bit)


def _message(hands: Hands, bit: int) -> None:
    identity, no_wait = hands.call("msgget", hands.places.key, _IPC_CREAT), 0o4000
    if bit:
        hands.call("msgsnd", identity, struct.pack("q8s", 1, b"message"), 8, no_wait)
    else:
        with suppress(OSError):
            hands.call("msgrcv", identity, hands.scratch, 8, 0, no_wait)


def _queue(hands: Hands, bit: int) -> None:
    attributes = struct.pack("qqqq4q", 0, 4, 8, 0, 0, 0, 0, 0)
    opened = hands.call(
        "mq_open",
        hands.places.name.encode(),
        os.O_RDWR | os.O_CREAT | os.O_NONBLOCK,
        0o666,
        attributes,
    )
    with suppress(BlockingIOError):
        if bit:
            hands.call("mq_timedsend", opened, b"message", 7, 0, None)
        else:
            hands.call("mq_timedreceive", opened, hands.scratch, 8, None, None)
    os.close(opened)


def _key(hands: Hands, bit: int) -> None:
    user = -4
    hands.call("add_key", b"user", hands.places.name.encode(), b"1" if bit else b"0", 1, user)
    with suppress(OSError):
        hands.call(
            "keyctl",
            5,
            hands.call("keyctl", 10, user, b"user", hands.places.name.encode(), 0),
            0x3F3F3F3F,
        )
