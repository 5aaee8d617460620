# SPDX-License-Identifier: Apache-2.0
"""What is in force and what is supposed are counted once, by arithmetic beside the code."""

import numpy as np
import pytest

from fusion_service.errors import QueryError
from fusion_service.estimate.forecast.effects import Effect, closing_of, effect_of
from fusion_service.estimation.what_if.moving import as_supposed, effects_of, zone_steps
from fusion_service.registry.site import Measure
from fusion_service.registry.site_file.reading import examine
from fusion_service.shift.measures import measure_id
from fusion_service.shift.supposed import Supposed, check_supposed
from fusion_service.store.forecast.kept import ZONE, Made, Said
from fusion_service.store.forecast.steps import HOUR_S, packed
from tests.fusion_service.estimation.beside.test_sources import LINKED

_FOUND = examine(LINKED.encode()).site
assert _FOUND is not None
SITE = _FOUND
YELLOW, ORANGE, RED = (measure_id(one) for one in SITE.measures)
ORIGIN_S = 1_782_043_200
STEPS = 8
MADE = Made("beach", HOUR_S, ORIGIN_S, ORIGIN_S * 1000, None)
SAID = {"square": (300.0, 400.0, 500.0), "pier": (50.0, 100.0, 150.0)}
KEPT = [
    Said(f"{ZONE}{zone}", by_ratio=True, said=packed([*three, three[1]] * STEPS))
    for zone, three in SAID.items()
]


def measure(name: str) -> Measure:
    return next(one for one in SITE.measures if measure_id(one) == name)


def middles(supposed: Supposed, *in_force: Effect) -> dict[str, list[float]]:
    steps = zone_steps(SITE, MADE, KEPT)
    assert steps is not None
    found = as_supposed(SITE, steps, supposed, in_force)
    return {zone: found[:, index, 1].tolist() for index, zone in enumerate(steps.zones)}


def test_a_measure_that_is_in_force_is_not_done_a_second_time() -> None:
    begun = effect_of(SITE, measure(YELLOW), YELLOW, from_s=ORIGIN_S - 900)
    once = middles(Supposed(measures=(YELLOW,)), begun)
    assert once == middles(Supposed(), begun)
    # Half of the ramp was over when it was counted: of .6 there were .8 already.
    assert once["square"][-1] == pytest.approx(400.0 * 0.6 / 0.8, rel=1e-5)


def test_a_measure_that_is_in_force_may_be_supposed_to_end() -> None:
    begun = effect_of(SITE, measure(YELLOW), YELLOW, from_s=ORIGIN_S - 4 * HOUR_S)
    found = middles(Supposed(measures=(YELLOW,), until_s=ORIGIN_S + 2 * HOUR_S), begun)
    # What was counted has all of it, so without it there are more.
    assert found["square"][:2] == pytest.approx([400.0, 400.0])
    assert found["square"][-1] == pytest.approx(400.0 / 0.6, rel=1e-5)


def test_a_link_is_closed_once_by_calendar_measure_and_question() -> None:
    by_calendar = closing_of(SITE, ["bridge"], from_s=ORIGIN_S)
    alone = middles(Supposed(links=("bridge",)))
    assert alone["pier"][-1] == 0.0
    assert middles(Supposed(links=("bridge",)), by_calendar) == alone
    assert middles(Supposed(links=("bridge", "bridge"))) == alone
    with_measure = middles(Supposed(measures=(RED,), links=("bridge",)))
    assert with_measure == middles(Supposed(measures=(RED,)))


def test_what_is_in_force_and_not_asked_for_stays_in_force() -> None:
    begun = effect_of(SITE, measure(YELLOW), YELLOW, from_s=ORIGIN_S)
    names = [one.name for one in effects_of(SITE, Supposed(links=("bridge",)), [begun], ORIGIN_S)]
    assert names == [YELLOW, "bridge"]


def test_what_a_site_has_not_is_named_with_what_it_has() -> None:
    with pytest.raises(QueryError) as told:
        check_supposed(SITE, Supposed(measures=(ORANGE,)))
    assert YELLOW in told.value.wanted
    assert RED in told.value.wanted
    with pytest.raises(QueryError, match="tunnel"):
        check_supposed(SITE, Supposed(links=("tunnel",)))


def test_a_forecast_of_no_zone_has_nothing_to_be_moved() -> None:
    said = packed([1.0, 2.0, 3.0, 2.0])
    assert zone_steps(SITE, MADE, [Said("box/line/a", by_ratio=True, said=said)]) is None
    steps = zone_steps(SITE, MADE, KEPT)
    assert steps is not None
    assert len(steps.times_s) == STEPS
    assert np.array_equal(steps.said, steps.live)
