# SPDX-License-Identifier: Apache-2.0
"""Score the box on a clip with truth: at lines, in zones, and at several input sizes."""

import argparse
import math
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from development.measure.clips.tracks import tracks
from development.measure.replay import frame_size
from development.measure.scoring import (
    WINDOW_S,
    Event,
    by_window,
    number,
    read_truth,
    replay,
    scores,
    true_events,
)
from edge_agent.config.schema import Config, load
from edge_agent.counting.geometry import inside
from edge_agent.counting.line import Line
from edge_agent.disclosure.interval.interval import Quantity, interval
from edge_agent.vision.capture.file_camera import FileCamera
from wire_contract.messages.report import Rule, RuleName

EXACT = Rule(RuleName.EXACT, ())
OBSERVED_MIN = 0.9


def clips(arguments: argparse.Namespace) -> str:
    """Score one clip with each model, or a file of detections."""
    truth = read_truth(arguments.truth)
    rows, scored = [], []
    with tempfile.TemporaryDirectory(prefix="measure-counting-") as folder:
        path = arguments.config or _bare_config(Path(folder), arguments)
        for model in arguments.model or [None]:
            chosen = (f"detector.model={model}",) if model else ()
            config = load(path, (*chosen, *arguments.set))
            fps = arguments.fps or config.camera.fps or _rate(arguments.clip)
            words = ["--config", str(path), *(("--model", model) if model else ())]
            words += [word for each in arguments.set for word in ("--set", each)]
            cells = clip(config, _looked_at(arguments, fps), truth, fps, tuple(words))
            name = "as published" if arguments.frame_size else model or config.detector.model
            rows.append(f"| {name} | " + " | ".join(cells) + " |")
            if arguments.tracks:
                scored.append(f"{name}: {tracks(config, arguments, truth, fps)}.")
    names = [f"line {line.id} (P / R / F1, error)" for line in config.lines] + [
        f"zone {zone.id} MAE" for zone in config.zones
    ]
    head = f"| model | {' | '.join(names)} | intervals hold | CPU ms a frame |"
    return "\n".join(
        [head, "|---" * (head.count("|") - 1) + "|", *rows, *([""] if scored else []), *scored]
    )


def curve(arguments: argparse.Namespace) -> str:
    """Score one clip at several input sizes, with tiles where a size ends in +N."""
    truth, rows = read_truth(arguments.truth), []
    for size in arguments.sizes.split(","):
        sides, _, tiles = size.partition("+")
        width, height = sides.split("x")
        chosen = (
            f"detector.input_width_px={width}",
            f"detector.input_height_px={height}",
            *arguments.set,
        )
        chosen += (f"detector.tiles_each={tiles}",) if tiles else ()
        config = load(arguments.config, chosen)
        more = [word for each in chosen for word in ("--set", each)]
        fps = arguments.fps or config.camera.fps or _rate(arguments.clip)
        cells = clip(
            config, (arguments.clip,), truth, fps, ("--config", str(arguments.config), *more)
        )
        rows.append(
            f"| {sides}{f' and {tiles} tile a frame' if tiles else ''} | "
            + " | ".join(cells)
            + " |"
        )
    names = [f"line {line.id} (P / R / F1, error)" for line in config.lines] + [
        f"zone {zone.id} MAE" for zone in config.zones
    ]
    head = f"| input | {' | '.join(names)} | intervals hold | CPU ms a frame |"
    return "\n".join([head, "|---" * (head.count("|") - 1) + "|", *rows])


