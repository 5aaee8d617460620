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
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from development.bench.peers import PEERS, Peer, PeerScene, as_theirs
from development.measure.scoring import (
    AGENT,
    CONFIG,
    ROOT,
    STREET_FPS,
    STREET_LINE,
    STREET_ZONE,
    Event,
    Filmed,
    count_street,
    film,
    needs_set_up,
    processor,
    street_error,
    street_scene,
)
from edge_agent.confinement.tables.views import THERMAL
from edge_agent.counting.detection import Detections
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.health import temperature_class

if TYPE_CHECKING:
    from collections.abc import Callable

CROWDS = (10, 30, 100)
REPEATS = 9
PYTHON = ROOT / ".venv" / "bin" / "python"
BOARD_CARD = ROOT / "var" / "bench" / "board.json"
BOARD_MODEL = Path("/proc/device-tree/model")
SENSOR_S_MAX = 25.0
QUIET_PROCESSORS = 0.1
"""With more of the machine in use by others, wall times are not to be quoted."""
FRAME_SHARE_MAX = {"30": 0.05, "100": 0.10}
"""How much of the time between two frames, at the pipeline's own rate, tracking may take at so many
people."""
TOTAL_WITHIN = 3.0


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


def tracking_fps(filmed: Filmed) -> dict[str, float]:
    """Return frames a second of processor time for tracking, one line and one zone.

    Ours, ByteTrack, SORT.

    Turn by turn, the best of REPEATS: what else runs on the machine only ever slows one down.
    """
    frames = [Detections(frame.boxes, frame.confidences) for frame in filmed.frames]
    theirs = list(as_theirs(frames))

    def ours() -> None:
        scene = street_scene()
        for frame, detections in zip(filmed.frames, frames, strict=True):
            scene.observe_frame(detections, frame.at_s)

    def peer(setting: Peer) -> None:
        scene = PeerScene(
            setting,
            STREET_LINE,
            STREET_ZONE,
            fps=STREET_FPS,
            confidence=TrackerSettings().confidence_high,
        )
        for detections in theirs:
            scene.observe_frame(detections)

    runs: dict[str, Callable[[], None]] = {
        "ours": ours,
        "ByteTrack": partial(peer, PEERS[0]),
        "SORT": partial(peer, PEERS[3]),
    }
    best_s = dict.fromkeys(runs, np.inf)
    for _ in range(REPEATS):
        for name, run in runs.items():
            begun_s = time.process_time()
            run()
            best_s[name] = min(best_s[name], time.process_time() - begun_s)
    return {name: round(len(frames) / seconds) for name, seconds in best_s.items()}


def peer_events(filmed: Filmed, peer: Peer) -> list[Event]:
    """Return what a peer counts on a street, each at the time of its frame."""
    scene = PeerScene(
        peer, STREET_LINE, STREET_ZONE, fps=STREET_FPS, confidence=TrackerSettings().confidence_high
    )
    events: list[Event] = []
    theirs = as_theirs([Detections(frame.boxes, frame.confidences) for frame in filmed.frames])
    for frame, detections in zip(filmed.frames, theirs, strict=True):
        entered, left, _ = scene.observe_frame(detections)
        events += [Event(frame.at_s, "in")] * entered + [Event(frame.at_s, "out")] * left
    return events


def counting(people: int, *, seeds: int, seconds: float) -> dict[str, dict[str, float]]:
    """Return for ours and each peer the error of windows and of the total, per cent of the true total."""
    sums: dict[str, list[int]] = {}
    for seed in range(1, seeds + 1):
        filmed = film(people, seed, seconds=seconds)
        found = {
            "ours": count_street(filmed)[0],
            **{peer.name: peer_events(filmed, peer) for peer in PEERS},
        }
        for name, events in found.items():
            before = sums.setdefault(name, [0, 0, 0])
            sums[name] = [
                one + other for one, other in zip(before, street_error(events, filmed), strict=True)
            ]
    return {
        name: {
            "window_error_percent": round(100 * error / true, 1),
            "total_percent": round(100 * (count - true) / true, 1),
        }
        for name, (error, count, true) in sums.items()
    }


