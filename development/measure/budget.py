# SPDX-License-Identifier: Apache-2.0
"""Measure what a larger input brings and what it costs, for each model that is installed.

Usage: python -m development.measure.budget DATA [--model NAME]... [--widths 320,480,...]. DATA
holds the labelled clips. Each is looked at with inputs of several widths in its own aspect, at the
thresholds of the card for that size, and counted as in "Dozens of lines": F1 and window error over
the lines, and the mean absolute error of the people in the picture, frame by frame. It needs the
benchmarks' environment (scripts/bench-environment) and writes its section into docs/ACCURACY.md;
one model alone has a section of its own.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from development.measure.lines import Labelled, compare
from development.measure.scoring import ROOT, needs_set_up, read_truth, write_section
from edge_agent.config.paths import cards_directory, weights_directory
from edge_agent.config.schema import load
from edge_agent.models.card import Card, read_card
from edge_agent.processes.launch import detector_settings
from edge_agent.vision.assembly import fit_detector
from edge_agent.vision.capture.file_camera import FileCamera
from edge_agent.vision.input_size import input_size

CONFIG = ROOT / "firmware_configs" / "examples" / "vtest.toml"
WIDTHS_PX = (320, 480, 640, 960, 1280)
SECTION = "Input sizes"


@dataclass(frozen=True, slots=True)
class Clip:
    """A labelled video; fps is its own rate, ignored_px as in `Labelled`."""

    name: str
    video: Path
    truth: Path
    fps: float
    ignored_px: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One size: width and height, the processor time of a look, and what was counted."""

    size: tuple[int, int]
    look_ms: float
    f1: float
    window_error_percent: float
    mae: float


def clips(data: Path) -> tuple[Clip, ...]:
    """Return the labelled videos under `data`."""
    vtest, stadtmitte = data / "video" / "vtest", data / "video" / "tud-stadtmitte"
    return (
        Clip(
            "vtest",
            ROOT / "var" / "clips" / "vtest.avi",
            vtest / "gt.txt",
            7.0,
            ignored_px=(330.0, 150.0),
        ),
        Clip("TUD-Stadtmitte", stadtmitte / "TUD-Stadtmitte.mp4", stadtmitte / "gt.txt", 25.0),
    )


def installed() -> list[Card]:
    """Return the cards whose weights are there."""
    cards = [read_card(folder) for folder in sorted(cards_directory().iterdir()) if folder.is_dir()]
    return [card for card in cards if (weights_directory() / card.onnx_name).exists()]


def sizes(card: Card, clip: Clip, widths_px: Sequence[int]) -> list[tuple[int, int]]:
    """Return the inputs of these widths in the clip's aspect that the card allows, each once."""
    with FileCamera(clip.video, fps=clip.fps, paced=False, loss_after_s=60.0) as camera:
        frame = camera.frame_width_px, camera.frame_height_px
    found = (
        input_size(
            card.input,
            frame_width_px=frame[0],
            frame_height_px=frame[1],
            area_px=width_px**2 * frame[1] / frame[0],
        )
        for width_px in widths_px
    )
    return list(dict.fromkeys(found))


def measure(card: Card, clip: Clip, size: tuple[int, int]) -> Point:
    """Look at a clip at one size, and count."""
    settings = detector_settings(
        load(
            CONFIG,
            (
                f"detector.model={card.name}",
                f"detector.input_width_px={size[0]}",
                f"detector.input_height_px={size[1]}",
            ),
        )
    )
    frames, spent_s = [], []
    with FileCamera(clip.video, fps=clip.fps, paced=False, loss_after_s=60.0) as camera:
        width_px, height_px = camera.frame_width_px, camera.frame_height_px
        _, detector, thresholds = fit_detector(settings, width_px=width_px, height_px=height_px)
        while (frame := camera.read(60.0)) is not None:
            begun_s = time.thread_time()
            found = detector.detect(frame)
            spent_s.append(time.thread_time() - begun_s)
            frames.append((frame.captured_s, found))
    counted = compare(
        Labelled(
            clip.name,
            frames,
            thresholds,
            read_truth(clip.truth),
            float(width_px),
            float(height_px),
            clip.fps,
            card.name,
            clip.ignored_px,
        ),
        peers=(),
    )
    score = counted.lines["ours"]
    return Point(
        size,
        1000.0 * float(np.median(spent_s)),
        score.pooled_f1,
        score.window_error_percent,
        counted.occupancy["ours"],
    )


def rows(data: Path, cards: Sequence[Card], widths_px: Sequence[int]) -> Iterator[str]:
    """Yield a row for each model, clip and size."""
    for card in cards:
        for clip in clips(data):
            for size in sizes(card, clip, widths_px):
                point = measure(card, clip, size)
                yield (
                    f"| {card.name} | {clip.name} | {size[0]}x{size[1]} | {point.look_ms:.0f} | "
                    f"{point.f1:.3f} | {point.window_error_percent:.1f} | {point.mae:.2f} |"
                )


HEAD = """Each installed model at several input sizes, in the clip's own aspect and at its card's
thresholds for that size. CPU ms: the median processor time of one look, with what is done before
and after the network, one thread. F1, window error and MAE as in "Dozens of lines". A larger input
sees smaller people; where people are large already it finds parts of them.

| model | clip | input | CPU ms | F1 | window error, % | MAE |
|---|---|---|---|---|---|---|"""


def main() -> int:
    """Measure, write the section, print it."""
    parser = argparse.ArgumentParser(description=__doc__, prog="budget")
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", action="append", help="some of them; all that are installed")
    parser.add_argument("--widths", default=",".join(map(str, WIDTHS_PX)), help="pixels")
    arguments = parser.parse_args()
    needs_set_up()
    cards = [one for one in installed() if not arguments.model or one.name in arguments.model]
    if not cards:
        sys.exit("budget: none of these models is installed; edge-agent model list")
    widths_px = [int(width) for width in arguments.widths.split(",")]
    found = []
    for row in rows(arguments.data, cards, widths_px):
        print(row, file=sys.stderr, flush=True)
        found.append(row)
    text = "\n".join([HEAD, *found])
    words = ["python -m development.measure.budget", arguments.data.name]
    words += [f"--model {name}" for name in arguments.model or ()]
    if widths_px != list(WIDTHS_PX):
        words.append(f"--widths {arguments.widths}")
    section = SECTION if len(cards) > 1 else f"{SECTION}, {cards[0].name}"
    write_section(section, " ".join(words), text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
