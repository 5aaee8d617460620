# SPDX-License-Identifier: Apache-2.0
"""What the centre asks of whatever keeps the versions of sites' files. Behind it store/sqlite.

Rule 1: the highest version of a site is in force. Rule 2: a version is never changed; the same
content again makes none. Rule 3: every call raises StoreError where the store fails.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SitePlan:
    """One version of a site's file, from 1 on, as it was brought in (UTC, ms)."""

    site: str
    version: int
    content: str
    imported_ms: int


@dataclass(frozen=True, slots=True)
class SitePlanRow:
    """A version without its content; size is in bytes of UTF-8."""

    site: str
    version: int
    imported_ms: int
    size: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a file: the version in force, and whether it is new."""

    version: int
    is_new: bool


class SitePlans(Protocol):
    """Safe for many threads; each call sees one state."""

    def plan(self, site: str, version: int | None = None) -> SitePlan | None:
        """Return a version of a site's file, with None the one in force; None where none is."""

    def in_force(self) -> list[SitePlanRow]:
        """Return which version of each site is in force, by site."""

    def versions(self, site: str, *, before: int, limit: int) -> list[SitePlanRow]:
        """Return a site's versions, the newest first, those before a version."""

    def keep(
        self, site: str, content: str, *, now_ms: int, expected: int | None = None
    ) -> Kept | None:
        """Put a file in force, as a new version unless it is the one in force.

        `expected` is the version that has to be in force now, 0 for none; None puts it in force
        whatever is. Return None where another one is.
        """


_READ = 100


def in_force_at(plans: SitePlans, newest: SitePlan, at_ms: int) -> SitePlan:
    """Return the version of a site's file that was in force at a moment (UTC, ms).

    The newest where none was yet.
    """
    before = newest.version + 1
    while rows := plans.versions(newest.site, before=before, limit=_READ):
        for row in rows:
            if row.imported_ms < at_ms:
                return plans.plan(newest.site, row.version) or newest
        before = rows[-1].version
    return newest
