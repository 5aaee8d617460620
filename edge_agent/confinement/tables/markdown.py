# SPDX-License-Identifier: Apache-2.0
"""Print the tables of what may be called after the lock, for a reader.

`python -m edge_agent.confinement.tables.markdown`.

docs/SYSTEM_CALLS.md is what this prints; a test compares the two.
"""

import sys
from itertools import product

from edge_agent.confinement.tables.policy import stage_b
from edge_agent.confinement.tables.rules import ALL_BITS, Call, Clause, Condition, Role, Verdict
from edge_agent.confinement.tables.syscalls import NUMBERS

# Numbers that stand for the descriptors a lock names; no argument of any other kind has them.
_CHANNEL, _CAMERA, _FRAMES, _GO, _STOP, _CONNECTION, _STORE, _INDEX = range(1001, 1009)
NAMES = {
    _CHANNEL: "its channel",
    _CAMERA: "its camera",
    _FRAMES: "its frames",
    _GO: "the word to begin",
    _STOP: "the word to end",
    _CONNECTION: "its connection",
    _STORE: "a database",
    _INDEX: "an index of one",
}
REFUSED = {
    "futex_waitv set_robust_list get_robust_list": (
        "the newer forms of the futex (futex_wait, futex_wake and futex_requeue are younger than "
        "the table, which refuses what it does not know) and the list by which a thread's end "
        "wakes others"
    ),
    "mincore preadv2 pwritev2 readahead fadvise64 sync_file_range msync mlock mlock2 mlockall "
    "munlock": (
        "whether a page is in memory, and what brings it there or keeps it: others measure the "
        "same page"
    ),
    "prctl arch_prctl": (
        "the name of a thread and the bounds of its arguments, which the list of processes shows; "
        "timers, filters"
    ),
    "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigpending "
    "sigaltstack signalfd signalfd4": (
        "signal masks and handlers, which /proc/PID/status shows to all. So the word to end is "
        "heard on a descriptor, and no handler runs: a handler's return sets the mask to what its "
        "stack says"
    ),
    "kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal": (
        "signals to anybody, itself among them"
    ),
    "timer_create timer_settime timer_gettime timer_delete timer_getoverrun timerfd_create "
    "timerfd_settime setitimer getitimer alarm": ("timers outlive a wait and end in signals"),
    "sched_setaffinity sched_getaffinity sched_setparam sched_getparam sched_setscheduler "
    "sched_getscheduler sched_setattr sched_getattr sched_rr_get_interval setpriority getpriority "
    "ioprio_set ioprio_get getcpu": (
        "priority and place, which the list of processes shows, of itself and of others"
    ),
    "getrusage times sysinfo getrlimit setrlimit prlimit64": (
        "the use that others make of the machine; limits, which all may read"
    ),
    "clock_getres clock_settime gettimeofday settimeofday time": ("clocks by another way"),
    "dup dup2 dup3 pipe pipe2 eventfd eventfd2 epoll_create epoll_create1 epoll_ctl epoll_wait "
    "epoll_pwait epoll_pwait2 inotify_init inotify_init1 inotify_add_watch flock": (
        "new descriptors, notices of what others do, locks of whole files"
    ),
    "clone clone3 fork vfork execve execveat ptrace": ("new threads, processes and programs"),
    "rename renameat renameat2 link linkat symlink symlinkat mkdir mkdirat rmdir mknod mknodat "
    "chmod fchmodat chown fchown lchown fchownat utime utimes utimensat futimesat setxattr "
    "lsetxattr fsetxattr truncate": (
        "names, owners and times of files, which others see where they see the folder"
    ),
}
"""Calls worth a word that no process makes after its lock, by the reason. Others are refused
too."""
_HEAD = """<!-- SPDX-License-Identifier: Apache-2.0 -->
# System calls after the lock

Printed from
[edge_agent/confinement/tables/allowed.py](../edge_agent/confinement/tables/allowed.py) and the
tables beside it by `python -m edge_agent.confinement.tables.markdown`; a test holds the two
together. What is not listed is refused on both machines, x86-64 and aarch64; what no program of a
box ever does ends the process. `a0` to `a5` are the arguments, compared in all 64 bits; without a
condition every value is allowed, because none of them names anything that others have. A call that
a machine does not have has no row in its filter.

A filter sees numbers, not what a pointer leads to: where that leaves something open, the reason
says so, and [THREATS.md](THREATS.md) lists it. Why it is so:
[ADR 15](adr/0015-decided-by-its-arguments.md).

## What each process may call

| call | by | with | why it may, and what of it others could name or see |
|---|---|---|---|
"""
_REFUSED_HEAD = """
## What none of them calls

| calls | what they would open |
|---|---|
"""


