# SPDX-License-Identifier: Apache-2.0
"""What counting makes of a real street: published detections against published truth."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from development.fakes.street import HARD, StreetFrame, SyntheticStreet
from development.measure.clips.mot import read_mot
from edge_agent.config.schema import load
from edge_agent.counting.geometry import inside
from edge_agent.counting.line import Line
from edge_agent.counting.zone import Zone
from tests.edge_agent.counting.scenes import Counted, count_frames, frame

ROOT = Path(__file__).parents[3]
CLIP = ROOT.parent / "shared/data/video/vtest"
FPS = 7.0
FRAMES = 795
CLEAR_HEIGHTS = 0.1
"""The truth of the example: how clear of the line a foot point must be to have a side, heights."""
NEAR_S = 1.5
"""How far in time a counted crossing may lie from a true one, seconds."""


@dataclass(frozen=True, slots=True)
class Event:
    """One crossing, true or counted."""

    at_s: float
    direction: str


@pytest.fixture(scope="module")
def scene() -> tuple[Line, Zone]:
    config = load(ROOT / "firmware_configs/examples/vtest.toml")
    return Line("near", config.lines[0].a, config.lines[0].b), Zone(
        "street", config.zones[0].polygon
    )


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    if not (CLIP / "gt.txt").exists():
        pytest.skip(
            "../shared/data/video/vtest/gt.txt is absent: it comes with the development data"
        )
    return np.loadtxt(CLIP / "gt.txt", delimiter=",")[:, :6]


@pytest.fixture(scope="module")
def counted(scene: tuple[Line, Zone]) -> Counted:
    if not (CLIP / "det.txt").exists():
        pytest.skip(
            "../shared/data/video/vtest/det.txt is absent: it comes with the development data"
        )
    steps = read_mot(CLIP / "det.txt", fps=FPS, frames=FRAMES).steps()
    frames = (
        StreetFrame(at_s, found.boxes, found.confidences, np.empty((0, 2))) for at_s, found in steps
    )
    return count_frames(frames, scene[:1], scene[1:])


def true_events(truth: np.ndarray, line: Line, fps: float = FPS) -> list[Event]:
    """Follow each foot point and note each change of side that met the line between its ends."""
    a, b = np.array(line.a), np.array(line.b)
    walks = defaultdict(list)
    for number, person, left, top, width, height in truth[np.lexsort((truth[:, 0], truth[:, 1]))]:
        foot = np.array([left + width / 2, top + height])
        distance = ((b - a)[0] * (foot - a)[1] - (b - a)[1] * (foot - a)[0]) / np.hypot(*(b - a))
        walks[person].append(((number - 1) / fps, foot, distance, height))
    events = []
    for walk in walks.values():
        side, met = 0, None
        for (begin_s, start, before, _), (end_s, foot, distance, height) in pairwise(
            [walk[0], *walk]
        ):
            if (before >= 0) != (distance >= 0):
                share = before / (before - distance)
                place = start + share * (foot - start)
                met = (
                    begin_s + share * (end_s - begin_s),
                    float((place - a) @ (b - a) / ((b - a) @ (b - a))),
                )
            if abs(distance) > CLEAR_HEIGHTS * height:
                now = int(np.sign(distance))
                if side not in (0, now) and met is not None and 0 <= met[1] <= 1:
                    events.append(Event(met[0], "in" if now > 0 else "out"))
                side = now
    return events


def f1(found: list[Event], true: list[Event]) -> float:
    """Return twice the pairs over all events."""
    return 2 * pairs(found, true) / (len(found) + len(true))


def pairs(found: list[Event], true: list[Event]) -> int:
    """Pair events of one direction, nearest in time first."""
    gaps = sorted(
        (abs(one.at_s - other.at_s), row, column)
        for row, one in enumerate(found)
        for column, other in enumerate(true)
        if one.direction == other.direction and abs(one.at_s - other.at_s) <= NEAR_S
    )
    rows: set[int] = set()
    columns: set[int] = set()
    for _, row, column in gaps:
        if row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
    return len(rows)


def test_the_truth_is_the_one_that_the_example_states(
    truth: np.ndarray, scene: tuple[Line, Zone]
) -> None:
    directions = [event.direction for event in true_events(truth, scene[0])]
    assert (directions.count("in"), directions.count("out")) == (18, 15)


def test_the_line_of_the_real_street_is_counted_right(
    truth: np.ndarray, counted: Counted, scene: tuple[Line, Zone]
) -> None:
    found = [Event(crossing.crossed_s, crossing.direction) for crossing in counted.crossings]
    assert f1(found, true_events(truth, scene[0])) >= 0.90


def test_the_zone_of_the_real_street_is_counted_right(
    truth: np.ndarray, counted: Counted, scene: tuple[Line, Zone]
) -> None:
    feet = np.column_stack([truth[:, 2] + truth[:, 4] / 2, truth[:, 3] + truth[:, 5]])
    within = truth[inside(feet, np.array(scene[1].polygon)), 0].astype(int)
    true = np.bincount(within - 1, minlength=FRAMES)
    assert np.abs(true - np.array(counted.people)[:, 0]).mean() <= 0.8


@pytest.mark.parametrize(
    ("name", "frames", "least"), [("ADL-Rundle-6", 525, 0.83), ("Venice-2", 600, 0.76)]
)
def test_lines_all_over_a_crowded_street_are_counted(name: str, frames: int, least: float) -> None:
    """What a detector found of a crowd seen from a person's height.

    Three people in five, and one box in three is nobody.
    """
    folder = ROOT.parent / "shared/data/tracks" / name
    if not (folder / "gt.txt").exists():
        pytest.skip(
            f"../shared/data/tracks/{name}/gt.txt is absent: it comes with the development data"
        )
    lines = tuple(
        Line(f"x{part}", (240.0 * part, 0.0), (240.0 * part, 1080.0)) for part in range(1, 8)
    )
    steps = read_mot(folder / "det.txt", fps=30.0, frames=frames).steps()
    seen = count_frames(
        (StreetFrame(at_s, one.boxes, one.confidences, np.empty((0, 2))) for at_s, one in steps),
        lines,
    )
    rows = np.loadtxt(folder / "gt.txt", delimiter=",")
    truth, hits, events = rows[rows[:, 6] > 0, :6], 0, 0
    for number, line in enumerate(lines):
        found = [
            Event(each.crossed_s, each.direction) for each in seen.crossings if each.line == number
        ]
        true = true_events(truth, line, 30.0)
        hits, events = hits + pairs(found, true), events + len(found) + len(true)
    assert 2 * hits / events >= least


@pytest.mark.parametrize(
    ("name", "frames", "thinned", "error_max"),
    [
        ("ADL-Rundle-6", 525, 0.0, 1.45),  # as published
        ("Venice-2", 600, 0.0, 1.75),
        ("ADL-Rundle-6", 525, 0.3, 1.25),  # three detections in ten taken away
        ("Venice-2", 600, 0.3, 2.0),
    ],
)
def test_people_on_a_crowded_street_are_counted(
    name: str, frames: int, thinned: float, error_max: float
) -> None:
    """The mean absolute error of how many are there, people, frame by frame.

    Ten and twelve are there on average.
    """
    folder = ROOT.parent / "shared/data/tracks" / name
    if not (folder / "gt.txt").exists():
        pytest.skip(
            f"../shared/data/tracks/{name}/gt.txt is absent: it comes with the development data"
        )
    picture = Zone("all", ((0.0, 0.0), (1920.0, 0.0), (1920.0, 1188.0), (0.0, 1188.0)))
    rows, rng = np.loadtxt(folder / "gt.txt", delimiter=","), np.random.default_rng(5)
    looks = []
    for at_s, one in read_mot(folder / "det.txt", fps=30.0, frames=frames).steps():
        kept = rng.random(len(one)) >= thinned
        looks.append(StreetFrame(at_s, one.boxes[kept], one.confidences[kept], np.empty((0, 2))))
    truth = rows[rows[:, 6] > 0]
    feet = np.column_stack([truth[:, 2] + truth[:, 4] / 2, truth[:, 3] + truth[:, 5]])
    true = np.bincount(
        truth[inside(feet, np.array(picture.polygon)), 0].astype(int) - 1, minlength=frames
    )
    assert (
        np.abs(
            true - np.array(count_frames(looks, (), (picture,), frame_width_px=1920.0).people)[:, 0]
        ).mean()
        <= error_max
    )


@pytest.mark.parametrize(
    ("people", "error"),
    [
        (10, 0.1),  # of 6 in the zone
        (30, 0.35),  # of 18
    ],
)
def test_people_in_a_zone_of_a_hard_street_are_counted(people: int, error: float) -> None:
    corners = ((200.0, 100.0), (1000.0, 100.0), (1000.0, 700.0), (200.0, 700.0))
    street = SyntheticStreet.busy(1, people=people, seconds=60.0, width_px=1280, height_px=720)
    frames = street.frames(10.0, HARD, seed=1)
    counted = np.array(
        count_frames(frames, (), (Zone("middle", corners),), frame_width_px=1280.0).people
    )[:, 0]
    assert np.abs(counted - np.array(street.people_inside(corners, frames))).mean() <= error


def test_who_comes_in_counts_before_she_is_confirmed() -> None:
    zone = Zone("all", ((0.0, 0.0), (768.0, 0.0), (768.0, 576.0), (0.0, 576.0)))
    seen = count_frames(
        (frame(number / 25.0, (300.0 + 2.0 * number, 300.0)) for number in range(4)), (), (zone,)
    )
    assert seen.people == ((0,), (1,), (1,), (1,))


@pytest.mark.parametrize(
    ("people", "error"),
    [
        (10, 0.0),  # everyone
        (30, 0.05),  # people hide each other now and then
    ],
)
def test_a_synthetic_street_is_counted_right(people: int, error: float) -> None:
    a, b = (384.0, 0.0), (384.0, 576.0)
    street = SyntheticStreet.busy(1, people=people, seconds=60.0)
    found = count_frames(street.frames(10.0), (Line("middle", a, b),)).ways()
    true = [crossing.direction for crossing in street.crossings(a, b)]
    assert abs(found[0] - true.count("in")) <= error * true.count("in")
    assert abs(found[1] - true.count("out")) <= error * true.count("out")
