# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_agent.errors import CameraError
from edge_agent.vision.capture.bgr import as_bgr
from tests.edge_agent.vision.capture.by_hand import plain


@pytest.mark.parametrize(
    "image",
    [
        np.full((24, 32), 7, np.uint8),  # grey
        np.full((24, 32, 1), 7, np.uint8),  # grey with a channel
        np.full((24, 32, 3), 7, np.uint8),  # colour
        np.full((24, 32, 4), 7, np.uint8),  # transparent
    ],
)
def test_every_kind_of_picture_becomes_bgr(image: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(as_bgr(image, width_px=32, height_px=24, where="x"), plain(7))


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (
            np.zeros((24, 33, 3), np.uint8),
            "a frame is 33x24, wanted 32x24 to the end",
        ),  # the size changed
        (np.zeros((24, 32, 2), np.uint8), "2 channels"),  # undecoded YUYV
        (np.zeros((24, 32, 3), np.uint16), "uint16"),  # deep colour
        (np.zeros(1000, np.uint8), r"\(1000,\)"),  # undecoded JPEG
        (None, "NoneType"),  # nothing
    ],
)
def test_what_is_no_picture_of_the_size_is_refused_by_name(image: object, said: str) -> None:
    with pytest.raises(CameraError, match=said):
        as_bgr(image, width_px=32, height_px=24, where="x")
