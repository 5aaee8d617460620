# SPDX-License-Identifier: Apache-2.0
"""What a slot counted, and what the records of it say."""

import pytest

from edge_agent.channel import Kind, Schema
from edge_agent.counting.difficulty import Difficulty
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.counting.window import LineSum, Speed, WindowSums, ZoneSum
from edge_agent.process_settings import LineSettings, ViewSettings, ZoneSettings
from edge_agent.processes.counted_window import CountedWindow, WindowCounter
from edge_agent.processes.sensor import open_scene
from edge_agent.vision.pipeline import FrameDetections
from edge_agent.vision.quality.monitor import ImageQuality, WindowQuality
from tests.edge_agent.counting.scenes import detections
from wire_contract.quality import QualityCode

SUMS = WindowSums(
    observed_s=8.5,
    frames=85,
    lines=(LineSum(3, 300),),
    zones=(ZoneSum(mean=2.5, peak=4, speed=Speed.WALKING, standing=2),),
)
SCHEMA = Schema(lines=(255,), zones=(255,))
VIEW = ViewSettings(
    None,
    None,
    (LineSettings("door", (160.0, 0.0), (160.0, 240.0), 255),),
    (ZoneSettings("all", ((0.0, 0.0), (320.0, 0.0), (320.0, 260.0), (0.0, 260.0)), 255),),
    (),
    None,
)


class Sight:
    """What a pipeline is at the end of a window."""

    def __init__(self, quality: ImageQuality = ImageQuality.FINE, *, blind: bool = False) -> None:
        self.taken, self._verdict = 0, WindowQuality(quality, blind=blind)

    def close_window(self) -> WindowQuality:
        return self._verdict


def counter(sight: Sight) -> WindowCounter:
    scene = open_scene(VIEW, TrackerSettings(), width_px=320, height_px=240)
    return WindowCounter(sight, scene, lines=1, zones=1, frame_s=0.1)


def walk(counting: WindowCounter, sight: Sight, xs: range, *, begin_s: float = 0.0) -> None:
    for number, x in enumerate(xs):
        sight.taken += 1
        counting.count_frame(
            FrameDetections(begin_s + number / 10.0, detections((float(x), 200.0)), inferred=True)
        )


def test_the_records_come_in_the_configs_order_and_say_no_more_than_they_may() -> None:
    counted = CountedWindow(SUMS, 85, QualityCode.FINE, Difficulty.MIDDLING, blind=False)
    assert counted.records(SCHEMA, 10) == (
        (Kind.LINE, 0, (3, 255, 0, 0)),
        (Kind.ZONE, 0, (3, 4, 3, 2)),
        (Kind.IMAGE_QUALITY, 0, (0, 2, 2, 2)),
    )


def test_of_what_could_not_be_seen_only_the_image_quality_is_told() -> None:
    counted = CountedWindow(SUMS, 85, QualityCode.MOVED, Difficulty.EASY, blind=True)
    assert [kind for kind, _, _ in counted.records(SCHEMA, 10)] == [Kind.IMAGE_QUALITY]


@pytest.mark.parametrize(
    ("quality", "lost", "code", "blind"),
    [
        (ImageQuality.FINE, False, QualityCode.FINE, False),  # an ordinary window
        (ImageQuality.MOVED, False, QualityCode.MOVED, True),  # of another place
        (ImageQuality.MOVED, True, QualityCode.CAMERA_LOST, False),  # counted until it was lost
    ],
)
def test_the_code_is_that_of_the_image_or_of_a_lost_camera(
    quality: ImageQuality, *, lost: bool, code: QualityCode, blind: bool
) -> None:
    sight = Sight(quality, blind=quality is ImageQuality.MOVED)
    counted = counter(sight).close(lost=lost)
    assert (counted.code, counted.blind) == (code, blind)


def test_a_window_has_its_own_frames_and_crossings() -> None:
    sight = Sight()
    counting = counter(sight)
    walk(counting, sight, range(60, 260, 8))
    first = counting.close()
    walk(counting, sight, range(260, 300, 8), begin_s=2.5)
    counting.finish()
    second = counting.close()
    assert (first.captured, second.captured) == (25, 5)
    one, other = (counted.sums.lines[0] for counted in (first, second))
    assert sorted((one.in_count + other.in_count, one.out_count + other.out_count)) == [0, 1]


def test_after_a_cut_nobody_is_who_they_were() -> None:
    """One person goes left of the line, and in the next picture another stands right of it."""
    found = []
    for is_cut in (False, True):
        sight = Sight()
        counting = counter(sight)
        walk(counting, sight, range(100, 150, 4))
        if is_cut:
            counting.cut()
        walk(counting, sight, range(172, 240, 4), begin_s=1.5)
        counting.finish()
        line = counting.close().sums.lines[0]
        found.append(line.in_count + line.out_count)
    assert found == [1, 0]


def test_a_crossing_that_only_waited_counts_before_the_cut() -> None:
    sight = Sight()
    counting = counter(sight)
    walk(counting, sight, range(100, 190, 8))
    last = counting.cut()
    line = counting.close().sums.lines[0]
    assert line.in_count + line.out_count == 1
    assert len(last) <= 1
