# SPDX-License-Identifier: Apache-2.0
"""From what was done and what was seen to what carried: pure, and by chance alone.

Each action is told bits of its own, so that what follows it can be told from what follows another.
Whether an observation follows an action is judged by the correlation of ranks, of its value and of
its change; how much it tells, by a threshold that is learned on one half of the slots and tried on
the other. A bound is one-sided, at 95 %.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
FOLLOWS_Z = 6.3
"""How far from chance: about one in ten thousand millions for each pair of an action and an
observation."""
SURE = 0.95


@dataclass(frozen=True, slots=True)
class Follows:
    """One observation that follows one action.

    Both are told by their places in the tables; errors of `tried` slots were foretold wrongly.
    """

    action: int
    observation: str
    errors: int
    tried: int

    def bits_a_slot(self) -> float:
        """Return the capacity of a symmetric channel with the errors as they were."""
        return capacity(self.errors / self.tried)

    def bits_a_slot_max(self) -> float:
        """Return the capacity with the fewest errors that chance allows at 95 %."""
        return capacity(fewest(self.errors, self.tried))


def following(bits: NDArray[np.bool_], seen: dict[str, Series]) -> list[Follows]:
    """Return the pairs of an action and an observation that belong together, the clearest first.

    For each action its clearest observation.

    bits is slots x actions; each series of `seen` has one value a slot, NaN where nothing was to be
    seen.
    """
    names, table = _series(seen)
    if not names:
        return []
    told = _standard(bits.astype(np.float64).T)
    score = np.abs(_standard(_ranks(table)) @ told.T) / math.sqrt(bits.shape[0])
    found = []
    for row, action in np.argwhere(score > FOLLOWS_Z):
        errors, tried = foretold(bits[:, action], table[row])
        found.append((score[row, action], Follows(int(action), names[row], errors, tried)))
    best: dict[tuple[int, str], tuple[float, Follows]] = {}
    for strength, one in found:
        key = (one.action, one.observation)
        if key not in best or best[key][0] < strength:
            best[key] = (float(strength), one)
    ordered = sorted(best.values(), key=lambda pair: (pair[1].action, pair[1].errors, -pair[0]))
    return [one for _, one in ordered]


def bits_a_slot_max_of(bits: NDArray[np.bool_], seen: dict[str, Series]) -> float:
    """Return the most that any observation could tell of one action at 95 %.

    It is the bound where nothing was seen to follow.
    """
    names, table = _series(seen)
    if not names:
        return 0.0
    found = [foretold(bits, row) for row in table]
    # The best of many looks good by chance: each is bounded at a share of the doubt.
    return max(
        capacity(fewest(errors, tried, sure=1 - (1 - SURE) / len(found))) for errors, tried in found
    )


def foretold(bits: NDArray[np.bool_], series: Series) -> tuple[int, int]:
    """Learn a threshold on the even slots and foretell the odd ones by it.

    Return errors and how many were tried.
    """
    learned, tried = bits[::2], bits[1::2]
    values, others = series[::2], series[1::2]
    places = np.unique(values)
    cuts = (
        np.concatenate(([-np.inf], (places[1:] + places[:-1]) / 2))
        if len(places) > 1
        else np.array([-np.inf])
    )
    if len(cuts) > CUTS_MAX:
        cuts = cuts[np.linspace(0, len(cuts) - 1, CUTS_MAX).astype(int)]
    above = values[None, :] > cuts[:, None]
    wrong = (above != learned[None, :]).sum(axis=1)
    turned = np.minimum(wrong, len(learned) - wrong)
    at = int(turned.argmin())
    said = (others > cuts[at]) != (wrong[at] > len(learned) - wrong[at])
    return int((said != tried).sum()), len(tried)


CUTS_MAX = 64


def capacity(error: float) -> float:
    """Return the bits that a symmetric channel with this share of errors carries a slot."""
    if error <= 0:
        return 1.0
    if error >= 0.5:  # noqa: PLR2004 - a coin
        return 0.0
    return 1 + error * math.log2(error) + (1 - error) * math.log2(1 - error)


def fewest(errors: int, tried: int, *, sure: float = SURE) -> float:
    """Return the smallest share of errors that is not ruled out.

    It is the lower end of the one-sided score interval.
    """
    z = NormalDist().inv_cdf(sure)
    share = errors / tried
    middle = share + z * z / (2 * tried)
    spread = z * math.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried))
    return max(0.0, (middle - spread) / (1 + z * z / tried))


def _series(seen: dict[str, Series]) -> tuple[list[str], Series]:
    """Return values and changes of whatever did change, as rows."""
    names, rows = [], []
    for name, series in seen.items():
        known = np.nan_to_num(series, nan=-1.0)
        for one in (known, np.diff(known, prepend=known[0])):
            if one.min() != one.max():
                names.append(name)
                rows.append(one)
    return names, np.array(rows)


def _ranks(table: Series) -> Series:
    """Return the rank of each value in its row, equal ones alike."""
    ordered = np.sort(table, axis=1)
    below = np.array(
        [np.searchsorted(row, values, "left") for row, values in zip(ordered, table, strict=True)]
    )
    upto = np.array(
        [np.searchsorted(row, values, "right") for row, values in zip(ordered, table, strict=True)]
    )
    return np.asarray(below + upto, np.float64)


def _standard(table: Series) -> Series:
    spread = table.std(axis=1, keepdims=True)
    return np.asarray(
        (table - table.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0), np.float64
    )
