# SPDX-License-Identifier: Apache-2.0
"""Start the three processes of a box, watch them, and start again what ends before its time.

The children get plain values on an inherited descriptor and share nothing but the channel (sensor
to gate) and the outbox file (gate to uplink). The supervisor keeps the channel's writing end open,
so that the gate outlives a sensor that is started anew.

Each child locks itself and waits; the supervisor measures the lock from outside and only then says
go. So the sensor reads no real frame and the gate takes no record before what confines them has
been seen. Gate and uplink do not wait for the camera: the level that reports say is what the gate's
lock is measured to be, and whoever comes after must reach it.
"""

import logging
import os
import signal
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from edge_agent.config.schema import Config
from edge_agent.config.site_rules import level_min, level_max, may_be_open
from edge_agent.confinement import lock
from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.filter_reader import FilterReader
from edge_agent.confinement.kernel.namespaces import User
from edge_agent.confinement.kernel.seccomp_programs import Filters
from edge_agent.confinement.probe import Measured, require, weakest
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import CAMERA_FAULTS, CameraFault, ProcessError, StoreError
from edge_agent.process_settings import Source
from edge_agent.processes import camera_state
from edge_agent.processes.camera_state import CameraState
from edge_agent.processes.launch import (
    DRAIN_S,
    begin_run,
    gate_place,
    gate_settings,
    outbox_path,
    sensor_place,
    sensor_settings,
    uplink_place,
    uplink_settings,
)  # fmt: skip
from edge_agent.processes.supervision.broker_admission import Admission
from edge_agent.processes.supervision.child import STOP_S, Child
from edge_agent.processes.supervision.feed import Feed
from edge_agent.store import layout

if TYPE_CHECKING:
    from wire_contract.messages.report import Level

