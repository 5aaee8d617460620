# SPDX-License-Identifier: Apache-2.0
"""What each process may ask of the kernel, as tables to be read.

Each process is closed twice. Stage A, before any library is imported, forbids what no stage of its
life needs. Stage B, when everything is open and warm, forbids everything that is not listed. KILL
is for what no honest program here does: it ends the process at once. EPERM is for what a library
may try in passing. Nothing is ever logged: the numbers of refused calls are chosen by whoever makes
them, and the kernel's log can be read.
"""

from dataclasses import replace

from edge_agent.confinement.tables.allowed import calls_after_lock
from edge_agent.confinement.tables.arguments import AF_INET, AF_INET6, SOCK_STREAM, SOCK_TYPE_MASK
from edge_agent.confinement.tables.rules import (
    ALL_BITS,
    COUNTING,
    Call,
    Clause,
    Condition,
    Policy,
    Role,
    Verdict,
)
from edge_agent.confinement.tables.syscalls import AARCH64, NUMBERS, X86_64

__all__ = ["ALL_BITS", "COUNTING", "Call", "Clause", "Condition", "Policy", "Role", "Verdict"]

# --- what no process of a box does, grouped by why it matters -----------------------------------

SOCKETS = (
    "socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg recvfrom recvmsg "
    "recvmmsg getsockname getpeername setsockopt getsockopt shutdown"
)
OTHER_PROGRAMS = (
    "execve execveat fork vfork ptrace process_vm_readv process_vm_writev process_madvise "
    "process_mrelease kcmp"
)
SHARED_MEMORY = (
    "memfd_create memfd_secret shmget shmat shmdt shmctl msgget msgsnd msgrcv msgctl semget semop "
    "semctl semtimedop mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr"
)
SIDE_DOORS = (
    "io_uring_setup io_uring_enter io_uring_register io_setup io_submit splice tee vmsplice "
    "sendfile copy_file_range pidfd_open pidfd_getfd pidfd_send_signal open_by_handle_at "
    "name_to_handle_at userfaultfd fanotify_init fanotify_mark"
)
KEYRINGS = "add_key request_key keyctl"
THE_MACHINE = (
    "bpf perf_event_open init_module finit_module delete_module kexec_load kexec_file_load reboot "
    "swapon swapoff acct quotactl quotactl_fd syslog settimeofday clock_settime sethostname "
    "setdomainname iopl ioperm vhangup nfsservctl lookup_dcookie"
)
THE_VIEW = (
    "mount umount2 pivot_root chroot unshare setns open_tree move_mount fsopen fsconfig fsmount "
    "fspick mount_setattr mknod mknodat"
)
THE_USER = "setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset"
ODD = (
    "personality modify_ldt uselib ustat remap_file_pages mbind migrate_pages move_pages "
    "set_mempolicy"
)

NEVER = (
    f"{OTHER_PROGRAMS} {SHARED_MEMORY} {SIDE_DOORS} {KEYRINGS} {THE_MACHINE} {THE_VIEW} "
    f"{THE_USER}".split()
)
NEVER_BUT_HARMLESS = ODD.split()
NOT_EVEN_THE_SUPERVISOR = (
    f"{KEYRINGS} {THE_MACHINE} {SHARED_MEMORY} io_uring_setup io_uring_enter io_uring_register "
    "io_setup io_submit userfaultfd open_by_handle_at name_to_handle_at fanotify_init "
    "fanotify_mark pidfd_getfd process_vm_readv process_vm_writev process_madvise "
    "process_mrelease kcmp chroot mknod mknodat uselib modify_ldt"
).split()
"""What neither the process that starts the others needs, nor what it starts: it may still fork,
exec, mount, change user, trace."""

# --- how much each may have after its lock: names as in the module resource, without RLIMIT_ ----

LIMITS: dict[Role, dict[str, int]] = {
    Role.SENSOR: {"CORE": 0, "FSIZE": 0, "NOFILE": 1, "NPROC": 0, "MSGQUEUE": 0},
    Role.FEEDER: {"CORE": 0, "FSIZE": 0, "NOFILE": 1, "NPROC": 0, "MSGQUEUE": 0},
    Role.GATE: {"CORE": 0, "NOFILE": 64, "NPROC": 0, "MSGQUEUE": 0},
    Role.UPLINK: {"CORE": 0, "NOFILE": 64, "NPROC": 0, "MSGQUEUE": 0},
    Role.SURVEYOR: {"CORE": 0, "FSIZE": 0, "NOFILE": 1, "NPROC": 0, "MSGQUEUE": 0},
    Role.PAGE: {"CORE": 0, "FSIZE": 0, "NOFILE": 32, "NPROC": 0, "MSGQUEUE": 0},
}

# --- what holds before the lock -----------------------------------------------------------------

