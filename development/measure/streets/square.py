# SPDX-License-Identifier: Apache-2.0
"""Draw a crowded square, and a level line that people walk along, with exact truth.

Usage: python -m development.measure.streets.square FOLDER. It writes scenes that
`scripts/measure-counting scenes FOLDER` measures: detections with misses, false boxes and jitter,
in MOTChallenge form, and the truth. People walk in all directions between points and stand for a
while; at the level line others walk along within .15 of their height of it.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from development.fakes.street import WIDTH_HEIGHTS, Flaws, Person, SyntheticStreet, Walks
from development.measure.scenes.scene_folder import grid
from edge_agent.counting.detection import Detections
from edge_agent.counting.line import Line

WIDTH_PX, HEIGHT_PX = 1920, 1080
FPS = 10.0
HORIZON = 0.25
"""Nobody's feet are above this share of the picture."""
LEG_PX = 150.0
"""Heights change evenly within a leg of this length."""
STANDS_S = (3.0, 15.0)
"""Who stands at the end of a leg does so for so long, seconds."""
SPEED_HEIGHTS_S = (0.5, 1.1)
BESIDE_HEIGHTS = 0.15
"""How far beside a level line those are who walk along it, heights."""
FLAWS = Flaws(
    missed_share=0.1,
    box_jitter_heights=0.05,
    low_share=0.15,
    low_missed_share=0.4,
    people_hide_people=True,
    overlap_max=0.6,
)
FALSE_CONFIDENCE = (0.2, 0.7)
LEVEL_Y_PX = 640.0


@dataclass(frozen=True, slots=True)
class SquareKind:
    """What makes one square unlike another, whoever walks there.

    tall_px: as `development.fakes.street.TALL_PX`. stands_share: of the ends of legs so many are a
    place to stand. false_boxes: so many boxes a frame are nobody, on average.
    """

    tall_px: tuple[float, float] = (70.0, 150.0)
    stands_share: float = 0.15
    false_boxes: float = 0.4
    flaws: Flaws = FLAWS

    def tall(self, y: float) -> float:
        """Return how tall people are with their feet in row y, pixels."""
        return self.tall_px[0] + self.tall_px[1] * y / HEIGHT_PX


PLAIN = SquareKind()


@dataclass(frozen=True, slots=True)
class Square:
    """A square: its people, the lines over it, and of what kind it is."""

    name: str
    street: SyntheticStreet
    lines: tuple[Line, ...]
    kind: SquareKind = PLAIN

    def frames(self, seed: int) -> Iterator[tuple[float, Detections]]:
        """Yield time and detections of each frame."""
        rng = np.random.default_rng((seed, 2))
        for frame in self.street.stream(FPS, self.kind.flaws, seed=seed):
            nobody = _false_boxes(rng, self.kind)
            yield (
                frame.at_s,
                Detections(
                    np.concatenate([frame.boxes, nobody]),
                    np.concatenate(
                        [frame.confidences, rng.uniform(*FALSE_CONFIDENCE, len(nobody))]
                    ).astype(np.float32),
                ),
            )

    def truth(self) -> NDArray[np.float64]:
        """Return who is where, (N, 6) rows of MOT truth, as long as their feet are in sight."""
        walks, rows = Walks.of(self.street.people), []
        for number in range(round(self.street.seconds * FPS)):
            people, here = walks.at(number / FPS)
            for person, (x, y, tall) in zip(people, here, strict=True):
                if 0.0 <= x <= WIDTH_PX:
                    wide = WIDTH_HEIGHTS * tall
                    rows.append((number + 1, person, x - wide / 2.0, y - tall, wide, tall))
        return np.array(rows, np.float64)


def crowded_square(
    seed: int, *, people: int = 45, seconds: float = 40.0, kind: SquareKind = PLAIN
) -> Square:
    """Fill a square; the eighteen lines of a scene without a file of its own lie over it."""
    lines = tuple(Line(line.id, line.a, line.b) for line in grid(WIDTH_PX, HEIGHT_PX))
    street = _street(_walkers(seed, people, seconds, kind), seconds)
    return Square("crowded-square", street, lines, kind)


def any_square(seed: int, *, seconds: float = 40.0) -> Square:
    """Fill a square of a kind that the seed draws: few or many people, near or far, seen or missed.

    How many people there are tells nothing of how well they are detected.
    """
    rng = np.random.default_rng((seed, 3))
    top = float(rng.uniform(35.0, 110.0))
    kind = SquareKind(
        tall_px=(top, top * float(rng.uniform(0.2, 3.0))),
        stands_share=float(rng.uniform(0.0, 0.5)),
        false_boxes=float(rng.uniform(0.0, 1.5)),
        flaws=Flaws(
            time_jitter_s=float(rng.uniform(0.0, 0.03)),
            missed_share=float(rng.uniform(0.02, 0.35)),
            box_jitter_heights=float(rng.uniform(0.02, 0.07)),
            low_share=float(rng.uniform(0.05, 0.3)),
            low_missed_share=float(rng.uniform(0.1, 0.6)),
            people_hide_people=True,
            overlap_max=float(rng.uniform(0.45, 0.8)),
            unseen_share=float(rng.choice([0.0, 0.0, 0.1, 0.2])),
        ),
    )
    people = round(float(np.exp(rng.uniform(np.log(4.0), np.log(90.0)))))
    return crowded_square(seed, people=people, seconds=seconds, kind=kind)


def level_line(
    seed: int, *, people: int = 30, along: int = 8, seconds: float = 40.0, y: float = LEVEL_Y_PX
) -> Square:
    """Fill a square with one level line, along which some people walk."""
    walkers = [*_walkers(seed, people, seconds, PLAIN), *_along(seed, along, seconds, y)]
    line = Line("level", (0.0, y), (float(WIDTH_PX), y))
    return Square("level-line", _street(walkers, seconds), (line,))


