# SPDX-License-Identifier: Apache-2.0
"""What the filters must say, once more in the audit's own words.

What they do say is found by an evaluator of its own. Pure.

Written down here a second time on purpose: a table of the box that was loosened must not loosen its
own check, and a compiler that errs must not be checked by itself.
"""

import functools
import struct
from collections.abc import Callable, Iterator
from itertools import product

from edge_agent.confinement.tables.policy import Policy, Role, Verdict
from edge_agent.confinement.tables.syscalls import AARCH64, X86_64, table
from privacy_audit.oracles.arguments import BY_DESCRIPTOR, TELLING, Arguments, NamedDescriptors, law

ARCHITECTURES = {X86_64: 0xC000003E, AARCH64: 0xC00000B7}  # linux/audit.h
OTHER_ARCHITECTURES = (0x40000003, 0x40000028, 0xC0000015, 0xC0000016, 0xC00000F3, 0)
"""32-bit x86 and ARM, two more, RISC-V, none."""
X32_FROM = 0x40000000
ALLOW, KILL = 0x7FFF0000, 0x80000000
NUMBERS_TO = 1024
ODD_NUMBERS = (
    4095,
    0x3FFFFFFF,
    X32_FROM,
    X32_FROM | 1,
    X32_FROM | 41,
    X32_FROM | 516,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
)
NOTHING, EVERYTHING = (0,) * 6, (2**64 - 1,) * 6
_WIDE = 2**32
_ALWAYS = "nanosleep poll select sched_yield restart_syscall brk munmap getpid gettid close"
_ON_FILES = (
    "read lseek fstat pread64 pwrite64 readv writev write stat lstat newfstatat statx access "
    "faccessat faccessat2 readlink readlinkat getdents64 getcwd ftruncate fsync fdatasync unlink "
    "statfs fstatfs geteuid getuid getegid getgid uname adjtimex"
)
_ON_SOCKETS = (
    "connect bind accept4 sendto recvfrom sendmsg recvmsg recvmmsg sendmmsg getsockname "
    "getpeername shutdown"
)
_ON_ANSWERS = "read write recvfrom getsockname getpeername shutdown getuid geteuid"
MUST_KILL = frozenset(
    {
        "execve",
        "execveat",
        "fork",
        "vfork",
        "ptrace",
        "process_vm_readv",
        "process_vm_writev",
        "memfd_create",
        "shmget",
        "shmat",
        "msgget",
        "semget",
        "mq_open",
        "io_uring_setup",
        "io_uring_enter",
        "io_setup",
        "io_submit",
        "splice",
        "tee",
        "vmsplice",
        "sendfile",
        "copy_file_range",
        "pidfd_open",
        "pidfd_getfd",
        "open_by_handle_at",
        "userfaultfd",
        "add_key",
        "keyctl",
        "bpf",
        "perf_event_open",
        "init_module",
        "finit_module",
        "kexec_load",
        "mount",
        "umount2",
        "pivot_root",
        "chroot",
        "unshare",
        "setns",
        "fsopen",
        "mknod",
        "mknodat",
        "setuid",
        "setgid",
        "setgroups",
        "capset",
    }
)
"""What no process of a box does at any time; whoever tries is not to live on."""
MUST_KILL_WITHOUT_NETWORK = frozenset(
    {
        "socket",
        "socketpair",
        "connect",
        "bind",
        "listen",
        "accept4",
        "sendto",
        "sendmsg",
        "sendmmsg",
        "recvmsg",
    }
)
SUPERVISOR_MUST_KILL = frozenset(
    {
        "add_key",
        "request_key",
        "keyctl",
        "bpf",
        "perf_event_open",
        "init_module",
        "finit_module",
        "delete_module",
        "kexec_load",
        "reboot",
        "swapon",
        "swapoff",
        "syslog",
        "settimeofday",
        "clock_settime",
        "sethostname",
        "iopl",
        "ioperm",
        "memfd_create",
        "shmget",
        "shmat",
        "msgget",
        "semget",
        "mq_open",
        "io_uring_setup",
        "io_uring_enter",
        "io_setup",
        "io_submit",
        "userfaultfd",
        "open_by_handle_at",
        "fanotify_init",
        "pidfd_getfd",
        "process_vm_readv",
        "process_vm_writev",
        "chroot",
        "mknod",
        "mknodat",
    }
)
"""What the process that starts the others has no use for, root as it is."""
_STEP = struct.Struct("<HBBI")
_CALL = struct.Struct("<IIQ6Q")
_LOW = 0xFFFFFFFF


