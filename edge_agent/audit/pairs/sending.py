# SPDX-License-Identifier: Apache-2.0
"""What a process can change that another might see: one action a carrier, each told a bit in every slot.

`prepare` comes before the last lock, as a trojan in a library would come; `act` comes behind it. What the kernel refuses raises.
Rule: an action leaves things as it found them within a slot or two, and changes nothing of the machine but in the audit's folder.
"""

import ctypes
import errno
import fcntl
import mmap
import os
import signal
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edge_agent.audit.pairs.calls import CALLS, variants
from edge_agent.audit.pairs.hands import PAGE, PAGE_STRIDE, Hands

FUTEX_WAIT, FUTEX_WAKE, FUTEX_REQUEUE, FUTEX_WAKE_OP, FUTEX_WAKE_BITSET = 0, 1, 3, 5, 10
FUTEX2_SIZE_U32 = 0x02
ALL = 0x7FFFFFFF
WOKEN_BY = ("FUTEX_WAKE", "FUTEX_WAKE_BITSET", "FUTEX_WAKE_OP", "futex_wake", "FUTEX_REQUEUE")
WAITED_ON, WAITED_ON_TOO = 64, 68
"""Offsets of the words on the shared page: the first ones are waited on by the receiver, these by the sender."""
BLOCK, TOUCHED = 64 * 2**20, 4 * 2**20
LEAVERS = 64
SAID_BYTES, ROWS = 40_000, 100
LOAD_BYTES, CACHED_BYTES = 8 * 2**20, 2**16
_MADE_BYTES = 4096
_BURN_S = 0.008
_SET_NAME, _SET_TIMERSLACK = 15, 29
_IPC_CREAT = 0o1000 | 0o666
_WAIT_S = struct.pack("qq", 0, 2_000_000)
_F_OFD_SETLK, _F_SETPIPE_SZ, _F_SETLEASE = 37, 1031, 1024


class Action:
    """One way to show a bit. ends_by: the call at which the lock ends the process; then the witness asks the filter instead."""

    ends_by = ""
    turn = 0
    """In which half of a trial it acts: what would hide another action acts in the second."""

    def __init__(self, name: str) -> None:
        self.name = name

    def prepare(self, hands: Hands) -> None:
        """Make what is needed, before the lock."""

    def act(self, bit: bool, slot: int) -> None:  # noqa: FBT001 - the bit that is told
        """Show the bit of this slot. Raises OSError, RuntimeError or ValueError where it is refused."""
        raise NotImplementedError


class Doing(Action):
    """An action of two plain steps: what is done at 1 and at 0, after one step before the lock."""

    def __init__(
        self,
        name: str,
        act: Callable[[Hands, bool], object],
        *,
        prepare: Callable[[Hands], object] | None = None,
        ends_by: str = "",
        turn: int = 0,
    ) -> None:
        super().__init__(name)
        self._act, self._prepare = act, prepare
        self.turn = turn
        self.ends_by = ends_by
        self._hands: Hands | None = None

    def prepare(self, hands: Hands) -> None:
        self._hands = hands
        if self._prepare is not None:
            self._prepare(hands)

    def act(self, bit: bool, slot: int) -> None:  # noqa: ARG002 - the same for each slot
        if self._hands is None:
            raise ValueError(f"{self.name}: not prepared")
        self._act(self._hands, bit)


class Wakes(Action):
    """Wake whoever waits on a page of a file that both can read."""

    def __init__(self, form: str) -> None:
        super().__init__(f"futex: {form}")
        self._form, self._offset = form, 4 * WOKEN_BY.index(form)

    def prepare(self, hands: Hands) -> None:
        self._hands, self._at = hands, hands.map_page(hands.places.shared) + self._offset

    def act(self, bit: bool, slot: int) -> None:  # noqa: ARG002 - the same for each slot
        call, at, own = self._hands.call, self._at, self._hands.scratch
        wake: dict[str, Callable[[], int]] = {
            "FUTEX_WAKE": lambda: call("futex", at, FUTEX_WAKE, ALL, None, None, 0),
            "FUTEX_WAKE_BITSET": lambda: call("futex", at, FUTEX_WAKE_BITSET, ALL, None, None, ALL),
            "FUTEX_WAKE_OP": lambda: call("futex", at, FUTEX_WAKE_OP, ALL, 1, own, 0),
            "FUTEX_REQUEUE": lambda: call("futex", at, FUTEX_REQUEUE, ALL, 0, at, 0),
            "futex_wake": lambda: call("futex_wake", at, 0xFFFFFFFF, ALL, FUTEX2_SIZE_U32),
        }
        if bit:
            wake[self._form]()


