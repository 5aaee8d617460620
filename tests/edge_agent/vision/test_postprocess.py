# SPDX-License-Identifier: Apache-2.0
import json
from dataclasses import replace
from fractions import Fraction
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_agent.errors import ModelError
from edge_agent.models.card import Card
from edge_agent.models.layouts import RtmdetLayout, SsdLayout, YoloxLayout
from edge_agent.vision.postprocess import (
    CANDIDATES_MAX,
    RtmdetDecoder,
    SsdDecoder,
    YoloxDecoder,
    cell_centers,
    ssd_anchors,
    suppress,
    yolox_cells,
)

REFERENCE = json.loads((Path(__file__).parent / "person_ssdlite_reference.json").read_text())
SIZES = [(reference["width_px"], reference["height_px"]) for reference in REFERENCE["outputs"]]

corner = st.integers(0, 20)
boxes = st.lists(st.tuples(corner, corner, corner, corner), max_size=25)
tenths = st.integers(1, 10)


def ssd_layout(card: Card) -> SsdLayout:
    assert isinstance(card.layout, SsdLayout)
    return card.layout


def yolox_layout(card: Card) -> YoloxLayout:
    assert isinstance(card.layout, YoloxLayout)
    return card.layout


def test_anchors_are_those_of_the_published_graph(ssd_card: Card) -> None:
    anchors = ssd_anchors(ssd_layout(ssd_card), width_px=300, height_px=300)
    assert anchors.shape == (1917, 4)
    rows, wanted = REFERENCE["anchors"]["rows"], np.array(REFERENCE["anchors"]["boxes"])
    got = np.concatenate(
        [anchors[rows, :2] - anchors[rows, 2:] / 2, anchors[rows, :2] + anchors[rows, 2:] / 2],
        axis=1,
    )
    np.testing.assert_allclose(got / 300, wanted, atol=2e-5)


@pytest.mark.parametrize(
    ("side_px", "level", "wanted"),
    [
        (
            300,
            0,
            [(cell + 0.5) * 300 / 19 for cell in range(19)],
        ),  # the training size: spread evenly
        (300, 5, [150.0]),  # one cell in the middle
        (
            364,
            0,
            [16 * cell + 11.5 - 3.5 - 4 * (cell + 0.5) / 23 for cell in range(23)],
        ),  # fields begin where they did: 2, 2, 1, 2
        (
            360,
            0,
            [16 * cell + 7.5 - 3.5 - 4 * (cell + 0.5) / 23 for cell in range(23)],
        ),  # even, even, even, odd: 4 pixels before
        (
            480,
            0,
            [16 * cell + 15.5 - 3.5 - 4 * (cell + 0.5) / 30 for cell in range(30)],
        ),  # even four times: 4 pixels behind
        (
            480,
            1,
            [32 * cell + 31.5 + 4.5 - 20 * (cell + 0.5) / 15 for cell in range(15)],
        ),  # 30 cells are even, 19 were odd
    ],
)
def test_centres_keep_their_distance_from_what_the_cell_looks_at(
    ssd_card: Card, side_px: int, level: int, wanted: list[float]
) -> None:
    np.testing.assert_allclose(
        cell_centers(ssd_layout(ssd_card), side_px=side_px)[level], wanted, atol=1e-9
    )


def test_there_is_an_anchor_for_every_row_of_the_outputs(ssd_card: Card) -> None:
    counts = {
        size: len(ssd_anchors(ssd_layout(ssd_card), width_px=size[0], height_px=size[1]))
        for size in SIZES
    }
    assert counts == {
        (reference["width_px"], reference["height_px"]): reference["anchors"]
        for reference in REFERENCE["outputs"]
    }


def test_cells_of_every_stride_come_row_by_row(yolox_card: Card) -> None:
    cells = yolox_cells(yolox_layout(yolox_card), width_px=96, height_px=64)
    assert len(cells) == 12 * 8 + 6 * 4 + 3 * 2
    assert cells[[0, 1, 12, 96, 120, 125]].tolist() == [
        [0, 0, 8],
        [0, 1, 8],
        [1, 0, 8],
        [0, 0, 16],
        [0, 0, 32],
        [1, 2, 32],
    ]


def test_one_box_code_is_decoded_by_hand(ssd_card: Card) -> None:
    decoder = SsdDecoder(ssd_layout(ssd_card), width_px=300, height_px=300, confidence_min=0.5)
    codes = np.zeros((1, 1917, 4), np.float32)
    scores = np.full((1, 1917, 2), -9, np.float32)
    # Anchor 4 lies in the second cell: centre (23.68, 7.89), 84.85 wide and 42.43 high.
    codes[0, 4] = [1.0, -2.0, 5 * log(2), 5 * log(0.5)]
    scores[0, 4] = [9, log(3)]
    found, confidences = decoder.decode([codes, scores])
    center_x, center_y, width, height = (
        300 / 19 * 1.5 - 0.2 * 84.8528,
        300 / 19 * 0.5 + 0.1 * 42.4264,
        42.4264,
        84.8528,
    )
    wanted = [
        center_x - width / 2,
        center_y - height / 2,
        center_x + width / 2,
        center_y + height / 2,
    ]
    np.testing.assert_allclose(found, [wanted], atol=1e-3)
    np.testing.assert_allclose(confidences, [0.75], atol=1e-6)


