# SPDX-License-Identifier: Apache-2.0
"""Measure what the sensor process holds, and what a process holds that only tracks."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from development.measure.scoring import (
    AGENT,
    CONFIG,
    ROOT,
)

SENSOR_S_MAX = 25.0


def tracking_memory_mb(kind: str) -> float:
    """Return the peak memory of a fresh process that only tracks a street of 100, MB."""
    work = "count_street(film(100, 1, seconds=20.0))"
    if kind == "peer":
        work = "peer_events(film(100, 1, seconds=20.0), PEERS[0])"
    names = (
        "from development.bench.peers import PEERS; "
        "from development.bench.tracking import peer_events"
        if kind == "peer"
        else ""
    )
    code = f"from development.measure.scoring import *; {names}\n{work}\n"
    code += (
        "print(next(line.split()[1] for line in open('/proc/self/status') if "
        "line.startswith('VmHWM')))"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return int(done.stdout) / 1024


def sensor_pss_mb(folder: Path) -> float:
    """Run the whole box on the clip and return the peak memory of its sensor process, MB of PSS."""
    subprocess.run(  # noqa: S603 - our own program
        [str(AGENT), "keygen", str(folder / "keys")], check=True, capture_output=True, cwd=ROOT
    )
    settings = (f"store.directory={folder / 'store'}", f"keys.directory={folder / 'keys'}")
    command = [
        str(AGENT),
        "run",
        str(CONFIG),
        *(word for setting in settings for word in ("--set", setting)),
    ]
    with (folder / "log").open("w") as log:
        box = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)  # noqa: S603 - our own program
        peak_mb, until_s = 0.0, time.monotonic() + SENSOR_S_MAX
        while time.monotonic() < until_s and box.poll() is None:
            peak_mb = max(
                [peak_mb, *(_pss_mb(child) for child in _descendants(box.pid) if _is_sensor(child))]
            )
            time.sleep(0.05)  # Loading the model is the peak, for a tenth of a second.
        box.send_signal(signal.SIGTERM)
        try:
            box.wait(20.0)
        except subprocess.TimeoutExpired:
            box.kill()
    return peak_mb


def _descendants(parent: int) -> list[int]:
    """Return the processes below one, as /proc tells."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue  # It has ended meanwhile.
    below, grown = {parent}, True
    while grown:
        more = {child for child, above in parents.items() if above in below} - below
        below, grown = below | more, bool(more)
    return sorted(below - {parent})


def _is_sensor(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/comm").read_text() == "pc-sensor\n"
    except OSError:
        return False


def _pss_mb(process: int) -> float:
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        return 0.0
    return 0.0