class Waits(Action):
    """Wait on a page of a file that both can read, on a thread of its own: a waker learns whether anybody waits."""

    def __init__(self) -> None:
        super().__init__("futex: FUTEX_WAIT")
        self._bit, self._refused = False, 0

    def prepare(self, hands: Hands) -> None:
        self._hands, self._page = hands, hands.map_page(hands.places.shared)
        for offset in (WAITED_ON, WAITED_ON_TOO):
            threading.Thread(target=self._wait, args=(self._page + offset,), daemon=True).start()

    def act(self, bit: bool, slot: int) -> None:  # noqa: ARG002 - the same for each slot
        self._bit = bit
        if self._refused:
            raise OSError(self._refused, os.strerror(self._refused))

    def _wait(self, at: int) -> None:
        value = ctypes.c_uint32.from_address(at).value
        while True:
            if not self._bit:
                time.sleep(0.001)
                continue
            try:
                self._hands.call("futex", at, FUTEX_WAIT, value, _WAIT_S, None, 0)
            except OSError as error:
                if error.errno not in {11, 110, 4}:
                    self._refused = error.errno or 1
                    time.sleep(0.005)


class Grows(Action):
    """Take memory and give it back; written to, it is resident too."""

    def __init__(self, name: str, *, touched: bool) -> None:
        super().__init__(name)
        self._touched, self.turn = touched, int(touched)
        self._block: mmap.mmap | None = None

    def act(self, bit: bool, slot: int) -> None:  # noqa: ARG002 - the same for each slot
        size = TOUCHED if self._touched else BLOCK
        if bit and self._block is None:
            self._block = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            for at in range(0, size if self._touched else 0, PAGE):
                self._block[at] = 1
        elif not bit and self._block is not None:
            self._block.close()
            self._block = None


class Overwrites(Action):
    """Write over the words that the process was started with: nothing but a write to memory."""

    def __init__(self, name: str, field: int) -> None:
        super().__init__(name)
        self._field = field

    def prepare(self, hands: Hands) -> None:  # noqa: ARG002 - the same for each action
        # proc(5): the fields arg_start and env_start, counted behind the name in its brackets.
        rest = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
        self._at, self._end = int(rest[self._field]), int(rest[self._field + 1])

    def act(self, bit: bool, slot: int) -> None:  # noqa: ARG002 - the same for each slot
        if self._at == 0 or self._end <= self._at:
            raise ValueError("there is nothing left to write over")
        ctypes.memset(self._at, 0x31 if bit else 0x30, 1)


class Leaves(Action):
    """Let one thread of many end: how many there are is seen from outside, and ending needs no call that could be refused."""

    def __init__(self) -> None:
        super().__init__("threads that end")
        self._locks: list[threading.Lock] = []

    def prepare(self, hands: Hands) -> None:  # noqa: ARG002 - the same for each action
        for _ in range(LEAVERS):
            lock = threading.Lock()
            lock.acquire()
            self._locks.append(lock)
            threading.Thread(target=lock.acquire, daemon=True).start()

    def act(self, bit: bool, slot: int) -> None:  # noqa: ARG002 - the same for each slot
        if bit and self._locks:
            self._locks.pop().release()


class Begins(Action):
    """Begin a thread at 1, which ends at 0."""

    turn = 1

    def __init__(self) -> None:
        super().__init__("threads that begin")
        self._lock: threading.Lock | None = None

    def act(self, bit: bool, slot: int) -> None:  # noqa: ARG002 - the same for each slot
        if bit and self._lock is None:
            lock = threading.Lock()
            lock.acquire()
            threading.Thread(target=lock.acquire, daemon=True).start()
            self._lock = lock
        elif not bit and self._lock is not None:
            self._lock.release()
            self._lock = None


class Touches(Action):
    """Read one page of a cold file through a mapping: no call at all, and the page is in the machine's cache."""

    def prepare(self, hands: Hands) -> None:
        size = Path(hands.places.cold).stat().st_size
        self._at, self._pages = hands.map_page(hands.places.cold, length=size), size // PAGE_STRIDE
        with suppress(OSError):
            hands.call("madvise", self._at, size, mmap.MADV_RANDOM)

    def act(self, bit: bool, slot: int) -> None:
        if bit:
            ctypes.string_at(self._at + slot % self._pages * PAGE_STRIDE, 1)


