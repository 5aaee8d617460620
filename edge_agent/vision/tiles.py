# SPDX-License-Identifier: Apache-2.0
"""Cut the frame into regions in which people are tall enough for the network.

The first region is the frame, or what of it lies around the lines and zones. Where people would be
shorter in it than the model's card says it can detect, tiles are cut in which they are not. Each
frame runs a few of them in turn, so the time for a frame is bounded by a stated number of
inferences. What a tile showed is held until its next turn.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.detection import Detections
from edge_agent.vision.person_height import Heights

TILES_MAX = 16
HOLD_S_MAX = 1.0
"""Longer than this what a tile found is not held: people have walked on."""
MARGIN_ABOVE, MARGIN_BELOW, MARGIN_ASIDE = 1.2, 0.15, 1.5
"""What must be seen around a foot, in heights of the person there: the person, a little ground, and
the way to it."""
TILE_HEIGHTS_MIN = 2.0
TILE_SHARE_MAX = 0.8
"""A tile taller than this share of the first region shows nothing that this one does not."""
SCALE_UP_MAX = 2.0
"""A tile is not enlarged more than this: there is nothing more in it to be seen."""
SAME_IOU, SAME_INSIDE = 0.45, 0.7
"""Two boxes are one person if they overlap by the first, or one lies within the other by the
second."""
OLD_IOU, OLD_INSIDE = 0.15, 0.4
"""The same where one of them was seen in an earlier frame: the person has walked on a little."""
SEAM_SHARE = 0.05
"""A box that ends so near a tile's edge, shares of the tile's height, is taken to be cut by it."""
TILE_PERSON_MAX = 0.45
"""A person taller than this share of a tile is left to the first region."""
EVEN, EVEN_SHARE = 2, 0.6
"""Tiles each way where heights are not known, and how large each is, shares of the first region."""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a frame, in whole pixels; right and bottom are the first column and row outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width_px(self) -> int:
        """How wide it is."""
        return self.right - self.left

    @property
    def height_px(self) -> int:
        """How tall it is."""
        return self.bottom - self.top


class Tiling:
    """The regions of one view: number 0 runs in every frame, `tiles_each` of the others in turn.

    Whoever is taller than person_px_max, pixels of the frame, is left to number 0, which sees them
    in every frame: in a tile's box they would still stand where they were at its last turn.
    """

    def __init__(
        self,
        base: Region,
        tiles: Sequence[Region] = (),
        *,
        tiles_each: int = 1,
        person_px_max: float = math.inf,
    ) -> None:
        self.person_px_max = person_px_max
        self.regions = (base, *tiles)
        self.regions_each = 1 + min(tiles_each, len(tiles))
        self._turn = 0

    def next(self) -> tuple[int, ...]:
        """Return the numbers of the regions to run in the next frame."""
        tiles = len(self.regions) - 1
        chosen = tuple(1 + (self._turn + step) % tiles for step in range(self.regions_each - 1))
        self._turn = (self._turn + self.regions_each - 1) % max(tiles, 1)
        return (0, *chosen)


@dataclass(frozen=True, slots=True)
class _TileDetections:
    """What one region showed last, and when."""

    captured_s: float
    detections: Detections


class TileMerger:
    """Merge what the regions of a view show: whoever is in two of them is one person."""

    def __init__(self, tiling: Tiling) -> None:
        self._tiling = tiling
        self._frame = _around(tiling.regions)
        self._held: dict[int, _TileDetections] = {}

    def merge(self, found: Sequence[tuple[int, Detections]], captured_s: float) -> Detections:
        """Return the people of the whole view; found is what each region of one frame showed."""
        if len(self._tiling.regions) == 1:
            return found[0][1]
        for tile, detections in found:
            whole = self._whole(self._tiling.regions[tile], detections) if tile else detections
            self._held[tile] = _TileDetections(captured_s, whole)
        held = [one for one in self._held.values() if captured_s - one.captured_s <= HOLD_S_MAX]
        boxes = np.concatenate([one.detections.boxes for one in held])
        confidences = np.concatenate([one.detections.confidences for one in held])
        fresh = np.concatenate(
            [np.full(len(one.detections), one.captured_s == captured_s) for one in held]
        )
        kept = _deduplicate(boxes, np.lexsort((-confidences, ~fresh)), fresh)
        complete_from = max(one.detections.complete_from for one in held)
        return Detections(boxes[kept], confidences[kept], complete_from)

    def _whole(self, region: Region, detections: Detections) -> Detections:
        """Drop boxes that a tile's inner edge cuts, and those too tall to need a tile."""
        boxes, view, seam = detections.boxes, self._frame, SEAM_SHARE * region.height_px
        tall_px = min(TILE_PERSON_MAX * region.height_px, self._tiling.person_px_max)
        cut = boxes[:, 3] - boxes[:, 1] > tall_px
        cut |= (boxes[:, 0] < region.left + seam) & (region.left > view.left)
        cut |= (boxes[:, 1] < region.top + seam) & (region.top > view.top)
        cut |= (boxes[:, 2] > region.right - seam) & (region.right < view.right)
        cut |= (boxes[:, 3] > region.bottom - seam) & (region.bottom < view.bottom)
        return detections.only(~cut) if cut.any() else detections


def whole_frame(*, width_px: int, height_px: int) -> Region:
    """Return all of a frame."""
    return Region(0, 0, width_px, height_px)


