# SPDX-License-Identifier: Apache-2.0
"""What each process may ask of the kernel, as tables to be read.

Each process is closed twice. Stage A, before any library is imported, forbids what no stage of its life needs. Stage B, when
everything is open and warm, forbids everything that is not listed. KILL is for what no honest program here does: it ends the
process at once. EPERM is for what a library may try in passing. Nothing is ever logged: the numbers of refused calls are chosen
by whoever makes them, and the kernel's log can be read.
"""

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from edge_agent.confinement.syscalls import AARCH64, NUMBERS, X86_64

ALL_BITS = 0xFFFFFFFFFFFFFFFF


class Role(StrEnum):
    """The processes that are locked."""

    SENSOR = "sensor"
    FEEDER = "feeder"
    GATE = "gate"
    UPLINK = "uplink"


class Verdict(IntEnum):
    """What the kernel does with a call: linux/seccomp.h, with the errno in the low bits."""

    ALLOW = 0x7FFF0000
    EPERM = 0x00050001
    ENOSYS = 0x00050026
    KILL = 0x80000000


@dataclass(frozen=True, slots=True)
class Condition:
    """One argument (0..5): its bits under `mask` must equal `value`."""

    argument: int
    value: int
    mask: int = ALL_BITS


Clause = tuple[Condition, ...]
"""Conditions that must all hold."""


@dataclass(frozen=True, slots=True)
class Call:
    """One system call: `verdict` where any clause of `when` holds or none is given, else `otherwise`."""

    name: str
    verdict: Verdict
    when: tuple[Clause, ...] = ()
    otherwise: Verdict = Verdict.EPERM


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole table. Calls that it does not name get `otherwise`; numbers above the table get `beyond_table`, if that is set."""

    name: str
    calls: tuple[Call, ...]
    otherwise: Verdict
    beyond_table: Verdict | None = None


# --- what no process of a box does, grouped by why it matters ------------------------------------------------------------------

SOCKETS = (
    "socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg "
    "getsockname getpeername setsockopt getsockopt shutdown"
)
OTHER_PROGRAMS = "execve execveat fork vfork ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp"
SHARED_MEMORY = (
    "memfd_create memfd_secret shmget shmat shmdt shmctl msgget msgsnd msgrcv msgctl semget semop semctl semtimedop "
    "mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr"
)
SIDE_DOORS = (
    "io_uring_setup io_uring_enter io_uring_register io_setup io_submit splice tee vmsplice sendfile copy_file_range "
    "pidfd_open pidfd_getfd pidfd_send_signal open_by_handle_at name_to_handle_at userfaultfd fanotify_init fanotify_mark"
)
KEYRINGS = "add_key request_key keyctl"
THE_MACHINE = (
    "bpf perf_event_open init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff acct quotactl "
    "quotactl_fd syslog settimeofday clock_settime sethostname setdomainname iopl ioperm vhangup nfsservctl lookup_dcookie"
)
THE_VIEW = (
    "mount umount2 pivot_root chroot unshare setns open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr mknod mknodat"
)
THE_USER = "setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset"
ODD = "personality modify_ldt uselib ustat remap_file_pages mbind migrate_pages move_pages set_mempolicy"

NEVER = f"{OTHER_PROGRAMS} {SHARED_MEMORY} {SIDE_DOORS} {KEYRINGS} {THE_MACHINE} {THE_VIEW} {THE_USER}".split()
NEVER_BUT_HARMLESS = ODD.split()
NOT_EVEN_THE_SUPERVISOR = (
    f"{KEYRINGS} {THE_MACHINE} {SHARED_MEMORY} io_uring_setup io_uring_enter io_uring_register io_setup io_submit userfaultfd "
    "open_by_handle_at name_to_handle_at fanotify_init fanotify_mark pidfd_getfd process_vm_readv process_vm_writev "
    "process_madvise process_mrelease kcmp chroot mknod mknodat uselib modify_ldt"
).split()
"""What neither the process that starts the others needs, nor what it starts: it may still fork, exec, mount, change user, trace."""

# --- how much each may have after its lock: names as in the module resource, without RLIMIT_ ------------------------------------

LIMITS: dict[Role, dict[str, int]] = {
    Role.SENSOR: {"CORE": 0, "FSIZE": 0, "NOFILE": 1, "NPROC": 0, "MSGQUEUE": 0},
    Role.FEEDER: {"CORE": 0, "FSIZE": 0, "NOFILE": 1, "NPROC": 0, "MSGQUEUE": 0},
    Role.GATE: {"CORE": 0, "NOFILE": 64, "NPROC": 0, "MSGQUEUE": 0},
    Role.UPLINK: {"CORE": 0, "NOFILE": 64, "NPROC": 0, "MSGQUEUE": 0},
}

# --- what each process does after its lock -------------------------------------------------------------------------------------

PROT_EXEC, MAP_SHARED, CLONE_THREAD = 0x4, 0x1, 0x10000
F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK = 1, 2, 3, 4, 5, 6
RECORD_BYTES = 64
# linux/videodev2.h, for the structures of 64-bit machines.
V4L2_IOCTLS = {"QBUF": 0xC058560F, "DQBUF": 0xC0585611, "STREAMON": 0x40045612, "STREAMOFF": 0x40045613}
FIONREAD, FIONBIO = 0x541B, 0x5421
AF_INET, AF_INET6, SOCK_STREAM, SOCK_DGRAM, SOCK_TYPE_MASK = 2, 10, 1, 2, 0xF

RUNNING = (
    "futex clock_gettime brk munmap mremap madvise sched_yield restart_syscall getpid gettid clock_nanosleep nanosleep "
    "rt_sigreturn rt_sigprocmask rt_sigaction close poll ppoll select pselect6 getrandom exit exit_group"
)
READING = "read lseek fstat"
READS_A_STREAM = "connect sendto recvfrom getsockname getpeername setsockopt getsockopt shutdown"
"""What opens a stream and reads it, before the feeder's lock. Not to bind, to listen, to accept, nor to pass descriptors."""
FILES = (
    "openat open pread64 pwrite64 readv writev write stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat "
    "getdents64 getcwd ftruncate fsync fdatasync fallocate unlink unlinkat fchmod statfs fstatfs "
    "geteuid getuid getegid getgid uname sysinfo adjtimex clock_adjtime"
)
TALKING = "connect bind accept4 sendto recvfrom sendmsg recvmsg sendmmsg getsockname getpeername setsockopt getsockopt shutdown"
BACKLOG_OF_A_PAIR = 1

