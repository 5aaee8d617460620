# SPDX-License-Identifier: Apache-2.0
"""The input size that the pipeline is built with, over the real model."""

import math
from pathlib import Path

import numpy as np
import pytest

from edge_agent.models.card import read_card
from edge_agent.process_settings import DetectorSettings
from edge_agent.vision.assembly import fit_detector
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
    fitting, detector, _ = fit_detector(
        settings, width_px=1920, height_px=1080, run_s_max=run_s_max
    )
    assert (fitting.input_width_px, fitting.input_height_px) == wanted
    assert len(detector.detect(Frame(np.full((1080, 1920, 3), 114, np.uint8), 0.0, 0))) == 0


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
