# SPDX-License-Identifier: Apache-2.0
"""Choose how large the network's input is, where nobody chose: by person height or by the picture.

Where the config tells how tall people are, the shortest at a line or in a zone is to be as tall in
the input as the model needs. Where it does not, people in a large picture are taken to be more and
smaller than in a small one. Neither is ever less than the card recommends, nor more than
INPUT_AREA_MAX. Measured: docs/ACCURACY.md.
"""

from edge_agent.models.card import Card, HeightRecall
from edge_agent.models.layouts import InputLayout

SMALL_PICTURE_AREA = 768 * 576
"""A picture of so many pixels or fewer is looked at as the card recommends ..."""
LARGE_PICTURE_AREA = 1280 * 720
"""... and one of so many or more with INPUT_AREA_MAX; in between the input grows evenly. Of the 44
and 37 people in a hall of 1280 x 720, 12 % of it tall, rtmdet-nano counts 34 and 27 at 640 x 352,
38 and 31 at 800 x 448, 41 and 34 at 960 x 544; person-ssdlite 12 and 10, then 23 and 20."""
INPUT_AREA_MAX = 960 * 540
"""Beyond half of full HD it costs more than a small processor has, and who is near is seen in
parts."""
ENOUGH_OF_BEST, ENOUGH_MARGIN = 0.9, 1.5
"""A person is tall enough from where the card's recall reaches this share of its best, times a
margin: the clips of the cards are clearer than a street in rain. In the hall above the second and
third input, with people of 54 and 65 pixels, show rtmdet-nano 85 and 96 % of them; its card says
40 without the margin."""


def input_size(
    layout: InputLayout, *, frame_width_px: int, frame_height_px: int, area_px: float | None = None
) -> tuple[int, int]:
    """Return width and height of the input, pixels, for frames of this size; the default.

    It has the picture's aspect and about area_px pixels, or what suits such a picture.
    """
    if layout.fixed:
        return layout.width_px, layout.height_px
    picture = frame_width_px * frame_height_px
    scale = ((area_px or picture_area(layout, picture)) / picture) ** 0.5
    step = layout.multiple_px
    width, height = (
        round(side * scale / step) * step for side in (frame_width_px, frame_height_px)
    )
    low, high = -(-layout.side_min_px // step) * step, layout.side_max_px // step * step
    return min(max(width, low), high), min(max(height, low), high)


def recommended_area(layout: InputLayout) -> float:
    """Return how many pixels the card's own input has."""
    return float(layout.width_px * layout.height_px)


def picture_area(layout: InputLayout, picture: float) -> float:
    """Return how many pixels the input is to have for a picture of so many."""
    recommended = recommended_area(layout)
    share = (picture - SMALL_PICTURE_AREA) / (LARGE_PICTURE_AREA - SMALL_PICTURE_AREA)
    return recommended + min(max(share, 0.0), 1.0) * max(INPUT_AREA_MAX - recommended, 0.0)


def person_area(card: Card, picture: float, *, shortest_px: float) -> float | None:
    """Return how many pixels show a person of shortest_px, pixels of the frame, as tall as needed.

    None where the card does not say how tall that is.
    """
    if card.height_recall is None:
        return None
    recommended = recommended_area(card.input)
    wanted = picture * (enough_px(card.height_recall) / shortest_px) ** 2
    return min(max(wanted, recommended), max(INPUT_AREA_MAX, recommended))


def enough_px(recall: HeightRecall) -> float:
    """Return how tall a person must be in the input to be seen about as well as any, pixels."""
    wanted = ENOUGH_OF_BEST * max(recall.recall)
    return ENOUGH_MARGIN * next(
        height_px
        for height_px, share in zip(recall.heights_px, recall.recall, strict=True)
        if share >= wanted
    )
