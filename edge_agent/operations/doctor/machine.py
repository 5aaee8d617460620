# SPDX-License-Identifier: Apache-2.0
"""Examine what stands at the place: the config, the clock, the camera and the disk."""

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from edge_agent.clock import Clock, boot_id
from edge_agent.config.schema import Config
from edge_agent.health import disk_class
from edge_agent.operations import camera_advice
from edge_agent.operations.doctor.diagnosis import (
    State,
    Subject,
    age_in_words,
    first_row,
)
from edge_agent.processes import camera_state
from edge_agent.processes.camera_state import CameraState
from edge_agent.processes.preflight import cap_warnings, obstacles, waiting_for_the_clock
from wire_contract.messages.report import Clock as WindowClock


def examine_config(path: Path, config: Config) -> Subject:
    """Say what keeps this config from running, or what somebody should look at."""
    found = obstacles(path, config)
    if found:
        return Subject("config", State.BROKEN, "; ".join(found), f"edge-agent check {path}")
    if warnings := cap_warnings(config):
        return Subject("config", State.LOOK, "; ".join(warnings), f"edge-agent check {path}")
    return Subject(
        "config",
        State.FINE,
        f"{config.site}/{config.device}, its model and keys are there, {config.sha256()[:16]}",
    )


def examine_clock(config: Config, clock: Clock) -> Subject:
    """Say what the clock says, and whether it is synchronised."""
    now = f"{datetime.fromtimestamp(clock.utc_s(), UTC):%Y-%m-%d %H:%M:%S} UTC"
    if config.window.clock is WindowClock.REPLAY:
        return Subject("clock", State.FINE, f"{now}; windows follow the file's own time")
    if clock.synchronised():
        return Subject("clock", State.FINE, f"{now}, synchronised")
    until = waiting_for_the_clock(config, clock, began_s=_first_that_waits_s(config))
    found = f"{now}, not synchronised; {until}"
    return Subject(
        "clock", State.LOOK, found, "give it time, or a time server that its firewall lets through"
    )


def _first_that_waits_s(config: Config) -> float | None:
    """Return when the first window of this boot that waits for a clock began, monotonic seconds.

    None where none is known.
    """
    query = (
        "SELECT MIN(start_monotonic_s) FROM pending WHERE quality = 'unsynchronised' AND boot = ?"
    )
    try:
        began_s = first_row(config.store.directory / "pending.db", query, boot_id())[0]
    except sqlite3.Error:
        return None
    return None if began_s is None else float(began_s)


def examine_camera(config: Config, clock: Clock) -> Subject:
    """Say how the camera stands, as whoever starts the box's processes has written it down."""
    where, told = camera_place(config), camera_state.told(config.store.directory)
    if told is None:
        return Subject(
            "camera",
            State.FINE,
            f"{where}: nothing is known, the box does not run or has just begun",
        )
    since = (
        f", since {datetime.fromtimestamp(told.since_s, UTC):%Y-%m-%d %H:%M} UTC "
        f"({age_in_words(clock.utc_s() - told.since_s)})"
    )
    if told.fault is not None:
        found, do = camera_advice.FAULTS[told.fault]
        return Subject(
            "camera",
            State.BROKEN,
            f"{where}: {found}{since}; windows say `camera lost`, not zero",
            do,
        )
    state = CameraState(told.word)
    found, do = camera_advice.SAYS[state]
    return Subject(
        "camera",
        State.LOOK if state is CameraState.ENDED else State.FINE,
        f"{where}: {found}{since}",
        do,
    )


def camera_place(config: Config) -> str:
    """Return where the camera is, without the path of a stream, which may hold a password."""
    camera = config.camera
    return (
        f"{camera.source} camera at {camera.host} port {camera.port}"
        if camera.source.is_network
        else str(camera.path)
    )


def examine_disk(config: Config, _clock: Clock) -> Subject:
    """Say how much room there is for the store."""
    folder = config.store.directory
    if not folder.exists():
        return Subject(
            "disk", State.LOOK, f"{folder}: is not there", "it is made at the first start"
        )
    grade, disk = disk_class(folder), os.statvfs(folder)
    free = f"{100.0 * disk.f_bavail / max(disk.f_blocks, 1):.0f} % free at {folder}"
    state = (State.FINE, State.LOOK, State.BROKEN)[grade - 1]
    return Subject(
        "disk",
        state,
        free,
        "" if state is State.FINE else "free space: windows are kept in memory, then dropped",
    )
