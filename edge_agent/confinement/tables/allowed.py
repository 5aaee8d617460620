# SPDX-License-Identifier: Apache-2.0
"""What each process may do after its lock: every call, with which arguments, and why.

Rule 1: an argument that names an object of the kernel which another process can name too, or that
others can see, is decided here; what is not listed is refused. Rule 2: each call has its reason.
docs/SYSTEM_CALLS.md is printed from these tables, and a test holds it to them. What lies behind a
pointer is seen by no filter: where that matters, the reason says so.
"""

from collections.abc import Iterable

from edge_agent.confinement.tables.rules import (
    ALL_BITS,
    Call,
    Clause,
    Condition,
    Role,
    Verdict,
    both,
    exactly,
    within,
)

# linux/futex.h: the operation; without the private bit a futex is found by its page, which others
# share.
_WAIT, _WAKE, _WAIT_BITSET, _WAKE_BITSET, _PRIVATE, _REALTIME = 0, 1, 9, 10, 128, 256
# linux/mman.h, asm-generic/mman-common.h: the same on both machines.
PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS = 0x1, 0x2, 0x20
_MAP_FIXED, _MAP_NORESERVE, _MAP_STACK, _MAP_FIXED_NOREPLACE = 0x10, 0x4000, 0x20000, 0x100000
_MADV_DONTNEED, _MADV_HUGEPAGE = 4, 14
_MREMAP_MAYMOVE = 1
# linux/fcntl.h
F_GETFD, F_GETFL, F_GETLK, F_SETLK = 1, 3, 5, 6
_O_HARMLESS = (
    0x3
    | 0x40
    | 0x80
    | 0x100
    | 0x200
    | 0x400
    | 0x800
    | 0x4000
    | 0x8000
    | 0x10000
    | 0x20000
    | 0x80000
)
"""Read and write, CREAT, EXCL, NOCTTY, TRUNC, APPEND, NONBLOCK, CLOEXEC; DIRECTORY, NOFOLLOW,
DIRECT and LARGEFILE, whose bits the two machines deal out otherwise."""
_MODE_BITS = 0o777
# linux/time.h: CLOCK_REALTIME to CLOCK_BOOTTIME; above them are alarms, and below nought the clocks
# of other processes and devices.
_CLOCK_BITS = 0x7
_CLOCK: Clause = (within(0, _CLOCK_BITS),)
_TIMER_ABSTIME = 1
_GRND_NONBLOCK = 1
RECORD_BYTES = 64
# linux/videodev2.h, for the structures of 64-bit machines.
V4L2_IOCTLS = {
    "QBUF": 0xC058560F,
    "DQBUF": 0xC0585611,
    "STREAMON": 0x40045612,
    "STREAMOFF": 0x40045613,
}
FIONBIO = 0x5421
AF_INET, AF_INET6, SOCK_STREAM, SOCK_DGRAM, SOCK_TYPE_MASK = 2, 10, 1, 2, 0xF
_SOCK_FLAGS = 0x80000 | 0x800
_TCP, _UDP = 6, 17
BACKLOG_OF_A_PAIR = 1
_OPTIONS = {
    1: (
        2,
        3,
        4,
        7,
        8,
        9,
        38,
        39,
    ),  # SOL_SOCKET: REUSEADDR, TYPE, ERROR, SNDBUF, RCVBUF, KEEPALIVE, PROTOCOL, DOMAIN
    6: (1, 4, 5, 6, 18),  # TCP: NODELAY, KEEPIDLE, KEEPINTVL, KEEPCNT, USER_TIMEOUT
    0: (11,),  # IP: RECVERR, of the resolver
    41: (25, 26),  # IPV6: RECVERR, V6ONLY
}
EXIT_CODES = {
    Role.SENSOR: (0, 1, 3),
    Role.FEEDER: (0, 1, 3),
    Role.GATE: (0, 1),
    Role.UPLINK: (0, 1),
}
"""Ended as asked, by a fault, by a lost camera. No other leaves, so that the code carries no
more."""