_WITHOUT_EXEC: tuple[Clause, ...] = ((Condition(2, 0, PROT_EXEC),),)


def stage_a(role: Role) -> Policy:
    """Return what holds while the process imports its libraries and opens what it needs."""
    calls = [Call(name, Verdict.KILL) for name in [*NEVER, *_closed_sockets(role)]]
    calls += [Call(name, Verdict.EPERM) for name in NEVER_BUT_HARMLESS]
    if role is Role.FEEDER:
        streams = tuple((Condition(0, family), Condition(1, SOCK_STREAM, SOCK_TYPE_MASK)) for family in (AF_INET, AF_INET6))
        calls.append(Call("socket", Verdict.ALLOW, streams))
    # Threads may begin before the lock, processes never.
    calls.append(Call("clone", Verdict.ALLOW, ((Condition(0, CLONE_THREAD, CLONE_THREAD),),), otherwise=Verdict.KILL))
    # The flags of clone3 lie behind a pointer, where no filter sees them; told that it is missing, the C library takes clone.
    calls.append(Call("clone3", Verdict.ENOSYS))
    return Policy(f"{role} stage A", tuple(calls), Verdict.ALLOW, beyond_table=Verdict.ENOSYS)


def stage_b(
    role: Role, *, channel_fd: int = -1, camera_fd: int | None = None, reads: tuple[int, ...] = (), socket_fd: int = -1
) -> Policy:
    """Return what holds from the lock to the end.

    channel_fd is what the sensor and the feeder write to. camera_fd is the descriptor of a V4L2 camera, None for anything else.
    reads are the descriptors that the sensor and the feeder may read: the file or the feed, and the word to go. socket_fd is the
    feeder's one connection.
    """
    allowed = {
        Role.SENSOR: lambda: _sensor(channel_fd, camera_fd, reads),
        Role.FEEDER: lambda: _feeder(channel_fd, socket_fd, reads),
        Role.GATE: _gate,
        Role.UPLINK: _uplink,
    }[role]()
    named = {call.name for call in allowed}
    killed = [call for call in stage_a(role).calls if call.verdict is Verdict.KILL and call.name not in named]
    if role is Role.FEEDER:
        killed += [Call(name, Verdict.KILL) for name in ("socket", "connect")]
    return Policy(f"{role} stage B", (*allowed, Call("clone3", Verdict.ENOSYS), *killed), Verdict.EPERM)


def supervisor() -> Policy:
    """Return what holds for the process that starts the others, from its start, and for everything that it starts."""
    return Policy("supervisor", tuple(Call(name, Verdict.KILL) for name in NOT_EVEN_THE_SUPERVISOR), Verdict.ALLOW)


def twin(policy: Policy) -> Policy:
    """Return the same policy with every KILL made an EPERM, so that one process can try everything and live to tell."""
    return replace(policy, calls=tuple(_spared(call) for call in policy.calls))


