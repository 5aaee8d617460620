# SPDX-License-Identifier: Apache-2.0
"""The sensor process: pixels in, 64-byte records out. The only wiring of vision and counting.

It knows nothing of dates, rules, keys or networks. At the end of each slot it rounds what it
counted and writes at most one record a line, a zone and the image quality. A lost camera ends the
process with its own exit code, and the supervisor starts another. Started as `python -I -m
edge_agent.processes.sensor SETTINGS LOCKED GO`: the descriptor that carries its settings, the one
it closes once it is locked, and the one on which it hears that the lock has been measured.
"""

import logging
import math
import os
import sys
import threading
from collections.abc import Callable
from typing import NamedTuple

from edge_agent.confinement import lock
from edge_agent.confinement.tables.policy import Role

if __name__ == "__main__":
    # Before any library is imported, and while there is one thread.
    lock.begin(Role.SENSOR)

import numpy as np

from edge_agent.channel import Record, Schema, pack
from edge_agent.clock import Clock, Slots, SystemClock
from edge_agent.config.inside_frame import hold_against
from edge_agent.confinement import process_exit
from edge_agent.confinement.stop import Stop
from edge_agent.confinement.tables.visible_files import THERMAL
from edge_agent.counting.detection import Detections
from edge_agent.counting.familiarity.movement import Movement
from edge_agent.counting.geometry import ground_plane
from edge_agent.counting.line import Line
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.counting.zone import Zone
from edge_agent.errors import CameraError, ConfigError
from edge_agent.process_settings import (
    DetectorSettings,
    SensorSettings,
    Source,
    ViewSettings,
    read_settings,
)
from edge_agent.processes.counted_window import CountedWindow, WindowCounter
from edge_agent.vision.assembly import (
    fit_detector,
    open_camera,
    open_frame_rate,
    open_mask,
    open_pipeline,
    shortfall_of,
    warm_up_monitor,
)
from edge_agent.vision.capture.camera import Camera
from edge_agent.vision.capture.frame_rate import Thermometer
from edge_agent.vision.capture.recording.shortfall import COMPLETE, Shortfall
from edge_agent.vision.memory import release_code_pages, return_freed_memory, share_one_heap
from edge_agent.vision.pipeline import Pipeline
from edge_agent.vision.quality.statistics import SMALL_WIDTH_PX
from edge_agent.vision.view import open_tiling, scaled, wanted_area

WARM_UP_CROWD, WARM_UP_FRAMES = 6, 40
READ_TIMEOUT_S = 0.25
log = logging.getLogger("edge_agent.sensor")


def open_scene(
    view: ViewSettings, thresholds: TrackerSettings, *, width_px: int, height_px: int
) -> Scene:
    """Lay lines, zones and ground points of the reference frame over a frame of this size."""
    ground = None
    if view.ground is not None:
        ground = ground_plane(
            np.array(scaled(view, view.ground.pixels, width_px, height_px)),
            np.array(view.ground.metres),
        )
    lines = ((line, scaled(view, (line.a, line.b), width_px, height_px)) for line in view.lines)
    return Scene(
        lines=tuple(Line(line.id, *ends) for line, ends in lines),
        zones=tuple(
            Zone(zone.id, scaled(view, zone.polygon, width_px, height_px)) for zone in view.zones
        ),
        settings=thresholds,
        ground=ground,
        frame_width_px=width_px,
    )


def check_drawn(view: ViewSettings, *, width_px: int, height_px: int) -> None:
    """Hold lines, zones and masks against the camera's own picture.

    Tell what somebody should look at. Raises ConfigError where something would count nothing for
    ever: it lies outside the picture, or all of that is masked.
    """
    drawn = hold_against(view, width_px=width_px, height_px=height_px)
    # A box that ran before with a view of another shape goes on, and says so; `edge-agent check`
    # refuses one that is turned.
    for warning in (*drawn.warnings, *((drawn.shape,) if drawn.shape else ())):
        log.warning("%s", warning)
    if drawn.mistakes:
        raise ConfigError("; ".join(drawn.mistakes))


