# SPDX-License-Identifier: Apache-2.0
"""Files that are too large for the repository, and small ones made on the spot."""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_agent.models.card import Card, read_card
from edge_agent.models.load import Model, load_model

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def clip() -> Path:
    path = ROOT / "var/clips/vtest.avi"
    if not path.exists():
        pytest.skip("var/clips/vtest.avi is absent: it comes with the package opencv-doc")
    return path


def model_of(card: Card) -> Model:
    """Return a card's model; whoever has not got the file skips what needs it."""
    path = ROOT / "var/models" / card.onnx_name
    if not path.exists():
        pytest.skip(f"var/models/{card.onnx_name} is absent: run {card.mending_command}")
    return load_model(card, path)


@pytest.fixture(scope="session")
def ssd_card() -> Card:
    return read_card(ROOT / "models/person-ssdlite")


@pytest.fixture(scope="session")
def yolox_card() -> Card:
    return read_card(ROOT / "models/yolox-nano")


@pytest.fixture(scope="session")
def ssd_model(ssd_card: Card) -> Model:
    return model_of(ssd_card)


@pytest.fixture(scope="session")
def yolox_model(yolox_card: Card) -> Model:
    return model_of(yolox_card)


@pytest.fixture(scope="session")
def rtmdet_card() -> Card:
    return read_card(ROOT / "models/rtmdet-nano")


@pytest.fixture(scope="session")
def rtmdet_model(rtmdet_card: Card) -> Model:
    return model_of(rtmdet_card)


@pytest.fixture(scope="session")
def street_frame(clip: Path) -> NDArray[np.uint8]:
    """Return frame 150 of the clip, on which the reference was made."""
    capture = cv2.VideoCapture(str(clip), cv2.CAP_FFMPEG)
    for _ in range(150):
        capture.grab()
    ok, image = capture.read()
    capture.release()
    assert ok
    return image


@pytest.fixture
def make_video(tmp_path: Path) -> Callable[[Sequence[NDArray[np.uint8]], float], Path]:
    """Return a function that writes images as a motion-JPEG file and returns its path."""

    def write(images: Sequence[NDArray[np.uint8]], fps: float) -> Path:
        path = tmp_path / "made.avi"
        height_px, width_px = images[0].shape[:2]
        writer = cv2.VideoWriter(
            str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (width_px, height_px)
        )
        for image in images:
            writer.write(image)
        writer.release()
        return path

    return write
