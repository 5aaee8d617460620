# SPDX-License-Identifier: Apache-2.0
"""Every class of exit: attacked from inside a twin of the sensor, with the same attack by a free process as its control.

The twin's filters are compared with those of the running sensor, program by program, but for the refusal; where they differ, what
was shown on the twin says nothing of the sensor, and seccomp has fallen.
"""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from edge_agent.audit import before_lock, exit_verdicts
from edge_agent.audit.attacks.table import EXIT_CLASSES
from edge_agent.audit.box import AuditedBox
from edge_agent.audit.exit_settings import TrialSettings
from edge_agent.audit.exit_verdicts import TWIN, Trial, compare, judge
from edge_agent.audit.finding import Finding, Mechanism, Verdict
from edge_agent.confinement import namespaces, views
from edge_agent.confinement.enter import Plan, write_plan
from edge_agent.confinement.namespaces import User
from edge_agent.confinement.policy import Role
from edge_agent.handover import SensorSettings, SlotSettings, Source, read_settings, write_settings
from edge_agent.places import cards_directory, weights_directory
from edge_agent.settings import camera_settings, detector_settings, view_settings
from edge_agent.vision.card import read_card

PART = exit_verdicts.PART
FRAMES = 3
TRIAL_S_MAX = 170.0
CHANNEL_ELSE = 8
"""Where the channel lies if the running sensor does not show it to us."""


def look(box: AuditedBox) -> list[Finding]:
    """Try every exit on a twin of the running sensor, and what could be made before the lock on the lock itself."""
    folder = box.folder / "exits"
    folder.mkdir(mode=0o700)
    return [*_twin(box, folder), *before_lock.look(folder)]


def _twin(box: AuditedBox, folder: Path) -> list[Finding]:
    frames = FRAMES if box.config.camera.source is Source.FILE else 0
    plan = write_plan(_plan(box))
    settings = write_settings(_settings(box, folder, plan, frames))
    command = [sys.executable, "-I", "-m", "edge_agent.audit.exit_trial", str(settings)]
    said = folder / "said.json"
    try:
        with said.open("wb") as out:
            done = subprocess.run(  # noqa: S603 - our own module
                command, pass_fds=(plan, settings), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, text=True,
                check=False, timeout=TRIAL_S_MAX,
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        return _unproven(f"the trial was not done within {TRIAL_S_MAX:.0f} s")
    finally:
        for descriptor in (plan, settings):
            os.close(descriptor)
    if done.returncode != 0:
        return _unproven(f"the trial ended with {done.returncode}: {' '.join(done.stderr.splitlines()[-2:])}")
    trial = read_settings(Trial, os.open(said, os.O_RDONLY))
    production = box.filters.get(Role.SENSOR)
    return judge(trial, compare(trial, None if production is None else production.values()), frames_wanted=frames)


def _settings(box: AuditedBox, folder: Path, plan: int, frames: int) -> TrialSettings:
    config = box.config
    channel_fd, camera_fd = numbers_in_filter(box)
    sensor = SensorSettings(
        channel_fd=channel_fd,
        camera=camera_settings(config),
        detector=detector_settings(config),
        view=view_settings(config),
        slots=SlotSettings(0.0, config.window.length_s, replay=False),
    )
    owner = views.SENSOR_UID if namespaces.may_separate() else os.getuid()
    return TrialSettings(str(folder), plan, sensor, channel_fd, camera_fd, frames, owner, ())


def _plan(box: AuditedBox) -> Plan:
    """Return the place of a sensor of this box; its camera, if it is a device, stays with the sensor that has it."""
    config = box.config
    card = read_card(cards_directory() / config.detector.model)
    own = (str(config.camera.path),) if config.camera.source is Source.FILE else ()
    reads = (str(cards_directory() / config.detector.model), str(weights_directory() / card.onnx_name), *own)
    user = User(views.SENSOR_UID, views.SENSOR_UID) if namespaces.may_separate() else None
    return Plan(view=views.sensor_view(reads=reads, camera_device=None), user=user, network=False, umask=0o077)


def numbers_in_filter(box: AuditedBox) -> tuple[int, int | None]:
    """Return the numbers of the running sensor's channel and camera device, which its filter names."""
    found: dict[str, int] = {}
    with suppress(OSError, KeyError):
        folder = Path(f"/proc/{box.pids[Role.SENSOR]}/fd")
        found = {str(entry.readlink()): int(entry.name) for entry in folder.iterdir()}
    pipes = [number for target, number in found.items() if target.startswith("pipe:")]
    camera = found.get(str(box.config.camera.path)) if box.config.camera.source is Source.V4L2 else None
    return (pipes[0] if pipes else CHANNEL_ELSE), camera


def _unproven(reason: str) -> list[Finding]:
    return [Finding(PART, name, Mechanism.SECCOMP, TWIN, Verdict.UNPROVEN, reason) for name in EXIT_CLASSES]
