# SPDX-License-Identifier: Apache-2.0
"""What the picture is read from: estimates, and the files that draw the sites."""

import gzip
import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fusion_service.errors import QueryError
from fusion_service.registry.site import Site, Zone
from fusion_service.registry.site_file.reading import read_site
from fusion_service.store.estimates import Picture
from fusion_service.store.site_plans import SitePlans

SITES_MAX = 64
"""Drawings kept read. More than one centre has; the oldest goes."""
BUILDINGS_BYTES_MAX = 16 * 2**20
"""Some 50,000 buildings; packed it is a fifth of that on the way."""


@dataclass(frozen=True, slots=True)
class PublicRules:
    """What anybody may know of a site: how late, and how coarse.

    delay_s: how old a number is at least. round_to: people are rounded to a multiple of it.
    """

    delay_s: int = 900
    round_to: int = 100


@dataclass(slots=True)
class Drawings:
    """The site files in force, each read once."""

    plans: SitePlans
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _read: dict[str, tuple[int, Site]] = field(default_factory=dict)

    def names(self) -> list[str]:
        """Return the sites that are drawn, by name."""
        return [row.site for row in self.plans.in_force()]

    def site(self, name: str) -> Site:
        """Return a site as its file in force draws it. Raises QueryError where none does."""
        versions = {row.site: row.version for row in self.plans.in_force()}
        if name not in versions:
            raise _undrawn(name)
        with self._lock:
            known = self._read.get(name)
            if known is not None and known[0] == versions[name]:
                return known[1]
        plan = self.plans.plan(name)
        if plan is None:
            raise _undrawn(name)
        drawn = read_site(plan.content.encode())
        with self._lock:
            self._read.pop(name, None)
            while len(self._read) >= SITES_MAX:
                self._read.pop(next(iter(self._read)))
            self._read[name] = plan.version, drawn
        return drawn

    def time_zone(self, site: str) -> str | None:
        """Return a site's time zone; None where it is not drawn."""
        return self.site(site).time_zone if site in self.names() else None

    def zone(self, site: str, name: str) -> Zone:
        """Return a zone of a site. Raises QueryError where the file draws none of this name."""
        try:
            return self.site(site).zone(name)
        except KeyError:
            raise QueryError(
                name, where="zone", wanted=f"a zone of {site}; see /v1/sites/{site}/zones.geojson"
            ) from None


@dataclass(slots=True)
class BuildingsFile:
    """A file, read once for each change of it. Safe for many threads."""

    path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _read: tuple[tuple[int, int], bytes, str] | None = None

    def is_there(self) -> bool:
        """Say whether there is a file to serve."""
        return self._stamp() is not None

    def packed(self) -> tuple[bytes, str] | None:
        """Return its content, packed, and its ETag; None where there is none to serve."""
        stamp = self._stamp()
        if stamp is None:
            return None
        with self._lock:
            if self._read is None or self._read[0] != stamp:
                content = self.path.read_bytes()[:BUILDINGS_BYTES_MAX]
                tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
                self._read = stamp, gzip.compress(content, mtime=0), tag
            return self._read[1], self._read[2]

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size) if found.st_size <= BUILDINGS_BYTES_MAX else None


def wall_ms() -> int:
    """Return the clock on the wall, UTC in ms."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class PictureSources:
    """All that the routes of the picture read.

    public: None where the public gets no answer. now_ms: the centre's clock, which an exercise
    turns by itself.
    """

    picture: Picture
    drawings: Drawings
    public: PublicRules | None = None
    now_ms: Callable[[], int] = wall_ms
    buildings: BuildingsFile | None = None
    """None where no file of them is configured."""


def _undrawn(name: str) -> QueryError:
    return QueryError(
        name, where="site", wanted="a site that is drawn; fusion-service site import brings one"
    )