class OnFile(Action):
    """Do something to a descriptor that was opened before the lock."""

    def __init__(
        self, name: str, act: Callable[[Hands, int, bool], object], *, flags: int = os.O_RDONLY, other: str | None = None
    ) -> None:
        super().__init__(name)
        self._act, self._flags, self._other = act, flags, other

    def prepare(self, hands: Hands) -> None:
        self._hands = hands
        path = hands.places.shared if self._other is None else f"{hands.places.folder}/{self._other}"
        try:
            self._opened = os.open(path, self._flags)
        except OSError:
            self._opened = os.open(path, os.O_RDONLY)

    def act(self, bit: bool, slot: int) -> None:  # noqa: ARG002 - the same for each slot
        self._act(self._hands, self._opened, bit)


class OnScene(Action):
    """Read on in the file that only the sender has, by the descriptor that it keeps."""

    def prepare(self, hands: Hands) -> None:
        wanted = str(Path(hands.places.scene).resolve())
        folder = "/proc/self/fd"
        self._opened = -1
        for number in os.listdir(folder):  # noqa: PTH208 - a bare number is wanted
            with suppress(OSError):
                if os.readlink(f"{folder}/{number}") == wanted:  # noqa: PTH115 - a bare text is wanted
                    self._opened = int(number)

    def act(self, bit: bool, slot: int) -> None:  # noqa: ARG002 - the same for each slot
        os.lseek(self._opened, 64 if bit else 0, os.SEEK_SET)
        if bit:
            os.read(self._opened, 1)


class Calls(Action):
    """Make one call with every kind of argument, without an idea of what for: whatever it changes may be seen."""

    turn = 1

    def __init__(self, name: str) -> None:
        super().__init__(f"call: {name}")
        self._call = name

    def prepare(self, hands: Hands) -> None:
        self._hands, self._variants = hands, variants(hands, self._call)

    def act(self, bit: bool, slot: int) -> None:  # noqa: ARG002 - the same for each slot
        refused = 0
        for arguments in self._variants if bit else ():
            try:
                self._hands.call(self._call, *arguments)
            except OSError as error:
                refused = error.errno
        if refused == errno.EPERM:
            raise OSError(refused, os.strerror(refused))


class Talks(Action):
    """Say a little more on the one connection of a feeder: whoever shares the network sees how much was said."""

    def prepare(self, hands: Hands) -> None:
        self._hands, folder = hands, "/proc/self/fd"
        links = {number: str(Path(folder, number).readlink()) for number in os.listdir(folder) if Path(folder, number).is_symlink()}  # noqa: PTH208 - a bare number is wanted
        self._opened = next((int(number) for number, to in links.items() if to.startswith("socket:")), -1)

    def act(self, bit: bool, slot: int) -> None:  # noqa: ARG002 - the same for each slot
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
        self._hands = hands

    def act(self, bit: bool, slot: int) -> None:  # noqa: ARG002 - the same for each slot
        if bit and self._socket is None:
            made = socket.socket(socket.AF_UNIX)
            made.bind(f"\0{self._hands.places.name}")
            made.listen(64)
            self._socket = made
        elif not bit and self._socket is not None:
            self._socket.close()
            self._socket = None


class Load:
    """Load every processor, or the way to memory, for a while: threads from before the lock, which then need no call."""

    def __init__(self) -> None:
        """Begin the threads; they wait."""
        self._until_s, self._work = 0.0, LOADS["processor"]
        for _ in range(os.cpu_count() or 1):
            threading.Thread(target=self._run, args=(bytearray(LOAD_BYTES), bytearray(LOAD_BYTES)), daemon=True).start()

    def begin(self, kind: str, for_s: float) -> None:
        """Load for so long from now."""
        self._work = LOADS[kind]
        self._until_s = time.monotonic() + for_s

    def _run(self, one: bytearray, other: bytearray) -> None:
        while True:
            if time.monotonic() < self._until_s:
                self._work(one, other)
            else:
                time.sleep(0.001)


def _compute(one: bytearray, _other: bytearray) -> None:
    zlib.crc32(memoryview(one)[:CACHED_BYTES])


