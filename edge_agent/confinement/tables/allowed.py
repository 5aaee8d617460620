# SPDX-License-Identifier: Apache-2.0
"""What each process may do after its lock: every call, with which arguments, and why.

Rule 1: an argument that names an object of the kernel which another process can name too, or that
others can see, is decided here; what is not listed is refused. Rule 2: each call has its reason.
docs/SYSTEM_CALLS.md is printed from these tables, and a test holds it to them. What lies behind a
pointer is seen by no filter: where that matters, the reason says so.
"""

from collections.abc import Iterable

from edge_agent.confinement.tables.allowed_files import keeps_files
from edge_agent.confinement.tables.allowed_sockets import (
    answers_an_installer,
    speaks_to_the_broker,
)
from edge_agent.confinement.tables.arguments import F_GETFD, F_GETFL, NO_EXEC, OWN_MEMORY, allow
from edge_agent.confinement.tables.rules import (
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
# linux/mman.h, asm-generic/mman-common.h
_MADV_DONTNEED, _MADV_HUGEPAGE = 4, 14
_MREMAP_MAYMOVE = 1
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
EXIT_CODES = {
    Role.SENSOR: (0, 1, 3),
    Role.FEEDER: (0, 1, 3),
    Role.GATE: (0, 1),
    Role.UPLINK: (0, 1),
    Role.SURVEYOR: (0, 1, 3),
    Role.PAGE: (0, 1),
}
"""Ended as asked, by a fault, by a lost camera. No other leaves, so that the code carries no
more."""


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
    if role is Role.PAGE:
        calls = [*_running(role), *answers_an_installer(channel_fd)]
    elif role in (Role.SENSOR, Role.FEEDER, Role.SURVEYOR):
        calls = [*_running(role), *_sees_pixels(sorted(set(reads)))]
        calls += (
            _feeder(channel_fd, socket_fd)
            if role is Role.FEEDER
            else _sensor(channel_fd, camera_fd)
        )
    else:
        calls = [*_running(role), *keeps_files(sorted(set(stores)), sorted(set(shared)))]
        calls += speaks_to_the_broker() if role is Role.UPLINK else []
    return tuple(_each(calls))


def _running(role: Role) -> list[Call]:
    """Return what any program does that runs: it waits, takes memory, asks for bytes, and ends."""
    return [*_waits(), *_memory_of_its_own(), *_ends(role)]


def _waits() -> list[Call]:
    """Return how any program waits and asks the time."""
    return [
        _futex(),
        allow(
            "clock_gettime",
            "the machine's clocks and its own; numbers below nought name clocks of others",
            (_CLOCK,),
        ),
        allow(
            "clock_nanosleep",
            "on the wall clock or the monotonic one: other numbers name clocks of other processes",
            ((within(0, 1), within(1, _TIMER_ABSTIME)),),
        ),
        allow(
            "nanosleep poll select sched_yield",
            "waits, for itself; that shows in its state and in the processor's load",
        ),
        allow(
            "ppoll",
            "without a signal mask of its own, which /proc/PID/status would show to all",
            ((Condition(3, 0),),),
        ),
        allow(
            "pselect6",
            "without a signal mask of its own, which /proc/PID/status would show to all",
            ((Condition(5, 0),),),
        ),
        allow(
            "restart_syscall", "goes on with the wait that a stop interrupted; made by the kernel"
        ),
    ]


def _futex() -> Call:
    """Return which operations wait and wake: private ones."""
    private = (_WAIT_BITSET | _PRIVATE, _WAKE | _PRIVATE, _WAIT | _PRIVATE)
    futex = exactly(1, *private, _WAIT_BITSET | _PRIVATE | _REALTIME, _WAKE_BITSET | _PRIVATE)
    return allow(
        "futex",
        "private to this process: one that is not is found by the file's page or the memory "
        "that it lies in, and whoever has that too hears a wake and learns of a wait. So "
        "nothing joins a thread. At a thread's end the kernel itself wakes one address that "
        "was named before the lock: that is no call, and happens once a thread",
        futex,
    )


def _memory_of_its_own() -> list[Call]:
    """Return how any program takes and gives back memory."""
    return [
        allow(
            "brk munmap",
            "memory of its own; how much it has shows in statm where /proc is not hidden, and "
            "cannot be refused",
        ),
        allow(
            "mremap",
            "memory of its own, to where the kernel has room",
            ((within(3, _MREMAP_MAYMOVE),),),
        ),
        allow(
            "mprotect", "memory of its own; never to run, never a stack that grows", ((NO_EXEC,),)
        ),
        allow(
            "madvise",
            "what memory allocation needs. All else is refused: it drops, fetches or merges pages "
            "that others have too, or says whether they are there",
            exactly(2, _MADV_DONTNEED, _MADV_HUGEPAGE),
        ),
    ]


def _ends(role: Role) -> list[Call]:
    """Return what any program asks of itself, and how it ends."""
    return [
        allow("getpid gettid", "says a number that does not change"),
        allow(
            "getrandom",
            "random bytes; never waits for the machine's entropy",
            ((within(2, _GRND_NONBLOCK),),),
        ),
        allow("close", "closes its own; who holds the other end of a pipe sees its end, once each"),
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

    They have memory of their own, and these descriptors to read.
    """
    here = exactly(0, *reads)
    reading = (
        "its frames, the word to begin, the word to end, the board's heat; nothing else that is "
        "open"
    )
    calls = [allow("read lseek fstat", reading, here)] if here else []
    return [
        *calls,
        allow(
            "mmap",
            "memory of its own, backed by no file and shared with nobody; not locked, not fetched "
            "ahead",
            (OWN_MEMORY,),
        ),
        allow(
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
        allow("write", "to the feed, whose other end the sensor reads", exactly(0, feed_fd)),
        allow(
            "recvfrom sendto",
            "on the connection to the camera, without an address: the firewall knows no other peer",
            on_it,
        ),
    ]


def _sensor(channel_fd: int, camera_fd: int | None) -> list[Call]:
    record = ((Condition(0, channel_fd), Condition(2, RECORD_BYTES)),)
    calls = [
        allow(
            "write",
            "one record of 64 bytes to the gate, which reads its fields by the table",
            record,
        )
    ]
    if camera_fd is not None:
        on_camera = both(exactly(0, camera_fd), exactly(1, *V4L2_IOCTLS.values()))
        calls.append(
            allow(
                "ioctl",
                "four requests on the camera: take and give buffers, begin and end the stream",
                on_camera,
            )
        )
    return calls


def _each(calls: Iterable[Call]) -> list[Call]:
    """Return a call for each name of those that several share."""
    return [
        Call(name, one.verdict, one.when, one.otherwise, one.why)
        for one in calls
        for name in one.name.split()
    ]
