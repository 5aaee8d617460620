# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.models.card import Card
from edge_agent.vision.preprocess import Aspect, InputBuffer, place, to_frame

sides = st.integers(32, 2000)
shares = st.floats(0, 1)


@given(
    sides,
    sides,
    sides,
    sides,
    st.sampled_from(["keep", "stretch"]),
    st.tuples(shares, shares, shares, shares),
)
def test_a_box_brought_into_the_input_and_back_is_where_it_was(
    frame_width: int,
    frame_height: int,
    width: int,
    height: int,
    aspect: Aspect,
    corners: tuple[float, float, float, float],
) -> None:
    placement = place(
        frame_width_px=frame_width,
        frame_height_px=frame_height,
        input_width_px=width,
        input_height_px=height,
        aspect=aspect,
    )
    left, right = sorted(corners[:2])
    top, bottom = sorted(corners[2:])
    box = np.array(
        [[left * frame_width, top * frame_height, right * frame_width, bottom * frame_height]],
        np.float32,
    )
    scale = np.array([placement.scale_x, placement.scale_y] * 2, np.float32)
    np.testing.assert_allclose(to_frame(box * scale, placement), box, atol=0.01)


@given(sides, sides, sides, sides)
def test_a_kept_aspect_fits_and_is_kept_to_the_pixel(
    frame_width: int, frame_height: int, width: int, height: int
) -> None:
    placement = place(
        frame_width_px=frame_width,
        frame_height_px=frame_height,
        input_width_px=width,
        input_height_px=height,
        aspect="keep",
    )
    assert 0 < placement.width_px <= width
    assert 0 < placement.height_px <= height
    assert placement.width_px == width or placement.height_px == height
    assert abs(placement.width_px * frame_height / frame_width - placement.height_px) <= max(
        1, frame_height / frame_width
    )


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=4, max_size=4))
def test_a_box_in_the_frame_never_leaves_it(corners: list[float]) -> None:
    placement = place(
        frame_width_px=768,
        frame_height_px=576,
        input_width_px=416,
        input_height_px=416,
        aspect="keep",
    )
    box = to_frame(np.array([corners], np.float32), placement)[0]
    assert (box >= 0).all()
    assert (box <= np.array([768, 576, 768, 576]) + 1e-3).all()


@pytest.mark.parametrize(
    ("channels", "order"),
    [
        ("bgr", (0, 1, 2)),  # as OpenCV has it
        ("rgb", (2, 1, 0)),  # turned round
    ],
)
def test_the_tensor_is_what_a_plain_loop_makes(
    ssd_card: Card, channels: str, order: tuple[int, int, int]
) -> None:
    layout = replace(
        ssd_card.input,
        channels="rgb" if channels == "rgb" else "bgr",
        scale=(2 / 255, 1 / 255, 1.0),
        offset=(-1.0, 0.0, 3.0),
        letterbox=9,
    )
    image = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)
    buffer = InputBuffer(layout, width_px=8, height_px=9, aspect="keep")
    placement = buffer.fill(image)
    assert (placement.width_px, placement.height_px) == (8, 6)
    for channel in range(3):
        for row in range(9):
            for column in range(8):
                byte = int(image[row, column, order[channel]]) if row < 6 else 9
                wanted = byte * layout.scale[channel] + layout.offset[channel]
                assert buffer.tensor[0, channel, row, column] == pytest.approx(wanted, abs=1e-5)


def test_a_model_that_takes_bytes_gets_them_unchanged(yolox_card: Card) -> None:
    buffer = InputBuffer(yolox_card.input, width_px=64, height_px=64, aspect="keep")
    image = np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8)
    buffer.fill(image)
    np.testing.assert_array_equal(buffer.tensor[0], image.transpose(2, 0, 1).astype(np.float32))


def test_a_frame_of_another_size_leaves_nothing_of_the_last_one(yolox_card: Card) -> None:
    used = InputBuffer(yolox_card.input, width_px=64, height_px=64, aspect="keep")
    fresh = InputBuffer(yolox_card.input, width_px=64, height_px=64, aspect="keep")
    used.fill(np.full((64, 64, 3), 200, np.uint8))
    wide = np.full((20, 100, 3), 50, np.uint8)
    used.fill(wide)
    fresh.fill(wide)
    np.testing.assert_array_equal(used.tensor, fresh.tensor)


def test_clearing_leaves_no_picture(yolox_card: Card) -> None:
    buffer = InputBuffer(yolox_card.input, width_px=64, height_px=64, aspect="stretch")
    buffer.fill(np.full((64, 64, 3), 200, np.uint8))
    buffer.clear()
    assert not buffer.tensor.any()
    assert not buffer._planes.any()
    assert (buffer._canvas == yolox_card.input.letterbox).all()


def test_the_buffers_are_used_again(ssd_card: Card) -> None:
    buffer = InputBuffer(ssd_card.input, width_px=48, height_px=36, aspect="keep")
    tensor, canvas = buffer.tensor, buffer._canvas
    buffer.fill(np.zeros((72, 96, 3), np.uint8))
    buffer.fill(np.full((72, 96, 3), 255, np.uint8))
    assert buffer.tensor is tensor
    assert buffer._canvas is canvas
    assert (canvas == 255).all()