def test_one_yolox_row_is_decoded_by_hand(yolox_card: Card) -> None:
    decoder = YoloxDecoder(yolox_layout(yolox_card), width_px=96, height_px=64, confidence_min=0.5)
    output = np.zeros((1, 126, 85), np.float32)
    # Row 103 is the second cell of the second row at stride 16.
    output[0, 103, :6] = [0.5, 0.25, log(2), log(3), 0.9, 0.8]
    output[0, 0, :6] = [0, 0, 0, 0, 0.9, 0.5]
    found, confidences = decoder.decode([output])
    np.testing.assert_allclose(found, [[24 - 16, 20 - 24, 24 + 16, 20 + 24]], atol=1e-4)
    np.testing.assert_allclose(confidences, [0.72], atol=1e-6)


def test_the_person_column_is_the_cards(yolox_card: Card) -> None:
    layout = replace(yolox_layout(yolox_card), classes=3, person_column=2, strides_px=(32,))
    output = np.zeros((1, 1, 8), np.float32)
    output[0, 0, 4:] = [1.0, 0.9, 0.0, 0.6]
    _, confidences = YoloxDecoder(layout, width_px=32, height_px=32, confidence_min=0.1).decode(
        [output]
    )
    np.testing.assert_allclose(confidences, [0.6])


def test_wild_numbers_make_no_wild_boxes(ssd_card: Card) -> None:
    decoder = SsdDecoder(ssd_layout(ssd_card), width_px=96, height_px=96, confidence_min=0.5)
    count = len(ssd_anchors(ssd_layout(ssd_card), width_px=96, height_px=96))
    codes = np.zeros((1, count, 4), np.float32)
    scores = np.full((1, count, 2), 5, np.float32)
    codes[0, 0] = np.nan
    codes[0, 1] = 1e30
    codes[0, 2] = -1e30
    scores[0, 3] = np.nan
    found, confidences = suppress(decoder.decode([codes, scores]), iou_max=1.0)
    assert np.isfinite(found).all()
    assert np.isfinite(confidences).all()
    assert (
        len(found) == count - 4
    )  # not a number, beyond all pixels, without area, and a score that is no number


@pytest.mark.parametrize(
    ("codes", "scores"),
    [
        ((1, 1917, 4), (1, 1917, 3)),  # a class too many
        ((1, 1916, 4), (1, 1917, 2)),  # an anchor too few
        ((1917, 4), (1, 1917, 2)),  # no batch
    ],
)
def test_outputs_that_are_not_the_cards_are_refused(
    ssd_card: Card, codes: tuple[int, ...], scores: tuple[int, ...]
) -> None:
    decoder = SsdDecoder(ssd_layout(ssd_card), width_px=300, height_px=300, confidence_min=0.5)
    with pytest.raises(ModelError, match="as the card says"):
        decoder.decode([np.zeros(codes, np.float32), np.zeros(scores, np.float32)])


def suppressed_by_loops(
    rows: list[tuple[int, int, int, int]], tenths_confident: list[int], iou_max: Fraction
) -> list[int]:
    """Say which rows stay, in exact fractions and the plainest loops."""
    staying: list[int] = []
    for row in sorted(range(len(rows)), key=lambda row: (-tenths_confident[row], row)):
        left, top, right, bottom = rows[row]
        if right <= left or bottom <= top:
            continue
        for other in staying:
            wide = min(right, rows[other][2]) - max(left, rows[other][0])
            high = min(bottom, rows[other][3]) - max(top, rows[other][1])
            common = max(wide, 0) * max(high, 0)
            area = (right - left) * (bottom - top)
            other_area = (rows[other][2] - rows[other][0]) * (rows[other][3] - rows[other][1])
            if Fraction(common, area + other_area - common) > iou_max:
                break
        else:
            staying.append(row)
    return staying


