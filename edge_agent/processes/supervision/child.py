# SPDX-License-Identifier: Apache-2.0
"""One process of a box: started in its place, measured, let begin, ended and started again.

Who starts it decides when; here is how.
"""

import contextlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable

from edge_agent.confinement import lock
from edge_agent.confinement.enter import NOT_CONFINED_EXIT, write_plan
from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.kernel.seccomp_programs import Filters
from edge_agent.confinement.probe import Measured, measure, stopped_by_filter
from edge_agent.confinement.process_exit import NOT_INSTALLED_EXIT
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import CAMERA_FAULTS, CameraFault, ProcessError
from edge_agent.process_settings import write_settings
from edge_agent.processes.camera_state import word_of
from edge_agent.processes.launch import Place
from edge_agent.processes.supervision.admission import not_locked
from edge_agent.processes.supervision.handshake import Handshake
from edge_agent.processes.supervision.restarts import RESTARTS_MAX, RESTARTS_WITHIN_S, Restarts

ENDING_S = 0.05
"""How long to wait, after a process has closed its end, to know whether it has locked itself or
ended."""
STOP_S = 15.0
"""How long a process may take to end when told to."""
log = logging.getLogger("edge_agent.processes.supervision.supervisor")


class Child:
    """One process of the box and the history of its restarts."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self.name, self.module = str(role), f"edge_agent.processes.{role}"
        self.process: subprocess.Popen[bytes] | None = None
        self.start_at_s: float | None = None
        self.seen: Measured | None = None
        """What its lock was measured to be, since it was last started."""
        self.admitted = False
        """Locked, measured, and found to be enough."""
        self._restarts = Restarts()
        self._begun_s: float | None = None
        self._handshake: Handshake | None = None

    def start(self, settings: object, place: Place, *inherited: int) -> None:
        """Start the process in its place with its settings.

        `inherited` are the descriptors it keeps besides.
        """
        self._handshake, theirs = Handshake.open(place.expected)
        handed = (write_plan(place.plan), write_settings(settings), *theirs)
        enter, *own = map(str, handed)
        command = [
            sys.executable,
            "-I",
            "-m",
            "edge_agent.confinement.enter",
            enter,
            self.module,
            *own,
        ]
        with namespaces.own_processes(Kernel()) if place.plan.user else contextlib.nullcontext():
            self.process = subprocess.Popen(  # noqa: S603 - our own module
                command, pass_fds=(*handed, *inherited), stdin=subprocess.DEVNULL
            )
        for descriptor in handed:
            os.close(descriptor)
        self.start_at_s = None

    @property
    def is_late(self) -> bool:
        """Whether it has not locked itself in time."""
        return self._handshake is not None and self._handshake.is_late

    def measured(self, read: Callable[[int], Filters | None] | None = None) -> Measured | None:
        """Return what the lock was measured to be, once, when it is on; None before and after.

        Raises ProcessError where the lock is not on in time.
        """
        handshake = self._handshake
        if handshake is None or self.process is None or not handshake.awaits_lock:
            return None
        if not handshake.is_locked():
            if handshake.is_late:
                raise not_locked(self.name)
            return None
        # The descriptor also closes when the process ends, and it may end while it is measured; its
        # exit code tells the story.
        if self._ends(self.process):
            return None
        try:
            seen = measure(self.process.pid, handshake.expected, read)
        except ProcessError:
            if self._ends(self.process):
                return None
            raise
        self.seen = None if seen.missing and self._ends(self.process) else seen
        return self.seen

    def go(self, word: bytes = lock.GO) -> None:
        """Let the process, locked and measured, begin; once."""
        if self._handshake is not None and self._handshake.go(word):
            self._begun_s = time.monotonic()

    @staticmethod
    def _ends(process: subprocess.Popen[bytes]) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(ENDING_S)
            return True
        return False

    def _forget_lock(self) -> None:
        self.admitted, self.seen, self._begun_s = False, None, None
        if self._handshake is not None:
            self._handshake.close()
            self._handshake = None

    def ended(self) -> int | None:
        """Return the exit code if the process has ended since it was last started."""
        return None if self.process is None else self.process.poll()

    def plan_restart(self, now_s: float, *, code: int) -> None:
        """Set when to start again.

        Raises ProcessError where it has ended too often in too short a time.
        """
        good_s = 0.0 if self._begun_s is None else now_s - self._begun_s
        self.process = None
        self._forget_lock()
        if code == NOT_CONFINED_EXIT:
            raise ProcessError(f"{self.name}: could not be confined; its own line above says why")
        if code == NOT_INSTALLED_EXIT:
            raise ProcessError(
                f"{self.name}: a library that it needs cannot be loaded; its own line above says "
                "which"
            )
        if code not in CAMERA_FAULTS:
            if self._restarts.too_often(now_s):
                raise ProcessError(
                    f"{self.name}: ended {RESTARTS_MAX + 1} times within {RESTARTS_WITHIN_S:.0f} "
                    f"s, last with exit code {code}; its own lines above say why"
                )
            self._restarts.count(now_s)
        wait_s = self._restarts.wait_s(good_s)
        self.start_at_s = now_s + wait_s
        log.warning(
            "%s ended with exit code %d%s; starting again in %.0f s",
            self.name,
            code,
            _why(code),
            wait_s,
        )

    def wait(self, *, within_s: float) -> None:
        """Give the process time to end by itself."""
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(within_s)

    def stop(self, *, within_s: float = STOP_S) -> None:
        """Tell the process to end, and make it where it does not."""
        locking = self._handshake is not None and self._handshake.awaits_word
        self._forget_lock()
        if self.process is None or self.process.poll() is not None:
            return
        if locking:
            # Nothing real has been seen yet, and the first process of its own numbers may not hear
            # a gentler word.
            self.process.kill()
        self.process.terminate()
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            log.warning(
                "%s did not end within %.0f s of being told to; killed", self.name, within_s
            )
            self.process.kill()
            self.process.wait()


def _why(code: int) -> str:
    """Return what an exit code says, as the end of a sentence's first half."""
    if stopped_by_filter(code):
        return ", at a system call that its policy forbids"
    if code in CAMERA_FAULTS - {CameraFault.LOST}:
        return f", camera: {word_of(code)}"
    return ", as if all were done, which it never is while the box runs" if code == 0 else ""
