# SPDX-License-Identifier: Apache-2.0
"""Every class of exit: attacked by a twin of the sensor, and by a free process as its control.

The twin's filters are compared with those of the running sensor, program by program, but for the
refusal; where they differ, what was shown on the twin says nothing of the sensor, and seccomp has
fallen.
"""

import os
import platform
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from edge_agent.config.paths import cards_directory, weights_directory
from edge_agent.confinement.enter import Plan, write_plan
from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.namespaces import User
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import Role
from edge_agent.confinement.tables.syscalls import table
from edge_agent.confinement.tables.visible_files import THERMAL
from edge_agent.models.card import read_card
from edge_agent.process_settings import (
    SensorSettings,
    SlotSettings,
    Source,
    read_settings,
    write_settings,
)
from edge_agent.processes.launch import camera_settings, detector_settings, view_settings
from privacy_audit.exits import pre_lock, verdicts
from privacy_audit.exits.attacks.table import EXIT_CLASSES
from privacy_audit.exits.settings import Numbers, TrialSettings
from privacy_audit.exits.verdicts import TWIN, ExitTrial, compare, judge
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.oracles.filters import ALLOW, ARCHITECTURES, Filter
from privacy_audit.target.box import AuditedBox
from privacy_audit.target.own_code import with_own_code

PART = verdicts.PART
FRAMES = 3
TRIAL_S_MAX = 1800.0
"""About 40 s on two quiet processors; sixteen busy programs beside it take ten times that."""
CHANNEL_ELSE = 8
"""Where the channel lies if the running sensor does not show it to us."""
GO_ELSE = 9
"""Where a twin hears its orders if the running sensor's filter does not show it to us."""
DESCRIPTORS_TO = 1024
WORD_TO_END = "anon_inode:[signalfd]"


def look(box: AuditedBox) -> list[Finding]:
    """Try every exit on a twin of the running sensor.

    What could be made before the lock is tried on the lock itself.
    """
    folder = box.folder / "exits"
    folder.mkdir(mode=0o700)
    return [*_twin(box, folder), *pre_lock.look(folder)]


def _twin(box: AuditedBox, folder: Path) -> list[Finding]:
    frames = FRAMES if box.config.camera.source is Source.FILE else 0
    plan = write_plan(_plan(box))
    settings = write_settings(_settings(box, folder, plan, frames))
    command = [sys.executable, "-I", "-m", "privacy_audit.exits.trial", str(settings)]
    said = folder / "said.json"
    try:
        with said.open("wb") as out:
            done = subprocess.run(  # noqa: S603 - our own module
                command,
                pass_fds=(plan, settings),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
                timeout=TRIAL_S_MAX,
            )
    except subprocess.TimeoutExpired:
        return _unproven(f"the trial was not done within {TRIAL_S_MAX:.0f} s")
    finally:
        for descriptor in (plan, settings):
            os.close(descriptor)
    if done.returncode != 0:
        return _unproven(
            f"the trial ended with {done.returncode}: {' '.join(done.stderr.splitlines()[-2:])}"
        )
    trial = read_settings(ExitTrial, os.open(said, os.O_RDONLY))
    production = box.filters.get(Role.SENSOR)
    return judge(
        trial,
        compare(trial, None if production is None else production.values()),
        frames_wanted=frames,
    )


def _settings(box: AuditedBox, folder: Path, plan: int, frames: int) -> TrialSettings:
    config = box.config
    numbers = numbers_in_filter(box)
    sensor = SensorSettings(
        channel_fd=numbers.channel_fd,
        camera=camera_settings(config),
        detector=detector_settings(config),
        view=view_settings(config),
        slots=SlotSettings(0.0, config.window.length_s, replay=False),
    )
    owner = visible_files.SENSOR_UID if namespaces.may_separate() else os.getuid()
    return TrialSettings(str(folder), plan, sensor, numbers, frames, owner, ())


def _plan(box: AuditedBox) -> Plan:
    """Return the place of a sensor of this box.

    Its camera, if it is a device, stays with the sensor that has it.
    """
    config = box.config
    card = read_card(cards_directory() / config.detector.model)
    own = (str(config.camera.path),) if config.camera.source is Source.FILE else ()
    reads = (
        str(cards_directory() / config.detector.model),
        str(weights_directory() / card.onnx_name),
        *own,
    )
    user = (
        User(visible_files.SENSOR_UID, visible_files.SENSOR_UID)
        if namespaces.may_separate()
        else None
    )
    view = with_own_code(visible_files.sensor_view(reads=reads, camera_device=None))
    return Plan(view=view, user=user, network=False, umask=0o077)


def numbers_in_filter(box: AuditedBox) -> Numbers:
    """Return the descriptors that the running sensor's filter names.

    They are found by what the kernel shows, and by running the filter.
    """
    config = box.config
    open_now: dict[int, str] = {}
    channel = feed = None
    with suppress(OSError, KeyError):
        process = Path(f"/proc/{box.pids[Role.SENSOR]}")
        open_now = {int(entry.name): str(entry.readlink()) for entry in (process / "fd").iterdir()}
        pipes = [number for number, to in open_now.items() if to.startswith("pipe:")]
        writable = {number: _may_be_written(process / "fdinfo" / str(number)) for number in pipes}
        channel = next((number for number in pipes if writable[number]), None)
        feed = next((number for number in pipes if not writable[number]), None)
    path = "" if config.camera.path is None else str(config.camera.path)
    camera_at = next((number for number, to in open_now.items() if to == path), None)
    programs = next(iter((box.filters.get(Role.SENSOR) or {}).values()), ())
    allowed = readable(programs[-1]) if programs else []
    closed = [number for number in allowed if number not in open_now]
    film_fd = (
        feed
        if config.camera.source.is_network
        else camera_at
        if config.camera.source is Source.FILE
        else None
    )
    return Numbers(
        channel_fd=CHANNEL_ELSE if channel is None else channel,
        camera_fd=camera_at if config.camera.source is Source.V4L2 else None,
        film_fd=film_fd,
        go_fd=closed[0] if closed else GO_ELSE,
        sense_fds=tuple(number for number in allowed if number not in (film_fd, *closed[:1])),
    )


def strange_reads(box: AuditedBox, numbers: Numbers) -> list[str]:
    """Name the open descriptors that a sensor may read beyond what it needs.

    It needs its camera, its thermal sensors, and the one that tells it to end.
    """
    faults = []
    for number in numbers.sense_fds:
        try:
            leads_to = str(Path(f"/proc/{box.pids[Role.SENSOR]}/fd/{number}").readlink())
        except OSError:
            leads_to = "nothing that is open"
        if leads_to not in (os.path.realpath(THERMAL), WORD_TO_END):
            faults.append(f"may read descriptor {number}, which leads to {leads_to}")
    return faults


def _may_be_written(fdinfo: Path) -> bool:
    flags = next(
        line.split()[1]
        for line in fdinfo.read_text("ascii").splitlines()
        if line.startswith("flags:")
    )
    return int(flags, 8) & os.O_ACCMODE != os.O_RDONLY


def readable(program: bytes) -> list[int]:
    """Run a filter over reads of every descriptor, and return those that it allows."""
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        return []
    last, number = Filter(program), table(machine)["read"]
    return [
        one
        for one in range(DESCRIPTORS_TO)
        if last.says(ARCHITECTURES[machine], number, (one, 0, 1, 0, 0, 0)) == ALLOW
    ]


def _unproven(reason: str) -> list[Finding]:
    return [
        Finding(PART, name, Mechanism.SECCOMP, TWIN, Verdict.UNPROVEN, reason)
        for name in EXIT_CLASSES
    ]