def tracking_memory_mb(kind: str) -> float:
    """Return the peak memory of a fresh process that only tracks a street of 100, MB."""
    work = "count_street(film(100, 1, seconds=20.0))"
    if kind == "peer":
        work = "peer_events(film(100, 1, seconds=20.0), PEERS[0])"
    names = (
        "from development.bench.edge import peer_events; from development.bench.peers import PEERS"
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
    """Run the whole box on the clip for some seconds and return the most that its sensor process held, MB of PSS."""
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
        most, until_s = 0.0, time.monotonic() + SENSOR_S_MAX
        while time.monotonic() < until_s and box.poll() is None:
            most = max(
                [most, *(_pss_mb(child) for child in _descendants(box.pid) if _is_sensor(child))]
            )
            time.sleep(0.05)  # loading the model takes the most, for a tenth of a second
        box.send_signal(signal.SIGTERM)
        try:
            box.wait(20.0)
        except subprocess.TimeoutExpired:
            box.kill()
    return most


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


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, beside what, and whether that holds the bar."""

    what: str
    ours: str
    beside: str
    bar: str
    holds: bool


def rows(measured: dict[str, Any]) -> list[Row]:
    """Return the table, from the same figures as the JSON line."""
    table = [
        Row(
            "whole pipeline / bare inference, frames a second",
            f"{measured['pipeline_ratio']:.3f}",
            f"{measured['pipeline_fps']} frames/s, {measured['pipeline_cpu_ms']} ms of processor "
            "a frame",
            "at least 0.95",
            measured["pipeline_ratio"] >= 0.95,  # noqa: PLR2004 - the bars of this table are what it is for
        ),
        Row(
            "empty scene / always-on, processor time",
            f"{measured['empty_scene_cpu_ratio']:.3f}",
            "",
            "at most 0.15",
            measured["empty_scene_cpu_ratio"] <= 0.15,  # noqa: PLR2004 - the same
        ),
        Row(
            "somebody walks in: found after, s",
            f"{measured['enters_found_after_s']:.2f}",
            "",
            "at most 0.5",
            measured["enters_found_after_s"] <= 0.5,  # noqa: PLR2004 - the same
        ),
        Row(
            "the sensor process, MB PSS",
            f"{measured['sensor_pss_mb']:.0f}",
            f"only tracking: {measured['tracking_memory_mb']['ours']}, peer "
            f"{measured['tracking_memory_mb']['peer']}",
            "at most 140",
            measured["sensor_pss_mb"] <= 140,  # noqa: PLR2004 - the same
        ),
    ]
    for people, ours in measured["tracking_fps"].items():
        theirs, sort = (
            measured["peer_tracking_fps"][people],
            measured["peer_sort_tracking_fps"][people],
        )
        table.append(
            Row(
                f"{people} people: tracking, line, zone, frames/s",
                f"{ours}",
                f"ByteTrack {theirs}, SORT {sort}: {ours / theirs:.1f} times",
                "3 times ByteTrack",
                ours >= 3 * theirs,
            )
        )
        share = FRAME_SHARE_MAX.get(people)
        if share is not None:
            took = measured["pipeline_fps"] / ours
            table.append(
                Row(
                    f"{people} people: share of a frame's time",
                    f"{took:.1%}",
                    "",
                    f"at most {share:.0%}",
                    took <= share,
                )
            )
        errors = measured["counting"][people]
        mine = errors["ours"]
        peer, best = min(
            (
                (name, each["window_error_percent"])
                for name, each in errors.items()
                if name != "ours"
            ),
            key=lambda one: one[1],
        )
        table.append(
            Row(
                f"{people} people: window error, %",
                f"{mine['window_error_percent']}",
                f"best peer {best} ({peer})",
                "40 % below the best",
                mine["window_error_percent"] <= 0.6 * best,
            )
        )
        table.append(
            Row(
                f"{people} people: total, %",
                f"{mine['total_percent']:+}",
                "",
                "within 3",
                abs(mine["total_percent"]) <= TOTAL_WITHIN,
            )
        )
    return table


def draw(table: list[Row]) -> None:
    """Print the table, its columns as wide as they need."""
    cells = [
        ("what", "ours", "beside", "bar", ""),
        *((*astuple(row)[:4], "" if row.holds else "MISSED") for row in table),
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    for row in cells:
        say(
            "  ".join(
                cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)
            ).rstrip()
        )


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


def say(line: str) -> None:
    """Print a line of the table at once."""
    print(line, flush=True)


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
