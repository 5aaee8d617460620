# SPDX-License-Identifier: Apache-2.0
"""Every carrier that is tried, in words.

Each says what it is, how it would be read, and what shuts it. docs/CARRIERS.md is made of this.
"""

from dataclasses import dataclass
from enum import StrEnum

from privacy_audit.pairs.means.futexes import WOKEN_BY


class CarrierKind(StrEnum):
    """What carries."""

    OBJECT = "a kernel object or a file"
    VIEW = "what is shown of a process"
    MACHINE = "the machine itself"
    MEANT = "the channel that is meant"


@dataclass(frozen=True, slots=True)
class Carrier:
    """One carrier: what is done, how it is seen, and what shuts it.

    action: its name among the actions. seen: how a receiver reads it. shut: by what, for the
    processes of a box. looks: the observations of which each must carry without the wall, or the
    carrier was not tried: one that sees it in another way says nothing of these. None where any way
    will do, as where the whole machine changes the same number.
    """

    action: str
    kind: CarrierKind
    seen: str
    shut: str
    looks: tuple[str, ...] = ()


_NO_OPEN = "the filter: nothing is opened after the lock, and nothing that was open stays so"
_PRIVATE = "the filter: a futex must be private to its process"
_KILLED = "the filter: whoever makes the call is ended"
_REFUSED = "the filter: the call is refused"
_UNSEEN = "no view of it inside the box; for others on the machine /proc with hidepid"
CARRIERS = (
    *(
        Carrier(
            f"futex: {form}",
            CarrierKind.OBJECT,
            "a receiver waits on the same page of a shared file",
            _PRIVATE,
            (f"woken: {form}",),
        )
        for form in WOKEN_BY
    ),
    Carrier(
        "futex: FUTEX_WAIT",
        CarrierKind.OBJECT,
        "a receiver wakes or moves waiters, and hears how many there were",
        _PRIVATE,
        ("waiters requeued", "waiters woken"),
    ),
    Carrier(
        "a POSIX lock",
        CarrierKind.OBJECT,
        "F_GETLK on a file that both can read",
        _NO_OPEN,
        ("F_GETLK",),
    ),
    Carrier(
        "an open-file-description lock",
        CarrierKind.OBJECT,
        "F_OFD_GETLK on the same file",
        _NO_OPEN,
        ("F_OFD_GETLK",),
    ),
    Carrier("flock", CarrierKind.OBJECT, "a try to lock the same file", _NO_OPEN, ("flock",)),
    Carrier(
        "a lease",
        CarrierKind.OBJECT,
        "opening the file is held up",
        _NO_OPEN,
        ("file to be opened",),
    ),
    Carrier("a file's times", CarrierKind.OBJECT, "stat of the file", _NO_OPEN, ("file times",)),
    Carrier(
        "a file's name",
        CarrierKind.OBJECT,
        "a list of the folder",
        "the filter, and a view without a folder to write to",
        ("names in a folder",),
    ),
    Carrier(
        "a file's size",
        CarrierKind.OBJECT,
        "stat of the file",
        "the filter, and a view without a folder to write to",
        ("file size",),
    ),
    Carrier(
        "space on the disk",
        CarrierKind.OBJECT,
        "statfs",
        "the filter, the limit on file size, and the view",
    ),
    Carrier(
        "reading on in its own file",
        CarrierKind.OBJECT,
        "inotify on the file",
        "the view: nobody else sees the file",
        ("inotify on the sender's file",),
    ),
    Carrier(
        "a pipe that both inherit",
        CarrierKind.OBJECT,
        "how full it is",
        _NO_OPEN,
        ("pipe that both inherit",),
    ),
    Carrier(
        "the record pipe's size",
        CarrierKind.OBJECT,
        "F_GETPIPE_SZ by the gate",
        _REFUSED,
        ("record pipe: size",),
    ),
    Carrier(
        "the record pipe's mode",
        CarrierKind.OBJECT,
        "fstat by the gate",
        _REFUSED,
        ("record pipe: mode",),
    ),
    Carrier(
        "System V memory",
        CarrierKind.OBJECT,
        "the segment of the same key",
        f"{_KILLED}; an ipc namespace each",
        ("System V memory",),
    ),
    Carrier(
        "a System V semaphore",
        CarrierKind.OBJECT,
        "its value",
        f"{_KILLED}; an ipc namespace each",
        ("System V semaphore",),
    ),
    Carrier(
        "a System V queue",
        CarrierKind.OBJECT,
        "how many messages wait",
        f"{_KILLED}; an ipc namespace each",
        ("System V queue",),
    ),
    Carrier(
        "a POSIX queue",
        CarrierKind.OBJECT,
        "how many messages wait",
        f"{_KILLED}; an ipc namespace each",
        ("POSIX queue",),
    ),
    Carrier("a key ring", CarrierKind.OBJECT, "the key's payload", _KILLED, ("key",)),
    Carrier(
        "an abstract socket's name",
        CarrierKind.OBJECT,
        "a knock at the name",
        f"{_KILLED}; a network namespace",
        ("abstract socket",),
    ),
    Carrier(
        "bytes on its one connection",
        CarrierKind.OBJECT,
        "/proc/self/net/dev",
        "the uplink sees nothing of /proc but its own status",
    ),
    Carrier(
        "a page of a cold file",
        CarrierKind.MACHINE,
        "mincore, cachestat, preadv2 that does not wait, /proc/vmstat",
        "for the uplink the filter",
        ("page cache: mincore", "page cache: cachestat", "page cache: preadv2 that does not wait"),
    ),
    Carrier("size of memory", CarrierKind.VIEW, "statm, VmSize", _UNSEEN),
    Carrier("memory that is touched", CarrierKind.VIEW, "statm, VmRSS, VmPTE", _UNSEEN),
    Carrier(
        "argv",
        CarrierKind.VIEW,
        "cmdline",
        "emptied before the lock: no bounds are left to write between",
    ),
    Carrier(
        "environ",
        CarrierKind.VIEW,
        "environ",
        "emptied before the lock: no bounds are left to write between",
    ),
    Carrier("the thread's name", CarrierKind.VIEW, "comm", _REFUSED),
    Carrier("the signal mask", CarrierKind.VIEW, "SigBlk", _REFUSED),
    Carrier("signals ignored", CarrierKind.VIEW, "SigIgn", _REFUSED),
    Carrier("signals caught", CarrierKind.VIEW, "SigCgt", _REFUSED),
    Carrier("a signal that waits", CarrierKind.VIEW, "SigPnd", _REFUSED),
    Carrier("nice", CarrierKind.VIEW, "getpriority", _REFUSED, ("getpriority",)),
    Carrier("affinity", CarrierKind.VIEW, "sched_getaffinity", _REFUSED, ("sched_getaffinity",)),
    Carrier(
        "scheduling class",
        CarrierKind.VIEW,
        "sched_getscheduler",
        _REFUSED,
        ("sched_getscheduler",),
    ),
    Carrier("a limit", CarrierKind.VIEW, "SigQ, limits", _REFUSED),
    Carrier("timer slack", CarrierKind.VIEW, "timerslack_ns", _REFUSED),
    Carrier("a timer", CarrierKind.VIEW, "timers", _REFUSED),
    Carrier("locked memory", CarrierKind.VIEW, "VmLck", _REFUSED),
    Carrier("rows of the memory map", CarrierKind.VIEW, "maps", _UNSEEN),
    Carrier("oom score", CarrierKind.VIEW, "oom_score_adj", _NO_OPEN),
    Carrier("threads that end", CarrierKind.VIEW, "Threads, stat", _UNSEEN),
    Carrier("threads that begin", CarrierKind.VIEW, "Threads, stat", _REFUSED),
    Carrier("processor time", CarrierKind.VIEW, "schedstat, stat", _UNSEEN),
    Carrier("context switches", CarrierKind.VIEW, "voluntary_ctxt_switches", _UNSEEN),
)
OF_ACTION = {carrier.action: carrier for carrier in CARRIERS}
WITHOUT_CONTROL = (
    (
        "the clock's state",
        "adjtimex",
        "only root may set it, and a control would change the machine's clock",
    ),
    (
        "exit codes and restarts",
        "whoever started the process",
        "three codes; after ten ends in ten minutes the box gives up",
    ),
    (
        "who holds the record pipe",
        "the gate",
        "the record pipe is the channel that is meant: what it carries is capped",
    ),
)
"""What is not tried, how it is seen, and why."""
_LISTS_OF_OBJECTS = ("/proc/locks", "/proc/keys", "/proc/key-users", "/proc/sysvipc")
_OF_THE_MACHINE = ("/proc/", "/sys/", "sysinfo", "page cache", "disk space", "clock")
_MEANT = ("record pipe: bytes in it", "record pipe: readiness", "record pipe: times")


def kind_of(observation: str, sender_pid: int) -> CarrierKind:
    """Say what an observation looks at, by its name."""
    if observation in _MEANT:
        return CarrierKind.MEANT
    if observation.startswith((f"{sender_pid} ", f"{sender_pid}/")):
        return CarrierKind.VIEW
    if observation.startswith(_LISTS_OF_OBJECTS):
        return CarrierKind.OBJECT
    return CarrierKind.MACHINE if observation.startswith(_OF_THE_MACHINE) else CarrierKind.OBJECT
