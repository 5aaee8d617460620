# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from development.fakes.street import Flaws, Point, SyntheticStreet
from edge_agent.counting.detection import Detections, no_detections
from edge_agent.counting.tracker import CAPACITY, Tracker, TrackerSettings, Tracks
from tests.edge_agent.counting.scenes import detections

RATES = (5.0, 30.0)
SETTINGS = TrackerSettings()


def stand(
    tracker: Tracker, *, fps: float, seconds: float, at: Point = (100.0, 100.0), from_s: float = 0.0
) -> Tracks:
    """Let one person stand still, seen in every frame of `seconds`, and return the last tracks."""
    for number in range(round(seconds * fps) + 1):
        tracks = tracker.track_frame(detections(at), from_s + number / fps)
    return tracks


def fixed_arrays(tracker: Tracker) -> dict[str, int]:
    """Return the bytes of every array that the tracker keeps."""
    kept = {**vars(tracker), **vars(tracker._filters)}
    return {name: each.nbytes for name, each in kept.items() if isinstance(each, np.ndarray)}


def test_two_trackers_number_their_tracks_on_their_own() -> None:
    one, other = Tracker(SETTINGS), Tracker(SETTINGS)
    assert one.track_frame(detections((100, 100), (300, 100)), 0.0).ids.tolist() == [1, 2]
    assert other.track_frame(detections((100, 100)), 0.0).ids.tolist() == [1]


def test_no_number_is_given_twice() -> None:
    tracker, seen = Tracker(SETTINGS, capacity=4), set()
    for number in range(50):
        tracks = tracker.track_frame(detections((1000.0 * number, 100.0)), float(number))
        new = tracks.ids[tracks.old :].tolist()
        assert not seen & set(new)
        seen |= set(new)
    assert len(seen) == 50


@pytest.mark.parametrize("fps", RATES)
def test_a_person_is_confirmed_after_the_stated_time(fps: float) -> None:
    tracker = Tracker(SETTINGS)
    for number in range(round(2 * fps)):
        now_s = number / fps
        confirmed = bool(tracker.track_frame(detections((100, 100)), now_s).confirmed[0])
        assert confirmed == (number + 1 >= SETTINGS.confirm_seen and now_s >= SETTINGS.confirm_s), (
            now_s
        )


def test_frames_are_counted_from_the_first_and_hits_among_them() -> None:
    tracker = Tracker(SETTINGS)
    looks = [
        detections((100, 100)) if seen else no_detections() for seen in (True, True, False, True)
    ]
    counted = [
        (int(after.hits[0]), after.frame + 1 - int(after.first_frames[0]))
        for after in map(tracker.track_frame, looks, (0.0, 0.1, 0.2, 0.3))
    ]
    assert counted == [(1, 1), (2, 2), (2, 3), (3, 4)]


@pytest.mark.parametrize("fps", RATES)
def test_a_tentative_track_is_forgotten_after_the_stated_time(fps: float) -> None:
    tracker = Tracker(SETTINGS)
    tracker.track_frame(detections((100, 100)), 0.0)
    for number in range(1, round(2 * fps)):
        tracks = tracker.track_frame(no_detections(), number / fps)
        assert len(tracks) == (number / fps <= SETTINGS.tentative_max_s)


def test_where_frames_are_rare_a_tentative_track_may_miss_two_and_no_third() -> None:
    tracker = Tracker(SETTINGS)
    tracker.track_frame(detections((100, 100)), 0.0)
    assert [len(tracker.track_frame(no_detections(), number / 3)) for number in (1, 2, 3)] == [
        1,
        1,
        0,
    ]


@pytest.mark.parametrize("fps", RATES)
def test_a_lost_person_is_forgotten_after_the_stated_time(fps: float) -> None:
    tracker = Tracker(SETTINGS)
    stand(tracker, fps=fps, seconds=1.0)
    ended = []
    for number in range(1, round(4 * fps)):
        tracks = tracker.track_frame(no_detections(), 1.0 + number / fps)
        assert len(tracks) == (number / fps <= SETTINGS.lost_max_s + 1e-9)
        ended += tracks.ended.tolist()
    assert ended == [0]


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("hidden_s", [0.4, 1.0, 2.4])
def test_a_person_hidden_for_a_while_is_the_same_person(fps: float, hidden_s: float) -> None:
    tracker = Tracker(SETTINGS)
    stand(tracker, fps=fps, seconds=1.0)
    for number in range(1, int(hidden_s * fps)):
        assert not tracker.track_frame(no_detections(), 1.0 + number / fps).seen.any()
    found = tracker.track_frame(detections((105, 102)), 1.0 + hidden_s)
    assert found.ids.tolist() == [1]
    assert found.seen.tolist() == [True]
    assert found.unseen_s.tolist() == [0.0]


