# SPDX-License-Identifier: Apache-2.0
import numpy as np

from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.mask import GREY, Mask


def frame() -> Frame:
    return Frame(np.random.default_rng(3).integers(0, 256, (60, 80, 3), np.uint8), 0.0, 0)


def test_a_masked_area_is_one_tone_and_the_rest_is_untouched() -> None:
    seen = frame()
    before = seen.image.copy()
    Mask([((10, 10), (30, 10), (30, 40), (10, 40))]).apply(seen)
    assert (seen.image[10:41, 10:31] == GREY).all()
    outside = np.ones((60, 80), bool)
    outside[10:41, 10:31] = False
    assert np.array_equal(seen.image[outside], before[outside])


def test_a_mask_that_reaches_beyond_the_frame_is_clipped() -> None:
    seen = frame()
    Mask([((-50, -50), (500, -50), (500, 500), (-50, 500))]).apply(seen)
    assert (seen.image == GREY).all()


def test_without_masks_the_frame_stays_as_it_is() -> None:
    seen = frame()
    before = seen.image.copy()
    Mask([]).apply(seen)
    assert np.array_equal(seen.image, before)
