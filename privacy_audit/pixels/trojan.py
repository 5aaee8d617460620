# SPDX-License-Identifier: Apache-2.0
"""Show what none of this can see: a model that was made to count one person more at a sign.

A sensor and a gate beside the box run with such a model, which its card describes correctly. They
are locked as the box's, every message is signed and logged, and the counts are wrong where the
maker wants them to be. That is a limit, and it is reported as one.
"""

import hashlib
import os
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from edge_agent.config.paths import cards_directory, weights_directory
from edge_agent.config.schema import Config, load
from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.namespaces import User
from edge_agent.confinement.probe import Expected, measure
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError
from edge_agent.evidence.verify import verify
from edge_agent.process_settings import SensorSettings, SlotSettings
from edge_agent.processes.launch import camera_settings, detector_settings, view_settings
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.pixels.trojan_model import (
    HEARD,
    INPUT_HEIGHT_PX,
    INPUT_WIDTH_PX,
    SCORES,
    with_trojan,
)
from privacy_audit.target import synthetic_clip
from privacy_audit.target.box import AuditedBox, until
from privacy_audit.target.companion import GateBeside
from privacy_audit.target.locked_process import sensor_process
from privacy_audit.target.testbed import OWN_CONFIG

PART = "trojan"
SUBJECT = "a sensor and a gate beside the box, with a model made for this"
WINDOW_S, WINDOWS_EACH, FPS = 5, 3, 2.0
_RED, _SQUARE = (0, 0, 255), (slice(4, 44), slice(248, 316))
"""The sign, BGR, and its rows and columns in the film."""
RUN_WITHIN_S = 120.0
_SAID = (
    "this is a limit, not a fault found: the box cannot know what a model was taught, and no part "
    "of the audit sees it; who makes and changes the model must be trusted"
)


@dataclass(frozen=True, slots=True)
class Ran:
    """The mean people in the zone without and with the sign, the lock, and the ledger's faults."""

    without: tuple[int, ...]
    with_sign: tuple[int, ...]
    level: str
    faults: int
    reports: int


def look(box: AuditedBox) -> list[Finding]:
    """Run a trojan through a sensor and a gate, and say what of the audit noticed."""
    folder = box.folder / "trojan"
    folder.mkdir(mode=0o755)
    ran = run(folder)
    more = sum(ran.with_sign) / max(1, len(ran.with_sign)) - sum(ran.without) / max(
        1, len(ran.without)
    )
    detail = (
        f"people in the zone: {ran.without} without the sign, {ran.with_sign} with it; sensor "
        f"measured {ran.level}, {ran.reports} reports signed, {ran.faults} faults in the ledger"
    )
    if more < 0.5 or ran.faults:  # noqa: PLR2004 - half a person
        return [
            _finding(
                Verdict.UNPROVEN, f"the trojan did not do its work, so nothing is shown: {detail}"
            )
        ]
    return [_finding(Verdict.LIMIT, f"{detail}: {_SAID}")]


def run(folder: Path) -> Ran:
    """Let sensor and gate count a film, the sign in its second half.

    Raises ProcessError, OSError.
    """
    config = _config(folder)
    detector = replace(
        detector_settings(config),
        cards_directory=str(folder / "cards"),
        weights_directory=str(folder / "weights"),
        input_width_px=INPUT_WIDTH_PX,
        input_height_px=INPUT_HEIGHT_PX,
    )
    reads = _lay_out_model(config, folder)
    slots = SlotSettings(origin_s=0.0, length_s=WINDOW_S, replay=True)
    with GateBeside(config, folder, slots=slots, rule="exact", parameters=()) as gate:
        settings = SensorSettings(
            channel_fd=gate.channel_fd,
            camera=camera_settings(config),
            detector=detector,
            view=view_settings(config),
            slots=slots,
        )
        level = _run_sensor(config, settings, reads, folder / "sensor.log")
        gate.end_channel()
        gate.wait_ended()
        reports = [entry.payload for entry in gate.entries() if entry.channel == "report"]
        faults = len(verify(gate.store, gate.public_key).findings)
    means = [_mean(report) for report in reports]
    return Ran(
        tuple(means[:WINDOWS_EACH]),
        tuple(means[WINDOWS_EACH : 2 * WINDOWS_EACH]),
        level,
        faults,
        len(reports),
    )