READS_A_STREAM = "connect sendto recvfrom getsockname getpeername setsockopt getsockopt shutdown"
"""What opens a stream and reads it, before the feeder's lock. Not to bind, to listen, to accept,
nor to pass descriptors."""
ANSWERS = "accept4 sendto recvfrom getsockname getpeername setsockopt getsockopt shutdown"
"""What answers on a listening socket that it was given. It makes, binds and connects none."""
CLONE_THREAD = 0x10000
PR_SET_NAME = 15
_LOW_HALF = 0xFFFFFFFF
"""Of a number that is refused: the kernel reads this half, whatever stands in the other."""


def stage_a(role: Role) -> Policy:
    """Return what holds while the process imports its libraries and opens what it needs."""
    calls = [Call(name, Verdict.KILL) for name in [*NEVER, *_closed_sockets(role)]]
    calls += [Call(name, Verdict.EPERM) for name in NEVER_BUT_HARMLESS]
    if role is Role.FEEDER:
        streams = tuple(
            (Condition(0, family), Condition(1, SOCK_STREAM, SOCK_TYPE_MASK))
            for family in (AF_INET, AF_INET6)
        )
        calls.append(Call("socket", Verdict.ALLOW, streams))
    # The list of processes shows one word of each thread. Who wants another goes on with this one.
    calls.append(
        Call(
            "prctl",
            Verdict.EPERM,
            ((Condition(0, PR_SET_NAME, _LOW_HALF),),),
            otherwise=Verdict.ALLOW,
        )
    )
    # At a thread's end the kernel would wake whoever waits at the addresses in this list, also on
    # pages that others share.
    calls.append(Call("set_robust_list", Verdict.EPERM))
    # Threads may begin before the lock, processes never.
    calls.append(
        Call(
            "clone",
            Verdict.ALLOW,
            ((Condition(0, CLONE_THREAD, CLONE_THREAD),),),
            otherwise=Verdict.KILL,
        )
    )
    # The flags of clone3 lie behind a pointer, where no filter sees them; told that it is missing,
    # the C library takes clone.
    calls.append(Call("clone3", Verdict.ENOSYS))
    return Policy(f"{role} stage A", tuple(calls), Verdict.ALLOW, beyond_table=Verdict.ENOSYS)


def stage_b(
    role: Role,
    *,
    channel_fd: int = -1,
    camera_fd: int | None = None,
    reads: tuple[int, ...] = (),
    socket_fd: int = -1,
    stores: tuple[int, ...] = (),
    shared: tuple[int, ...] = (),
) -> Policy:
    """Return what holds from the lock to the end.

    channel_fd is what the sensor and the feeder write to. camera_fd is the descriptor of a V4L2
    camera, None for anything else. reads are the descriptors that the sensor and the feeder may
    read: the file or the feed, and the words to go and to end. socket_fd is the feeder's one
    connection. stores and shared are the databases of gate and uplink, and the indexes of those,
    which SQLite keeps in memory that all who have the database open share. The order of descriptors
    does not matter.
    """
    allowed = calls_after_lock(
        role,
        channel_fd=channel_fd,
        camera_fd=camera_fd,
        reads=reads,
        socket_fd=socket_fd,
        stores=stores,
        shared=shared,
    )
    named = {call.name for call in allowed}
    killed = [
        call
        for call in stage_a(role).calls
        if call.verdict is Verdict.KILL and call.name not in named
    ]
    if role is Role.FEEDER:
        killed += [Call(name, Verdict.KILL) for name in ("socket", "connect")]
    return Policy(
        f"{role} stage B", (*allowed, Call("clone3", Verdict.ENOSYS), *killed), Verdict.EPERM
    )


def supervisor() -> Policy:
    """Return what holds for the process that starts the others, and for all that it starts."""
    return Policy(
        "supervisor",
        tuple(Call(name, Verdict.KILL) for name in NOT_EVEN_THE_SUPERVISOR),
        Verdict.ALLOW,
    )


def twin(policy: Policy) -> Policy:
    """Return the same policy with every KILL made an EPERM.

    So one process can try everything and live to tell.
    """
    return replace(policy, calls=tuple(_spared(call) for call in policy.calls))


def unknown_names() -> set[str]:
    """Return the names that the tables above use and no architecture has.

    A slip of the pen would be a hole.
    """
    policies = [
        policy
        for role in Role
        for policy in (
            stage_a(role),
            stage_b(role, channel_fd=3, camera_fd=4, reads=(5,), socket_fd=6),
        )
    ]
    return {call.name for policy in (*policies, supervisor()) for call in policy.calls} - set(
        NUMBERS
    )


def _closed_sockets(role: Role) -> list[str]:
    """Return the calls on sockets that a role never makes.

    Which sockets the feeder may make is said with its other calls.
    """
    opened = {
        Role.UPLINK: SOCKETS,
        Role.FEEDER: f"socket {READS_A_STREAM}",
        Role.PAGE: ANSWERS,
    }.get(role, "").split()
    return [name for name in SOCKETS.split() if name not in opened]


def _spared(call: Call) -> Call:
    verdict = Verdict.EPERM if call.verdict is Verdict.KILL else call.verdict
    otherwise = Verdict.EPERM if call.otherwise is Verdict.KILL else call.otherwise
    return replace(call, verdict=verdict, otherwise=otherwise)


MACHINES = (X86_64, AARCH64)
