# SPDX-License-Identifier: Apache-2.0
"""The sensor process: pixels in, 64-byte records out. The only wiring of vision and counting.

It knows nothing of dates, rules, keys or networks. At the end of each slot it rounds what it
counted and writes at most one record a line, a zone and the eye itself. A lost camera ends the
process with its own exit code, and the supervisor starts another. Started as `python -I -m
edge_agent.processes.sensor SETTINGS LOCKED GO`: the descriptor that carries its settings, the one
it closes once it is locked, and the one on which it hears that the lock has been measured.
"""

import logging
import math
import os
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

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
from edge_agent.counting.detection import Detections
from edge_agent.counting.difficulty import Difficulty
from edge_agent.counting.geometry import ground_plane
from edge_agent.counting.line import Line
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.counting.window import Window, WindowSums
from edge_agent.counting.zone import Zone
from edge_agent.errors import CameraError, ConfigError
from edge_agent.health import THERMAL
from edge_agent.models.card import Card, read_card
from edge_agent.models.load import load_model
from edge_agent.process_settings import (
    V4L2_DEFAULTS,
    CameraSettings,
    DetectorSettings,
    Point,
    SensorSettings,
    Source,
    ViewSettings,
    read_settings,
)
from edge_agent.vision.capture.camera import Camera, FileCamera, V4l2Camera, V4l2Parameters
from edge_agent.vision.capture.feed_camera import FeedCamera
from edge_agent.vision.capture.frame_rate import Pace, Thermometer
from edge_agent.vision.detector import Detector
from edge_agent.vision.mask import Mask
from edge_agent.vision.memory import let_go_of_code, return_freed_memory, share_one_heap
from edge_agent.vision.motion import MotionGate
from edge_agent.vision.person_height import Heights, of_ground, of_two_people
from edge_agent.vision.pipeline import FRAMES_AHEAD, Pipeline
from edge_agent.vision.quality.monitor import ImageQualityMonitor, Sight
from edge_agent.vision.quality.statistics import small_luma
from edge_agent.vision.tiles import Tiling, crop, far_tiles, input_size, whole_frame
from wire_contract.quality import QualityCode

WARM_UP_RUNS = 5
WARM_UP_CROWD, WARM_UP_FRAMES = 6, 40
WARM_UP_LOOKS, WARM_UP_LOOK_S = 60, 0.25
"""Fifteen seconds of the street's own time: longer than the eye takes to learn a scene and to judge
it."""
READ_TIMEOUT_S = 0.25
OBSERVED_BOUNDS = (0.50, 0.80, 0.95)
RATE_BOUNDS_HZ = (2.0, 5.0, 10.0)
LOW_SHARE = 1 / 3
"""Where a scene does not say, detections down to a third of the strong threshold may still extend a
track."""
log = logging.getLogger("edge_agent.sensor")


def open_camera(settings: CameraSettings) -> Camera:
    """Open what the config names. Raises CameraError."""
    if settings.feed_fd is not None:
        return FeedCamera(settings.feed_fd, loss_after_s=settings.loss_after_s)
    if settings.source is Source.FILE:
        return FileCamera(
            Path(settings.path),
            fps=settings.fps,
            paced=settings.paced,
            loss_after_s=settings.loss_after_s,
        )
    width_px, height_px, fps, fourcc = V4L2_DEFAULTS
    parameters = V4l2Parameters(
        device=Path(settings.path),
        width_px=settings.width_px or width_px,
        height_px=settings.height_px or height_px,
        fps=settings.fps or fps,
        fourcc=settings.fourcc or fourcc,
    )
    return V4l2Camera(parameters, loss_after_s=settings.loss_after_s)


def open_detector(settings: DetectorSettings) -> tuple[Detector, TrackerSettings]:
    """Load the model, checked against its card, and say how its confidences are to be read.

    Raises ModelError.
    """
    card = read_card(Path(settings.cards_directory) / settings.model)
    thresholds = confidences(card, settings)
    # Loading holds the model twice for a moment: by then what only the imports needed is to be
    # gone.
    let_go_of_code()
    detector = Detector(
        load_model(card, Path(settings.weights_directory) / card.onnx_name),
        input_width_px=settings.input_width_px or card.input.width_px,
        input_height_px=settings.input_height_px or card.input.height_px,
        confidence_min=thresholds.confidence_low,
        iou_max=settings.overlap_max,
        threads=settings.threads,
        providers=(settings.provider,),
        aspect="keep" if settings.keep_aspect else "stretch",
        buffers=FRAMES_AHEAD * (1 + settings.tiles_each),
    )
    return_freed_memory()
    detector.warm_up(WARM_UP_RUNS)
    return detector, thresholds