def clip(
    config: Config,
    looked_at: tuple[str, ...],
    truth: NDArray[np.float64],
    fps: float,
    arguments: tuple[str, ...],
) -> list[str]:
    """Replay one clip once and return the cells of its row; see HEADER."""
    lines = replay(
        *looked_at, *arguments, "--crossings", "--occupancy", "--window-s", str(round(WINDOW_S))
    )
    summary, frames = lines[-1], round(number(lines[-1], "frames"))
    cells = []
    for line in config.lines:
        true = true_events(truth, Line(line.id, line.a, line.b), fps)
        found = [
            Event(number(each, "t_s"), str(each["direction"]))
            for each in lines
            if each.get("line") == line.id
        ]
        windows = math.ceil(frames / fps / WINDOW_S)
        off = (
            np.abs(by_window(found, windows, WINDOW_S) - by_window(true, windows, WINDOW_S))
            .sum(axis=1)
            .mean()
        )
        score = scores(found, true)
        cells.append(
            f"{line.id}: {score['precision']:.2f} / {score['recall']:.2f} / {score['f1']:.3f}, "
            f"{off:.2f} a window"
        )
    for zone in config.zones:
        feet = np.column_stack([truth[:, 2] + truth[:, 4] / 2, truth[:, 3] + truth[:, 5]])
        here = truth[inside(feet, np.array(zone.polygon, np.float64)), 0].astype(int) - 1
        true_people = np.bincount(here[here < frames], minlength=frames)
        people = [_zone(each, zone.id) for each in lines if "t_s" in each and "zones" in each]
        cells.append(
            f"{zone.id}: {np.abs(np.array(people) - true_people[: len(people)]).mean():.2f}"
        )
    covered = coverage(lines, config, truth, fps)
    cells.append("not stated" if covered is None else f"{100 * covered:.0f} %")
    cells.append(f"{1000 * number(summary, 'cpu_s') / frames:.1f}")
    return cells


def coverage(
    lines: list[dict[str, object]], config: Config, truth: NDArray[np.float64], fps: float
) -> float | None:
    """Return the share of true window counts in the 80 % interval of the exact count, or None."""
    hits = total = 0
    for line in config.lines:
        true = true_events(truth, Line(line.id, line.a, line.b), fps)
        for each in lines:
            stated = each.get("lines")
            said = stated.get(line.id) if isinstance(stated, dict) else None
            if said is None or number(each, "observed_s") < OBSERVED_MIN * number(each, "length_s"):
                continue
            counts = by_window(true, 1, number(each, "length_s"), number(each, "start_s"))[0]
            for count, name in zip(counts, ("in", "out"), strict=True):
                low, high = interval(said[name], Quantity.LINE, EXACT)
                hits, total = hits + (low <= count <= high), total + 1
    return hits / total if total else None


def _zone(line: dict[str, object], name: str) -> float:
    zones = line["zones"]
    return float(zones[name]) if isinstance(zones, dict) else 0.0


def _looked_at(arguments: argparse.Namespace, fps: float) -> tuple[str, ...]:
    """Return how replay is told what to look at."""
    if arguments.frame_size is None:
        return (arguments.clip,)
    return "--detections", arguments.clip, "--fps", str(fps), "--frame-size", arguments.frame_size


def _rate(path: str) -> float:
    """Return what the container says, frames a second."""
    with FileCamera(Path(path), fps=None, paced=False, loss_after_s=60.0) as camera:
        return camera.fps


def _bare_config(folder: Path, arguments: argparse.Namespace) -> Path:
    """Write a config with the lines given, or lines at the quarters; all of the frame is a zone."""
    if arguments.frame_size:
        width, height = frame_size(arguments.frame_size)
    else:
        with FileCamera(
            Path(arguments.clip), fps=arguments.fps, paced=False, loss_after_s=60.0
        ) as camera:
            width, height = camera.frame_width_px, camera.frame_height_px
    given = arguments.line or [
        f"x{part}={width * part // 4},0,{width * part // 4},{height}" for part in (1, 2, 3)
    ]
    rows = [
        'site = "measured"\ndevice = "clip"\ntest_site = true',
        f'[camera]\nsource = "file"\npath = "{Path(arguments.clip).resolve()}"',
        *([f"fps = {arguments.fps}"] if arguments.fps else []),
        f"[view]\nframe_width_px = {width}\nframe_height_px = {height}",
    ]
    for each in given:
        name, _, ends = each.partition("=")
        ax, ay, bx, by = ends.split(",")
        rows.append(f'[[lines]]\nid = "{name}"\na = [{ax}, {ay}]\nb = [{bx}, {by}]')
    rows.append(
        f'[[zones]]\nid = "all"\npolygon = [[0, 0], [{width}, 0], [{width}, {height}], [0, '
        f"{height}]]"
    )
    rows.append('[store]\ndirectory = "store"\n[keys]\ndirectory = "keys"')
    path = folder / "bare.toml"
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path
