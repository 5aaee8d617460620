# SPDX-License-Identifier: Apache-2.0
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edge_agent.audit import clip
from edge_agent.models.card import read_card
from edge_agent.models.load import load_model
from edge_agent.vision.capture.camera import FileCamera
from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.detector import Detector

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clip") / "street.avi"


def frames_of(path: Path) -> list[np.ndarray]:
    with FileCamera(path, fps=None, paced=False, loss_after_s=30.0) as camera:
        assert (camera.frame_width_px, camera.frame_height_px, camera.fps) == (clip.WIDTH_PX, clip.HEIGHT_PX, 2.0)
        frames = []
        while (frame := camera.read(1.0)) is not None:
            frames.append(frame.image.copy())
        return frames


def test_every_frame_that_the_box_decodes_carries_the_marker_pixel_for_pixel(film: Path) -> None:
    marker = clip.make(film, seconds=8, fps=2.0)
    left, top = clip.MARKER_AT_PX
    frames = frames_of(film)
    assert len(frames) == 16
    for frame in frames:
        shown = frame[top : top + marker.height_px, left : left + marker.width_px]
        assert np.array_equal(shown, clip.pixels(marker))


def test_the_people_move_and_the_film_is_longer_than_what_was_drawn(film: Path) -> None:
    clip.make(film, seconds=2 * clip.LOOP_S, fps=2.0)
    frames = frames_of(film)
    assert len(frames) == 4 * clip.LOOP_S
    assert np.array_equal(frames[0], frames[2 * clip.LOOP_S])
    assert all(not np.array_equal(one, two) for one, two in pairwise(frames[:10]))


def test_no_two_markers_are_the_same() -> None:
    assert clip.new_marker() != clip.new_marker()


def test_any_moment_can_be_drawn_whoever_has_left_the_picture() -> None:
    marker = clip.new_marker()
    for at_s in np.linspace(0.0, clip.LOOP_S, 50):
        assert clip.frame(marker, float(at_s)).shape == (clip.HEIGHT_PX, clip.WIDTH_PX, 3)


def test_the_detector_of_a_box_sees_the_people() -> None:
    card = read_card(ROOT / "models" / "person-ssdlite")
    detector = Detector(
        load_model(card, ROOT / "var" / "models" / card.onnx_name),
        input_width_px=card.input.width_px,
        input_height_px=card.input.height_px,
        confidence_min=card.recommended_confidence,
        iou_max=0.5,
        threads=1,
        providers=("CPUExecutionProvider",),
        aspect="stretch",
    )
    marker, moments = clip.new_marker(), np.linspace(0.5, clip.LOOP_S, 12)
    seen = [len(detector.detect(Frame(clip.frame(marker, float(at_s)), float(at_s), 0)).boxes) for at_s in moments]
    assert sum(count > 0 for count in seen) >= 10, seen