_NO_EXEC = within(2, PROT_READ | PROT_WRITE)
_OWN_MEMORY: Clause = (
    _NO_EXEC,
    Condition(
        3,
        MAP_PRIVATE | MAP_ANONYMOUS,
        ALL_BITS & ~(_MAP_FIXED | _MAP_NORESERVE | _MAP_STACK | _MAP_FIXED_NOREPLACE),
    ),
)
_FROM_THREE: tuple[Clause, ...] = (
    (Condition(0, 3),),
    *((Condition(0, first, ALL_BITS & ~(first - 1)),) for first in (4, 8, 16, 32)),
)
"""A descriptor from 3 to 63: none of the standard ones."""


def calls_after_lock(
    role: Role,
    *,
    channel_fd: int,
    camera_fd: int | None,
    reads: tuple[int, ...],
    socket_fd: int,
    stores: tuple[int, ...],
    shared: tuple[int, ...],
) -> tuple[Call, ...]:
    """Return what a role may do after its lock. The descriptors are those of policy.stage_b."""
    if role in (Role.SENSOR, Role.FEEDER):
        calls = [*_running(role), *_sees_pixels(sorted(set(reads)))]
        calls += (
            _feeder(channel_fd, socket_fd)
            if role is Role.FEEDER
            else _sensor(channel_fd, camera_fd)
        )
    else:
        calls = [*_running(role), *_keeps_files(sorted(set(stores)), sorted(set(shared)))]
        calls += _uplink() if role is Role.UPLINK else []
    return tuple(_each(calls))


def _running(role: Role) -> list[Call]:
    """Return what any program does that runs.

    It waits, takes memory of its own, asks the time, and ends.
    """
    private = (_WAIT_BITSET | _PRIVATE, _WAKE | _PRIVATE, _WAIT | _PRIVATE)
    futex = exactly(1, *private, _WAIT_BITSET | _PRIVATE | _REALTIME, _WAKE_BITSET | _PRIVATE)
    return [
        _allow(
            "futex",
            "private to this process: one that is not is found by the file's page or the memory "
            "that it lies in, and whoever has that too hears a wake and learns of a wait. So "
            "nothing joins a thread. At a thread's end the kernel itself wakes one address that "
            "was named before the lock: that is no call, and happens once a thread",
            futex,
        ),
        _allow(
            "clock_gettime",
            "the machine's clocks and its own; numbers below nought name clocks of others",
            (_CLOCK,),
        ),
        _allow(
            "clock_nanosleep",
            "on the wall clock or the monotonic one: other numbers name clocks of other processes",
            ((within(0, 1), within(1, _TIMER_ABSTIME)),),
        ),
        _allow(
            "nanosleep poll select sched_yield",
            "waits, for itself; that shows in its state and in the processor's load",
        ),
        _allow(
            "ppoll",
            "without a signal mask of its own, which /proc/PID/status would show to all",
            ((Condition(3, 0),),),
        ),
        _allow(
            "pselect6",
            "without a signal mask of its own, which /proc/PID/status would show to all",
            ((Condition(5, 0),),),
        ),
        _allow(
            "restart_syscall", "goes on with the wait that a stop interrupted; made by the kernel"
        ),
        _allow(
            "brk munmap",
            "memory of its own; how much it has shows in statm where /proc is not hidden, and "
            "cannot be refused",
        ),
        _allow(
            "mremap",
            "memory of its own, to where the kernel has room",
            ((within(3, _MREMAP_MAYMOVE),),),
        ),
        _allow(
            "mprotect", "memory of its own; never to run, never a stack that grows", ((_NO_EXEC,),)
        ),
        _allow(
            "madvise",
            "what memory allocation needs. All else is refused: it drops, fetches or merges pages "
            "that others have too, or says whether they are there",
            exactly(2, _MADV_DONTNEED, _MADV_HUGEPAGE),
        ),
        _allow("getpid gettid", "says a number that does not change"),
        _allow(
            "getrandom",
            "random bytes; never waits for the machine's entropy",
            ((within(2, _GRND_NONBLOCK),),),
        ),
        _allow(
            "close", "closes its own; who holds the other end of a pipe sees its end, once each"
        ),
        Call(
            "exit",
            Verdict.ALLOW,
            exactly(0, 0),
            Verdict.KILL,
            "a thread ends; how many there are shows. With nought only, or the last thread's "
            "number would be the exit code",
        ),
        Call(
            "exit_group",
            Verdict.ALLOW,
            exactly(0, *EXIT_CODES[role]),
            Verdict.KILL,
            "the exit code is told to whoever started it, and logged; no other code than these",
        ),
    ]


