# SPDX-License-Identifier: Apache-2.0
"""Keep forecasts beside what they were made from, in the store's own file.

With synchronous=FULL: what was said cannot be said again afterwards.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from fusion_service.store.forecast.kept import (
    DayRow,
    Made,
    Places,
    QuarterRow,
    Said,
    ScoreRow,
    WarningRow,
)
from fusion_service.store.forecast.steps import QUARTER_S
from fusion_service.store.sqlite.part import StorePart

DAY_S = 86_400
_MADE = "site, step_s, origin_s, made_ms, version, missing"
_SCORE = (
    "site, day, places, horizon_s, targets, mae, pinball, coverage, skill, came, hit, "
    "false_episodes, lead_s, scored_ms"
)
_QUARTERS = (
    # Of each moment the newest: SQLite takes the other columns from the row of the maximum.
    "SELECT (at_s - 1) / ?4, avg(people), count(*) FROM (SELECT at_s, people, basis, condition, "
    "max(known_ms) FROM estimate WHERE site = ?1 AND zone = ?2 AND at_s > ?3 AND at_s <= ?5 GROUP "
    "BY at_s) WHERE basis <> 'usual' AND condition <> 'stale' GROUP BY 1 ORDER BY 1"
)


class ForecastFile(StorePart):
    """See `ForecastKeeper`."""

    def __init__(self, path: Path, *, size_mib_max: int) -> None:
        super().__init__(path, size_mib_max=size_mib_max, synchronous="FULL")

    def days(self, site: str, *, from_day: int, to_day: int) -> list[DayRow]:
        """Return the kept days of a site."""
        query = (
            "SELECT s.place, d.day, d.counts FROM forecast_series s JOIN forecast_day d ON "
            "d.series_id = s.id WHERE s.site = ? AND d.day >= ? AND d.day < ?"
        )
        with self._snapshot() as connection:
            return [DayRow(*row) for row in connection.execute(query, (site, from_day, to_day))]

    def keep_days(self, site: str, rows: Sequence[DayRow]) -> None:
        """Keep days, each instead of what was kept of it."""
        if not rows:
            return
        with self._commit() as connection:
            series = _series_of(connection, site, {row.place for row in rows})
            connection.executemany(
                "INSERT OR REPLACE INTO forecast_day VALUES (?, ?, ?)",
                [(series[row.place], row.day, row.counts) for row in rows],
            )

    def zone_quarters(
        self, site: str, zones: Sequence[str], *, from_s: int, to_s: int
    ) -> list[QuarterRow]:
        """Return the means of zones' estimates over a time."""
        with self._snapshot() as connection:
            return [
                QuarterRow(zone, quarter * QUARTER_S, people, minutes)
                for zone in zones
                for quarter, people, minutes in connection.execute(
                    _QUARTERS, (site, zone, from_s, QUARTER_S, to_s)
                )
            ]

    def keep_made(
        self, made: Made, said: Sequence[Said], warnings: Sequence[WarningRow] = ()
    ) -> None:
        """Keep a forecast and its warnings in one commit."""
        with self._commit() as connection:
            missing = json.dumps(made.missing)
            found = connection.execute(
                f"INSERT OR IGNORE INTO forecast_made ({_MADE}) VALUES (?, ?, ?, ?, ?, ?) "  # noqa: S608 - a constant
                "RETURNING id",
                (made.site, made.step_s, made.origin_s, made.made_ms, made.version, missing),
            ).fetchone()
            if found is None:
                return
            series = _series_of(connection, made.site, {one.place for one in said})
            connection.executemany(
                "INSERT INTO forecast_said VALUES (?, ?, ?, ?, ?)",
                [(found[0], series[one.place], one.by_ratio, one.said, one.moved) for one in said],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO forecast_warning VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        one.site,
                        one.origin_s,
                        one.level,
                        one.horizon_s,
                        one.zone,
                        one.probability,
                        one.warned,
                    )
                    for one in warnings
                ],
            )

    def newest(self, site: str, step_s: int, *, by_ms: int | None = None) -> Made | None:
        """Return the newest forecast, or the newest made by a moment."""
        found = self._made(
            "site = ? AND step_s = ? AND made_ms <= ? ORDER BY origin_s DESC LIMIT 1",
            (site, step_s, 2**62 if by_ms is None else by_ms),
        )
        return found[0] if found else None

    def made_between(self, site: str, step_s: int, *, from_s: int, to_s: int) -> list[Made]:
        """Return forecasts with origins in a time, by origin."""
        where = "site = ? AND step_s = ? AND origin_s >= ? AND origin_s < ? ORDER BY origin_s"
        return self._made(where, (site, step_s, from_s, to_s))

    def said(self, made: Made) -> list[Said]:
        """Return what a forecast says of each place."""
        query = (
            "SELECT s.place, f.by_ratio, f.said, f.moved FROM forecast_made m JOIN forecast_said f "
            "ON f.made_id = m.id JOIN forecast_series s ON s.id = f.series_id WHERE m.site = ? AND "
            "m.step_s = ? AND m.origin_s = ? ORDER BY s.place"
        )
        with self._snapshot() as connection:
            rows = connection.execute(query, (made.site, made.step_s, made.origin_s))
            return [Said(place, bool(ratio), said, moved) for place, ratio, said, moved in rows]

    def warnings(self, site: str, *, from_s: int, to_s: int) -> list[WarningRow]:
        """Return warnings with origins in a time, by origin."""
        query = (
            "SELECT site, origin_s, level, horizon_s, zone, probability, warned FROM "
            "forecast_warning WHERE site = ? AND origin_s >= ? AND origin_s < ? ORDER BY origin_s, "
            "level, horizon_s"
        )
        with self._snapshot() as connection:
            rows = connection.execute(query, (site, from_s, to_s))
            return [WarningRow(*(*row[:6], bool(row[6]))) for row in rows]

    def keep_scores(self, rows: Sequence[ScoreRow]) -> None:
        """Keep scores."""
        marks = ", ".join("?" * 14)
        with self._commit() as connection:
            connection.executemany(
                f"INSERT OR REPLACE INTO forecast_score ({_SCORE}) VALUES ({marks})",  # noqa: S608 - constants
                [tuple(getattr(row, name) for name in _SCORE.split(", ")) for row in rows],
            )

    def scores(self, site: str, *, from_day: str) -> list[ScoreRow]:
        """Return the scores of a day and all after it, the newest day first."""
        where = "site = ? AND day >= ? ORDER BY day DESC, places DESC, horizon_s"
        return self._scores(where, (site, from_day))

    def newest_scores(self, *, limit: int) -> list[ScoreRow]:
        """Return the scores of each site's newest day, by site."""
        where = (
            "day = (SELECT max(n.day) FROM forecast_score n WHERE n.site = forecast_score.site) "
            "ORDER BY site, places DESC, horizon_s LIMIT ?"
        )
        return self._scores(where, (limit,))

    def forget(self, *, made_before_s: int, days_before_s: int, limit: int) -> int:
        """Delete what is past its time."""
        old = "SELECT id FROM forecast_made WHERE origin_s < ? LIMIT ?"
        day = days_before_s // DAY_S
        statements: list[tuple[str, tuple[object, ...]]] = [
            (f"DELETE FROM forecast_said WHERE made_id IN ({old})", (made_before_s, limit)),  # noqa: S608 - a constant
            (f"DELETE FROM forecast_made WHERE id IN ({old})", (made_before_s, limit)),  # noqa: S608 - a constant
            ("DELETE FROM forecast_warning WHERE origin_s < ?", (made_before_s,)),
            ("DELETE FROM forecast_day WHERE day < ?", (day,)),
            ("DELETE FROM forecast_score WHERE day < date(? * 86400, 'unixepoch')", (day,)),
        ]
        with self._commit() as connection:
            return sum(connection.execute(query, given).rowcount for query, given in statements)

    def _made(self, where: str, given: Iterable[object]) -> list[Made]:
        query = f"SELECT {_MADE} FROM forecast_made WHERE {where}"  # noqa: S608 - written in this room
        with self._snapshot() as connection:
            rows = connection.execute(query, tuple(given))
            return [Made(*(*row[:5], tuple(json.loads(row[5])))) for row in rows]

    def _scores(self, where: str, given: Iterable[object]) -> list[ScoreRow]:
        query = f"SELECT {_SCORE} FROM forecast_score WHERE {where}"  # noqa: S608 - written in this room
        with self._snapshot() as connection:
            rows = connection.execute(query, tuple(given))
            return [
                ScoreRow(site, day, Places(places), *numbers)
                for site, day, places, *numbers in rows
            ]


def _series_of(connection: sqlite3.Connection, site: str, places: Iterable[str]) -> dict[str, int]:
    """Return the row of each place, made where it is new."""
    found: dict[str, int] = {}
    for place in places:
        connection.execute(
            "INSERT OR IGNORE INTO forecast_series (site, place) VALUES (?, ?)", (site, place)
        )
        query = "SELECT id FROM forecast_series WHERE site = ? AND place = ?"
        (found[place],) = connection.execute(query, (site, place)).fetchone()
    return found
