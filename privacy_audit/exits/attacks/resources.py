# SPDX-License-Identifier: Apache-2.0
"""What an attacker has in its hands.

All that a patient one could have laid aside, and more than production leaves it.

Of the descriptors here a sensor holds none but its channel: they are given so that the filter alone
has to refuse their use.
"""

import ctypes
import errno
import mmap
import os
import queue
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge_agent.confinement.kernel.calls import Argument, Kernel

RECORD_BYTES = 64
PAGE = 4096
LOOT_BYTES = 2 * PAGE
SECRET_BYTES = 16
NAMES = tuple(f"name-{index:02}" for index in range(16))
SECRET_FILE, LINK, LISTED, ATTRIBUTE, UNIX_NAME = "secret", "link", "listed", "user.secret", "unix"
_CODE_BYTES = bytes.fromhex("53 89f8 89f3 87d1 cd80 4898 5b c3")
"""push rbx; mov eax,edi; mov ebx,esi; xchg ecx,edx; int 0x80; cdqe; pop rbx; ret: a 32-bit call
from 64-bit code."""
_WAIT_S = 10.0
_ARGUMENTS_FIELD = 45  # proc(5): arg_start, counted from the field behind the name
_THREAD_GONE_S = 0.02
_SIGNALS_THAT_WAIT = {signal.SIGALRM, signal.SIGUSR1}


@dataclass(frozen=True, slots=True)
class Means:
    """The descriptors and ports that an attacker inherits; all lead outside its walls.

    Plain numbers, so they can travel.
    """

    channel: int
    orders: int
    folder: int
    """A folder of the machine, also the attacker's working directory."""
    loot: int
    """A file in it, open to read and write."""
    outlet: int
    """The writing end of a pipe that somebody else reads."""
    filled_pipe: int
    """The reading end of a pipe with bytes in it."""
    datagrams: int
    """A Unix datagram socket whose other end somebody else holds; a message with a descriptor waits
    in it."""
    udp: int
    """Connected to a witness."""
    tcp: int
    """The same."""
    loose_udp: int
    loose_tcp: int
    fast_tcp: int
    loose_unix: int
    bound_tcp: int
    listener: int
    """Two connections wait in it to be accepted."""
    timer: int
    epoll: int
    inotify: int
    """A timerfd, an epoll and an inotify, made before the lock."""
    names: int
    """The machine's namespace of host names."""
    program: int
    """A program that can be run by its descriptor."""
    terminal: int
    """A terminal that somebody else sits at."""
    victim_in: int
    """Where the victim gets its secret from."""
    udp_port: int
    tcp_port: int
    dns: int
    """An UDP socket connected to a witness that answers no name."""


def shared_name(folder: int | str | os.PathLike[str]) -> str:
    """Return the path of this attacker's file in shared memory.

    Named after its folder, because other audits may run beside it.
    """
    # The very place, and a descriptor will do for the folder.
    return f"/dev/shm/taken-{os.stat(folder).st_ino}"  # noqa: S108, PTH116 - see above


class OlderThread:
    """A thread that is older than the lock, and does what it is told behind it."""

    def __init__(self) -> None:
        self._errands: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run_errands, daemon=True)
        self._thread.start()

    def run(self, errand: Callable[[], object]) -> None:
        """Have it do this. Raises OSError as it did."""
        self._errands.put(errand)
        answer = self._answers.get(timeout=_WAIT_S)
        if answer is not None:
            raise OSError(getattr(answer, "errno", None) or errno.EPERM, str(answer))

    def end(self) -> None:
        """End it, and wait until the kernel has forgotten it."""
        self._errands.put(None)
        self._thread.join()
        time.sleep(_THREAD_GONE_S)

    def _run_errands(self) -> None:
        while True:
            errand = self._errands.get()
            if errand is None:
                return
            try:
                errand()
            except (OSError, RuntimeError) as error:
                self._answers.put(error)
            else:
                self._answers.put(None)


