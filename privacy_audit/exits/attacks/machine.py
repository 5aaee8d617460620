# SPDX-License-Identifier: Apache-2.0
"""Out by changing one's place: namespaces, mounts, the user, the machine.

What others see of one's limits and state is tried too.
"""

import ctypes
import os
import struct
from functools import partial
from pathlib import Path

from privacy_audit.exits.attacks.attack import Attack, Secret, Sign
from privacy_audit.exits.attacks.resources import Resources

_SPACES = {
    "mounts": 0x20000,
    "names": 0x4000000,
    "messages": 0x8000000,
    "users": 0x10000000,
    "processes": 0x20000000,
    "network": 0x40000000,
    "control groups": 0x2000000,
    "time": 0x80,
}
_X86 = "x86_64"
_HERE = -100
_FAMILIAR = 0x0040000  # ADDR_NO_RANDOMIZE
_TREE_CLONE = 1


def _unshare(flag: int, on: Resources) -> int:
    return on.call("unshare", flag)


def _change_root(on: Resources) -> int:
    """Turn a folder into the root, on a mount of one's own."""
    on.call("mount", b"empty", b"empty", None, 1 << 12, None)
    return on.call("chroot", b"empty")


def _pivot(on: Resources) -> int:
    on.call("mount", b"none", b"empty", b"tmpfs", 0, None)
    os.mkdir("empty/old")  # noqa: PTH102 - relative to a folder that only its descriptor names
    return on.call("pivot_root", b"empty", b"empty/old")


def _root_on_a_mount(on: Resources) -> None:
    """The first root of all cannot be turned away from.

    The control gets one that is a mount like others.
    """
    here = Path.cwd()
    on.call("mount", b"/", b"empty", None, 1 << 12 | 1 << 14, None)
    os.chroot("empty")
    os.chdir(here)


def _move(on: Resources) -> int:
    tree = on.call("open_tree", _HERE, b"empty", _TREE_CLONE)
    return on.call("move_mount", tree, b"", _HERE, b"empty", 4)


def _new_mount(on: Resources) -> int:
    """The newer way: a file system from its parts."""
    made = on.call("fsopen", b"tmpfs", 0)
    on.call("fsconfig", made, 6, None, None, 0)
    return on.call("fsmount", made, 0, 0)


def _set_mount(on: Resources) -> int:
    on.call("mount", b"none", b"empty", b"tmpfs", 0, None)
    return on.call("mount_setattr", _HERE, b"empty", 0, struct.pack("<QQQQ", 1, 0, 0, 0), 32)


def _no_mount(on: Resources) -> int:
    return on.call("umount2", b"/proc", 2)


def _map(on: Resources) -> int:
    return on.call(
        "bpf",
        0,
        ctypes.create_string_buffer(struct.pack("<IIIII", 2, 4, 8, 1, 0).ljust(128, b"\0")),
        64,
    )


def _counter(on: Resources) -> int:
    return on.call(
        "perf_event_open",
        struct.pack("<IIQQQQQ", 1, 64, 0, 0, 0, 0, 1 << 5).ljust(64, b"\0"),
        0,
        -1,
        -1,
        0,
    )


def _host(on: Resources) -> bytes:
    on.call("uname", on.buffer)
    return on.buffer.raw[65:130].rstrip(b"\0")


def _capabilities(on: Resources, powers: int) -> int:
    return on.call(
        "capset", struct.pack("<Ii", 0x20080522, 0), struct.pack("<6I", powers, powers, 0, 0, 0, 0)
    )


def _filter(on: Resources) -> int:
    """Lay one more filter on oneself: one that allows everything."""
    allow = ctypes.create_string_buffer(struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF0000))
    on.kept.append(allow)
    on.call("seccomp", 1, 0, struct.pack("<H6xQ", 1, ctypes.addressof(allow)))
    return 0


def _no_privileges(on: Resources) -> None:
    on.call("prctl", 38, 1, 0, 0, 0)


