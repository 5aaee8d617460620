# SPDX-License-Identifier: Apache-2.0
"""What a process can see that another might change: named numbers, looked at once in every slot.

Two kinds of look: at the places where the actions leave something, and, without an idea of what to
look for, at everything under /proc and /sys that can be read. A look that is refused sees nothing,
and says nothing.
"""

import ctypes
import fcntl
import os
import select
import signal
import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from privacy_audit.pairs.means.futexes import (
    ALL,
    FUTEX2_SIZE_U32,
    FUTEX_REQUEUE,
    FUTEX_WAIT,
    FUTEX_WAKE,
    WAITED_ON,
    WAITED_ON_TOO,
    WOKEN_BY,
)
from privacy_audit.pairs.means.hands import PAGE, PAGE_STRIDE, Hands
from privacy_audit.pairs.means.proc_files import (
    FILES_MAX,
    Observations,
    files_of_machine,
    files_of_process,
    is_quick,
    read_words,
)

NEWER_WAIT = "a newer wait"
_WAIT_S = struct.pack("qq", 0, 500_000_000)
_OFD_GETLK, _GETPIPE_SIZE, _NO_WAIT_READ = 36, 1032, 0x8
_FIONREAD = 0x541B


class ColdPages:
    """A file of which the machine keeps no page in its cache until somebody asks for one."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._file = os.open(hands.places.cold, os.O_RDONLY)
        size = os.fstat(self._file).st_size
        self._at, self._pages = hands.map_page(hands.places.cold, length=size), size // PAGE_STRIDE

    def look(self, showing: int, seen: Observations) -> None:
        """Ask in three ways whether a page is in the cache; none is asked for twice."""
        # Asked for without waiting, a page is read all the same, and is there for whoever asks
        # next: no page is asked for twice.
        offset = showing % self._pages * PAGE_STRIDE
        with suppress(OSError):
            self._hands.call("mincore", self._at + offset, PAGE, self._hands.scratch + PAGE)
            seen["page cache: mincore"] = (
                ctypes.c_uint8.from_address(self._hands.scratch + PAGE).value & 1
            )
        with suppress(OSError):
            # struct cachestat_range: offset, length; of struct cachestat the first number is how
            # many pages are there.
            self._hands.call(
                "cachestat",
                self._file,
                struct.pack("QQ", offset, PAGE),
                self._hands.scratch + PAGE,
                0,
            )
            seen["page cache: cachestat"] = ctypes.c_uint64.from_address(
                self._hands.scratch + PAGE
            ).value
        try:
            os.preadv(self._file, [bytearray(1)], offset, os.RWF_NOWAIT)
            seen["page cache: preadv2 that does not wait"] = 1
        except BlockingIOError:
            seen["page cache: preadv2 that does not wait"] = 0


class Looker:
    """Everything that one process can look at.

    senders: the process ids of the other side, as this side numbers them.
    """

    def __init__(self, hands: Hands, senders: tuple[int, ...], *, spared: frozenset[str]) -> None:
        """Open and begin what must be open and begun before the lock.

        `spared` looks would end this process.
        """
        self._hands, self.senders, self._spared = hands, senders, spared
        self._woken = dict.fromkeys((*WOKEN_BY, NEWER_WAIT), 0)
        self._signals = 0
        self._page = hands.map_page(hands.places.shared)
        self._shared = os.open(hands.places.shared, os.O_RDONLY)
        self._cold = ColdPages(hands)
        self._watches = {
            path: self._inotify(path) for path in (hands.places.shared, hands.places.scene)
        }
        with suppress(ValueError, OSError):
            signal.signal(signal.SIGURG, self._signalled)
        for form in (*WOKEN_BY, NEWER_WAIT):
            threading.Thread(target=self._wait, args=(form,), daemon=True).start()
        self._files: list[str] | None = None

    def look(self, showing: int) -> Observations:
        """Return all that is to be seen now, by name."""
        seen: Observations = {f"woken: {form}": count for form, count in self._woken.items()}
        seen["signals that came"] = self._signals
        for name, one in self._looks():
            if name in self._spared:
                continue
            with suppress(OSError, ValueError, KeyError):
                seen[name] = float(one())
        with suppress(OSError):
            self._cold.look(showing, seen)
        for pid in self.senders:
            self._process(pid, seen)
        self._all_files(seen)
        return seen

    def _looks(self) -> Iterator[tuple[str, Callable[[], float]]]:
        hands, at, shared = self._hands, self._page, self._shared
        call, places = hands.call, hands.places
        yield (
            "waiters requeued",
            lambda: call("futex", at + WAITED_ON, FUTEX_REQUEUE, 0, ALL, at + WAITED_ON, 0),
        )
        yield (
            "waiters woken",
            lambda: call("futex", at + WAITED_ON_TOO, FUTEX_WAKE, ALL, None, None, 0),
        )
        yield "F_GETLK", lambda: _lock(shared, fcntl.F_GETLK, 0)
        yield "F_OFD_GETLK", lambda: _lock(shared, _OFD_GETLK, 10)
        yield "flock", lambda: _try_flock(shared)
        yield "file times", lambda: _times(places.shared)
        yield "file to be opened", lambda: _may_open(f"{places.folder}/leased")
        yield "names in a folder", lambda: len(os.listdir(places.folder))  # noqa: PTH208 - a count is wanted
        yield "file size", lambda: Path(places.folder, "sized").stat().st_size
        yield "disk space", lambda: os.statvfs(places.folder).f_bfree
        yield "inotify on the shared file", lambda: _events(self._watches[places.shared])
        yield "inotify on the sender's file", lambda: _events(self._watches[places.scene])
        yield "pipe that both inherit", lambda: _waiting(hands, places.pipe_out)
        yield "record pipe: bytes in it", lambda: _waiting(hands, places.record_fd)
        yield "record pipe: readiness", lambda: len(select.select([places.record_fd], [], [], 0)[0])
        yield "record pipe: times", lambda: os.fstat(places.record_fd).st_mtime_ns
        yield "record pipe: size", lambda: fcntl.fcntl(places.record_fd, _GETPIPE_SIZE)
        yield "record pipe: mode", lambda: os.fstat(places.record_fd).st_mode
        yield "System V memory", lambda: _first_byte(hands)
        yield (
            "System V semaphore",
            lambda: call("semctl", call("semget", hands.places.key, 1, 0), 0, 12, 0),
        )
        yield "System V queue", lambda: _messages(hands)
        yield "POSIX queue", lambda: _posix_messages(hands)
        yield "key", lambda: _key(hands)
        yield "abstract socket", lambda: _knock(hands)
        yield "sysinfo: memory", lambda: _sysinfo(hands, 40)
        yield "sysinfo: processes", lambda: _sysinfo(hands, 80) % 65536
        yield "clock: maximum error", lambda: _clock(hands)

    def _wait(self, form: str) -> None:
        newer = form == NEWER_WAIT
        at = self._page + (0 if newer else 4 * WOKEN_BY.index(form))
        value = ctypes.c_uint32.from_address(at).value
        while True:
            try:
                if newer:
                    # struct futex_waitv: value, address, flags.
                    self._hands.call(
                        "futex_waitv",
                        struct.pack("QQII", value, at, FUTEX2_SIZE_U32, 0),
                        1,
                        0,
                        None,
                        1,
                    )
                else:
                    self._hands.call("futex", at, FUTEX_WAIT, value, _WAIT_S, None, 0)
            except OSError as error:
                if error.errno not in {4, 11, 110}:
                    return
                if error.errno != 11:  # noqa: PLR2004 - EAGAIN
                    continue
            self._woken[form] += 1

    def _signalled(self, *_: object) -> None:
        self._signals += 1

    def _inotify(self, path: str) -> int:
        with suppress(OSError):
            inotify_fd = self._hands.call("inotify_init1", os.O_NONBLOCK)
            # IN_ACCESS
            self._hands.call("inotify_add_watch", inotify_fd, os.fsencode(path), 0x1)
            return inotify_fd
        return -1

    def _process(self, pid: int, seen: Observations) -> None:
        """Ask the kernel about one process by its number, and read what /proc has of it."""
        asked: dict[str, Callable[[], float]] = {
            "kill with signal 0": lambda: _alive(pid),
            "getpriority": lambda: os.getpriority(os.PRIO_PROCESS, pid),
            "sched_getaffinity": lambda: zlib.crc32(str(os.sched_getaffinity(pid)).encode()),
            "sched_getscheduler": lambda: os.sched_getscheduler(pid),
            "getsid": lambda: os.getsid(pid),
        }
        for name, ask in asked.items():
            with suppress(OSError):
                seen[f"{pid} {name}"] = float(ask())
        with suppress(OSError):
            seen[f"{pid}/maps rows"] = float(Path(f"/proc/{pid}/maps").read_bytes().count(b"\n"))
        for path in files_of_process(pid):
            read_words(path, path.removeprefix("/proc/"), seen)

    def _all_files(self, seen: Observations) -> None:
        if self._files is None:
            self._files = [path for path in files_of_machine() if is_quick(path)][:FILES_MAX]
        for path in self._files:
            read_words(path, path, seen)


def _alive(pid: int) -> int:
    os.kill(pid, 0)
    return 1


def _times(path: str) -> int:
    seen = Path(path).stat()
    return seen.st_mtime_ns + seen.st_atime_ns


def _events(inotify_fd: int) -> int:
    try:
        return len(os.read(inotify_fd, 65536))
    except BlockingIOError:
        return 0


def _lock(opened: int, command: int, start: int) -> int:
    wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, start, 5, 0)
    return int(struct.unpack("hhqqi4x", fcntl.fcntl(opened, command, wanted))[0])


def _try_flock(opened: int) -> int:
    try:
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return 1
    fcntl.flock(opened, fcntl.LOCK_UN)
    return 0


def _may_open(path: str) -> int:
    """Say 1 where opening to write is held up by a lease."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
    except BlockingIOError:
        return 1
    return 0