def fit_detector(
    settings: DetectorSettings, *, width_px: int, height_px: int, run_s_max: float = math.inf
) -> tuple[DetectorSettings, Detector, TrackerSettings]:
    """Open the detector at the input size that suits frames of this size, and return it with the settings that say so.

    Where a run would take longer than run_s_max seconds, which only counts where nobody chose a
    size, the card's is taken. Raises ModelError.
    """
    card = read_card(Path(settings.cards_directory) / settings.model)
    fitting = fitted(settings, card, width_px=width_px, height_px=height_px)
    detector, thresholds = open_detector(fitting)
    if run_s_max < math.inf and fitting != settings:
        begun_s = time.monotonic()
        detector.warm_up(WARM_UP_RUNS)
        if time.monotonic() - begun_s > WARM_UP_RUNS * run_s_max:
            log.info(
                "an input of %s x %s is too slow here: taking the card's",
                fitting.input_width_px,
                fitting.input_height_px,
            )
            fitting = replace(
                settings, input_width_px=card.input.width_px, input_height_px=card.input.height_px
            )
            detector, thresholds = open_detector(fitting)
    return fitting, detector, thresholds


def fitted(
    settings: DetectorSettings, card: Card, *, width_px: int, height_px: int
) -> DetectorSettings:
    """Return the settings with an input size: the config's, or what suits frames of this size."""
    if settings.input_width_px and settings.input_height_px:
        return settings
    width, height = input_size(card.input, frame_width_px=width_px, frame_height_px=height_px)
    return replace(settings, input_width_px=width, input_height_px=height)


def confidences(card: Card, settings: DetectorSettings) -> TrackerSettings:
    """Return the thresholds of the scene, or those that the model's card recommends."""
    high = settings.confidence_high or card.recommended_confidence
    low = settings.confidence_min or high * LOW_SHARE
    return TrackerSettings(confidence_high=high, confidence_low=low)


def open_scene(
    view: ViewSettings, thresholds: TrackerSettings, *, width_px: int, height_px: int
) -> Scene:
    """Lay lines, zones and ground points, drawn in the reference frame, over a frame of this size."""
    ground = None
    if view.ground is not None:
        ground = ground_plane(
            np.array(_scaled(view, view.ground.pixels, width_px, height_px)),
            np.array(view.ground.metres),
        )
    lines = ((line, _scaled(view, (line.a, line.b), width_px, height_px)) for line in view.lines)
    return Scene(
        lines=tuple(Line(line.id, *ends) for line, ends in lines),
        zones=tuple(
            Zone(zone.id, _scaled(view, zone.polygon, width_px, height_px)) for zone in view.zones
        ),
        settings=thresholds,
        ground=ground,
        frame_width_px=width_px,
    )


def open_tiling(
    settings: DetectorSettings, view: ViewSettings, *, width_px: int, height_px: int
) -> Tiling:
    """Choose which parts of a frame of this size are looked at, and how often."""
    card = read_card(Path(settings.cards_directory) / settings.model)
    settings = fitted(settings, card, width_px=width_px, height_px=height_px)
    network = (
        settings.input_width_px or card.input.width_px,
        settings.input_height_px or card.input.height_px,
    )
    feet = [
        point
        for line in view.lines
        for point in _scaled(view, (line.a, line.b), width_px, height_px)
    ]
    feet += [
        point for zone in view.zones for point in _scaled(view, zone.polygon, width_px, height_px)
    ]
    heights = open_heights(view, width_px=width_px, height_px=height_px)
    base = whole_frame(width_px=width_px, height_px=height_px)
    if settings.crop and feet:
        base = crop(feet, heights, frame=base, aspect=network[0] / network[1])
    if not settings.tiles_each or heights is None or card.sight is None or not feet:
        return Tiling(base)
    tiles = far_tiles(
        feet, heights, base=base, input_size=network, person_px_min=card.sight.person_px_min
    )
    return Tiling(base, tiles, tiles_each=settings.tiles_each)


