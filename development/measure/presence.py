# SPDX-License-Identifier: Apache-2.0
"""Measure whether a sensor's processor time tells any user of the machine that people are there.

Usage: measure_presence.py, as root. A locked sensor and a gate beside it count a drawn street, by
turns empty and with one walker. Read is /proc/PID/task/*/schedstat, which every user may read where
/proc is mounted without hidepid. Printed: processor seconds in 2 s, and how often a threshold
between the two, learned on the first turns, says right whether somebody was there in the others.
"""

import os
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles

import numpy as np

from edge_agent.config.paths import cards_directory, weights_directory
from edge_agent.config.schema import load
from edge_agent.models.card import read_card
from edge_agent.process_settings import SensorSettings, SlotSettings
from edge_agent.processes.launch import camera_settings, detector_settings, view_settings
from privacy_audit.target import synthetic_clip
from privacy_audit.target.companion import GateBeside
from privacy_audit.target.locked_process import sensor_process
from privacy_audit.target.testbed import OWN_CONFIG

FPS, TURN_S, TURNS, LOOK_S, SETTLES_S = 5.0, 16, 8, 2.0, 4.0
SAMPLE_S, END_WITHIN_S = 0.1, 600.0
NOISE = 1.0
"""Of the camera, in steps of 255: a picture that stands perfectly still would be easier than any
street."""


@dataclass(frozen=True, slots=True)
class Look:
    """Processor seconds of one stretch of LOOK_S, and whether somebody walked in all of it."""

    turn: int
    used_s: float
    walked: bool


def film(path: Path) -> None:
    """Write one turn without anybody and one with a walker, over and over."""
    marker, draw = synthetic_clip.new_marker(), np.random.default_rng(7)
    empty = [synthetic_clip.frame(marker, 0.0, people=0) for _ in range(round(TURN_S * FPS))]
    walks = [
        synthetic_clip.frame(marker, 4.0 + index / FPS, people=1)
        for index in range(round(TURN_S * FPS))
    ]
    noisy = [
        np.clip(one + draw.normal(0.0, NOISE, one.shape), 0, 255).astype(np.uint8)
        for one in (*empty, *walks)
    ]
    synthetic_clip.write(path, noisy, frames=round(TURNS * TURN_S * FPS), fps=FPS)


def used_s(pid: int) -> float:
    """Return the processor seconds of every thread so far."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text("ascii").split()[0]) for task in tasks) / 1e9


def looks(folder: Path) -> list[Look]:
    """Run the sensor over the film and look at it all the while."""
    (folder / "box.toml").write_text(OWN_CONFIG, "utf-8")
    film(folder / "clip.avi")
    config = load(folder / "box.toml", (f"camera.fps={FPS}",))
    card = read_card(cards_directory() / config.detector.model)
    reads = (
        str(cards_directory() / config.detector.model),
        str(weights_directory() / card.onnx_name),
    )
    slots = SlotSettings(origin_s=time.monotonic(), length_s=config.window.length_s, replay=False)
    with GateBeside(config, folder, slots=slots, rule="exact", parameters=()) as gate:
        settings = SensorSettings(
            channel_fd=gate.channel_fd,
            camera=replace(camera_settings(config), paced=True),
            detector=detector_settings(config),
            view=view_settings(config),
            slots=slots,
        )
        sensor = sensor_process(config, settings, reads, folder / "sensor.log")
        try:
            sensor.wait_locked()
            sensor.go()
            samples = sampled(sensor.process.pid, folder / "clip.avi")
        finally:
            sensor.end()
    at_s, used = np.array(samples).T
    edges = np.arange(0.0, (TURNS - 1) * TURN_S, LOOK_S)
    spent = np.diff(np.interp(edges, at_s, used))
    turns = edges[:-1] // TURN_S
    settled = edges[:-1] % TURN_S >= SETTLES_S
    return [
        Look(int(turn), float(one), walked=bool(turn % 2))
        for turn, one, kept in zip(turns, spent, settled, strict=True)
        if kept
    ]


def sampled(pid: int, film_path: Path) -> list[tuple[float, float]]:
    """Yield the film's own time and the processor seconds by then, until its last turn."""
    size, found, end_s = film_path.stat().st_size, [], time.monotonic() + END_WITHIN_S
    [number] = [
        one.name
        for one in Path(f"/proc/{pid}/fd").iterdir()
        if str(one.readlink()) == str(film_path)
    ]
    while time.monotonic() < end_s:
        read = int(Path(f"/proc/{pid}/fdinfo/{number}").read_text("ascii").split()[1])
        found.append((read / size * TURNS * TURN_S, used_s(pid)))
        if found[-1][0] > (TURNS - 1) * TURN_S:
            break
        time.sleep(SAMPLE_S)
    return found


def main() -> None:
    """Look, and say what was seen."""
    if os.geteuid() != 0:
        sys.exit("measure_presence: only root can lock a sensor in its place")
    with tempfile.TemporaryDirectory() as made:
        found = looks(Path(made))
    for walked, words in ((False, "nobody"), (True, "one walker")):
        used = [one.used_s for one in found if one.walked is walked]
        low, *_, high = quantiles(used, n=10)
        print(
            f"{words}: {median(used):.3f} s of processor time in {LOOK_S:.0f} s ({low:.3f} to "
            f"{high:.3f}), {len(used)} looks"
        )
    learned, tried = (
        [one for one in found if (one.turn < TURNS // 2 - 1) is first] for first in (True, False)
    )
    cut = (
        sum(
            median(one.used_s for one in learned if one.walked is walked)
            for walked in (False, True)
        )
        / 2
    )
    right = sum((one.used_s > cut) is one.walked for one in tried)
    print(
        f"a threshold of {cut:.3f} s says right whether somebody walks in {right} of {len(tried)} "
        f"looks of {LOOK_S:.0f} s"
    )


if __name__ == "__main__":
    main()
