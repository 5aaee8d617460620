# SPDX-License-Identifier: Apache-2.0
"""What is usual at each step, and how far each step was from it.

Every table has a row a step, and a week and a day of rows more. Rule: row i of a table of residuals
rests on steps up to i; row i of a table of the usual rests on steps up to a week before i, so that
any origin of the week before may read it.
"""

from dataclasses import dataclass

import numpy as np

from fusion_service.estimate.forecast.inputs.panel import DAYS_AHEAD, Floats, Panel

WEEKS = 8
DECAY = 0.8
LONG_WEEKS = 26
OFFSET = 3.0
"""Added to counts before a logarithm is taken: fewer than this are a matter of chance."""
SILENT_USUAL = 8.0
SILENT_STEPS = 4
"""A series that counts nobody so long, where it usually counts many, is taken as out of order."""
KERNEL_M = 150.0
"""How far a neighbour's residual reaches."""
CLIP = 3.0


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables of (T + a week and a day, S), float32, NaN where nothing is known.

    counts: as they came, NaN where a series is out of order. usual, median, long: the weighted mean
    of eight weeks, their median, and the mean of half a year, at the same place in the week and
    without special days. ratio: log of the counts over the usual. near: the ratios of neighbours,
    by distance. city: all of them, by size, (T, 1). silent: hours without anybody.
    """

    counts: Floats
    usual: Floats
    median: Floats
    long: Floats
    ratio: Floats
    near: Floats
    city: Floats
    silent: Floats


def tables_of(panel: Panel) -> Tables:
    """Work out every table of a panel."""
    more = DAYS_AHEAD * panel.day
    blank = np.full((more, panel.series), np.nan, dtype=np.float32)
    raw = np.concatenate([panel.counts.astype(np.float32), blank])
    steps = np.arange(len(raw), dtype=np.int64)
    days = np.minimum(panel.day_of(steps), len(panel.calendar.special) - 1)
    ordinary = panel.calendar.special[days] == 0
    silent = _silent(raw, panel.steps)
    first = _weeks_back(np.where(ordinary[:, None], raw, np.nan), panel.week, WEEKS)
    rough = _median(first)
    dead = (silent >= SILENT_STEPS * panel.hour) & (rough > SILENT_USUAL / panel.hour)
    counts = np.where(dead, np.nan, raw)
    known = np.where(ordinary[:, None], counts, np.nan)
    back = _weeks_back(known, panel.week, WEEKS)
    weights = (DECAY ** np.arange(WEEKS, dtype=np.float32))[:, None, None]
    usual = _filled(_mean(back, weights), panel)
    ratio = log_ratio(counts, usual)
    return Tables(
        counts=counts,
        usual=usual,
        median=_filled(_median(back), panel),
        long=_filled(_running_mean(known, panel.week, LONG_WEEKS), panel),
        ratio=ratio,
        near=_near(ratio, usual, panel.positions_m),
        city=_city(counts, usual),
        silent=np.minimum(silent / panel.hour, 200.0).astype(np.float32),
    )


def log_ratio(counts: Floats, usual: Floats) -> Floats:
    """Return how far counts are from the usual, as a logarithm, at most 3 either way."""
    ratio = np.log((counts + OFFSET) / (usual + OFFSET))
    return np.asarray(np.clip(ratio, -CLIP, CLIP), dtype=np.float32)


def shifted(table: Floats, steps: int) -> Floats:
    """Return the table moved `steps` rows later, NaN where nothing moves in."""
    moved = np.full_like(table, np.nan)
    if steps < len(table):
        moved[steps:] = table[: len(table) - steps]
    return moved


def trailing_mean(table: Floats, steps: int) -> Floats:
    """Return the mean of each row and those before it, `steps` in all; what is NaN is left out."""
    known = np.isfinite(table)
    sums = np.cumsum(np.where(known, table, 0.0), axis=0, dtype=np.float64)
    numbers = np.cumsum(known, axis=0, dtype=np.float64)
    sums[steps:] -= sums[:-steps].copy()
    numbers[steps:] -= numbers[:-steps].copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(numbers > 0, sums / numbers, np.nan), dtype=np.float32)


def _weeks_back(table: Floats, week: int, weeks: int) -> Floats:
    return np.stack([shifted(table, week * one) for one in range(1, weeks + 1)])


def _median(stack: Floats) -> Floats:
    ordered = np.sort(stack, axis=0)  # NaN comes last.
    number = np.isfinite(stack).sum(axis=0)
    low, high = np.maximum(number - 1, 0) // 2, number // 2
    high = np.minimum(high, len(stack) - 1)
    both = [np.take_along_axis(ordered, one[None], axis=0)[0] for one in (low, high)]
    return np.asarray((both[0] + both[1]) / 2.0, dtype=np.float32)


def _mean(stack: Floats, weights: Floats) -> Floats:
    known = np.isfinite(stack)
    total = (known * weights).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (np.where(known, stack, 0.0) * weights).sum(axis=0) / total
    return np.asarray(np.where(total > 0, mean, np.nan), dtype=np.float32)


def _running_mean(table: Floats, week: int, weeks: int) -> Floats:
    total = np.zeros_like(table)
    number = np.zeros_like(table)
    for one in range(1, weeks + 1):
        moved = shifted(table, week * one)
        known = np.isfinite(moved)
        total += np.where(known, moved, 0.0)
        number += known
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(number > 0, total / number, np.nan), dtype=np.float32)


def _filled(table: Floats, panel: Panel) -> Floats:
    """Where no ordinary week is known, say what a week before said."""
    filled = table.copy()
    for _ in range(2):
        filled = np.where(np.isfinite(filled), filled, shifted(filled, panel.week))
    return filled


def _silent(raw: Floats, steps: int) -> Floats:
    """Count the steps up to each in which a series counted nobody."""
    runs = np.zeros_like(raw)
    nobody = raw[:steps] <= 0.0
    for index in range(steps):
        runs[index] = np.where(nobody[index], (runs[index - 1] if index else 0.0) + 1.0, 0.0)
    return runs


def _near(ratio: Floats, usual: Floats, positions_m: Floats) -> Floats:
    apart = np.linalg.norm(positions_m[:, None, :] - positions_m[None, :, :], axis=2)
    kernel = np.exp(-apart / KERNEL_M).astype(np.float32)
    np.fill_diagonal(kernel, 0.0)
    sizes = np.sqrt(np.where(np.isfinite(ratio), np.maximum(usual, 0.0), 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (np.nan_to_num(ratio) * sizes) @ kernel.T / (sizes @ kernel.T)
    return np.asarray(found, dtype=np.float32)


def _city(counts: Floats, usual: Floats) -> Floats:
    both = np.isfinite(counts) & np.isfinite(usual)
    seen = np.where(both, counts, 0.0).sum(axis=1, keepdims=True)
    expected = np.where(both, usual, 0.0).sum(axis=1, keepdims=True)
    known = both.any(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.log((seen + OFFSET) / (expected + OFFSET))
    return np.asarray(np.where(known, np.clip(found, -CLIP, CLIP), np.nan), dtype=np.float32)
