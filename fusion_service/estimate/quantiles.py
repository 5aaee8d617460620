# SPDX-License-Identifier: Apache-2.0
"""Between which numbers of people the truth lies, from a mean and a variance. Pure.

A number of people is never below zero and reaches further up than down. The gamma law does both;
its quantiles are those of Wilson and Hilferty 1931, good to a few hundredths where the mean is
above its standard deviation.
"""

import math

Z50, Z80, Z95 = 0.6745, 1.2816, 1.9600
"""Half the width of the central 50, 80 and 95 % of a normal law, in standard deviations."""


def interval(mean: float, variance: float, z: float) -> tuple[float, float]:
    """Return both ends of the central interval of a gamma law, 0 or more."""
    if mean <= 0.0:
        return 0.0, z * math.sqrt(variance)
    ninth = variance / (9.0 * mean * mean)
    root = math.sqrt(ninth)
    if root > ROOT_MAX:
        # Hardly anybody, or hardly known: the law has its weight at 0 and a long tail.
        return 0.0, mean + z * math.sqrt(variance)
    low = mean * max(1.0 - ninth - z * root, 0.0) ** 3
    return low, mean * (1.0 - ninth + z * root) ** 3


ROOT_MAX = 0.45
"""Beyond it the cubes are no quantiles any more: the standard deviation is 1.35 times the mean."""