@given(
    boxes,
    st.data(),
    st.sampled_from([Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(1)]),
)
def test_suppression_keeps_what_plain_loops_keep(
    rows: list[tuple[int, int, int, int]], data: st.DataObject, iou_max: Fraction
) -> None:
    tenths_confident = data.draw(st.lists(tenths, min_size=len(rows), max_size=len(rows)))
    found = (
        np.array(rows, np.float32).reshape(-1, 4),
        np.array(tenths_confident, np.float32) / np.float32(10),
    )
    kept, confidences = suppress(found, iou_max=float(iou_max))
    wanted = suppressed_by_loops(rows, tenths_confident, iou_max)
    assert kept.tolist() == [list(map(float, rows[row])) for row in wanted]
    assert confidences.tolist() == found[1][wanted].tolist()


@given(boxes, st.floats(0, 1))
def test_suppressing_twice_changes_nothing(
    rows: list[tuple[int, int, int, int]], iou_max: float
) -> None:
    found = (
        np.array(rows, np.float32).reshape(-1, 4),
        np.linspace(1, 0.5, len(rows), dtype=np.float32),
    )
    once = suppress(found, iou_max=iou_max)
    twice = suppress(once, iou_max=iou_max)
    assert once[0].tolist() == twice[0].tolist()


def test_only_the_surest_candidates_are_looked_at() -> None:
    count = CANDIDATES_MAX + 10
    left = np.arange(count, dtype=np.float32) * 2
    found = (
        np.stack([left, left * 0, left + 1, left * 0 + 1], axis=1),
        np.arange(count, dtype=np.float32) / count,
    )
    kept, confidences = suppress(found, iou_max=0.5)
    assert len(kept) == CANDIDATES_MAX
    assert confidences.min() == found[1][10]


def test_confidence_is_the_sigmoid_of_the_score(ssd_card: Card) -> None:
    decoder = SsdDecoder(ssd_layout(ssd_card), width_px=300, height_px=300, confidence_min=0.3)
    scores = np.full((1, 1917, 2), -9, np.float32)
    logits = [-0.9, -0.8, 0.0, 3.0]
    scores[0, :4, 1] = logits
    _, confidences = decoder.decode([np.zeros((1, 1917, 4), np.float32), scores])
    np.testing.assert_allclose(
        confidences, [1 / (1 + exp(-logit)) for logit in logits[1:]], rtol=1e-6
    )


def test_what_an_anchor_says_of_nothing_it_says_in_vain_of_anything(ssd_card: Card) -> None:
    decoder = SsdDecoder(ssd_layout(ssd_card), width_px=300, height_px=300, confidence_min=0.3)
    codes, nothing, street = (
        np.zeros((1, 1917, 4), np.float32),
        *np.full((2, 1, 1917, 2), -9, np.float32),
    )
    nothing[0, :3, 1] = [2.0, -1.0, -4.0]
    street[0, :3, 1] = [2.5, 2.5, 2.5]
    decoder.learn_background([codes, nothing])
    decoder.learn_background([codes, np.full((1, 1917, 2), -9, np.float32)])
    _, confidences = decoder.decode([codes, street])
    weighed = [
        2.5 - (-1.0 - log(0.05 / 0.95)),
        2.5,
    ]  # The first says it of everything; the last never said it of nothing.
    np.testing.assert_allclose(confidences, [1 / (1 + exp(-logit)) for logit in weighed], rtol=1e-5)


def rtmdet_outputs(
    rows: list[list[float]], labels: list[int]
) -> list[NDArray[np.float32] | NDArray[np.int64]]:
    return [np.array([rows], np.float32).reshape(1, -1, 5), np.array([labels], np.int64)]


def test_rtmdet_rows_are_people_by_label_and_confidence() -> None:
    decoder = RtmdetDecoder(RtmdetLayout("dets", "labels", 2, 100), confidence_min=0.5)
    rows = [[1.0, 2, 3, 4, 0.9], [5, 6, 7, 8, 0.9], [9, 9, 10, 10, 0.4], [0, 0, 0, 0, 0]]
    found, confidences = decoder.decode(rtmdet_outputs(rows, [2, 0, 2, -1]))
    np.testing.assert_array_equal(found, [[1, 2, 3, 4]])
    np.testing.assert_allclose(confidences, [0.9])
    assert [len(part) for part in decoder.decode(rtmdet_outputs([], []))] == [0, 0]


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        (rtmdet_outputs([[0.0] * 5] * 4, [0] * 4), "boxes: float32"),  # more than the card says
        (rtmdet_outputs([[0.0] * 5] * 3, [0] * 2), "labels: int64"),  # a label too few
        (rtmdet_outputs([[0.0] * 5], [0])[::-1], "boxes: int64"),  # the other way round
    ],
)
def test_rtmdet_outputs_that_are_not_the_cards_are_refused(
    outputs: list[NDArray[np.float32] | NDArray[np.int64]], said: str
) -> None:
    decoder = RtmdetDecoder(RtmdetLayout("dets", "labels", 0, 3), confidence_min=0.5)
    with pytest.raises(ModelError, match=f"{said}.*as the card says"):
        decoder.decode(outputs)
