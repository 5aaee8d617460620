# SPDX-License-Identifier: Apache-2.0
"""Count frame after frame, and close one window after another: all that a box knows of a slot.

The sensor says it in its records. Whoever measures what a box would say of a film counts here too.
"""

import os
from dataclasses import dataclass
from typing import Protocol

from edge_agent.channel import Kind, Schema, Values
from edge_agent.counting.difficulty import Difficulty
from edge_agent.counting.familiarity.judge import DetectorJudge
from edge_agent.counting.line import Crossing
from edge_agent.counting.scene import FrameCounts, Scene
from edge_agent.counting.window import Window, WindowSums
from edge_agent.vision.pipeline import FrameDetections
from edge_agent.vision.quality.monitor import ImageQuality, WindowQuality
from wire_contract.quality import QualityCode

OBSERVED_BOUNDS = (0.50, 0.80, 0.95)
RATE_BOUNDS_HZ = (2.0, 5.0, 10.0)

Said = tuple[Kind, int, Values]
"""What one record says: its kind, which line or zone, and the four values."""


class WindowSight(Protocol):
    """What is asked of a pipeline at the end of a window."""

    @property
    def taken(self) -> int:
        """How many frames were taken so far."""

    def close_window(self) -> WindowQuality:
        """Return how good the image was in the window that ends now."""


@dataclass(frozen=True, slots=True)
class CountedWindow:
    """What was counted in one slot, and how well it was seen.

    captured: how many frames were taken in it. blind: what was counted means nothing.
    """

    sums: WindowSums
    captured: int
    code: QualityCode
    difficulty: Difficulty
    blind: bool

    def records(self, schema: Schema, length_s: int) -> tuple[Said, ...]:
        """Return what the records of a slot of length_s seconds say, in the config's order.

        That of the image quality comes last. Of a slot that could not be seen only the image
        quality is told: what was not seen is not zero.
        """
        sums = self.sums
        lines = [
            (Kind.LINE, index, (line.in_count, line.out_count, 0, 0))
            for index, line in enumerate(() if self.blind else sums.lines)
        ]
        zones = [
            (Kind.ZONE, index, (zone.whole_mean, zone.peak, int(zone.speed), zone.standing))
            for index, zone in enumerate(() if self.blind else sums.zones)
        ]
        observed = sum(sums.observed_s / length_s >= bound for bound in OBSERVED_BOUNDS)
        rate = sum(self.captured / length_s >= bound for bound in RATE_BOUNDS_HZ)
        quality = (int(self.code), observed, rate, int(self.difficulty))
        said = (*lines, *zones, (Kind.IMAGE_QUALITY, 0, quality))
        return tuple(
            (kind, index, _capped(values, schema, kind, index)) for kind, index, values in said
        )


class WindowCounter:
    """Count the frames of one camera, window after window."""

    def __init__(
        self,
        sight: WindowSight,
        scene: Scene,
        *,
        lines: int,
        zones: int,
        frame_s: float,
        tallied: bool = False,
    ) -> None:
        """Count for that many lines and zones; the very first frame stands for frame_s seconds.

        tallied: a tally says what the detector misses here, better than the box could judge it.
        """
        self._judge, self._tallied = DetectorJudge(draw_evenly), tallied
        self._frame_s, self._captured_s = frame_s, 0.0
        self._sight, self._scene = sight, scene
        self._window = Window(lines=lines, zones=zones, frame_s=frame_s)
        self._taken = 0

    def count_frame(self, seen: FrameDetections) -> FrameCounts:
        """Count one frame in the window that is open; return what was counted."""
        counts = self._scene.observe_frame(seen.detections, seen.captured_s, seen.moving)
        self._judge.observe_evidence(counts.evidence, seen.captured_s)
        self._captured_s = seen.captured_s
        self._window.add_frame(
            seen.captured_s, counts.crossings, counts.occupancies, saturated=counts.saturated
        )
        return counts

    def finish(self) -> tuple[Crossing, ...]:
        """Count the crossings that only waited for a next frame, and return them."""
        last = self._scene.finish()
        self._window.add_crossings(last)
        return last

    def cut(self) -> tuple[Crossing, ...]:
        """End every track before a frame of another time; count and return what only waited."""
        last = self._scene.cut()
        self._window.add_crossings(last)
        return last

    def close(self, *, lost: bool = False, ended_s: float | None = None) -> CountedWindow:
        """Return what was counted since the last close, and begin anew; lost: the camera is.

        ended_s: when the window ended, by the frames' clock; with the last frame where not given.
        """
        verdict, sums = self._sight.close_window(), self._window.close()
        self._scene.begin_window()
        code = self._code(
            verdict.quality,
            saturated=sums.saturated,
            ended_s=self._captured_s + self._frame_s if ended_s is None else ended_s,
        )
        captured, self._taken = self._sight.taken - self._taken, self._sight.taken
        return CountedWindow(
            sums,
            captured,
            QualityCode.CAMERA_LOST if lost else code,
            self._scene.difficulty.close_window(),
            blind=verdict.blind and not lost,
        )

    def _code(self, quality: ImageQuality, *, saturated: bool, ended_s: float) -> QualityCode:
        """Return what is wrong with the image, else with the counts."""
        well_seen = quality is ImageQuality.FINE and not saturated
        self._judge.close_window(ended_s, well_seen=well_seen)
        if quality is not ImageQuality.FINE:
            return QualityCode[quality.name]
        if saturated:
            return QualityCode.SATURATED
        unfamiliar = self._judge.unfamiliar and not self._tallied
        return QualityCode.UNFAMILIAR if unfamiliar else QualityCode.FINE


def draw_evenly() -> float:
    """Draw from 0 to 1, without 1, from the kernel's random numbers."""
    return (int.from_bytes(os.urandom(7), "big") >> 3) / 2.0**53


def _capped(values: Values, schema: Schema, kind: Kind, index: int) -> Values:
    """Return the values; one beyond its alphabet says the largest that there is."""
    largest = schema.largest(kind, index) or (0, 0, 0, 0)
    return (
        min(values[0], largest[0]),
        min(values[1], largest[1]),
        min(values[2], largest[2]),
        min(values[3], largest[3]),
    )
