# SPDX-License-Identifier: Apache-2.0
"""Try a model before it is kept: does it take and give what its card says, and does it see people?

It is no measure of accuracy. It refuses what could never count: outputs of another shape, boxes
that are decoded already, confidences that are none, and a network that sees nobody in a drawn
street, or the same people in a picture of one tone.
"""

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.detection import Detections
from edge_agent.errors import ModelError
from edge_agent.models.layouts import Layout, RtmdetLayout, SsdLayout, YoloxLayout
from edge_agent.models.load import Model
from edge_agent.operations.models.drawn_people import HEIGHT_PX, PEOPLE, WIDTH_PX, street
from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.detector import Detector
from edge_agent.vision.postprocess import Outputs, yolox_cells

SEEN_SHARE = 1 / 3
"""Of the card's threshold: what may extend a track is enough to have been seen. The three models
whose files were here see all four at the whole of it [measured, at seven sizes]."""
SEEN_IOU = 0.4
_IOU_MAX = 0.5
_TONE = 128


def try_model(model: Model, *, where: str) -> None:
    """Run a model at the recommended size on a drawn street and on one tone.

    Raises ModelError, beginning with `where`, that says what is wrong and how to export it.
    """
    layout = model.card.input
    detector = Detector(
        model,
        input_width_px=layout.width_px,
        input_height_px=layout.height_px,
        confidence_min=SEEN_SHARE * model.card.recommended_confidence,
        iou_max=_IOU_MAX,
        threads=1,
    )
    drawn, blank = street(), np.full((HEIGHT_PX, WIDTH_PX, 3), _TONE, np.uint8)
    placement = detector.prepare(0, Frame(drawn, 0.0, 0))
    outputs = detector.infer(0)
    if wild := sum(_wild(output) for output in outputs):
        raise ModelError(
            f"{where}: {wild} of its outputs are not numbers (NaN or infinite); wanted finite "
            "ones: export it again in full precision"
        )
    found = detector.decode(outputs, placement)  # Where it has the shapes of the card.
    why = _unusable(
        model.card.layout, outputs, width_px=layout.width_px, height_px=layout.height_px
    )
    if why:
        raise ModelError(f"{where}: {why}")
    seen = _people_seen(found)
    if not seen:
        raise ModelError(
            f"{where}: it sees nobody in a drawn street with {len(PEOPLE)} people; wanted a "
            "network that finds people, fed as the card says (channels, scale, offset, mean, std)"
        )
    if _people_seen(detector.detect(Frame(blank, 0.0, 1))) >= seen:
        raise ModelError(
            f"{where}: it sees the same people in a picture of one tone; wanted outputs that "
            "depend on the picture: export it again"
        )


def _wild(output: NDArray[np.generic]) -> int:
    return int(np.count_nonzero(~np.isfinite(output.astype(np.float64))))


def _unusable(layout: Layout, outputs: Outputs, *, width_px: int, height_px: int) -> str:
    """Return why no people can be counted from these outputs; empty where they can."""
    if isinstance(layout, SsdLayout):
        return ""  # Its scores are logits, of which every number stands for a confidence.
    output = outputs[0].astype(np.float32)
    if isinstance(layout, RtmdetLayout):
        return _no_confidences(output[0, :, 4])
    if _is_decoded(layout, output, width_px=width_px, height_px=height_px):
        return (
            "its boxes are decoded already, in pixels; wanted centres in cells and logarithms of "
            "sizes: export it again with decode_in_inference switched off"
        )
    return _no_confidences(output[0, :, [4, 5 + layout.person_column]])


def _no_confidences(values: NDArray[np.float32]) -> str:
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if low >= 0.0 and high <= 1.0:
        return ""
    return (
        f"its confidences lie in {low:.3g}..{high:.3g}, wanted 0..1; export it again with its "
        "sigmoids inside"
    )


def _is_decoded(
    layout: YoloxLayout, output: NDArray[np.float32], *, width_px: int, height_px: int
) -> bool:
    """Say whether centres lie where the cells are, in pixels, rather than near their cells' corner.

    Of a cell in row r and column c the centre is about half a cell from the corner, or about
    (c + 0.5, r + 0.5) strides from the picture's: whichever of the two is nearer, for the median of
    all cells.
    """
    row, column, stride = yolox_cells(layout, width_px=width_px, height_px=height_px).T
    x, y = output[0, :, 0], output[0, :, 1]
    from_corner = np.hypot(x - 0.5, y - 0.5)
    in_pixels = np.hypot(x / stride - column - 0.5, y / stride - row - 0.5)
    return bool(np.median(in_pixels) < np.median(from_corner))


def _people_seen(found: Detections) -> int:
    """Return how many of the drawn people one of the boxes shows."""
    drawn = np.array([person.box for person in PEOPLE], np.float32)[:, None]
    boxes = found.boxes[None]
    sides = np.minimum(drawn[..., 2:], boxes[..., 2:]) - np.maximum(drawn[..., :2], boxes[..., :2])
    common = np.prod(np.maximum(sides, 0), axis=-1)
    areas = np.prod(drawn[..., 2:] - drawn[..., :2], axis=-1)
    areas = areas + np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1)
    return int((common >= SEEN_IOU * (areas - common)).any(axis=1).sum())
