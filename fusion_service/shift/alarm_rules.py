# SPDX-License-Identifier: Apache-2.0
"""Which alarms there should be, by what is seen now. Pure.

Rule 1: one alarm for one cause. Boxes that fall silent together are one; where the centre has lost
the broker no box is blamed; where people stand too close the zone's proposal is no second alarm; a
level that is warned of is one alarm of the site, until it is proposed or declared.
Rule 2: what is worse is said anew, and wants to be acknowledged anew.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from fusion_service.estimate.levels import Coming, Proposal, Safety
from fusion_service.estimate.observation import SensorCondition, ZoneEstimate
from fusion_service.estimate.routes import RouteLevel
from fusion_service.registry.site import Level, Site
from fusion_service.shift.causes import Cause, Kind
from fusion_service.shift.state import FLOOD_BEGINS, FLOOD_ENDS, Alarm, SiteShift

GATHER_MS = 300_000
"""Boxes that fall silent within five minutes of each other are silent for one reason."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that alarms of a site stand on at a moment.

    feeds: what of others is down, by name. broker: why the centre hears nobody; empty where it
    does. broker_back: the broker was away a moment ago, and boxes are about to send again. coming:
    levels that are likely to come, by calibrated probability.
    """

    site: Site
    proposals: Mapping[str, Proposal]
    routes: Sequence[RouteLevel] = ()
    silent: Collection[str] = ()
    feeds: Collection[str] = ()
    broker: str = ""
    broker_back: bool = False
    coming: Sequence[Coming] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be written: alarms to raise, to call worse, and that have ended."""

    raised: tuple[Cause, ...] = ()
    worsened: tuple[tuple[Alarm, Cause], ...] = ()
    ended: tuple[Alarm, ...] = ()


@dataclass(slots=True)
class _Found:
    raised: list[Cause] = field(default_factory=list)
    worsened: list[tuple[Alarm, Cause]] = field(default_factory=list)
    kept: set[int] = field(default_factory=set)


def changes(seen: Seen, shift: SiteShift, now_ms: int) -> Changes:
    """Return what has changed about a site's alarms."""
    found = _Found()
    for cause in _causes(seen, shift):
        before = shift.of_cause(cause.key)
        if before is None:
            found.raised.append(cause)
        else:
            found.kept.add(before.id)
            if _is_news(cause, before.cause):
                found.worsened.append((before, cause))
    _silent(seen, shift, now_ms, found)
    _flood(shift, now_ms, found)
    ended = tuple(one for one in shift.open.values() if one.id not in found.kept)
    return Changes(tuple(found.raised), tuple(found.worsened), ended)


def silent_devices(estimates: Collection[ZoneEstimate]) -> frozenset[str]:
    """Return the devices and sources of which nothing comes: all their counters are silent."""
    conditions: dict[str, set[bool]] = {}
    for estimate in estimates:
        for one in estimate.contributions:
            device = one.sensor.partition("/")[0]
            # One that has not come once is not there yet; enrolling is somebody else's business.
            is_silent = one.condition is SensorCondition.SILENT and one.age_s is not None
            conditions.setdefault(device, set()).add(is_silent)
    return frozenset(name for name, said in conditions.items() if said == {True})


def _causes(seen: Seen, shift: SiteShift) -> list[Cause]:
    """Return every cause that is about one thing."""
    causes, drawn = [], {zone.id for zone in seen.site.zones}
    for zone, proposal in seen.proposals.items():
        is_dense = proposal.safety in {Safety.CONTACT, Safety.FORCES}
        if is_dense:
            causes.append(Cause(Kind.DENSITY, zone, proposal.level))
        level = Cause(Kind.LEVEL, zone, proposal.level)
        is_known = shift.of_cause(level.key) is not None
        if proposal.level > shift.declared_level(zone) and (is_known or not is_dense):
            causes.append(level)
    causes += _coming(seen, shift)
    causes += [
        Cause(Kind.DECLARED, zone, decided.level)
        for zone, decided in shift.declared.items()
        if decided.level is not Level.GREEN and zone in drawn
    ]
    causes += [
        Cause(Kind.ROUTE, one.route, one.level) for one in seen.routes if one.level is Level.RED
    ]
    causes += [Cause(Kind.FEED, name) for name in sorted(seen.feeds)]
    if seen.broker:
        causes.append(Cause(Kind.BROKER))
    return causes


def _coming(seen: Seen, shift: SiteShift) -> list[Cause]:
    """Return the highest level that is warned of, where it is above what is proposed and declared.

    A control room hears of it once: the zone that it was said of stays the zone of the alarm.
    """
    drawn = {zone.id for zone in seen.site.zones}
    open_zone = next(
        (one.cause.about for one in shift.open.values() if one.cause.kind is Kind.COMING), None
    )
    for one in sorted(seen.coming, key=lambda each: each.level, reverse=True):
        proposal = seen.proposals.get(one.zone)
        proposed = Level.GREEN if proposal is None else proposal.level
        if one.zone in drawn and one.level > max(proposed, shift.declared_level(one.zone)):
            about = open_zone if open_zone in drawn else one.zone
            return [Cause(Kind.COMING, about or one.zone, one.level)]
    return []


def _is_news(cause: Cause, before: Cause) -> bool:
    """Say whether somebody must look anew: it is worse, or was declared otherwise."""
    is_other = cause.kind is Kind.DECLARED and cause.level is not before.level
    return is_other or cause.severity > before.severity


def _silent(seen: Seen, shift: SiteShift, now_ms: int, found: _Found) -> None:
    """Say which boxes are silent together."""
    silent = set(seen.silent)
    known = [one for one in shift.open.values() if one.cause.kind is Kind.BOXES]
    for alarm in known:
        if silent & set(alarm.cause.members):
            found.kept.add(alarm.id)
    if seen.broker or seen.broker_back:
        return  # nobody is heard: that is an alarm already
    new = silent - {name for alarm in known for name in alarm.cause.members}
    if not new:
        return
    last = max(known, key=lambda one: one.raised_ms, default=None)
    if last is not None and now_ms - last.raised_ms < GATHER_MS:
        members = tuple(sorted({*last.cause.members, *new}))
        found.kept.add(last.id)
        found.worsened.append((last, Cause(Kind.BOXES, last.cause.about, members=members)))
        return
    # The first of them names it, so that two groups that are silent for two reasons are two causes.
    members = tuple(sorted(new))
    found.raised.append(Cause(Kind.BOXES, members[0], members=members))


def _flood(shift: SiteShift, now_ms: int, found: _Found) -> None:
    """Say that more alarms come than anybody can act on."""
    lately = shift.raised_lately(now_ms) + len(found.raised)
    before = shift.of_cause(Cause(Kind.FLOOD).key)
    if before is not None and lately >= FLOOD_ENDS:
        found.kept.add(before.id)
    elif before is None and lately > FLOOD_BEGINS:
        found.raised.append(Cause(Kind.FLOOD))
