# SPDX-License-Identifier: Apache-2.0
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edge_agent.models.card import read_card
from edge_agent.models.load import load_model
from edge_agent.vision.capture.file_camera import FileCamera
from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.detector import Detector
from privacy_audit.target import synthetic_clip

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clip") / "street.avi"


def frames_of(path: Path) -> list[np.ndarray]:
    with FileCamera(path, fps=None, paced=False, loss_after_s=30.0) as camera:
        assert (camera.frame_width_px, camera.frame_height_px, camera.fps) == (
            synthetic_clip.WIDTH_PX,
            synthetic_clip.HEIGHT_PX,
            2.0,
        )
        frames = []
        while (frame := camera.read(1.0)) is not None:
            frames.append(frame.image.copy())
        return frames


def test_every_frame_that_the_box_decodes_carries_the_marker_pixel_for_pixel(film: Path) -> None:
    marker = synthetic_clip.make(film, seconds=8, fps=2.0)
    left, top = synthetic_clip.MARKER_AT_PX
    frames = frames_of(film)
    assert len(frames) == 16
    for frame in frames:
        shown = frame[top : top + marker.height_px, left : left + marker.width_px]
        assert np.array_equal(shown, synthetic_clip.pixels(marker))


def test_the_people_move_and_the_film_is_longer_than_what_was_drawn(film: Path) -> None:
    synthetic_clip.make(film, seconds=2 * synthetic_clip.LOOP_S, fps=2.0)
    frames = frames_of(film)
    assert len(frames) == 4 * synthetic_clip.LOOP_S
    assert np.array_equal(frames[0], frames[2 * synthetic_clip.LOOP_S])
    assert all(not np.array_equal(one, two) for one, two in pairwise(frames[:10]))


def test_no_two_markers_are_the_same() -> None:
    assert synthetic_clip.new_marker() != synthetic_clip.new_marker()


def test_any_moment_can_be_drawn_whoever_has_left_the_picture() -> None:
    marker = synthetic_clip.new_marker()
    for at_s in np.linspace(0.0, synthetic_clip.LOOP_S, 50):
        assert synthetic_clip.frame(marker, float(at_s)).shape == (
            synthetic_clip.HEIGHT_PX,
            synthetic_clip.WIDTH_PX,
            3,
        )


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
    marker, moments = synthetic_clip.new_marker(), np.linspace(0.5, synthetic_clip.LOOP_S, 12)
    seen = [
        len(detector.detect(Frame(synthetic_clip.frame(marker, float(at_s)), float(at_s), 0)).boxes)
        for at_s in moments
    ]
    assert sum(count > 0 for count in seen) >= 10, seen
