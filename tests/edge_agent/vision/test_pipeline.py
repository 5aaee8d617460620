# SPDX-License-Identifier: Apache-2.0
"""The pipeline: steps overlap, a file loses no frame, a camera gives its newest, ends are told."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_agent.channel import Kind, Schema, unpack
from edge_agent.counting.difficulty import Difficulty
from edge_agent.counting.window import WindowSums
from edge_agent.errors import CameraError
from edge_agent.models.load import Model
from edge_agent.processes.counted_window import CountedWindow
from edge_agent.processes.sensor import Speaker
from edge_agent.vision.capture.file_camera import FileCamera
from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.capture.frame_rate import FrameRate
from edge_agent.vision.capture.v4l2_camera import V4l2Camera, V4l2Parameters
from edge_agent.vision.detector import Detector
from edge_agent.vision.mask import Mask
from edge_agent.vision.motion import MotionGate
from edge_agent.vision.pipeline import FRAMES_AHEAD, FrameDetections, Pipeline
from edge_agent.vision.quality.monitor import ImageQuality
from edge_agent.vision.tiles import Tiling, whole_frame
from tests.patience import patient
from wire_contract.quality import QualityCode

Image = NDArray[np.uint8]
MakeVideo = Callable[[Sequence[Image], float], Path]
FPS = 10.0
FRAME = whole_frame(width_px=768, height_px=576)


@pytest.fixture(scope="module")
def detector(ssd_model: Model) -> Detector:
    return Detector(
        ssd_model,
        input_width_px=240,
        input_height_px=180,
        confidence_min=0.3,
        iou_max=0.5,
        threads=1,
        aspect="stretch",
        buffers=FRAMES_AHEAD,
    )


@pytest.fixture
def open_pipeline(detector: Detector) -> Iterator[Callable[..., Pipeline]]:
    opened: list[tuple[Pipeline, FileCamera]] = []

    def begin(path: Path, *, gate: MotionGate | None = None) -> Pipeline:
        camera = FileCamera(path, fps=FPS, paced=False, loss_after_s=30.0)
        pipeline = Pipeline(
            camera, Mask(()), detector, tiling=Tiling(FRAME), gate=gate, frame_rate=None
        )
        opened.append((pipeline, camera))
        return pipeline

    yield begin
    for pipeline, camera in opened:
        pipeline.close()
        camera.close()


def all_of(pipeline: Pipeline) -> list[FrameDetections]:
    seen = []
    while not pipeline.ended:
        one = pipeline.next(5.0)
        if one is not None:
            seen.append(one)
    return seen


def test_of_a_file_every_frame_is_seen_once_and_in_order(
    open_pipeline: Callable[..., Pipeline], make_video: MakeVideo, street_frame: Image
) -> None:
    path = make_video([street_frame] * 25, FPS)
    pipeline = open_pipeline(path)
    seen = all_of(pipeline)
    assert [one.captured_s for one in seen] == pytest.approx([index / FPS for index in range(25)])
    assert pipeline.taken == 25
    assert pipeline.next(0.1) is None


def test_what_is_seen_is_what_the_detector_alone_finds(
    open_pipeline: Callable[..., Pipeline],
    detector: Detector,
    make_video: MakeVideo,
    street_frame: Image,
) -> None:
    path = make_video([street_frame, np.ascontiguousarray(street_frame[:, ::-1])] * 3, FPS)
    seen = all_of(open_pipeline(path))
    with FileCamera(path, fps=FPS, paced=False, loss_after_s=30.0) as camera:
        for one in seen:
            frame = camera.read(5.0)
            assert frame is not None
            assert one.detections.boxes.tolist() == detector.detect(frame).boxes.tolist()


def test_nothing_is_read_before_it_is_asked_for(
    open_pipeline: Callable[..., Pipeline], make_video: MakeVideo, street_frame: Image
) -> None:
    pipeline = open_pipeline(make_video([street_frame] * 5, FPS))
    time.sleep(0.3)
    assert pipeline.taken == 0
    assert pipeline.next(5.0) is not None


def test_an_empty_street_costs_few_inferences_and_keeps_who_stands_there(
    open_pipeline: Callable[..., Pipeline], make_video: MakeVideo, street_frame: Image
) -> None:
    path = make_video([street_frame] * 100, FPS)
    seen = all_of(open_pipeline(path, gate=MotionGate(full_look_s=4.0)))
    assert len(seen) == 100
    assert sum(one.inferred for one in seen) <= 15
    people = {len(one.detections) for one in seen}
    assert people == {len(seen[0].detections)}
    assert people != {0}


def test_the_eye_is_heard_window_by_window(
    open_pipeline: Callable[..., Pipeline], make_video: MakeVideo, street_frame: Image
) -> None:
    black = np.full_like(street_frame, 3)
    pipeline = open_pipeline(make_video([street_frame] * 30 + [black] * 60, FPS))
    for _ in range(20):
        assert pipeline.next(5.0) is not None
    assert pipeline.close_window().quality is ImageQuality.FINE
    all_of(pipeline)
    window = pipeline.close_window()
    assert (window.quality, window.blind) == (ImageQuality.DARK, True)


def test_a_fault_comes_after_the_frames_before_it(
    detector: Detector, make_video: MakeVideo, street_frame: Image
) -> None:
    class Breaking(FileCamera):
        """A disk that fails after the third frame."""

        def read(self, timeout_s: float):  # noqa: ANN202 - as its parent
            if self.captured == 3:
                raise CameraError("the disk has gone")
            return super().read(timeout_s)

    with Breaking(
        make_video([street_frame] * 6, FPS), fps=FPS, paced=False, loss_after_s=30.0
    ) as camera:
        pipeline = Pipeline(
            camera, Mask(()), detector, tiling=Tiling(FRAME), gate=None, frame_rate=None
        )
        seen = [pipeline.next(5.0) for _ in range(3)]
        assert all(one is not None for one in seen)
        with pytest.raises(CameraError, match="the disk has gone"):
            pipeline.next(5.0)
        assert pipeline.ended
        pipeline.close()


class Stream:
    """A camera that always has a next image, a number written in its tone."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._taken = seconds, 0

    def read(self) -> tuple[bool, object]:
        time.sleep(self._seconds)
        self._taken += 1
        return True, np.full((576, 768, 3), self._taken % 200, np.uint8)

    def release(self) -> None: ...