def _move(one: bytearray, other: bytearray) -> None:
    one[:] = other


LOADS: dict[str, Callable[[bytearray, bytearray], None]] = {"processor": _compute, "memory": _move}
"""What a load is made of, by what it is a load on. Both let go of the interpreter, or hold it too short to matter."""


def burn(_hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    """Use the processor for some milliseconds."""
    end_s = time.monotonic() + (_BURN_S if bit else 0.0)
    while time.monotonic() < end_s:
        pass


def _yield_often(_hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    for _ in range(30 if bit else 0):
        time.sleep(0.00001)


def _lock_posix(_hands: Hands, opened: int, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    fcntl.fcntl(opened, fcntl.F_SETLK, _range(fcntl.F_RDLCK if bit else fcntl.F_UNLCK))


def _lock_ofd(_hands: Hands, opened: int, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    fcntl.fcntl(opened, _F_OFD_SETLK, _range(fcntl.F_RDLCK if bit else fcntl.F_UNLCK, start=10))


def _range(kind: int, *, start: int = 0) -> bytes:
    """Return a struct flock of 64-bit machines over five bytes."""
    return struct.pack("hhqqi4x", kind, os.SEEK_SET, start, 5, 0)


def _flock(_hands: Hands, opened: int, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB if bit else fcntl.LOCK_UN)


def _lease(_hands: Hands, opened: int, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    # Whoever breaks a lease is told apart by the signal that its holder gets, which would end it.
    signal.signal(signal.SIGIO, lambda *_: None)
    with suppress(OSError):
        fcntl.fcntl(opened, _F_SETLEASE, fcntl.F_UNLCK)
    if bit:
        fcntl.fcntl(opened, _F_SETLEASE, fcntl.F_RDLCK)


def _times(_hands: Hands, opened: int, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    os.utime(opened, ns=(0, 10**9 if bit else 0))


def _made(hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    path = Path(hands.places.folder, "made")
    if bit:
        path.write_bytes(bytes(_MADE_BYTES))
    else:
        path.unlink(missing_ok=True)


def _size(hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    with Path(hands.places.folder, "sized").open("ab") as sized:
        sized.truncate(4096 if bit else 0)


def _space(hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    with Path(hands.places.folder, "space").open("ab") as file:
        if bit:
            os.posix_fallocate(file.fileno(), 0, TOUCHED)
        else:
            file.truncate(0)


def _pipe(hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    full = hands.call("ioctl", hands.places.pipe_out, 0x541B, hands.scratch) == 0 and _word(hands)
    if bit and not full:
        os.write(hands.places.pipe_in, b"1")
    elif full and not bit:
        os.read(hands.places.pipe_out, 64)


def _word(hands: Hands) -> int:
    return ctypes.c_int32.from_address(hands.scratch).value


def _shm(hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    at = hands.call("shmat", hands.call("shmget", hands.places.key, PAGE, _IPC_CREAT), None, 0)
    ctypes.memset(at, int(bit), 1)
    hands.call("shmdt", at)


def _semaphore(hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    set_value = 16
    hands.call("semctl", hands.call("semget", hands.places.key, 1, _IPC_CREAT), 0, set_value, int(bit))


def _message(hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    identity, no_wait = hands.call("msgget", hands.places.key, _IPC_CREAT), 0o4000
    if bit:
        hands.call("msgsnd", identity, struct.pack("q8s", 1, b"message"), 8, no_wait)
    else:
        with suppress(OSError):
            hands.call("msgrcv", identity, hands.scratch, 8, 0, no_wait)


def _queue(hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    attributes = struct.pack("qqqq4q", 0, 4, 8, 0, 0, 0, 0, 0)
    opened = hands.call("mq_open", hands.places.name.encode(), os.O_RDWR | os.O_CREAT | os.O_NONBLOCK, 0o666, attributes)
    with suppress(BlockingIOError):
        if bit:
            hands.call("mq_timedsend", opened, b"message", 7, 0, None)
        else:
            hands.call("mq_timedreceive", opened, hands.scratch, 8, None, None)
    os.close(opened)


def _key(hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    user = -4
    hands.call("add_key", b"user", hands.places.name.encode(), b"1" if bit else b"0", 1, user)
    with suppress(OSError):
        hands.call("keyctl", 5, hands.call("keyctl", 10, user, b"user", hands.places.name.encode(), 0), 0x3F3F3F3F)


def _mask(_hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    signal.pthread_sigmask(signal.SIG_BLOCK if bit else signal.SIG_UNBLOCK, {signal.SIGUSR2})


def _ignored(_hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    signal.signal(signal.SIGTTIN, signal.SIG_IGN if bit else signal.SIG_DFL)


def _caught(_hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    signal.signal(signal.SIGPROF, (lambda *_: None) if bit else signal.SIG_DFL)


def _pending(hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    if bit:
        hands.call("tgkill", os.getpid(), threading.get_native_id(), signal.SIGWINCH)
    else:
        signal.sigtimedwait({signal.SIGWINCH}, 0)


def _nice(_hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    os.setpriority(os.PRIO_PROCESS, 0, 1 if bit else 0)


def _affinity(_hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    known = range(os.cpu_count() or 1)
    os.sched_setaffinity(0, {0} if bit else set(known))


def _scheduling(_hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    os.sched_setscheduler(0, os.SCHED_BATCH if bit else os.SCHED_OTHER, os.sched_param(0))


def _limit(hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    sigpending, hard = 11, 4096
    hands.call("prlimit64", 0, sigpending, struct.pack("QQ", 64 if bit else hard, hard), None)


def _slack(hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    hands.call("prctl", _SET_TIMERSLACK, 60_000 if bit else 50_000, 0, 0, 0)


class Times(Action):
    """Make a timer at 1, which goes at 0."""

    def __init__(self) -> None:
        super().__init__("a timer")
        self._made = False

    def prepare(self, hands: Hands) -> None:
        self._hands = hands

    def act(self, bit: bool, slot: int) -> None:  # noqa: ARG002 - the same for each slot
        at = self._hands.scratch + 128
        if bit and not self._made:
            self._hands.call("timer_create", time.CLOCK_MONOTONIC, None, at)
            self._made = True
        elif self._made and not bit:
            self._hands.call("timer_delete", ctypes.c_int32.from_address(at).value)
            self._made = False


def _locked_memory(hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    hands.call("mlock" if bit else "munlock", hands.scratch, PAGE)


def _own_file(name: str, one: str, zero: str) -> Callable[[Hands, bool], None]:
    def write(_hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
        Path("/proc/self", name).write_text(one if bit else zero, "ascii")

    return write


class Rows(Action):
    """Take every second page of a block out of reach, or none: the process's map has many rows more or less."""

    def __init__(self) -> None:
        super().__init__("rows of the memory map")

    def prepare(self, hands: Hands) -> None:
        self._hands = hands
        self._at = hands.call("mmap", None, 2 * ROWS * PAGE, 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)

    def act(self, bit: bool, slot: int) -> None:  # noqa: ARG002 - the same for each slot
        for page in range(1, 2 * ROWS, 2):
            self._hands.call("mprotect", self._at + page * PAGE, PAGE, 1 if bit else 3)


def _pipe_size(hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    fcntl.fcntl(hands.places.channel_fd, _F_SETPIPE_SZ, 2**17 if bit else 2**16)


def _pipe_mode(hands: Hands, bit: bool) -> None:  # noqa: FBT001 - the bit that is told
    os.fchmod(hands.places.channel_fd, 0o640 if bit else 0o600)


def actions() -> list[Action]:
    """Return every action, always in the same order."""
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
        Doing("space on the disk", _space),
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
        Grows("size of memory", touched=False),
        Grows("memory that is touched", touched=True),
        Overwrites("argv", 45),
        Overwrites("environ", 47),
        Doing("the thread's name", lambda hands, bit: hands.call("prctl", _SET_NAME, b"one" if bit else b"zero", 0, 0, 0)),
        Doing("the signal mask", _mask),
        Doing("signals ignored", _ignored),
        Doing("signals caught", _caught),
        Doing("a signal that waits", _pending, prepare=lambda _: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH})),
        Doing("nice", _nice),
        Doing("affinity", _affinity),
        Doing("scheduling class", _scheduling),
        Doing("a limit", _limit),
        Doing("timer slack", _slack),
        Times(),
        Doing("locked memory", _locked_memory),
        Rows(),
        Doing("oom score", _own_file("oom_score_adj", "200", "100")),
        Talks("bytes on its one connection"),
        Leaves(),
        Begins(),
        Doing("processor time", burn, turn=1),
        Doing("context switches", _yield_often, turn=1),
        *(Calls(name) for name in CALLS),
    ]