class Resources:
    """The means, in the attacker's hands. Made before the lock, in the process that attacks.

    Its attributes are many because an attack takes all that it needs from here: behind the lock it
    can make nothing any more.
    """

    def __init__(self, means: Means) -> None:
        self.means = means
        self.kernel = Kernel()
        os.fchdir(means.folder)
        self.buffer = ctypes.create_string_buffer(b"taken" * 100, PAGE)
        self.pages = mmap.mmap(-1, 2 * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.kept: list[object] = []
        """What an attack has made stays until the witness has looked."""
        self.arguments_at = int(
            Path("/proc/self/stat").read_text("utf-8").rpartition(")")[2].split()[_ARGUMENTS_FIELD]
        )
        """Where the memory begins that /proc/PID/cmdline shows, as it was when this was made."""
        # Loaded here, or the attack would fail for want of a codec and prove nothing.
        "localhost".encode("idna")
        self.victim_memory = ctypes.create_string_buffer(RECORD_BYTES)
        self.victim = self._raise_victim()
        # A signal that waits can be seen from outside.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS_THAT_WAIT)
        self.low = self._map_low()
        self._int80 = self._write_code()
        self._older = OlderThread()

    # --- calls

    def call(self, name: str, *arguments: Argument) -> int:
        """Make a system call by its name. Raises OSError."""
        return self.kernel.call(name, *arguments)

    def number(self, number: int, *arguments: Argument) -> int:
        """Make a system call by any number, as wide as a register. Raises OSError."""
        libc = ctypes.CDLL(None, use_errno=True)
        libc.syscall.restype = ctypes.c_long
        plain = (ctypes.c_long(one) if isinstance(one, int) else one for one in arguments)
        result = int(libc.syscall(ctypes.c_long(number), *plain))
        if result < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return result

    def int80(self, number: int, *arguments: int) -> int:
        """Make a call of the 32-bit x86 architecture.

        Raises OSError; ends the process where the kernel has no such gate.
        """
        if self._int80 is None:
            raise OSError(errno.ENOSYS, "not an x86-64 machine")
        result = int(self._int80(number, *(*arguments, 0, 0, 0)[:3]))
        if result < 0:
            raise OSError(-result, os.strerror(-result))
        return result

    def lower(self, raw: bytes) -> int:
        """Put bytes where a 32-bit pointer reaches, and return it."""
        ctypes.memmove(self.low, raw, len(raw))
        return self.low

    def elsewhere(self, errand: Callable[[], object]) -> None:
        """Have the thread that is older than the lock do it. Raises OSError as it did."""
        self._older.run(errand)

    def dismiss(self) -> None:
        """End the older thread: some doors are open to a process of one thread only."""
        self._older.end()

    # --- what many attacks need

    def address(self, raw: ctypes.Array[ctypes.c_char] | None = None) -> int:
        """Return where a buffer lies."""
        return ctypes.addressof(raw if raw is not None else self.buffer)

    def page(self) -> int:
        """Return where two pages of plain private memory lie."""
        return ctypes.addressof(ctypes.c_char.from_buffer(self.pages))

    def vector(self, length: int = RECORD_BYTES, at: int | None = None) -> bytes:
        """Return one struct iovec."""
        return struct.pack("<QQ", self.address() if at is None else at, length)

    def message(self, *, rights: int | None = None) -> ctypes.Array[ctypes.c_char]:
        """Return a struct msghdr that points to 16 bytes of the buffer.

        A descriptor is handed over with it where one is named.
        """
        vector = ctypes.create_string_buffer(self.vector(SECRET_BYTES))
        control = (
            b"" if rights is None else struct.pack("<QiiI4x", 20, socket.SOL_SOCKET, 1, rights)
        )
        return self._message(vector, ctypes.create_string_buffer(control), len(control))

    def message_to_fill(self) -> ctypes.Array[ctypes.c_char]:
        """Return a struct msghdr with room for bytes and a descriptor."""
        return self._message(
            ctypes.create_string_buffer(self.vector(SECRET_BYTES)),
            ctypes.create_string_buffer(64),
            64,
        )

    def _message(
        self,
        vector: ctypes.Array[ctypes.c_char],
        control: ctypes.Array[ctypes.c_char],
        control_bytes: int,
    ) -> ctypes.Array[ctypes.c_char]:
        self.kept += [vector, control]
        pointers = (
            ctypes.addressof(vector),
            1,
            ctypes.addressof(control) if control_bytes else 0,
            control_bytes,
        )
        return ctypes.create_string_buffer(struct.pack("<16xQQQQ8x", *pointers), 64)

    def which_names(self, probe: Callable[[bytes], object]) -> bytes:
        """Return which of the sixteen names a probe finds, as a mask.

        Raises OSError where it is refused for all alike.
        """
        mask, refused = 0, []
        for index, name in enumerate(NAMES):
            try:
                probe(name.encode())
                mask |= 1 << index
            except OSError as error:
                if error.errno != errno.ENOENT:
                    refused.append(error)
        if len(refused) == len(NAMES):
            raise refused[0]
        return struct.pack("<H", mask)

    def hold(self, child: int) -> None:
        """Where this is the new process, hold still in it until somebody ends it."""
        if child == 0:
            while True:
                signal.pause()

    # --- before the lock

    def _raise_victim(self) -> int:
        """Fork a process that knows a secret and holds still; the attacker never hears it."""
        child = os.fork()
        if child:
            return child
        signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
        secret = os.read(self.means.victim_in, SECRET_BYTES)
        ctypes.memmove(self.victim_memory, secret, len(secret))
        # A reader of our memory sees this too, so the witness knows when the secret is in place.
        ctypes.memmove(ctypes.addressof(self.victim_memory) + SECRET_BYTES, b"ready", 5)
        while True:
            signal.pause()

    def _map_low(self) -> int:
        try:
            return self.call("mmap", None, PAGE, 3, 0x22 | 0x40, -1, 0)  # MAP_32BIT
        except OSError:
            return 0

    def _write_code(self) -> Callable[..., int] | None:
        if self.kernel.machine != "x86_64":
            return None
        code = self.call("mmap", None, PAGE, 7, 0x22, -1, 0)
        ctypes.memmove(code, _CODE_BYTES, len(_CODE_BYTES))
        return ctypes.CFUNCTYPE(
            ctypes.c_long, ctypes.c_long, ctypes.c_long, ctypes.c_long, ctypes.c_long
        )(code)
