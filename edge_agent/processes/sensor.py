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

from edge_agent.confinement import lock
from edge_agent.confinement.tables.policy import Role

if __name__ == "__main__":
    # Before any library is imported, and while there is one thread.
    lock.begin(Role.SENSOR)

import numpy as np

from edge_agent.channel import Kind, Record, Schema, Values, pack
from edge_agent.clock import Clock, Slots, SystemClock
from edge_agent.config.inside_frame import hold_against
from edge_agent.confinement import process_exit
from edge_agent.confinement.stop import Stop
from edge_agent.confinement.tables.visible_files import THERMAL
from edge_agent.counting.detection import Detections
from edge_agent.counting.difficulty import Difficulty
from edge_agent.counting.familiarity.judge import DetectorJudge
from edge_agent.counting.familiarity.movement import Movement
from edge_agent.counting.geometry import ground_plane
from edge_agent.counting.line import Line
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.counting.window import Window, WindowSums
from edge_agent.counting.zone import Zone
from edge_agent.errors import CameraError, ConfigError
from edge_agent.process_settings import SensorSettings, Source, ViewSettings, read_settings
from edge_agent.vision.assembly import (
    fit_detector,
    open_camera,
    open_frame_rate,
    open_mask,
    open_pipeline,
    warm_up_monitor,
)
from edge_agent.vision.capture.camera import Camera
from edge_agent.vision.capture.frame_rate import Thermometer
from edge_agent.vision.memory import release_code_pages, return_freed_memory, share_one_heap
from edge_agent.vision.pipeline import Pipeline
from edge_agent.vision.quality.monitor import ImageQuality
from edge_agent.vision.view import open_tiling, scaled
from wire_contract.quality import QualityCode

WARM_UP_CROWD, WARM_UP_FRAMES = 6, 40
READ_TIMEOUT_S = 0.25
OBSERVED_BOUNDS = (0.50, 0.80, 0.95)
RATE_BOUNDS_HZ = (2.0, 5.0, 10.0)
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
    # All moves, and every second one is half seen, so that both trackers have something to do.
    moving = Movement(np.ones((height_px, width_px), np.bool_), 1.0)
    confidences = np.where(np.arange(WARM_UP_CROWD) % 2, 0.9, scene.weak_min).astype(np.float32)
    for index in range(WARM_UP_FRAMES):
        scene.observe_frame(Detections(boxes + index * step, confidences), 0.1 * index, moving)
    scene.finish()


class Speaker:
    """Round the sums of a slot and write its records, in the config's order.

    That of the image quality comes last.
    """

    def __init__(self, channel_fd: int, schema: Schema, length_s: int) -> None:
        self._channel_fd = channel_fd
        self._schema = schema
        self._length_s = length_s
        self._sequence = 0

    def say(
        self,
        slot: int,
        sums: WindowSums,
        *,
        captured: int,
        code: QualityCode,
        difficulty: Difficulty,
        blind: bool,
    ) -> None:
        """Write the records of one slot; `captured` is how many frames were taken in it.

        Of a slot that could not be seen only the image quality is told: what was not seen is not
        zero.
        """
        for index, line in enumerate(() if blind else sums.lines):
            self._write(Kind.LINE, index, slot, (line.in_count, line.out_count, 0, 0))
        for index, zone in enumerate(() if blind else sums.zones):
            self._write(
                Kind.ZONE, index, slot, (zone.whole_mean, zone.peak, zone.speed, zone.standing)
            )
        observed = sum(sums.observed_s / self._length_s >= bound for bound in OBSERVED_BOUNDS)
        rate = sum(captured / self._length_s >= bound for bound in RATE_BOUNDS_HZ)
        self._write(Kind.IMAGE_QUALITY, 0, slot, (code, observed, rate, difficulty))

    def _write(self, kind: Kind, index: int, slot: int, values: Values) -> None:
        """Write one record; a count beyond its alphabet says the largest that there is."""
        largest = self._schema.largest(kind, index) or (0, 0, 0, 0)
        said = (
            min(values[0], largest[0]),
            min(values[1], largest[1]),
            min(values[2], largest[2]),
            min(values[3], largest[3]),
        )
        os.write(self._channel_fd, pack(Record(kind, index, slot, self._sequence, said)))
        self._sequence += 1


def draw_evenly() -> float:
    """Draw from 0 to 1, without 1, from the kernel's random numbers."""
    return (int.from_bytes(os.urandom(7), "big") >> 3) / 2.0**53