def open_heights(view: ViewSettings, *, width_px: int, height_px: int) -> Heights | None:
    """Return how tall people are in a frame of this size, None where neither people nor ground were measured."""
    if view.person_heights:
        times = height_px / (view.frame_height_px or height_px)
        one, other = ((row * times, tall * times) for row, tall in view.person_heights)
        return of_two_people(one, other)
    if view.ground is not None:
        pixels = np.array(_scaled(view, view.ground.pixels, width_px, height_px))
        return of_ground(ground_plane(pixels, np.array(view.ground.metres)))
    return None


def open_pace(settings: SensorSettings, camera: Camera, thermometer: Thermometer) -> Pace | None:
    """Return what slows a live camera down; of a file every frame is taken."""
    if settings.camera.source is Source.FILE:
        return None
    return Pace(
        camera_hz=camera.fps,
        floor_hz=settings.detector.rate_min_hz,
        celsius=thermometer.celsius,
        threads=settings.detector.threads,
    )


def open_pipeline(
    camera: Camera,
    mask: Mask,
    detector: Detector,
    *,
    settings: DetectorSettings,
    tiling: Tiling,
    pace: Pace | None = None,
) -> Pipeline:
    """Begin to watch; no frame is taken before the first is asked for."""
    gate = MotionGate(full_look_s=settings.full_look_s) if settings.full_look_s else None
    return Pipeline(camera, mask, detector, tiling=tiling, gate=gate, pace=pace)


def check_drawn(view: ViewSettings, *, width_px: int, height_px: int) -> None:
    """Hold lines, zones and masks against the camera's own picture, and tell what somebody should look at.

    Raises ConfigError where something would count nothing for ever: it lies outside the picture, or
    all of that is masked.
    """
    drawn = hold_against(view, width_px=width_px, height_px=height_px)
    # A box that ran before with a view of another shape goes on, and says so; `edge-agent check`
    # refuses one that is turned.
    for warning in (*drawn.warnings, *((drawn.shape,) if drawn.shape else ())):
        log.warning("%s", warning)
    if drawn.mistakes:
        raise ConfigError("; ".join(drawn.mistakes))


def open_mask(view: ViewSettings, *, width_px: int, height_px: int) -> Mask:
    """Lay the areas that must not be looked at over a frame of this size."""
    return Mask([_scaled(view, polygon, width_px, height_px) for polygon in view.masks])


def _scaled(
    view: ViewSettings, points: tuple[Point, ...], width_px: int, height_px: int
) -> tuple[Point, ...]:
    scale_x, scale_y = (
        width_px / (view.frame_width_px or width_px),
        height_px / (view.frame_height_px or height_px),
    )
    return tuple((x * scale_x, y * scale_y) for x, y in points)


def warm_up_counting(scene: Scene, *, width_px: int, height_px: int) -> None:
    """Let a synthetic crowd walk through a scene that is then thrown away, so that every library is loaded before the lock.

    Some load only when first needed: the solver waits for the first two people who could be each
    other.
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
    for index in range(WARM_UP_FRAMES):
        scene.update(
            Detections(boxes + index * step, np.full(WARM_UP_CROWD, 0.9, np.float32)), 0.1 * index
        )
    scene.finish()


def warm_up_monitor(*, width_px: int, height_px: int) -> None:
    """Let an eye and a motion gate that are thrown away look at a synthetic street, for the same reason: numpy loads late too."""
    eye, gate = ImageQualityMonitor(), MotionGate(full_look_s=1.0)
    ramp = np.linspace(20.0, 230.0, width_px, dtype=np.float32)
    street = np.broadcast_to(ramp[None, :, None], (height_px, width_px, 3)).astype(np.uint8)
    street[:: max(2, height_px // 24)] = 90
    for index in range(WARM_UP_LOOKS):
        picture = np.roll(street, index % 2, axis=1)
        left = index * width_px // WARM_UP_LOOKS
        picture[height_px // 3 : height_px // 2, left : left + width_px // 12] = 30
        small = small_luma(picture)
        eye.look(picture, small, WARM_UP_LOOK_S * index)
        gate.opens(small, WARM_UP_LOOK_S * index)
    eye.close()


class Speaker:
    """Round the sums of a slot and write its records, in the config's order, the eye's last."""

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

        Of a slot in which the eye was blind only the eye speaks: what was not seen is not zero.
        """
        for index, line in enumerate(() if blind else sums.lines):
            self._write(Kind.LINE, index, slot, (line.in_count, line.out_count, 0, 0))
        for index, zone in enumerate(() if blind else sums.zones):
            self._write(
                Kind.ZONE, index, slot, (zone.whole_mean, zone.most, zone.speed, zone.standing)
            )
        observed = sum(sums.observed_s / self._length_s >= bound for bound in OBSERVED_BOUNDS)
        rate = sum(captured / self._length_s >= bound for bound in RATE_BOUNDS_HZ)
        self._write(Kind.IMAGE_QUALITY, 0, slot, (code, observed, rate, difficulty))

    def _write(self, kind: Kind, index: int, slot: int, values: Values) -> None:
        """Write one record; a count beyond its alphabet says the most that it can say."""
        largest = self._schema.largest(kind, index) or (0, 0, 0, 0)
        said = (
            min(values[0], largest[0]),
            min(values[1], largest[1]),
            min(values[2], largest[2]),
            min(values[3], largest[3]),
        )
        os.write(self._channel_fd, pack(Record(kind, index, slot, self._sequence, said)))
        self._sequence += 1