def may(role: Role, name: str, arguments: Arguments, held: NamedDescriptors) -> bool:
    """Say whether a locked process of this role may make this call with these arguments."""
    always = {
        Role.SENSOR: _ALWAYS, Role.FEEDER: _ALWAYS, Role.GATE: f"{_ALWAYS} {_ON_FILES}",
        Role.UPLINK: f"{_ALWAYS} {_ON_FILES} {_ON_SOCKETS}",
        Role.SURVEYOR: _ALWAYS, Role.PAGE: f"{_ALWAYS} {_ON_ANSWERS}",
    }[role]  # fmt: skip
    condition = law(role, held).get(name)
    return condition(arguments) if condition else name in always.split()


def probes(role: Role, name: str, held: NamedDescriptors) -> Iterator[Arguments]:
    """Return the arguments to try a call with.

    They are none, all bits, and of what matters every value that tells.

    What may be is tried once more with something in the high half of each argument, which a loose
    comparison does not read.
    """
    yield NOTHING
    yield EVERYTHING
    telling = {place: set(values) for place, values in TELLING.get(name, {}).items()}
    descriptors = {
        *held.reads,
        *held.stores,
        *held.shared,
        held.channel_fd & _LOW,
        held.socket_fd & _LOW,
        held.camera_fd or 0,
    }
    if name in BY_DESCRIPTOR:
        telling[0] = telling.get(0, set()) | descriptors | {0, 1, 2, 3, 5, 11, 63, 64}
    if name == "mmap":
        telling[4] = {0, EVERYTHING[0], *held.shared, *held.stores}
    for given in product(*telling.values()):
        arguments = [0] * 6
        for place, value in zip(telling, given, strict=True):
            arguments[place] = value
        yield tuple(arguments)
        if telling and may(role, name, tuple(arguments), held):
            for place in range(len(arguments)):
                yield (*arguments[:place], arguments[place] | _WIDE, *arguments[place + 1 :])


def table_says(policy: Policy, machine: str, number: int, arguments: Arguments) -> int:
    """Read a table of the box as a person would: the row of this call, condition by condition."""
    names = _names(machine)
    if machine == X86_64 and number >= X32_FROM:
        return int(Verdict.KILL)
    name = names.get(number)
    if name is None and policy.beyond_table is not None and number > max(names):
        return int(policy.beyond_table)
    for call in policy.calls:
        if call.name == name:
            fits = not call.when or any(
                all(arguments[one.argument] & one.mask == one.value for one in clause)
                for clause in call.when
            )
            return int(call.verdict if fits else call.otherwise)
    return int(policy.otherwise)


@functools.cache
def _names(machine: str) -> dict[int, str]:
    return {number: name for name, number in table(machine).items()}


class Filter:
    """A program as the kernel holds it, run as the kernel runs it.

    Raises ValueError for what no filter of a box has.
    """

    def __init__(self, raw: bytes) -> None:
        self._steps = list(_STEP.iter_unpack(raw))

    def says(self, architecture: int, number: int, arguments: Arguments) -> int:
        """Return the answer to one call."""
        call = _CALL.pack(number & _LOW, architecture, 0, *arguments)
        accumulator = at = 0
        for _ in range(len(self._steps)):
            code, yes, no, constant = self._steps[at]
            at += 1
            if code == 0x15:  # noqa: PLR2004 - jump if equal, which most steps are
                at += yes if accumulator == constant else no
            elif code == 0x20:  # noqa: PLR2004 - load a word, linux/filter.h
                accumulator = int.from_bytes(call[constant : constant + 4], "little")
            elif code == 0x06:  # noqa: PLR2004 - return
                return int(constant)
            elif code == 0x54:  # noqa: PLR2004 - and
                accumulator &= constant
            elif code in _JUMPS:
                at += yes if _JUMPS[code](accumulator, constant) else no
            elif code == 0x05:  # noqa: PLR2004 - jump always
                at += constant
            else:
                raise ValueError(
                    f"filter step {at - 1}: code {code:#x} is none that a filter of a box has"
                )
        raise ValueError("filter: it does not end")


_JUMPS: dict[int, Callable[[int, int], bool]] = {
    0x25: lambda have, constant: have > constant,
    0x35: lambda have, constant: have >= constant,
    0x45: lambda have, constant: bool(have & constant),
}


def strictest(answers: list[int]) -> int:
    """Return what the kernel does where several filters answer.

    It is the answer that stands first in its order of severity.
    """
    return min(
        answers, key=lambda answer: (answer & 0xFFFF0000) - (1 << 32 if answer & KILL else 0)
    )
