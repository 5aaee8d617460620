# SPDX-License-Identifier: Apache-2.0
"""Run vision and counting over a file as fast as possible and print exact counts as JSON lines.

Each window has what a box would say of it before noise: the numbers, their intervals, and the code
of the image quality. It publishes nothing. Exact counts exist here because nothing leaves: the tool
reads a file that whoever runs it already has.
"""

import json
import logging
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from development.measure.clips.mot import MotDetections
from development.measure.scenes.exact_gate import CappedSource, ExactGate
from edge_agent.clock import Slots
from edge_agent.config.schema import Config
from edge_agent.counting.line import Crossing
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.errors import CameraError, ConfigError
from edge_agent.processes.counted_window import CountedWindow, WindowCounter, WindowSight
from edge_agent.processes.launch import detector_settings, view_settings
from edge_agent.processes.sensor import check_drawn, open_scene
from edge_agent.vision.assembly import fit_detector, open_mask, open_pipeline
from edge_agent.vision.capture.file_camera import FileCamera
from edge_agent.vision.pipeline import FrameDetections, Pipeline
from edge_agent.vision.quality.monitor import ImageQuality, WindowQuality
from edge_agent.vision.view import open_tiling
from wire_contract.messages.report import LineCount, ZoneCount

READ_TIMEOUT_S = 60.0
log = logging.getLogger("edge_agent.replay")
TIME_DIGITS = 3
LINE_ENDS = ("in_low", "in_high", "out_low", "out_high")
ZONE_ENDS = ("mean_low", "mean_high", "peak_low", "peak_high")


@dataclass(frozen=True, slots=True)
class Output:
    """What to print besides the windows, how long a window is (seconds), and for whom."""

    crossings: bool
    occupancy: bool
    window_s: int
    as_json: bool


def replay_file(config: Config, path: Path, output: Output, stream: TextIO) -> None:
    """Detect, track and count over a video file. Raises CameraError, ModelError, ConfigError."""
    with FileCamera(
        path, fps=config.camera.fps, paced=False, loss_after_s=READ_TIMEOUT_S
    ) as camera:
        size = {"width_px": camera.frame_width_px, "height_px": camera.frame_height_px}
        check_drawn(view_settings(config), **size)
        settings, detector, thresholds = fit_detector(detector_settings(config), **size)
        scene, mask = (
            open_scene(view_settings(config), thresholds, **size),
            open_mask(view_settings(config), **size),
        )
        before = _file_state(path)
        pipeline = open_pipeline(
            camera,
            mask,
            detector,
            settings=settings,
            tiling=open_tiling(settings, view_settings(config), **size),
        )
        try:
            counter = _counter(config, pipeline, scene, fps=camera.fps)
            _count(config, counter, _detected(pipeline), output, stream)
        finally:
            pipeline.close()
        if camera.shortfall.sentence:
            log.warning("%s", camera.shortfall.sentence)
    if _file_state(path) != before:
        raise CameraError(f"{path}: changed while it was read; copy it and run again")


def _detected(pipeline: Pipeline) -> Iterator[FrameDetections]:
    """Yield what was seen of every frame of a file."""
    while not pipeline.ended:
        seen = pipeline.next(READ_TIMEOUT_S)
        if seen is not None:
            yield seen


class _Given:
    """Detections in place of a pipeline: the picture they are of is taken to be good."""

    def __init__(self, detections: MotDetections) -> None:
        self._detections, self.taken = detections, 0

    def steps(self) -> Iterator[FrameDetections]:
        """Yield what was seen of every frame."""
        for at_s, detections in self._detections.steps():
            self.taken += 1
            yield FrameDetections(at_s, detections, inferred=True)

    def close_window(self) -> WindowQuality:
        """Say that the image was fine."""
        return WindowQuality(ImageQuality.FINE, blind=False)


def _counter(config: Config, sight: WindowSight, scene: Scene, *, fps: float) -> WindowCounter:
    return WindowCounter(
        sight, scene, lines=len(config.lines), zones=len(config.zones), frame_s=1.0 / fps
    )


def replay_detections(
    config: Config,
    detections: MotDetections,
    output: Output,
    stream: TextIO,
    *,
    width_px: int,
    height_px: int,
) -> None:
    """Track and count over given detections, as if a detector had just found them."""
    thresholds = TrackerSettings()
    if config.detector.confidence_high is not None:
        low = config.detector.confidence_min or config.detector.confidence_high / 2
        thresholds = TrackerSettings(
            confidence_high=config.detector.confidence_high, confidence_low=low
        )
    check_drawn(view_settings(config), width_px=width_px, height_px=height_px)
    scene = open_scene(view_settings(config), thresholds, width_px=width_px, height_px=height_px)
    given = _Given(detections)
    counter = _counter(config, given, scene, fps=detections.fps)
    _count(config, counter, given.steps(), output, stream)


