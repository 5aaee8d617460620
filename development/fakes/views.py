# SPDX-License-Identifier: Apache-2.0
"""Views of a drawn street with exact truth: from above, low, in rain, a crowd, dark, monochrome.

Each is there twice: as the detections that a detector with its errors would have made, and as
pictures of drawn people, in which a real detector finds them. How many it finds is measured by
`tests/development/fakes/test_views.py`. Nobody was filmed, and a clone needs nothing but itself.
Where the demonstration's clip is there, people cut out of it can stand in their places (cut_outs).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from development.fakes import weather
from development.fakes.drawn_people import Picture, Pose, draw_person
from development.fakes.street import (
    HARD,
    TALL_PX,
    WIDTH_HEIGHTS,
    Flaws,
    StreetFrame,
    SyntheticStreet,
    Walks,
    boxes_at,
)
from development.fakes.weather import Condition

WALL_UNTIL = 0.2
"""The upper part of the picture, where nobody walks."""
WALL, GROUND = (150, 150, 146), (106, 110, 114)
CAMERA_NOISE, SOFT_PX = 3.0, 0.8
"""Of the camera, levels of 255, and how soft its lens is: a picture without either is none."""


class Painter(Protocol):
    """Who paints a street and its people."""

    def empty(self, width_px: int, height_px: int, rng: np.random.Generator) -> Picture:
        """Return the street without people."""

    def paint(self, picture: Picture, pose: Pose) -> None:
        """Paint one person over what is there."""


class Drawing:
    """Draws all of it."""

    def empty(self, width_px: int, height_px: int, rng: np.random.Generator) -> Picture:
        """Draw a wall, and ground with coarse and fine texture."""
        picture = np.empty((height_px, width_px, 3), np.float32)
        picture[: round(WALL_UNTIL * height_px)] = WALL
        picture[round(WALL_UNTIL * height_px) :] = GROUND
        texture = partial(_texture, rng, width_px, height_px)
        picture += (texture(6, 7.0) + texture(40, 8.0))[..., None]
        return np.asarray(np.clip(picture, 0.0, 255.0), np.uint8)

    def paint(self, picture: Picture, pose: Pose) -> None:
        """Draw one person."""
        draw_person(picture, pose)


@dataclass(frozen=True, slots=True)
class StreetView:
    """How a street is seen.

    tall_px and wide as TALL_PX, and how much wider than from the side of the street people look.
    flaws: what a detector does wrong there. condition: what lies before the lens, or how little
    light there is. umbrellas: the share of people who hold one.
    """

    name: str
    people: int
    width_px: int = 768
    height_px: int = 576
    tall_px: tuple[float, float] = TALL_PX
    wide: float = 1.0
    flaws: Flaws = HARD
    condition: Condition | None = None
    monochrome: bool = False
    umbrellas: float = 0.0

    def street(self, seed: int, *, seconds: float) -> SyntheticStreet:
        """Return the people of this view, and their truth."""
        return SyntheticStreet.busy(
            seed,
            people=self.people,
            seconds=seconds,
            width_px=self.width_px,
            height_px=self.height_px,
            tall_px=self.tall_px,
            width_heights=WIDTH_HEIGHTS * self.wide,
        )

    def frames(self, seed: int, *, seconds: float, fps: float) -> tuple[StreetFrame, ...]:
        """Return what a detector would have seen of it."""
        return self.street(seed, seconds=seconds).frames(fps, self.flaws, seed=seed)

    def pictures(
        self, seed: int, *, seconds: float, fps: float, painter: Painter | None = None
    ) -> Iterator["ViewPicture"]:
        """Draw it, frame by frame, or let another painter do so."""
        rng, painter = np.random.default_rng((seed, 2)), painter or Drawing()
        street = self.street(seed, seconds=seconds)
        empty = painter.empty(self.width_px, self.height_px, rng)
        walks = Walks.of(street.people)
        for number in range(round(seconds * fps)):
            numbers, here = walks.at(number / fps)
            picture = empty.copy()
            for row in np.argsort(here[:, 1], kind="stable"):
                painter.paint(picture, self._pose(walks, int(numbers[row]), here[row]))
            boxes = boxes_at(here[:, :2], here[:, 2], street.width_heights)
            seen = self._through_the_lens(picture, rng, number)
            yield ViewPicture(number / fps, seen, numbers, boxes)

    def _pose(self, walks: Walks, number: int, here: NDArray[np.float64]) -> Pose:
        begun, ends = walks.places[number, 0], walks.places[number, -1]
        x, y, tall = (float(part) for part in here)
        return Pose(
            foot=(x, y),
            tall_px=tall,
            number=number,
            walked=abs(x - float(begun[0])) / tall,
            faces=1.0 if ends[0] >= begun[0] else -1.0,
            wide=self.wide,
            umbrella=np.random.default_rng((number, 3)).random() < self.umbrellas,
        )

    def _through_the_lens(self, picture: Picture, rng: np.random.Generator, number: int) -> Picture:
        """Soften what was drawn, let weather and light at it, and add the camera's noise."""
        soft = cv2.GaussianBlur(picture, (0, 0), SOFT_PX)
        if self.monochrome:
            soft = cv2.cvtColor(cv2.cvtColor(soft, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        seen = np.asarray(soft, np.uint8)
        if self.condition is not None:
            seen = self.condition(seen, number)
        noise = rng.normal(0.0, CAMERA_NOISE, (*seen.shape[:2], 1)).astype(np.float32)
        return np.asarray(np.clip(seen + noise, 0.0, 255.0), np.uint8)


@dataclass(frozen=True, slots=True)
class ViewPicture:
    """One frame: the picture, and who is truly where: numbers (N,) and boxes (N, 4) xyxy."""

    at_s: float
    picture: Picture
    numbers: NDArray[np.intp]
    boxes: NDArray[np.float64]


NEVER_SEEN = replace(HARD, unseen_share=0.3)
"""Where a detector never sees some of the people, however long they walk."""
STREET = StreetView("street", 8)
ABOVE = StreetView("above", 20, 1280, 720, tall_px=(52.0, 26.0), wide=1.3, flaws=NEVER_SEEN)
LOW = StreetView("low", 4, tall_px=(120.0, 300.0))
RAIN = StreetView("rain", 10, flaws=NEVER_SEEN, condition=weather.rain(400), umbrellas=0.6)
CROWD = StreetView("crowd", 300, 1280, 720, tall_px=(20.0, 60.0))
DARK = StreetView("dark", 8, flaws=NEVER_SEEN, condition=weather.dark(0.15, noise=4.0))
MONOCHROME = StreetView("monochrome", 12, monochrome=True)
VIEWS = (STREET, ABOVE, LOW, RAIN, CROWD, DARK, MONOCHROME)


def write_scene(
    folder: Path,
    view: StreetView,
    seed: int,
    *,
    seconds: float,
    fps: float,
    painter: Painter | None = None,
) -> None:
    """Write a view as a folder that `scripts/measure-counting scenes` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    size = (view.width_px, view.height_px)
    writer = cv2.VideoWriter(str(folder / "video.avi"), cv2.VideoWriter.fourcc(*"MJPG"), fps, size)
    rows, shown = [], view.pictures(seed, seconds=seconds, fps=fps, painter=painter)
    for index, seen in enumerate(shown, start=1):
        writer.write(seen.picture)
        rows += [
            f"{index},{number},{left:.2f},{top:.2f},{right - left:.2f},{below - top:.2f},1,-1,-1,-1"
            for number, (left, top, right, below) in zip(
                seen.numbers.tolist(), seen.boxes.tolist(), strict=True
            )
        ]
    writer.release()
    (folder / "gt.txt").write_text("\n".join(rows) + "\n", "utf-8")
    (folder / "seqinfo.ini").write_text(
        f"[Sequence]\nname={view.name}\nframeRate={fps:g}\nseqLength={round(seconds * fps)}\n"
        f"imWidth={size[0]}\nimHeight={size[1]}\n",
        "utf-8",
    )


def _texture(
    rng: np.random.Generator, width: int, height: int, cell_px: int, levels: float
) -> NDArray[np.float32]:
    cells = rng.normal(0.0, levels, (height // cell_px, width // cell_px)).astype(np.float32)
    return np.asarray(cv2.resize(cells, (width, height)), np.float32)
