# SPDX-License-Identifier: Apache-2.0
"""Spans of levels, cut off at a period's ends, and which of them belong together."""

import pytest

from fusion_service.registry.site import Level
from fusion_service.season.alarms import crowding
from fusion_service.season.figures import median_of, nine_of_ten, rate_of, share_of
from fusion_service.season.numbers import Reaching
from fusion_service.season.spans import Change, comes_within, first_reaching, spells

UP_AND_DOWN = [
    Change(10, Level.YELLOW),
    Change(20, Level.RED),
    Change(30, Level.YELLOW),
    Change(40, Level.GREEN),
    Change(90, Level.ORANGE),
]


@pytest.mark.parametrize(
    ("level", "within", "wanted"),
    [
        (Level.YELLOW, (0, 100), [(10, 40), (90, 100)]),
        (Level.ORANGE, (0, 100), [(20, 30), (90, 100)]),
        (Level.RED, (0, 100), [(20, 30)]),
        # One that stood before the period and goes on into it is cut off.
        (Level.YELLOW, (25, 35), [(25, 35)]),
        (Level.YELLOW, (40, 90), []),
    ],
)
def test_a_spell_is_unbroken_time_at_a_level_or_above(
    level: Level, within: tuple[int, int], wanted: list[tuple[int, int]]
) -> None:
    assert spells(UP_AND_DOWN, level, within) == wanted


def test_a_span_belongs_to_an_episode_while_it_stands() -> None:
    spans = [(0, 10), (20, 30), (25, 60)]
    assert first_reaching(spans, (10, 20)) is None
    assert first_reaching(spans, (28, 40)) == (20, 30)
    assert comes_within([(50, 60)], (0, 10), ahead_s=41)
    assert not comes_within([(50, 60)], (0, 10), ahead_s=40)
    assert not comes_within([(50, 60)], (60, 70))


@pytest.mark.parametrize(
    ("reached_at", "wanted"),
    [
        (range(0, 360, 60), [(0, 360)]),
        (range(0, 300, 60), []),  # not for five minutes
        ([*range(0, 600, 60), *range(1440, 1800, 60)], [(0, 1800)]),  # a quarter of an hour below
        ([*range(0, 600, 60), *range(1500, 1860, 60)], [(0, 600), (1500, 1860)]),
    ],
)
def test_a_level_is_reached_for_five_minutes_and_over_after_a_quarter(
    reached_at: list[int], wanted: list[tuple[int, int]]
) -> None:
    following = Reaching()
    for at_s in range(0, 3600, 60):
        following.note(at_s, is_reached=at_s in reached_at)
    following.close()
    assert following.found == wanted


def test_a_crowd_of_alarms_is_more_than_ten_within_ten_minutes() -> None:
    assert crowding([]) == (0, 0)
    assert crowding([60 * one for one in range(10)]) == (10, 0)
    assert crowding([50 * one for one in range(12)]) == (12, 12)
    assert crowding([*range(11), 2000, 3000]) == (11, 11)


def test_over_too_few_nothing_is_said() -> None:
    assert share_of("x", 2, 4).value is None
    assert share_of("x", 2, 5).value == 0.4
    assert median_of("x", [1, 2, 3, 4]).is_too_few
    assert nine_of_ten("x", range(1, 11)).value == 9
    assert nine_of_ten("x", range(9)).value is None
    assert rate_of("x", 3, 0.5).value is None
