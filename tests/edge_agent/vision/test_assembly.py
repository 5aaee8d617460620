# SPDX-License-Identifier: Apache-2.0
"""The input size that the pipeline is built with, over the real model."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_agent.models.card import Card, read_card
from edge_agent.models.thresholds import Thresholds
from edge_agent.process_settings import DetectorSettings
from edge_agent.vision.assembly import affordable, aspect_of, confidences, fit_detector
from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.view import fitted

CLONE = Path(__file__).parents[3]
MODELS, WEIGHTS = CLONE / "models", CLONE / "var" / "models"


@pytest.mark.parametrize(("run_s_max", "wanted"), [(math.inf, (960, 540)), (1e-4, (480, 360))])
def test_a_large_picture_gets_a_large_input_where_there_is_the_time(
    run_s_max: float, wanted: tuple[int, int]
) -> None:
    if not (WEIGHTS / "person-ssdlite.onnx").exists():
        pytest.skip("the model is not there; run scripts/test, which fetches it")
    settings = DetectorSettings(
        "person-ssdlite",
        str(MODELS),
        str(WEIGHTS),
        None,
        None,
        None,
        None,
        None,
        0.5,
        1,
        "CPUExecutionProvider",
    )
    fitting, detector, thresholds = fit_detector(
        settings, width_px=1920, height_px=1080, run_s_max=run_s_max
    )
    assert (fitting.input_width_px, fitting.input_height_px) == wanted
    found = detector.detect(Frame(np.full((1080, 1920, 3), 114, np.uint8), 0.0, 0))
    assert len(found.at_least(thresholds.confidence_low)) == 0


def test_a_chosen_input_stays_chosen() -> None:
    settings = DetectorSettings(
        "person-ssdlite",
        str(MODELS),
        str(WEIGHTS),
        300,
        225,
        None,
        None,
        None,
        0.5,
        1,
        "CPUExecutionProvider",
    )
    assert (
        fitted(settings, read_card(MODELS / "person-ssdlite"), width_px=1920, height_px=1080)
        is settings
    )


SETTINGS = DetectorSettings(
    "person-ssdlite", str(MODELS), "", None, None, None, None, None, 0.5, 1, "CPUExecutionProvider"
)
CARD = replace(
    read_card(MODELS / "person-ssdlite"),
    recommended_confidence=0.6,
    thresholds=(Thresholds(480, 360, 0.4, 0.2), Thresholds(960, 720, 0.2, 0.05)),
)


@pytest.mark.parametrize(
    ("card", "chosen", "wanted"),
    [
        (replace(CARD, thresholds=()), {}, (0.6, 0.2)),  # a third of the one that is stated
        (CARD, {}, (0.4, 0.2)),  # at the card's own size
        (CARD, {"input_width_px": 960, "input_height_px": 720}, (0.2, 0.05)),  # at a larger one
        (CARD, {"confidence_high": 0.8}, (0.8, 0.4)),  # in the proportion of the card
        (CARD, {"confidence_min": 0.1}, (0.4, 0.1)),
        (CARD, {"confidence_high": 0.5, "confidence_min": 0.3}, (0.5, 0.3)),
    ],
)
def test_thresholds_are_the_scenes_or_the_cards_at_the_size_of_the_input(
    card: Card, chosen: dict[str, float], wanted: tuple[float, float]
) -> None:
    found = confidences(card, replace(SETTINGS, **chosen))
    assert (found.confidence_high, found.confidence_low) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("area_px", "wanted"),
    [
        (300_000.0, (730, 411)),  # as many pixels as there is the time for
        (100_000.0, (480, 360)),  # but not fewer than the card's own
    ],
)
def test_a_slow_processor_gets_the_input_that_it_has_the_time_for(
    area_px: float, wanted: tuple[int, int]
) -> None:
    fitting = affordable(SETTINGS, CARD, area_px, width_px=1280, height_px=720)
    assert (fitting.input_width_px, fitting.input_height_px) == wanted


@pytest.mark.parametrize(
    ("model", "asked", "aspect"),
    [
        ("person-ssdlite", None, "stretch"),
        ("yolox-nano", None, "keep"),
        ("rtmdet-nano", None, "keep"),
        ("person-ssdlite", True, "keep"),
        ("rtmdet-nano", False, "stretch"),
    ],
)
def test_a_picture_is_laid_into_the_input_as_the_model_was_trained_or_as_the_config_says(
    model: str, aspect: str, *, asked: bool | None
) -> None:
    folders = (str(MODELS), str(WEIGHTS))
    settings = DetectorSettings(
        model, *folders, None, None, asked, None, None, 0.5, 1, "CPUExecutionProvider"
    )
    assert aspect_of(read_card(MODELS / model), settings) == aspect
