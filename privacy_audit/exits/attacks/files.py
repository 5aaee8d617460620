# SPDX-License-Identifier: Apache-2.0
"""Out by a file that somebody else can read, by telling what only a file says, and by /proc."""

import ctypes
import os
import struct

from privacy_audit.exits.attacks.attack import Attack, Secret, Sign
from privacy_audit.exits.attacks.resources import (
    LINK,
    LISTED,
    PAGE,
    SECRET_BYTES,
    SECRET_FILE,
    Resources,
)

_HERE = -100  # AT_FDCWD
_WRITE_NEW = os.O_WRONLY | os.O_CREAT
_X86 = "x86_64"
_LOOT, _NEW = b"loot", b"taken"
_STAT_SIZE_AT = 48
_STATX_SIZE_AT, _STATX_SIZE = 40, 0x200


def _read(descriptor: int) -> bytes:
    return os.read(descriptor, SECRET_BYTES)


def _size(on: Resources, call: str, *arguments: int | bytes) -> bytes:
    on.call(call, *arguments, on.buffer, *((0,) if call == "newfstatat" else ()))
    return on.buffer.raw[_STAT_SIZE_AT : _STAT_SIZE_AT + 8]


def _statx(on: Resources) -> bytes:
    on.call("statx", _HERE, SECRET_FILE.encode(), 0, _STATX_SIZE, on.buffer)
    return on.buffer.raw[_STATX_SIZE_AT : _STATX_SIZE_AT + 8]


def _link(on: Resources, call: str, *before: int) -> bytes:
    length = on.call(call, *before, LINK.encode(), on.buffer, PAGE)
    return on.buffer.raw[:length]


def _attribute(on: Resources, call: str, where: int | bytes) -> bytes:
    length = on.call(call, where, b"user.secret", on.buffer, PAGE)
    return on.buffer.raw[:length]


def _listing(on: Resources, call: str) -> bytes:
    length = on.call(
        call, on.call("openat", _HERE, b".", os.O_RDONLY | os.O_DIRECTORY), on.buffer, PAGE
    )
    found = on.buffer.raw[:length]
    start = found.index(LISTED.encode())
    return found[start : found.index(b"\0", start)]


def _handle(on: Resources) -> int:
    """Name a file by its handle and open it so, past every folder on the way."""
    handle = ctypes.create_string_buffer(struct.pack("<Ii128x", 128, 0))
    on.call("name_to_handle_at", on.means.folder, _LOOT, handle, on.buffer, 0)
    return on.call("open_by_handle_at", on.means.folder, handle, os.O_RDWR)


def _memory_file(on: Resources) -> bytes:
    descriptor = on.call("openat", _HERE, f"/proc/{on.victim}/mem".encode(), os.O_RDWR)
    return os.pread(descriptor, SECRET_BYTES, on.address(on.victim_memory))


def _word(on: Resources, name: str, word: bytes) -> None:
    """Write into a file of one's own under /proc."""
    descriptor = on.call("openat", _HERE, f"/proc/self/{name}".encode(), os.O_WRONLY)
    on.call("write", descriptor, word, len(word))