def _sees_pixels(reads: Iterable[int]) -> list[Call]:
    """Return what sensor and feeder have in common.

    Memory of their own, and these descriptors to read.
    """
    here = exactly(0, *reads)
    reading = (
        "its eye, the word to begin, the word to end, the board's heat; nothing else that is open"
    )
    calls = [_allow("read lseek fstat", reading, here)] if here else []
    return [
        *calls,
        _allow(
            "mmap",
            "memory of its own, backed by no file and shared with nobody; not locked, not fetched "
            "ahead",
            (_OWN_MEMORY,),
        ),
        _allow(
            "fcntl",
            "asks for the flags of a descriptor. Refused: locks, owners, signals, leases, "
            "notices, seals, sizes of pipes, copies",
            exactly(1, F_GETFD, F_GETFL),
        ),
    ]


def _feeder(feed_fd: int, socket_fd: int) -> list[Call]:
    """Return how the feeder uses its connection, without naming an address, and its feed."""
    on_it = ((Condition(0, socket_fd), Condition(4, 0), Condition(5, 0)),)
    return [
        _allow("write", "to the feed, whose other end the sensor reads", exactly(0, feed_fd)),
        _allow(
            "recvfrom sendto",
            "on the connection to the camera, without an address: the firewall knows no other peer",
            on_it,
        ),
    ]


def _sensor(channel_fd: int, camera_fd: int | None) -> list[Call]:
    record = ((Condition(0, channel_fd), Condition(2, RECORD_BYTES)),)
    calls = [
        _allow(
            "write",
            "one record of 64 bytes to the gate, which reads its fields by the table",
            record,
        )
    ]
    if camera_fd is not None:
        on_camera = both(exactly(0, camera_fd), exactly(1, *V4L2_IOCTLS.values()))
        calls.append(
            _allow(
                "ioctl",
                "four requests on the camera: take and give buffers, begin and end the stream",
                on_camera,
            )
        )
    return calls


