# SPDX-License-Identifier: Apache-2.0
"""Pipeline through one camera: take, blank, look, prepare and infer at the same time, each on a thread of its own.

One thread takes a frame, blanks it, looks at it briefly and prepares it; one runs the network;
whoever calls next() reads its outputs. All is bounded: there are as many prepared frames as
buffers, and a frame is taken only when there is a buffer for it. So of a live camera the newest
frame is taken and none waits for longer than one inference, and of a file none is dropped. Both
threads begin in the constructor, before the process is locked, and do nothing before the first
next().
"""

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from edge_agent.counting.detection import Detections, no_detections
from edge_agent.errors import EdgeAgentError
from edge_agent.vision.capture.camera import Camera
from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.capture.frame_rate import Pace
from edge_agent.vision.detector import Detector
from edge_agent.vision.mask import Mask
from edge_agent.vision.motion import MotionGate
from edge_agent.vision.postprocess import Floats
from edge_agent.vision.preprocess import Placement
from edge_agent.vision.quality.monitor import ImageQualityMonitor, Verdict
from edge_agent.vision.quality.statistics import small_luma
from edge_agent.vision.tiles import Merger, Tiling

POLL_S = 0.25
JOIN_TIMEOUT_S = 2.0
FRAMES_AHEAD = 2
"""Frames prepared or in the network at a time."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """One frame's people. looked is False where nothing had moved, and they are those of the frame before."""

    captured_s: float
    detections: Detections
    looked: bool


@dataclass(frozen=True, slots=True)
class _Look:
    """One part of a frame on its way.

    Where it lies, in which buffer, and after the network its outputs.
    """

    tile: int
    buffer: int
    placement: Placement
    outputs: Sequence[Floats] = ()


@dataclass(frozen=True, slots=True)
class _Step:
    """One frame on its way, or the end of all, with what ended it."""

    captured_s: float = 0.0
    looks: tuple[_Look, ...] = ()
    ended: bool = False
    fault: EdgeAgentError | None = None


class Pipeline:
    """One camera, one detector, and how well they see."""

    def __init__(
        self,
        camera: Camera,
        mask: Mask,
        detector: Detector,
        *,
        tiling: Tiling,
        gate: MotionGate | None,
        pace: Pace | None,
    ) -> None:
        """Start the threads. gate None looks at every frame.

        Pace None takes frames as fast as they come and can be seen.

        The detector needs FRAMES_AHEAD buffers for each look of a frame. The camera is the caller's
        to close, after this.
        """
        self._camera, self._mask, self._detector = camera, mask, detector
        self._tiling, self._gate, self._pace = tiling, gate, pace
        self._eye, self._eye_lock = ImageQualityMonitor(), threading.Lock()
        self._merger = Merger(tiling)
        self._last = no_detections()
        self._begun, self._stopped = threading.Event(), False
        self._free: queue.Queue[int] = queue.Queue()
        for buffer in range(FRAMES_AHEAD * tiling.looks_each):
            self._free.put(buffer)
        self._prepared: queue.Queue[_Step] = queue.Queue(FRAMES_AHEAD)
        self._done: queue.Queue[_Step] = queue.Queue(FRAMES_AHEAD)
        self.ended = False
        self.taken = 0
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for name, work in (("prepare", self._prepare), ("infer", self._infer))
        ]
        for thread in self._threads:
            thread.start()

    def next(self, timeout_s: float) -> Seen | None:
        """Return the people of the next frame.

        None where there is none within timeout_s seconds, or at the end.

        Raises what ended it, CameraError or ModelError, after all frames before it have been handed
        out.
        """
        self._begun.set()
        if self.ended:
            return None
        try:
            step = self._done.get(timeout=max(timeout_s, 0.0))
        except queue.Empty:
            return None
        if step.ended:
            self.ended = True
            if step.fault is not None:
                raise step.fault
            return None
        if step.looks:
            found = [
                (look.tile, self._detector.read(look.outputs, look.placement))
                for look in step.looks
            ]
            self._last = self._merger.merge(found, step.captured_s)
        return Seen(step.captured_s, self._last, looked=bool(step.looks))

    def close_window(self) -> Verdict:
        """Return how well the eye saw in the window that ends now."""
        with self._eye_lock:
            return self._eye.close()

    def close(self) -> None:
        """Stop both threads; what was on its way is dropped.

        The pictures in the buffers are overwritten.
        """
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
                self._take()
        except EdgeAgentError as error:
            fault = error
        self._hand_on(self._prepared, _Step(ended=True, fault=fault))

    def _take(self) -> None:
        """Take one frame as soon as there is a buffer for it, and hand it on."""
        buffers = self._buffers(self._tiling.looks_each)
        step = None if buffers is None else self._step(buffers)
        used = {look.buffer for look in step.looks} if step else set()
        for buffer in buffers or ():
            if buffer not in used:
                self._free.put(buffer)
        if step is not None:
            self._hand_on(self._prepared, step)

    def _step(self, buffers: list[int]) -> _Step | None:
        frame = self._camera.read(POLL_S)
        if frame is None or (self._pace is not None and not self._pace.takes(frame.captured_s)):
            return None
        self.taken += 1
        self._mask.apply(frame)
        if not self._worth_it(frame):
            return _Step(frame.captured_s)
        tiles = self._tiling.next()
        looks = (
            _Look(tile, buffer, self._detector.prepare(buffer, frame, self._tiling.regions[tile]))
            for tile, buffer in zip(tiles, buffers, strict=True)
        )
        return _Step(frame.captured_s, tuple(looks))

    def _worth_it(self, frame: Frame) -> bool:
        if self._gate is None:
            with self._eye_lock:
                self._eye.look(frame.image, lambda: small_luma(frame.image), frame.captured_s)
            return True
        small = small_luma(frame.image)
        with self._eye_lock:
            self._eye.look(frame.image, small, frame.captured_s)
        return self._gate.opens(small, frame.captured_s)

    def _infer(self) -> None:
        while True:
            step = self._wait(self._prepared)
            if step is None:
                return
            try:
                done = self._through_network(step)
            except EdgeAgentError as error:
                done = _Step(ended=True, fault=error)
            self._hand_on(self._done, done)
            if done.ended:
                self._stopped = self._stopped or done.fault is not None
                return

    def _through_network(self, step: _Step) -> _Step:
        looks = []
        for look in step.looks:
            if self._pace is None:
                outputs = self._detector.infer(look.buffer)
            else:
                with self._pace.working():
                    outputs = self._detector.infer(look.buffer)
            looks.append(_Look(look.tile, look.buffer, look.placement, outputs))
            self._free.put(look.buffer)
        return _Step(step.captured_s, tuple(looks), step.ended, step.fault)

    def _buffers(self, count: int) -> list[int] | None:
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

    def _hand_on(self, to: "queue.Queue[_Step]", step: _Step) -> None:
        self._until_stopped(lambda: to.put(step, timeout=POLL_S))

    def _until_stopped(self, attempt: Callable[[], T]) -> T | None:
        while not self._stopped:
            try:
                return attempt()
            except (queue.Empty, queue.Full):
                continue
        return None
