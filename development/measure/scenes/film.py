# SPDX-License-Identifier: Apache-2.0
"""Look at a film once, as a box does, and let it be seen again and again.

The box's own sensor puts detector, tiles, mask and image quality together. What it saw of each
frame is kept; then the film is played end to end until an hour is full, its times going on, and
nothing is looked at a second time but the image: see `watched_quality`.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from development.measure.clips.mot import read_mot
from development.measure.scenes.scene_folder import SceneFolder
from edge_agent.config.caps import COUNT_MAX_DEFAULT
from edge_agent.config.schema import load
from edge_agent.config.sections.scene import Line, Zone
from edge_agent.counting.detection import Detections
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.errors import ConfigError
from edge_agent.process_settings import (
    LineSettings,
    SensorSettings,
    SlotSettings,
    ViewSettings,
    ZoneSettings,
)
from edge_agent.processes.launch import camera_settings, detector_settings
from edge_agent.processes.sensor import assemble
from edge_agent.vision.capture.file_camera import FileCamera
from edge_agent.vision.capture.frame_rate import Thermometer
from edge_agent.vision.pipeline import FrameDetections
from edge_agent.vision.quality.monitor import ImageQuality, ImageQualityMonitor, WindowQuality
from edge_agent.vision.quality.statistics import small_luma

ROOT = Path(__file__).resolve().parents[3]
CONFIG = ROOT / "firmware_configs" / "examples" / "vtest.toml"
PUBLISHED = "published"
"""The model of detections that came with a clip."""
READ_TIMEOUT_S = 60.0
WATCHED_S = 300.0
"""For so long, or once through, a film's picture is watched for its quality. Windows after that
have the quality of those before, in turn: the picture repeats too, and a box knows a scene within
seconds."""
FINE = WindowQuality(ImageQuality.FINE, blind=False)


@dataclass(frozen=True, slots=True)
class SeenFilm:
    """What the detector saw of each frame, once through; size in pixels.

    model and input say how it was looked at; look_ms is what that took of the processor, ms a
    frame.
    """

    frames: Sequence[FrameDetections]
    fps: float
    width_px: int
    height_px: int
    thresholds: TrackerSettings
    model: str
    input: str
    look_ms: float

    @property
    def length_s(self) -> float:
        """Return how long it takes to play once."""
        return self.frames[-1].captured_s + 1.0 / self.fps


def look(scene: SceneFolder, model: str) -> SeenFilm:
    """Look at a scene with a model, or read the detections that came with it.

    Raises ConfigError, CameraError and ModelError.
    """
    if scene.video is None:
        return _published(scene)
    with FileCamera(scene.video, fps=scene.fps, paced=False, loss_after_s=READ_TIMEOUT_S) as camera:
        width_px, height_px = camera.frame_width_px, camera.frame_height_px
        made = assemble(
            _settings(scene, model, width_px=width_px, height_px=height_px),
            camera,
            Thermometer(None),
        )
        begun_s, frames = time.process_time(), []
        try:
            while not made.pipeline.ended:
                seen = made.pipeline.next(READ_TIMEOUT_S)
                if seen is not None:
                    frames.append(seen)
        finally:
            made.pipeline.close()
        used_s = time.process_time() - begun_s
        return SeenFilm(
            frames=tuple(frames),
            fps=camera.fps,
            width_px=width_px,
            height_px=height_px,
            thresholds=made.thresholds,
            model=model,
            input=f"{made.detector.input_width_px}x{made.detector.input_height_px}",
            look_ms=1000.0 * used_s / len(frames),
        )


def _settings(scene: SceneFolder, model: str, *, width_px: int, height_px: int) -> SensorSettings:
    """Return what the sensor of a box before this scene gets."""
    config = load(
        CONFIG,
        (
            f"detector.model={model}",
            f'camera.path="{scene.video}"',
            f"camera.fps={'none' if scene.fps is None else scene.fps}",
        ),
    )
    return SensorSettings(
        channel_fd=-1,
        camera=camera_settings(config),
        detector=detector_settings(config),
        view=view_of(*scene.laid_out(width_px, height_px, below=1.0)),
        slots=SlotSettings(0.0, 1, replay=True),
    )


def view_of(lines: Sequence[Line], zones: Sequence[Zone]) -> ViewSettings:
    """Return lines and zones in pixels of the film as a box gets them, without metres."""
    return ViewSettings(
        None,
        None,
        tuple(LineSettings(line.id, line.a, line.b, COUNT_MAX_DEFAULT) for line in lines),
        tuple(ZoneSettings(zone.id, zone.polygon, COUNT_MAX_DEFAULT) for zone in zones),
        (),
        None,
    )


def _published(scene: SceneFolder) -> SeenFilm:
    sequence, fps = scene.sequence, scene.fps
    if scene.detections is None or fps is None or not (sequence.width_px and sequence.height_px):
        raise ConfigError(
            f"{scene.name}: got det.txt without a rate or a size, wanted seqinfo.ini with "
            "frameRate, imWidth and imHeight"
        )
    found = read_mot(
        scene.detections,
        fps=fps,
        frames=sequence.frames,
        confidence_range=scene.drawn.confidence_range,
    )
    if not found.frames:
        raise ConfigError(f"{scene.detections}: got no frame, wanted one at least")
    return SeenFilm(
        frames=tuple(FrameDetections(at_s, each, inferred=True) for at_s, each in found.steps()),
        fps=fps,
        width_px=sequence.width_px,
        height_px=sequence.height_px,
        thresholds=TrackerSettings(),
        model=PUBLISHED,
        input="det.txt",
        look_ms=0.0,
    )


def watched_quality(scene: SceneFolder, *, window_s: int) -> tuple[WindowQuality, ...]:
    """Return how good the image is, window by window, while the film plays again and again.

    Of detections without a film it is fine. Raises CameraError.
    """
    if scene.video is None:
        return (FINE,)
    monitor, found, begun_s = ImageQualityMonitor(), list[WindowQuality](), 0.0
    # Whole windows, and the whole film.
    while begun_s < WATCHED_S:
        with FileCamera(
            scene.video, fps=scene.fps, paced=False, loss_after_s=READ_TIMEOUT_S
        ) as camera:
            now_s = begun_s
            while (frame := camera.read(READ_TIMEOUT_S)) is not None:
                now_s = begun_s + frame.captured_s
                while now_s >= window_s * (len(found) + 1):
                    found.append(monitor.close_window())
                monitor.observe_frame(frame.image, partial(small_luma, frame.image), now_s)
            begun_s = now_s + 1.0 / camera.fps
    return tuple(found) or (monitor.close_window(),)


class Repeated:
    """A film that is played end to end again and again, as a box would see it.

    It is asked at the end of each window, as a pipeline is.
    """

    def __init__(self, film: SeenFilm, qualities: Sequence[WindowQuality]) -> None:
        self._film, self._qualities = film, qualities
        self._windows = 0
        self.taken = 0

    def steps(self, until_s: float) -> Iterator[tuple[int, FrameDetections]]:
        """Yield each frame's number within the film, and what was seen, until until_s seconds."""
        begun_s = 0.0
        while True:
            for number, seen in enumerate(self._film.frames):
                if begun_s + seen.captured_s >= until_s:
                    return
                self.taken += 1
                yield number, replace(seen, captured_s=begun_s + seen.captured_s)
            begun_s += self._film.length_s

    def close_window(self) -> WindowQuality:
        """Return how good the image was in the window that ends now."""
        self._windows += 1
        return self._qualities[(self._windows - 1) % len(self._qualities)]


def as_detections(film: SeenFilm) -> list[tuple[float, Detections]]:
    """Return time and detections of each frame, once through."""
    return [(seen.captured_s, seen.detections) for seen in film.frames]
