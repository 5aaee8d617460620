# SPDX-License-Identifier: Apache-2.0
"""What a process sees of the machine.

A root folder of its own, made of nothing but what its plan names.

The root is a small file system in memory, read-only once it is laid out. Folders on the way to a
named path are made anew there, so that a home closed to others does not close the software that
lies in it: only what is named shows through. Secrets are laid in as copies in memory that the
process's own user may read; on disk nothing changes hands but what the role writes.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge_agent.confinement.kernel.calls import PR_CAPBSET_DROP, Kernel
from edge_agent.errors import ProcessError

# linux/sched.h
NEW_MOUNTS, NEW_UTS, NEW_IPC, NEW_PIDS, NEW_NETWORK = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x20000000,
    0x40000000,
)
# linux/mount.h
_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_PROGRAMS, _REMOUNT, _BIND, _DEEP, _PRIVATE = (
    1,
    2,
    4,
    8,
    32,
    4096,
    16384,
    1 << 18,
)
_DETACH = 2
_ROOT_SIZE = b"size=4m,nr_inodes=4k,mode=755"
_BASE, _OLD, _NEW, _WHOLE = "/tmp", "old", "new", ".proc"  # noqa: S108 - a folder that every system has, covered before it is used
_LINKS_MAX = 40
_DATABASE = re.compile(
    r"\.db(-wal|-shm|-journal)?$|^certificate-[01]\.pem$|^camera\.state(\.new)?$"
    r"|^broker-signed$|^\.?broker-admitted(-new)?$"
)
"""What the box keeps: its databases, and the certificates and the signed config that came over the
broker."""
_FOLDERS = frozenset({"outbox"})
_CAPABILITIES_MAX = 64
# linux/capability.h: CHOWN, SETGID, SETUID, SETPCAP, SYS_ADMIN
_NEEDED = 1 << 0 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 21


@dataclass(frozen=True, slots=True)
class View:
    """What a process may see, by absolute path.

    readable, writable, secrets (of which it gets a copy) and devices.

    What is missing on this machine is left out. Only the last folders of `writable` are handed to
    the process's own user. machine: whether it sees of /proc what is no process: the processor, and
    how busy the machine is, which is what others do. of_itself: the files about itself that it sees
    in /proc, and nothing besides; none for all of /proc, without other processes.
    """

    readable: tuple[str, ...]
    writable: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    machine: bool = False
    of_itself: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """Who a process is: numbers that need no entry anywhere. groups are the further ones."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()


@contextmanager
def own_processes(kernel: Kernel) -> Iterator[None]:
    """Let the process that is started inside this block be the first of its own process numbers.

    It sees no other.
    """
    kernel.demand("own process numbers", "unshare", NEW_PIDS)
    try:
        yield
    finally:
        descriptor = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        kernel.demand("own process numbers", "setns", descriptor, NEW_PIDS)
        os.close(descriptor)


def may_separate() -> bool:
    """Say whether this process may make namespaces and other users.

    Root may, where it was not stripped of it.
    """
    rows = Path("/proc/self/status").read_text("utf-8").splitlines()
    effective = next(int(row.split()[1], 16) for row in rows if row.startswith("CapEff"))
    return os.geteuid() == 0 and effective & _NEEDED == _NEEDED


def separate(kernel: Kernel, *, network: bool) -> None:
    """Leave the machine's mounts, names, messages and, but for `network`, its network.

    Raises ProcessError.
    """
    spaces = NEW_MOUNTS | NEW_UTS | NEW_IPC | (0 if network else NEW_NETWORK)
    kernel.demand("own namespaces", "unshare", spaces)


def enter_view(kernel: Kernel, view: View, user: User) -> None:
    """Make the view the root folder, with /proc showing this process only.

    Raises ProcessError naming the path that fails.
    """
    _mount(kernel, None, "/", None, _DEEP | _PRIVATE)
    _mount(kernel, "tmpfs", _BASE, "tmpfs", _NO_SUID, _ROOT_SIZE)
    for name in (_OLD, _NEW):
        Path(_BASE, name).mkdir(mode=0o755)
    kernel.demand("own root folder", "pivot_root", _BASE.encode(), f"{_BASE}/{_OLD}".encode())
    os.chdir("/")
    for path in view.readable:
        _show(kernel, path, _READ_ONLY | _NO_SUID | _NO_DEVICES)
    for path in view.writable:
        _show(kernel, path, _NO_SUID | _NO_DEVICES | _NO_PROGRAMS)
    for path in view.devices:
        # A device is written to on a read-only mount too: it is no file.
        _show(kernel, path, _READ_ONLY | _NO_SUID | _NO_PROGRAMS)
    for path in view.secrets:
        _copy(path, user)
    _show_processes(kernel, view)
    # The new root is a folder of the first one, which becomes a mount of its own so that it can be
    # turned to.
    _mount(kernel, f"/{_NEW}", f"/{_NEW}", None, _BIND | _DEEP)
    os.chdir(f"/{_NEW}")
    kernel.demand("own root folder", "pivot_root", b".", b".")
    kernel.demand("own root folder", "umount2", b".", _DETACH)
    os.chdir("/")
    _mount(kernel, None, "/", None, _REMOUNT | _BIND | _READ_ONLY | _NO_SUID | _NO_DEVICES)


def become(kernel: Kernel, user: User) -> None:
    """Drop every capability and become the role's own user.

    Raises ProcessError where anything of the old one stays.
    """
    for capability in range(_CAPABILITIES_MAX):
        try:
            kernel.call("prctl", PR_CAPBSET_DROP, capability, 0, 0, 0)
        except OSError:
            break
    try:
        os.setgroups(user.groups)
        os.setresgid(user.gid, user.gid, user.gid)
        os.setresuid(user.uid, user.uid, user.uid)
    except OSError as error:
        raise ProcessError(
            f"own user {user.uid}: {error.strerror}; is this a container that maps fewer users?"
        ) from error


