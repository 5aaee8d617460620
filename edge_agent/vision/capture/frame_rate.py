# SPDX-License-Identifier: Apache-2.0
"""Lower the frame rate of a live camera when the processor is hot or others need it.

It never falls below a stated floor.

Heat is read from the kernel's own sensor, through a descriptor that was opened before the lock.
Need of others shows in the inference itself: where it takes much longer on the clock than on the
processor, it was made to wait.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

HOT_C, COOL_C = 75.0, 70.0
"""Above the first the rate falls, below the second it may rise; most boards slow themselves at 80
to 85 degrees."""
WAITED_SHARE, FREE_SHARE = 0.5, 0.25
"""Share of the inference's time spent waiting for a processor: above the first the rate falls,
below the second it rises."""
STEP_EACH_S = 5.0
STEP_DOWN, STEP_UP = 0.8, 1.1
SMOOTHED_OVER_RUNS = 20.0


class FrameRate:
    """The rate at which frames of one camera are taken: between the floor and the camera's own."""

    def __init__(
        self,
        *,
        camera_hz: float,
        floor_hz: float,
        celsius: Callable[[], float | None],
        clock: Callable[[], float] = time.monotonic,
        processor: Callable[[], float] = time.thread_time,
        threads: int = 1,
    ) -> None:
        """Begin at camera_hz, the camera's own rate; never go below floor_hz, frames a second.

        celsius returns the processor's temperature, None where nobody knows it. With more than one
        thread of inference its processor time cannot be told from outside, and only heat counts.
        """
        self._camera_hz, self._floor_hz = camera_hz, min(floor_hz, camera_hz)
        self._celsius, self._clock, self._processor, self._threads = (
            celsius,
            clock,
            processor,
            threads,
        )
        self.rate_hz = camera_hz
        self._waited = 0.0
        self._adjust_at_s: float | None = None
        self._due_s = 0.0

    def admits(self, captured_s: float) -> bool:
        """Say whether the frame captured then is taken, and follow heat and load."""
        if self._adjust_at_s is None:
            self._adjust_at_s = captured_s + STEP_EACH_S
        if captured_s >= self._adjust_at_s:
            self._adjust_at_s = captured_s + STEP_EACH_S
            self._adjust()
        # Half a camera frame of grace: at full rate jitter must not cost every second frame.
        if captured_s < self._due_s - 0.5 / self._camera_hz:
            return False
        self._due_s = max(self._due_s + 1.0 / self.rate_hz, captured_s)
        return True

    @contextmanager
    def measure_inference(self) -> Iterator[None]:
        """Measure one inference that runs on this thread."""
        began_s, used_s = self._clock(), self._processor()
        yield
        took_s, used_s = self._clock() - began_s, self._processor() - used_s
        if self._threads == 1 and took_s > 0:
            self._waited += (max(0.0, 1.0 - used_s / took_s) - self._waited) / SMOOTHED_OVER_RUNS

    def _adjust(self) -> None:
        celsius = self._celsius()
        hot = celsius is not None and celsius > HOT_C
        cool = celsius is None or celsius < COOL_C
        if hot or self._waited > WAITED_SHARE:
            self.rate_hz = max(self._floor_hz, self.rate_hz * STEP_DOWN)
        elif cool and self._waited < FREE_SHARE:
            self.rate_hz = min(self._camera_hz, self.rate_hz * STEP_UP)


class Thermometer:
    """The kernel's file with the processor's temperature, in 1/1000 degrees C, kept open."""

    def __init__(self, path: str | None) -> None:
        """Open it; without a path, or on a machine without the file, there is no temperature."""
        self.descriptors: tuple[int, ...] = ()
        if path is not None:
            with suppress(OSError):
                self.descriptors = (os.open(path, os.O_RDONLY | os.O_CLOEXEC),)

    def celsius(self) -> float | None:
        """Return degrees Celsius, None where the machine does not say."""
        try:
            (descriptor,) = self.descriptors
            os.lseek(descriptor, 0, os.SEEK_SET)
            return int(os.read(descriptor, 16)) / 1000.0
        except (OSError, ValueError):
            return None
