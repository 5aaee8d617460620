# SPDX-License-Identifier: Apache-2.0
"""Calls that mean something else than their number.

They are of the 32-bit architecture, of x32, have a longer number, or are younger than us.

A filter that reads the number alone takes a 32-bit call for another one: 5 opens a file there and
asks about one here.
"""

import os
import struct
from collections.abc import Callable

from privacy_audit.exits.attacks.attack import Attack, Sign
from privacy_audit.exits.attacks.resources import PAGE, Resources

_X86 = "x86_64"
_X32, _LONGER = 0x40000000, 2**32
_NEW = b"taken\0"
_CREATE = os.O_WRONLY | os.O_CREAT


def _low_then(on: Resources, raw: bytes, call: Callable[[int], int]) -> int:
    """Put bytes where 32 bits reach and hand their place to a call."""
    return call(on.lower(raw))


def _wide_number(on: Resources, name: str) -> int:
    """Return the 64-bit number of a call."""
    return (
        {"write": 1, "socket": 41, "openat": 257, "memfd_create": 319}[name]
        if on.kernel.machine == _X86
        else -1
    )


OTHER_ARCHITECTURES = (
    Attack(
        "32-bit open",
        Sign.FILES,
        lambda on: _low_then(on, _NEW, lambda at: on.int80(5, at, _CREATE, 0o600)),
        machine=_X86,
    ),
    Attack(
        "32-bit creat",
        Sign.FILES,
        lambda on: _low_then(on, _NEW, lambda at: on.int80(8, at, 0o600)),
        machine=_X86,
    ),
    Attack(
        "32-bit unlink",
        Sign.FILES,
        lambda on: _low_then(on, b"loot\0", lambda at: on.int80(10, at)),
        machine=_X86,
    ),
    Attack(
        "32-bit mkdir",
        Sign.FILES,
        lambda on: _low_then(on, _NEW, lambda at: on.int80(39, at, 0o700)),
        machine=_X86,
    ),
    Attack(
        "32-bit write",
        Sign.PEERS,
        lambda on: _low_then(on, b"a secret", lambda at: on.int80(4, on.means.outlet, at, 8)),
        machine=_X86,
    ),
    Attack(
        "32-bit socketcall",
        Sign.DESCRIPTORS,
        lambda on: _low_then(on, struct.pack("<III", 2, 1, 0), lambda at: on.int80(102, 1, at)),
        machine=_X86,
        early=True,
    ),
    Attack(
        "32-bit socket",
        Sign.DESCRIPTORS,
        lambda on: on.int80(359, 2, 1, 0),
        machine=_X86,
        early=True,
    ),
    Attack(
        "32-bit memfd_create",
        Sign.DESCRIPTORS,
        lambda on: _low_then(on, _NEW, lambda at: on.int80(356, at, 0)),
        machine=_X86,
        early=True,
    ),
    Attack(
        "32-bit ipc", Sign.SYSTEM, lambda on: on.int80(117, 23, 0, PAGE), machine=_X86, early=True
    ),
    Attack(
        "32-bit dup",
        Sign.DESCRIPTORS,
        lambda on: on.int80(41, on.means.loot),
        machine=_X86,
        early=True,
    ),
    Attack(
        "32-bit fork", Sign.PROCESSES, lambda on: on.hold(on.int80(2)), machine=_X86, early=True
    ),
    Attack(
        "32-bit kill", Sign.VICTIM, lambda on: on.int80(37, on.victim, 10), machine=_X86, early=True
    ),
    Attack(
        "32-bit personality",
        Sign.STATUS,
        lambda on: on.int80(136, 0x0040000),
        machine=_X86,
        early=True,
    ),
    Attack(
        "x32 socket",
        Sign.DESCRIPTORS,
        lambda on: on.number(_X32 | _wide_number(on, "socket"), 2, 1, 0),
        machine=_X86,
        early=True,
    ),
    Attack(
        "x32 openat",
        Sign.FILES,
        lambda on: on.number(_X32 | _wide_number(on, "openat"), -100, _NEW, _CREATE, 0o600),
        machine=_X86,
        early=True,
    ),
    Attack(
        "x32 write",
        Sign.PEERS,
        lambda on: on.number(_X32 | _wide_number(on, "write"), on.means.outlet, on.buffer, 64),
        machine=_X86,
        early=True,
    ),
    Attack(
        "x32 writev",
        Sign.PEERS,
        lambda on: on.number(_X32 | 516, on.means.outlet, on.buffer, 1),
        machine=_X86,
        early=True,
    ),
    Attack(
        "a longer number, socket",
        Sign.DESCRIPTORS,
        lambda on: on.number(_LONGER | _wide_number(on, "socket"), 2, 1, 0),
        machine=_X86,
        early=True,
    ),
    Attack(
        "a longer number, openat",
        Sign.FILES,
        lambda on: on.number(_LONGER | _wide_number(on, "openat"), -100, _NEW, _CREATE, 0o600),
        machine=_X86,
    ),
    Attack(
        "a longer number, write",
        Sign.PEERS,
        lambda on: on.number(_LONGER | _wide_number(on, "write"), on.means.outlet, on.buffer, 64),
        machine=_X86,
    ),
    Attack(
        "a longer number, memfd_create",
        Sign.DESCRIPTORS,
        lambda on: on.number(_LONGER | _wide_number(on, "memfd_create"), _NEW, 0),
        machine=_X86,
        early=True,
    ),
)
YOUNGER = (
    Attack("fchmodat2", Sign.FILES, lambda on: on.number(452, -100, b"loot", 0o640, 0), early=True),
    Attack(
        "setxattrat",
        Sign.FILES,
        lambda on: on.number(
            463, -100, b"loot", 0, b"user.taken", struct.pack("<QII", on.address(), 8, 0), 16
        ),
        early=True,
    ),
    Attack(
        "removexattrat",
        Sign.FILES,
        lambda on: on.number(466, -100, b"secret", 0, b"user.secret"),
        early=True,
    ),
    Attack(
        "open_tree_attr",
        Sign.DESCRIPTORS,
        lambda on: on.number(467, -100, b"/", 1, None, 0),
        early=True,
    ),
    Attack(
        "file_setattr",
        Sign.FILES,
        lambda on: on.number(469, -100, b"loot", struct.pack("<QIIII", 0x80, 0, 0, 0, 0), 24, 0),
        early=True,
    ),
)
