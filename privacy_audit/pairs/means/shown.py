# SPDX-License-Identifier: Apache-2.0
"""What the kernel shows of a process to others.

It shows its memory, its words, its signals, its threads and its time.
"""

import ctypes
import errno
import mmap
import os
import signal
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

from privacy_audit.pairs.means.action import Action, Doing
from privacy_audit.pairs.means.calls import CALLS, variants
from privacy_audit.pairs.means.hands import PAGE, Hands

BLOCK, TOUCHED = 64 * 2**20, 4 * 2**20
LEAVERS, STACK_BYTES, ROWS = 64, 2**17, 100
_BURN_S = 0.008
_SET_NAME, _SET_TIMERSLACK = 15, 29


def actions_that_show() -> list[Action]:
    """Return every action that changes what is shown of this process, always in the same order."""
    return [
        Grows("size of memory", touched=False),
        Grows("memory that is touched", touched=True),
        Overwrites("argv", 45),
        Overwrites("environ", 47),
        Doing(
            "the thread's name",
            lambda hands, bit: hands.call("prctl", _SET_NAME, b"one" if bit else b"zero", 0, 0, 0),
        ),
        Doing("the signal mask", _mask),
        Doing("signals ignored", _ignored),
        Doing("signals caught", _caught),
        Doing(
            "a signal that waits",
            _pending,
            prepare=lambda _: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH}),
        ),
        Doing("nice", _nice),
        Doing("affinity", _affinity),
        Doing("scheduling class", _scheduling),
        Doing("a limit", _limit),
        Doing("timer slack", _slack),
        Times(),
        Doing("locked memory", _locked_memory),
        Rows(),
        Doing("oom score", _own_file("oom_score_adj", "200", "100")),
        Leaves(),
        Begins(),
        Doing("processor time", _burn, turn=1),
        Doing("context switches", _yield_often, turn=1),
        *(Calls(name) for name in CALLS),
    ]


class Grows(Action):
    """Take memory and give it back; written to, it is resident too."""

    def __init__(self, name: str, *, touched: bool) -> None:
        super().__init__(name)
        self._touched, self.turn = touched, int(touched)
        self._block: mmap.mmap | None = None

    def act(self, bit: int, showing: int) -> None:  # noqa: ARG002 - the same for each showing
        """Show the bit of this slot."""
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
        """Make ready what is needed, before the lock."""
        # proc(5): the fields arg_start and env_start, counted behind the name in its brackets.
        rest = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
        self._at, self._end = int(rest[self._field]), int(rest[self._field + 1])

    def act(self, bit: int, showing: int) -> None:  # noqa: ARG002 - the same for each showing
        """Show the bit of this slot."""
        if self._at == 0 or self._end <= self._at:
            raise ValueError("there is nothing left to write over")
        ctypes.memset(self._at, 0x31 if bit else 0x30, 1)


class Leaves(Action):
    """Let one thread of many end.

    How many there are is seen from outside, and ending needs no call that could be refused.
    """

    def __init__(self) -> None:
        super().__init__("threads that end")
        self._locks: list[threading.Lock] = []

    def prepare(self, hands: Hands) -> None:
        """Make ready what is needed, before the lock."""
        usual = threading.stack_size(STACK_BYTES)
        for _ in range(LEAVERS * hands.places.receivers):
            lock = threading.Lock()
            lock.acquire()
            self._locks.append(lock)
            threading.Thread(target=lock.acquire, daemon=True).start()
        threading.stack_size(usual)

    def act(self, bit: int, showing: int) -> None:  # noqa: ARG002 - the same for each showing
        """Show the bit of this slot."""
        if bit and self._locks:
            self._locks.pop().release()


class Begins(Action):
    """Begin a thread at 1, which ends at 0."""

    turn = 1

    def __init__(self) -> None:
        super().__init__("threads that begin")
        self._lock: threading.Lock | None = None

    def act(self, bit: int, showing: int) -> None:  # noqa: ARG002 - the same for each showing
        """Show the bit of this slot."""
        if bit and self._lock is None:
            lock = threading.Lock()
            lock.acquire()
            threading.Thread(target=lock.acquire, daemon=True).start()
            self._lock = lock
        elif not bit and self._lock is not None:
            self._lock.release()
            self._lock = None