def _waiting(hands: Hands, opened: int) -> int:
    hands.call("ioctl", opened, _FIONREAD, hands.scratch)
    return ctypes.c_int32.from_address(hands.scratch).value


def _first_byte(hands: Hands) -> int:
    at = hands.call("shmat", hands.call("shmget", hands.places.key, PAGE, 0), None, 0o10000)
    told = ctypes.c_uint8.from_address(at).value
    hands.call("shmdt", at)
    return told


def _messages(hands: Hands) -> int:
    # struct msqid64_ds: how many messages wait, behind the permissions, three times and a size.
    hands.call("msgctl", hands.call("msgget", hands.places.key, 0), 2, hands.scratch)
    return ctypes.c_uint64.from_address(hands.scratch + 48 + 24 + 8).value


def _posix_messages(hands: Hands) -> int:
    opened = hands.call("mq_open", hands.places.name.encode(), os.O_RDONLY | os.O_NONBLOCK, 0, None)
    hands.call("mq_getsetattr", opened, None, hands.scratch)
    os.close(opened)
    return ctypes.c_int64.from_address(hands.scratch + 24).value


def _key(hands: Hands) -> int:
    search, read, user = 10, 11, -4
    hands.call(
        "keyctl",
        read,
        hands.call("keyctl", search, user, b"user", hands.places.name.encode(), 0),
        hands.scratch,
        8,
    )
    return ctypes.c_uint8.from_address(hands.scratch).value


def _knock(hands: Hands) -> int:
    with socket.socket(socket.AF_UNIX) as knocking:
        knocking.settimeout(0)
        return int(knocking.connect_ex(f"\0{hands.places.name}") == 0)


def _sysinfo(hands: Hands, offset: int) -> int:
    hands.call("sysinfo", hands.scratch)
    return ctypes.c_uint64.from_address(hands.scratch + offset).value


def _clock(hands: Hands) -> int:
    ctypes.memset(hands.scratch, 0, 256)
    hands.call("adjtimex", hands.scratch)
    return ctypes.c_int64.from_address(hands.scratch + 24).value
