# SPDX-License-Identifier: Apache-2.0
"""Build the vision pipeline of a box from the plain values that its process gets.

What is drawn in the config's reference frame is laid over a frame of the camera's own size. The
sensor, the benchmarks and whoever advises on a camera build it here.
"""

import logging
import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from edge_agent.counting.familiarity.half_seen import WEAK_SHARE
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.models.card import Card, read_card
from edge_agent.models.layouts import SsdLayout
from edge_agent.models.load import load_model
from edge_agent.models.thresholds import thresholds_at
from edge_agent.process_settings import (
    V4L2_DEFAULTS,
    CameraSettings,
    DetectorSettings,
    SensorSettings,
    Source,
    ViewSettings,
)
from edge_agent.vision.capture.camera import Camera
from edge_agent.vision.capture.feed_camera import FeedCamera
from edge_agent.vision.capture.file_camera import FileCamera
from edge_agent.vision.capture.frame_rate import FrameRate, Thermometer
from edge_agent.vision.capture.recording.shortfall import COMPLETE, Shortfall
from edge_agent.vision.capture.v4l2_camera import V4l2Camera, V4l2Parameters
from edge_agent.vision.detector import Detector
from edge_agent.vision.input_size import recommended_area
from edge_agent.vision.mask import Mask
from edge_agent.vision.memory import release_code_pages, return_freed_memory
from edge_agent.vision.motion import MotionGate
from edge_agent.vision.pipeline import FRAMES_AHEAD, Pipeline
from edge_agent.vision.preprocess import Aspect
from edge_agent.vision.quality.monitor import ImageQualityMonitor
from edge_agent.vision.quality.statistics import small_luma
from edge_agent.vision.tiles import Tiling
from edge_agent.vision.view import fitted, scaled

TIMED_RUNS, WARM_UP_RUNS = 5, 1
"""How often a network is run to know how long it takes, and before the lock: once allocates all."""
WARM_UP_WIDTH_PX, WARM_UP_HEIGHT_PX = 256, 192
"""Of the picture that loads the libraries. Its size loads no other ones, and one of the camera's
own would take a start fourteen times as long at 1920 x 1080."""
WARM_UP_LOOKS, WARM_UP_LOOK_S = 60, 0.25
"""Fifteen seconds of the street's own time: longer than the monitor takes to learn a scene and to
judge it."""
LOW_SHARE = 1 / 3
"""Where neither scene nor card says, detections down to a third of the strong threshold may still
extend a track."""
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


def shortfall_of(camera: Camera) -> Shortfall:
    """Return what of a file that has ended could not be had; of a live camera nothing is stated."""
    return camera.shortfall if isinstance(camera, FileCamera) else COMPLETE


def fit_detector(
    settings: DetectorSettings,
    *,
    width_px: int,
    height_px: int,
    area_px: float | None = None,
    run_s_max: float = math.inf,
) -> tuple[DetectorSettings, Detector, TrackerSettings]:
    """Open the detector with an input of area_px pixels, or as suits frames of this size.

    Return it with the settings that say so. Where the looks at one frame would take longer than
    run_s_max seconds, which only counts where nobody chose a size, the input gets as many pixels as
    there is the time for, but not fewer than the card's. Raises ModelError.
    """
    card = read_card(Path(settings.cards_directory) / settings.model)
    size = {"width_px": width_px, "height_px": height_px}
    fitting = fitted(settings, card, **size, area_px=area_px)
    detector, thresholds = open_detector(fitting)
    if run_s_max < math.inf and fitting != settings and not card.input.fixed:
        begun_s = time.monotonic()
        detector.warm_up(TIMED_RUNS)
        frame_s = (time.monotonic() - begun_s) / TIMED_RUNS * (1 + settings.tiles_each)
        if frame_s > run_s_max:
            slow = (fitting.input_width_px or 0) * (fitting.input_height_px or 0)
            fitting = affordable(settings, card, slow * run_s_max / frame_s, **size)
            log.info(
                "an input of %d pixels is too slow here: taking %s x %s",
                slow,
                fitting.input_width_px,
                fitting.input_height_px,
            )
            detector, thresholds = open_detector(fitting)
    return fitting, detector, thresholds