class Times(Action):
    """Make a timer at 1, which goes at 0."""

    def __init__(self) -> None:
        super().__init__("a timer")
        self._made = False

    def prepare(self, hands: Hands) -> None:
        """Make ready what is needed, before the lock."""
        self._hands = hands

    def act(self, bit: int, showing: int) -> None:  # noqa: ARG002 - the same for each showing
        """Show the bit of this slot."""
        at = self._hands.scratch + 128
        if bit and not self._made:
            self._hands.call("timer_create", time.CLOCK_MONOTONIC, None, at)
            self._made = True
        elif self._made and not bit:
            self._hands.call("timer_delete", ctypes.c_int32.from_address(at).value)
            self._made = False


class Rows(Action):
    """Take every second page of a block out of reach, or none.

    The process's map then has many rows more or less.
    """

    def __init__(self) -> None:
        super().__init__("rows of the memory map")

    def prepare(self, hands: Hands) -> None:
        """Make ready what is needed, before the lock."""
        self._hands = hands
        self._at = hands.call(
            "mmap", None, 2 * ROWS * PAGE, 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0
        )

    def act(self, bit: int, showing: int) -> None:  # noqa: ARG002 - the same for each showing
        """Show the bit of this slot."""
        for page in range(1, 2 * ROWS, 2):
            self._hands.call("mprotect", self._at + page * PAGE, PAGE, 1 if bit else 3)


class Calls(Action):
    """Make one call with every kind of argument, without an idea of what for.

    Whatever it changes may be seen.
    """

    turn = 1

    def __init__(self, name: str) -> None:
        super().__init__(f"call: {name}")
        self._call = name

    def prepare(self, hands: Hands) -> None:
        """Make ready what is needed, before the lock."""
        self._hands, self._variants = hands, variants(hands, self._call)

    def act(self, bit: int, showing: int) -> None:  # noqa: ARG002 - the same for each showing
        """Show the bit of this slot."""
        refused = 0
        for arguments in self._variants if bit else ():
            try:
                self._hands.call(self._call, *arguments)
            except OSError as error:
                refused = error.errno or errno.EPERM
        if refused == errno.EPERM:
            raise OSError(refused, os.strerror(refused))


def _mask(_hands: Hands, bit: int) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK if bit else signal.SIG_UNBLOCK, {signal.SIGUSR2})


def _ignored(_hands: Hands, bit: int) -> None:
    signal.signal(signal.SIGTTIN, signal.SIG_IGN if bit else signal.SIG_DFL)


def _caught(_hands: Hands, bit: int) -> None:
    signal.signal(signal.SIGPROF, (lambda *_: None) if bit else signal.SIG_DFL)


def _pending(hands: Hands, bit: int) -> None:
    if bit:
        hands.call("tgkill", os.getpid(), threading.get_native_id(), signal.SIGWINCH)
    else:
        signal.sigtimedwait({signal.SIGWINCH}, 0)


def _nice(_hands: Hands, bit: int) -> None:
    os.setpriority(os.PRIO_PROCESS, 0, 1 if bit else 0)


def _affinity(_hands: Hands, bit: int) -> None:
    known = range(os.cpu_count() or 1)
    os.sched_setaffinity(0, {0} if bit else set(known))


def _scheduling(_hands: Hands, bit: int) -> None:
    os.sched_setscheduler(0, os.SCHED_BATCH if bit else os.SCHED_OTHER, os.sched_param(0))


def _limit(hands: Hands, bit: int) -> None:
    sigpending, hard = 11, 4096
    hands.call("prlimit64", 0, sigpending, struct.pack("QQ", 64 if bit else hard, hard), None)


def _slack(hands: Hands, bit: int) -> None:
    hands.call("prctl", _SET_TIMERSLACK, 60_000 if bit else 50_000, 0, 0, 0)


def _locked_memory(hands: Hands, bit: int) -> None:
    hands.call("mlock" if bit else "munlock", hands.scratch, PAGE)


def _own_file(name: str, one: str, zero: str) -> Callable[[Hands, int], None]:
    def write(_hands: Hands, bit: int) -> None:
        Path("/proc/self", name).write_text(one if bit else zero, "ascii")

    return write


def _burn(_hands: Hands, bit: int) -> None:
    """Use the processor for some milliseconds."""
    end_s = time.monotonic() + (_BURN_S if bit else 0.0)
    while time.monotonic() < end_s:
        pass


def _yield_often(_hands: Hands, bit: int) -> None:
    for _ in range(30 if bit else 0):
        time.sleep(0.00001)
