# SPDX-License-Identifier: Apache-2.0
"""How things stand at a site, for one page. Pure: a state in, a page's content out.

One A4 page holds so much, so everything here has a bound, and what was left off is counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fusion_service.estimate.levels import Proposal
from fusion_service.estimate.observation import ZoneEstimate
from fusion_service.estimate.routes import RouteLevel
from fusion_service.ledger.alarm_rates import AlarmRates
from fusion_service.ledger.shift_log import Deed, ShiftEntry
from fusion_service.registry.site import Level, Site, Zone
from fusion_service.shift.measures import Item, checklist
from fusion_service.shift.outlook import DayAhead
from fusion_service.shift.rates import rates_of
from fusion_service.shift.state import Alarm, SiteShift

ZONES_MAX, ALARMS_MAX, MEASURES_MAX, LOG_MAX, ROUTES_MAX = 10, 6, 8, 6, 3
TOLD = frozenset(
    {
        Deed.DECLARED,
        Deed.DONE,
        Deed.UNDONE,
        Deed.NOTED,
        Deed.HANDED_OVER,
        Deed.TAKEN_OVER,
        Deed.RAISED,
        Deed.ACKNOWLEDGED,
    }
)
"""What of the log stands on the page."""


@dataclass(frozen=True, slots=True)
class ZoneSituation:
    """How a zone stands; estimate and proposal are None where nothing is known."""

    zone: Zone
    declared: Level
    proposal: Proposal | None
    estimate: ZoneEstimate | None


@dataclass(frozen=True, slots=True)
class DayLevel:
    """The worst level that a day may bring at the site, in which zone; None where nobody knows."""

    day: str
    level: Level | None
    zone: str
    people: float | None
    basis: str


@dataclass(frozen=True, slots=True)
class Situation:
    """What the page says. left_off: how many rows of each part did not fit."""

    site: Site
    at_ms: int
    declared: Level
    zones: tuple[ZoneSituation, ...]
    routes: tuple[RouteLevel, ...]
    alarms: tuple[Alarm, ...]
    measures: tuple[Item, ...]
    log: tuple[ShiftEntry, ...]
    days: tuple[DayLevel, ...]
    left_off: int
    rates: AlarmRates


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of a site now. log: its newest entries, the last first."""

    site: Site
    at_ms: int
    shift: SiteShift
    proposals: Mapping[str, Proposal]
    routes: Sequence[RouteLevel]
    estimates: Mapping[str, ZoneEstimate]
    log: Sequence[ShiftEntry]
    days: Sequence[DayAhead]


def situation_of(known: Known) -> Situation:
    """Return how things stand: in each part the worst first."""
    shift, site = known.shift, known.site
    zones = sorted((_zone(one, known) for one in site.zones), key=_urgency)
    items = [one for zone in site.zones for one in checklist(site, shift, zone.id)]
    items.sort(key=lambda one: (one.is_done, -one.measure.level))
    alarms = sorted(shift.open.values(), key=lambda one: (-one.cause.severity, -one.raised_ms))
    routes = sorted(known.routes, key=lambda one: -one.level)
    log = [one for one in known.log if Deed(one.deed) in TOLD]
    parts = ((zones, ZONES_MAX), (items, MEASURES_MAX), (alarms, ALARMS_MAX), (routes, ROUTES_MAX))
    return Situation(
        site,
        known.at_ms,
        max((one.declared for one in zones), default=Level.GREEN),
        tuple(zones[:ZONES_MAX]),
        tuple(routes[:ROUTES_MAX]),
        tuple(alarms[:ALARMS_MAX]),
        tuple(items[:MEASURES_MAX]),
        tuple(log[:LOG_MAX]),
        _days(known.days),
        sum(max(len(rows) - limit, 0) for rows, limit in parts),
        rates_of([shift], known.at_ms),
    )


def _zone(zone: Zone, known: Known) -> ZoneSituation:
    return ZoneSituation(
        zone,
        known.shift.declared_level(zone.id),
        known.proposals.get(zone.id),
        known.estimates.get(zone.id),
    )


def _urgency(one: ZoneSituation) -> tuple[float, ...]:
    proposed = 0 if one.proposal is None else int(one.proposal.level)
    density = 0.0 if one.estimate is None else one.estimate.density
    return -max(int(one.declared), proposed), -density


def _days(days: Sequence[DayAhead]) -> tuple[DayLevel, ...]:
    """Return the worst zone of each day."""
    found: dict[str, DayLevel] = {}
    for one in days:
        day = one.day.isoformat()
        new = DayLevel(day, one.level, one.zone, one.people, one.basis)
        old = found.get(day)
        if old is None or _weight(new) > _weight(old):
            found[day] = new
    return tuple(found[day] for day in sorted(found))


def _weight(day: DayLevel) -> tuple[float, float]:
    return (-1.0 if day.level is None else float(day.level), day.people or 0.0)
