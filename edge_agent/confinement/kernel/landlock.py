# SPDX-License-Identifier: Apache-2.0
"""Landlock, where the kernel has it.

Files only as the view says, no TCP without a network, no signal to the outside.

It holds for this process and all that it becomes. Stock kernels of small computers lack it; then
this wall is one less, and the level says so.
"""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

from edge_agent.confinement.kernel.calls import PR_SET_NO_NEW_PRIVS, Kernel
from edge_agent.errors import ProcessError

# linux/landlock.h
_CREATE_VERSION, _RULE_PATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_FILE, _MAKE_REGULAR, _TRUNCATE, _IOCTL_DEVICE = 1 << 5, 1 << 8, 1 << 14, 1 << 15
_ALL_OF_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_PORTS_FROM_ABI, _SCOPES_FROM_ABI = 4, 6
_BIND, _CONNECT, _SCOPES = 1, 2, 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_ON_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_DEVICE = _READ_FILE | _WRITE_FILE | _IOCTL_DEVICE
_WRITE = _READ_FILE | _READ_DIR | _WRITE_FILE | _REMOVE_FILE | _MAKE_REGULAR | _TRUNCATE


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("ports", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version(kernel: Kernel) -> int:
    """Return the version of the kernel's Landlock, 0 where it has none or it is switched off."""
    try:
        return kernel.call("landlock_create_ruleset", None, 0, _CREATE_VERSION)
    except OSError:
        return 0


def restrict(
    kernel: Kernel,
    *,
    readable: Iterable[str],
    writable: Iterable[str],
    devices: Iterable[str],
    network: bool,
) -> int:
    """Close the file system but for these paths, and TCP without `network`.

    Return the version used, 0 for none.

    Must run while there is one thread. Raises ProcessError where the kernel has Landlock and
    refuses.
    """
    abi = version(kernel)
    if abi == 0:
        return 0
    handled = _ALL_OF_ABI[max(known for known in _ALL_OF_ABI if known <= abi)]
    ruleset = _Ruleset(
        handled,
        0 if network or abi < _PORTS_FROM_ABI else _BIND | _CONNECT,
        _SCOPES if abi >= _SCOPES_FROM_ABI else 0,
    )
    size = 24 if abi >= _SCOPES_FROM_ABI else 16 if abi >= _PORTS_FROM_ABI else 8
    rules = kernel.demand("landlock", "landlock_create_ruleset", ruleset, size, 0)
    for paths, access in ((readable, _READ), (writable, _WRITE), (devices, _DEVICE)):
        for path in paths:
            _allow_path(kernel, rules, path, access & handled)
    kernel.demand("no new privileges", "prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    kernel.demand("landlock", "landlock_restrict_self", rules, 0)
    os.close(rules)
    return abi


def _allow_path(kernel: Kernel, rules: int, path: str, access: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        raise ProcessError(
            f"landlock: {path}: {error.strerror}; wanted a path of the view that is there"
        ) from error
    allowed = access if Path(path).is_dir() else access & _ON_A_FILE
    kernel.demand(
        f"landlock: {path}", "landlock_add_rule", rules, _RULE_PATH, _PathRule(allowed, parent), 0
    )
    os.close(parent)