def crop(feet: Points, heights: Heights | None, *, frame: Region, aspect: float) -> Region:
    """Return the part of the frame around the places where people are counted.

    Its aspect (width / height) is as near to `aspect` as the frame allows. feet are the ends of
    lines and the corners of zones, pixels. Without heights a person is a quarter of the frame tall.
    """
    rows = []
    for x, y in feet:
        tall = (heights(x, y) if heights else 0.0) or frame.height_px / 4
        aside, above, below = MARGIN_ASIDE * tall, MARGIN_ABOVE * tall, MARGIN_BELOW * tall
        rows.append((x - aside, y - above, x + aside, y + max(below, tall / 2)))
    low, high = np.min(rows, axis=0), np.max(rows, axis=0)
    left, top, right, bottom = float(low[0]), float(low[1]), float(high[2]), float(high[3])
    width, height = right - left, bottom - top
    wider, taller = max(width, height * aspect), max(height, width / aspect)
    return _within(frame, left - (wider - width) / 2, top - (taller - height) / 2, wider, taller)


def far_tiles(
    feet: Points,
    heights: Heights,
    *,
    base: Region,
    input_size: tuple[int, int],
    person_px_min: float,
) -> list[Region]:
    """Return tiles for the rows in which people would be too small in `base`, top band first.

    feet are the ends of lines and the corners of zones, pixels; input_size is the network's,
    (width, height); person_px_min is the least height of a person, in pixels of the input, that the
    model's card says it can see. At most TILES_MAX.
    """
    input_width, input_height = input_size
    first, last = min(y for _, y in feet), max(y for _, y in feet)
    left, right = min(x for x, _ in feet), max(x for x, _ in feet)
    middle = (left + right) / 2
    scale = input_height / base.height_px
    tiles: list[Region] = []
    row = max(first, float(base.top))
    while row <= last and len(tiles) < TILES_MAX:
        tall = heights(middle, row)
        if tall * SCALE_UP_MAX < person_px_min:
            # Beyond the horizon, or too far even enlarged.
            row += max(1.0, base.height_px / 64)
            continue
        if tall * scale >= person_px_min:
            break
        tile_height = _tile_height(tall, input_height, person_px_min)
        if tile_height > TILE_SHARE_MAX * base.height_px:
            break
        top = row - MARGIN_ABOVE * tall
        overlap = heights(middle, top + tile_height) / 2
        size = (tile_height * input_width / input_height, tile_height)
        tiles += _across(base, left - tall, right + tall, top, size, overlap=overlap)
        # The next band begins where a person of this row would no longer stand wholly inside.
        row = max(top + tile_height - MARGIN_BELOW * tall, row + 1.0)
    return tiles[:TILES_MAX]


def even_tiles(base: Region, *, input_size: tuple[int, int]) -> list[Region]:
    """Return EVEN x EVEN tiles that overlap, for where nobody measured how tall people are.

    None where the input shows all of `base` already at its own size: there is nothing more to see.
    """
    if input_size[1] >= base.height_px or input_size[0] >= base.width_px:
        return []
    width, height = EVEN_SHARE * base.width_px, EVEN_SHARE * base.height_px
    return [
        _within(base, float(left), float(top), width, height)
        for top in np.linspace(base.top, base.bottom - height, EVEN)
        for left in np.linspace(base.left, base.right - width, EVEN)
    ]


def _tile_height(tall: float, input_height: int, person_px_min: float) -> float:
    """Return how tall a tile is in which a person of this height is tall enough, pixels."""
    enlarged = tall * input_height / person_px_min
    return max(enlarged, TILE_HEIGHTS_MIN * tall, input_height / SCALE_UP_MAX)


def _across(
    base: Region,
    left: float,
    right: float,
    top: float,
    size: tuple[float, float],
    *,
    overlap: float,
) -> list[Region]:
    """Lay tiles of one size side by side from left to right, overlapping by at least a person."""
    width, height = min(size[0], base.width_px), size[1]
    count = max(1, int(np.ceil((right - left - overlap) / max(width - overlap, 1.0))))
    starts = (
        np.linspace(left, max(left, right - width), count)
        if count > 1
        else [(left + right - width) / 2]
    )
    return [_within(base, float(start), top, width, height) for start in starts]


def _within(frame: Region, left: float, top: float, width: float, height: float) -> Region:
    """Return whole pixels, pushed back into the frame where they stick out of it."""
    wide, tall = min(round(width), frame.width_px), min(round(height), frame.height_px)
    left_px = min(max(round(left), frame.left), frame.right - wide)
    top_px = min(max(round(top), frame.top), frame.bottom - tall)
    return Region(left_px, top_px, left_px + wide, top_px + tall)


def _around(regions: Sequence[Region]) -> Region:
    return Region(
        min(one.left for one in regions),
        min(one.top for one in regions),
        max(one.right for one in regions),
        max(one.bottom for one in regions),
    )


def _deduplicate(
    boxes: NDArray[np.float32], order: NDArray[np.intp], fresh: NDArray[np.bool_]
) -> list[int]:
    """Return which boxes stay: in order, each that is nobody who stays already."""
    areas = np.maximum(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), np.float32(1e-6))
    kept: list[int] = []
    for index in order.tolist():
        low, high = (
            np.maximum(boxes[kept, :2], boxes[index, :2]),
            np.minimum(boxes[kept, 2:], boxes[index, 2:]),
        )
        common = np.prod(np.maximum(high - low, 0), axis=1)
        iou = common / (areas[kept] + areas[index] - common)
        inside = common / np.minimum(areas[kept], areas[index])
        now = fresh[index]
        if not (
            (iou > (SAME_IOU if now else OLD_IOU)) | (inside > (SAME_INSIDE if now else OLD_INSIDE))
        ).any():
            kept.append(index)
    return kept