def unknown_names() -> set[str]:
    """Return the names that the tables above use and no architecture has; a slip of the pen would be a hole."""
    policies = [
        policy for role in Role for policy in (stage_a(role), stage_b(role, channel_fd=3, camera_fd=4, reads=(5,), socket_fd=6))
    ]
    return {call.name for policy in (*policies, supervisor()) for call in policy.calls} - set(NUMBERS)


def _closed_sockets(role: Role) -> list[str]:
    """Return the calls on sockets that a role never makes. Which sockets the feeder may make is said with its other calls."""
    opened = {Role.UPLINK: SOCKETS, Role.FEEDER: f"socket {READS_A_STREAM}"}.get(role, "").split()
    return [name for name in SOCKETS.split() if name not in opened]


def _sees_pixels(reads: tuple[int, ...]) -> list[Call]:
    """Return what sensor and feeder have in common: memory of their own without programs in it, and these descriptors to read."""
    calls = _allow(RUNNING)
    if reads:
        calls += [Call(name, Verdict.ALLOW, tuple((Condition(0, one),) for one in reads)) for name in READING.split()]
    calls.append(Call("mmap", Verdict.ALLOW, ((Condition(2, 0, PROT_EXEC), Condition(3, 0, MAP_SHARED)),)))
    calls.append(Call("mprotect", Verdict.ALLOW, _WITHOUT_EXEC))
    calls.append(Call("fcntl", Verdict.ALLOW, ((Condition(1, F_GETFD),), (Condition(1, F_GETFL),))))
    return calls


def _feeder(feed_fd: int, socket_fd: int, reads: tuple[int, ...]) -> tuple[Call, ...]:
    """Receive and send on the one connection, never naming an address; write to the feed."""
    here = Condition(0, socket_fd)
    return (
        *_sees_pixels(reads),
        Call("write", Verdict.ALLOW, ((Condition(0, feed_fd),),)),
        Call("recvfrom", Verdict.ALLOW, ((here, Condition(4, 0), Condition(5, 0)),)),
        Call("sendto", Verdict.ALLOW, ((here, Condition(4, 0), Condition(5, 0)),)),
    )


def _sensor(channel_fd: int, camera_fd: int | None, reads: tuple[int, ...]) -> tuple[Call, ...]:
    record = ((Condition(0, channel_fd), Condition(2, RECORD_BYTES)),)
    calls = _sees_pixels(reads)
    calls.append(Call("write", Verdict.ALLOW, record))
    if camera_fd is not None:
        on_camera = tuple((Condition(0, camera_fd), Condition(1, number)) for number in V4L2_IOCTLS.values())
        calls.append(Call("ioctl", Verdict.ALLOW, on_camera))
    return tuple(calls)


def _gate() -> tuple[Call, ...]:
    locks = tuple((Condition(1, command),) for command in (F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK))
    return (
        *_allow(RUNNING, READING, FILES),
        Call("mmap", Verdict.ALLOW, _WITHOUT_EXEC),
        Call("mprotect", Verdict.ALLOW, _WITHOUT_EXEC),
        Call("fcntl", Verdict.ALLOW, locks),
        Call("ioctl", Verdict.ALLOW, tuple((Condition(1, command),) for command in (FIONREAD, FIONBIO))),
    )


def _uplink() -> tuple[Call, ...]:
    """Files as the gate, and sockets of the internet families.

    What resolves a name (getaddrinfo) needs datagrams to a name server; its wishes for a local cache (AF_UNIX) and for the list
    of interfaces (AF_NETLINK) are refused, and it goes on without. The MQTT library makes itself a loopback pair with each
    connection, so it also binds, listens for one and accepts; which address it binds lies behind a pointer, where no filter
    sees it. With Landlock it is no port of its choosing, and the firewall of firmware_configs lets nothing in to it.
    """
    sockets = tuple(
        (Condition(0, family), Condition(1, kind, SOCK_TYPE_MASK))
        for family in (AF_INET, AF_INET6)
        for kind in (SOCK_STREAM, SOCK_DGRAM)
    )
    return (
        *_gate(),
        *_allow(TALKING),
        Call("socket", Verdict.ALLOW, sockets),
        Call("listen", Verdict.ALLOW, ((Condition(1, BACKLOG_OF_A_PAIR),),)),
    )


def _allow(*names: str) -> list[Call]:
    return [Call(name, Verdict.ALLOW) for group in names for name in group.split()]


def _spared(call: Call) -> Call:
    verdict = Verdict.EPERM if call.verdict is Verdict.KILL else call.verdict
    otherwise = Verdict.EPERM if call.otherwise is Verdict.KILL else call.otherwise
    return replace(call, verdict=verdict, otherwise=otherwise)


MACHINES = (X86_64, AARCH64)
