# SPDX-License-Identifier: Apache-2.0
"""The outside witness: what an attacker has changed, read from the kernel and from the other ends.

One look before and one after an attack, while the attacker holds still; whatever differs is the
attack's doing. Nothing here asks the attacker.
"""

import ctypes
import fcntl
import os
import select
import signal
import socket
import struct
import termios
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edge_agent.confinement.kernel.calls import Kernel
from privacy_audit.exits.attacks.attack import Sign
from privacy_audit.exits.attacks.resources import shared_name
from privacy_audit.exits.channels import Ours

_STATUS_ROWS = frozenset(
    b"Name Umask TracerPid Uid Gid Groups NoNewPrivs Seccomp Seccomp_filters CapInh CapPrm "
    b"CapEff CapBnd CapAmb SigPnd ShdPnd "
    b"SigBlk SigIgn Cpus_allowed Mems_allowed VmLck THP_enabled CoreDumping".split()
)
_FILES_OF_STATUS = (
    "limits",
    "personality",
    "timers",
    "oom_score_adj",
    "coredump_filter",
    "timerslack_ns",
)
# proc(5), /proc/PID/stat after the name: group, session, priority, nice, real-time priority,
# policy.
_STAT_FIELDS = (2, 3, 15, 16, 37, 38)
_CHUNK = 65_536
_MEMORY_BYTES = 64
_NEW_IPC, _NEW_UTS = 0x08000000, 0x04000000
_F_GETSIG, _F_GETPIPE_SZ = 11, 1032
_SO_PRIORITY = 12
Look = dict[Sign, object]
_GONE = "gone"


