# SPDX-License-Identifier: Apache-2.0
"""The law of closed links against people who walk: a simulation that shares no code with it."""

import random
from collections import defaultdict

import numpy as np
import pytest

from fusion_service.errors import ForecastError
from fusion_service.estimate.forecast.closing import open_widths, spread_factors
from fusion_service.registry.site import Link, Site, Zone

SQUARE = ((4.27, 52.11), (4.28, 52.11), (4.28, 52.12))
Ways = dict[str, tuple[str | None, str | None, float]]
BEACH: Ways = {
    "south-in": (None, "south", 4.0),
    "south-mid": ("south", "mid", 6.0),
    "mid-north": ("mid", "north", 6.0),
    "north-in": (None, "north", 3.0),
    "mid-pier": ("mid", "pier", 5.0),
    "south-pier": ("south", "pier", 2.0),
}
ZONES = ("mid", "north", "pier", "south")


def site(ways: Ways) -> Site:
    names = sorted({end for one in ways.values() for end in one[:2] if end})
    return Site(
        "beach",
        "Beach",
        "Europe/Amsterdam",
        tuple(Zone(one, one, SQUARE, 1000.0, 3000, ()) for one in names),
        tuple(Link(name, one, other, (), 10.0, w) for name, (one, other, w) in ways.items()),
        (),
        (),
        (),
    )


def walked(ways: Ways, *, steps: int = 50_000) -> np.ndarray:
    """Return which part of their time people are in each zone, who walk on by chance."""
    rng, spent = random.Random(4), defaultdict[str | None, float](float)
    ends = defaultdict[str | None, list[str | None]](list)
    widths = defaultdict[str | None, list[float]](list)
    for one, other, width in ways.values():
        for here, there in ((one, other), (other, one)):
            ends[here].append(there)
            widths[here].append(width)
    here = None
    for _ in range(steps):
        (here,) = rng.choices(ends[here], widths[here])
        spent[here] += rng.expovariate(1 / 12.0)
    inside = np.array([spent[zone] for zone in ZONES])
    return inside / inside.sum()


@pytest.mark.parametrize("closed", [("mid-pier",), ("north-in",), ("south-mid", "north-in")])
def test_people_who_walk_by_chance_spread_as_the_law_says(closed: tuple[str, ...]) -> None:
    before = walked(BEACH)
    after = walked({name: one for name, one in BEACH.items() if name not in closed})
    people = (before * 1000.0).astype(np.float32)[None]
    found = people * spread_factors(people, ZONES, open_widths(site(BEACH), closed))
    assert found.sum() == pytest.approx(1000.0, rel=1e-3)
    assert found[0] == pytest.approx(after * 1000.0, abs=25.0)


def test_a_zone_with_less_width_loses_people_to_the_others() -> None:
    people = np.full((1, 4), 100.0, np.float32)
    mid, north, pier, south = spread_factors(people, ZONES, open_widths(site(BEACH), ["north-in"]))[
        0
    ]
    assert north < 1.0 < mid == pier == south


def test_a_zone_without_a_way_empties_and_one_that_never_had_any_stays() -> None:
    people = np.full((1, 5), 100.0, np.float32)
    widths = open_widths(site(BEACH), ["mid-pier", "south-pier"])
    found = spread_factors(people, (*ZONES, "island"), widths)[0]
    assert (found[2], found[4]) == (0.0, 1.0)
    all_closed = open_widths(site(BEACH), list(BEACH))
    assert spread_factors(people, (*ZONES, "island"), all_closed)[0].tolist() == [1.0] * 5


def test_a_link_that_is_not_drawn_is_refused() -> None:
    with pytest.raises(ForecastError, match="'bridge', wanted a link of beach"):
        open_widths(site(BEACH), ["bridge"])