def hand_over(path: str, *, user: User, mode: int, file_mode: int) -> None:
    """Give a folder and the databases in it to the user and group that are to write there.

    Links are not followed.

    Raises ProcessError where anything else lies in it: a slip in the config must not give away a
    folder of the system.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        entries = [entry for entry in folder.iterdir() if entry.is_symlink() or not entry.is_dir()]
        strangers = sorted(
            entry.name
            for entry in entries
            if entry.is_symlink() or not _DATABASE.search(entry.name)
        )
        folders = sorted(
            entry.name
            for entry in folder.iterdir()
            if entry.is_dir() and entry.name not in _FOLDERS
        )
        if strangers or folders:
            raise ProcessError(
                f"{path}: holds {[*strangers, *folders][:3]}, wanted a folder of the box's own: it "
                f"is given to user {user.uid}"
            )
        os.chown(folder, user.uid, user.gid)
        folder.chmod(mode)
        for entry in entries:
            os.chown(entry, user.uid, user.gid, follow_symlinks=False)
            entry.chmod(file_mode)
    except OSError as error:
        raise ProcessError(
            f"{path}: {error.strerror}; wanted a folder that can be given to user {user.uid}"
        ) from error


def existing(paths: Iterable[str]) -> tuple[str, ...]:
    """Return those of the paths that are there, each once."""
    return tuple(dict.fromkeys(path for path in paths if os.path.exists(path)))  # noqa: PTH110 - Path.exists raises in a closed folder


def _show(kernel: Kernel, path: str, flags: int) -> None:
    """Let `path` of the old root show through in the new one, with the links that lead to it.

    What is not there is left out.
    """
    source = _follow(path)
    if source is None:
        return
    shown, target = f"/{_OLD}{source}", f"/{_NEW}{source}"
    if Path(target).is_mount():
        return
    if Path(shown).is_dir():
        Path(target).mkdir(parents=True, exist_ok=True)
    else:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        if not Path(target).exists():
            Path(target).touch()
    _mount(kernel, shown, target, None, _BIND)
    _mount(kernel, None, target, None, _REMOUNT | _BIND | flags)


def _follow(path: str) -> str | None:
    """Return the real path, links made anew in the new root as they are met.

    None where it leads nowhere.
    """
    todo, done = [part for part in reversed(path.split("/")) if part], ""
    links = 0
    while todo:
        part = todo.pop()
        if part in (".", ".."):
            done = done if part == "." else os.path.dirname(done).rstrip("/")  # noqa: PTH120 - text, not a file
            continue
        here = f"{done}/{part}"
        old, new = Path(f"/{_OLD}{here}"), Path(f"/{_NEW}{here}")
        if old.is_symlink():
            links += 1
            if links > _LINKS_MAX:
                raise ProcessError(
                    f"{path}: leads through more than {_LINKS_MAX} links; wanted a path that ends"
                )
            leads_to = str(old.readlink())
            if not new.is_symlink() and not new.exists():
                new.parent.mkdir(parents=True, exist_ok=True)
                new.symlink_to(leads_to)
            done = "" if leads_to.startswith("/") else done
            todo += [link_part for link_part in reversed(leads_to.split("/")) if link_part]
        elif not old.exists():
            return None
        else:
            done = here
    return done or None


def _copy(path: str, user: User) -> None:
    """Lay a copy of a secret where the original lies, for the process's own user only."""
    source = _follow(path)
    if source is None:
        return
    target = Path(f"/{_NEW}{source}")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(f"/{_OLD}{source}", target)
    target.chmod(0o400)
    os.chown(target, user.uid, user.gid)


def _show_processes(kernel: Kernel, view: View) -> None:
    """Mount /proc; or lay out only these files of this process, as links lead to them.

    The rest of /proc counts what all processes of the machine do: memory, switches, names in
    caches, bytes on the network.
    """
    if not view.of_itself:
        _mount_processes(kernel, Path(f"/{_NEW}/proc"), machine=view.machine)
        return
    whole, own = Path(f"/{_NEW}/{_WHOLE}"), Path(f"/{_NEW}/proc/{os.getpid()}")
    _mount_processes(kernel, whole, machine=False)
    own.mkdir(parents=True)
    (own.parent / "self").symlink_to(own.name)
    for name in view.of_itself:
        source, target = whole / own.name / name, own / name
        target.mkdir() if source.is_dir() else target.touch()
        _mount(kernel, str(source), str(target), None, _BIND)
    kernel.demand("no other process in sight", "umount2", os.fsencode(whole), _DETACH)
    whole.rmdir()


def _mount_processes(kernel: Kernel, target: Path, *, machine: bool) -> None:
    target.mkdir()
    # Read-only, or the files under /proc/sys would be a place to write. Kernels before 5.8 know
    # hidepid by its number only, and show all of the machine to all.
    flags = _READ_ONLY | _NO_SUID | _NO_DEVICES | _NO_PROGRAMS
    try:
        words = b"hidepid=invisible" if machine else b"hidepid=invisible,subset=pid"
        kernel.call("mount", b"proc", os.fsencode(target), b"proc", flags, words)
    except OSError:
        _mount(kernel, "proc", str(target), "proc", flags, b"hidepid=2")


def _mount(
    kernel: Kernel,
    source: str | None,
    target: str,
    kind: str | None,
    flags: int,
    words: bytes | None = None,
) -> None:
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    kernel.demand(f"mount on {target}", "mount", *texts, flags, words)
