# SPDX-License-Identifier: Apache-2.0
"""Real files, each broken in one of the ways in which exports go wrong."""

from dataclasses import replace

import numpy as np
import pytest

from edge_agent.errors import ModelError
from edge_agent.models.card import Card
from edge_agent.models.load import Model
from edge_agent.operations.models.trial import try_model
from tests.edge_agent.operations.models.tiny_models import (
    card_of,
    decoded,
    rtmdet,
    rtmdet_card_of,
    rtmdet_table,
    with_confidence,
    yolox,
    yolox_table,
)


def tried(content: bytes, card: Card) -> None:
    try_model(Model(card, content), where="mine.onnx")


def test_a_network_that_sees_the_drawn_people_passes() -> None:
    content = yolox(yolox_table())
    tried(content, card_of(content))
    content = rtmdet(rtmdet_table(), [0] * 4)
    tried(content, rtmdet_card_of(content))


def test_one_of_the_drawn_people_is_enough() -> None:
    content = rtmdet(rtmdet_table(), [0, 1, 1, -1])
    tried(content, rtmdet_card_of(content))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            yolox(decoded(yolox_table())),
            "boxes are decoded already.*decode_in_inference switched off",
        ),  # exported for a demonstration
        (yolox(with_confidence(yolox_table(), 3, np.nan)), "1 of its outputs are not numbers"),
        (yolox(with_confidence(yolox_table(), 3, np.inf)), "1 of its outputs are not numbers"),
        (
            yolox(with_confidence(yolox_table(), 3, -7.0)),
            r"confidences lie in -7\.\.0\.95, wanted 0\.\.1; .*sigmoids inside",
        ),  # logits
        (
            yolox(with_confidence(yolox_table(), 3, 95.0)),
            r"confidences lie in 0\.\.95, wanted 0\.\.1",
        ),  # hundredths
        (yolox(yolox_table(0.0)), "it sees nobody in a drawn street with 4 people"),
        (yolox(yolox_table(0.3)), "it sees nobody in a drawn street"),  # all below the threshold
        (yolox(yolox_table(), looks=False), "the same people in a picture of one tone"),
    ],
)
def test_a_yolox_that_cannot_count_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(ModelError, match=said) as refused:
        tried(content, card_of(content))
    assert str(refused.value).startswith("mine.onnx: ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (rtmdet(rtmdet_table(), [1] * 4), "it sees nobody"),  # nobody is a person
        (rtmdet(rtmdet_table() / 64, [0] * 4), "it sees nobody"),  # boxes in shares of the input
        (rtmdet(rtmdet_table(2.0), [0] * 4), r"confidences lie in 2\.\.2, wanted 0\.\.1"),
        (rtmdet(rtmdet_table(np.nan), [0] * 4), "4 of its outputs are not numbers"),
        (rtmdet(rtmdet_table()[:, :, :4], [0] * 4), "as the card says"),  # no confidence
        (rtmdet(rtmdet_table(), [0] * 3), "labels: int64"),  # a label too few
    ],
)
def test_an_rtmdet_that_cannot_count_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        tried(content, rtmdet_card_of(content))


def test_an_ssd_whose_scores_are_no_numbers_is_refused(ssd_model: Model) -> None:
    tried(ssd_model.content, ssd_model.card)
    bad = replace(ssd_model.card.input, offset=(np.nan, np.nan, np.nan))
    with pytest.raises(ModelError, match="outputs are not numbers"):
        tried(ssd_model.content, replace(ssd_model.card, input=bad))
