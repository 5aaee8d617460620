# SPDX-License-Identifier: Apache-2.0
"""What is known now of each site, encoded once for everybody who asks or listens.

Rule 1: an answer costs no question to the store, unless something has become known since. Rule 2: a
client that does not keep up is let go, and waits for nobody else's sake. Rule 3: nothing here
belongs to one event loop for longer than a client does.
"""

import asyncio
import contextlib
import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby

from fusion_service.access.roles import Scope
from fusion_service.errors import FusionError, QueryError
from fusion_service.registry.site import Site, Zone
from fusion_service.store.estimates import EstimateRow
from fusion_service.web.form.instants import of_milliseconds, text_of
from fusion_service.web.picture.sources import PictureSources
from fusion_service.web.picture.zone_view import ZoneEstimateView, ZoneNumbersView, who_counts

CLIENTS_MAX = 512
"""Listeners at once, over all sites: two control rooms and every phone of a large event."""
WAITING_MAX = 32
"""Events that wait for one listener. At the bound it is let go, and comes back where it was."""
CHANGES_MAX = 5_000
"""Estimates read at once: five minutes of a site of a thousand zones."""
SAME_PEOPLE = 0.1
LOOK_AGAIN_S = 5.0
"""How old an answer may be where nobody told of anything new, because another process wrote it."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many listen at once, and how much is read at once."""

    clients_max: int = CLIENTS_MAX
    changes_max: int = CHANGES_MAX


@dataclass(frozen=True, slots=True)
class Event:
    """What became known at one moment, as it goes over the wire. parts: of each zone."""

    id_ms: int
    site: str
    parts: tuple[tuple[str, str], ...]
    content: bytes

    def content_for(self, covers: Callable[[str], bool] | None) -> bytes:
        """Return the event for somebody who sees some of the zones; a comment where it has none."""
        if covers is None:
            return self.content
        parts = [part for zone, part in self.parts if covers(zone)]
        return _written(self.id_ms, self.site, parts) if parts else b": nothing of yours\n\n"


@dataclass(eq=False, slots=True)
class Listener:
    """One client of a stream. Closed with None."""

    site: str
    loop: asyncio.AbstractEventLoop
    waiting: asyncio.Queue[Event | None] = field(
        default_factory=lambda: asyncio.Queue(WAITING_MAX + 1)
    )
    is_dropped: bool = False

    def hand(self, event: Event | None) -> None:
        """Put an event in its queue; called in its loop."""
        if self.is_dropped:
            return
        if event is None or self.waiting.qsize() >= WAITING_MAX:
            self.is_dropped = True
            while not self.waiting.empty():
                self.waiting.get_nowait()
            event = None
        self.waiting.put_nowait(event)


@dataclass(slots=True)
class SiteNow:
    """What is known of one site now: each zone's part of the answer, and the whole."""

    site: str
    known_ms: int = 0
    parts: dict[str, bytes] = field(default_factory=dict)
    rows: dict[str, EstimateRow] = field(default_factory=dict)
    body: bytes = b""
    etag: str = ""
    whole: Event | None = None
    """The newest of every zone as an event, for who comes; None until somebody does."""
    is_stale: bool = True
    read_s: float = -LOOK_AGAIN_S

    def encode(self) -> None:
        """Put the answer together out of its zones, by name."""
        self.body = self._body(sorted(self.parts))
        self.etag = etag_of(self.body)
        self.whole = None

    def body_for(self, scope: Scope) -> bytes:
        """Return the answer for whoever has a scope over the site, or over some of its zones."""
        if scope.covers_site(self.site):
            return self.body
        return self._body([one for one in sorted(self.parts) if scope.covers_zone(self.site, one)])

    def _body(self, names: list[str]) -> bytes:
        known = f'"{text_of(of_milliseconds(self.known_ms))}"' if self.known_ms else "null"
        zones = b",".join(self.parts[name] for name in names)
        return b'{"site":"%s","known_at":%s,"zones":[%s]}' % (
            self.site.encode(),
            known.encode(),
            zones,
        )


