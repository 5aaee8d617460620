# SPDX-License-Identifier: Apache-2.0
"""What the lock costs: the CPU time of counting over a clip, open and locked, in pairs.

Prints one JSON object.

Usage: cost.py PAIRS FRAMES. Two sensors' worth of work live in two processes, one locked and one
not, and take the same frames in turns, so that whatever else the machine does falls on both alike.
A run of FRAMES frames is one measurement.
"""

import json
import os
import random
import statistics
import struct
import sys
import time
from pathlib import Path

from edge_agent.confinement import lock
from edge_agent.confinement.kernel.bpf import compile_policy
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.kernel.seccomp import install
from edge_agent.confinement.tables.policy import Role, stage_b

ROOT = Path(__file__).parents[3]
CLIP = ROOT / "var" / "clips" / "vtest.avi"
SAID = struct.Struct("<d56x")
RESAMPLES = 2000


def work(frames: int, told: int, said: int, *, locked: bool) -> None:
    """Decode and detect `frames` frames each time a byte comes, and say the CPU time."""
    if locked:
        lock.begin(Role.SENSOR)
    from edge_agent.process_settings import CameraSettings, DetectorSettings, Source  # noqa: PLC0415 - after the first stage
    from edge_agent.vision.assembly import open_camera, open_detector  # noqa: PLC0415 - the same

    camera = open_camera(
        CameraSettings(Source.FILE, str(CLIP), 7.0, None, None, None, 10.0, paced=False)
    )
    folders = str(ROOT / "models"), str(ROOT / "var" / "models")
    model = DetectorSettings(
        "person-ssdlite", *folders, None, None, None, None, None, 0.5, 1, "CPUExecutionProvider"
    )
    detector, _ = open_detector(model)
    if locked:
        kernel = Kernel()
        reads = (told, *lock.descriptors_of(str(CLIP)))
        install(
            kernel,
            compile_policy(stage_b(Role.SENSOR, channel_fd=said, reads=reads), kernel.machine),
        )
    while os.read(told, 1):
        started_s = time.process_time()
        for _ in range(frames):
            frame = camera.read(1.0)
            if frame is None:
                os._exit(3)
            detector.detect(frame)
        os.write(said, SAID.pack(time.process_time() - started_s))
    os._exit(0)


def start(frames: int, *, locked: bool) -> tuple[int, int]:
    """Start one worker and return where to ask and where to hear."""
    told, ask = os.pipe()
    hear, said = os.pipe()
    if os.fork() == 0:
        os.close(ask)
        work(frames, told, said, locked=locked)
    os.close(told)
    os.close(said)
    return ask, hear


def turn(worker: tuple[int, int]) -> float:
    """Let one worker do its frames and return the CPU seconds it took."""
    os.write(worker[0], b"1")
    raw = os.read(worker[1], SAID.size)
    if len(raw) != SAID.size:
        raise SystemExit(
            "the worker ended early: fewer frames in the clip than pairs ask for, or killed at a "
            "forbidden call"
        )
    return float(SAID.unpack(raw)[0])


def interval(ratios: list[float]) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the median."""
    drawn = random.Random(1)
    medians = sorted(
        statistics.median(drawn.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES)
    )
    return medians[int(0.025 * RESAMPLES)], medians[int(0.975 * RESAMPLES)]


def main(pairs: int, frames: int) -> None:
    """Measure and print."""
    open_one, locked_one = start(frames, locked=False), start(frames, locked=True)
    turn(open_one)
    turn(locked_one)
    ratios = []
    for index in range(pairs):
        # Each goes first half the time: the second finds the cache warmer.
        if index % 2:
            free_s = turn(open_one)
            closed_s = turn(locked_one)
        else:
            closed_s = turn(locked_one)
            free_s = turn(open_one)
        ratios.append(closed_s / free_s)
    low, high = interval(ratios)
    said = {
        "pairs": pairs,
        "ratio": round(statistics.median(ratios), 4),
        "low": round(low, 4),
        "high": round(high, 4),
    }
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
