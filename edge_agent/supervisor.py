# SPDX-License-Identifier: Apache-2.0
"""Start the three processes of a box, watch them, and start again what ends before its time.

The children get plain values on an inherited descriptor and share nothing but the channel (sensor to gate) and the outbox file
(gate to uplink). The supervisor keeps the channel's writing end open, so that the gate outlives a sensor that is started anew.

Each child locks itself and waits; the supervisor measures the lock from outside and only then says go. So the sensor reads no
real frame and the gate takes no record before what confines them has been seen.
"""

import contextlib
import fcntl
import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from edge_agent import store_place
from edge_agent.broker_admission import Admission
from edge_agent.config import Config
from edge_agent.confinement import lock, namespaces, views
from edge_agent.confinement.enter import NOT_CONFINED_EXIT, write_plan
from edge_agent.confinement.filter_reader import FilterReader
from edge_agent.confinement.firewall import Firewall, Peer
from edge_agent.confinement.kernel import Kernel
from edge_agent.confinement.namespaces import User
from edge_agent.confinement.policy import Role
from edge_agent.confinement.probe import Expected, Filters, Measured, measure, require, stopped_by_filter
from edge_agent.errors import ProcessError
from edge_agent.handover import Source, write_settings
from edge_agent.settings import (
    DRAIN_S,
    Place,
    begin_run,
    feeder_place,
    feeder_settings,
    gate_place,
    gate_settings,
    outbox_path,
    sensor_place,
    sensor_settings,
    uplink_place,
    uplink_settings,
)  # fmt: skip
from edge_agent.site_rules import level_min, may_be_open
from edge_agent.uplink.backoff import Backoff

if TYPE_CHECKING:
    from wire_contract.report import Level

POLL_S = 0.1
CHANNEL_BYTES = 65_536
FEED_PIPE_BYTES = 1_048_576
"""As large as any user's pipe may be: fewer turns between feeder and sensor for each frame."""
FIREWALL_LOOK_S = 5.0
"""How often the feeder's firewall is looked at while it runs."""
RESTART = Backoff(base_s=1.0, most_s=60.0)
RESTARTS_MAX = 10
"""Restarts of one process within RESTARTS_WITHIN_S; beyond it the box gives up and says why. A lost camera is exempt."""
RESTARTS_WITHIN_S = 600.0
CAMERA_LOST_EXIT = 3
ENDING_S = 0.05
"""How long to wait, after a process has closed its end, to know whether it has locked itself or ended."""
STOP_S = 15.0
"""How long a process may take to end when told to."""
LOCK_WITHIN_S = 120.0
"""How long a process may take from its start to its lock: on a small board most of it is loading the model."""
log = logging.getLogger("edge_agent.supervisor")


