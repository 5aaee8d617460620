# SPDX-License-Identifier: Apache-2.0
"""From which confidence on a detection counts, by the size of the input.

The same network is surer of people whom it sees larger, and some networks find more in a large
input that is nobody. A card may state what was measured at several sizes; in between the thresholds
change evenly with the logarithm of the input's area, and beyond them they stay.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from edge_agent.models.card_table import CardTable

SIDE_MAX_PX = 4096


@dataclass(frozen=True, slots=True)
class Thresholds:
    """At an input of this size a detection from `high` on may begin a track.

    One from `low` on may extend it.
    """

    width_px: int
    height_px: int
    high: float
    low: float


def read_thresholds(tables: Sequence[CardTable]) -> tuple[Thresholds, ...]:
    """Read the card's [[thresholds]]; mistakes are noted in the tables."""
    found = []
    for table in tables:
        one = Thresholds(
            width_px=table.integer("width_px", 32, SIDE_MAX_PX),
            height_px=table.integer("height_px", 32, SIDE_MAX_PX),
            high=table.number("high", 0.01, 0.99),
            low=table.number("low", 0.01, 0.99),
        )
        if one.low > one.high:
            table.mistake("low", "at most `high`")
        table.close()
        found.append(one)
    return tuple(found)


def thresholds_at(
    stated: Sequence[Thresholds], *, width_px: int, height_px: int
) -> tuple[float, float]:
    """Return high and low for an input of this size; `stated` must not be empty."""
    rows = sorted(stated, key=_size)
    at = math.log(width_px * height_px)
    if at <= _size(rows[0]):
        return rows[0].high, rows[0].low
    for below, above in pairwise(rows):
        if at < _size(above):
            share = (at - _size(below)) / (_size(above) - _size(below))
            return (
                below.high + share * (above.high - below.high),
                below.low + share * (above.low - below.low),
            )
    return rows[-1].high, rows[-1].low


def _size(one: Thresholds) -> float:
    """Return the logarithm of the area."""
    return math.log(one.width_px * one.height_px)
