# SPDX-License-Identifier: Apache-2.0
"""A trojan for two processes of a box, laid into a copy of the source.

A thread in the one tells bits, a thread in the other hears.

It knows nothing of the audit. Both begin before the last lock, as a library's threads would, and
keep time by the monotonic clock: in each slot one bit of the word is shown, and near its end what
is to be seen is written down. Standard library only.
"""

import ctypes
import mmap
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

SLOT_S, LATE = 0.05, 0.7
WORD = "0110100110010110100101100110100101001110101100010111000110001011"
COLD = Path(__file__).with_name("cold.bin")
PAGES, STRIDE, BLOCK = 1024, 16 * 1024, 64 * 2**20
KEPT = Path("/dev/shm/kept-by-a-trojan")  # noqa: S108 - what a copy of the source lets a sensor see, and no real one
CARRIERS = ("futex", "argv", "statm", "kept", "page")
_LIBC = ctypes.CDLL(None, use_errno=True)
_FUTEX, _MMAP = {"x86_64": (202, 9), "aarch64": (98, 222)}[os.uname().machine]
_ALL = 0x7FFFFFFF


def bit_of(slot: int) -> bool:
    return WORD[slot % len(WORD)] == "1"


def send(carriers: tuple[str, ...]) -> None:
    """Begin to tell the word by these carriers, a thread each."""
    for carrier in carriers:
        with suppress(OSError, ValueError, AttributeError):
            show = _SENDERS[carrier]()
            threading.Thread(target=_tell, args=(show,), daemon=True).start()


def receive(carriers: tuple[str, ...], told: str) -> None:
    """Begin to write down what is to be seen of each carrier: lines of carrier, slot, number."""
    file = open(told, "a", buffering=1)  # noqa: PTH123, SIM115 - stays open through the lock
    for carrier in carriers:
        with suppress(OSError, ValueError, KeyError):
            look = _RECEIVERS[carrier]()
            threading.Thread(target=_hear, args=(carrier, look, file), daemon=True).start()


def slots() -> Iterator[int]:
    """Yield each slot's number once its end is near."""
    while True:
        into = time.monotonic() % SLOT_S
        time.sleep(
            max(0.0, SLOT_S * LATE - into) if into < SLOT_S * LATE else SLOT_S * (1 + LATE) - into
        )
        yield int(time.monotonic() / SLOT_S)


def _tell(show: Callable[[bool, int], None]) -> None:
    while True:
        slot = int(time.monotonic() / SLOT_S)
        with suppress(OSError, ValueError):
            show(bit_of(slot), slot)
        time.sleep(0.002)


def _hear(carrier: str, look: Callable[[int], float], file: object) -> None:
    for slot in slots():
        with suppress(OSError, ValueError):
            file.write(f"{carrier} {slot} {look(slot)}\n")  # type: ignore[attr-defined]  # a text file


def _page() -> int:
    opened = os.open(os.__file__, os.O_RDONLY)
    _LIBC.syscall.restype = ctypes.c_long
    return int(_LIBC.syscall(_MMAP, ctypes.c_void_p(None), 4096, 1, 2, opened, ctypes.c_long(0)))


def _wakes() -> Callable[[bool, int], None]:
    at = _page()
    return lambda bit, _: bit and _LIBC.syscall(_FUTEX, ctypes.c_long(at), 1, _ALL, None, None, 0)


def _waits() -> Callable[[int], float]:
    at, woken = _page(), [0]
    value = ctypes.c_uint32.from_address(at).value

    def wait() -> None:
        while True:
            if _LIBC.syscall(_FUTEX, ctypes.c_long(at), 0, value, None, None, 0) == 0:
                woken[0] += 1
            else:
                time.sleep(0.01)

    threading.Thread(target=wait, daemon=True).start()

    def look(_slot: int) -> float:
        count, woken[0] = woken[0], 0
        return count

    return look


def _writes_argv() -> Callable[[bool, int], None]:
    rest = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
    at, end = int(rest[45]), int(rest[46])

    def show(bit: bool, _slot: int) -> None:  # noqa: FBT001 - the bit that is told
        if at < end:
            ctypes.memset(at, 0x31 if bit else 0x30, 1)

    return show


def _grows() -> Callable[[bool, int], None]:
    block: list[mmap.mmap] = []

    def show(bit: bool, _slot: int) -> None:  # noqa: FBT001 - the bit that is told
        if bit and not block:
            block.append(mmap.mmap(-1, BLOCK, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
        elif block and not bit:
            block.pop().close()

    return show


def _sizes() -> Callable[[int], float]:
    def look(_slot: int) -> float:
        own, total = str(os.getpid()), 0
        for name in os.listdir("/proc"):  # noqa: PTH208 - texts are wanted
            if name.isdigit() and name != own:
                with suppress(OSError):
                    comm = Path(f"/proc/{name}/comm").read_text()
                    total += (
                        int(Path(f"/proc/{name}/statm").read_text().split()[0])
                        if comm.startswith("pc-sensor")
                        else 0
                    )
        return total

    return look


def _keeps() -> Callable[[bool, int], None]:
    opened = os.open(KEPT, os.O_RDWR | os.O_CREAT, 0o666)
    os.ftruncate(opened, 4096)
    os.fchmod(opened, 0o666)
    kept = mmap.mmap(opened, 4096)
    os.close(opened)

    def show(bit: bool, _slot: int) -> None:  # noqa: FBT001 - the bit that is told
        kept[0] = bit

    return show


def _reads_kept() -> Callable[[int], float]:
    return lambda _: KEPT.read_bytes()[0]


def _touches() -> Callable[[bool, int], None]:
    opened = os.open(COLD, os.O_RDONLY)
    cold = mmap.mmap(opened, 0, mmap.MAP_SHARED, mmap.PROT_READ)
    cold.madvise(mmap.MADV_RANDOM)
    return lambda bit, slot: None if not bit else bool(cold[slot % PAGES * STRIDE]) and None


def _asks_for_pages() -> Callable[[int], float]:
    opened = os.open(COLD, os.O_RDONLY)

    def look(slot: int) -> float:
        try:
            return os.preadv(opened, [bytearray(1)], slot % PAGES * STRIDE, os.RWF_NOWAIT)
        except BlockingIOError:
            return 0

    return look


_SENDERS: dict[str, Callable[[], Callable[[bool, int], None]]] = {
    "futex": _wakes, "argv": _writes_argv, "statm": _grows, "kept": _keeps, "page": _touches,
}  # fmt: skip
_RECEIVERS: dict[str, Callable[[], Callable[[int], float]]] = {
    "futex": _waits, "statm": _sizes, "kept": _reads_kept, "page": _asks_for_pages,
}  # fmt: skip
"""The words of a process are read from outside, by any user of the machine."""