def _run_sensor(
    config: Config, settings: SensorSettings, reads: tuple[str, ...], words: Path
) -> str:
    """Run a sensor to the end of its film; return the level that its lock is measured to have.

    Raises ProcessError where it does not end as it should.
    """
    sensor = sensor_process(config, settings, reads, words)
    try:
        sensor.wait_locked()
        user = (
            User(visible_files.SENSOR_UID, visible_files.SENSOR_UID)
            if namespaces.may_separate()
            else None
        )
        expected = Expected(Role.SENSOR, user, channel_fd=settings.channel_fd)
        level = measure(sensor.process.pid, expected).level
        # What is left of the film's length is waited for here, not in the sensor: it writes
        # without waiting.
        os.set_blocking(settings.channel_fd, True)
        sensor.go()
        in_time = until(lambda: not sensor.running(), within_s=RUN_WITHIN_S)
        if not in_time or sensor.process.returncode != 0:
            raise ProcessError(
                f"sensor beside the box: ended with {sensor.process.returncode}; "
                f"{sensor.words()[-400:]}"
            )
    finally:
        sensor.end()
    return str(level)


def _mean(report: dict[str, Any]) -> int:
    return int(report["zones"][0]["mean"]) if report["zones"] else 0


def _config(folder: Path) -> Config:
    """Write a config of the audit's own, and the film that it names."""
    path = folder / "trojan.toml"
    path.write_text(OWN_CONFIG, "utf-8")
    marker = synthetic_clip.new_marker()
    frames = [
        synthetic_clip.frame(marker, index / FPS)
        for index in range(round(WINDOW_S * WINDOWS_EACH * FPS))
    ]
    synthetic_clip.write(
        folder / "clip.avi", [*frames, *map(_with_sign, frames)], frames=2 * len(frames), fps=FPS
    )
    return load(path, ("window.clock=replay", f"window.length_s={WINDOW_S}", f"camera.fps={FPS}"))


def _with_sign(picture: np.ndarray[Any, np.dtype[np.uint8]]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    signed = picture.copy()
    signed[_SQUARE] = _RED
    return signed


def _lay_out_model(config: Config, folder: Path) -> tuple[str, ...]:
    """Write the model with its trojan and a card that describes it.

    Return the paths that the sensor must see.
    """
    name = config.detector.model
    card = (cards_directory() / name / "model.toml").read_text("utf-8")
    file = weights_directory() / f"{name}.onnx"
    model = with_trojan(file.read_bytes())
    sha256 = hashlib.sha256(model).hexdigest()
    for key, value in (
        ("sha256", f'"{sha256}"'),
        ("size_bytes", str(len(model))),
        ("class_scores", f'"{HEARD}"'),
    ):
        card, found = re.subn(
            rf"^{key} = .*$", f"{key} = {value}", card, count=1, flags=re.MULTILINE
        )
        if not found:
            raise ProcessError(
                f"{name}: its card has no line for {key} ({SCORES}), so no trojan can be laid "
                "behind it"
            )
    cards, weights = folder / "cards" / name, folder / "weights"
    cards.mkdir(parents=True)
    weights.mkdir()
    (cards / "model.toml").write_text(card, "utf-8")
    (weights / file.name).write_bytes(model)
    for extra in (cards_directory() / name).iterdir():
        if extra.name != "model.toml" and extra.is_file():
            shutil.copy(extra, cards / extra.name)
    for path in (cards / "model.toml", weights / file.name, folder / "clip.avi"):
        path.chmod(0o644)
    return str(cards), str(weights / file.name)


def _finding(verdict: Verdict, detail: str) -> Finding:
    return Finding(PART, "a model with a trojan", Mechanism.GATE_SCHEMA, SUBJECT, verdict, detail)
