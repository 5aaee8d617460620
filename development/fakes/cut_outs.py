# SPDX-License-Identifier: Apache-2.0
"""Real people in place of drawn ones: cut out of the demonstration's clip, and pasted elsewhere.

The clip's street without people is the median of its frames. Who walks alone differs from it in one
patch of a person's shape; no model chooses, so none is favoured. Pasted at another size, place and
density they have exact truth, real texture and real clutter behind them, but do not move their
limbs.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from development.fakes.drawn_people import Picture, Pose

EACH_FRAME, BACKGROUND_EACH = 3, 8
DIFFERS_FROM = 40
"""Sum over the colours, in levels: less is noise and shadow."""
TALL_PX_MIN, TALL_PX_MAX = 70, 180
WIDTH_HEIGHTS_MIN, WIDTH_HEIGHTS_MAX = 0.28, 0.55
"""The shape of one person by themselves, and how much of it differs."""
FILLED_MIN = 0.45
EDGE_PX = 1.0
CUT_OUTS_MAX = 120


@dataclass(frozen=True, slots=True)
class CutOut:
    """One person: the picture of their box, and how much of each pixel is theirs, 0..1."""

    picture: Picture
    share: NDArray[np.float32]


class CutOuts:
    """People and street of a clip, as a painter of views."""

    def __init__(self, clip: Path) -> None:
        """Look through the clip once; takes some seconds and a few hundred MB while it does."""
        frames = _frames(clip)
        self._street = np.asarray(np.median(frames[::BACKGROUND_EACH], axis=0), np.uint8)
        found = [one for frame in frames[::EACH_FRAME] for one in self._cut(frame)]
        self.people = tuple(found[:CUT_OUTS_MAX])

    def empty(self, width_px: int, height_px: int, _rng: np.random.Generator) -> Picture:
        """Return the street without people, (height_px, width_px, 3)."""
        return np.asarray(cv2.resize(self._street, (width_px, height_px)), np.uint8)

    def paint(self, picture: Picture, pose: Pose) -> None:
        """Paste a person; whose feet and height the pose says, and by its number who."""
        person = self.people[pose.number % len(self.people)]
        times = pose.tall_px / person.picture.shape[0]
        width = max(2, round(person.picture.shape[1] * times * pose.wide))
        size = (width, max(2, round(pose.tall_px)))
        how = cv2.INTER_AREA if times < 1.0 else cv2.INTER_CUBIC
        image = np.asarray(cv2.resize(person.picture, size, interpolation=how), np.float32)
        share = np.asarray(cv2.resize(person.share, size), np.float32)[..., None]
        if pose.faces < 0:
            image, share = image[:, ::-1], share[:, ::-1]
        left, top = round(pose.foot[0] - width / 2.0), round(pose.foot[1]) - size[1]
        height_px, width_px = picture.shape[:2]
        rows = slice(max(0, top), min(height_px, top + size[1]))
        columns = slice(max(0, left), min(width_px, left + width))
        if rows.stop <= rows.start or columns.stop <= columns.start:
            return
        part = (
            slice(rows.start - top, rows.stop - top),
            slice(columns.start - left, columns.stop - left),
        )
        under = picture[rows, columns].astype(np.float32)
        pasted = under + share[part] * (image[part] - under)
        picture[rows, columns] = np.clip(pasted, 0.0, 255.0).astype(np.uint8)

    def _cut(self, frame: Picture) -> list[CutOut]:
        """Cut out who walks alone in a frame."""
        apart = np.abs(frame.astype(np.int16) - self._street).sum(axis=2).astype(np.float32)
        differs = (cv2.GaussianBlur(apart, (0, 0), 1.5) > DIFFERS_FROM).astype(np.uint8)
        differs = np.asarray(
            cv2.morphologyEx(differs, cv2.MORPH_CLOSE, np.ones((7, 5), np.uint8)), np.uint8
        )
        _, labels, boxes, _ = cv2.connectedComponentsWithStats(differs)
        found = []
        for label, (left, top, width, height, area) in enumerate(boxes.tolist()):
            touches = left == 0 or top == 0 or left + width == frame.shape[1]
            shape = WIDTH_HEIGHTS_MIN * height <= width <= WIDTH_HEIGHTS_MAX * height
            tall = TALL_PX_MIN <= height <= TALL_PX_MAX
            if label and tall and shape and not touches and area >= FILLED_MIN * width * height:
                part = (slice(top, top + height), slice(left, left + width))
                mask = (labels[part] == label).astype(np.float32)
                share = np.asarray(cv2.GaussianBlur(mask, (0, 0), EDGE_PX), np.float32)
                found.append(CutOut(frame[part].copy(), share))
        return found


def _frames(clip: Path) -> NDArray[np.uint8]:
    """Return every third frame of a clip, (N, H, W, 3)."""
    capture, found, number = cv2.VideoCapture(str(clip), cv2.CAP_FFMPEG), [], 0
    while capture.grab():
        if number % 3 == 0:
            found.append(capture.retrieve()[1])
        number += 1
    capture.release()
    return np.array(found, np.uint8)