def document() -> str:
    """Return the document."""
    rows: dict[tuple[str, str, str], list[Role]] = {}
    for role in Role:
        for call in allowed(role):
            rows.setdefault((call.name, arguments_of(call), call.why), []).append(role)
    lines = [
        f"| `{name}` | {', '.join(roles) if len(roles) < len(Role) else 'all'} | {given} | {why} |"
        for (name, given, why), roles in sorted(rows.items())
    ]
    refused = [
        f"| {', '.join(f'`{name}`' for name in names.split())} | {' '.join(why.split())} |"
        for names, why in REFUSED.items()
    ]
    return _HEAD + "\n".join(lines) + "\n" + _REFUSED_HEAD + "\n".join(refused) + "\n"


def allowed(role: Role) -> list[Call]:
    """Return the calls that a role may make after its lock.

    Its descriptors have numbers of NAMES.
    """
    policy = stage_b(
        role,
        channel_fd=_CHANNEL,
        camera_fd=_CAMERA,
        reads=(_FRAMES, _GO, _STOP),
        socket_fd=_CONNECTION,
        stores=(_STORE,),
        shared=(_INDEX,),
    )
    return [call for call in policy.calls if call.verdict is Verdict.ALLOW]


def arguments_of(call: Call) -> str:
    """Say in words which arguments a call may have."""
    kinds: dict[tuple[tuple[int, int], ...], list[Clause]] = {}
    for clause in call.when:
        kinds.setdefault(tuple((one.argument, one.mask) for one in clause), []).append(clause)
    said = "; or ".join(_together(clauses) for clauses in kinds.values())
    return f"{said}; else it ends" if said and call.otherwise is Verdict.KILL else said


def _together(clauses: list[Clause]) -> str:
    """Say clauses that look at the same bits.

    Each argument's values are said once, where they all go together.
    """
    columns = [
        list(dict.fromkeys(clause[place].value for clause in clauses))
        for place in range(len(clauses[0]))
    ]
    if len(list(product(*columns))) != len(clauses):
        place = next(index for index, values in enumerate(columns) if len(values) > 1)
        groups = [
            [clause for clause in clauses if clause[place].value == value]
            for value in columns[place]
        ]
        return "; or ".join(_together(group) for group in groups)
    return " and ".join(
        _condition(one, values) for one, values in zip(clauses[0], columns, strict=True)
    )


def _condition(one: Condition, values: list[int]) -> str:
    words = " or ".join(
        NAMES.get(value, f"{value:#x}" if value > 9 else str(value))  # noqa: PLR2004 - one digit
        for value in values
    )
    left_out = ALL_BITS & ~one.mask
    if left_out == 0:
        return f"a{one.argument} {words}"
    if values == [0]:
        return f"a{one.argument} no bits but {left_out:#x}"
    return f"a{one.argument} {words}, but for {left_out:#x}"


def unknown_names() -> set[str]:
    """Return the names of REFUSED that no machine has."""
    return {name for names in REFUSED for name in names.split()} - set(NUMBERS)


if __name__ == "__main__":
    sys.stdout.write(document())
