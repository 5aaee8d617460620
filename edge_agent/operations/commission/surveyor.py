# SPDX-License-Identifier: Apache-2.0
"""The process that sees pictures while a box is being set up: pixels in, surveys out.

It stands in the sensor's place, with the sensor's rules: no network, nothing to write to but one
pipe, and there 64 bytes at a time. It knows no line and no zone, and no way back to it exists.
Started as `python -I -m edge_agent.operations.commission.surveyor SETTINGS LOCKED GO`.
"""

import logging
import os
import sys
import threading
import time

from edge_agent.confinement import lock
from edge_agent.confinement.tables.policy import Role

if __name__ == "__main__":
    # Before any library is imported, and while there is one thread.
    lock.begin(Role.SURVEYOR)

import numpy as np

from edge_agent.confinement import process_exit
from edge_agent.confinement.stop import Stop
from edge_agent.confinement.tables.visible_files import THERMAL
from edge_agent.counting.height_filter import HeightFilter
from edge_agent.counting.tracker import Tracker, TrackerSettings
from edge_agent.operations.commission.record import (
    CELLS,
    PEOPLE_MAX,
    RATE_HZ,
    SHARPNESS_STEPS,
    Body,
    State,
    Survey,
    pack,
    rounded_by_chance,
    stepped_by_chance,
)
from edge_agent.operations.commission.settings import SurveyorSettings
from edge_agent.process_settings import Source, read_settings
from edge_agent.processes.sensor import assemble
from edge_agent.vision.assembly import open_camera
from edge_agent.vision.capture.frame_rate import Thermometer
from edge_agent.vision.memory import share_one_heap
from edge_agent.vision.pipeline import FrameDetections, Pipeline

READ_TIMEOUT_S = 0.25
log = logging.getLogger("edge_agent.commission.surveyor")


class Surveyor:
    """Follow people and say twice a second where they stand, by cells."""

    def __init__(
        self,
        channel_fd: int,
        pipeline: Pipeline,
        thresholds: TrackerSettings,
        *,
        width_px: int,
        height_px: int,
    ) -> None:
        self._channel_fd, self._pipeline = channel_fd, pipeline
        self._size = width_px, height_px
        self._tracker = Tracker(thresholds)
        self._people = HeightFilter(self._tracker.capacity)
        self._places: list[int | None] = [None] * PEOPLE_MAX
        """The track that each place of a record is for."""
        self._chance = np.random.default_rng()
        self._due_s = 0.0

    def run(self, stop: Stop, until_s: float) -> None:
        """Survey until the camera ends, the session does, or whoever reads has gone."""
        while not stop.heard() and not self._pipeline.ended and time.monotonic() < until_s:
            seen = self._pipeline.next(READ_TIMEOUT_S)
            if seen is not None and not self._survey(seen):
                return

    def _survey(self, seen: FrameDetections) -> bool:
        """Follow the people of a frame, and say where they are if it is time. False: nobody reads.

        By the machine's own clock: a film that is read faster says no more a second.
        """
        low = self._tracker.settings.confidence_low
        tracks = self._tracker.track_frame(seen.detections.at_least(low), seen.captured_s)
        people = self._people.find_people(tracks, seen.captured_s)
        now_s = time.monotonic()
        if now_s < self._due_s:
            return True
        self._due_s = max(now_s, self._due_s + 1.0 / RATE_HZ)
        shown = np.flatnonzero(tracks.confirmed & tracks.seen & people)
        bodies = {
            int(tracks.ids[row]): self._body(tracks.feet[row], float(tracks.sizes[row, 1]))
            for row in shown
        }
        sharpness, state = self._pipeline.sharpness()
        survey = Survey(
            min(SHARPNESS_STEPS - 1, max(0, round(sharpness * SHARPNESS_STEPS))),
            State[state.name],
            self._placed(bodies),
            self._size,
        )
        try:
            os.write(self._channel_fd, pack(survey))
        except (BrokenPipeError, BlockingIOError):
            return False
        return True

    def _body(self, foot: "np.ndarray[tuple[int], np.dtype[np.float64]]", tall_px: float) -> Body:
        width_px, height_px = self._size
        by_column, by_row, by_height = (float(one) for one in self._chance.random(3))
        return Body(
            rounded_by_chance(float(foot[0]) / width_px, CELLS, by_column),
            rounded_by_chance(float(foot[1]) / height_px, CELLS, by_row),
            stepped_by_chance(tall_px / height_px, by_height),
        )

    def _placed(self, bodies: dict[int, Body]) -> tuple[Body | None, ...]:
        """Give each track the place that it had, or a free one; of a crowd some have none."""
        self._places = [one if one in bodies else None for one in self._places]
        for track in bodies:
            if track not in self._places and None in self._places:
                self._places[self._places.index(None)] = track
        return tuple(None if one is None else bodies[one] for one in self._places)


def main(descriptor: int, locked_fd: int, go_fd: int) -> None:
    """Survey until the camera ends, the session does, or SIGTERM."""
    logging.basicConfig(
        level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr
    )
    stop = Stop()
    threading.excepthook = lambda _: os._exit(1)
    share_one_heap()
    settings = read_settings(SurveyorSettings, descriptor)
    sensor = settings.sensor
    camera = open_camera(sensor.camera)
    thermometer = Thermometer(None if sensor.camera.source is Source.FILE else THERMAL)
    pipeline, _, _, thresholds = assemble(sensor, camera, thermometer)
    size = {"width_px": camera.frame_width_px, "height_px": camera.frame_height_px}
    surveyor = Surveyor(sensor.channel_fd, pipeline, thresholds, **size)
    lock.close_sensor(
        channel_fd=sensor.channel_fd,
        locked_fd=locked_fd,
        go_fd=go_fd,
        camera=sensor.camera.path,
        senses=(*thermometer.descriptors, stop.descriptor),
        device=sensor.camera.source is Source.V4L2,
        role=Role.SURVEYOR,
    )
    # The first real frame is read only now. What goes wrong from here on leaves as an exit code.
    if lock.wait_for_go(locked_fd, go_fd):
        surveyor.run(stop, settings.until_s)
    process_exit.exit_now(process_exit.DONE_EXIT)


if __name__ == "__main__":
    process_exit.run(main, *map(int, sys.argv[1:4]), log=log)