def warm_up_counting(scene: Scene, *, width_px: int, height_px: int) -> None:
    """Let a synthetic crowd walk through a scene that is then thrown away.

    So every library is loaded before the lock. Some load only when first needed: the solver waits
    for the first two people who could be each other.
    """
    starts = np.arange(WARM_UP_CROWD, dtype=np.float32) * (0.02 * width_px)
    boxes = np.stack(
        [
            starts,
            np.zeros_like(starts),
            starts + 0.2 * width_px,
            np.full_like(starts, 0.9 * height_px),
        ],
        axis=1,
    )
    step = np.array([0.8 * width_px / WARM_UP_FRAMES, 0.0] * 2, np.float32)
    # All moves, every second one is half seen, and two below them have no box at all, so that each
    # tracker has something to do.
    cell_px = width_px / SMALL_WIDTH_PX
    moves = np.ones((max(1, round(height_px / cell_px)), SMALL_WIDTH_PX), np.bool_)
    unseen = np.array([[0.1, 0.91, 0.12, 0.99], [0.11, 0.91, 0.13, 0.99]], np.float32)
    parts = unseen * np.array([width_px, height_px] * 2, np.float32)
    confidences = np.where(np.arange(WARM_UP_CROWD) % 2, 0.9, scene.weak_min).astype(np.float32)
    for index in range(WARM_UP_FRAMES):
        moving = Movement(moves, cell_px, (parts + index * step) / np.float32(cell_px))
        scene.observe_frame(Detections(boxes + index * step, confidences), 0.1 * index, moving)
    scene.finish()


class Speaker:
    """Write the records of each slot."""

    def __init__(self, channel_fd: int, schema: Schema, length_s: int) -> None:
        self._channel_fd = channel_fd
        self._schema = schema
        self._length_s = length_s
        self._sequence = 0

    def say(self, slot: int, counted: CountedWindow) -> None:
        """Write the records of one slot."""
        for kind, index, values in counted.records(self._schema, self._length_s):
            os.write(self._channel_fd, pack(Record(kind, index, slot, self._sequence, values)))
            self._sequence += 1


class Sensor:
    """Count what the camera shows, slot after slot, until it ends, is lost, or has to stop."""

    def __init__(
        self,
        settings: SensorSettings,
        clock: Clock,
        pipeline: Pipeline,
        scene: Scene,
        *,
        fps: float,
        shortfall: Callable[[], Shortfall] = lambda: COMPLETE,
    ) -> None:
        """Count from the slot that is now.

        fps: the rate that the camera is set to, frames a second. shortfall: what of a file that has
        ended could not be had.
        """
        self._clock, self._pipeline, self._shortfall = clock, pipeline, shortfall
        self._slots = Slots(settings.slots.origin_s, settings.slots.length_s)
        self._replay = settings.slots.replay
        view = settings.view
        schema = Schema(
            lines=tuple(line.count_max for line in view.lines),
            zones=tuple(zone.count_max for zone in view.zones),
        )
        self._speaker = Speaker(settings.channel_fd, schema, settings.slots.length_s)
        self._counter = WindowCounter(
            pipeline,
            scene,
            lines=len(view.lines),
            zones=len(view.zones),
            frame_s=1.0 / fps,
            tallied=settings.tallied,
        )
        self._slot = 0 if self._replay else self._slots.at(clock.monotonic_s())

    def run(self, stop: Stop) -> None:
        """Count until the end of the file or a signal.

        Raises CameraError, with what was counted so far already said: where the camera is lost, and
        at the end of a file that is not whole.
        """
        try:
            while not stop.heard() and not self._pipeline.ended:
                self._turn()
        except CameraError:
            self._say(lost=True)
            raise
        self._counter.finish()
        missing = self._shortfall() if self._pipeline.ended else COMPLETE
        self._say(lost=missing.ends_early)
        if missing.sentence:
            raise CameraError(missing.sentence)

    def _turn(self) -> None:
        """Wait for a frame, close the slot if it has ended, count the frame."""
        seen = self._pipeline.next(READ_TIMEOUT_S if self._replay else self._until_slot_ends_s())
        if not self._replay:
            self._close_until(self._slots.at(self._clock.monotonic_s()))
        if seen is None:
            return
        if self._replay:
            self._close_until(self._slots.at(seen.captured_s))
        self._counter.count_frame(seen)

    def _until_slot_ends_s(self) -> float:
        return min(
            READ_TIMEOUT_S, max(0.0, self._slots.end_s(self._slot) - self._clock.monotonic_s())
        )

    def _close_until(self, slot: int) -> None:
        """Say what was counted once the slot has ended.

        After a stall of several slots it is said for the last of them. Of a file's own time each
        slot is told: one in which there was no frame was not observed.
        """
        while self._replay and slot - self._slot > 1:
            self._say()
            self._slot += 1
        if slot > self._slot:
            self._slot = slot - 1
            self._say()
            self._slot = slot

    def _say(self, *, lost: bool = False) -> None:
        """Say what was counted, and how well it was seen."""
        ended_s = self._slots.end_s(self._slot)
        self._speaker.say(self._slot, self._counter.close(lost=lost, ended_s=ended_s))


