# SPDX-License-Identifier: Apache-2.0
"""What an event would bring, by what those of its title brought before: a what-if, in closed form.

Trees say what they learnt of the events in a calendar; this says of one that is in none what it did
the times before, and of one that was never on that nobody knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.events import Events, Past, title_key
from fusion_service.estimate.forecast.inputs.panel import Floats, Integers, Panel
from fusion_service.estimate.forecast.inputs.tables import CLIP, OFFSET

END_DEVIATIONS = 1.2816
"""How many standard deviations the ends of an 80 % interval lie from its middle."""
WEIGHT = 1.0
"""How many times on average a title has to have been on to be believed by half."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What an event is expected to do: the log-ratio of each series, and how far that may be off.

    times: how often one of its title was on before. 0: nobody knows, and only the spread speaks.
    """

    times: int
    log_ratios: NDArray[np.float64]
    spread: float


def expected_of(title: str, calendars: Sequence[Events], panel: Panel, ratio: Floats) -> Expected:
    """Return what events of a title did in a panel. ratio: its log-ratios."""
    pasts: list[Past] = [
        past
        for one in calendars
        if (past := one.pasts(panel, ratio).get(title_key(title))) is not None
    ]
    spread = max((one.spread(panel, ratio, panel.steps) for one in calendars), default=CLIP / 2)
    if not pasts:
        return Expected(0, np.zeros(panel.series), spread)
    newest = max(pasts, key=lambda one: len(one.known))
    mean, _ = newest.at(np.array([panel.steps - 1], dtype=np.int64))
    times = len(newest.known)
    # The fewer times, the nearer to what is usual, and the less sure.
    believed = times / (times + WEIGHT)
    return Expected(times, believed * mean[0].astype(np.float64), spread * (1 - believed) ** 0.5)


def as_if_on(
    quantiles: Floats, times_s: Integers, expected: Expected, *, begins_s: int, ends_s: int
) -> Floats:
    """Return quantiles, (H, S, 3), as if the event were on from one moment to another, UTC.

    times_s: (H,), the middle of each step.
    """
    is_on = (times_s >= begins_s) & (times_s < ends_s)
    logs = np.log(quantiles.astype(np.float64) + OFFSET)
    middle = logs[..., 1] + expected.log_ratios
    apart = END_DEVIATIONS * expected.spread
    low = middle - np.hypot(logs[..., 1] - logs[..., 0], apart)
    high = middle + np.hypot(logs[..., 2] - logs[..., 1], apart)
    moved = np.maximum(np.exp(np.stack([low, middle, high], axis=-1)) - OFFSET, 0.0)
    return np.where(is_on[:, None, None], moved, quantiles).astype(np.float32)