class Sensor:
    """Count what the camera shows, slot after slot, until it ends, is lost, or has to stop.

    More than ten attributes: it is the only place that holds clock, pipeline, scene, judge and
    channel together.
    """

    def __init__(
        self,
        settings: SensorSettings,
        clock: Clock,
        pipeline: Pipeline,
        scene: Scene,
        *,
        fps: float,
    ) -> None:
        """Count from the slot that is now.

        fps: the rate that the camera is set to, frames a second.
        """
        self._clock, self._pipeline, self._scene = clock, pipeline, scene
        self._slots = Slots(settings.slots.origin_s, settings.slots.length_s)
        self._replay = settings.slots.replay
        view = settings.view
        schema = Schema(
            lines=tuple(line.count_max for line in view.lines),
            zones=tuple(zone.count_max for zone in view.zones),
        )
        self._speaker = Speaker(settings.channel_fd, schema, settings.slots.length_s)
        self._window = Window(lines=len(view.lines), zones=len(view.zones), frame_s=1.0 / fps)
        self._slot = 0 if self._replay else self._slots.at(clock.monotonic_s())
        self._taken = 0
        self._judge = DetectorJudge(draw_evenly)
        self._tallied = settings.tallied

    def run(self, stop: Stop) -> None:
        """Count until the end of the file or a signal.

        Raises CameraError, with what was counted so far already said.
        """
        try:
            while not stop.heard() and not self._pipeline.ended:
                self._turn()
        except CameraError:
            self._say(lost=True)
            raise
        self._window.add_crossings(self._scene.finish())
        self._say()

    def _turn(self) -> None:
        """Wait for a frame, close the slot if it has ended, count the frame."""
        seen = self._pipeline.next(READ_TIMEOUT_S if self._replay else self._until_slot_ends_s())
        if not self._replay:
            self._close_until(self._slots.at(self._clock.monotonic_s()))
        if seen is None:
            return
        if self._replay:
            self._close_until(self._slots.at(seen.captured_s))
        counts = self._scene.observe_frame(seen.detections, seen.captured_s, seen.moving)
        self._judge.observe_evidence(counts.evidence, seen.captured_s)
        self._window.add_frame(
            seen.captured_s, counts.crossings, counts.occupancies, saturated=counts.saturated
        )

    def _until_slot_ends_s(self) -> float:
        return min(
            READ_TIMEOUT_S, max(0.0, self._slots.end_s(self._slot) - self._clock.monotonic_s())
        )

    def _close_until(self, slot: int) -> None:
        """Say what was counted once the slot has ended.

        After a stall of several slots it is said for the last of them.
        """
        if slot > self._slot:
            self._slot = slot - 1
            self._say()
            self._slot = slot

    def _say(self, *, lost: bool = False) -> None:
        """Say what was counted, and how well it was seen."""
        verdict, sums = self._pipeline.close_window(), self._window.close()
        self._scene.begin_window()
        code = self._code(verdict.quality, saturated=sums.saturated)
        captured, self._taken = self._pipeline.taken - self._taken, self._pipeline.taken
        self._speaker.say(
            self._slot,
            sums,
            captured=captured,
            code=QualityCode.CAMERA_LOST if lost else code,
            difficulty=self._scene.difficulty.close_window(),
            blind=verdict.blind and not lost,
        )

    def _code(self, quality: ImageQuality, *, saturated: bool) -> QualityCode:
        """Return what is wrong with the image, else with the counts.

        A tally at the lines says better than the box what the detector misses there.
        """
        well_seen = quality is ImageQuality.FINE and not saturated
        self._judge.close_window(self._slots.end_s(self._slot), well_seen=well_seen)
        if quality is not ImageQuality.FINE:
            return QualityCode[quality.name]
        if saturated:
            return QualityCode.SATURATED
        unfamiliar = self._judge.unfamiliar and not self._tallied
        return QualityCode.UNFAMILIAR if unfamiliar else QualityCode.FINE


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


def assemble(
    settings: SensorSettings, camera: Camera, thermometer: Thermometer
) -> tuple[Pipeline, Scene]:
    """Build the pipeline and the scene, with every library loaded and all that loading took let go.

    Raises ConfigError and CameraError for what is drawn, ModelError for the model.
    """
    size = {"width_px": camera.frame_width_px, "height_px": camera.frame_height_px}
    is_file = settings.camera.source is Source.FILE
    _check_drawn(settings, **size)
    run_s_max = math.inf if is_file else 1.0 / settings.detector.rate_min_hz
    fitting, detector, thresholds = fit_detector(settings.detector, **size, run_s_max=run_s_max)
    mask = open_mask(settings.view, **size)
    warm_up_counting(open_scene(settings.view, thresholds, **size), **size)
    warm_up_monitor(**size)
    scene = open_scene(settings.view, thresholds, **size)
    tiling = open_tiling(fitting, settings.view, **size)
    frame_rate = open_frame_rate(settings, camera, thermometer)
    pipeline = open_pipeline(
        camera, mask, detector, settings=fitting, tiling=tiling, frame_rate=frame_rate
    )
    return_freed_memory()
    release_code_pages()
    return pipeline, scene


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
    pipeline, scene = assemble(settings, camera, thermometer)
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
        Sensor(settings, SystemClock(), pipeline, scene, fps=camera.fps).run(stop)
    # Neither pipeline nor camera is closed, nor let go of at a return: that would join threads.
    process_exit.exit_now(process_exit.DONE_EXIT)


if __name__ == "__main__":
    process_exit.run(main, *map(int, sys.argv[1:4]), log=log)