def write_scene(square: Square, folder: Path, *, seed: int) -> None:
    """Write det.txt, gt.txt, seqinfo.ini and scene.toml into `folder`."""
    folder.mkdir(parents=True)
    found = [
        f"{number},-1,{left:.2f},{top:.2f},{right - left:.2f},{bottom - top:.2f},{confidence:.4f}"
        for number, (_, seen) in enumerate(square.frames(seed), start=1)
        for (left, top, right, bottom), confidence in zip(seen.boxes, seen.confidences, strict=True)
    ]
    (folder / "det.txt").write_text("\n".join([*found, ""]))
    np.savetxt(folder / "gt.txt", square.truth(), "%.2f", delimiter=",")
    (folder / "seqinfo.ini").write_text(
        f"[Sequence]\nframeRate={FPS:g}\nseqLength={round(square.street.seconds * FPS)}\n"
        f"imWidth={WIDTH_PX}\nimHeight={HEIGHT_PX}\n"
    )
    lines = [
        f'[[lines]]\nid = "{line.id}"\na = {list(line.a)}\nb = {list(line.b)}\n'
        for line in square.lines
    ]
    zone = [[0, 0], [WIDTH_PX, 0], [WIDTH_PX, 1.1 * HEIGHT_PX], [0, 1.1 * HEIGHT_PX]]
    lines.append(f'[[zones]]\nid = "picture"\npolygon = {zone}\n')
    (folder / "scene.toml").write_text("\n".join(lines))


def _street(people: Sequence[Person], seconds: float) -> SyntheticStreet:
    return SyntheticStreet(tuple(people), seconds, WIDTH_PX, HEIGHT_PX)


def _walkers(seed: int, people: int, seconds: float, kind: SquareKind) -> list[Person]:
    """Let people come one after the other, `people` at a time."""
    rng, walkers = np.random.default_rng(seed), list[Person]()
    for _ in range(people):
        begin_s = -float(rng.uniform(0.0, 25.0))
        while begin_s < seconds:
            walkers.append(_walker(rng, begin_s, kind))
            begin_s = float(walkers[-1].times_s[-1])
    return walkers


def _walker(rng: np.random.Generator, begin_s: float, kind: SquareKind) -> Person:
    """Walk from one edge over up to two places to another edge, standing now and then."""
    between = rng.uniform((0.05, 0.3), 1.0, (int(rng.integers(0, 3)), 2))
    places = np.concatenate([[_edge(rng)], between, [_edge(rng)]]) * (WIDTH_PX, HEIGHT_PX)
    speed, times_s, feet = rng.uniform(*SPEED_HEIGHTS_S), [begin_s], [places[0]]
    for begin, end in pairwise(places):
        legs = max(1, int(np.hypot(*(end - begin)) / LEG_PX))
        for share in np.linspace(0.0, 1.0, legs + 1)[1:]:
            place = begin + share * (end - begin)
            pace = speed * kind.tall((place[1] + feet[-1][1]) / 2.0)
            times_s.append(times_s[-1] + float(np.hypot(*(place - feet[-1]))) / pace)
            feet.append(place)
        if rng.random() < kind.stands_share:
            times_s.append(times_s[-1] + float(rng.uniform(*STANDS_S)))
            feet.append(feet[-1])
    return Person(np.array(times_s), np.array(feet), np.array([kind.tall(y) for _, y in feet]))


def _edge(rng: np.random.Generator) -> tuple[float, float]:
    """Return a place at an edge, shares of the picture."""
    place, row = float(rng.random()), HORIZON + 0.8 * float(rng.random())
    edges = ((place, HORIZON), (place, 1.05), (-0.02, row), (1.02, row))
    return edges[int(rng.integers(len(edges)))]


def _along(seed: int, people: int, seconds: float, y: float) -> list[Person]:
    """Let people walk from side to side beside a level line."""
    rng, tall = np.random.default_rng((seed, 1)), PLAIN.tall(y)
    x = np.array([-0.02, 1.02]) * WIDTH_PX
    walkers = []
    for _ in range(people):
        row = y + float(rng.uniform(-BESIDE_HEIGHTS, BESIDE_HEIGHTS)) * tall
        begin_s, way = float(rng.uniform(-10.0, seconds - 5.0)), x[:: rng.choice([-1, 1])]
        lasts_s = float(np.ptp(x)) / (float(rng.uniform(*SPEED_HEIGHTS_S)) * tall)
        walkers.append(
            Person(
                np.array([begin_s, begin_s + lasts_s]),
                np.column_stack([way, [row, row]]),
                np.array([tall, tall]),
            )
        )
    return walkers


def _false_boxes(rng: np.random.Generator, kind: SquareKind) -> NDArray[np.float32]:
    """Return boxes as tall as people would be there, (N, 4)."""
    feet = rng.uniform((0.0, HORIZON), 1.0, (rng.poisson(kind.false_boxes), 2)) * (
        WIDTH_PX,
        HEIGHT_PX,
    )
    tall = kind.tall_px[0] + kind.tall_px[1] * feet[:, 1] / HEIGHT_PX
    half = WIDTH_HEIGHTS * tall / 2.0
    x, y = feet.T
    return np.column_stack([x - half, y - tall, x + half, y]).astype(np.float32)


def main() -> int:
    """Write one scene of each kind and seed."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the folder
        sys.exit("usage: python -m development.measure.streets.square FOLDER")
    for seed in range(1, 6):
        for square in (level_line(seed), crowded_square(seed)):
            write_scene(square, Path(sys.argv[1]) / f"{square.name}-{seed}", seed=seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
