# SPDX-License-Identifier: Apache-2.0
"""The signature of a scene: it tells how far a camera was turned, and shows no picture."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from development.fakes import weather
from edge_agent.vision.quality.scene_signature import STEPS, likeness, profiles, rounded
from edge_agent.vision.quality.statistics import small_luma

SMALL_PX = 6
"""Pixels of a 768 wide frame for one of the small picture."""


@pytest.fixture(scope="module")
def small(street_frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return small_luma(street_frame)


@pytest.mark.parametrize(("right", "down"), [(24, 0), (-36, 0), (0, 18), (0, -30), (48, 24)])
def test_a_profile_moves_as_far_as_the_camera_was_turned(
    street_frame: NDArray[np.uint8], right: int, down: int
) -> None:
    before = profiles(small_luma(street_frame))
    after = profiles(small_luma(weather.moved(right, down)(street_frame, 0)))
    found = [likeness(rounded(one), other) for one, other in zip(before, after, strict=True)]
    wanted = [right / SMALL_PX] * 2 + [down / SMALL_PX] * 2
    assert [one.shift_px for one in found] == pytest.approx(wanted, abs=1)
    assert all(one.best > 0.7 for one in found)


def test_half_the_light_changes_no_profile(street_frame: NDArray[np.uint8]) -> None:
    before = profiles(small_luma(street_frame))
    after = profiles(small_luma(weather.dark(0.5)(street_frame, 0)))
    assert all(
        likeness(rounded(one), other).here > 0.97 for one, other in zip(before, after, strict=True)
    )


def test_a_signature_is_a_hundredth_of_the_small_picture(small: NDArray[np.uint8]) -> None:
    kept = [rounded(profile) for profile in profiles(small)]
    bits = sum(len(profile) for profile in kept) * (STEPS - 1).bit_length()
    assert bits < 0.02 * small.size * 8
    assert all(set(profile.tolist()) <= set(range(STEPS)) for profile in kept)


def test_scenes_that_look_like_nothing_have_the_same_signature_as_the_street(
    small: NDArray[np.uint8],
) -> None:
    # Whoever holds a signature cannot tell which picture it is of: turning each row's changes about
    # leaves all that is kept of the columns, and the picture is no longer one.
    rows = small.shape[0] // 2
    rng = np.random.default_rng(3)
    shuffled = np.concatenate(
        [small[rng.permutation(rows)], small[rows + rng.permutation(small.shape[0] - rows)]]
    )
    assert np.corrcoef(shuffled.ravel(), small.ravel())[0, 1] < 0.7
    for one, other in zip(profiles(small)[:2], profiles(shuffled)[:2], strict=True):
        assert rounded(one).tolist() == rounded(other).tolist()


def test_of_a_signature_the_best_guess_shows_no_person(small: NDArray[np.uint8]) -> None:
    # The best that two sums tell: where there is change, as the product of the profiles. It knows
    # little of the true gradient.
    upper, lower, left, right = (
        profile / profile.max() for profile in map(rounded, profiles(small))
    )
    half = small.shape[0] // 2
    guess = np.concatenate([np.outer(left[:half], upper), np.outer(right[half - 1 :], lower)])
    true = np.abs(np.diff(small.astype(np.float32), axis=1))
    guess = cv2.resize(guess.astype(np.float32), true.shape[::-1])
    assert np.corrcoef(guess.ravel(), true.ravel())[0, 1] < 0.6


def test_a_flat_profile_is_like_nothing() -> None:
    flat = np.ones(100, np.float32)
    found = likeness(flat, flat)
    assert found.here == 0.0
    assert found.best == 0.0
