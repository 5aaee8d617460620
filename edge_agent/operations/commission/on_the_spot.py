# SPDX-License-Identifier: Apache-2.0
"""Who may open a session: root, on the box itself, while nothing of the box publishes.

Root can do anything on a machine; what is here keeps a session from being opened by mistake, from
afar, or beside a running box, and says why. What no program but root's can do is held by the
kernel: users, namespaces and views of their own, without which neither process is let begin.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from edge_agent.confinement.appearance import word
from edge_agent.confinement.kernel.namespaces import may_separate
from edge_agent.confinement.tables.policy import COUNTING, Role
from edge_agent.errors import ProcessError

MINUTES_MAX = 30
_REMOTE = frozenset(
    {"sshd", "sshd-session", "dropbear", "telnetd", "in.telnetd", "mosh-server", "rshd"}
)
"""What brings a shell from afar."""
_ANCESTORS_MAX = 64


def require_on_the_spot() -> None:
    """Raise ProcessError unless this is root of the machine, and not from afar."""
    if not may_separate():
        raise ProcessError(
            "commission: only root of the box may open it, on the spot: users and namespaces of "
            "their own are the wall between the camera and the page; run it with sudo, at the box"
        )
    if far := remote_of(ancestors(os.getpid())):
        raise ProcessError(
            f"commission: this shell came over {far}; a box is set up by who stands before it: log "
            "in at its console or its serial port"
        )


def ancestors(pid: int) -> list[str]:
    """Return the names of a process and of those above it, the nearest first."""
    names: list[str] = []
    while pid > 0 and len(names) < _ANCESTORS_MAX:
        try:
            rows = dict(
                line.split(":\t", 1)
                for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
                if ":\t" in line
            )
        except OSError:
            break
        names.append(rows["Name"])
        pid = int(rows["PPid"])
    return names


def remote_of(names: Iterable[str]) -> str | None:
    """Return which of these programs brings a shell from afar, None where none does."""
    return next((name for name in names if name in _REMOTE), None)


def publishing(store_files: Iterable[Path]) -> tuple[str, ...]:
    """Return the roles of a counting box whose processes hold one of these files open.

    By the file itself, not by its name: a locked process sees it under a root of its own.
    """
    wanted = {(found.st_dev, found.st_ino) for found in map(_stat, store_files) if found}
    roles = {word(role): str(role) for role in COUNTING}
    found = {
        roles[name]
        for pid, name in _named(roles)
        if any(
            (held.st_dev, held.st_ino) in wanted
            for held in map(_stat, _descriptors(pid))
            if held is not None
        )
    }
    return tuple(sorted(found))


def open_sessions() -> tuple[int, ...]:
    """Return the processes of a session that are there on this machine now."""
    words = (word(Role.SURVEYOR), word(Role.PAGE))
    return tuple(pid for pid, _ in _named(words))


def _named(words: Iterable[str]) -> list[tuple[int, str]]:
    found, wanted = [], frozenset(words)
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            name = (folder / "comm").read_text("utf-8", "replace").rstrip("\n")
        except OSError:
            continue
        if name in wanted:
            found.append((int(folder.name), name))
    return found


def _descriptors(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return []


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
