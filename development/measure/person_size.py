# SPDX-License-Identifier: Apache-2.0
"""Measure how tall a person must be for a model, and print the [sight] table of its card.

Usage: measure_sight.py MODEL DATA. DATA is the folder of development video with MOT truth
(vtest/gt.txt and tud-stadtmitte/gt.txt with its clip). Each picture is looked at shrunk, as it is
and in quarters, so that the same people come in many sizes; recall is the share of true people,
hidden ones included, found at IoU 0.5 at the confidence that begins a track.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.config.paths import cards_directory, weights_directory
from edge_agent.models.card import Card, read_card
from edge_agent.models.load import load_model
from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.detector import Detector
from edge_agent.vision.tiles import Region

ROOT = Path(__file__).resolve().parents[2]
BOUNDS_PX = (10, 14, 20, 28, 40, 56, 80, 112, 160, 226)
SHRINK = (1.0, 0.7, 0.5, 0.35, 0.25)
EACH = 15
IOU_MIN = 0.5
ENOUGH_OF_BEST = 0.6
PEOPLE_MIN = 60
FAR_PATH = (330.0, 150.0)
"""Left of and above this foot point the truth of vtest leaves people out."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One labelled picture; boxes is (N, 4) xyxy, pixels."""

    image: NDArray[np.uint8]
    boxes: NDArray[np.float64]


def pictures(data: Path) -> Iterator[Picture]:
    """Yield every fifteenth picture of vtest and every fifth of Stadtmitte with its truth."""
    clips = (
        (ROOT / "var/clips/vtest.avi", data / "vtest/gt.txt", EACH),
        (data / "tud-stadtmitte/TUD-Stadtmitte.mp4", data / "tud-stadtmitte/gt.txt", EACH // 3),
    )
    for clip, labels, each in clips:
        truth = np.loadtxt(labels, delimiter=",")[:, :6]
        capture = cv2.VideoCapture(str(clip), cv2.CAP_FFMPEG)
        number = 0
        while True:
            ok, image = capture.read()
            if not ok:
                break
            number += 1
            if number % each == 0:
                left, top, width, height = truth[truth[:, 0] == number, 2:6].T
                yield Picture(
                    np.asarray(image, np.uint8),
                    np.column_stack([left, top, left + width, top + height]),
                )


def views(picture: Picture) -> Iterator[tuple[Picture, Region | None]]:
    """Yield the picture shrunk into a grey one of its own size, and its quarters."""
    height, width = picture.image.shape[:2]
    for share in SHRINK:
        canvas = np.full_like(picture.image, 114)
        small = cv2.resize(picture.image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        canvas[: small.shape[0], : small.shape[1]] = small
        yield Picture(canvas, picture.boxes * share), None
    for left in (0, width // 2):
        for top in (0, height // 2):
            yield picture, Region(left, top, left + width // 2, top + height // 2)


def found(boxes: NDArray[np.float64], truth: NDArray[np.float64]) -> bool:
    """Say whether one true box is among those found."""
    low, high = np.maximum(boxes[:, :2], truth[:2]), np.minimum(boxes[:, 2:], truth[2:])
    common = np.prod(np.maximum(high - low, 0), axis=1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) + np.prod(truth[2:] - truth[:2])
    return bool((common / (areas - common) >= IOU_MIN).any())


def looks(detector: Detector, card: Card, data: Path) -> Iterator[tuple[float, bool]]:
    """Yield for each true person in each view the height, pixels of the input, and if detected."""
    for picture in pictures(data):
        for view, region in views(picture):
            height, width = view.image.shape[:2]
            part = region or Region(0, 0, width, height)
            detections = detector.detect(Frame(view.image, 0.0, 0), region)
            share = view.boxes[:, 2].max() / max(picture.boxes[:, 2].max(), 1.0)
            for box in view.boxes:
                foot_x, foot_y = (box[0] + box[2]) / 2 / share, box[3] / share
                inside = (
                    part.left <= box[0]
                    and part.top <= box[1]
                    and box[2] <= part.right
                    and box[3] <= part.bottom
                )
                if inside and not (foot_x < FAR_PATH[0] and foot_y < FAR_PATH[1]):
                    tall = float(box[3] - box[1]) * card.input.height_px / part.height_px
                    yield tall, found(detections.boxes.astype(np.float64), box)


def main(name: str, data: Path) -> None:
    """Measure and print."""
    card = read_card(cards_directory() / name)
    detector = Detector(
        load_model(card, weights_directory() / card.onnx_name),
        input_width_px=card.input.width_px,
        input_height_px=card.input.height_px,
        confidence_min=card.recommended_confidence,
        iou_max=0.5,
        threads=1,
        aspect="stretch",
    )
    seen = np.array(list(looks(detector, card, data)))
    rows = []
    for low, high in zip(BOUNDS_PX, (*BOUNDS_PX[1:], 1e9), strict=True):
        within = seen[(seen[:, 0] >= low) & (seen[:, 0] < high), 1]
        print(f"# {low:4d} px: {len(within)} people", file=sys.stderr)
        if len(within) >= PEOPLE_MIN:
            rows.append((low, round(float(within.mean()), 3)))
    best = max(recall for _, recall in rows)
    least = next(low for low, recall in rows if recall >= ENOUGH_OF_BEST * best)
    print("[sight]")
    print(
        'measured_on = "vtest and TUD-Stadtmitte, shrunk, whole and in quarters; hidden '
        'people included"'
    )
    print(f'command = "python -m development.measure.person_size {name} DATA"')
    print(f"person_px_min = {least} # The least from which recall is three fifths of the best.")
    print(f"heights_px = {[low for low, _ in rows]}")
    print(f"recall = {[recall for _, recall in rows]}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