NAMESPACES = (
    *(
        Attack(
            f"unshare, {name}",
            Sign.PLACE,
            partial(_unshare, flag),
            early=True,
            prepare=Resources.dismiss,
        )
        for name, flag in _SPACES.items()
    ),
    Attack(
        "setns",
        Sign.PLACE,
        lambda on: on.call("setns", on.means.names, _SPACES["names"]),
        early=True,
    ),
    Attack(
        "mount",
        Sign.PLACE,
        lambda on: on.call("mount", b"none", b"empty", b"tmpfs", 0, None),
        early=True,
    ),
    Attack("umount2", Sign.PLACE, _no_mount, early=True),
    Attack("fsopen", Sign.DESCRIPTORS, lambda on: on.call("fsopen", b"tmpfs", 0), early=True),
    Attack("fsmount", Sign.DESCRIPTORS, _new_mount, early=True),
    Attack(
        "fspick", Sign.DESCRIPTORS, lambda on: on.call("fspick", _HERE, b"/proc", 0), early=True
    ),
    Attack(
        "open_tree", Sign.DESCRIPTORS, lambda on: on.call("open_tree", _HERE, b"/", 0), early=True
    ),
    Attack("move_mount", Sign.PLACE, _move, early=True),
    Attack("mount_setattr", Sign.PLACE, _set_mount, early=True),
    Attack("pivot_root", Sign.PLACE, _pivot, early=True, prepare=_root_on_a_mount),
    Attack("chroot", Sign.PLACE, _change_root, early=True),
    Attack(
        "mknodat, a device",
        Sign.FILES,
        lambda on: on.call("mknodat", _HERE, b"taken", 0o20600, 0x103),
        early=True,
    ),
    Attack(
        "mknod, a device",
        Sign.FILES,
        lambda on: on.call("mknod", b"taken", 0o20600, 0x103),
        early=True,
        machine=_X86,
    ),
    Attack(
        "sethostname", Sign.SYSTEM, lambda on: on.call("sethostname", b"a-secret", 8), early=True
    ),
    Attack(
        "setdomainname",
        Sign.SYSTEM,
        lambda on: on.call("setdomainname", b"a-secret", 8),
        early=True,
    ),
    Attack("uname", Sign.TOLD, _host, Secret.HOST),
)
USERS = (
    Attack("setuid", Sign.STATUS, lambda on: on.call("setuid", 65_501), early=True),
    Attack("setgid", Sign.STATUS, lambda on: on.call("setgid", 65_501), early=True),
    Attack("setreuid", Sign.STATUS, lambda on: on.call("setreuid", -1, 65_501), early=True),
    Attack("setregid", Sign.STATUS, lambda on: on.call("setregid", -1, 65_501), early=True),
    Attack("setresuid", Sign.STATUS, lambda on: on.call("setresuid", -1, 65_501, -1), early=True),
    Attack("setresgid", Sign.STATUS, lambda on: on.call("setresgid", -1, 65_501, -1), early=True),
    Attack("setfsuid", Sign.STATUS, lambda on: on.call("setfsuid", 65_501), early=True),
    Attack("setfsgid", Sign.STATUS, lambda on: on.call("setfsgid", 65_501), early=True),
    Attack(
        "setgroups",
        Sign.STATUS,
        lambda on: on.call("setgroups", 1, struct.pack("<I", 65_501)),
        early=True,
    ),
    Attack("capset", Sign.STATUS, lambda on: _capabilities(on, 1 << 6), early=True),
)
KERNEL = (
    Attack("bpf", Sign.DESCRIPTORS, _map, early=True),
    Attack("perf_event_open", Sign.DESCRIPTORS, _counter, early=True),
    Attack("userfaultfd", Sign.DESCRIPTORS, lambda on: on.call("userfaultfd", 1), early=True),
    Attack(
        "landlock_create_ruleset",
        Sign.DESCRIPTORS,
        lambda on: on.call("landlock_create_ruleset", struct.pack("<Q", 1), 8, 0),
    ),
    Attack("seccomp, one more filter", Sign.STATUS, _filter, prepare=_no_privileges),
    Attack("personality", Sign.STATUS, lambda on: on.call("personality", _FAMILIAR), early=True),
)


def _write_arguments(on: Resources) -> None:
    """Write to the memory that the list of processes shows: no call, and so no filter."""
    ctypes.memmove(on.arguments_at, b"a secret", 8)


RESOURCES = (
    Attack("setrlimit", Sign.STATUS, lambda on: on.call("setrlimit", 7, struct.pack("<QQ", 1, 1))),
    Attack(
        "prlimit64",
        Sign.STATUS,
        lambda on: on.call("prlimit64", 0, 3, struct.pack("<QQ", 1 << 20, 1 << 20), None),
    ),
    Attack("setpriority", Sign.STATUS, lambda on: on.call("setpriority", 0, 0, 3)),
    Attack("ioprio_set", Sign.STATUS, lambda on: on.call("ioprio_set", 1, 0, 2 << 13 | 7)),
    Attack(
        "sched_setaffinity",
        Sign.STATUS,
        lambda on: on.call("sched_setaffinity", 0, 8, struct.pack("<Q", 1)),
    ),
    Attack(
        "sched_setscheduler",
        Sign.STATUS,
        lambda on: on.call("sched_setscheduler", 0, 3, struct.pack("<i", 0)),
    ),
    Attack(
        "sched_setattr",
        Sign.STATUS,
        lambda on: on.call(
            "sched_setattr", 0, struct.pack("<IIQiIQQQ", 48, 5, 0, 0, 0, 0, 0, 0), 0
        ),
    ),
    Attack("umask", Sign.STATUS, lambda on: on.call("umask", 0o123)),
    Attack("prctl, a name", Sign.STATUS, lambda on: on.call("prctl", 15, b"a secret")),
    Attack("its arguments, written where they stood", Sign.PLACE, _write_arguments),
    Attack("prctl, timer slack", Sign.STATUS, lambda on: on.call("prctl", 29, 77_777)),
    Attack("prctl, no huge pages", Sign.STATUS, lambda on: on.call("prctl", 41, 1, 0, 0, 0)),
    Attack("prctl, bounding set", Sign.STATUS, lambda on: on.call("prctl", 24, 0, 0, 0, 0)),
)
