# SPDX-License-Identifier: Apache-2.0
"""One process of a box, started beside it in the same place and with the same lock."""

import os
import select
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

from edge_agent.config.schema import Config
from edge_agent.confinement import lock
from edge_agent.confinement.enter import Plan, write_plan
from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.kernel.namespaces import User
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError
from edge_agent.process_settings import SensorSettings, write_settings
from privacy_audit.target.box import until
from wire_contract.messages.report import Level

LOCK_WITHIN_S = 120.0
END_WITHIN_S = 20.0
LOOK_EVERY_S = 0.5


class LockedProcess:
    """One locked process beside the box. Begins when told to; ends with its block."""

    def __init__(
        self, role: Role, settings: object, plan: Plan, words: Path, *inherited: int
    ) -> None:
        """Start it in its place.

        inherited: descriptors it keeps besides. words: what it prints.
        """
        self.role, self._words = role, words
        self._locked_fd, locked_in = os.pipe()
        go_out, self._go_fd = os.pipe()
        handed = (write_plan(plan), write_settings(settings), locked_in, go_out)
        enter, *own = map(str, handed)
        command = [
            sys.executable,
            "-I",
            "-m",
            "edge_agent.confinement.enter",
            enter,
            f"edge_agent.processes.{role}",
            *own,
        ]
        with (
            words.open("wb") as log,
            namespaces.own_processes(Kernel()) if plan.user else nullcontext(),
        ):
            self.process = subprocess.Popen(  # noqa: S603 - our own module
                command,
                pass_fds=(*handed, *inherited),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        for descriptor in handed:
            os.close(descriptor)

    def wait_locked(self) -> None:
        """Wait until it has locked itself.

        Raises ProcessError, with its last words, where it does not or ends.
        """
        ready = until(
            lambda: bool(select.select([self._locked_fd], [], [], LOOK_EVERY_S)[0]),
            within_s=LOCK_WITHIN_S,
        )
        # The descriptor closes at the lock and at the end alike.
        if not ready or self._ended_soon():
            raise ProcessError(
                f"{self.role} beside the box: not locked; its last words: {self.words()[-400:]}"
            )

    def go(self) -> bool:
        """Let it begin; False where it does not listen for the word."""
        try:
            os.write(
                self._go_fd, lock.word_with(Level.PROCESS) if self.role is Role.GATE else lock.GO
            )
        except BrokenPipeError:
            return False
        return True

    def words(self) -> str:
        """Return what it has printed."""
        return self._words.read_text("utf-8", "replace")

    def running(self) -> bool:
        """Say whether it has not ended."""
        return self.process.poll() is None

    def end(self) -> None:
        """End it, however it is."""
        for descriptor in (self._locked_fd, self._go_fd):
            os.close(descriptor)
        if self.running():
            self.process.terminate()
            try:
                self.process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()

    def _ended_soon(self) -> bool:
        try:
            self.process.wait(0.05)
        except subprocess.TimeoutExpired:
            return False
        return True


def sensor_process(
    config: Config, settings: SensorSettings, reads: tuple[str, ...], words: Path
) -> LockedProcess:
    """Start a sensor of these settings in the box's place for one.

    `reads` are the files that it may see besides the software.
    """
    user = (
        User(visible_files.SENSOR_UID, visible_files.SENSOR_UID)
        if namespaces.may_separate()
        else None
    )
    view = visible_files.sensor_view(reads=(*reads, str(config.camera.path)), camera_device=None)
    plan = Plan(view=view, user=user, network=False, umask=0o077)
    return LockedProcess(Role.SENSOR, settings, plan, words, settings.channel_fd)
