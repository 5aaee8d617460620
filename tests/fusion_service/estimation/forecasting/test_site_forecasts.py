# SPDX-License-Identifier: Apache-2.0
"""One site over weeks: a level that comes is warned of, by what was said in the weeks before."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np

from fusion_service.registry.site import Level
from fusion_service.store.forecast.kept import Made, WarningRow
from fusion_service.store.forecast.steps import HOUR_S
from tests.fusion_service.estimation.forecasting.made_beach import EVERY_S, MadeBeach, Running

DAYS, SEED = 46, 13
"""A seed with a busy afternoon on the last days."""
YELLOW = 700.0
"""Of the square."""


def hourly(beach: MadeBeach) -> list[float]:
    """Return the mean of people on the square in each hour since the beginning."""
    steps = HOUR_S // EVERY_S
    people = beach.people["square"][1 : DAYS * 24 * steps + 1]
    return [float(one) for one in np.mean(people.reshape(-1, steps), axis=1)]


def test_a_level_that_comes_is_warned_of_once_there_are_weeks_to_learn_from(
    tmp_path: Path,
) -> None:
    beach = MadeBeach(tmp_path, DAYS, seed=SEED)
    means = hourly(beach)
    busy = next(
        hour
        for hour in range(44 * 24, DAYS * 24 - 1)
        if min(means[hour], means[hour + 1]) >= 1.15 * YELLOW
    )
    now_s = beach.from_s + (busy + 1) * HOUR_S
    beach.live_until(now_s)
    with ExitStack() as opened:
        running = Running(beach, opened, now_s)
        # What was said in the six weeks before: right, but for a little noise.
        rng = np.random.default_rng(1)
        rows = [
            WarningRow(
                "beach",
                beach.from_s + hour * HOUR_S,
                Level.YELLOW,
                HOUR_S,
                "square",
                float(
                    np.clip((0.85 if means[hour] >= YELLOW else 0.05) + rng.normal(0, 0.02), 0, 1)
                ),
                warned=False,
            )
            for hour in range(busy - 42 * 24, busy - 24)
        ]
        before = Made("beach", HOUR_S, beach.from_s, 1, None)
        running.keeper.keep_made(before, [], rows)
        running.go_to(now_s + 125)
        running.go_to(now_s + HOUR_S + 125)
        kept = running.keeper.warnings("beach", from_s=now_s, to_s=now_s + 2 * HOUR_S)
        ahead = running.ahead.coming("beach")
        said = [
            one
            for one in kept
            if (one.level, one.horizon_s, one.origin_s) == (Level.YELLOW, HOUR_S, now_s)
        ]
        assert [one.probability > 0.5 for one in said] == [True]
        warned = [one for one in kept if one.warned]
        assert warned
        assert {one.level for one in warned} == {Level.YELLOW}
        assert all(one.probability > 0.3 for one in warned)
        assert {one.level for one in ahead} <= {Level.YELLOW}
