# SPDX-License-Identifier: Apache-2.0
"""Say who lies in a scene that does not say so itself: by the truth, which fusion never sees.

Of direct counters only: nothing says how many a line should have counted.
"""

import math
from collections.abc import Sequence
from itertools import groupby

BLOCK_S = 1800
BLOCKS_MIN = 3
IN_VIEW_MIN = 4.0
"""Fewer people in view are off by much by chance."""
FACTOR = 1.8
"""By how much a counter is off, over so many blocks of half an hour, to be a liar."""
STUCK_S, STUCK_WINDOWS = 1800, 10
Pair = tuple[int, float, float]
"""Of one window: its start, what the counter made of the zone, and the truth."""


def lies_since(pairs: Sequence[Pair], share: float) -> int | None:
    """Return from when on a counter lies, unix seconds; None where it is honest."""
    found = [since for since in (_stuck(pairs, share), _off(pairs, share)) if since is not None]
    return min(found, default=None)


def _stuck(pairs: Sequence[Pair], share: float) -> int | None:
    """Return since when it repeats one value where people come and go."""
    for _, group in groupby(pairs, key=lambda one: one[1]):
        run = list(group)
        lasts_s = run[-1][0] - run[0][0]
        if lasts_s >= STUCK_S and len(run) >= STUCK_WINDOWS and _is_busy(run, share):
            return run[0][0]
    return None


def _off(pairs: Sequence[Pair], share: float) -> int | None:
    """Return since when it is off by one factor, by the likeliest moment of the change."""
    blocks = [list(group) for _, group in groupby(pairs, key=lambda one: one[0] // BLOCK_S)]
    sides = [_side(block, share) for block in blocks]
    for first in range(len(blocks) - BLOCKS_MIN + 1):
        if sides[first] and len(set(sides[first : first + BLOCKS_MIN])) == 1:
            off = [one for block in blocks[first : first + BLOCKS_MIN] for one in block]
            factor = sum(one[1] for one in off) / sum(one[2] for one in off)
            return _change([*(blocks[first - 1] if first else []), *off], factor)
    return None


def _side(block: Sequence[Pair], share: float) -> int:
    """Return 1 where it counts far too many, -1 too few, 0 where it is right or few are there."""
    if not _is_busy(block, share):
        return 0
    ratio = max(sum(one[1] for one in block), 0.1) / sum(one[2] for one in block)
    return 0 if abs(math.log(ratio)) < math.log(FACTOR) else 1 if ratio > 1.0 else -1


def _is_busy(block: Sequence[Pair], share: float) -> bool:
    return sum(one[2] for one in block) * share >= IN_VIEW_MIN * len(block)


def _change(pairs: Sequence[Pair], factor: float) -> int:
    """Return the start of the window from which on the factor explains the counts best."""
    gains = [(said - true) ** 2 - (said - factor * true) ** 2 for _, said, true in pairs]
    after = [sum(gains[place:]) for place in range(len(gains))]
    return pairs[max(range(len(after)), key=after.__getitem__)][0]
