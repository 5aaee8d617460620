# SPDX-License-Identifier: Apache-2.0
"""The disclosure rules: what becomes of an exact number before anything else sees it.

Pure: the randomness comes in as bits (edge_agent/noise.py). discrete_laplace is differential privacy, epsilon for each released
number. random_rounding, suppress_below and buckets are disclosure control, not differential privacy: a 3 under base 3 proves that
someone was there. exact hides nothing and is for test sites.
"""

from edge_agent.noise import Bits, discrete_laplace
from wire_contract.report import Rule, RuleName

COARSE_MEAN_MIN = 10
"""Speed, standing and difficulty leave only where the released mean number of people is at least this."""


def release(value: int, rule: Rule, bits: Bits) -> int | None:
    """Return what may leave in place of `value` (0 or more), or None where the rule withholds it.

    Under discrete_laplace the result may be negative: clamping would bias every sum.
    """
    if rule.name is RuleName.DISCRETE_LAPLACE:
        return value + discrete_laplace(bits, epsilon_thousandths=rule.parameters[0])
    if rule.name is RuleName.RANDOM_ROUNDING:
        base = rule.parameters[0]
        return value - value % base + (base if bits.below(base) < value % base else 0)
    if rule.name is RuleName.SUPPRESS_BELOW:
        return value if value >= rule.parameters[0] else None
    if rule.name is RuleName.BUCKETS:
        return max(edge for edge in rule.parameters if edge <= value)
    return value


def release_class(value: int, rule: Rule, released_mean: int | None) -> int:
    """Return a class that depends on the scene, or 0 (not stated) where too few people stand behind it."""
    plenty = released_mean is not None and released_mean >= COARSE_MEAN_MIN
    return value if rule.name is RuleName.EXACT or plenty else 0
