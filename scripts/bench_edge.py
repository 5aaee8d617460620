# SPDX-License-Identifier: Apache-2.0
"""Compare the box with what a user would wire together instead: same detections, model, clip and machine, in one go.

Prints a table; the last line is one JSON object. Tracking and inference are measured in processor time of one thread, the pipeline
in both processor time and wall time, so that a busy machine shows as a gap between the two.
"""

import argparse
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from measuring import CLIP, CONFIG, ROOT, STREET_FPS, STREET_LINE, STREET_ZONE, Event, Filmed, count_street, film, number
from measuring import processor, replay, street_error, street_scene
from peers import PEERS, Peer, PeerScene, as_theirs

from edge_agent.config import load
from edge_agent.counting.detection import Detections
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.places import cards_directory, weights_directory
from edge_agent.sensor_process import open_detector
from edge_agent.supervisor import detector_settings
from edge_agent.vision.card import read_card
from edge_agent.vision.model import load_model

CROWDS = (10, 30, 100)
REPEATS = 5
BOARD_CARD = ROOT / "var" / "bench" / "board.json"
SENSOR_S_MAX = 25.0


def bare(frames: int) -> tuple[float, float]:
    """Return processor and wall time of one bare inference at the config's input size and one thread, seconds."""
    config = load(CONFIG)
    open_detector(detector_settings(config))  # Sets the runtime's switches as the box does, before it is imported.
    import onnxruntime  # noqa: PLC0415 - after the switches

    card = read_card(cards_directory() / config.detector.model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    model = load_model(card, weights_directory() / card.onnx_name)
    session = onnxruntime.InferenceSession(model.content, options, providers=["CPUExecutionProvider"])
    height_px = config.detector.input_height_px or card.input.height_px
    shape = (1, 3, height_px, config.detector.input_width_px or card.input.width_px)
    noise = np.random.default_rng(1).random(shape, np.float32)
    for _ in range(5):
        session.run(None, {card.input.name: noise})
    cpu_s, wall_s = time.process_time(), time.monotonic()
    for _ in range(frames):
        session.run(None, {card.input.name: noise})
    return (time.process_time() - cpu_s) / frames, (time.monotonic() - wall_s) / frames


def pipeline(clip: Path) -> tuple[float, float]:
    """Return processor and wall time of the whole trip of one frame (decode to count), seconds."""
    summary = replay(str(clip), "--config", str(CONFIG))[-1]
    frames = number(summary, "frames")
    return number(summary, "cpu_s") / frames, number(summary, "seconds") / frames


def fastest(run: Callable[[], None], frames: int) -> float:
    """Return frames a second of processor time, the best of REPEATS runs: what else runs here only ever slows down."""
    best_s = np.inf
    for _ in range(REPEATS):
        begun_s = time.process_time()
        run()
        best_s = min(best_s, time.process_time() - begun_s)
    return frames / best_s


def our_fps(filmed: Filmed) -> float:
    """Return our frames a second for tracking, one line and one zone."""
    steps = [(Detections(frame.boxes, frame.confidences), frame.at_s) for frame in filmed.frames]

    def run() -> None:
        scene = street_scene()
        for detections, at_s in steps:
            scene.update(detections, at_s)

    return fastest(run, len(steps))


def peer_fps(filmed: Filmed, peer: Peer) -> float:
    """Return a peer's frames a second for the same."""
    theirs = list(as_theirs([Detections(frame.boxes, frame.confidences) for frame in filmed.frames]))

    def run() -> None:
        scene = PeerScene(peer, STREET_LINE, STREET_ZONE, fps=STREET_FPS, confidence=TrackerSettings().confidence_high)
        for detections in theirs:
            scene.update(detections)

    return fastest(run, len(theirs))


def peer_events(filmed: Filmed, peer: Peer) -> list[Event]:
    """Return what a peer counts on a street, each at the time of its frame."""
    scene = PeerScene(peer, STREET_LINE, STREET_ZONE, fps=STREET_FPS, confidence=TrackerSettings().confidence_high)
    events: list[Event] = []
    theirs = as_theirs([Detections(frame.boxes, frame.confidences) for frame in filmed.frames])
    for frame, detections in zip(filmed.frames, theirs, strict=True):
        entered, left, _ = scene.update(detections)
        events += [Event(frame.at_s, "in")] * entered + [Event(frame.at_s, "out")] * left
    return events


def counting(people: int, *, seeds: int, seconds: float) -> dict[str, dict[str, float]]:
    """Return for ours and each peer the error of windows and of the total, per cent of the true total."""
    sums: dict[str, list[int]] = {}
    for seed in range(1, seeds + 1):
        filmed = film(people, seed, seconds=seconds)
        found = {"ours": count_street(filmed)[0], **{peer.name: peer_events(filmed, peer) for peer in PEERS}}
        for name, events in found.items():
            before = sums.setdefault(name, [0, 0, 0])
            sums[name] = [one + other for one, other in zip(before, street_error(events, filmed), strict=True)]
    return {
        name: {"window_error_percent": round(100 * error / true, 1), "total_percent": round(100 * (count - true) / true, 1)}
        for name, (error, count, true) in sums.items()
    }


def tracking_memory_mb(kind: str) -> float:
    """Return the peak memory of a fresh process that only tracks a street of 100, MB."""
    code = (
        "import resource, sys; sys.path.insert(0, 'scripts'); from measuring import *; f = film(100, 1, seconds=20.0); "
        "import bench_edge as b; from peers import PEERS; "
        if kind == "peer"
        else "import resource, sys; sys.path.insert(0, 'scripts'); from measuring import *; f = film(100, 1, seconds=20.0); "
    )
    work = "b.peer_events(f, PEERS[0]); " if kind == "peer" else "count_street(f); "
    code += work + "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)  # noqa: S603 - our own
    return float(done.stdout)


def empty_clip(folder: Path) -> Path:
    """Write a clip in which nothing moves: the median of the street, with the camera's own noise."""
    capture, pictures = cv2.VideoCapture(str(CLIP)), []
    while len(pictures) < 300 and (read := capture.read())[0]:  # noqa: PLR2004 - enough that everyone has walked on
        pictures.append(read[1])
    background = np.median(np.stack(pictures[::12]), axis=0)
    path, rng = folder / "empty.avi", np.random.default_rng(1)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 7.0, (background.shape[1], background.shape[0]))
    for _ in range(200):
        writer.write(np.clip(background + rng.normal(0.0, 2.0, background.shape), 0, 255).astype(np.uint8))
    writer.release()
    return path