def affordable(
    settings: DetectorSettings, card: Card, area_px: float, *, width_px: int, height_px: int
) -> DetectorSettings:
    """Return the settings with an input of area_px pixels, or the card's own where that has more.

    The time of a run grows with the input's area.
    """
    if area_px > recommended_area(card.input):
        return fitted(settings, card, width_px=width_px, height_px=height_px, area_px=area_px)
    return replace(
        settings, input_width_px=card.input.width_px, input_height_px=card.input.height_px
    )


def open_detector(settings: DetectorSettings) -> tuple[Detector, TrackerSettings]:
    """Load the model, checked against its card, and say how its confidences are to be read.

    Raises ModelError.
    """
    card = read_card(Path(settings.cards_directory) / settings.model)
    thresholds = confidences(card, settings)
    # Loading holds the model twice for a moment: by then what only the imports needed is to be
    # gone.
    release_code_pages()
    detector = Detector(
        lambda: load_model(card, Path(settings.weights_directory) / card.onnx_name),
        input_width_px=settings.input_width_px or card.input.width_px,
        input_height_px=settings.input_height_px or card.input.height_px,
        # Boxes under the low threshold take no part in counting: they say who is half seen.
        confidence_min=min(thresholds.confidence_low, WEAK_SHARE * thresholds.confidence_high),
        iou_max=settings.overlap_max,
        threads=settings.threads,
        providers=(settings.provider,),
        aspect=aspect_of(card, settings),
        buffers=FRAMES_AHEAD * (1 + settings.tiles_each),
    )
    return_freed_memory()
    detector.warm_up(WARM_UP_RUNS)
    return detector, thresholds


def aspect_of(card: Card, settings: DetectorSettings) -> Aspect:
    """Return how the picture is laid into the input: as the config says, or as it was in training.

    The SSDs learned from stretched pictures, the others from such as kept their aspect.
    """
    keeps = settings.keep_aspect
    if keeps is None:
        keeps = not isinstance(card.layout, SsdLayout)
    return "keep" if keeps else "stretch"


def confidences(card: Card, settings: DetectorSettings) -> TrackerSettings:
    """Return the thresholds of the scene, or those that the card recommends at this input size."""
    stated_high, stated_low = card.recommended_confidence, card.recommended_confidence * LOW_SHARE
    if card.thresholds:
        stated_high, stated_low = thresholds_at(
            card.thresholds,
            width_px=settings.input_width_px or card.input.width_px,
            height_px=settings.input_height_px or card.input.height_px,
        )
    high = settings.confidence_high or stated_high
    low = settings.confidence_min or high * stated_low / stated_high
    return TrackerSettings(confidence_high=high, confidence_low=low)


def open_frame_rate(
    settings: SensorSettings, camera: Camera, thermometer: Thermometer
) -> FrameRate | None:
    """Return what slows a live camera down; of a file every frame is taken."""
    if settings.camera.source is Source.FILE:
        return None
    return FrameRate(
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
    frame_rate: FrameRate | None = None,
) -> Pipeline:
    """Start the pipeline; no frame is read before the first is asked for."""
    gate = MotionGate(full_look_s=settings.full_look_s) if settings.full_look_s else None
    return Pipeline(camera, mask, detector, tiling=tiling, gate=gate, frame_rate=frame_rate)


def open_mask(view: ViewSettings, *, width_px: int, height_px: int) -> Mask:
    """Lay the areas that must not be looked at over a frame of this size."""
    return Mask([scaled(view, polygon, width_px, height_px) for polygon in view.masks])


def warm_up_monitor() -> None:
    """Let a monitor and a motion gate that are thrown away look at a synthetic street.

    So every library is loaded before the lock: numpy loads some of itself only when first needed.
    """
    monitor, gate = ImageQualityMonitor(), MotionGate(full_look_s=1.0)
    width_px, height_px = WARM_UP_WIDTH_PX, WARM_UP_HEIGHT_PX
    ramp = np.linspace(20.0, 230.0, width_px, dtype=np.float32)
    street = np.broadcast_to(ramp[None, :, None], (height_px, width_px, 3)).astype(np.uint8)
    street[:: max(2, height_px // 24)] = 90
    for index in range(WARM_UP_LOOKS):
        picture = np.roll(street, index % 2, axis=1)
        left = index * width_px // WARM_UP_LOOKS
        picture[height_px // 3 : height_px // 2, left : left + width_px // 12] = 30
        small = small_luma(picture)
        monitor.observe_frame(picture, small, WARM_UP_LOOK_S * index)
        gate.opens(small, WARM_UP_LOOK_S * index)
    monitor.close_window()