FILES = (
    # In by a path
    Attack(
        "openat, a new file",
        Sign.FILES,
        lambda on: on.call("openat", _HERE, _NEW, _WRITE_NEW, 0o600),
    ),
    Attack(
        "open, a new file",
        Sign.FILES,
        lambda on: on.call("open", _NEW, _WRITE_NEW, 0o600),
        machine=_X86,
    ),
    Attack("creat", Sign.FILES, lambda on: on.call("creat", _NEW, 0o600), machine=_X86),
    Attack(
        "openat2",
        Sign.FILES,
        lambda on: on.call("openat2", _HERE, _NEW, struct.pack("<QQQ", _WRITE_NEW, 0o600, 0), 24),
    ),
    Attack(
        "a file without a name",
        Sign.DESCRIPTORS,
        lambda on: on.call("openat", _HERE, b".", os.O_TMPFILE | os.O_WRONLY, 0o600),
    ),
    Attack("open by handle", Sign.DESCRIPTORS, _handle, early=True),
    Attack(
        "openat relative to a folder from before",
        Sign.TOLD,
        lambda on: _read(on.call("openat", on.means.folder, SECRET_FILE.encode(), 0)),
        Secret.FILE,
    ),
    Attack("mkdir", Sign.FILES, lambda on: on.call("mkdir", _NEW, 0o700), machine=_X86),
    Attack("mkdirat", Sign.FILES, lambda on: on.call("mkdirat", _HERE, _NEW, 0o700)),
    Attack("rmdir", Sign.FILES, lambda on: on.call("rmdir", b"empty"), machine=_X86),
    Attack("link", Sign.FILES, lambda on: on.call("link", _LOOT, _NEW), machine=_X86),
    Attack("linkat", Sign.FILES, lambda on: on.call("linkat", _HERE, _LOOT, _HERE, _NEW, 0)),
    Attack("symlink", Sign.FILES, lambda on: on.call("symlink", b"a secret", _NEW), machine=_X86),
    Attack("symlinkat", Sign.FILES, lambda on: on.call("symlinkat", b"a secret", _HERE, _NEW)),
    Attack("rename", Sign.FILES, lambda on: on.call("rename", _LOOT, _NEW), machine=_X86),
    Attack("renameat", Sign.FILES, lambda on: on.call("renameat", _HERE, _LOOT, _HERE, _NEW)),
    Attack("renameat2", Sign.FILES, lambda on: on.call("renameat2", _HERE, _LOOT, _HERE, _NEW, 0)),
    Attack("unlink", Sign.FILES, lambda on: on.call("unlink", _LOOT), machine=_X86),
    Attack("unlinkat", Sign.FILES, lambda on: on.call("unlinkat", _HERE, _LOOT, 0)),
    Attack(
        "a named pipe",
        Sign.FILES,
        lambda on: on.call("mknodat", _HERE, _NEW, 0o10600, 0),
        early=True,
    ),
    # What a file is called, and when and whose
    Attack("chmod", Sign.FILES, lambda on: on.call("chmod", _LOOT, 0o640), machine=_X86),
    Attack("fchmod", Sign.FILES, lambda on: on.call("fchmod", on.means.loot, 0o640)),
    Attack("fchmodat", Sign.FILES, lambda on: on.call("fchmodat", _HERE, _LOOT, 0o640)),
    Attack(
        "chown",
        Sign.FILES,
        lambda on: on.call("chown", _LOOT, os.getuid(), os.getgid()),
        machine=_X86,
    ),
    Attack(
        "fchown", Sign.FILES, lambda on: on.call("fchown", on.means.loot, os.getuid(), os.getgid())
    ),
    Attack(
        "fchownat",
        Sign.FILES,
        lambda on: on.call("fchownat", _HERE, _LOOT, os.getuid(), os.getgid(), 0),
    ),
    Attack(
        "lchown",
        Sign.FILES,
        lambda on: on.call("lchown", _LOOT, os.getuid(), os.getgid()),
        machine=_X86,
    ),
    Attack(
        "utime",
        Sign.FILES,
        lambda on: on.call("utime", _LOOT, struct.pack("<qq", 1, 1)),
        machine=_X86,
    ),
    Attack(
        "utimes",
        Sign.FILES,
        lambda on: on.call("utimes", _LOOT, struct.pack("<qqqq", 1, 0, 1, 0)),
        machine=_X86,
    ),
    Attack(
        "utimensat",
        Sign.FILES,
        lambda on: on.call("utimensat", _HERE, _LOOT, struct.pack("<qqqq", 1, 0, 1, 0), 0),
    ),
    Attack(
        "setxattr",
        Sign.FILES,
        lambda on: on.call("setxattr", _LOOT, b"user.taken", b"a secret", 8, 0),
    ),
    Attack(
        "lsetxattr",
        Sign.FILES,
        lambda on: on.call("lsetxattr", _LOOT, b"user.taken", b"a secret", 8, 0),
    ),
    Attack(
        "fsetxattr",
        Sign.FILES,
        lambda on: on.call("fsetxattr", on.means.loot, b"user.taken", b"a secret", 8, 0),
    ),
    Attack(
        "removexattr",
        Sign.FILES,
        lambda on: on.call("removexattr", SECRET_FILE.encode(), b"user.secret"),
    ),
    # Into a file from before
    Attack("write", Sign.FILES, lambda on: on.call("write", on.means.loot, on.buffer, 64)),
    Attack("pwrite64", Sign.FILES, lambda on: on.call("pwrite64", on.means.loot, on.buffer, 64, 0)),
    Attack("writev", Sign.FILES, lambda on: on.call("writev", on.means.loot, on.vector(), 1)),
    Attack(
        "pwritev", Sign.FILES, lambda on: on.call("pwritev", on.means.loot, on.vector(), 1, 0, 0)
    ),
    Attack(
        "pwritev2",
        Sign.FILES,
        lambda on: on.call("pwritev2", on.means.loot, on.vector(), 1, 0, 0, 0),
    ),
    Attack("truncate", Sign.FILES, lambda on: on.call("truncate", _LOOT, 512)),
    Attack("ftruncate", Sign.FILES, lambda on: on.call("ftruncate", on.means.loot, 512)),
    Attack("fallocate", Sign.FILES, lambda on: on.call("fallocate", on.means.loot, 3, 0, PAGE)),
    # What only a file could have said
    Attack(
        "stat",
        Sign.TOLD,
        lambda on: _size(on, "stat", SECRET_FILE.encode()),
        Secret.SIZE,
        machine=_X86,
    ),
    Attack(
        "lstat",
        Sign.TOLD,
        lambda on: _size(on, "lstat", SECRET_FILE.encode()),
        Secret.SIZE,
        machine=_X86,
    ),
    Attack(
        "newfstatat",
        Sign.TOLD,
        lambda on: _size(on, "newfstatat", _HERE, SECRET_FILE.encode()),
        Secret.SIZE,
    ),
    Attack("statx", Sign.TOLD, _statx, Secret.SIZE),
    Attack(
        "access",
        Sign.TOLD,
        lambda on: on.which_names(lambda name: on.call("access", name, 0)),
        Secret.NAMES,
        machine=_X86,
    ),
    Attack(
        "faccessat",
        Sign.TOLD,
        lambda on: on.which_names(lambda name: on.call("faccessat", _HERE, name, 0)),
        Secret.NAMES,
    ),
    Attack(
        "faccessat2",
        Sign.TOLD,
        lambda on: on.which_names(lambda name: on.call("faccessat2", _HERE, name, 0, 0)),
        Secret.NAMES,
    ),
    Attack(
        "statfs",
        Sign.TOLD,
        lambda on: on.which_names(lambda name: on.call("statfs", name, on.buffer)),
        Secret.NAMES,
    ),
    Attack("readlink", Sign.TOLD, lambda on: _link(on, "readlink"), Secret.LINK, machine=_X86),
    Attack("readlinkat", Sign.TOLD, lambda on: _link(on, "readlinkat", _HERE), Secret.LINK),
    Attack(
        "getdents", Sign.TOLD, lambda on: _listing(on, "getdents"), Secret.LISTING, machine=_X86
    ),
    Attack("getdents64", Sign.TOLD, lambda on: _listing(on, "getdents64"), Secret.LISTING),
    Attack(
        "getxattr",
        Sign.TOLD,
        lambda on: _attribute(on, "getxattr", SECRET_FILE.encode()),
        Secret.ATTRIBUTE,
    ),
    Attack(
        "lgetxattr",
        Sign.TOLD,
        lambda on: _attribute(on, "lgetxattr", SECRET_FILE.encode()),
        Secret.ATTRIBUTE,
    ),
    # Watching
    Attack("inotify_init1", Sign.DESCRIPTORS, lambda on: on.call("inotify_init1", 0)),
    Attack(
        "inotify_add_watch",
        Sign.DESCRIPTORS,
        lambda on: on.call("inotify_add_watch", on.means.inotify, b".", 0x100),
    ),
    Attack(
        "fanotify_init", Sign.DESCRIPTORS, lambda on: on.call("fanotify_init", 0x200, 0), early=True
    ),
    # Locks that another process can see
    Attack("flock", Sign.FILES, lambda on: on.call("flock", on.means.loot, 2)),
    Attack(
        "fcntl, a lock",
        Sign.FILES,
        lambda on: on.call("fcntl", on.means.loot, 6, struct.pack("<hh4xqqi4x", 1, 0, 0, 8, 0)),
    ),
    Attack(
        "fcntl, a lock of the open file",
        Sign.FILES,
        lambda on: on.call("fcntl", on.means.loot, 37, struct.pack("<hh4xqqi4x", 1, 0, 0, 8, 0)),
    ),
    Attack("fcntl, a lease", Sign.FILES, lambda on: on.call("fcntl", on.means.loot, 1024, 1)),
    Attack("chdir", Sign.PLACE, lambda on: on.call("chdir", b"/")),
    Attack(
        "fchdir",
        Sign.PLACE,
        lambda on: on.call("fchdir", on.call("openat", _HERE, b"/", os.O_RDONLY)),
    ),
    # /proc
    Attack("/proc/PID/mem of another", Sign.TOLD, _memory_file, Secret.VICTIM),
    Attack("/proc/self/comm", Sign.STATUS, lambda on: _word(on, "comm", b"a secret")),
    Attack("/proc/self/oom_score_adj", Sign.STATUS, lambda on: _word(on, "oom_score_adj", b"777")),
    Attack(
        "/proc/self/coredump_filter", Sign.STATUS, lambda on: _word(on, "coredump_filter", b"0x7")
    ),
)
