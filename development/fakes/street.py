# SPDX-License-Identifier: Apache-2.0
"""A synthetic street: people who walk straight legs between points, and the exact truth of it.

What a detector would have seen of it (boxes, confidences, times) is made worse on request; the
truth is not. The same seed gives the same street, and the walks do not depend on the frame rate, so
one street can be looked at by several cameras.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
SPEED_HEIGHTS_S = (0.5, 1.1)
"""Slowest and fastest walker, own heights a second."""
WIDTH_HEIGHTS = 0.4
"""How wide a person is, heights."""
TALL_PX = (30.0, 80.0)
"""How tall a person is with feet at the upper edge of the picture, and how much more at the lower
edge, pixels."""
HIDDEN_FROM = 0.7
"""A person of whom a nearer one covers this share is not seen."""
LOW_FROM = 0.4
"""A person of whom a nearer one covers this share is seen with a low score."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person's walk: times_s (K,), the foot point feet (K, 2) and box heights (K,), pixels.

    In between all of them change evenly. Before the first and after the last time the person is not
    there.
    """

    times_s: NDArray[np.float64]
    feet: NDArray[np.float64]
    heights: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Flaws:
    """What the detector does wrong.

    Lengths are in heights of the person, shares in 0..1, times in seconds.

    Some detections have a low score: low_share of all, and all of people whom somebody nearer half
    covers where people hide people; of the low ones low_missed_share is missed as well. Of two
    boxes that overlap more than overlap_max the detector keeps the surer one, as its suppression
    does. unseen_share is the share of the people whom the detector never sees, whatever they do.
    """

    time_jitter_s: float = 0.0
    missed_share: float = 0.0
    box_jitter_heights: float = 0.0
    low_share: float = 0.0
    low_missed_share: float = 0.0
    people_hide_people: bool = False
    overlap_max: float = 1.0
    unseen_share: float = 0.0


HARD = Flaws(
    time_jitter_s=0.03,
    missed_share=0.1,
    box_jitter_heights=0.04,
    low_share=0.15,
    low_missed_share=0.4,
    people_hide_people=True,
    overlap_max=0.5,
)
"""All flaws together: the detector of the benchmarks. About a third of all people-frames in a
street of 100 are not detected."""


@dataclass(frozen=True, slots=True)
class StreetFrame:
    """One frame: what the detector says of it, and where the feet truly are, (N, 2) pixels."""

    at_s: float
    boxes: NDArray[np.float32]
    confidences: NDArray[np.float32]
    true_feet: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrueCrossing:
    """One person's path met a line between its ends.

    `in` is from the left-hand side of who looks from A to B to the right.
    """

    at_s: float
    direction: Literal["in", "out"]


@dataclass(frozen=True, slots=True)
class SyntheticStreet:
    """People on a street of width_px x height_px, for `seconds`."""

    people: tuple[Person, ...]
    seconds: float
    width_px: int = 768
    height_px: int = 576
    width_heights: float = WIDTH_HEIGHTS

    @classmethod
    def busy(
        cls,
        seed: int,
        *,
        people: int,
        seconds: float,
        width_px: int = 768,
        height_px: int = 576,
        leftwards: float = 0.5,
        tall_px: tuple[float, float] = TALL_PX,
        width_heights: float = WIDTH_HEIGHTS,
    ) -> "SyntheticStreet":
        """Fill a street so that `people` are on it at any time.

        Each who has left is followed by another. They walk from one side to the other, changing
        rows on the way; whoever is nearer (lower in the picture) is taller. The share `leftwards`
        of them walks from right to left. tall_px: as TALL_PX; width_heights: as WIDTH_HEIGHTS.
        """
        rng = np.random.default_rng(seed)
        walkers: list[Person] = []
        for _ in range(people):
            begin_s = -float(rng.uniform(0.0, 15.0))
            while begin_s < seconds:
                walker = _walker(rng, begin_s, (width_px, height_px), leftwards, tall_px)
                walkers.append(walker)
                begin_s = float(walker.times_s[-1])
        return cls(tuple(walkers), seconds, width_px, height_px, width_heights)

    def frames(
        self, fps: float, flaws: Flaws | None = None, *, seed: int = 0
    ) -> tuple[StreetFrame, ...]:
        """Look at the street with a camera of `fps`; times rise whatever the jitter."""
        return tuple(self.stream(fps, flaws, seed=seed))

    def stream(
        self, fps: float, flaws: Flaws | None = None, *, seed: int = 0
    ) -> Iterator[StreetFrame]:
        """Yield the same frames one by one, for streets too long to hold."""
        flaws, rng = flaws or Flaws(), np.random.default_rng(seed)
        jitter_s = min(flaws.time_jitter_s, 0.45 / fps)
        walks = Walks.of(self.people)
        # A chance of their own: who is never seen changes nothing of the others.
        unseen = np.random.default_rng((seed, 1)).random(len(self.people)) < flaws.unseen_share
        for number in range(round(self.seconds * fps)):
            at_s = number / fps + float(rng.uniform(-jitter_s, jitter_s))
            numbers, here = walks.at(at_s)
            boxes = boxes_at(here[:, :2], here[:, 2], self.width_heights)
            yield _frame(at_s, here, boxes, unseen[numbers], flaws, rng)

    def crossings(self, a: Point, b: Point) -> tuple[TrueCrossing, ...]:
        """Return who crossed the line from a to b within the street's time, oldest first."""
        found = [
            crossing
            for person in self.people
            for crossing in _crossings(person, np.array(a), np.array(b))
        ]
        return tuple(
            sorted(
                (one for one in found if 0.0 <= one.at_s < self.seconds), key=lambda one: one.at_s
            )
        )

    def people_inside(self, polygon: Sequence[Point], frames: Sequence[StreetFrame]) -> list[int]:
        """Return for each frame how many feet are truly inside a convex polygon."""
        corners = np.array(polygon)
        sides = np.roll(corners, -1, axis=0) - corners
        counts = []
        for frame in frames:
            offsets = frame.true_feet[:, None, :] - corners
            turns = sides[:, 0] * offsets[..., 1] - sides[:, 1] * offsets[..., 0]
            counts.append(int(((turns > 0).all(axis=1) | (turns < 0).all(axis=1)).sum()))
        return counts


