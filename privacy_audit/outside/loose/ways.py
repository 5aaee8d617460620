# SPDX-License-Identifier: Apache-2.0
"""A process of a box that is not locked in as it should be.

Whoever starts it must see that, and must not let it begin.

Started by the box's own supervisor in the place of a real process (see `supervision`), with that
one's settings. How it is loose stands in the name of a folder that its settings name:
SENSOR.GATE.UPLINK, a word for each. It says that it is locked, and waits; where it is let begin it
ends with the exit code that says so, and that is all it ever does. A lock allows three exit codes.
"""

import json
import mmap
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from edge_agent.confinement import lock
from edge_agent.confinement.kernel.bpf import compile_policy, pack
from edge_agent.confinement.kernel.calls import PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, Kernel
from edge_agent.confinement.kernel.seccomp import SECCOMP_SET_MODE_FILTER, _FilterProgram, install
from edge_agent.confinement.tables.policy import Policy, Role, Verdict, stage_b

TIGHT = "tight"
REFUSED_EXIT, BEGAN_EXIT, FAULT_EXIT = 0, 1, 3
HOLDS_S = 60.0


@dataclass(slots=True)
class Loose:
    """One process, its role, and what it needs to lock itself as a real one does."""

    role: Role
    settings: dict[str, Any]
    locked_fd: int
    go_fd: int
    film_fd: int = -1
    kernel: Kernel = field(default_factory=Kernel)
    held: list[mmap.mmap] = field(default_factory=list)

    @property
    def last(self) -> Policy:
        """The policy of its last filter, as the tables have it."""
        if self.role is Role.SENSOR:
            return stage_b(
                self.role,
                channel_fd=self.settings["channel_fd"],
                camera_fd=None,
                reads=(self.film_fd, self.go_fd),
            )
        return stage_b(self.role)

    def begin(self) -> None:
        """Take the first filter, close what a sensor is not to keep, and print nothing more."""
        lock.begin(self.role)
        if self.role is Role.SENSOR:
            lock.silence()
            lock.close_others(
                {0, 1, 2, self.settings["channel_fd"], self.locked_fd, self.go_fd, self.film_fd}
            )

    def end(self) -> None:
        """Take the limits and the last filter."""
        lock.limit(self.role)
        self.install(self.last)

    def install(self, policy: Policy) -> None:
        """Take a filter on every thread."""
        install(self.kernel, compile_policy(policy, self.kernel.machine))


def tight(one: Loose) -> None:
    """Lock everything, as it should be: the control."""
    one.begin()
    one.end()


def no_filter(_one: Loose) -> None:
    """Take nothing at all."""


def first_filter_only(one: Loose) -> None:
    """Stop half-way."""
    one.begin()
    lock.limit(one.role)


def another_filter(one: Loose) -> None:
    """Take as many filters as it should, the last of which lets everything through."""
    one.begin()
    lock.limit(one.role)
    one.install(replace(one.last, calls=(), otherwise=Verdict.ALLOW))


def one_thread_only(one: Loose) -> None:
    """Leave a thread behind that began before the lock."""
    threading.Thread(target=time.sleep, args=(HOLDS_S,), daemon=True).start()
    one.begin()
    lock.limit(one.role)
    program = compile_policy(one.last, one.kernel.machine)
    one.kernel.demand("no new privileges", "prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    one.kernel.demand(
        "seccomp",
        "seccomp",
        SECCOMP_SET_MODE_FILTER,
        0,
        _FilterProgram(len(program), pack(program)),
    )


def dumpable(one: Loose) -> None:
    """Let its memory be read by its own user."""
    one.begin()
    one.kernel.demand("dumpable", "prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)
    one.end()


def unlimited(one: Loose) -> None:
    """Keep the right to start processes and to open files."""
    one.begin()
    one.install(one.last)


def shared_memory(one: Loose) -> None:
    """Share memory that it may write."""
    one.held.append(mmap.mmap(-1, mmap.PAGESIZE, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS))
    tight(one)


WAYS: dict[str, Callable[[Loose], None]] = {
    TIGHT: tight,
    "no-filter": no_filter,
    "first-filter-only": first_filter_only,
    "another-filter": another_filter,
    "one-thread-only": one_thread_only,
    "dumpable": dumpable,
    "unlimited": unlimited,
    "shared-memory": shared_memory,
}
ROLES = (Role.SENSOR, Role.GATE, Role.UPLINK)
"""In the order in which the folder's name says how each is."""


def stand_in(settings_fd: int, locked_fd: int, go_fd: int) -> NoReturn:
    """Lock itself as it is told, say that it is locked, and wait for the word to begin."""
    try:
        _lock(settings_fd, locked_fd, go_fd)
        os.close(locked_fd)
        # Whoever is content writes a byte. Whoever is not closes the descriptor, or ends the
        # process.
        begins = os.read(go_fd, 1) != b""
    except BaseException:  # noqa: BLE001 - whatever it is, it must not look as if it had been let begin
        os._exit(FAULT_EXIT)
    os._exit(BEGAN_EXIT if begins else REFUSED_EXIT)


def _lock(settings_fd: int, locked_fd: int, go_fd: int) -> None:
    with os.fdopen(settings_fd) as pipe:
        settings = json.load(pipe)
    role = (
        Role.SENSOR
        if "camera" in settings
        else Role.GATE
        if "signing_key_path" in settings
        else Role.UPLINK
    )
    place = Path(settings["camera"]["path"] if role is Role.SENSOR else settings["outbox_path"])
    words = next(part.split(".") for part in place.parts if part.partition(".")[0] in WAYS)
    one = Loose(role, settings, locked_fd, go_fd)
    if role is Role.SENSOR:
        one.film_fd = os.open(place, os.O_RDONLY)
    _STANDING.append(one)
    WAYS[words[ROLES.index(role)]](one)


_STANDING: list[Loose] = []
"""Kept, so that what it shares stays shared."""
