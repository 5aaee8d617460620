# SPDX-License-Identifier: Apache-2.0
"""From camera to detections: capture, mask, measure, preprocess and infer at the same time.

One thread takes a frame, masks it, measures its quality and preprocesses it; one runs the network;
whoever calls next() decodes its outputs. All is bounded: there are as many prepared frames as
buffers, and a frame is taken only when there is a buffer for it. So of a live camera the newest
frame is taken and none waits for longer than one inference, and of a file none is dropped. Both
threads begin in the constructor, before the process is locked, and do nothing before the first
next().
"""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from edge_agent.counting.detection import Detections, no_detections
from edge_agent.counting.familiarity.movement import Movement
from edge_agent.errors import EdgeAgentError
from edge_agent.vision.capture.camera import Camera
from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.capture.frame_rate import FrameRate
from edge_agent.vision.detector import Detector
from edge_agent.vision.mask import Mask
from edge_agent.vision.motion import MotionGate, MovementMeter
from edge_agent.vision.postprocess import Outputs
from edge_agent.vision.preprocess import Placement
from edge_agent.vision.quality.monitor import (
    ImageQuality,
    ImageQualityMonitor,
    WindowQuality,
)
from edge_agent.vision.quality.statistics import Luma, small_luma
from edge_agent.vision.tiles import TileMerger, Tiling

