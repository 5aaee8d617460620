# SPDX-License-Identifier: Apache-2.0
"""What the centre keeps of forecasts, and asks of whatever keeps it.

What was counted in quarters of an hour, what was said of what comes and when, and how good that
was. The rules of store/port.py hold here too. There is one writer: the thread that forecasts.

A *place* is `zone/ID` of the site's own zones, or `DEVICE/line/NAME`, `DEVICE/zone/NAME`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

ZONE = "zone/"
"""How the place of a site's own zone begins."""


@dataclass(frozen=True, slots=True)
class DayRow:
    """A UTC day of a series: 96 float32, little endian, NaN unknown; empty where it holds nothing.

    day: days since 1970.
    """

    place: str
    day: int
    counts: bytes


@dataclass(frozen=True, slots=True)
class QuarterRow:
    """The mean of a zone's estimates over a quarter of an hour, which begins at start_s (UTC).

    minutes: on how many estimates it stands.
    """

    zone: str
    start_s: int
    people: float
    minutes: int


@dataclass(frozen=True, slots=True)
class Made:
    """One forecast of a site: from origin_s on (UTC), in steps of step_s, made at made_ms.

    version: of the site's model; None where the ratio model alone answered. missing: which feeds
    said nothing, so that it is wider.
    """

    site: str
    step_s: int
    origin_s: int
    made_ms: int
    version: int | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a forecast says of one place.

    said: four half floats a step, little endian: quantiles .1, .5, .9 and naive; NaN unknown.
    moved: the same with what was declared; None where nothing moves it.
    """

    place: str
    by_ratio: bool
    said: bytes
    moved: bytes | None = None


@dataclass(frozen=True, slots=True)
class WarningRow:
    """How likely a site was said to reach a level in the hour `horizon_s` after an origin.

    probability: of the likeliest zone, as it follows from the quantiles. warned: whether that,
    calibrated, was enough. horizon_s: from the origin to the end of the hour.
    """

    site: str
    origin_s: int
    level: int
    horizon_s: int
    zone: str
    probability: float
    warned: bool


class Places(StrEnum):
    """Of what a score is."""

    ZONES = "zones"
    COUNTERS = "counters"


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """How good the forecasts of a local day were, at one horizon, of a site's zones or counters.

    day: YYYY-MM-DD. horizon_s: from when it was made to the end of the step. came, hit, false:
    episodes of levels, of zones alone. lead_s: how long before the highest level it was warned.
    """

    site: str
    day: str
    places: Places
    horizon_s: int
    targets: int
    mae: float | None
    pinball: float | None
    coverage: float | None
    skill: float | None
    came: int
    hit: int
    false_episodes: int
    lead_s: int | None
    scored_ms: int


class Forecasts(Protocol):
    """The reading side. Safe for many threads."""

    def newest(self, site: str, step_s: int, *, by_ms: int | None = None) -> Made | None:
        """Return the newest forecast of a site in such steps, or the newest made by a moment."""

    def said(self, made: Made) -> list[Said]:
        """Return what a forecast says of each place, by place."""

    def made_between(self, site: str, step_s: int, *, from_s: int, to_s: int) -> list[Made]:
        """Return forecasts with origins from one moment to before another, by origin."""

    def warnings(self, site: str, *, from_s: int, to_s: int) -> list[WarningRow]:
        """Return warnings with origins from one moment to before another, by origin."""

    def scores(self, site: str, *, from_day: str) -> list[ScoreRow]:
        """Return the scores of a day and all after it, the newest day first."""

    def days(self, site: str, *, from_day: int, to_day: int) -> list[DayRow]:
        """Return the kept days of a site from one day to before another."""

    def newest_scores(self, *, limit: int) -> list[ScoreRow]:
        """Return the scores of each site's newest day, by site."""


class ForecastKeeper(Forecasts, Protocol):
    """The writing side. Each call is one commit or one look."""

    def keep_days(self, site: str, rows: Sequence[DayRow]) -> None:
        """Keep days, each instead of what was kept of it."""

    def zone_quarters(
        self, site: str, zones: Sequence[str], *, from_s: int, to_s: int
    ) -> list[QuarterRow]:
        """Return the means of zones' estimates over a time, as they are known now.

        Where nobody counted there is none: what is usual teaches nothing.
        """

    def keep_made(
        self, made: Made, said: Sequence[Said], warnings: Sequence[WarningRow] = ()
    ) -> None:
        """Keep a forecast and its warnings. One of the same origin stays as it was said."""

    def keep_scores(self, rows: Sequence[ScoreRow]) -> None:
        """Keep scores, each instead of what was kept of the same day and horizon."""

    def forget(self, *, made_before_s: int, days_before_s: int, limit: int) -> int:
        """Delete forecasts and warnings from before one moment, days and scores of before another.

        At most `limit` forecasts; return how many rows went.
        """