class OutsideWitness:
    """Watches one attacker, from a process of one thread."""

    def __init__(self, pid: int, ours: Ours, *, root: bool) -> None:
        self.pid = pid
        self._ours = ours
        self._root = root
        self._heard: dict[str, bytes] = {}
        self._victim: int | None = None
        self._secret_at = 0
        self._extra: list[socket.socket] = []
        self._kernel = Kernel()
        self._names = ctypes.create_string_buffer(512)

    def meet_victim(self, secret_at: int) -> int | None:
        """Find the attacker's victim, its first child, and remember where its secret lies."""
        children = _children(self.pid)
        self._victim, self._secret_at = children[0] if children else None, secret_at
        return self._victim

    def victims_secret(self) -> bytes:
        """Return the victim's memory from where its secret lies."""
        if self._victim is None:
            return b""
        with suppress(OSError), Path(f"/proc/{self._victim}/mem").open("rb", buffering=0) as memory:
            memory.seek(self._secret_at)
            return memory.read(_MEMORY_BYTES)
        return b""

    def hear_odd(self, raw: bytes) -> None:
        """Take note of what came on the channel and was no record that was waited for."""
        self._hear("channel", raw)

    def take_servers(self) -> None:
        """Take over the sockets that the control made in a place of its own, and listen at them."""
        while select.select([self._ours.sockets["datagrams"]], [], [], 0)[0]:
            _, handed, _, _ = socket.recv_fds(self._ours.sockets["datagrams"], _CHUNK, 8)
            self._extra += [socket.socket(fileno=number) for number in handed]

    def end_victim(self) -> None:
        """Kill the victim, which may have left the attacker's group.

        It is ours to reap once the attacker has gone.
        """
        if self._victim is not None:
            with suppress(ProcessLookupError):
                os.kill(self._victim, signal.SIGKILL)

    def close(self) -> None:
        """Let go of what was handed over."""
        for one in self._extra:
            one.close()

    def look(self) -> Look:
        """Return everything that can be seen now, by sign."""
        looks: dict[Sign, Callable[[], object]] = {
            Sign.DESCRIPTORS: self._descriptors,
            Sign.FILES: self._files,
            Sign.PEERS: self._peers,
            Sign.PROCESSES: self._processes,
            Sign.STATUS: lambda: _status(self.pid),
            Sign.PLACE: self._place,
            Sign.MEMORY: self._memory,
            Sign.VICTIM: self._victim_now,
            Sign.SYSTEM: self._system,
            Sign.LIFE: self._life,
        }
        return {sign: _or_gone(look) for sign, look in looks.items()}

    # --- one look each

    def _descriptors(self) -> object:
        folder = f"/proc/{self.pid}/fd"
        return {
            number: (_link(f"{folder}/{number}"), _descriptor(self.pid, number))
            for number in os.listdir(folder)  # noqa: PTH208 - thousands of looks
        }

    def _files(self) -> object:
        seen: dict[str, object] = {}
        for folder in (self._ours.folder, self._ours.folder / "empty"):
            seen |= (
                {entry.path: _file(entry) for entry in os.scandir(folder)}
                if folder.is_dir()
                else {}
            )
        seen["shared memory"] = Path(shared_name(self._ours.folder)).exists()
        loot = self._ours.folder / "loot"
        if loot.exists():
            seen["content"] = os.pread(self._ours.loot, _CHUNK, 0)
            inode = b":%d " % loot.stat().st_ino
            seen["locks"] = [
                row.split()[1:4] for row in _read("/proc/locks").splitlines() if inode in row
            ]
        return seen

    def _peers(self) -> object:
        ours = self._ours
        for name, reader in ours.readers().items():
            self._drain(name, reader)
        for index, one in enumerate(self._extra):
            self._drain(f"server {index}", one.fileno())
        self._take_descriptors()
        for name, listener in (
            ("callers", ours.sockets["listener"]),
            ("Unix callers", ours.sockets["unix_listener"]),
        ):
            while select.select([listener], [], [], 0)[0]:
                caller, _ = listener.accept()
                self._extra.append(caller)
                self._hear(name, b"1")
        own = [
            (
                one.getsockname(),
                one.getsockopt(socket.SOL_SOCKET, _SO_PRIORITY),
                one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN),
                _peer_of(one),
            )
            for one in ours.watched_sockets
        ]
        pipes = [
            (
                fcntl.fcntl(pipe, fcntl.F_GETOWN),
                fcntl.fcntl(pipe, _F_GETSIG),
                fcntl.fcntl(pipe, _F_GETPIPE_SZ),
            )
            for pipe in ours.watched_pipes
        ]
        return dict(self._heard), own, pipes, termios.tcgetwinsize(ours.terminal)

    def _processes(self) -> object:
        return len(_tasks(self.pid)), _children(self.pid), _children(os.getpid())

    def _place(self) -> object:
        folder = f"/proc/{self.pid}"
        links = [_link(f"{folder}/{name}") for name in ("root", "cwd", "exe")]
        spaces = {name: _link(f"{folder}/ns/{name}") for name in os.listdir(f"{folder}/ns")}  # noqa: PTH208 - thousands of looks
        # The same root by name may be another one by number.
        return (
            links,
            os.stat(f"{folder}/root").st_ino,  # noqa: PTH116 - of the link's end
            spaces,
            _read(f"{folder}/mountinfo"),
            _read(f"{folder}/cmdline"),
        )

    def _memory(self) -> object:
        rows = _read(f"/proc/{self.pid}/maps").splitlines()
        return [row for row in rows if b"x" in row[:45] or b"s " in row[:45] or b"[anon:" in row]

    def _victim_now(self) -> object:
        if self._victim is None:
            return None
        folder = f"/proc/{self._victim}/fd"
        open_now = [(number, _link(f"{folder}/{number}")) for number in os.listdir(folder)]  # noqa: PTH208 - thousands of looks
        return self.victims_secret(), _status(self._victim), open_now, _is_stopped(self._victim)

    def _system(self) -> object:
        users = {b"%d:" % int(uid) for uid in _status_rows(self.pid)[b"Uid"].split()}
        # The second column counts users of the count itself: it goes with every process of the
        # user.
        keys = [
            (row.split()[0], *row.split()[2:])
            for row in _read("/proc/key-users").splitlines()
            if row.split()[0] in users
        ]
        return keys, self._within_its_spaces() if self._root else None

    def _within_its_spaces(self) -> object:
        """Read the messages, the shared memory and the name of the attacker's own namespaces.

        Join them, look, and come back.
        """
        spaces = (("ipc", _NEW_IPC), ("uts", _NEW_UTS))
        back = [
            (os.open(f"/proc/self/ns/{namespace}", os.O_RDONLY), flag) for namespace, flag in spaces
        ]
        try:
            for namespace, flag in spaces:
                there = os.open(f"/proc/{self.pid}/ns/{namespace}", os.O_RDONLY)
                self._kernel.call("setns", there, flag)
                os.close(there)
            self._kernel.call("uname", self._names)
            # But for the times at which each was last used.
            return self._names.raw, [
                [row.split()[:8] for row in _read(f"/proc/sysvipc/{kind}").splitlines()]
                for kind in ("shm", "msg", "sem")
            ]
        finally:
            for descriptor, flag in back:
                self._kernel.call("setns", descriptor, flag)
                os.close(descriptor)

    def _life(self) -> object:
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return None if ended is None else (ended.si_code, ended.si_status)

    # --- the other ends

    def _drain(self, name: str, descriptor: int) -> None:
        while select.select([descriptor], [], [], 0)[0]:
            try:
                raw = os.read(descriptor, _CHUNK)
            except OSError as error:
                raw = str(error.errno).encode()
                self._heard[name] = self._heard.get(name, b"")[:_CHUNK] + raw
                return
            if not raw:
                self._heard[name] = (
                    self._heard.get(name, b"")
                    if self._heard.get(name, b"").endswith(b"\0end")
                    else self._heard.get(name, b"") + b"\0end"
                )
                return
            self._hear(name, raw)

    def _take_descriptors(self) -> None:
        while select.select([self._ours.sockets["datagrams"]], [], [], 0)[0]:
            raw, handed, _, _ = socket.recv_fds(self._ours.sockets["datagrams"], _CHUNK, 8)
            for number in handed:
                os.close(number)
            self._hear("descriptors", raw + bytes(len(handed)))

    def _hear(self, name: str, raw: bytes) -> None:
        self._heard[name] = (self._heard.get(name, b"") + raw)[-_CHUNK:] + struct.pack(
            "<I", len(raw)
        )