def sensor_pss_mb(folder: Path) -> float:
    """Run the whole box on the clip for some seconds and return the most that its sensor process held, MB of PSS."""
    agent = [sys.executable, "-c", "from edge_agent.cli import main; main()"]
    subprocess.run([*agent, "keygen", str(folder / "keys")], check=True, capture_output=True, cwd=ROOT)  # noqa: S603 - our own program
    settings = (f"store.directory={folder / 'store'}", f"keys.directory={folder / 'keys'}")
    command = [*agent, "run", str(CONFIG), *(word for setting in settings for word in ("--set", setting))]
    with (folder / "log").open("w") as log:
        box = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)  # noqa: S603 - our own program
        most, until_s = 0.0, time.monotonic() + SENSOR_S_MAX
        while time.monotonic() < until_s and box.poll() is None:
            most = max([most, *(_pss_mb(child) for child in _descendants(box.pid) if _is_sensor(child))])
            time.sleep(0.5)
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
        return b"edge_agent.sensor_process" in Path(f"/proc/{process}/cmdline").read_bytes()
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


def measure(*, quick: bool) -> dict[str, object]:
    """Measure everything, printing as it goes."""
    frames = 60 if quick else 200
    ours, theirs, sort, errors = {}, {}, {}, {}
    for people in CROWDS:
        filmed = film(people, 1, seconds=12.0 if quick else 40.0)
        short = filmed if people < CROWDS[-1] else replace(filmed, frames=filmed.frames[:200])
        ours[str(people)], theirs[str(people)] = round(our_fps(short)), round(peer_fps(short, PEERS[0]))
        sort[str(people)] = round(peer_fps(short, PEERS[3]))
        errors[str(people)] = counting(people, seeds=1 if quick else 2, seconds=33.0 if quick else 113.0)
        best = min((each for name, each in errors[str(people)].items() if name != "ours"), key=lambda one: one["window_error_percent"])
        mine = errors[str(people)]["ours"]
        say(
            f"{people:>4} people: tracking {ours[str(people)]} frames/s, ByteTrack {theirs[str(people)]}, SORT {sort[str(people)]}"
            f" (x {ours[str(people)] / theirs[str(people)]:.1f}); window error {mine['window_error_percent']} %, best peer"
            f" {best['window_error_percent']} %; total {mine['total_percent']:+} %"
        )
    before, trip, after = bare(frames), pipeline(CLIP), bare(frames)
    bare_cpu_s, bare_wall_s = ((one + other) / 2 for one, other in zip(before, after, strict=True))
    say(f"bare inference {1000 * bare_cpu_s:.1f} ms, whole trip {1000 * trip[0]:.1f} ms of processor time a frame")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        empty = pipeline(empty_clip(Path(folder)))
        say(f"empty scene {1000 * empty[0]:.1f} ms of processor time a frame")
        Path(folder).chmod(0o755)
        pss_mb = sensor_pss_mb(Path(folder))
    memory = {kind: round(tracking_memory_mb(kind)) for kind in ("ours", "peer")}
    say(f"sensor process {pss_mb:.0f} MB PSS; a process that only tracks: ours {memory['ours']} MB, peer {memory['peer']} MB")
    return {
        "at_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {processor()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}",
        "bare_inference_ms": round(1000 * bare_cpu_s, 2),
        "pipeline_ms": round(1000 * trip[0], 2),
        "pipeline_ratio": round(bare_wall_s / trip[1], 3),
        "pipeline_cpu_ratio": round(bare_cpu_s / trip[0], 3),
        "tracking_fps": ours,
        "peer_tracking_fps": theirs,
        "peer_sort_tracking_fps": sort,
        "counting": errors,
        "empty_scene_cpu_ratio": round(empty[0] / trip[0], 3),
        "sensor_pss_mb": round(pss_mb, 1),
        "tracking_memory_mb": memory,
        "own_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def say(line: str) -> None:
    """Print a line of the table at once."""
    print(line, flush=True)


def main() -> int:
    """Read the flags, measure, print the JSON line."""
    parser = argparse.ArgumentParser(prog="scripts/bench edge", description=__doc__)
    parser.add_argument("--board", action="store_true", help=f"also write {BOARD_CARD.relative_to(ROOT)}, a card of this machine")
    parser.add_argument("--quick", action="store_true", help="a fifth of the frames: to see that it runs, not to quote")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", category=FutureWarning, module="supervision")
    measured = measure(quick=arguments.quick)
    if arguments.board:
        BOARD_CARD.write_text(json.dumps(measured, indent=2) + "\n")
        say(f"board card: {BOARD_CARD.relative_to(ROOT)}")
    print(json.dumps(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main())
