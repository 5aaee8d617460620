# SPDX-License-Identifier: Apache-2.0
"""Records of a street that is known exactly, as a surveyor that sees everybody would say them."""

from collections.abc import Iterator, Sequence

import numpy as np

from development.trials.commission_street import HEIGHT_PX, WIDTH_PX, Walker, camera, pose_of
from edge_agent.operations.commission.record import (
    CELLS,
    PEOPLE_MAX,
    RATE_HZ,
    Body,
    State,
    Survey,
    rounded_by_chance,
    stepped_by_chance,
)


def surveys(
    walkers: Sequence[Walker], until_s: float, *, begin_s: float = 0.0, seed: int = 5
) -> Iterator[tuple[float, Survey]]:
    """Yield the time and the record, RATE_HZ a second. Each walker keeps a place of their own."""
    rng, ground = np.random.default_rng(seed), camera()
    for step in range(round((until_s - begin_s) * RATE_HZ)):
        now_s = begin_s + step / RATE_HZ
        people: list[Body | None] = [None] * PEOPLE_MAX
        for walker in walkers:
            pose = pose_of(walker, now_s, ground)
            if pose is None or not 0 <= pose.foot[0] < WIDTH_PX or pose.foot[1] >= HEIGHT_PX:
                continue
            column, row, tall = (float(one) for one in rng.random(3))
            people[walker.number % PEOPLE_MAX] = Body(
                rounded_by_chance(pose.foot[0] / WIDTH_PX, CELLS, column),
                rounded_by_chance(pose.foot[1] / HEIGHT_PX, CELLS, row),
                stepped_by_chance(pose.tall_px / HEIGHT_PX, tall),
            )
        yield now_s, Survey(20, State.FINE, tuple(people), (WIDTH_PX, HEIGHT_PX))
