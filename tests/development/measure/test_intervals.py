# SPDX-License-Identifier: Apache-2.0
"""Drawn squares are looked at with their truth, and the table in the box holds on them."""

import numpy as np

from development.measure.interval_table import coverage, samples
from development.measure.intervals import DRAWN, EXACT, held_out, labelled_square
from development.measure.scoring import true_events
from development.measure.streets.square import FPS, crowded_square, level_line
from edge_agent.disclosure.interval.error_table import ERRORS_PERCENT
from edge_agent.disclosure.interval.interval import Quantity


def test_a_square_is_looked_at_with_its_own_truth() -> None:
    square = level_line(1, people=6, along=2, seconds=4.0)
    labelled = labelled_square(square, "here", seed=1)
    whole, left = labelled.truth.people
    rows = square.truth()
    assert whole.tolist() == np.bincount(rows[:, 0].astype(int) - 1, minlength=40).tolist()
    assert (left <= whole).all()
    assert left.sum() < whole.sum()
    [crossings] = labelled.truth.crossings
    assert len(crossings) == len(true_events(rows, square.lines[0], FPS))
    assert len(labelled.frames) == 40


def test_intervals_of_a_zone_hold_where_many_people_are_counted_well() -> None:
    labelled = labelled_square(crowded_square(7, seconds=20.0), "crowded-square", seed=7)
    zones = [one for one in samples(labelled, 10.0) if one.quantity is not Quantity.LINE]
    assert min(one.count for one in zones) >= 8
    held = coverage(zones, ERRORS_PERCENT, EXACT)
    assert held.share >= 0.75
    assert held.relative <= 0.5


def test_only_clips_that_somebody_filmed_are_in_the_share_of_the_real_ones() -> None:
    shares = {
        f"all {word}": {"share": 0.5, "intervals": 10.0, "width": 1.0, "relative": 0.1}
        for word in ("exact", "released")
    }
    drawn = {name: {word: {**of, "share": 1.0} for word, of in shares.items()} for name in DRAWN}
    assert held_out({"a clip": shares, **drawn}) == {"exact": (0.5, 0.5), "released": (0.5, 0.5)}
