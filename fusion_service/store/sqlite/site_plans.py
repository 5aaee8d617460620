# SPDX-License-Identifier: Apache-2.0
"""The versions of sites' files, in SQLite.

Each call has a connection of its own, because sites change seldom.
"""

from contextlib import closing
from pathlib import Path
from sqlite3 import Connection

from fusion_service.store.site_plans import Kept, SitePlan, SitePlanRow
from fusion_service.store.sqlite.connection import open_writer, snapshot
from fusion_service.store.sqlite.errors import translated

_ROW = "site, version, imported_ms, length(CAST(content AS BLOB))"
_NEWEST = "SELECT version, content FROM site_plan WHERE site = ? ORDER BY version DESC LIMIT 1"


class SqliteSitePlans:
    """Every version of every site's file in one store; see `SitePlans`."""

    def __init__(self, path: Path, *, size_mib_max: int) -> None:
        self._path = path
        self._size_mib_max = size_mib_max

    def is_there(self) -> bool:
        """Say whether there is a store yet."""
        return self._path.exists()

    def plan(self, site: str, version: int | None = None) -> SitePlan | None:
        """Return a version of a site's file, with None the one in force; None where none is."""
        query = (
            "SELECT site, version, content, imported_ms FROM site_plan WHERE site = ?1 AND "
            "(?2 IS NULL OR version = ?2) ORDER BY version DESC LIMIT 1"
        )
        with snapshot(self._path) as connection:
            row = connection.execute(query, (site, version)).fetchone()
        return None if row is None else SitePlan(*row)

    def in_force(self) -> list[SitePlanRow]:
        """Return which version of each site is in force, by site."""
        query = (
            f"SELECT {_ROW} FROM site_plan p WHERE version = (SELECT max(version) FROM site_plan "  # noqa: S608 - our own words
            "WHERE site = p.site) ORDER BY site"
        )
        with snapshot(self._path) as connection:
            return [SitePlanRow(*row) for row in connection.execute(query)]

    def versions(self, site: str, *, before: int, limit: int) -> list[SitePlanRow]:
        """Return a site's versions, the newest first, those before a version."""
        query = (
            f"SELECT {_ROW} FROM site_plan WHERE site = ? AND version < ? "  # noqa: S608 - our own words
            "ORDER BY version DESC LIMIT ?"
        )
        with snapshot(self._path) as connection:
            return [SitePlanRow(*row) for row in connection.execute(query, (site, before, limit))]

    def keep(
        self, site: str, content: str, *, now_ms: int, expected: int | None = None
    ) -> Kept | None:
        """Put a file in force; see `SitePlans.keep`. It is on disk once this returns."""
        opened = open_writer(self._path, size_mib_max=self._size_mib_max, synchronous="FULL")
        with translated(self._path), closing(opened) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                kept = _kept(connection, SitePlan(site, 0, content, now_ms), expected)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        return kept


def _kept(connection: Connection, plan: SitePlan, expected: int | None) -> Kept | None:
    row = connection.execute(_NEWEST, (plan.site,)).fetchone()
    version, content = (0, None) if row is None else (int(row[0]), row[1])
    if expected not in {None, version}:
        return None
    if content == plan.content:
        return Kept(version, is_new=False)
    connection.execute(
        "INSERT INTO site_plan (site, version, content, imported_ms) VALUES (?, ?, ?, ?)",
        (plan.site, version + 1, plan.content, plan.imported_ms),
    )
    return Kept(version + 1, is_new=True)