def _or_gone(look: Callable[[], object]) -> object:
    """Look at a process that may have ended.

    Then there is nothing to see, which is also a difference.
    """
    try:
        return look()
    except (FileNotFoundError, ProcessLookupError, ChildProcessError, PermissionError):
        return _GONE


def _status_rows(pid: int) -> dict[bytes, bytes]:
    rows = (line.partition(b":") for line in _read(f"/proc/{pid}/status").splitlines())
    return {name: value.strip() for name, _, value in rows}


def _status(pid: int) -> object:
    rows = {name: value for name, value in _status_rows(pid).items() if name in _STATUS_ROWS}
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    texts = {}
    for name in _FILES_OF_STATUS:
        with suppress(OSError):
            texts[name] = _read(f"/proc/{pid}/{name}")
    names = [_read(f"/proc/{pid}/task/{task}/comm") for task in _tasks(pid)]
    return (
        rows,
        [fields[index] for index in _STAT_FIELDS],
        texts,
        names,
        Kernel().call("ioprio_get", 1, pid),
    )


def _is_stopped(pid: int) -> bool:
    """Say whether a process is stopped; between running and sleeping it goes by itself."""
    return _status_rows(pid)[b"State"][:1] in b"tT"


def _tasks(pid: int) -> list[str]:
    return sorted(os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208 - thousands of looks


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in _tasks(pid):
        with suppress(OSError):
            found += map(int, _read(f"/proc/{pid}/task/{task}/children").split())
    return sorted(found)


def _descriptor(pid: int, number: str) -> list[bytes]:
    return [
        row
        for row in _read(f"/proc/{pid}/fdinfo/{number}").splitlines()
        if not row.startswith(b"pos:")
    ]


def _file(entry: os.DirEntry[str]) -> object:
    state = entry.stat(follow_symlinks=False)
    owner = (state.st_mode, state.st_uid, state.st_gid, state.st_nlink)
    return (
        *owner,
        state.st_size,
        state.st_blocks,
        state.st_mtime_ns,
        state.st_ctime_ns,
        os.listxattr(entry.path, follow_symlinks=False),
    )


def _peer_of(one: socket.socket) -> object:
    try:
        return one.getpeername()
    except OSError:
        return None


def _link(path: str) -> str:
    return os.readlink(path)  # noqa: PTH115 - thousands of looks


def _read(path: str) -> bytes:
    """Read a small file whole, without what a file object costs.

    A trial takes a hundred thousand of these.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        parts = []
        while part := os.read(descriptor, 1 << 20):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)
