# SPDX-License-Identifier: Apache-2.0
"""How far back a site's picture can go, and what that may hold in memory."""

import pytest

from fusion_service.estimate.fusion import Fusion
from fusion_service.estimate.sensors import sensors_of
from fusion_service.estimation.site_picture import (
    BACK_S,
    MARKS_MIN,
    MARKS_SIZE,
    QUARTER_S,
    STEP_S,
    SitePicture,
)
from fusion_service.registry.site import Site, Zone

BEGINS_S = 1_800_000_000


class LargeFusion(Fusion):
    """One zone that counts as much as a very large site."""

    @property
    def size(self) -> int:
        return MARKS_SIZE


def picture_after(kind: type[Fusion], seconds: int) -> SitePicture:
    ring = ((4.28, 52.11), (4.281, 52.11), (4.281, 52.111))
    zone = Zone("pier", "Pier", ring, 1000.0, 500, ())
    site = Site("beach", "Beach", "Europe/Amsterdam", (zone,), (), (), (), ())
    picture = SitePicture(kind(site, sensors_of(site)), BEGINS_S)
    picture.take_in([], BEGINS_S + seconds)
    return picture


def test_a_small_site_goes_back_a_day_by_quarters_and_a_quarter_by_steps() -> None:
    picture = picture_after(Fusion, BACK_S + 3600)
    ago_s = [picture.at_s - at_s for at_s, _ in picture._marks]
    assert ago_s[0] == pytest.approx(BACK_S, abs=QUARTER_S)
    assert ago_s[-15:] == list(range(15 * STEP_S, 0, -STEP_S))
    assert len(ago_s) <= BACK_S // QUARTER_S + QUARTER_S // STEP_S + 1


def test_a_very_large_site_keeps_the_last_quarter_and_little_more() -> None:
    picture = picture_after(LargeFusion, 4 * 3600)
    ago_s = [picture.at_s - at_s for at_s, _ in picture._marks]
    assert len(ago_s) == MARKS_MIN + 1
    assert ago_s[-15:] == list(range(15 * STEP_S, 0, -STEP_S))
