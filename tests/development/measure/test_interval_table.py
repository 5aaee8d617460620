# SPDX-License-Identifier: Apache-2.0
import random

import numpy as np
import pytest

from development.fakes.street import Flaws, SyntheticStreet
from development.measure.clips.truth import Truth
from development.measure.interval_table import (
    BETWEEN_SCENES,
    KNOTS,
    REAL_SHARE,
    LabelledScene,
    Sample,
    between_scenes_permille,
    coverage,
    fit,
    samples,
)
from edge_agent.counting.detection import Detections
from edge_agent.counting.line import Line
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.counting.zone import Zone
from edge_agent.disclosure.interval import error_table
from edge_agent.disclosure.interval.interval import Quantity
from wire_contract.messages.report import Rule, RuleName

LINE = Line("middle", (384.0, 0.0), (384.0, 576.0))
ZONE = Zone("all", ((0.0, 0.0), (768.0, 0.0), (768.0, 576.0), (0.0, 576.0)))
LAPLACE, EXACT = Rule(RuleName.DISCRETE_LAPLACE, (1000,)), Rule(RuleName.EXACT, ())
HARD = Flaws(
    time_jitter_s=0.02,
    missed_share=0.15,
    box_jitter_heights=0.03,
    low_share=0.15,
    people_hide_people=True,
)


def street(seed: int, *, people: int, seconds: float = 60.0) -> LabelledScene:
    made = SyntheticStreet.busy(seed, people=people, seconds=seconds)
    frames = made.frames(10.0, HARD, seed=seed)
    truth = Truth(
        (tuple((one.at_s, one.direction == "in") for one in made.crossings(LINE.a, LINE.b)),),
        (np.array(made.people_inside(ZONE.polygon, frames)),),
    )
    seen = [(frame.at_s, Detections(frame.boxes, frame.confidences)) for frame in frames]
    return LabelledScene(
        f"street-{people}", seen, truth, (LINE,), (ZONE,), TrackerSettings(), 10.0, 768.0
    )


def noisy(
    seed: int, number: int, *, clip: str = "known", bias: float = 0.1, spread: float = 2.0
) -> list[Sample]:
    """Return counts around 20 of which the truth lies a tenth above, give or take two."""
    chance = random.Random(seed)
    counts = [chance.randint(12, 30) for _ in range(number)]
    return [
        Sample(
            clip,
            clip,
            Quantity.LINE,
            count,
            max(0, round(count * (1 + bias) + chance.gauss(0.0, spread))),
            2,
        )
        for count in counts
    ]


def test_each_window_gives_a_sample_of_each_count() -> None:
    found = list(samples(street(1, people=10), 10.0))
    assert [one.quantity for one in found[:4]] == [
        Quantity.LINE,
        Quantity.LINE,
        Quantity.MEAN,
        Quantity.PEAK,
    ]
    assert len(found) == 4 * 6
    crossed = [one for one in found if one.quantity is Quantity.LINE]
    assert sum(one.truth for one in crossed) == pytest.approx(
        sum(one.count for one in crossed), rel=0.1
    )
    assert all(abs(one.truth - one.count) <= 2 for one in found if one.quantity is Quantity.MEAN)


@pytest.mark.parametrize("rule", [EXACT, LAPLACE])
def test_intervals_of_a_fitted_table_hold_in_eighty_of_a_hundred_that_it_has_not_seen(
    rule: Rule,
) -> None:
    found = fit(noisy(1, 2000), real=frozenset())
    held = coverage(noisy(2, 4000), found, rule)
    assert 0.77 <= held.share <= 0.85
    assert held.intervals == 4000


def test_a_table_learns_bias_and_does_not_cover_what_is_unlike_it() -> None:
    found = fit(noisy(1, 2000), real=frozenset())
    errors = found[Quantity.LINE][0][KNOTS.index(16)]
    assert sum(errors) / len(errors) == pytest.approx(160, abs=40)  # a tenth of 16, in hundredths
    assert coverage(noisy(2, 500, bias=-0.3), found, EXACT).share < 0.3


@pytest.mark.parametrize("rule", [EXACT, LAPLACE])
def test_intervals_hold_in_scenes_and_for_detectors_that_the_table_does_not_know(
    rule: Rule,
) -> None:
    chance = random.Random(3)
    found = fit(noisy(1, 2000, bias=0.0), real=frozenset({"known"}))
    apart = BETWEEN_SCENES[Quantity.LINE]
    others = [noisy(seed, 20, bias=chance.gauss(0.0, apart)) for seed in range(300)]
    held = coverage([one for scene in others for one in scene], found, rule)
    assert 0.75 <= held.share <= 0.9