@pytest.mark.parametrize("fps", RATES)
def test_a_walker_hidden_for_a_while_is_found_where_the_walk_leads(fps: float) -> None:
    tracker = Tracker(SETTINGS)
    for number in range(round(2 * fps)):
        tracker.track_frame(detections((60.0 * number / fps, 100.0)), number / fps)
    assert tracker.track_frame(detections((60.0 * 3.5, 100.0)), 3.5).ids.tolist() == [1]


def test_one_of_another_size_is_another_person() -> None:
    tracker = Tracker(SETTINGS)
    stand(tracker, fps=10.0, seconds=1.0)
    assert tracker.track_frame(detections((130, 100), height_px=160.0), 1.1).ids.tolist() == [1, 2]


def test_a_weak_detection_begins_no_track() -> None:
    tracker = Tracker(SETTINGS)
    assert len(tracker.track_frame(detections((100, 100), confidence=0.2), 0.0)) == 0


def test_a_weak_detection_keeps_a_confirmed_person_seen() -> None:
    tracker = Tracker(SETTINGS)
    stand(tracker, fps=10.0, seconds=1.0)
    assert tracker.track_frame(detections((101, 100), confidence=0.2), 1.1).seen.tolist() == [True]


def test_a_track_knows_for_how_long_only_weak_detections_have_carried_it() -> None:
    tracker = Tracker(SETTINGS)
    stand(tracker, fps=10.0, seconds=1.0)
    last_s = tracker.track_frame(detections((100, 100)), 1.1)
    assert last_s.weak_s.tolist() == [0.0]
    weakly = [
        tracker.track_frame(detections((100, 100), confidence=0.2), 1.1 + later_s).weak_s.copy()
        for later_s in (0.1, 0.4)
    ]
    assert np.concatenate(weakly) == pytest.approx([0.1, 0.4])
    unseen = tracker.track_frame(detections(), 1.7)
    assert (unseen.weak_s, unseen.unseen_s) == (pytest.approx([0.4]), pytest.approx([0.2]))
    assert tracker.track_frame(detections((100, 100)), 1.8).weak_s.tolist() == [0.0]


def test_a_weak_detection_does_not_keep_a_tentative_track_seen() -> None:
    tracker = Tracker(SETTINGS)
    tracker.track_frame(detections((100, 100)), 0.0)
    assert tracker.track_frame(detections((101, 100), confidence=0.2), 0.1).seen.tolist() == [False]


def test_a_detection_below_the_low_threshold_is_not_looked_at() -> None:
    tracker = Tracker(SETTINGS)
    stand(tracker, fps=10.0, seconds=1.0)
    too_weak = detections((100, 100), confidence=SETTINGS.confidence_low - 0.05)
    assert tracker.track_frame(too_weak, 1.1).seen.tolist() == [False]


def test_at_the_bound_new_people_are_turned_away_and_counted() -> None:
    tracker = Tracker(SETTINGS, capacity=3)
    crowd = [(200.0 * place, 100.0) for place in range(5)]
    first = tracker.track_frame(detections(*crowd), 0.0)
    assert (len(first), first.refused) == (3, 2)
    later = tracker.track_frame(detections(*crowd), 0.1)
    assert (len(later), later.refused) == (3, 2)
    assert later.ids.tolist() == [1, 2, 3]


def test_a_row_is_free_again_in_the_frame_that_forgets_its_track() -> None:
    tracker = Tracker(SETTINGS, capacity=1)
    tracker.track_frame(detections((100, 100)), 0.0)
    tracks = tracker.track_frame(detections((900, 100)), SETTINGS.lost_max_s + 0.1)
    assert (tracks.ended.tolist(), tracks.started, tracks.refused) == ([0], 1, 0)
    assert tracks.ids.tolist() == [2]


def test_a_frame_of_the_same_time_moves_nothing() -> None:
    tracker = Tracker(SETTINGS)
    for number in range(10):
        before = tracker.track_frame(detections((10.0 * number, 100.0)), number / 10).feet.copy()
    after = tracker.track_frame(no_detections(), 0.9)
    assert after.feet == pytest.approx(before, abs=0.5)
    assert after.unseen_s.tolist() == [0.0]


