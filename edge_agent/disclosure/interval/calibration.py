# SPDX-License-Identifier: Apache-2.0
"""What a tally by hand says of a line, from the released counts of the same minutes.

The law of their noise is known; the exact counts of the box do not come in. A tally tells the bias
as well as the noise, the number of people and the luck of each window let it, and that much is said
as the spread.
"""

import math
from dataclasses import dataclass

from edge_agent.disclosure.interval.error_table import BETWEEN_SCENES_PERMILLE, ERRORS_PERCENT
from edge_agent.disclosure.interval.interval import Calibration, Law, Quantity, errors, noise_law
from wire_contract.messages.report import Rule

TALLIED_MIN = 30
"""Fewer people say nothing of a line."""
SPREAD_SHARE_MAX = 0.75
"""A tally must leave at most this share of what was unknown before."""


@dataclass(frozen=True, slots=True)
class Tally:
    """People counted by hand at one line, and what the box released of the same windows.

    Over whole windows, both ways together.
    """

    windows: int
    tallied: int
    released: int


def calibration(tally: Tally, rule: Rule) -> Calibration | None:
    """Return the line's bias and spread, or None where the tally is too short to say anything.

    The bias begins at zero, give or take what scenes lie apart, and moves towards the tally's by
    how much surer that is (the mean of two normal laws). Noise, and what counting gets wrong from
    window to window, are each number's own: they add up as squares.
    """
    if tally.tallied < TALLIED_MIN or tally.released < TALLIED_MIN:
        return None
    measured, doubt = (
        tally.tallied / tally.released - 1.0,
        math.sqrt(tally_variance(tally, rule)) / tally.released,
    )
    before = BETWEEN_SCENES_PERMILLE / 1000.0
    trust = before**2 / (before**2 + doubt**2)
    spread = math.sqrt(trust) * doubt
    if spread > SPREAD_SHARE_MAX * before:
        return None
    return Calibration(round(1000 * trust * measured), max(1, round(1000 * spread)))


def tally_variance(tally: Tally, rule: Rule) -> float:
    """Return the variance of tally less released, were the line counted without bias.

    Over all windows and both ways.
    """
    each = round(tally.released / (2 * tally.windows))
    found = errors(each, ERRORS_PERCENT[Quantity.LINE][0], None)
    scenes = (each * BETWEEN_SCENES_PERMILLE / 1000.0) ** 2
    within = max(
        _variance({place: 1.0 / len(found) for place in range(len(found))}, found) - scenes, 0.0
    )
    noise = noise_law(rule, each)
    return 2 * tally.windows * (within + _variance(noise, tuple(map(float, noise))))


def _variance(law: Law, values: tuple[float, ...]) -> float:
    mean = sum(chance * value for chance, value in zip(law.values(), values, strict=True))
    return sum(
        chance * (value - mean) ** 2 for chance, value in zip(law.values(), values, strict=True)
    )
