# SPDX-License-Identifier: Apache-2.0
"""With which arguments a locked process may make a call, once more in the audit's own words. Pure.

A call is decided by what its arguments name: a futex without the private bit, a clock below nought,
a lock of a library's file are objects of the kernel that another process names too, and whoever
does so hears from this one. Written apart from the box's tables: what they loosen must not loosen
this.
"""

from collections.abc import Callable
from dataclasses import dataclass

from edge_agent.confinement.tables.policy import Role

Arguments = tuple[int, ...]
Law = dict[str, Callable[[Arguments], bool]]
_PIXELS = (Role.SENSOR, Role.FEEDER, Role.SURVEYOR)
_PRIVATE_FUTEXES = (
    128,
    129,
    137,
    138,
    393,
)  # wait, wake, both with a bit set, and that wait by the wall clock
_OWN_MEMORY, _PLACING = (
    0x22,
    0x124010,
)  # private and backed by no file; where, and how much of it is reserved
_OPENING = 0xBCFC3
_CAMERA = (0xC058560F, 0xC0585611, 0x40045612, 0x40045613)
_SOCKETS = ((1, 0), (1, 6), (2, 0), (2, 17))
_SOCKET_FLAGS = 0x80800
_OPTIONS = {
    (1, 2),
    (1, 3),
    (1, 4),
    (1, 7),
    (1, 8),
    (1, 9),
    (1, 38),
    (1, 39),
    (6, 1),
    (6, 4),
    (6, 5),
    (6, 6),
    (6, 18),
    (0, 11),
    (41, 25),
    (41, 26),
}
_RECORD = 64
SHUTS = {
    "futex": "a futex that others reach: they hear its wake and learn of its wait",
    "clock_gettime": "clocks of other processes and of devices",
    "clock_nanosleep": "clocks of other processes",
    "ppoll": "a signal mask, which the list of processes shows",
    "pselect6": "a signal mask, which the list of processes shows",
    "rt_sigprocmask": "a signal mask, which the list of processes shows",
    "rt_sigreturn": "a signal mask, which the list of processes shows",
    "rt_sigaction": "handled signals, which the list of processes shows",
    "mremap": "memory laid over other memory",
    "mprotect": "memory that can be run, or a stack that grows",
    "madvise": "pages that others have too: dropped, fetched, merged",
    "mincore": "whether others have a page in memory",
    "mmap": "memory that others share, or pages of files",
    "fcntl": "locks, leases, owners, notices and flags that others see",
    "prctl": "the name and the arguments that the list of processes shows",
    "getrandom": "the wait for the machine's entropy",
    "exit": "an exit code of its choosing",
    "exit_group": "an exit code of its choosing",
    "ioctl": "another request, or one on what others share",
    "preadv2": "whether a page is in memory",
    "pwritev2": "whether a page is in memory",
    "socket": "another family or protocol",
    "setsockopt": "filters, marks and groups of sockets",
    "getsockopt": "who its peer is",
    "openat": "nameless files, and signals from files",
    "open": "nameless files, and signals from files",
    "fallocate": "holes in files",
    "clock_adjtime": "clocks of devices",
}
"""What a call would open, with the arguments that are refused."""


@dataclass(frozen=True, slots=True)
class NamedDescriptors:
    """The descriptors that a filter names.

    What is written to, the camera, what is read, the one connection, the databases, and the indexes
    that those share.
    """

    channel_fd: int = -1
    camera_fd: int | None = None
    reads: tuple[int, ...] = ()
    socket_fd: int = -1
    stores: tuple[int, ...] = ()
    shared: tuple[int, ...] = ()


def law(role: Role, held: NamedDescriptors) -> Law:
    """Return the calls that a role may make with some arguments only, and with which."""
    calls = _everybody(role)
    if role in _PIXELS:
        calls |= {name: lambda given: given[0] in held.reads for name in ("read", "lseek", "fstat")}
        calls["fcntl"] = lambda given: given[1] in (1, 3)
    if role in (Role.SENSOR, Role.SURVEYOR):
        calls["write"] = lambda given: given[0] == held.channel_fd and given[2] == _RECORD
        calls["ioctl"] = lambda given: given[0] == held.camera_fd and given[1] in _CAMERA
    elif role is Role.FEEDER:
        calls["write"] = lambda given: given[0] == held.channel_fd
        # Received and sent on the one connection, and no address named.
        calls |= {
            name: lambda given: given[0] == held.socket_fd and not given[4] and not given[5]
            for name in ("recvfrom", "sendto")
        }
    elif role is Role.PAGE:
        calls |= _answering(held)
    else:
        calls |= _with_files(held)
    if role is Role.UPLINK:
        calls |= _with_sockets()
    return calls


def _everybody(role: Role) -> Law:
    codes = (0, 1, 3) if role in _PIXELS else (0, 1)
    return {
        "futex": lambda given: given[1] in _PRIVATE_FUTEXES,
        "clock_gettime": lambda given: given[0] < 8,  # noqa: PLR2004 - the boot clock is the last
        "clock_nanosleep": lambda given: given[0] in (0, 1) and given[1] in (0, 1),
        "ppoll": lambda given: given[3] == 0,
        "pselect6": lambda given: given[5] == 0,
        "mremap": lambda given: given[3] in (0, 1),
        "mprotect": lambda given: _not_run(given[2]),
        "madvise": lambda given: given[2] in (4, 14),
        "mmap": _is_own_memory,
        "getrandom": lambda given: given[2] in (0, 1),
        "exit": lambda given: given[0] == 0,
        "exit_group": lambda given: given[0] in codes,
    }


