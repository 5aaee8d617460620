# SPDX-License-Identifier: Apache-2.0
"""The disclosure rules: what becomes of an exact number before anything else sees it. Pure.

discrete_laplace is differential privacy, with epsilon for each released number. random_rounding,
suppress_below and buckets are disclosure control and no differential privacy: a 3 under base 3
proves that someone was there. exact hides nothing and is for test sites.
"""

from edge_agent.disclosure.noise import Bits, discrete_laplace, randomised_response
from wire_contract.messages.report import Rule, RuleName


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


def release_class(
    value: int, rule: Rule, bits: Bits, *, classes: int, epsilon_thousandths: int
) -> int:
    """Return what may leave in place of a class 0..classes-1, or 0, not stated.

    Classes are speed, standing and difficulty. Only randomised response lets one out, in every
    window alike: a noisy count passes any threshold now and then with few people behind it, and
    their exact class would leave. Under disclosure control none leaves.
    """
    if rule.name is RuleName.DISCRETE_LAPLACE and epsilon_thousandths > 0:
        return randomised_response(
            bits, value, classes=classes, epsilon_thousandths=epsilon_thousandths
        )
    return value if rule.name is RuleName.EXACT else 0