def _keeps_files(stores: list[int], shared: list[int]) -> list[Call]:
    """Return what gate and uplink have in common.

    Files in the folders that they see, databases that they lock.
    """
    asks, locks = (
        exactly(1, F_GETFD, F_GETFL),
        both(exactly(0, *stores, *shared), exactly(1, F_SETLK, F_GETLK)),
    )
    index = both(exactly(4, *shared), ((_NO_EXEC, Condition(3, MAP_SHARED)),))
    seen = "within its own view of the machine, where only its own folders can be written"
    return [
        _allow(
            "read lseek fstat pread64 pwrite64 readv writev write",
            "descriptors that it holds: its channel, files, log, connection",
        ),
        _allow(
            "openat",
            f"{seen}; no nameless files, no paths without content, no signals",
            ((within(2, _O_HARMLESS),),),
        ),
        _allow(
            "open",
            f"{seen}; no nameless files, no paths without content, no signals",
            ((within(1, _O_HARMLESS),),),
        ),
        _allow(
            "stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat "
            "getdents64 getcwd",
            f"looks at names and files, {seen}",
        ),
        _allow(
            "statfs fstatfs",
            "how much room is left: the gate merges and drops by it. All who write to the disk "
            "move that number",
        ),
        _allow(
            "ftruncate fsync fdatasync unlink",
            "its own files; how full the disk is shows to all, and cannot be refused",
        ),
        _allow("unlinkat", "its own files, never a folder", exactly(2, 0)),
        _allow("fallocate", "room in its own files; no holes, no shifts", exactly(1, 0)),
        _allow(
            "fchmod",
            "who may read its own files; no bit that changes a user",
            ((within(1, _MODE_BITS),),),
        ),
        _allow("geteuid getuid getegid getgid uname", "says what does not change"),
        _allow(
            "adjtimex",
            "asks how good the clock is; to set it takes a right that no process of a box has",
        ),
        _allow(
            "clock_adjtime", "asks how good the wall clock is, and no other clock", exactly(0, 0)
        ),
        _allow(
            "mmap",
            "memory of its own; shared only the index of a database that it had open before the "
            "lock, which SQLite needs",
            (_OWN_MEMORY, *index),
        ),
        _allow(
            "fcntl",
            "asks for flags; locks ranges of the databases it had open before the lock, as SQLite "
            "does. The ranges lie behind a pointer and show in /proc/locks: the outbox is the "
            "channel that is meant. Refused: waiting locks, those of open files, owners, signals, "
            "leases, notices, seals, sizes of pipes, copies, new flags",
            (*asks, *locks),
        ),
    ]


def _uplink() -> list[Call]:
    """Return the sockets of the internet families.

    What resolves a name (getaddrinfo) needs datagrams to a name server; its wishes for a local
    cache (AF_UNIX) and for the list of interfaces (AF_NETLINK) are refused, and it goes on without.
    The MQTT library makes itself a loopback pair with each connection, so it also binds, listens
    for one and accepts; which address it binds lies behind a pointer, where no filter sees it. With
    Landlock it is no port of its choosing, and the firewall of firmware_configs lets nothing in to
    it.
    """
    families, there = (
        exactly(0, AF_INET, AF_INET6),
        "where to lies behind a pointer: the firewall of firmware_configs decides",
    )
    kinds = tuple(
        (Condition(1, kind, ALL_BITS & ~_SOCK_FLAGS), Condition(2, protocol))
        for kind, protocols in ((SOCK_STREAM, (0, _TCP)), (SOCK_DGRAM, (0, _UDP)))
        for protocol in protocols
    )
    own = both(_FROM_THREE, exactly(1, FIONBIO))
    options = tuple(
        (Condition(1, level), Condition(2, name))
        for level, names in _OPTIONS.items()
        for name in names
    )
    return [
        _allow("socket", "TCP and UDP; no echo requests, no other family", both(families, kinds)),
        _allow(
            "connect sendto sendmsg sendmmsg",
            f"it is the process that speaks to the broker; {there}",
        ),
        _allow(
            "recvfrom recvmsg recvmmsg getsockname getpeername shutdown",
            "on its own connections; no descriptors come",
        ),
        _allow("bind accept4", f"the loopback pair of the MQTT library; {there}"),
        _allow("listen", "for one, the other half of that pair", exactly(1, BACKLOG_OF_A_PAIR)),
        _allow(
            "setsockopt getsockopt",
            "what connection, resolver and that pair set and ask; no filters, marks, devices, "
            "groups of ports, peers",
            options,
        ),
        _allow(
            "ioctl",
            "whether its own connection waits; not standard output, whose flags others share",
            own,
        ),
    ]


def _allow(names: str, why: str, when: tuple[Clause, ...] | None = None) -> Call:
    return Call(names, Verdict.ALLOW, () if when is None else when, why=why)


def _each(calls: Iterable[Call]) -> list[Call]:
    """Return a call for each name of those that several share."""
    return [
        Call(name, one.verdict, one.when, one.otherwise, one.why)
        for one in calls
        for name in one.name.split()
    ]
