# SPDX-License-Identifier: Apache-2.0
"""Look at every site, propose levels, raise alarms and end them. One thread runs it.

Rule 1: what it sees it writes to the log, and a restart goes on from there: a level that is held is
still held. Rule 2: an alarm ends once its cause was gone for two minutes, so that what comes and
goes is one alarm. Rule 3: a turn is followed by a rest, and a fault waits for the next turn.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from fusion_service.errors import StoreError
from fusion_service.estimate.ahead import by_trend
from fusion_service.estimate.levels import (
    DEFAULT_RULES,
    Ahead,
    Coming,
    Evidence,
    LevelRules,
    Proposal,
    Safety,
    Service,
    propose,
)
from fusion_service.estimate.observation import ZoneEstimate
from fusion_service.estimate.routes import RouteLevel, route_level
from fusion_service.ledger.shift_log import Deed, Detail
from fusion_service.registry.site import Level, Site
from fusion_service.registry.stretches import Stretch, stretches_of
from fusion_service.shift.alarm_rules import Seen, changes, silent_devices
from fusion_service.shift.desk import Desk
from fusion_service.shift.state import Alarm, SiteShift
from fusion_service.store.estimates import Picture
from fusion_service.store.port import Archive, Began

GONE_MS = 120_000
FLOW_S = 300
"""Over how long a flow is a mean: a minute's is as noisy as groups are."""
BACK_MS = 300_000
"""How long boxes have to send again what the broker did not take."""
TURN_S, REST, REST_MAX_S = 1.0, 3.0, 5.0
Drawn = Callable[[], Mapping[str, tuple[int, Site]]]
"""Return the version in force of each site that is drawn."""
Forecast = Callable[[str], Mapping[str, Sequence[Ahead]]]
"""Return what is forecast of each zone of a site; a zone that is not in it has its trend."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sources:
    """What is looked at.

    broker: why the centre hears nobody, empty where it does. forecast: of each zone, where anybody
    forecasts. coming: which levels are warned of. feeds: which feeds of a site are down, besides
    sources of others, which show by their silence.
    """

    picture: Picture
    archive: Archive
    drawn: Drawn
    broker: Callable[[], str] = lambda: ""
    forecast: Forecast = lambda _site: {}
    coming: Callable[[str], Sequence[Coming]] = lambda _site: ()
    feeds: Callable[[str], Collection[str]] = lambda _site: ()


@dataclass(slots=True)
class SiteMonitor:
    """What is seen of one site."""

    version: int
    site: Site
    stretches: Mapping[str, tuple[Stretch, ...]]
    proposals: dict[str, Proposal] = field(default_factory=dict)
    routes: tuple[RouteLevel, ...] = ()
    flows: dict[str, float] = field(default_factory=dict)
    flows_of_s: int = 0
    gone_ms: dict[int, int] = field(default_factory=dict)
    """Since when the cause of an open alarm is gone."""


@dataclass(slots=True)
class ShiftMonitor:
    """Every drawn site, as it is seen. Read by others: `seen` gives what is known of a site."""

    desk: Desk
    sources: Sources
    rules: LevelRules = DEFAULT_RULES
    _sites: dict[str, SiteMonitor] = field(default_factory=dict)
    _broker_away_ms: int | None = None
    fault: str = ""

    def seen(self, site: str) -> SiteMonitor | None:
        """Return what is seen of a site; None where nothing was yet."""
        return self._sites.get(site)

    def run(self, stop: threading.Event, told: threading.Event) -> None:
        """Look until told to stop; `told` is set where something has become known."""
        while not stop.is_set():
            told.clear()
            begun = time.monotonic()
            try:
                self.turn()
                self.fault = ""
            except StoreError as error:
                if not self.fault:
                    log.warning("levels and alarms wait, the store fails: %s", error)
                self.fault = f"levels and alarms wait: {error}"
            rest_s = min(max(TURN_S, REST * (time.monotonic() - begun)), REST_MAX_S)
            if not stop.wait(rest_s):
                told.wait(REST_MAX_S)

    def turn(self) -> None:
        """Look at every site once. Raises StoreError where the store fails."""
        now_ms = self.desk.now_ms()
        broker = self.sources.broker()
        if broker or self._broker_away_ms is None:
            # A start is like a broker that is back: boxes are about to send what has waited.
            self._broker_away_ms = now_ms
        drawn = self.sources.drawn()
        for name in [name for name in self._sites if name not in drawn]:
            del self._sites[name]
        for name, (version, site) in drawn.items():
            monitor = self._sites.get(name)
            if monitor is None or monitor.version != version:
                monitor = self._begin(version, site)
            self._look(monitor, broker, now_ms)

    def _begin(self, version: int, site: Site) -> SiteMonitor:
        stretches = {one.id: stretches_of(site, one) for one in site.emergency_routes}
        monitor = SiteMonitor(version, site, stretches)
        shift = self.desk.site(site.id)
        zones = {one.id for one in site.zones}
        monitor.proposals = {
            zone: _remembered(zone, decided.level, decided.since_ms // 1000)
            for zone, decided in shift.proposed.items()
            if zone in zones
        }
        self._sites[site.id] = monitor
        return monitor

    def _look(self, monitor: SiteMonitor, broker: str, now_ms: int) -> None:
        site = monitor.site
        estimates = {
            row.estimate.zone: row.estimate for row in self.sources.picture.latest(site.id)
        }
        self._propose(monitor, estimates, now_ms)
        zones = {zone.id: zone for zone in site.zones}
        levels = (
            route_level(one, monitor.stretches[one.id], zones, estimates)
            for one in site.emergency_routes
        )
        monitor.routes = tuple(one for one in levels if one is not None)
        silent = silent_devices(estimates.values())
        others = {one.id for one in site.sources}
        away_ms = self._broker_away_ms
        seen = Seen(
            site,
            monitor.proposals,
            monitor.routes,
            silent - others,
            {*(silent & others), *self.sources.feeds(site.id)},
            broker,
            broker_back=away_ms is not None and now_ms - away_ms < BACK_MS,
            coming=self.sources.coming(site.id),
        )
        self._write(monitor, seen, now_ms)

    def _propose(
        self, monitor: SiteMonitor, estimates: Mapping[str, ZoneEstimate], now_ms: int
    ) -> None:
        """Propose a level of each zone of which something new is known."""
        self._count_flows(monitor, now_ms)
        forecast = self.sources.forecast(monitor.site.id)
        for zone in monitor.site.zones:
            estimate, before = estimates.get(zone.id), monitor.proposals.get(zone.id)
            if estimate is None or (before is not None and estimate.at_s < before.at_s):
                continue
            coming = forecast.get(zone.id) or by_trend(estimate)
            evidence = Evidence(estimate, monitor.flows.get(zone.id), coming)
            proposal = propose(before, zone, evidence, self.rules)
            monitor.proposals[zone.id] = proposal
            known = Level.GREEN if before is None else before.level
            if proposal.level is not known:
                self.desk.propose(monitor.site.id, zone.id, proposal.level, _said(proposal))

    def _count_flows(self, monitor: SiteMonitor, now_ms: int) -> None:
        """Work out how many people walk on the busiest way of each zone, a metre and minute."""
        end_s = now_ms // 60_000 * 60
        if monitor.flows_of_s == end_s or not monitor.site.links:
            return
        monitor.flows_of_s = end_s
        began = Began(end_s - FLOW_S, end_s)
        at_link = {
            (placement.device, counter.line): counter.at_link
            for placement in monitor.site.placements
            for counter in placement.counters
            if counter.line is not None and counter.at_link is not None
        }
        walked: dict[str, float] = {}
        for row in self.sources.archive.line_sums(monitor.site.id, began):
            link = at_link.get((row.device, row.line))
            if link is not None and row.windows and row.in_sum is not None:
                people = max(row.in_sum + (row.out_sum or 0), 0)
                walked[link] = max(walked.get(link, 0.0), people / (FLOW_S / 60))
        flows: dict[str, float] = {}
        for one in monitor.site.links:
            if one.id in walked:
                for zone in filter(None, (one.from_zone, one.to_zone)):
                    flows[zone] = max(flows.get(zone, 0.0), walked[one.id] / one.width_m)
        monitor.flows = flows

    def _write(self, monitor: SiteMonitor, seen: Seen, now_ms: int) -> None:
        """Raise what is new, call worse what is, and end what was gone for a while."""
        shift = self.desk.site(monitor.site.id)
        found = changes(seen, shift, now_ms)
        for cause in found.raised:
            self.desk.raise_alarm(monitor.site.id, cause)
        for alarm, cause in found.worsened:
            self.desk.change_alarm(alarm, Deed.WORSENED, cause)
        gone = {one.id: monitor.gone_ms.get(one.id, now_ms) for one in found.ended}
        for alarm in found.ended:
            if now_ms - gone[alarm.id] >= GONE_MS or _is_answered(alarm, shift):
                self.desk.change_alarm(alarm, Deed.ENDED)
                del gone[alarm.id]
        monitor.gone_ms = gone
        for alarm in list(shift.open.values()):
            if alarm.shelved_until_ms is not None and not alarm.is_shelved(now_ms):
                self.desk.change_alarm(alarm, Deed.UNSHELVED)


def _is_answered(alarm: Alarm, shift: SiteShift) -> bool:
    """Say whether somebody decided what an alarm asked for, so that it need not linger."""
    if not alarm.cause.zone:
        return False
    decided = shift.declared.get(alarm.cause.zone)
    return decided is not None and decided.since_ms >= alarm.changed_ms


def _said(proposal: Proposal) -> Detail:
    """Return what the log says of a proposal besides its level."""
    said: list[tuple[str, str | int]] = [
        ("high", int(proposal.high)),
        ("low", int(proposal.low)),
        ("reasons", " ".join(proposal.reasons)),
        ("safety", proposal.safety.value),
        ("service", proposal.service.value),
    ]
    if proposal.expected_s is not None:
        said.append(("expected_s", proposal.expected_s))
    return tuple(said)


def _remembered(zone: str, level: Level, since_s: int) -> Proposal:
    """Return a proposal as the log remembers it; its numbers come with the next look."""
    return Proposal(
        zone, since_s, level, since_s, (), level, level, service=Service.A, safety=Safety.FREE
    )
