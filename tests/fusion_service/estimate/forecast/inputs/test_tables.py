# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np

from fusion_service.estimate.forecast.inputs.tables import shifted, tables_of, trailing_mean
from tests.fusion_service.estimate.forecast.towns import town

NAN = np.nan


def test_a_trailing_mean_leaves_out_what_is_unknown() -> None:
    table = np.array([[1.0], [NAN], [3.0], [NAN], [NAN]], np.float32)
    found = trailing_mean(table, 2)[:, 0]
    assert np.array_equal(found, [1.0, 1.0, 3.0, 3.0, NAN], equal_nan=True)


def test_a_shifted_table_begins_with_nothing() -> None:
    table = np.array([[1.0], [2.0]], np.float32)
    assert np.array_equal(shifted(table, 1)[:, 0], [NAN, 1.0], equal_nan=True)
    assert np.isnan(shifted(table, 5)).all()


def test_a_counter_that_has_long_seen_nobody_where_many_walk_is_out_of_order() -> None:
    panel = town(40)
    counts = panel.counts.copy()
    dead = slice(38 * 24 + 9, 38 * 24 + 20)
    counts[dead, 0] = 0.0
    found = tables_of(replace(panel, counts=counts))
    assert np.isnan(found.counts[38 * 24 + 13 : 38 * 24 + 20, 0]).all()
    assert (found.counts[38 * 24 + 9 : 38 * 24 + 12, 0] == 0.0).all()
    assert np.isfinite(found.counts[: 38 * 24]).all()


def test_the_usual_does_not_know_special_days() -> None:
    panel = town(113)  # Easter is day 105
    counts = panel.counts.copy()
    counts[105 * 24 : 106 * 24] = 5_000.0
    found = tables_of(replace(panel, counts=counts))
    assert found.usual[112 * 24 : 113 * 24].max() < 2_000.0
