# SPDX-License-Identifier: Apache-2.0
"""Estimate all sites as their windows are committed. One thread runs it; time is an argument.

Rule 1: what is committed waits for nothing here, and a fault here loses no report. Rule 2: a turn
is followed by a rest of three times its length, five seconds at most, so that estimating leaves
most of a processor to others; going back for what came late has a rest of its own. Rule 3: a start
goes on from what was learnt and takes in again what has ended since.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from fusion_service.errors import StoreError
from fusion_service.estimate.fusion import Fusion
from fusion_service.estimate.observation import Observation
from fusion_service.estimate.sensors import sensors_of
from fusion_service.estimation.observed import observations_of
from fusion_service.estimation.site_picture import SitePicture, Worked, step_of
from fusion_service.registry.site import Site
from fusion_service.sources.observations import observations_of_sources
from fusion_service.store.estimates import WINDOWS_MAX, EstimateKeeper, EstimateRow, Memory
from fusion_service.store.sources import SourceCounts

Plans = Callable[[], Mapping[str, tuple[int, Site]]]
"""Return the version in force of each site that is drawn."""

TURN_S = (0.1, 1.0)
"""Least and longest wait between two turns: a clock goes on when nothing comes."""
REST = 3.0
REST_MAX_S = 5.0
"""After a start, which takes in a day and works for minutes, what is live is not left to wait."""
GAP_MAX_S = 7 * 86_400
"""After a longer rest of the centre fusion jumps: what is usual was learnt, the rest is old."""
BEFORE_S = 86_400
"""How much of the past is taken in where nothing was learnt yet, or after such a jump."""
FORGET_MAX = 5_000
AHEAD_S = 3_600
"""How far ahead of the clock a window is still in sums (ingest/admission.py)."""
NEVER_S = 0
"""The present of a test site of which nothing has come."""

log = logging.getLogger(__name__)


class Estimation:
    """Every drawn site's picture, and which windows are in it.

    Its attributes are what it reads and writes, how far it has read, and what waits.
    """

    def __init__(
        self,
        keeper: EstimateKeeper,
        plans: Plans,
        *,
        others: SourceCounts | None = None,
        now_ms: Callable[[], int],
        told: Callable[[str], None] = lambda _site: None,
        keep_s: int = 400 * 86_400,
    ) -> None:
        """`told` hears of each site of which something has become known.

        others: what counters of others said; None where nobody else counts.
        """
        self._keeper = keeper
        self._others = others
        self._upto_count = 0
        self._plans = plans
        self._now_ms = now_ms
        self._told = told
        self._keep_s = keep_s
        self._pictures: dict[str, tuple[int, SitePicture]] = {}
        self._upto_row: int | None = None
        self._known_ms = 0
        self._late: dict[str, int] = {}
        """The earliest late window of each site that estimates do not know yet."""
        self._revise_from = 0.0
        """When going back is due again, by the monotonic clock."""
        self._beginning_s = 0.0
        """How much of a turn was spent on a site's past: once, so no rest is due for it."""
        self._fault: str | None = None

    @property
    def fault(self) -> str | None:
        """What the store refuses now; None where it does as told."""
        return self._fault

    def run(self, stop: threading.Event, committed: threading.Event) -> None:
        """Work until told to stop. `committed` is set by who commits, and cleared here."""
        while not stop.is_set():
            committed.clear()
            begun = time.monotonic()
            try:
                self.turn()
                self._fault = None
            except StoreError as error:
                if self._fault is None:
                    log.warning("estimates wait, the store fails: %s", error)
                self._fault = f"estimates wait: {error}"
            worked_s = time.monotonic() - begun - self._beginning_s
            self._beginning_s = 0.0
            rest_s = min(max(TURN_S[0], REST * worked_s), REST_MAX_S)
            if not stop.wait(rest_s):
                committed.wait(max(0.0, TURN_S[1] - rest_s))

    def turn(self) -> None:
        """Take in all that was committed since the last turn, and go on to the present.

        Raises StoreError where the store fails; the next turn does it again.
        """
        self._follow_plans()
        fresh = self._fresh()
        for site, (_, picture) in self._pictures.items():
            observations = fresh.get(site, [])
            late_s = picture.earliest_late(observations)
            if late_s is not None:
                self._late[site] = min(late_s, self._late.get(site, late_s))
            self._keep(site, picture.take_in(observations, self._site_now_s(site)))
            if (learnt := picture.memory()) is not None:
                at_s, content = learnt
                version = self._pictures[site][0]
                self._keeper.remember(site, Memory(at_s, version, content))
                self._keeper.forget(before_s=at_s - self._keep_s, limit=FORGET_MAX)
        self._revise()

    def _follow_plans(self) -> None:
        """Begin a site's picture where there is none, or its drawing is another version.

        What was learnt and fits is kept. A test site begins with its first window.
        """
        plans = self._plans()
        for site in [site for site in self._pictures if site not in plans]:
            del self._pictures[site]
        for site, (version, drawn) in plans.items():
            now_s = self._site_now_s(site)
            if now_s == NEVER_S:
                continue
            if site in self._pictures:
                held, picture = self._pictures[site]
                if held == version and now_s - picture.at_s <= GAP_MAX_S:
                    continue
            self._begin(site, version, drawn, now_s)

    def _begin(self, site: str, version: int, drawn: Site, now_s: int) -> None:
        if self._upto_row is None:
            self._upto_row = self._keeper.newest_row()
            self._upto_count = 0 if self._others is None else self._others.newest_count()
        begun = time.monotonic()
        memory = self._keeper.memory(site)
        from_s = now_s - BEFORE_S
        if memory is not None and now_s - GAP_MAX_S < memory.at_s <= now_s:
            from_s = memory.at_s
        content = None if memory is None else memory.content
        fusion = Fusion(drawn, sensors_of(drawn), content, from_s=from_s)
        picture = SitePicture(fusion, from_s)
        self._pictures[site] = (version, picture)
        known = self._between(site)(step_of(from_s), now_s + AHEAD_S)
        self._keep(site, picture.take_in(known, now_s))
        self._beginning_s += time.monotonic() - begun
        log.info("site %s, version %d: estimated from %d s back", site, version, now_s - from_s)

    def _fresh(self) -> dict[str, list[Observation]]:
        """Return what every site's windows say that were committed since the last turn."""
        found: dict[str, list[Observation]] = defaultdict(list)
        while self._upto_row is not None:
            windows = self._keeper.windows_after(self._upto_row)
            for window in windows:
                if window.site in self._pictures:
                    found[window.site] += observations_of([window])
            if windows:
                self._upto_row = windows[-1].id
            if len(windows) < WINDOWS_MAX:
                break
        self._add_others(found)
        return found

    def _add_others(self, found: dict[str, list[Observation]]) -> None:
        """Add what counters of others said since the last turn; what is more waits for the next."""
        if self._others is None or self._upto_row is None:
            return
        plans = self._plans()
        rows = self._others.counts_after(self._upto_count, limit=WINDOWS_MAX)
        for site in {row.site for row in rows} & self._pictures.keys() & plans.keys():
            found[site] += observations_of_sources(rows, plans[site][1])
        if rows:
            self._upto_count = rows[-1].id

    def _between(self, site: str) -> Callable[[int, int], list[Observation]]:
        """Return how to ask what is known of a site's windows that ended in a time."""
        upto_row, upto_count = self._upto_row or 0, self._upto_count

        def known(after_s: int, until_s: int) -> list[Observation]:
            windows = self._keeper.windows_ending(
                site, after_s=after_s, until_s=until_s, upto_row=upto_row
            )
            found = observations_of(windows)
            if self._others is not None and (drawn := self._plans().get(site)) is not None:
                counts = self._others.counts_ending(
                    site, after_s=after_s, until_s=until_s, upto_row=upto_count
                )
                found += observations_of_sources(counts, drawn[1])
            return found

        return known

    def _revise(self) -> None:
        """Go back for what came late, once the rest of the last time is over."""
        begun = time.monotonic()
        if not self._late or begun < self._revise_from:
            return
        for site, late_s in list(self._late.items()):
            del self._late[site]
            if site in self._pictures:
                _, picture = self._pictures[site]
                self._keep(site, picture.revise(late_s, self._between(site)))
        ended = time.monotonic()
        self._revise_from = ended + REST * (ended - begun)

    def _keep(self, site: str, worked: Sequence[Worked]) -> None:
        """Write estimates: the running step's in place, those of the past beside what was known."""
        if not worked:
            return
        self._known_ms = max(self._known_ms + 1, self._now_ms())
        rows = {
            at_s: [EstimateRow(site, self._known_ms, one) for one in step.estimates]
            for step in worked
            for at_s in (step.at_s,)
        }
        running_s = worked[-1].at_s
        self._keeper.keep(rows.pop(running_s), in_place=True)
        self._keeper.keep([row for step in rows.values() for row in step], in_place=False)
        self._told(site)

    def _site_now_s(self, site: str) -> int:
        """Return a site's present: a test site is where its newest window ended."""
        clock = self._keeper.site_clock(site)
        return clock.newest_end_s if clock.test_site else self._now_ms() // 1000
