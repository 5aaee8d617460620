# SPDX-License-Identifier: Apache-2.0
"""Fields that may depend on people, and how a field is seen to depend on them."""

import random

from privacy_audit.outside.fields import CHANCE_MIN, dependence, flat, may_depend

RNG = random.Random(5)
EXACT = [tuple(RNG.randrange(9) for _ in range(4)) for _ in range(180)]


def test_only_counts_their_intervals_and_classes_may_depend_on_people() -> None:
    report = {
        "health": {"disk": 1},
        "lines": [{"id": "door", "in": 3, "in_low": 1}],
        "zones": [{"id": "x", "peak_high": 4, "speed": 0}],
    }
    free = {path for path in flat(report) if may_depend(path)}
    assert free == {"lines[0].in", "lines[0].in_low", "zones[0].peak_high", "zones[0].speed"}


def test_what_is_made_of_a_count_or_of_their_sum_depends_on_them() -> None:
    assert dependence([numbers[2] % 4 for numbers in EXACT], EXACT) < CHANCE_MIN
    assert dependence([min(3, numbers[0] + numbers[2]) for numbers in EXACT], EXACT) < CHANCE_MIN
    assert dependence([sum(numbers) % 2 for numbers in EXACT], EXACT) < CHANCE_MIN


def test_what_goes_by_itself_does_not() -> None:
    assert dependence([1] * 100 + [2] * 80, EXACT) >= CHANCE_MIN
    assert dependence([RNG.randrange(3) for _ in EXACT], EXACT) >= CHANCE_MIN