class LivePicture:
    """The newest of each site, kept up to date by whoever says that something is new."""

    def __init__(
        self,
        sources: PictureSources,
        *,
        now_s: Callable[[], float] = time.monotonic,
        bounds: Bounds = Bounds(),
    ) -> None:
        self.sources = sources
        self._now_s = now_s
        self._bounds = bounds
        self._lock = threading.Lock()
        self._sites: dict[str, SiteNow] = {}
        self._listeners: dict[str, set[Listener]] = {}
        self._told = threading.Condition()
        self._dirty: set[str] = set()
        self._is_ended = False
        self._is_followed = False

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return sum(len(some) for some in list(self._listeners.values()))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Follow what becomes known, for as long as the `with` lasts; then let every listener go.

        Answers are right without it too, and then cost a question to the store each.
        """
        thread = threading.Thread(target=self._follow, name="picture", daemon=True)
        with self.sources.picture.listening(self._note):
            thread.start()
            self._is_followed = True
            try:
                yield
            finally:
                self._is_followed = False
                self.end()
                thread.join()

    def end(self) -> None:
        """Let every listener go, and take no more."""
        with self._told:
            self._is_ended = True
            self._told.notify_all()
        for listener in [one for some in list(self._listeners.values()) for one in list(some)]:
            with contextlib.suppress(RuntimeError):  # its loop has ended, and so has it
                listener.loop.call_soon_threadsafe(listener.hand, None)

    def now(self, site: str) -> SiteNow:
        """Return what is known of a site now. Raises QueryError where it is not drawn."""
        known = self._sites.get(site)
        if known is None:
            return self.refresh(site)
        # Where somebody follows, news is a moment away, and no answer waits for it.
        is_old = known.is_stale or self._now_s() - known.read_s >= LOOK_AGAIN_S
        return self.refresh(site) if is_old and not self._is_followed else known

    def refresh(self, site: str) -> SiteNow:
        """Read what has become known of a site, and tell who listens to it."""
        with self._lock:
            now = self._sites.get(site) or SiteNow(site)
            drawn = self.sources.drawings.site(site)
            now.is_stale = False
            try:
                rows = self._changed(now)
            except FusionError:
                now.is_stale = True
                raise
            now.read_s = self._now_s()
            events = self._learn(now, rows, drawn)
            if rows or not now.body:
                now.encode()
            self._sites[site] = now
            for event in events:
                for listener in list(self._listeners.get(site, ())):
                    with contextlib.suppress(RuntimeError):  # its loop has ended, and so has it
                        listener.loop.call_soon_threadsafe(listener.hand, event)
            return now

    def takes_more(self) -> bool:
        """Say whether one more may listen."""
        return not self._is_ended and self.listeners < self._bounds.clients_max

    def listen(self, listener: Listener, after_ms: int | None) -> list[Event]:
        """Put a listener on the list, and return what it has not had; may ask the store.

        after_ms: the last that the client has had; None for nothing. Where it has missed more than
        is read at once, or nothing was had, that is the newest of every zone. Raises QueryError
        where the site is not drawn.
        """
        self.now(listener.site)
        with self._lock:
            now = self._sites[listener.site]
            self._listeners.setdefault(listener.site, set()).add(listener)
            zones = {z.id: z for z in self.sources.drawings.site(listener.site).zones}
            if after_ms is not None:
                rows = self.sources.picture.changes(
                    listener.site, after_ms=after_ms, limit=self._bounds.changes_max
                )
                rows = [row for row in rows if row.known_ms <= now.known_ms]
                if len(rows) < self._bounds.changes_max:
                    return _events(rows, zones)
            if not now.rows:
                return []
            if now.whole is None:
                newest = [now.rows[name] for name in sorted(now.rows)]
                now.whole = _event(now.known_ms, newest, zones)
            return [now.whole]

    def leave(self, listener: Listener) -> None:
        """Forget a listener."""
        some = self._listeners.get(listener.site, set())
        some.discard(listener)

    def _note(self, site: str) -> None:
        """Note that something of a site has become known; called from another thread."""
        known = self._sites.get(site)
        if known is not None:
            known.is_stale = True
        with self._told:
            self._dirty.add(site)
            self._told.notify_all()

    def _follow(self) -> None:
        while True:
            with self._told:
                if not self._dirty and not self._is_ended:
                    self._told.wait(LOOK_AGAIN_S)
                if self._is_ended:
                    return
                # Nobody told: whatever is asked for is looked at all the same.
                dirty = self._dirty or set(self._sites)
                self._dirty = set()
            for site in dirty:
                try:
                    self.refresh(site)
                except QueryError:
                    continue  # estimated, and drawn no more
                except FusionError as error:
                    log.warning("picture of %s: %s; asked again", site, error)

    def _changed(self, now: SiteNow) -> list[EstimateRow]:
        """Return what has become known since, whole moments of knowledge at a time."""
        picture = self.sources.picture
        if not now.known_ms:
            return sorted(picture.latest(now.site), key=lambda row: row.known_ms)
        rows = picture.changes(now.site, after_ms=now.known_ms, limit=self._bounds.changes_max)
        if len(rows) < self._bounds.changes_max:
            return rows
        # So much at once is a past that was worked out anew: the newest is all that matters now.
        newest = picture.latest(now.site)
        return sorted(newest, key=lambda row: row.known_ms)

    def _learn(self, now: SiteNow, rows: list[EstimateRow], drawn: Site) -> list[Event]:
        zones, counting, news = {zone.id: zone for zone in drawn.zones}, who_counts(drawn), []
        for row in rows:
            name = row.estimate.zone
            had = now.rows.get(name)
            now.known_ms = max(now.known_ms, row.known_ms)
            if had is not None and says_the_same(had, row):
                continue  # the running minute is worked out again at every turn
            news.append(row)
            if had is None or row.estimate.at_s >= had.estimate.at_s:
                now.rows[name] = row
                view = ZoneEstimateView.of_row(row, zones.get(name), counting)
                now.parts[name] = view.model_dump_json().encode()
        return _events(news, zones)


def etag_of(body: bytes) -> str:
    """Return a strong tag of an answer."""
    return f'"{hashlib.sha256(body).hexdigest()[:24]}"'


def says_the_same(had: EstimateRow, new: EstimateRow) -> bool:
    """Say whether two estimates differ in nothing that anybody could see, to a tenth of a person.

    How old a sensor's newest window is goes on by itself.
    """
    one, two = had.estimate, new.estimate
    if (one.at_s, one.basis, one.condition) != (two.at_s, two.basis, two.condition):
        return False
    if any(
        abs(getattr(one, name) - getattr(two, name)) >= SAME_PEOPLE
        for name in ("people", "low_80", "high_80", "low_95", "high_95")
    ):
        return False
    return [(each.sensor, each.condition) for each in one.contributions] == [
        (each.sensor, each.condition) for each in two.contributions
    ]


def _events(rows: list[EstimateRow], zones: dict[str, Zone]) -> list[Event]:
    """Return an event for each moment at which something became known."""
    return [
        _event(known_ms, list(some), zones)
        for known_ms, some in groupby(rows, key=lambda row: row.known_ms)
    ]


def _event(id_ms: int, rows: list[EstimateRow], zones: dict[str, Zone]) -> Event:
    """Write an event of the HTML standard, section 9.2: an id, a name, and one line of JSON."""
    site = rows[0].site
    parts = tuple(
        (name, ZoneNumbersView.of_row(row, zones.get(name)).model_dump_json())
        for row in rows
        for name in (row.estimate.zone,)
    )
    return Event(id_ms, site, parts, _written(id_ms, site, [part for _, part in parts]))


def _written(id_ms: int, site: str, parts: list[str]) -> bytes:
    zones = ",".join(parts)
    text = f'id: {id_ms}\nevent: estimates\ndata: {{"site":"{site}","zones":[{zones}]}}\n\n'
    return text.encode()