@dataclass(frozen=True, slots=True)
class Walks:
    """The walks of all people as arrays, in the order of their beginnings.

    times_s is (P, K), places is (P, K, 3): x, y, height. Shorter walks are filled up with their
    last point. longest_s is how long the longest lasts, so that who is here at a time is found
    among the few who began shortly before.
    """

    times_s: NDArray[np.float64]
    places: NDArray[np.float64]
    longest_s: float

    @classmethod
    def of(cls, people: Sequence[Person]) -> "Walks":
        """Lay out the walks of people."""
        points = max((len(person.times_s) for person in people), default=1)
        times_s, places = np.zeros((len(people), points)), np.zeros((len(people), points, 3))
        for row, person in enumerate(sorted(people, key=lambda one: float(one.times_s[0]))):
            filled = np.minimum(np.arange(points), len(person.times_s) - 1)
            times_s[row] = person.times_s[filled]
            places[row] = np.column_stack([person.feet, person.heights])[filled]
        return cls(times_s, places, float((times_s[:, -1] - times_s[:, 0]).max(initial=0.0)))

    def at(self, now_s: float) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return everyone on the street.

        Their numbers in the order of their beginnings (N,), and foot x, foot y and height (N, 3).
        """
        begins_s = self.times_s[:, 0]
        near = slice(
            np.searchsorted(begins_s, now_s - self.longest_s),
            np.searchsorted(begins_s, now_s, side="right"),
        )
        times_s, places = self.times_s[near], self.places[near]
        here = times_s[:, -1] >= now_s
        numbers = near.start + here.nonzero()[0]
        times_s, places = times_s[here], places[here]
        row = np.arange(len(times_s))
        leg = np.clip((times_s <= now_s).sum(axis=1) - 1, 0, times_s.shape[1] - 2)
        begin_s, end_s = times_s[row, leg], times_s[row, leg + 1]
        share = np.divide(
            now_s - begin_s, end_s - begin_s, out=np.zeros_like(begin_s), where=end_s > begin_s
        )
        start = places[row, leg]
        return numbers, np.asarray(start + share[:, None] * (places[row, leg + 1] - start))


def _frame(
    at_s: float,
    here: NDArray[np.float64],
    boxes: NDArray[np.float64],
    unseen: NDArray[np.bool_],
    flaws: Flaws,
    rng: np.random.Generator,
) -> StreetFrame:
    jittered = (
        boxes + rng.normal(0.0, 1.0, (len(here), 4)) * flaws.box_jitter_heights * here[:, 2:]
    ).astype(np.float32)
    kept = (rng.random(len(here)) >= flaws.missed_share) & ~unseen
    low = rng.random(len(here)) < flaws.low_share
    if flaws.people_hide_people:
        covered = _covered(boxes)
        kept &= covered < HIDDEN_FROM
        low |= covered >= LOW_FROM
    kept &= ~low | (rng.random(len(here)) >= flaws.low_missed_share)
    confidences = np.where(
        low, rng.uniform(0.16, 0.34, len(here)), rng.uniform(0.5, 0.99, len(here))
    ).astype(np.float32)
    order = rng.permutation(np.flatnonzero(kept))
    if flaws.overlap_max < 1.0:
        order = _suppress(jittered, confidences, order, flaws.overlap_max)
    return StreetFrame(at_s, jittered[order], confidences[order], here[:, :2])


def boxes_at(
    feet: NDArray[np.float64],
    heights: NDArray[np.float64],
    width_heights: float = WIDTH_HEIGHTS,
) -> NDArray[np.float64]:
    """Return the boxes (N, 4) xyxy of people who stand at feet (N, 2) and are heights (N,) tall."""
    half = width_heights * heights / 2.0
    return np.column_stack([feet[:, 0] - half, feet[:, 1] - heights, feet[:, 0] + half, feet[:, 1]])


def walk(
    points: Sequence[Point],
    *,
    height_px: float,
    speed_px_s: float,
    begin_s: float = 0.0,
    rest_s: float = 0.0,
) -> Person:
    """Let one person of one height walk from point to point at one speed.

    They rest at the first and at the last.
    """
    feet = np.array(points, np.float64)
    lengths = np.hypot(*np.diff(feet, axis=0).T)
    times_s = begin_s + rest_s + np.concatenate([[0.0], np.cumsum(lengths / speed_px_s)])
    if rest_s:
        times_s = np.concatenate([[begin_s], times_s, [times_s[-1] + rest_s]])
        feet = np.concatenate([feet[:1], feet, feet[-1:]])
    return Person(times_s, feet, np.full(len(times_s), height_px))


def _walker(
    rng: np.random.Generator,
    begin_s: float,
    size_px: tuple[int, int],
    leftwards: float,
    tall_px: tuple[float, float],
) -> Person:
    """Make one walk from side to side over three legs."""
    width_px, height_px = size_px
    x = np.linspace(0.0, width_px, 4)
    rows = np.clip(rng.uniform(0.25, 1.0) + np.cumsum(rng.uniform(-0.06, 0.06, 4)), 0.25, 1.0)
    feet = np.column_stack([x if rng.random() >= leftwards else x[::-1], rows * height_px])
    heights = tall_px[0] + tall_px[1] * rows
    lengths = np.hypot(*np.diff(feet, axis=0).T)
    speed_px_s = rng.uniform(*SPEED_HEIGHTS_S) * float(heights.mean())
    return Person(begin_s + np.concatenate([[0.0], np.cumsum(lengths / speed_px_s)]), feet, heights)


def _crossings(
    person: Person, a: NDArray[np.float64], b: NDArray[np.float64]
) -> list[TrueCrossing]:
    """Meet each leg of a walk with the segment a-b: two lines, two unknowns."""
    found: list[TrueCrossing] = []
    line = b - a
    for leg, (start, end) in enumerate(zip(person.feet, person.feet[1:], strict=False)):
        step = end - start
        turn = line[0] * step[1] - line[1] * step[0]
        if turn == 0.0:
            continue
        offset = a - start
        on_leg = -(line[1] * offset[0] - line[0] * offset[1]) / turn
        on_line = (offset[1] * step[0] - offset[0] * step[1]) / turn
        if 0.0 <= on_leg < 1.0 and 0.0 <= on_line <= 1.0:
            at_s = person.times_s[leg] + on_leg * (person.times_s[leg + 1] - person.times_s[leg])
            found.append(TrueCrossing(float(at_s), "in" if turn > 0 else "out"))
    return found


def _suppress(
    boxes: NDArray[np.float32],
    confidences: NDArray[np.float32],
    order: NDArray[np.intp],
    overlap_max: float,
) -> NDArray[np.intp]:
    """Keep the surest box of each that overlaps it too much."""
    order = order[np.argsort(-confidences[order], kind="stable")]
    chosen = boxes[order].astype(np.float64)
    sides = np.minimum(chosen[:, None, 2:], chosen[None, :, 2:]) - np.maximum(
        chosen[:, None, :2], chosen[None, :, :2]
    )
    shared = np.prod(np.maximum(sides, 0.0), axis=2)
    areas = np.prod(chosen[:, 2:] - chosen[:, :2], axis=1)
    rivals = np.triu(shared > overlap_max * (areas[:, None] + areas[None, :] - shared), k=1)
    kept = np.ones(len(order), np.bool_)
    for row in np.flatnonzero(rivals.any(axis=1)):
        if kept[row]:
            kept &= ~rivals[row]
    return np.asarray(order[kept])


def _covered(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each box the greatest share of it that one nearer box covers."""
    sides = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:]) - np.maximum(
        boxes[:, None, :2], boxes[None, :, :2]
    )
    shared = (
        np.prod(np.maximum(sides, 0.0), axis=2)
        / np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)[:, None]
    )
    nearer = boxes[None, :, 3] > boxes[:, None, 3]
    return np.asarray(np.where(nearer, shared, 0.0).max(axis=1, initial=0.0))