def test_memory_is_bounded_over_fifty_thousand_births() -> None:
    tracker = Tracker(SETTINGS, capacity=64)
    arrays = fixed_arrays(tracker)
    names = set(vars(tracker))
    corners = np.random.default_rng(1).uniform(0.0, 100_000.0, (2_500, 20, 2)).astype(np.float32)
    boxes = np.concatenate([corners, corners + np.array([30, 80], np.float32)], axis=2)
    confidences = np.full(20, 0.9, np.float32)
    peak = refused = 0
    for number, twenty in enumerate(boxes):
        tracks = tracker.track_frame(Detections(twenty, confidences), number / 5)
        peak = max(peak, len(tracks))
        refused += tracks.refused
    assert peak == 60  # twenty each in this frame and the two before, which are not yet forgotten
    assert refused == 0
    assert (
        tracker.track_frame(detections((0, 0)), 5_000.0).ids[0] > 49_000
    )  # a few fell on one who stood there
    assert set(vars(tracker)) == names
    assert fixed_arrays(tracker) == arrays


def test_the_usual_bound_is_the_stated_one() -> None:
    assert Tracker(SETTINGS).capacity == CAPACITY


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), fps=st.floats(5.0, 30.0))
def test_what_tracks_say_of_themselves_holds_together(seed: int, fps: float) -> None:
    flaws = Flaws(
        time_jitter_s=0.05,
        missed_share=0.3,
        box_jitter_heights=0.05,
        low_share=0.2,
        people_hide_people=True,
    )
    tracker, before, before_s = Tracker(SETTINGS, capacity=16), np.empty(0, np.int64), -1.0
    for frame in SyntheticStreet.busy(seed, people=20, seconds=6.0).frames(fps, flaws, seed=seed):
        tracks = tracker.track_frame(Detections(frame.boxes, frame.confidences), frame.at_s)
        assert tracks.old + tracks.started == len(set(tracks.ids.tolist())) == len(tracks) <= 16
        assert np.array_equal(tracks.seen, tracks.unseen_s == 0.0)
        tentative_max_s = max(
            SETTINGS.tentative_max_s, (SETTINGS.tentative_missed + 0.5) * (frame.at_s - before_s)
        )
        assert (
            tracks.unseen_s <= np.where(tracks.confirmed, SETTINGS.lost_max_s, tentative_max_s)
        ).all()
        before_s = frame.at_s
        assert tracks.seen.sum() + tracks.refused <= len(frame.boxes)
        tracks.carry(before)
        assert np.array_equal(before[: tracks.old], tracks.ids[: tracks.old])
        assert not np.isin(tracks.ids[tracks.old :], before).any()
        before = tracks.ids.copy()


def test_of_a_person_who_is_forgotten_the_place_is_told_where_she_was_last_seen() -> None:
    tracker = Tracker(SETTINGS)
    for number in range(11):
        feet = tracker.track_frame(
            detections((10.0 * number, 100.0), (400.0, 300.0)), number / 10
        ).feet.copy()
    for number in range(11, 40):
        tracks = tracker.track_frame(detections((400.0, 300.0)), number / 10)
        if len(tracks.ended):
            break
    assert (tracks.ended.tolist(), tracks.stayed.tolist()) == ([0], [1])
    assert tracks.lost[:, :2] == pytest.approx(feet[:1], abs=2.0)
    assert tracks.lost[:, 2] == pytest.approx(80.0, rel=0.1)


def test_a_box_much_wider_than_tall_is_nobody_but_a_rider_from_the_side_is_somebody() -> None:
    tracker = Tracker(SETTINGS)
    wide = Detections(
        np.array([[0, 0, 100, 70], [200, 0, 300, 84]], np.float32),
        np.array([0.9, 0.9], np.float32),
    )
    assert tracker.track_frame(wide, 0.0).feet.tolist() == [[250.0, 84.0]]


def test_a_box_without_a_height_is_nobody() -> None:
    assert (
        len(
            Tracker(SETTINGS).track_frame(
                Detections(np.full((1, 4), 7.0, np.float32), np.array([0.9], np.float32)), 0.0
            )
        )
        == 0
    )


@pytest.mark.parametrize(("every", "confirmed"), [(1, True), (2, True), (3, False)])
def test_what_is_seen_in_fewer_than_half_of_the_frames_is_no_person(
    every: int, *, confirmed: bool
) -> None:
    tracker = Tracker(SETTINGS)
    for number in range(31):
        tracks = tracker.track_frame(
            detections((100, 100)) if number % every == 0 else no_detections(), number / 30
        )
    assert tracks.confirmed.tolist() == [confirmed]