def _count(
    config: Config,
    counter: WindowCounter,
    steps: Iterator[FrameDetections],
    output: Output,
    stream: TextIO,
) -> None:
    """Count the frames, close windows, print."""
    slots = Slots(0.0, output.window_s)
    printer = _Printer(config, output, stream)
    slot, frames = 0, 0
    started_s, started_cpu_s = time.monotonic(), _cpu_s()
    for seen in steps:
        while slots.at(seen.captured_s) > slot:
            printer.window(slot, counter.close())
            slot += 1
        counts = counter.count_frame(seen)
        printer.crossings(counts.crossings)
        printer.occupancy(
            seen.captured_s, tuple(occupancy.people for occupancy in counts.occupancies)
        )
        frames += 1
    printer.crossings(counter.finish())
    printer.window(slot, counter.close())
    seconds, cpu_s = time.monotonic() - started_s, _cpu_s() - started_cpu_s
    printer.summary(frames=frames, seconds=seconds, cpu_s=cpu_s)


class _Printer:
    """Write one JSON object a line, or the same words without the brackets."""

    def __init__(self, config: Config, output: Output, stream: TextIO) -> None:
        self._lines = tuple(line.id for line in config.lines)
        self._zones = tuple(zone.id for zone in config.zones)
        self._output = output
        self._stream = stream
        largest = config.record_schema()
        self._gate = ExactGate(
            [CappedSource(*one) for one in zip(self._lines, largest.lines, strict=True)],
            [CappedSource(*one) for one in zip(self._zones, largest.zones, strict=True)],
            length_s=output.window_s,
        )

    def window(self, slot: int, counted: CountedWindow) -> None:
        """Print one window: what was counted, and the intervals that a box would state of it."""
        sums, released = counted.sums, self._gate.release(slot, counted)
        stated_lines = {line.id: line for line in released.lines}
        stated_zones = {zone.id: zone for zone in released.zones}
        lines = {
            name: {
                "in": line.in_count,
                "out": line.out_count,
                **_ends(stated_lines.get(name), LINE_ENDS),
            }
            for name, line in zip(self._lines, sums.lines, strict=True)
        }
        zones = {
            name: {
                "mean": round(zone.mean, 4),
                "max": zone.peak,
                **_ends(stated_zones.get(name), ZONE_ENDS),
            }
            for name, zone in zip(self._zones, sums.zones, strict=True)
        }
        self._print(
            {
                "start_s": float(slot * self._output.window_s),
                "length_s": self._output.window_s,
                "quality": counted.code.name.lower(),
                "observed_s": round(sums.observed_s, TIME_DIGITS),
                "frames": sums.frames,
                "lines": lines,
                "zones": zones,
            }
        )

    def crossings(self, crossings: tuple[Crossing, ...]) -> None:
        if self._output.crossings:
            for crossing in crossings:
                line = self._lines[crossing.line]
                self._print(
                    {
                        "t_s": round(crossing.crossed_s, TIME_DIGITS),
                        "line": line,
                        "direction": crossing.direction,
                    }
                )

    def occupancy(self, now_s: float, people: tuple[int, ...]) -> None:
        if self._output.occupancy:
            self._print(
                {
                    "t_s": round(now_s, TIME_DIGITS),
                    "zones": dict(zip(self._zones, people, strict=True)),
                }
            )

    def summary(self, *, frames: int, seconds: float, cpu_s: float) -> None:
        fps = frames / seconds if seconds > 0 else 0.0
        self._print(
            {
                "summary": True,
                "frames": frames,
                "seconds": round(seconds, 3),
                "cpu_s": round(cpu_s, 3),
                "fps": round(fps, 2),
            }
        )

    def _print(self, line: dict[str, object]) -> None:
        if self._output.as_json:
            self._stream.write(json.dumps(line, separators=(",", ":")) + "\n")
        else:
            self._stream.write("  ".join(f"{key} {value}" for key, value in line.items()) + "\n")


def _ends(stated: LineCount | ZoneCount | None, names: tuple[str, ...]) -> dict[str, int | None]:
    """Return the ends of the intervals.

    None where there is none: above a lower bound, and both where the window says no number.
    """
    return {name: None if stated is None else getattr(stated, name) for name in names}


def _cpu_s() -> float:
    """Return user and system time of this process and its ended children, seconds."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _file_state(path: Path) -> tuple[int, int, int]:
    try:
        state = path.stat()
    except OSError as error:
        raise CameraError(f"{path}: {error}; keep the file in place while it is read") from error
    return (state.st_ino, state.st_size, state.st_mtime_ns)


def frame_size(text: str) -> tuple[int, int]:
    """Read WxH, pixels. Raises ConfigError for any other form."""
    width, x, height = text.partition("x")
    if not (x and width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise ConfigError(f"--frame-size: got {text!r}, wanted WxH in pixels, as in 768x576")
    return int(width), int(height)