class Sensor:
    """Count what the camera shows, slot after slot, until it ends, is lost, or we are told to stop."""

    def __init__(
        self, settings: SensorSettings, clock: Clock, watch: Pipeline, scene: Scene, *, fps: float
    ) -> None:
        """Count from the slot that is now.

        Fps is the rate that the camera is set to, frames a second.
        """
        self._clock, self._watch, self._scene = clock, watch, scene
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

    def run(self, stop: Stop) -> None:
        """Count until the end of the file or a signal.

        Raises CameraError, with what was counted so far already said.
        """
        try:
            while not stop.heard() and not self._watch.ended:
                self._turn()
        except CameraError:
            self._say(lost=True)
            raise
        self._window.cross(self._scene.finish())
        self._say()

    def _turn(self) -> None:
        """Wait for a frame, close the slot if it has ended, count the frame."""
        seen = self._watch.next(READ_TIMEOUT_S if self._replay else self._until_slot_ends_s())
        if not self._replay:
            self._close_until(self._slots.at(self._clock.monotonic_s()))
        if seen is None:
            return
        if self._replay:
            self._close_until(self._slots.at(seen.captured_s))
        moment = self._scene.update(seen.detections, seen.captured_s)
        self._window.add(
            seen.captured_s, moment.crossings, moment.occupancies, saturated=moment.saturated
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
        verdict, sums = self._watch.close_window(), self._window.close()
        self._scene.begin_window()
        code = (
            QualityCode.SATURATED
            if verdict.sight is Sight.FINE and sums.saturated
            else QualityCode[verdict.sight.name]
        )
        captured, self._taken = self._watch.taken - self._taken, self._watch.taken
        self._speaker.say(
            self._slot,
            sums,
            captured=captured,
            code=QualityCode.CAMERA_LOST if lost else code,
            difficulty=self._scene.difficulty.close(),
            blind=verdict.blind and not lost,
        )


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
    size = {"width_px": camera.frame_width_px, "height_px": camera.frame_height_px}
    is_file = settings.camera.source is Source.FILE
    _check_drawn(settings, **size)
    run_s_max = math.inf if is_file else 1.0 / settings.detector.rate_min_hz
    looking, detector, thresholds = fit_detector(settings.detector, **size, run_s_max=run_s_max)
    mask = open_mask(settings.view, **size)
    warm_up_counting(open_scene(settings.view, thresholds, **size), **size)
    warm_up_monitor(**size)
    scene = open_scene(settings.view, thresholds, **size)
    tiling = open_tiling(looking, settings.view, **size)
    thermometer = Thermometer(None if is_file else str(THERMAL))
    pace = open_pace(settings, camera, thermometer)
    watch = open_pipeline(camera, mask, detector, settings=looking, tiling=tiling, pace=pace)
    return_freed_memory()
    let_go_of_code()
    log.info(
        "eye open: %d x %d at %g frames/s",
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
        Sensor(settings, SystemClock(), watch, scene, fps=camera.fps).run(stop)
    # Neither watch nor camera is closed, nor let go of at a return: that would join their threads.
    process_exit.exit_now(process_exit.DONE_EXIT)


if __name__ == "__main__":
    process_exit.run(main, *map(int, sys.argv[1:4]), log=log)
