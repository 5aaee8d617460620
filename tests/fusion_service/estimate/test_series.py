# SPDX-License-Identifier: Apache-2.0
"""Steps of a series, from windows alone."""

from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_service.estimate.series import Cap, Window, line_steps, zone_steps

CONFIG = "c" * 64
WINDOW = Window(0, 60, 0, 3, CONFIG, "exact", "", (4, 3, 6), (1, 0, 2))


def window(step: int = 0, **parts: Any) -> Window:
    return WINDOW._replace(step=step, **parts)


def test_windows_of_a_step_add_up_and_steps_without_any_are_left_out() -> None:
    steps = line_steps([window(), window(), window(3)], None)
    assert [(one.step, one.entered.total, one.left.total) for one in steps] == [
        (0, 8, 2),
        (3, 4, 1),
    ]
    assert steps[0].entered.ends() == (pytest.approx(6), pytest.approx(12))


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ({}, (95 * 60 // 100, 0, 0)),  # seen as good as whole
        ({"quality_observed": 2}, (80 * 60 // 100, 1, 0)),  # seen in part: a lower bound
        ({"quality_observed": 0}, (0, 1, 0)),  # hardly seen
        ({"quality_code": 1}, (95 * 60 // 100, 1, 0)),  # dark: a lower bound
        ({"quality_code": 2}, (0, 0, 1)),  # blocked: no count, whatever stands there
        ({"second": (1, 0, None)}, (95 * 60 // 100, 1, 0)),  # the box itself says no high end
        ({"first": (None, None, None)}, (95 * 60 // 100, 0, 0)),  # withheld is not a lower bound
    ],
)
def test_what_stands_behind_a_step_is_said(
    parts: dict[str, Any], wanted: tuple[int, int, int]
) -> None:
    (step,) = line_steps([window(**parts)], None)
    said = step.coverage
    assert (said.observed_s_min, said.at_least, said.not_counted) == wanted
    assert step.entered.total == (None if wanted[2] or "first" in parts else 4)


def test_a_number_at_the_cap_of_its_config_has_no_high_end() -> None:
    (step,) = line_steps([window()], Cap(CONFIG, 4, 60))
    assert (step.entered.with_high, step.left.with_high, step.coverage.at_least) == (0, 1, 1)
    for cap in (
        Cap("d" * 64, 4, 60),
        Cap(CONFIG, 5, 60),
        Cap(CONFIG, None, 60),
        Cap(CONFIG, 4, 30),
    ):
        (step,) = line_steps([window()], cap)
        assert step.coverage.at_least == 0, cap
    # A zone's mean and peak have the cap of one window however long theirs is.
    (zone,) = zone_steps([window()], Cap(CONFIG, 4, 30))
    assert zone.coverage.at_least == 1


def test_a_window_weighs_in_a_mean_as_much_as_it_is_long() -> None:
    long, short = window(length_s=120, first=(2, 2, 2)), window(length_s=30, first=(8, 8, 8))
    (step,) = zone_steps([long, short], None)
    assert (step.means.total, step.means.weight) == (2 * 120 + 8 * 30, 150.0)


def test_the_highest_peak_has_a_high_end_only_where_every_peak_has_one() -> None:
    (step,) = zone_steps([window(), window(second=(9, 7, 11)), window(quality_code=2)], None)
    assert (step.peak_windows, step.peak, step.peak_low, step.peak_high) == (2, 9, 7, 11)
    (step,) = zone_steps([window(), window(second=(9, 7, None))], None)
    assert (step.peak, step.peak_high) == (9, None)
    (step,) = zone_steps([window(second=(None, None, None))], None)
    assert (step.peak_windows, step.peak, step.peak_high) == (0, None, None)


counts = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 30))


@given(st.lists(counts, min_size=1))
def test_every_window_that_counted_is_in_exactly_one_step(
    drawn: list[tuple[int, int, int]],
) -> None:
    windows = [
        window(step, first=(count, count, count), quality_code=code)
        for step, code, count in sorted(drawn)
    ]
    steps = line_steps(windows, None)
    assert [one.step for one in steps] == [step for step, _ in groupby(one[0] for one in windows)]
    assert sum(one.coverage.windows for one in steps) == len(windows)
    counted = [count for _, code, count in drawn if code in {0, 1, 3, 6, 7, 8, 9}]
    assert sum(one.entered.total or 0 for one in steps) == sum(counted)
