# SPDX-License-Identifier: Apache-2.0
"""What was forecast against what came, from scores that were kept day by day. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from fusion_service.season.figures import (
    LEAST_OF_COVERAGE,
    Figure,
    Unit,
    median_of,
    number_of,
    share_of,
)


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """The score of one day and horizon, from what was said and kept then.

    targets: how many values were forecast; covered: how many of them lay in their 80 % interval.
    mae and naive_mae: mean absolute errors, people, of the forecast and of a week before. came,
    hit, false: episodes of the site's level, those that were warned of, and warnings of nothing.
    leads_s: how long before each hit it was warned.
    """

    day: date
    horizon_s: int
    targets: int
    covered: int
    mae: float
    naive_mae: float
    came: int
    hit: int
    false: int
    leads_s: tuple[int, ...] = ()


class KeptScores(Protocol):
    """Where scores of days are kept."""

    def days(self, site: str, *, first: date, last: date) -> Sequence[ForecastDay]:
        """Return a site's scores from one day to another, both within."""


class NoScores:
    """A centre that keeps no scores."""

    def days(self, site: str, *, first: date, last: date) -> Sequence[ForecastDay]:  # noqa: ARG002 - it keeps none of any
        """Return nothing."""
        return ()


def forecast_figures(days: Sequence[ForecastDay]) -> Iterator[Figure]:
    """Yield the figures of each horizon."""
    by_horizon: dict[int, list[ForecastDay]] = defaultdict(list)
    for one in days:
        by_horizon[one.horizon_s].append(one)
    for horizon_s, scores in sorted(by_horizon.items()):
        yield from _figures(scores, f"{horizon_s / 3600:g} h")


def _figures(days: Sequence[ForecastDay], of: str) -> Iterator[Figure]:
    targets = sum(one.targets for one in days)
    covered = sum(one.covered for one in days)
    yield share_of("forecast_covered", covered, targets, of=of, least=LEAST_OF_COVERAGE)
    enough = targets >= LEAST_OF_COVERAGE
    off = sum(one.mae * one.targets for one in days) / max(targets, 1)
    naive = sum(one.naive_mae * one.targets for one in days) / max(targets, 1)
    yield _over("forecast_error", off if enough else None, Unit.PEOPLE, targets, of)
    is_better = enough and naive > 0
    yield _over("forecast_skill", 1 - off / naive if is_better else None, Unit.SHARE, targets, of)
    came, hit = sum(one.came for one in days), sum(one.hit for one in days)
    yield share_of("warned_before", hit, came, of=of)
    yield number_of("warned_falsely", sum(one.false for one in days), len(days), of=of)
    yield median_of("warning_lead", [lead for one in days for lead in one.leads_s], of=of)


def _over(name: str, value: float | None, unit: Unit, over: int, of: str) -> Figure:
    return Figure(name, of, value, unit, over, LEAST_OF_COVERAGE)