def test_another_scene_may_hide_somebody_where_nobody_was_counted_but_not_fewer_than_nobody() -> (
    None
):
    nobody = [Sample("clip", "clip", Quantity.LINE, 0, 0, 2) for _ in range(100)]
    alone = [Sample("clip", "clip", Quantity.LINE, 1, 1, 2) for _ in range(100)]
    found = fit(nobody + alone, real=frozenset({"clip"}))[Quantity.LINE][0]
    for knot in (0, 1):
        errors = found[KNOTS.index(knot)]
        assert max(errors) >= 50
        assert min(errors) >= -100 * knot
    as_drawn = fit(nobody + alone, real=frozenset())[Quantity.LINE][0]
    assert set(as_drawn[0]) == {0}


def test_a_few_windows_of_a_real_clip_weigh_little_and_many_weigh_half() -> None:
    streets = noisy(1, 2000, bias=0.0)
    means = []
    for number in (2, 400):
        errors = fit(streets + noisy(3, number, clip="clip", bias=0.5), real=frozenset({"clip"}))[
            Quantity.LINE
        ][0][KNOTS.index(16)]
        means.append(sum(errors) / len(errors))
    assert means[0] < 250.0
    assert means[1] == pytest.approx(REAL_SHARE * 0.5 * 1600, abs=50.0)


def test_how_many_people_a_scene_has_does_not_decide_how_well_they_are_counted() -> None:
    # Of crowds the table knows one, of which a third was missed; of few people it knows many.
    few = [
        one
        for number in range(12)
        for one in noisy(number, 60, clip=f"few-{number}", bias=0.02, spread=1.0)
    ]
    crowd = [
        Sample("crowd", "crowd", Quantity.LINE, count, round(1.4 * count), 2)
        for count in range(36, 60)
        for _ in range(3)
    ]
    like_the_few = [
        Sample("new", "new", Quantity.LINE, count, round(1.03 * count), 2)
        for count in range(34, 56)
    ]
    found = fit(few + crowd, real=frozenset())
    assert coverage(like_the_few, found, EXACT).share >= 0.75


def test_a_class_that_one_clip_alone_has_shown_speaks_mostly_as_all_classes_do() -> None:
    one_clip = noisy(1, 400, clip="alone", bias=0.5, spread=0.5)
    others = [
        Sample(one.clip, one.scene, one.quantity, one.count, one.truth, 1)
        for number in range(9)
        for one in noisy(number, 60, clip=f"other-{number}", bias=0.0)
    ]
    classes = fit(one_clip + others, real=frozenset())[Quantity.LINE]
    mean = [sum(row[KNOTS.index(16)]) / len(row[KNOTS.index(16)]) / 1600 for row in classes]
    assert mean[0] == pytest.approx(0.05, abs=0.03)
    assert mean[2] == pytest.approx(0.2 * 0.5 + 0.8 * 0.05, abs=0.05)


def test_a_width_is_measured_over_the_count_where_there_is_one() -> None:
    found = fit(noisy(1, 2000), real=frozenset())
    held = coverage(noisy(2, 500), found, EXACT)
    assert held.relative == pytest.approx(held.width / 20.0, rel=0.3)
    nobody = [Sample("clip", "clip", Quantity.LINE, 0, 0, 2)]
    assert coverage(nobody, found, EXACT).relative == 0.0


def test_scenes_lie_apart_by_the_standard_deviation_of_their_biases() -> None:
    known = [
        one
        for place, bias in enumerate((-0.2, 0.0, 0.2))
        for one in noisy(place, 300, clip=f"scene-{place}", bias=bias)
    ]
    assert between_scenes_permille(known) == pytest.approx(163, abs=15)


def test_the_table_in_the_box_holds_on_streets_that_it_has_not_seen() -> None:
    unseen = [
        one
        for people, seed in ((30, 901), (30, 902))
        for one in samples(street(seed, people=people), 10.0)
    ]
    held = coverage(unseen, error_table.ERRORS_PERCENT, LAPLACE)
    # Streets of thirty are counted well, and an interval for any scene cannot know it: what keeps
    # it from being wide is asked here. 48 counts; the measured figures are in docs/ACCURACY.md.
    assert held.share >= 0.75
    assert held.relative <= 0.55