class Child:
    """One process of the box and the history of its restarts."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self.name = str(role)
        self.process: subprocess.Popen[bytes] | None = None
        self.start_at_s: float | None = None
        self.restarts: deque[float] = deque(maxlen=RESTARTS_MAX)
        self.failures = 0
        self.admitted = False
        """Locked, measured, and found to be enough."""
        self._locked_fd: int | None = None
        self._go_fd: int | None = None
        self._lock_until_s = 0.0
        self._expected: Expected | None = None

    def start(self, settings: object, place: Place, *inherited: int) -> None:
        """Start the process in its place with its settings; `inherited` are the descriptors it keeps besides."""
        self._locked_fd, locked_in = os.pipe()
        go_out, self._go_fd = os.pipe()
        self._expected = replace(place.expected, go_fd=go_out)
        handed = (write_plan(place.plan), write_settings(settings), locked_in, go_out)
        enter, *own = map(str, handed)
        command = [sys.executable, "-I", "-m", "edge_agent.confinement.enter", enter, f"edge_agent.{self.name}_process", *own]
        with namespaces.own_processes(Kernel()) if place.plan.user else contextlib.nullcontext():
            self.process = subprocess.Popen(command, pass_fds=(*handed, *inherited), stdin=subprocess.DEVNULL)  # noqa: S603 - our own module
        for descriptor in handed:
            os.close(descriptor)
        self._lock_until_s = time.monotonic() + LOCK_WITHIN_S
        self.start_at_s = None

    def measured(self, read: Callable[[int], Filters | None] | None = None) -> Measured | None:
        """Return what the lock was measured to be, once, when it is on; None before and after.

        Raises ProcessError where the lock is not on in time.
        """
        if self._locked_fd is None or self.process is None or self._expected is None:
            return None
        if not select.select([self._locked_fd], [], [], 0.0)[0]:
            if time.monotonic() > self._lock_until_s:
                raise ProcessError(
                    f"{self.name}: not locked within {LOCK_WITHIN_S:.0f} s of its start; its own lines above say why"
                )
            return None
        os.close(self._locked_fd)
        self._locked_fd = None
        # The descriptor also closes when the process ends, and it may end while it is measured; its exit code tells the story.
        if self._ends(self.process):
            return None
        try:
            seen = measure(self.process.pid, self._expected, read)
        except ProcessError:
            if self._ends(self.process):
                return None
            raise
        return None if seen.missing and self._ends(self.process) else seen

    def go(self) -> None:
        """Let the process, locked and measured, begin."""
        if self._go_fd is not None:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._go_fd, b"1")
            os.close(self._go_fd)
            self._go_fd = None

    @staticmethod
    def _ends(process: subprocess.Popen[bytes]) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(ENDING_S)
            return True
        return False

    def _forget_lock(self) -> None:
        self.admitted = False
        for descriptor in (self._locked_fd, self._go_fd):
            if descriptor is not None:
                os.close(descriptor)
        self._locked_fd = self._go_fd = None

    def ended(self) -> int | None:
        """Return the exit code if the process has ended since it was last started."""
        return None if self.process is None else self.process.poll()

    def plan_restart(self, now_s: float, *, code: int) -> None:
        """Set when to start again. Raises ProcessError where it has ended too often in too short a time."""
        self.process = None
        self._forget_lock()
        if code == NOT_CONFINED_EXIT:
            raise ProcessError(f"{self.name}: could not be confined; its own line above says why")
        if code != CAMERA_LOST_EXIT:
            if len(self.restarts) == RESTARTS_MAX and now_s - self.restarts[0] < RESTARTS_WITHIN_S:
                raise ProcessError(
                    f"{self.name}: ended {RESTARTS_MAX + 1} times within {RESTARTS_WITHIN_S:.0f} s, last with exit code {code}; "
                    "its own lines above say why"
                )
            self.restarts.append(now_s)
        wait_s = RESTART.ceiling_s(self.failures)
        self.failures += 1
        self.start_at_s = now_s + wait_s
        why = ", at a system call that its policy forbids" if stopped_by_filter(code) else ""
        if code == 0:
            why = ", as if all were done, which it never is while the box runs"
        log.warning("%s ended with exit code %d%s; starting again in %.0f s", self.name, code, why, wait_s)

    def wait(self, *, within_s: float) -> None:
        """Give the process time to end by itself."""
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(within_s)

    def stop(self, *, within_s: float = STOP_S) -> None:
        """Tell the process to end, and make it where it does not."""
        locking = self._go_fd is not None
        self._forget_lock()
        if self.process is None or self.process.poll() is not None:
            return
        if locking:
            # Nothing real has been seen yet, and the first process of its own numbers may not hear a gentler word.
            self.process.kill()
        self.process.terminate()
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            log.warning("%s did not end within %.0f s of being told to; killed", self.name, within_s)
            self.process.kill()
            self.process.wait()


class Feed:
    """The feeder of a network camera, the pipe from it to the sensor, and the firewall around it.

    Each feeder has a pipe of its own, and each pipe one reader: where either end goes, the other ends as for a lost camera, and
    both are started anew.
    """

    def __init__(self, config: Config) -> None:
        if not namespaces.may_separate():
            raise ProcessError("feeder: a network camera needs root: its process gets a user, namespaces and a firewall of its own")
        self._config = config
        self._firewall = Firewall(Peer(str(config.camera.host), int(config.camera.port or 0)), uid=views.FEEDER_UID)
        self._look_at_s = 0.0
        self._fresh = False
        self.child = Child(Role.FEEDER)
        self.reading_fd: int | None = None

    def start(self) -> None:
        """Lay the firewall and start the feeder with a new pipe. Raises ProcessError where the firewall cannot be laid."""
        self.forget()
        self._firewall.lay()
        self.reading_fd, writing_fd = os.pipe()
        fcntl.fcntl(writing_fd, fcntl.F_SETPIPE_SZ, FEED_PIPE_BYTES)
        place = feeder_place(self._config, feed_fd=writing_fd, firewall=self._firewall)
        self.child.start(feeder_settings(self._config, feed_fd=writing_fd), place, writing_fd)
        os.close(writing_fd)
        self._fresh = True

    def is_fresh(self) -> bool:
        """Say whether a measured feeder waits for its sensor."""
        return self._fresh and self.child.admitted and self.child.ended() is None

    def handed(self) -> tuple[int, ...]:
        """Return the pipe's reading end, for the one process that gets it."""
        return () if self.reading_fd is None else (self.reading_fd,)

    def forget(self) -> None:
        """Close our own reading end, so that the feeder sees it when its sensor goes."""
        self._fresh = False
        if self.reading_fd is not None:
            os.close(self.reading_fd)
            self.reading_fd = None

    def look(self, now_s: float) -> None:
        """Look now and then whether the firewall still stands; without it the feeder is ended, and started behind a new one."""
        if now_s < self._look_at_s or self.child.process is None or self.child.ended() is not None:
            return
        self._look_at_s = now_s + FIREWALL_LOOK_S
        if not self._firewall.holds():
            log.error("feeder: its firewall is not as it was laid; the feeder is stopped, and started behind a new one")
            self.child.process.kill()

    def stop(self) -> None:
        """End the feeder, and only then take its firewall away."""
        self.child.stop()
        self.child.process, self.child.start_at_s = None, None
        self.forget()
        if self._firewall.is_laid:
            self._firewall.remove()