POLL_S = 0.1
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
        """read_filters reads the children's filters for a supervisor that has a filter itself and is not handed them.

        child makes what stands for a process; an audit puts its own in the place of the box's.
        """
        self._config = config
        self._read_filters = read_filters
        self._channel_out, self._channel_in = os.pipe2(os.O_DIRECT | os.O_CLOEXEC)
        self._run = begin_run(config)
        self._sensor, self._gate, self._uplink = (
            child(Role.SENSOR),
            child(Role.GATE),
            child(Role.UPLINK),
        )
        self._feed = Feed(config) if config.camera.source.is_network else None
        self._separate = namespaces.may_separate()
        self._admission = Admission(config)
        self._level: Level | None = None
        self._camera: str = CameraState.OPENING
        self._resting: bool | None = None
        """Whether the camera is shut because of the hour; None before the first look."""

    def run(self, stopping: list[int]) -> int:
        """Run until the file has ended and been reported, or a signal.

        Return the exit code of `edge-agent run`.
        """
        try:
            self._lay_out_store()
            self._admission.begin()
            self._start(self._gate)
            self._start(self._uplink)
            code = None
            while not stopping and code is None:
                code = self._watch(time.monotonic())
                time.sleep(POLL_S)
        finally:
            self._stop()
        return code or 0

    def _lay_out_store(self) -> None:
        """Make the folders that gate and uplink write to, and give them to their users where we may."""
        outbox, store = outbox_path(self._config).parent, self._config.store.directory
        with layout.named(store):
            outbox.mkdir(parents=True, exist_ok=True)
            if self._separate:
                gate, shared = (
                    User(visible_files.GATE_UID, visible_files.GATE_UID),
                    User(visible_files.GATE_UID, visible_files.OUTBOX_GID),
                )
                namespaces.hand_over(str(store), user=gate, mode=0o700, file_mode=0o600)
                namespaces.hand_over(str(outbox), user=shared, mode=0o2770, file_mode=0o660)

    def _start(self, child: Child) -> None:
        config, run = self._config, self._run
        if self._feed is not None and child is self._feed.child:
            self._feed.start()
        elif child is self._sensor:
            inherited = () if self._feed is None else self._feed.handed()
            feed_fd = None if self._feed is None else self._feed.reading_fd
            place = sensor_place(
                config, channel_fd=self._channel_in, feed_fd=feed_fd, separate=self._separate
            )
            child.start(
                sensor_settings(config, run, channel_fd=self._channel_in, feed_fd=feed_fd),
                place,
                self._channel_in,
                *inherited,
            )
            if self._feed is not None:
                self._feed.forget()
        elif child is self._gate:
            settings = gate_settings(config, run, channel_fd=self._channel_out)
            child.start(settings, gate_place(config, separate=self._separate), self._channel_out)
        else:
            child.start(uplink_settings(config, run), uplink_place(config, separate=self._separate))

    def _watch(self, now_s: float) -> int | None:
        """Look after each child; return the box's exit code once its file has ended or cannot be read."""
        self._mind_the_hours()
        self._admission.turn(now_s)
        if self._feed is not None:
            self._feed.look(now_s)
        for child in self._children():
            code = child.ended()
            if code is not None:
                if child is self._sensor and self._is_file_over(code):
                    return min(code, 1)
                self._tell_end(child, code)
                child.plan_restart(now_s, code=code)
            if (measured := self._measured(child)) is not None:
                self._admit(child, measured)
            if (
                child.start_at_s is not None
                and now_s >= child.start_at_s
                and self._may_start(child)
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
        return (
            *((self._feed.child,) if self._feed is not None else ()),
            self._sensor,
            self._gate,
            self._uplink,
        )

    def _open_eye(self) -> None:
        """Start what looks first: the feeder where there is one, whose sensor follows once it has been measured."""
        self._tell(CameraState.OPENING)
        self._sensor.start_at_s = 0.0
        if self._feed is not None:
            self._feed.child.start_at_s = 0.0

    def _close_eye(self) -> None:
        """End what looks. The sensor says what it has counted before its feed ends."""
        self._sensor.stop()
        self._sensor.process, self._sensor.start_at_s = None, None
        if self._feed is not None:
            self._feed.stop()

    def _may_start(self, child: Child) -> bool:
        """Say whether a process may start now.

        A sensor behind a feeder needs a feed that nobody has read from.
        """
        return self._feed is None or child is not self._sensor or self._feed.is_fresh()

    def _mind_the_hours(self) -> None:
        """Close the camera outside its stated hours and after its last day, and open it again when they come."""
        open_now = may_be_open(self._config, datetime.now().astimezone())
        if not open_now and not self._resting:
            log.info("the camera is not to be open now; it is closed until its hours come")
            self._close_eye()
            self._tell(CameraState.RESTING)
        elif open_now and self._resting is not False:
            if self._resting:
                log.info("the camera's hours have come; it is opened")
            self._open_eye()
        self._resting = not open_now

    def _admit(self, child: Child, measured: Measured) -> None:
        """Let a measured child begin.

        Raises ProcessError where it is confined less than it must be, or than the box has told.

        The first gate's lock, and the kind of camera, decide what the box tells. Until then nobody
        begins.
        """
        log.info(
            "%s: confinement level %s (%s)",
            child.name,
            measured.level,
            "; ".join(measured.evidence),
        )
        if measured.missing:
            log.info("%s: missing for a higher level: %s", child.name, "; ".join(measured.missing))
        require(measured.level, level_min(self._config), missing=measured.missing)
        child.seen = measured
        if self._level is None and child is self._gate:
            self._level = weakest((measured.level, level_max(self._config)))
        if self._level is not None:
            self._let_begin(self._level)

    def _let_begin(self, level: "Level") -> None:
        """Let all begin that have been measured and reach the level that the box tells."""
        for one in self._children():
            if one.seen is not None:
                require(one.seen.level, level, missing=one.seen.missing)
                one.admitted = True
        # The sensor begins last: what it says before there is a gate would be said for a slot that
        # the gate never opened.
        for one in sorted(self._children(), key=lambda one: one is self._sensor):
            if not one.admitted or (one is self._sensor and not self._gate.admitted):
                continue
            one.go(lock.word_with(level) if one is self._gate else lock.GO)
            if one is self._sensor and self._camera != CameraState.OPEN:
                self._tell(CameraState.OPEN)

    def _tell_end(self, child: Child, code: int) -> None:
        """Say what the end of a process means for the camera.

        Where feeder and sensor end together, the first end says more: the other is only left alone.
        """
        if child in (self._gate, self._uplink):
            return
        follows = self._camera == CameraState.ENDED or (
            child is self._sensor and self._camera != CameraState.OPEN
        )
        if self._feed is None or code != CameraFault.LOST or not follows:
            self._tell(camera_state.word_of(code))

    def _tell(self, word: str) -> None:
        """Write down how the camera stands. A disk that takes nothing is no reason to end."""
        self._camera = word
        try:
            camera_state.tell(self._config.store.directory, word, utc_s=time.time())
        except StoreError as error:
            log.warning("%s", error)

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
        self._close_eye()
        os.close(self._channel_in)
        if self._gate.admitted:
            self._gate.wait(within_s=DRAIN_S)
        self._gate.stop()
        if self._level is not None:
            self._await(self._uplink)
        self._uplink.stop(within_s=DRAIN_S + STOP_S)
        self._admission.end()
        camera_state.forget(self._config.store.directory)
        os.close(self._channel_out)

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
    """Run the box of this config until its file has ended, SIGTERM or SIGINT; return the exit code."""
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    reader = FilterReader()
    try:
        lock.close_supervisor()
        return Supervisor(config, read_filters=reader.read).run(stopping)
    finally:
        reader.close()
