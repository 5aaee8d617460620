# SPDX-License-Identifier: Apache-2.0
"""A real store of a made beach: estimates of two zones for weeks, and a clock that a test sets."""

import sqlite3
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from fusion_service.estimation.beside.sources import NOTHING, Beside
from fusion_service.estimation.drawn_sites import DrawnSites
from fusion_service.estimation.forecasting.ahead import KnownAhead
from fusion_service.estimation.forecasting.history import Stores
from fusion_service.estimation.forecasting.loop import Forecasting
from fusion_service.estimation.forecasting.started import Keeping
from fusion_service.store.sqlite.estimates import EstimateFile
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.site_plans import SqliteSitePlans

ZONE_OF_TIME = ZoneInfo("Europe/Amsterdam")
FROM = datetime(2026, 6, 1, tzinfo=ZONE_OF_TIME)
"""A Monday."""
EVERY_S = 180
HOUR_S, DAY_S = 3600, 86_400
DRAWN = """
format = 1
id = "beach"
name = "Beach"

[[zones]]
id = "square"
polygon = [[4.280, 52.110], [4.282, 52.110], [4.282, 52.111], [4.280, 52.111]]
[zones.thresholds]
yellow = { people = 700 }
orange = { people = 1100 }

[[zones]]
id = "pier"
polygon = [[4.282, 52.110], [4.284, 52.110], [4.284, 52.111], [4.282, 52.111]]
[zones.thresholds]
yellow = { people = 900 }
"""
ZONES = {"square": 1.0, "pier": 0.6}


class MadeBeach:
    """A site whose days go as weather and weekday would have them, seed by seed."""

    def __init__(self, folder: Path, days: int, *, seed: int = 1) -> None:
        self.path = folder / "fusion.sqlite"
        self.models = folder / "forecasts"
        EstimateFile(self.path, size_mib_max=256).close()
        self.plans = SqliteSitePlans(self.path, size_mib_max=256)
        self.plans.keep("beach", DRAWN, now_ms=1)
        self.from_s = int(FROM.timestamp())
        self.people = _people(days, seed)
        """By zone: one number every three minutes."""
        self.upto_s = self.from_s

    def live_until(self, until_s: int) -> None:
        """Let what was estimated until a moment be known; nothing of what comes after is there."""
        first = (self.upto_s - self.from_s) // EVERY_S + 1
        last = (until_s - self.from_s) // EVERY_S
        rows = [
            ("beach", zone, at_s, at_s * 1000, people, *[people] * 6, 0.1, 0.0)
            for zone, every in self.people.items()
            for one in range(first, last + 1)
            for at_s, people in ((self.from_s + one * EVERY_S, float(every[one])),)
        ]
        with closing(sqlite3.connect(self.path)) as connection, connection:
            marks = ", ".join("?" * 13)
            connection.executemany(
                f"INSERT OR REPLACE INTO estimate VALUES ({marks}, 'counted', 'fine', '[]')",  # noqa: S608 - marks
                rows,
            )
        self.upto_s = until_s

    def at(self, days: int, hours: float = 0.0) -> int:
        """Return a moment by the clock on the wall there, so long after the beginning."""
        return int((FROM + timedelta(days=days, hours=hours)).timestamp())


class Running:
    """A centre that forecasts, in this process, over the store of a made beach."""

    def __init__(
        self,
        beach: MadeBeach,
        opened: ExitStack,
        now_s: int,
        *,
        beside: Beside = NOTHING,
        trains: bool = False,
        kind: type[ForecastFile] = ForecastFile,
    ) -> None:
        self.beach, self.now_s = beach, now_s
        self.keeper = opened.enter_context(kind(beach.path, size_mib_max=256))
        self.ahead = KnownAhead(lambda _site: self.now_s)
        self.loop = Forecasting(
            Stores(self.keeper, Reader(beach.path)),
            DrawnSites(beach.plans),
            Keeping(beach.models, made_s=60 * DAY_S, days_s=400 * DAY_S),
            now_s=lambda: self.now_s,
            ahead=self.ahead,
            beside=beside,
            trains=trains,
        )

    def go_to(self, now_s: int) -> None:
        """Let it be a later moment, and do all that is due by then."""
        self.now_s = now_s
        self.beach.live_until(now_s)
        while self.loop.turn():
            pass

    def hours_until(self, until_s: int) -> None:
        """Go on hour by hour, two minutes past each."""
        for at_s in range(self.now_s // HOUR_S * HOUR_S + HOUR_S, until_s + 1, HOUR_S):
            self.go_to(at_s + 125)


def _people(days: int, seed: int) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    rng = np.random.default_rng(seed)
    steps = days * DAY_S // EVERY_S + 1
    hour = np.arange(steps) * EVERY_S / HOUR_S % 24
    day = np.arange(steps) * EVERY_S // DAY_S
    shape = 40 + 500 * np.clip(np.sin((hour - 8) / 13 * np.pi), 0, None) ** 1.5
    weekend = np.where(day % 7 >= 5, 1.5, 1.0)
    weather = np.exp(np.cumsum(rng.normal(0, 0.25, days + 1)) * 0.5)[day]
    weather = np.clip(weather, 0.5, 2.0)
    mood = np.interp(np.arange(steps), np.arange(0, steps + 20, 20), _walk(rng, steps // 20 + 2))
    return {
        zone: np.maximum(shape * weekend * weather * np.exp(mood) * size, 0.0)
        for zone, size in ZONES.items()
    }


def _walk(rng: np.random.Generator, number: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return a slow walk back to nothing, a step an hour."""
    walk = np.zeros(number)
    for one in range(1, number):
        walk[one] = 0.85 * walk[one - 1] + rng.normal(0, 0.08)
    return walk


def utc(at_s: int) -> datetime:
    """Return a moment as a test prints it."""
    return datetime.fromtimestamp(at_s, UTC)
