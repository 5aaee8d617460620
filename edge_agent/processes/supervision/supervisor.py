# SPDX-License-Identifier: Apache-2.0
"""Start the three processes of a box, look after them, and start again what ends before its time.

The children get plain values on an inherited descriptor and share nothing but the channel (sensor
to gate) and the outbox file (gate to uplink).

Each child locks itself and waits; the supervisor measures the lock from outside and only then says
go. So the sensor reads no real frame and the gate takes no record before what confines them has
been seen. Gate and uplink do not wait for the camera: the level that reports say is what the gate's
lock is measured to be, and whoever comes after must reach it.
"""

import logging
import signal
import time
from collections.abc import Callable

from edge_agent.config.schema import Config
from edge_agent.confinement import lock
from edge_agent.confinement.kernel.filter_reader import FilterReader
from edge_agent.confinement.kernel.seccomp_programs import Filters
from edge_agent.confinement.probe import Measured
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import CAMERA_FAULTS, CameraFault, ProcessError
from edge_agent.process_settings import Source
from edge_agent.processes.launch import DRAIN_S
from edge_agent.processes.supervision.admission import (
    hold_to_config,
    hold_to_level,
    level_to_tell,
    word_for,
)
from edge_agent.processes.supervision.broker_admission import BrokerAdmission
from edge_agent.processes.supervision.camera_side import CameraSide
from edge_agent.processes.supervision.child import STOP_S, Child
from edge_agent.processes.supervision.starting import Starting
from wire_contract.messages.report import Level

POLL_S = 0.1
_NOT_WHOLE = (
    "%s: could not be read, or not all of it: it breaks off or is damaged, and what was counted is "
    "not all; edge-agent replay says what came and what was wanted; copy it anew"
)
"""A locked process has no words, only its exit code."""
log = logging.getLogger("edge_agent.processes.supervision.supervisor")


class Supervisor:
    """One run of a box."""

    def __init__(
        self,
        config: Config,
        *,
        read_filters: Callable[[int], Filters | None] | None = None,
        child: Callable[[Role], Child] = Child,
    ) -> None:
        """Take what the run needs; nothing is started.

        read_filters reads the children's filters for a supervisor that has a filter itself and is
        not handed them. child makes what stands for a process; an audit puts its own in the place
        of the box's.
        """
        self._config = config
        self._read_filters = read_filters
        self._starting = Starting(config)
        self._camera = CameraSide(config, child)
        self._gate, self._uplink = child(Role.GATE), child(Role.UPLINK)
        self._broker = BrokerAdmission(config)
        self._level: Level | None = None

    def run(self, stopping: list[int]) -> int:
        """Run until the file has ended and been reported, or a signal.

        Return the exit code of `edge-agent run`.
        """
        try:
            self._starting.lay_out_store()
            self._broker.begin()
            self._start(self._gate)
            self._start(self._uplink)
            code = None
            while not stopping and code is None:
                code = self._look_after(time.monotonic())
                time.sleep(POLL_S)
        finally:
            self._stop()
        return code or 0

    def _start(self, child: Child) -> None:
        self._starting.start(child, self._camera.feed)

    def _look_after(self, now_s: float) -> int | None:
        """Look after each child.

        Return the box's exit code once its file has ended or cannot be read.
        """
        self._camera.turn(now_s)
        self._broker.turn(now_s)
        for child in self._children():
            code = child.ended()
            if code is not None:
                if child is self._camera.sensor and self._is_file_over(code):
                    if code == CameraFault.LOST:
                        log.error(_NOT_WHOLE, self._config.camera.path)
                    return min(code, 1)
                self._camera.note_end(child, code)
                child.plan_restart(now_s, code=code)
            if (measured := self._measured(child)) is not None:
                self._admit(child, measured)
            if (
                child.start_at_s is not None
                and now_s >= child.start_at_s
                and self._camera.may_start(child)
            ):
                self._start(child)
        return None

    def _measured(self, child: Child) -> Measured | None:
        """Return what a child's lock was measured to be, once.

        What holds the camera may be kept by it: then only that is ended.
        """
        try:
            return child.measured(self._read_filters)
        except ProcessError as error:
            if child.process is None or not child.is_late or child in (self._gate, self._uplink):
                raise
            log.error("%s", error)  # noqa: TRY400 - a stack would bury it
            child.process.kill()
            return None

    def _children(self) -> tuple[Child, ...]:
        """Return the processes in the order of the trip."""
        return (*self._camera.children(), self._gate, self._uplink)

    def _admit(self, child: Child, measured: Measured) -> None:
        """Let a measured child begin.

        Raises ProcessError where it is confined less than it must be, or than the box has told.

        The first gate's lock, and the kind of camera, decide what the box tells. Until then nobody
        begins.
        """
        hold_to_config(child.name, measured, self._config, log)
        child.seen = measured
        if self._level is None and child is self._gate:
            self._level = level_to_tell(measured, self._config)
        if self._level is not None:
            self._let_begin(self._level)

    def _let_begin(self, level: Level) -> None:
        """Let all begin that have been measured and reach the level that the box tells."""
        for one in self._children():
            if one.seen is not None:
                hold_to_level(one.seen, level)
                one.admitted = True
        # The sensor begins last: what it says before there is a gate would be said for a slot that
        # the gate never opened.
        sensor = self._camera.sensor
        for one in sorted(self._children(), key=lambda one: one is sensor):
            if not one.admitted or (one is sensor and not self._gate.admitted):
                continue
            one.go(word_for(one.role, level))
            if one is sensor:
                self._camera.note_begun()

    def _is_file_over(self, code: int) -> bool:
        """Say whether a file has ended, or cannot be read, which it never will be.

        A live camera has no end: a sensor that says so is at fault, and is started again as any
        other.
        """
        return code in {0, *CAMERA_FAULTS} and self._config.camera.source is Source.FILE

    def _stop(self) -> None:
        """End in the order of the trip, so that what was counted still gets out.

        Sensor, gate, uplink (which drains first).
        """
        self._camera.shut()
        self._starting.end_channel()
        if self._gate.admitted:
            self._gate.wait(within_s=DRAIN_S)
        self._gate.stop()
        if self._level is not None:
            self._await(self._uplink)
        self._uplink.stop(within_s=DRAIN_S + STOP_S)
        self._broker.end()
        self._camera.forget()
        self._starting.close()

    def _await(self, child: Child) -> None:
        """Let a child begin that is about to lock itself or waits to be started again.

        It sends what waits, or says how much.
        """
        until_s = time.monotonic() + DRAIN_S
        if child.process is None or child.ended() is not None:
            child.stop()
            self._start(child)
        while (
            child.process is not None
            and child.ended() is None
            and child.seen is None
            and time.monotonic() < until_s
        ):
            try:
                if (measured := child.measured(self._read_filters)) is not None:
                    self._admit(child, measured)
            except ProcessError as error:
                log.error("%s", error)  # noqa: TRY400 - a stack would bury it
                return
            time.sleep(POLL_S)


def supervise(config: Config) -> int:
    """Run the box of this config until its file has ended, SIGTERM or SIGINT.

    Return the exit code.
    """
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    reader = FilterReader()
    try:
        lock.close_supervisor()
        return Supervisor(config, read_filters=reader.read).run(stopping)
    finally:
        reader.close()