def _with_files(held: NamedDescriptors) -> Law:
    files = (*held.stores, *held.shared)
    return {
        "mmap": lambda given: (
            _is_own_memory(given)
            or (given[3] == 1 and _not_run(given[2]) and given[4] in held.shared)
        ),
        "fcntl": lambda given: given[1] in (1, 3) or (given[1] in (5, 6) and given[0] in files),
        "openat": lambda given: not given[2] & ~_OPENING,
        "open": lambda given: not given[1] & ~_OPENING,
        "unlinkat": lambda given: given[2] == 0,
        "fallocate": lambda given: given[1] == 0,
        "fchmod": lambda given: given[1] <= 0o777,  # noqa: PLR2004 - who may read and write
        "clock_adjtime": lambda given: given[0] == 0,
    }


def _with_sockets() -> Law:
    return {
        "socket": lambda given: (
            given[0] in (2, 10) and (given[1] & ~_SOCKET_FLAGS, given[2]) in _SOCKETS
        ),
        "listen": lambda given: given[1] == 1,
        "setsockopt": lambda given: given[1:3] in _OPTIONS,
        "getsockopt": lambda given: given[1:3] in _OPTIONS,
        "ioctl": lambda given: 2 < given[0] < 64 and given[1] == 0x5421,  # noqa: PLR2004 - none of the standard ones
    }


def _answering(held: NamedDescriptors) -> Law:
    """On the one socket that it was given it is asked; it answers, and names no address."""
    options = _with_sockets()
    return {
        "accept4": lambda given: given[0] == held.channel_fd,
        "sendto": lambda given: given[4] == 0,
        "fcntl": lambda given: given[1] in (1, 3),
        **{name: options[name] for name in ("setsockopt", "getsockopt", "ioctl")},
    }


def _not_run(protection: int) -> bool:
    return protection < 4  # noqa: PLR2004 - read, write, both, none


def _is_own_memory(given: Arguments) -> bool:
    return _not_run(given[2]) and given[3] & ~_PLACING == _OWN_MEMORY


TELLING: dict[str, dict[int, tuple[int, ...]]] = {
    "futex": {1: (*range(14), 128, 129, *range(130, 142), 256, 265, 384, 393, 394, 395, 397)},
    "clock_gettime": {0: (*range(12), 2**64 - 2, 2**64 - 6, 2**64 - 5, 2**32 - 2, 2**32 - 6)},
    "clock_nanosleep": {0: (0, 1, 2, 3, 4, 7, 8, 9, 11, 2**64 - 2, 2**32 - 6), 1: (0, 1, 2, 3)},
    "ppoll": {3: (0, 1, 2**47)},
    "pselect6": {5: (0, 1, 2**47)},
    "mremap": {3: tuple(range(8))},
    "mprotect": {2: (0, 1, 2, 3, 4, 5, 7, 8, 0x10, 0x1000000, 0x2000000)},
    "madvise": {2: (*range(26), 100, 101)},
    "getrandom": {2: tuple(range(8))},
    "exit": {0: (0, 1, 3, 255, 256)},
    "exit_group": {0: (*range(6), 120, 255, 256)},
    "mmap": {
        2: (0, 1, 2, 3, 4, 7, 0x1000000),
        3: (
            0,
            *(1 << bit for bit in range(21)),
            3,
            0x20 | 1,
            0x22,
            0x32,
            0x4022,
            0x8022,
            0x2022,
            0x122,
            0x40022,
            0x24022,
        ),
    },
    "fcntl": {1: (*range(17), 36, 37, 38, *range(1024, 1038))},
    "ioctl": {1: (0, 0x5401, 0x541B, 0x5421, 0x5450, 0x5451, 0x5452, *_CAMERA, 0xC0045627)},
    "openat": {2: (0, 0x3, _OPENING, *(1 << bit for bit in range(24)))},
    "open": {1: (0, 0x3, _OPENING, *(1 << bit for bit in range(24)))},
    "unlinkat": {2: (0, 0x200)},
    "fallocate": {1: (0, 1, 2, 3, 8, 16, 32, 64)},
    "fchmod": {1: (0, 0o600, 0o777, 0o1000, 0o2770, 0o4755)},
    "clock_adjtime": {0: (0, 1, 2, 2**64 - 5)},
    "socket": {
        0: (1, 2, 10, 16, 17, 40),
        1: (1, 2, 3, 5, 0x80801, 0x80802, 0x1001),
        2: (0, 1, 6, 17, 132, 136, 262),
    },
    "listen": {1: (0, 1, 2, 128)},
    "setsockopt": {1: (0, 1, 6, 41, 255), 2: (*range(28), 36, 38, 39, 49, 50, 51, 69)},
    "getsockopt": {1: (0, 1, 6, 41, 255), 2: (*range(28), 36, 38, 39, 49, 50, 51, 69)},
    "write": {2: (0, 1, 63, 64, 65)},
    "accept4": {},
    "recvfrom": {4: (0, 1, 2**47), 5: (0, 16)},
    "sendto": {4: (0, 1, 2**47), 5: (0, 16)},
    "clone": {0: (0, 17, 0x10000, 0x10011, 0x3D0F00)},
    "prctl": {0: (4, 15, 22, 35, 38, 2**32 + 15)},
}
"""By call and argument, the values that tell a law from a looser one."""
BY_DESCRIPTOR = {
    "accept4",
    "write",
    "read",
    "lseek",
    "fstat",
    "ioctl",
    "fcntl",
    "recvfrom",
    "sendto",
}
"""Calls that are decided by their first argument too."""