class Supervisor:
    """One run of a box."""

    def __init__(self, config: Config, *, read_filters: Callable[[int], Filters | None] | None = None) -> None:
        """read_filters reads the children's filters for a supervisor that has a filter itself and is not handed them."""
        self._config = config
        self._read_filters = read_filters
        self._channel_out, self._channel_in = os.pipe2(os.O_DIRECT | os.O_CLOEXEC)
        self._run = begin_run(config)
        self._sensor, self._gate, self._uplink = Child(Role.SENSOR), Child(Role.GATE), Child(Role.UPLINK)
        self._feed = Feed(config) if config.camera.source.is_network else None
        self._separate = namespaces.may_separate()
        self._admission = Admission(config)
        self._level: Level | None = None
        self._resting = False

    def run(self, stopping: list[int]) -> int:
        """Run until the file has ended and been reported, or a signal; return the exit code of `edge-agent run`."""
        try:
            self._lay_out_store()
            self._admission.begin()
            self._open_eye()
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
        with store_place.named(store):
            outbox.mkdir(parents=True, exist_ok=True)
            if self._separate:
                gate, shared = User(views.GATE_UID, views.GATE_UID), User(views.GATE_UID, views.OUTBOX_GID)
                namespaces.hand_over(str(store), user=gate, mode=0o700, file_mode=0o600)
                namespaces.hand_over(str(outbox), user=shared, mode=0o2770, file_mode=0o660)

    def _start(self, child: Child) -> None:
        config, run = self._config, self._run
        if self._feed is not None and child is self._feed.child:
            self._feed.start()
        elif child is self._sensor:
            inherited = () if self._feed is None else self._feed.handed()
            feed_fd = None if self._feed is None else self._feed.reading_fd
            place = sensor_place(config, channel_fd=self._channel_in, feed_fd=feed_fd, separate=self._separate)
            child.start(
                sensor_settings(config, run, channel_fd=self._channel_in, feed_fd=feed_fd), place, self._channel_in, *inherited
            )
            if self._feed is not None:
                self._feed.forget()
        elif child is self._gate:
            if self._level is None:
                raise ProcessError("gate: nothing has been measured yet; wanted the level that its reports are to say")
            settings = gate_settings(config, run, channel_fd=self._channel_out, level=self._level)
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
                child.plan_restart(now_s, code=code)
            if (measured := child.measured(self._read_filters)) is not None:
                self._admit(child, measured)
            if child.start_at_s is not None and now_s >= child.start_at_s and self._may_start(child):
                self._start(child)
        return None

    def _children(self) -> tuple[Child, ...]:
        """Return the processes in the order of the trip."""
        return (*((self._feed.child,) if self._feed is not None else ()), self._sensor, self._gate, self._uplink)

    def _open_eye(self) -> None:
        """Start what looks first: the feeder where there is one, whose sensor follows once it has been measured."""
        if self._feed is None:
            self._start(self._sensor)
        else:
            self._feed.child.start_at_s = self._sensor.start_at_s = 0.0

    def _close_eye(self) -> None:
        """End what looks. The sensor says what it has counted before its feed ends."""
        self._sensor.stop()
        self._sensor.process, self._sensor.start_at_s = None, None
        if self._feed is not None:
            self._feed.stop()

    def _may_start(self, child: Child) -> bool:
        """Say whether a process may start now: a sensor behind a feeder needs a feed that nobody has read from."""
        return self._feed is None or child is not self._sensor or self._feed.is_fresh()

    def _mind_the_hours(self) -> None:
        """Close the camera outside its stated hours and after its last day, and open it again when they come."""
        open_now = may_be_open(self._config, datetime.now().astimezone())
        if not open_now and not self._resting:
            log.info("the camera is not to be open now; it is closed until its hours come")
            self._close_eye()
        elif open_now and self._resting:
            log.info("the camera's hours have come; it is opened")
            self._open_eye()
        self._resting = not open_now

    def _admit(self, child: Child, measured: Measured) -> None:
        """Let a measured child begin. Raises ProcessError where it is confined less than it must be, or than the box has told."""
        log.info("%s: confinement level %s (%s)", child.name, measured.level, "; ".join(measured.evidence))
        if measured.missing:
            log.info("%s: missing for a higher level: %s", child.name, "; ".join(measured.missing))
        require(measured.level, level_min(self._config), missing=measured.missing)
        if self._level is None:
            self._level = measured.level
            self._start(self._gate)
            self._start(self._uplink)
        require(measured.level, self._level, missing=measured.missing)
        child.admitted = True
        # The sensor begins last: what it says before there is a gate would be said for a slot that the gate never opened.
        for one in sorted(self._children(), key=lambda one: one is self._sensor):
            if one.admitted and (one is not self._sensor or self._gate.admitted):
                one.go()

    def _is_file_over(self, code: int) -> bool:
        """Say whether a file has ended, or cannot be read, which it never will be.

        A live camera has no end: a sensor that says so is at fault, and is started again as any other.
        """
        return code in (0, CAMERA_LOST_EXIT) and self._config.camera.source is Source.FILE

    def _stop(self) -> None:
        """End in the order of the trip, so that what was counted still gets out: sensor, gate, uplink (which drains first)."""
        has_counted = self._gate.admitted
        self._close_eye()
        os.close(self._channel_in)
        self._gate.wait(within_s=DRAIN_S)
        self._gate.stop()
        if has_counted:
            self._await(self._uplink)
        self._uplink.stop(within_s=DRAIN_S + STOP_S)
        self._admission.end()
        os.close(self._channel_out)

    def _await(self, child: Child) -> None:
        """Let a child that is about to lock itself begin, so that what was counted before it was ready gets out too."""
        until_s = time.monotonic() + DRAIN_S
        while child.process is not None and child.ended() is None and not child.admitted and time.monotonic() < until_s:
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
