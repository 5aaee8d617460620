# SPDX-License-Identifier: Apache-2.0
"""Compare the box with what a user would wire together instead.

Same detections, model, clip and machine, in one go.

Prints a table with the bar that each figure is held to; the last line is one JSON object. Tracking
is measured in processor time of one thread, the pipeline in wall time and in turns with bare
inference (development/bench/rate.py). A figure under its bar is said to miss it, and the exit code
stays 0: a busy machine is no fault of the code, and how busy it was is told.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from development.bench.edge_table import draw, rows, say
from development.bench.memory import sensor_pss_mb, tracking_memory_mb
from development.bench.tracking import counting, tracking_fps
from development.measure.scoring import (
    ROOT,
    film,
    needs_set_up,
    processor,
)
from edge_agent.confinement.tables.visible_files import THERMAL
from edge_agent.health import temperature_class

CROWDS = (10, 30, 100)
PYTHON = ROOT / ".venv" / "bin" / "python"
BOARD_CARD = ROOT / "var" / "bench" / "board.json"
BOARD_MODEL = Path("/proc/device-tree/model")
QUIET_PROCESSORS = 0.1
"""With more of the machine in use by others, wall times are not to be quoted."""


def rates() -> dict[str, float]:
    """Return what development/bench/rate.py finds in a process of its own.

    The pipeline beside bare inference, and an empty scene.

    It turns from one to the other in short pieces, so that whatever else the machine does falls on
    both.
    """
    done = subprocess.run(  # noqa: S603 - our own program
        [str(PYTHON), "-m", "development.bench.rate"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(*, quick: bool) -> dict[str, Any]:
    """Measure everything, printing as it goes."""
    ours: dict[str, float] = {}
    theirs: dict[str, float] = {}
    sort: dict[str, float] = {}
    errors: dict[str, dict[str, dict[str, float]]] = {}
    for people in CROWDS:
        fps = tracking_fps(film(people, 1, seconds=10.0 if quick else 30.0))
        ours[str(people)], theirs[str(people)], sort[str(people)] = (
            fps["ours"],
            fps["ByteTrack"],
            fps["SORT"],
        )
        errors[str(people)] = counting(
            people, seeds=1 if quick else 2, seconds=33.0 if quick else 113.0
        )
        best = min(
            (each for name, each in errors[str(people)].items() if name != "ours"),
            key=lambda one: one["window_error_percent"],
        )
        mine = errors[str(people)]["ours"]
        say(
            f"{people:>4} people: tracking {ours[str(people)]} frames/s, ByteTrack "
            f"{theirs[str(people)]}, SORT {sort[str(people)]}"
            f" (x {ours[str(people)] / theirs[str(people)]:.1f}); window error "
            f"{mine['window_error_percent']} %, best peer"
            f" {best['window_error_percent']} %; total {mine['total_percent']:+} %"
        )
    rate = rates()
    say(
        f"pipeline beside bare inference: {rate['pipeline_ratio']}; empty scene beside always-on: "
        f"{rate['empty_scene_cpu_ratio']}"
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        Path(folder).chmod(0o755)
        pss_mb = sensor_pss_mb(Path(folder))
    memory = {kind: round(tracking_memory_mb(kind)) for kind in ("ours", "peer")}
    say(
        f"sensor process {pss_mb:.0f} MB PSS; a process that only tracks: ours {memory['ours']} "
        f"MB, peer {memory['peer']} MB"
    )
    return {
        "at_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {processor()}, {os.cpu_count()} processors, load "
        f"{os.getloadavg()[0]:.1f}",
        "board": board(),
        "temperature_class": temperature_class(Path(THERMAL)),
        "pipeline_ratio": rate["pipeline_ratio"],
        "pipeline_fps": rate["frames_per_s"],
        "pipeline_cpu_ms": rate["cpu_ms_a_frame"],
        "others_processors": rate["others_processors"],
        "two_threads_times_the_rate": rate["two_threads_times_the_rate"],
        "two_threads_times_the_cpu": rate["two_threads_times_the_cpu"],
        "tracking_fps": ours,
        "peer_tracking_fps": theirs,
        "peer_sort_tracking_fps": sort,
        "counting": errors,
        "empty_scene_cpu_ratio": rate["empty_scene_cpu_ratio"],
        "enters_found_after_s": rate["enters_found_after_s"],
        "sensor_pss_mb": round(pss_mb, 1),
        "tracking_memory_mb": memory,
    }


def board() -> str | None:
    """Return what a board calls itself, as Raspberry Pis and Jetsons do.

    None where the firmware does not say.
    """
    try:
        return BOARD_MODEL.read_text("utf-8", "replace").strip("\0\n") or None
    except OSError:
        return None


def rates_are_loud(measured: dict[str, Any]) -> bool:
    """Say whether others used so much of the machine that times on the wall tell little."""
    return bool(measured["others_processors"] > QUIET_PROCESSORS)


def main() -> int:
    """Read the flags, measure, print the JSON line."""
    parser = argparse.ArgumentParser(prog="scripts/bench edge", description=__doc__)
    parser.add_argument(
        "--board",
        action="store_true",
        help=f"also write {BOARD_CARD.relative_to(ROOT)}, a card of this machine",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a fifth of the frames: to see that it runs, not to quote",
    )
    arguments = parser.parse_args()
    needs_set_up()
    warnings.filterwarnings("ignore", category=FutureWarning, module="supervision")
    measured = measure(quick=arguments.quick)
    draw(rows(measured))
    if rates_are_loud(measured):
        say(
            f"NOT QUIET: others used {measured['others_processors']} processors meanwhile; times "
            "on the wall are not to be quoted"
        )
    if arguments.board:
        BOARD_CARD.write_text(json.dumps(measured, indent=2) + "\n")
        say(f"board card: {BOARD_CARD.relative_to(ROOT)}")
    print(json.dumps(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main())