POLL_S = 0.25
JOIN_TIMEOUT_S = 2.0
FRAMES_AHEAD = 2
"""Frames prepared or in the network at a time."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FrameDetections:
    """The detections of one frame.

    inferred is False where nothing had moved: then they are those of the frame before. moving says
    where something moved, in frames with a look.
    """

    captured_s: float
    detections: Detections
    inferred: bool
    moving: Movement | None = None


@dataclass(frozen=True, slots=True)
class _RegionPass:
    """One region of a frame on its way through the network: where it lies, and in which buffer.

    outputs are empty until the network has run.
    """

    tile: int
    buffer: int
    placement: Placement
    outputs: Outputs = ()


@dataclass(frozen=True, slots=True)
class _FrameJob:
    """One frame on its way, or the end of all frames, with what ended them."""

    captured_s: float = 0.0
    passes: tuple[_RegionPass, ...] = ()
    moving: Movement | None = None
    ended: bool = False
    fault: EdgeAgentError | None = None


class Pipeline:
    """One camera, one detector, and the image quality between them.

    More than ten attributes: it owns what one frame passes through, in the order of the trip, and
    the queues between two threads.
    """

    def __init__(
        self,
        camera: Camera,
        mask: Mask,
        detector: Detector,
        *,
        tiling: Tiling,
        gate: MotionGate | None,
        frame_rate: FrameRate | None,
    ) -> None:
        """Start the threads.

        Without a gate every frame goes through the network; without a frame_rate frames are taken
        as fast as they come and can be inferred. The detector needs FRAMES_AHEAD buffers for each
        region of a frame. The camera is the caller's to close, after this.
        """
        self._camera, self._mask, self._detector = camera, mask, detector
        self._tiling, self._gate, self._frame_rate = tiling, gate, frame_rate
        self._monitor, self._monitor_lock = ImageQualityMonitor(), threading.Lock()
        self._movement = MovementMeter()
        self._merger = TileMerger(tiling)
        self._last = no_detections()
        self._begun, self._stopped = threading.Event(), False
        self._free: queue.Queue[int] = queue.Queue()
        for buffer in range(FRAMES_AHEAD * tiling.regions_each):
            self._free.put(buffer)
        self._prepared: queue.Queue[_FrameJob] = queue.Queue(FRAMES_AHEAD)
        self._done: queue.Queue[_FrameJob] = queue.Queue(FRAMES_AHEAD)
        self.ended = False
        self.taken = 0
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for name, work in (("prepare", self._prepare), ("infer", self._infer))
        ]
        for thread in self._threads:
            thread.start()

    def next(self, timeout_s: float) -> FrameDetections | None:
        """Return the detections of the next frame; None after timeout_s seconds, or at the end.

        Raises what ended it, CameraError or ModelError, after all frames before it have been handed
        out.
        """
        self._begun.set()
        if self.ended:
            return None
        try:
            job = self._done.get(timeout=max(timeout_s, 0.0))
        except queue.Empty:
            return None
        if job.ended:
            self.ended = True
            if job.fault is not None:
                raise job.fault
            return None
        if job.passes:
            found = [
                (each.tile, self._detector.decode(each.outputs, each.placement))
                for each in job.passes
            ]
            self._last = self._merger.merge(found, job.captured_s)
        return FrameDetections(job.captured_s, self._last, bool(job.passes), job.moving)

    def close_window(self) -> WindowQuality:
        """Return how good the image was in the window that ends now."""
        with self._monitor_lock:
            return self._monitor.close_window()

    def sharpness(self) -> tuple[float, ImageQuality]:
        """Return how sharp the picture is now, 0..1, and the gravest impairment that is believed.

        For whoever sets a camera up.
        """
        with self._monitor_lock:
            return self._monitor.sharpness, self._monitor.quality

    def close(self) -> None:
        """Stop both threads, drop what was on its way, and overwrite the pictures in buffers."""
        self._stopped = True
        self._begun.set()
        for thread in self._threads:
            thread.join(JOIN_TIMEOUT_S)
        self._detector.close()

    def _prepare(self) -> None:
        self._begun.wait()
        fault: EdgeAgentError | None = None
        try:
            while not self._stopped and not self._camera.ended:
                self._prepare_frame()
        except EdgeAgentError as error:
            fault = error
        self._hand_on(self._prepared, _FrameJob(ended=True, fault=fault))

    def _prepare_frame(self) -> None:
        """Take one frame as soon as there are buffers for it, and hand it on."""
        buffers = self._wait_for_buffers(self._tiling.regions_each)
        job = None if buffers is None else self._frame_job(buffers)
        used = {each.buffer for each in job.passes} if job else set()
        for buffer in buffers or ():
            if buffer not in used:
                self._free.put(buffer)
        if job is not None:
            self._hand_on(self._prepared, job)

    def _frame_job(self, buffers: list[int]) -> _FrameJob | None:
        frame = self._camera.read(POLL_S)
        if frame is None:
            return None
        if self._frame_rate is not None and not self._frame_rate.admits(frame.captured_s):
            return None
        self.taken += 1
        self._mask.apply(frame)
        looks = self._movement.is_due(frame.captured_s)
        small = small_luma(frame.image) if looks or self._gate is not None else None
        if not self._needs_inference(frame, small):
            return _FrameJob(frame.captured_s)
        moving = (
            self._movement.look(small, frame.captured_s, width_px=frame.image.shape[1])
            if looks and small is not None
            else None
        )
        tiles = self._tiling.next()
        passes = (
            _RegionPass(
                tile, buffer, self._detector.prepare(buffer, frame, self._tiling.regions[tile])
            )
            for tile, buffer in zip(tiles, buffers, strict=True)
        )
        return _FrameJob(frame.captured_s, tuple(passes), moving)

    def _needs_inference(self, frame: Frame, small: Luma | None) -> bool:
        """Measure the frame's quality, and ask the motion gate whether anything has moved."""
        with self._monitor_lock:
            self._monitor.observe_frame(
                frame.image,
                (lambda: small_luma(frame.image)) if small is None else small,
                frame.captured_s,
            )
        return self._gate is None or small is None or self._gate.opens(small, frame.captured_s)

    def _infer(self) -> None:
        while True:
            job = self._wait(self._prepared)
            if job is None:
                return
            try:
                done = self._run_network(job)
            except EdgeAgentError as error:
                done = _FrameJob(ended=True, fault=error)
            self._hand_on(self._done, done)
            if done.ended:
                self._stopped = self._stopped or done.fault is not None
                return

    def _run_network(self, job: _FrameJob) -> _FrameJob:
        passes = []
        for each in job.passes:
            if self._frame_rate is None:
                outputs = self._detector.infer(each.buffer)
            else:
                with self._frame_rate.measure_inference():
                    outputs = self._detector.infer(each.buffer)
            passes.append(_RegionPass(each.tile, each.buffer, each.placement, outputs))
            self._free.put(each.buffer)
        return replace(job, passes=tuple(passes))

    def _wait_for_buffers(self, count: int) -> list[int] | None:
        """Wait for so many free buffers; None where we are told to stop."""
        buffers: list[int] = []
        while len(buffers) < count:
            buffer = self._wait(self._free)
            if buffer is None:
                return None
            buffers.append(buffer)
        return buffers

    def _wait(self, source: "queue.Queue[T]") -> T | None:
        return self._until_stopped(lambda: source.get(timeout=POLL_S))

    def _hand_on(self, to: "queue.Queue[_FrameJob]", job: _FrameJob) -> None:
        self._until_stopped(lambda: to.put(job, timeout=POLL_S))

    def _until_stopped(self, attempt: Callable[[], T]) -> T | None:
        while not self._stopped:
            try:
                return attempt()
            except (queue.Empty, queue.Full):
                continue
        return None
