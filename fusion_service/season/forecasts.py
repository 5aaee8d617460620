# SPDX-License-Identifier: Apache-2.0
"""What was forecast against what came, from scores that were kept day by day. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
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

ZONES = "zones"
"""Scores are of zones, or of counters; levels are of zones."""


class DayScore(Protocol):
    """The score of one local day and horizon, from what was said and kept then."""

    @property
    def day(self) -> str:
        """The local day, YYYY-MM-DD."""

    @property
    def places(self) -> str:
        """ZONES, or something else."""

    @property
    def horizon_s(self) -> int:
        """How far ahead it was said."""

    @property
    def targets(self) -> int:
        """How many values were forecast."""

    @property
    def mae(self) -> float | None:
        """The mean absolute error, people."""

    @property
    def coverage(self) -> float | None:
        """Which share of what came lay in its 80 % interval."""

    @property
    def skill(self) -> float | None:
        """One less the error over that of the same time a week before."""

    @property
    def came(self) -> int:
        """How often a level came."""

    @property
    def hit(self) -> int:
        """How often it was warned of before."""

    @property
    def false_episodes(self) -> int:
        """How often it was warned of and did not come."""

    @property
    def lead_s(self) -> int | None:
        """How long before it was warned; None where nothing came."""


class KeptScores(Protocol):
    """Where scores of days are kept."""

    def scores(self, site: str, *, from_day: str) -> Sequence[DayScore]:
        """Return a site's scores of a day and of all after it."""


def scores_of(kept: KeptScores, site: str, first: date, last: date) -> list[DayScore]:
    """Return the scores of a site's zones from one day to another, both within."""
    until = last.isoformat()
    rows = kept.scores(site, from_day=first.isoformat())
    return [one for one in rows if one.places == ZONES and one.day <= until]


def forecast_figures(days: Sequence[DayScore]) -> Iterator[Figure]:
    """Yield the figures of each horizon."""
    by_horizon: dict[int, list[DayScore]] = defaultdict(list)
    for one in days:
        by_horizon[one.horizon_s].append(one)
    for horizon_s, scores in sorted(by_horizon.items()):
        yield from _figures(scores, f"{horizon_s / 3600:g} h")


def _figures(days: Sequence[DayScore], of: str) -> Iterator[Figure]:
    covered, over = _sums((one.coverage, one.targets) for one in days)
    yield share_of("forecast_covered", round(covered), over, of=of, least=LEAST_OF_COVERAGE)
    off, over = _sums((one.mae, one.targets) for one in days)
    yield _over("forecast_error", off / max(over, 1), Unit.PEOPLE, over, of)
    # The error of a week before follows from the skill, and is added up as the forecast's own is.
    both = [
        (one.mae, one.mae / (1 - one.skill), one.targets)
        for one in days
        if one.mae is not None and one.skill is not None and one.skill < 1
    ]
    off, over = _sums((mae, targets) for mae, _, targets in both)
    naive, _ = _sums((before, targets) for _, before, targets in both)
    yield _over("forecast_skill", 1 - off / naive if naive else None, Unit.SHARE, over, of)
    came, hit = sum(one.came for one in days), sum(one.hit for one in days)
    yield share_of("warned_before", hit, came, of=of)
    yield number_of("warned_falsely", sum(one.false_episodes for one in days), len(days), of=of)
    leads = [one.lead_s for one in days if one.hit and one.lead_s is not None]
    yield median_of("warning_lead", leads, of=of)


def _sums(rows: Iterable[tuple[float | None, int]]) -> tuple[float, int]:
    """Return the sum of values, each times what it is over, and of what they are over."""
    known = [(value, over) for value, over in rows if value is not None]
    return sum(value * over for value, over in known), sum(over for _, over in known)


def _over(name: str, value: float | None, unit: Unit, over: int, of: str) -> Figure:
    is_enough = over >= LEAST_OF_COVERAGE
    return Figure(name, of, value if is_enough else None, unit, over, LEAST_OF_COVERAGE)
