# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from edge_agent.counting.geometry import ground_plane
from edge_agent.counting.tracker import Tracks
from edge_agent.counting.zone import COAST_S, Occupancy, Zone, ZoneCounter
from tests.fakes.street import Point

LEFT = Zone("left", ((0, 0), (100, 0), (100, 100), (0, 100)))
RIGHT = Zone("right", ((100, 0), (200, 0), (200, 100), (100, 100)))


def tracks(
    *feet: Point, confirmed: bool = True, unseen_s: float = 0.0, velocity: Point = (0.0, 0.0), known_s: float = 10.0
) -> Tracks:
    count = len(feet)
    return Tracks(
        ids=np.arange(count),
        feet=np.array(feet, np.float64).reshape(-1, 2),
        sizes=np.tile([20.0, 50.0], (count, 1)),
        velocities=np.tile(np.array(velocity), (count, 1)),
        confirmed=np.full(count, confirmed),
        seen=np.full(count, unseen_s == 0.0),
        unseen_s=np.full(count, unseen_s),
        known_s=np.full(count, known_s),
        stayed=np.empty(0, np.intp),
        ended=np.empty(0, np.intp),
        lost=np.empty((0, 3)),
        started=0,
        refused=0,
    )


def everyone(present: Tracks) -> np.ndarray:
    return np.ones(len(present), np.bool_)


def people(zones: tuple[Zone, ...], present: Tracks) -> list[int]:
    return [occupancy.people for occupancy in ZoneCounter(zones).update(present, everyone(present))]


@pytest.mark.parametrize(
    ("present", "counts"),
    [
        (tracks(), [0, 0]),  # nobody
        (tracks((50, 50)), [1, 0]),  # one, in the zone named first
        (tracks((50, 50), (150, 50), (160, 50)), [1, 2]),  # each in their own zone, in the order of the list
        (tracks((100, 50)), [0, 1]),  # on the shared edge: in one of the two
        (tracks((50, 150)), [0, 0]),  # the foot is outside, whatever the box covers
        (tracks((50, 50), confirmed=False), [0, 0]),  # not yet a person
        (tracks((50, 50), unseen_s=COAST_S), [1, 0]),  # unseen for a moment
        (tracks((50, 50), unseen_s=COAST_S + 0.01), [0, 0]),  # lost
        (tracks((50, 50), unseen_s=0.4, known_s=0.3), [0, 0]),  # unseen for longer than ever seen
    ],
)
def test_people_are_counted_where_their_foot_is(present: Tracks, counts: list[int]) -> None:
    assert people((LEFT, RIGHT), present) == counts


def test_no_zones_have_no_occupancy() -> None:
    assert ZoneCounter(()).update(tracks((50, 50)), np.ones(1, np.bool_)) == ()


def test_without_a_ground_plane_no_speed_is_known() -> None:
    assert ZoneCounter((LEFT,)).update(tracks((50, 50), velocity=(10, 0)), np.ones(1, np.bool_)) == (Occupancy(1, ()),)


@pytest.mark.parametrize(
    ("velocity", "speed_m_s"),
    [
        ((0, 0), 0.0),  # stands
        ((20, 0), 2.0),  # ten pixels are a metre across
        ((0, 20), 4.0),  # and five pixels along
        ((-12, 8), 2.0),  # 1.2 across and 1.6 along
    ],
)
def test_speed_is_measured_on_the_ground(velocity: Point, speed_m_s: float) -> None:
    plane = ground_plane(np.array([[0, 0], [100, 0], [100, 100], [0, 100.0]]), np.array([[0, 0], [10, 0], [10, 20], [0, 20.0]]))
    counter = ZoneCounter((LEFT, RIGHT), plane)
    left, right = counter.update(tracks((50, 50), (60, 60), velocity=velocity), np.ones(2, np.bool_))
    assert left.speeds_m_s == pytest.approx((speed_m_s, speed_m_s))
    assert right == Occupancy(0, ())


def test_the_same_pixels_are_more_metres_farther_away() -> None:
    plane = ground_plane(np.array([[0, 100], [100, 100], [70, 0], [30, 0.0]]), np.array([[0, 0], [5, 0], [5, 20], [0, 20.0]]))
    near, far = ZoneCounter((LEFT,), plane).update(tracks((50, 95), (50, 5), velocity=(10, 0)), np.ones(2, np.bool_))[0].speeds_m_s
    assert far > 2 * near


def test_a_thing_is_not_counted() -> None:
    found = ZoneCounter((LEFT,)).update(tracks((50, 50), (60, 60)), np.array([False, True]))
    assert found == (Occupancy(1, ()),)
