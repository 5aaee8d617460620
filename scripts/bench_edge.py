# SPDX-License-Identifier: Apache-2.0
"""Compare the box with what a user would wire together instead: same detections, model, clip and machine, in one go.

Prints a table; the last line is one JSON object. Tracking and inference are measured in processor time of one thread, the pipeline
in both processor time and wall time, so that a busy machine shows as a gap between the two.
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
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from measuring import (
    AGENT,
    CLIP,
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
    number,
    processor,
    replay,
    street_error,
    street_scene,
)
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


def tracking_fps(filmed: Filmed) -> dict[str, float]:
    """Return frames a second of processor time for tracking, one line and one zone: ours, ByteTrack, SORT.

    Turn by turn, the best of REPEATS: what else runs on the machine only ever slows one down.
    """
    frames = [Detections(frame.boxes, frame.confidences) for frame in filmed.frames]
    theirs = list(as_theirs(frames))

    def ours() -> None:
        scene = street_scene()
        for frame, detections in zip(filmed.frames, frames, strict=True):
            scene.update(detections, frame.at_s)

    def peer(setting: Peer) -> None:
        scene = PeerScene(setting, STREET_LINE, STREET_ZONE, fps=STREET_FPS, confidence=TrackerSettings().confidence_high)
        for detections in theirs:
            scene.update(detections)

    runs = {"ours": ours, "ByteTrack": partial(peer, PEERS[0]), "SORT": partial(peer, PEERS[3])}
    best_s = dict.fromkeys(runs, np.inf)
    for _ in range(REPEATS):
        for name, run in runs.items():
            begun_s = time.process_time()
            run()
            best_s[name] = min(best_s[name], time.process_time() - begun_s)
    return {name: round(len(frames) / seconds) for name, seconds in best_s.items()}


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
    work = "count_street(film(100, 1, seconds=20.0))"
    if kind == "peer":
        work = "peer_events(film(100, 1, seconds=20.0), PEERS[0])"
    names = "from bench_edge import peer_events; from peers import PEERS" if kind == "peer" else ""
    code = f"import sys; sys.path.insert(0, 'scripts'); from measuring import *; {names}\n{work}\n"
    code += "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)  # noqa: S603 - our own
    return int(done.stdout) / 1024


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
    subprocess.run([str(AGENT), "keygen", str(folder / "keys")], check=True, capture_output=True, cwd=ROOT)  # noqa: S603 - our own program
    settings = (f"store.directory={folder / 'store'}", f"keys.directory={folder / 'keys'}")
    command = [str(AGENT), "run", str(CONFIG), *(word for setting in settings for word in ("--set", setting))]
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
    ours: dict[str, float] = {}
    theirs: dict[str, float] = {}
    sort: dict[str, float] = {}
    errors: dict[str, dict[str, dict[str, float]]] = {}
    for people in CROWDS:
        fps = tracking_fps(film(people, 1, seconds=10.0 if quick else 30.0))
        ours[str(people)], theirs[str(people)], sort[str(people)] = fps["ours"], fps["ByteTrack"], fps["SORT"]
        errors[str(people)] = counting(people, seeds=1 if quick else 2, seconds=33.0 if quick else 113.0)
        best = min(
            (each for name, each in errors[str(people)].items() if name != "ours"), key=lambda one: one["window_error_percent"]
        )
        mine = errors[str(people)]["ours"]
        say(
            f"{people:>4} people: tracking {ours[str(people)]} frames/s, ByteTrack {theirs[str(people)]}, SORT {sort[str(people)]}"
            f" (x {ours[str(people)] / theirs[str(people)]:.1f}); window error {mine['window_error_percent']} %, best peer"
            f" {best['window_error_percent']} %; total {mine['total_percent']:+} %"
        )
    before, first, between, second, after = bare(frames), pipeline(CLIP), bare(frames), pipeline(CLIP), bare(frames)
    bare_cpu_s, bare_wall_s = (sum(times) / 3 for times in zip(before, between, after, strict=True))
    trip = tuple(sum(times) / 2 for times in zip(first, second, strict=True))
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
    needs_set_up()
    warnings.filterwarnings("ignore", category=FutureWarning, module="supervision")
    measured = measure(quick=arguments.quick)
    if arguments.board:
        BOARD_CARD.write_text(json.dumps(measured, indent=2) + "\n")
        say(f"board card: {BOARD_CARD.relative_to(ROOT)}")
    print(json.dumps(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main())