def _check_drawn(settings: SensorSettings, *, width_px: int, height_px: int) -> None:
    """Hold what is drawn against the picture.

    A file is as useless then as one that cannot be read: the box ends with it.
    """
    try:
        check_drawn(settings.view, width_px=width_px, height_px=height_px)
    except ConfigError as error:
        raise (
            CameraError(str(error)) if settings.camera.source is Source.FILE else error
        ) from error


class Assembled(NamedTuple):
    """What frames go through, and what was decided for them: the input's size and thresholds."""

    pipeline: Pipeline
    scene: Scene
    detector: DetectorSettings
    thresholds: TrackerSettings


def assemble(settings: SensorSettings, camera: Camera, thermometer: Thermometer) -> Assembled:
    """Build the pipeline and the scene, with every library loaded and all that loading took let go.

    Raises ConfigError and CameraError for what is drawn, ModelError for the model.
    """
    size = {"width_px": camera.frame_width_px, "height_px": camera.frame_height_px}
    is_file = settings.camera.source is Source.FILE
    _check_drawn(settings, **size)
    run_s_max = math.inf if is_file else 1.0 / settings.detector.rate_min_hz
    area_px = wanted_area(settings.detector, settings.view, **size)
    fitting, detector, thresholds = fit_detector(
        settings.detector, **size, area_px=area_px, run_s_max=run_s_max
    )
    mask = open_mask(settings.view, **size)
    warm_up_counting(open_scene(settings.view, thresholds, **size), **size)
    warm_up_monitor()
    scene = open_scene(settings.view, thresholds, **size)
    tiling = open_tiling(fitting, settings.view, **size)
    frame_rate = open_frame_rate(settings, camera, thermometer)
    pipeline = open_pipeline(
        camera, mask, detector, settings=fitting, tiling=tiling, frame_rate=frame_rate
    )
    return_freed_memory()
    release_code_pages()
    return Assembled(pipeline, scene, fitting, thresholds)


def main(descriptor: int, locked_fd: int, go_fd: int) -> None:
    """Run the sensor of this box until its camera ends, is lost, or SIGTERM."""
    logging.basicConfig(
        level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr
    )
    stop = Stop()
    # A thread that dies must end the process: the others would wait for it for ever, and what it
    # says goes nowhere.
    threading.excepthook = lambda _: os._exit(1)
    share_one_heap()
    settings = read_settings(SensorSettings, descriptor)
    camera = open_camera(settings.camera)
    thermometer = Thermometer(None if settings.camera.source is Source.FILE else THERMAL)
    pipeline, scene, *_ = assemble(settings, camera, thermometer)
    log.info(
        "camera open: %d x %d at %g frames/s",
        camera.frame_width_px,
        camera.frame_height_px,
        camera.fps,
    )
    lock.close_sensor(
        channel_fd=settings.channel_fd,
        locked_fd=locked_fd,
        go_fd=go_fd,
        camera=settings.camera.path if settings.camera.feed_fd is None else settings.camera.feed_fd,
        senses=(*thermometer.descriptors, stop.descriptor),
        device=settings.camera.source is Source.V4L2,
    )
    # The first real frame is read only now. What goes wrong from here on leaves as an exit code.
    if lock.wait_for_go(locked_fd, go_fd):
        Sensor(
            settings,
            SystemClock(),
            pipeline,
            scene,
            fps=camera.fps,
            shortfall=lambda: shortfall_of(camera),
        ).run(stop)
    # Neither pipeline nor camera is closed, nor let go of at a return: that would join threads.
    process_exit.exit_now(process_exit.DONE_EXIT)


if __name__ == "__main__":
    process_exit.run(main, *map(int, sys.argv[1:4]), log=log)