def test_of_a_live_camera_the_newest_frame_is_taken(detector: Detector) -> None:
    parameters = V4l2Parameters(
        device=Path("/dev/video7"), width_px=768, height_px=576, fps=200.0, fourcc="MJPG"
    )
    with V4l2Camera(parameters, loss_after_s=5.0, open_capture=lambda _: Stream(0.002)) as camera:
        pipeline = Pipeline(
            camera, Mask(()), detector, tiling=Tiling(FRAME), gate=None, frame_rate=None
        )
        ages_s = []
        for _ in range(20):
            one = pipeline.next(5.0)
            assert one is not None
            time.sleep(0.05)
            ages_s.append(time.monotonic() - one.captured_s)
        pipeline.close()
    assert camera.skipped > 20
    # At most those that are prepared, in the network and done are older than the newest.
    assert float(np.median(ages_s)) < patient(1.0)


class Always:
    """A live camera of 20 frames a second by its own clock, as fast as it is asked."""

    frame_width_px, frame_height_px, fps, skipped = 768, 576, 20.0, 0

    def __init__(self, image: Image, seconds: float) -> None:
        self._image, self._frames, self.captured = image, round(seconds * self.fps), 0

    @property
    def ended(self) -> bool:
        return self.captured >= self._frames

    def read(self, timeout_s: float) -> Frame | None:  # noqa: ARG002 - as every camera
        frame = Frame(self._image, self.captured / self.fps, self.captured)
        self.captured += 1
        return frame


@pytest.mark.parametrize(
    ("celsius", "rate_hz", "said"), [(50.0, 20.0, 3), (90.0, 5.0, 2), (None, 20.0, 3)]
)
def test_a_hot_board_takes_frames_at_the_floor_and_its_record_says_so(
    detector: Detector, street_frame: Image, celsius: float | None, rate_hz: float, said: int
) -> None:
    camera = Always(street_frame, 80.0)
    frame_rate = FrameRate(
        camera_hz=camera.fps, floor_hz=5.0, celsius=lambda: celsius, processor=time.monotonic
    )
    pipeline = Pipeline(
        camera,
        Mask(()),
        detector,
        tiling=Tiling(FRAME),
        gate=MotionGate(full_look_s=4.0),
        frame_rate=frame_rate,
    )
    taken = [one.captured_s for one in all_of(pipeline)]
    pipeline.close()
    last = [captured_s for captured_s in taken if captured_s >= 60.0]
    assert len(last) / 20.0 == pytest.approx(rate_hz, rel=0.1)
    told, telling = os.pipe2(os.O_DIRECT)
    sums = WindowSums(observed_s=20.0, frames=len(last), lines=(), zones=())
    Speaker(telling, Schema(lines=(), zones=()), 20).say(
        0, CountedWindow(sums, len(last), QualityCode.FINE, Difficulty.EASY, blind=False)
    )
    record = unpack(os.read(told, 64), Schema(lines=(), zones=()))
    os.close(told)
    os.close(telling)
    assert (record.kind, record.values[2]) == (Kind.IMAGE_QUALITY, said)


def test_closing_ends_the_threads_and_wipes_the_pictures(
    open_pipeline: Callable[..., Pipeline],
    detector: Detector,
    make_video: MakeVideo,
    street_frame: Image,
) -> None:
    pipeline = open_pipeline(make_video([street_frame] * 30, FPS))
    assert pipeline.next(5.0) is not None
    pipeline.close()
    assert not any(thread.is_alive() for thread in pipeline._threads)
    assert not any(buffer.tensor.any() for buffer in detector._buffers)
    assert cv2.getNumThreads() == 1
