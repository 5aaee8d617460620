# SPDX-License-Identifier: Apache-2.0
"""A small town: a few counters that rise and fall together by the hour, the week and chance."""

from datetime import date, datetime

import numpy as np

from fusion_service.estimate.forecast.inputs.panel import Panel, calendar_of

SPECIAL = {date(2025, 12, 25): "Christmas", date(2025, 4, 21): "Easter"}
FIRST = datetime(2025, 1, 6)  # noqa: DTZ001 - a Monday on the wall clock.


def town(
    days: int,
    *,
    series: int = 3,
    seed: int = 1,
    step_s: int = 3600,
) -> Panel:
    """Return so many days from a Monday on; the town's mood goes on from hour to hour."""
    rng = np.random.default_rng(seed)
    steps = days * 86_400 // step_s
    hour = np.arange(steps) * step_s / 3600 % 24
    weekday = np.arange(steps) * step_s // 86_400 % 7
    shape = 20 + 200 * np.clip(np.sin((hour - 7) / 14 * np.pi), 0, None)
    shape *= np.where(weekday >= 5, 1.4, 1.0)
    mood = np.zeros(steps)
    for step in range(1, steps):
        mood[step] = 0.9 * mood[step - 1] + rng.normal(0, 0.12)
    sizes = np.linspace(0.5, 2.0, series)
    counts = rng.poisson(shape[:, None] * sizes * np.exp(mood)[:, None]).astype(np.float32)
    places = np.stack([np.arange(series) * 100.0, np.zeros(series)], axis=1).astype(np.float32)
    return Panel(FIRST, step_s, counts, places, calendar_of(FIRST.date(), days, SPECIAL))
