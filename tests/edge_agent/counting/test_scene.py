# SPDX-License-Identifier: Apache-2.0
import gc
import tracemalloc
from dataclasses import replace

import numpy as np

from development.fakes.street import HARD, Flaws, SyntheticStreet
from edge_agent.counting.detection import Detections, no_detections
from edge_agent.counting.familiarity.evidence import Evidence
from edge_agent.counting.familiarity.movement import Movement
from edge_agent.counting.geometry import ground_plane
from edge_agent.counting.line import Direction, Line
from edge_agent.counting.scene import FrameCounts, Scene
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.counting.zone import Occupancy, Zone
from tests.edge_agent.counting.scenes import count_frames, detections

LINE = Line("door", (0.0, 100.0), (200.0, 100.0))
ZONE = Zone("room", ((0, 100), (200, 100), (200, 300), (0, 300)))


def scene() -> Scene:
    return Scene((LINE,), (ZONE,), settings=TrackerSettings())


def test_a_scene_without_people_has_empty_moments() -> None:
    assert scene().observe_frame(no_detections(), 0.0) == FrameCounts((), (Occupancy(0, ()),))


def test_a_scene_counts_at_its_lines_and_in_its_zones() -> None:
    one = scene()
    moments = [
        one.observe_frame(detections((100.0, 40.0 + 6.0 * number)), number / 10)
        for number in range(30)
    ]
    crossings = [crossing for counts in moments for crossing in counts.crossings]
    assert [(crossing.line, crossing.direction) for crossing in crossings] == [(0, Direction.IN)]
    assert moments[0].occupancies[0].people == 0
    assert moments[-1].occupancies[0].people == 1


def test_what_only_waited_for_a_next_frame_comes_at_the_end() -> None:
    one = scene()
    for number in range(13):
        assert (
            one.observe_frame(detections((100.0, 44.0 + 6.0 * number)), number / 10).crossings == ()
        )
    assert [crossing.direction for crossing in one.finish()] == [Direction.IN]
    assert one.finish() == ()


def test_at_a_cut_every_track_ends_and_what_waited_is_counted() -> None:
    one = scene()
    for number in range(14):
        one.observe_frame(detections((100.0, 44.0 + 6.0 * number)), number / 10)
    assert [crossing.direction for crossing in one.cut()] == [Direction.IN]
    # The next picture shows others: whoever stands there now was not on the other side before.
    after = [
        one.observe_frame(detections((100.0, 80.0 - 6.0 * number)), 1.4 + number / 10)
        for number in range(6)
    ]
    assert after[0].occupancies[0].people == 0
    assert [crossing for counts in after for crossing in counts.crossings] == []
    assert one.finish() == ()


def test_speeds_come_through_where_the_ground_is_known() -> None:
    corners = np.array([[0, 0], [100, 0], [100, 100], [0, 100.0]])
    one = Scene(
        (), (ZONE,), settings=TrackerSettings(), ground=ground_plane(corners, corners / 50.0)
    )
    for number in range(30):
        counts = one.observe_frame(detections((20.0 + 5.0 * number, 200.0)), number / 10)
    assert abs(counts.occupancies[0].speeds_m_s[0] - 1.0) < 0.05


def test_two_scenes_in_one_process_do_not_touch_each_other() -> None:
    one, other = scene(), scene()
    for number in range(30):
        one.observe_frame(detections((100.0, 40.0 + 6.0 * number)), number / 10)
        assert other.observe_frame(no_detections(), number / 10) == FrameCounts(
            (), (Occupancy(0, ()),)
        )
    assert other.finish() == ()


def test_the_same_frames_give_the_same_counts() -> None:
    flaws = Flaws(
        time_jitter_s=0.02,
        missed_share=0.2,
        box_jitter_heights=0.05,
        low_share=0.2,
        people_hide_people=True,
    )
    street = SyntheticStreet.busy(3, people=15, seconds=15.0)
    line, zone = (
        Line("middle", (384, 0), (384, 576)),
        Zone("all", ((0, 0), (768, 0), (768, 576), (0, 576))),
    )
    one, other = (
        count_frames(street.frames(10.0, flaws, seed=3), (line,), (zone,)) for _ in range(2)
    )
    assert one == other
    assert one.crossings


def test_the_order_of_detections_in_a_frame_does_not_matter() -> None:
    one, other = scene(), scene()
    for number in range(30):
        found = detections(
            (40.0, 40.0 + 6.0 * number), (160.0, 220.0 - 6.0 * number), (100.0, 150.0)
        )
        turned = Detections(found.boxes[::-1], found.confidences[::-1])
        assert one.observe_frame(found, number / 10) == other.observe_frame(turned, number / 10)


def test_a_day_of_people_leaves_no_memory_behind() -> None:
    """A look at a street each half hour, for twenty-four hours of its clock.

    Rows are used again, everywhere grows.
    """
    street = SyntheticStreet.busy(9, people=12, seconds=10.0)
    frames = [Detections(each.boxes, each.confidences) for each in street.frames(4.0, HARD, seed=9)]
    held = []
    tracemalloc.start()
    try:
        one = Scene((Line("middle", (384, 0), (384, 576)),), (ZONE,), settings=TrackerSettings())
        for look in range(48):
            for number, found in enumerate(frames):
                one.observe_frame(found, 1800.0 * look + number / 4)
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    # By then numpy has filled its own store of small blocks.
    assert max(held[16:]) <= 1.02 * min(held[16:])
    for part in (one._tracker, one._lines, one._height_filter):
        arrays = [each for each in vars(part).values() if isinstance(each, np.ndarray)]
        assert all(len(each) <= one._tracker.capacity for each in arrays)


def test_a_scene_says_when_it_is_too_full_to_count() -> None:
    street = SyntheticStreet.busy(4, people=400, seconds=8.0)
    one = scene()
    said = [
        one.observe_frame(Detections(each.boxes, each.confidences), each.at_s).saturated
        for each in street.stream(3.0, HARD, seed=4)
    ]
    assert said[-1]


def test_a_network_that_has_no_room_for_more_people_makes_a_lower_bound() -> None:
    low = TrackerSettings().confidence_low
    for complete_from, saturated in ((0.0, False), (low / 2, False), (low + 0.1, True)):
        found = replace(detections((100.0, 50.0)), complete_from=complete_from)
        assert scene().observe_frame(found, 0.0).saturated is saturated


def test_after_a_cut_nobody_of_before_is_looked_for() -> None:
    one = scene()
    everywhere = Movement(np.ones((6, 8), np.bool_), 40.0)
    for number in range(20):
        found = detections((100.0, 40.0 + 6.0 * number))
        one.observe_frame(found, number / 10, everywhere)
    one.cut()
    assert one.observe_frame(detections((150.0, 90.0)), 2.0, everywhere).evidence == Evidence()
