# SPDX-License-Identifier: Apache-2.0
"""Draw whole numbers from a seeded source of chance. Pure.

None of it hides anybody: the people of an exercise do not exist.
"""

import math
from random import Random

EXACT_MAX = 60
"""Up to here a law is drawn as it is; above, the normal law with its mean and spread is as good."""


def poisson(chance: Random, mean: float) -> int:
    """Draw how many come where `mean` are expected. Source: Knuth, TAOCP 2, section 3.4.1."""
    if mean > EXACT_MAX:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    left, count = math.exp(-mean), -1
    product = 1.0
    while product > left:
        product *= chance.random()
        count += 1
    return max(0, count)


def binomial(chance: Random, count: int, share: float) -> int:
    """Draw how many of `count` do what each does with chance `share`."""
    if count <= 0 or share <= 0.0:
        return 0
    if share >= 1.0:
        return count
    if count <= EXACT_MAX:
        return sum(chance.random() < share for _ in range(count))
    drawn = round(chance.gauss(count * share, math.sqrt(count * share * (1.0 - share))))
    return min(count, max(0, drawn))


def split(chance: Random, count: int, ways: int) -> list[int]:
    """Share `count` people out over so many ways, each of them by chance."""
    parts = []
    for left in range(ways, 0, -1):
        parts.append(binomial(chance, count, 1.0 / left))
        count -= parts[-1]
    return parts


def discrete_laplace(chance: Random, epsilon_thousandths: int) -> int:
    """Draw the noise of the rule of that name: the difference of two geometric numbers."""
    fall = -epsilon_thousandths / 1000.0
    first, second = (int(math.log(1.0 - chance.random()) / fall) for _ in range(2))
    return first - second
