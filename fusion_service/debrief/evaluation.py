# SPDX-License-Identifier: Apache-2.0
"""One time line for each zone: what was true, shown, forecast, proposed, declared and done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fusion_service.debrief.log_past import (
    Act,
    AlarmPast,
    LevelSaid,
    LogPast,
    MeasurePast,
    first_at,
    level_at,
    log_past,
)
from fusion_service.debrief.looking import (
    ForecastBefore,
    Shown,
    first_shown_s,
    forecasts_before,
    level_shown,
    shown_at,
    step_of,
)
from fusion_service.estimate.levels import level_of
from fusion_service.registry.site import Level, Site, Zone
from fusion_service.store.estimates import Picture
from fusion_service.store.exercise.kept import ControlEntry, ExerciseRecord
from fusion_service.store.forecast.kept import Forecasts
from fusion_service.store.shift import ShiftKeeper

DAYS_MAX = 7
LEVELS = (Level.YELLOW, Level.ORANGE, Level.RED)
CONTROL_MAX = 1_000
Truth = Mapping[str, Sequence[tuple[int, float]]]
"""Of each zone the minutes (their ends) and how many were there."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What a debrief is read from. exercise: None where it is none, or it may not be told."""

    picture: Picture
    log: ShiftKeeper
    forecasts: Forecasts | None = None
    exercise: ExerciseRecord | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Of what: a site by its file as it was, from one moment to another, UTC."""

    site: Site
    site_version: int
    from_s: int
    to_s: int
    exercise: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A zone at a moment: what was true, what was shown, what stood proposed and declared."""

    at_s: int
    truth: float | None
    shown: Shown | None
    proposed: Level
    declared: Level


@dataclass(frozen=True, slots=True)
class Reached:
    """When a level was first true, shown, proposed and declared in a zone; None of what never was.

    true_s is of an exercise alone.
    """

    level: Level
    true_s: int | None
    shown_s: int | None
    proposed_s: int | None
    declared_s: int | None

    @property
    def came_s(self) -> int | None:
        """When it came: as it was true, and where nobody knows that, as it was shown."""
        return self.shown_s if self.true_s is None else self.true_s

    def lead_s(self, said_s: int | None) -> int | None:
        """Return how long before it came something was said; below zero: after."""
        return None if said_s is None or self.came_s is None else self.came_s - said_s


@dataclass(frozen=True, slots=True)
class ZoneDebrief:
    """One zone's time line."""

    zone: Zone
    moments: tuple[Moment, ...]
    proposed: tuple[LevelSaid, ...]
    declared: tuple[LevelSaid, ...]
    alarms: tuple[AlarmPast, ...]
    measures: tuple[MeasurePast, ...]
    reached: tuple[Reached, ...]
    forecasts: tuple[ForecastBefore, ...]


@dataclass(frozen=True, slots=True)
class Debrief:
    """All of it. alarms: of no zone. step_s: between two moments. control: the first first."""

    asked: Asked
    step_s: int
    zones: tuple[ZoneDebrief, ...]
    alarms: tuple[AlarmPast, ...]
    notes: tuple[Act, ...]
    control: tuple[ControlEntry, ...]
    knows_truth: bool
    has_forecasts: bool


def debrief_of(asked: Asked, stores: Stores, zones: Sequence[Zone] | None = None) -> Debrief:
    """Work a debrief out. zones: of which; left out, all of the site. Raises StoreError."""
    site = asked.site
    zones = site.zones if zones is None else zones
    past = log_past(stores.log.whole_log(), site, asked.from_s, asked.to_s)
    truth, control = _exercise(asked, stores.exercise)
    step_s = step_of(asked.to_s - asked.from_s)
    times = [*range(asked.from_s, asked.to_s, step_s), asked.to_s]
    names = tuple(zone.id for zone in zones)
    shown = {at_s: shown_at(stores.picture, site.id, names, at_s) for at_s in times}
    found = tuple(_zone(asked, stores, zone, past, truth, shown) for zone in zones)
    of_zones = {one.id for zone in found for one in zone.alarms}
    return Debrief(
        asked,
        step_s,
        found,
        tuple(one for one in past.alarms.values() if one.id not in of_zones),
        tuple(past.notes),
        control,
        knows_truth=bool(truth),
        has_forecasts=any(zone.forecasts for zone in found),
    )


def _exercise(
    asked: Asked, record: ExerciseRecord | None
) -> tuple[Truth, tuple[ControlEntry, ...]]:
    if record is None:
        return {}, ()
    truth: dict[str, list[tuple[int, float]]] = {}
    for row in record.truth(from_s=asked.from_s - 1, to_s=asked.to_s):
        truth.setdefault(row.zone, []).append((row.at_s, row.people))
    control = record.control(limit=CONTROL_MAX)
    return truth, tuple(reversed(control))


def _zone(
    asked: Asked,
    stores: Stores,
    zone: Zone,
    past: LogPast,
    truth: Truth,
    shown: Mapping[int, Mapping[str, Shown]],
) -> ZoneDebrief:
    proposed = past.proposed.get(zone.id, [])
    declared = past.declared.get(zone.id, [])
    true_of = dict(truth.get(zone.id, ()))
    moments = tuple(
        Moment(
            at_s,
            true_of.get(at_s - at_s % 60),
            shown[at_s].get(zone.id),
            level_at(proposed, at_s),
            level_at(declared, at_s),
        )
        for at_s in shown
    )
    reached = tuple(
        one
        for level in LEVELS
        if (one := _reached(asked, stores, zone, level, past, true_of, moments)) is not None
    )
    return ZoneDebrief(
        zone,
        moments,
        tuple(one for one in proposed if one.at_s >= asked.from_s),
        tuple(one for one in declared if one.at_s >= asked.from_s),
        tuple(one for one in past.alarms.values() if one.cause.zone == zone.id),
        tuple(past.measures.get(zone.id, ())),
        reached,
        tuple(_forecasts(asked, stores, zone, reached, moments)),
    )


def _reached(
    asked: Asked,
    stores: Stores,
    zone: Zone,
    level: Level,
    past: LogPast,
    true_of: Mapping[int, float],
    moments: Sequence[Moment],
) -> Reached | None:
    def is_true(people: float) -> bool:
        return level_of(zone, people, people / max(zone.usable_m2, 1.0)) >= level

    true_s = next((at_s for at_s in sorted(true_of) if is_true(true_of[at_s])), None)
    shown_s = _first_shown(asked, stores, zone, level, moments)
    said = [
        first_at(kept.get(zone.id, []), level, asked.from_s)
        for kept in (past.proposed, past.declared)
    ]
    proposed_s, declared_s = (None if one is None else one.at_s for one in said)
    if {true_s, shown_s, proposed_s, declared_s} == {None}:
        return None
    return Reached(level, true_s, shown_s, proposed_s, declared_s)


def _first_shown(
    asked: Asked, stores: Stores, zone: Zone, level: Level, moments: Sequence[Moment]
) -> int | None:
    """Return the first minute at which a level was shown."""

    def is_shown(one: Moment) -> bool:
        return one.shown is not None and level_shown(zone, one.shown) >= level

    if moments and is_shown(moments[0]):
        return moments[0].at_s
    for before, one in pairwise(moments):
        if is_shown(one):
            between = (before.at_s, one.at_s)
            return first_shown_s(stores.picture, asked.site.id, zone, level, between)
    return None


def _forecasts(
    asked: Asked,
    stores: Stores,
    zone: Zone,
    reached: Sequence[Reached],
    moments: Sequence[Moment],
) -> Iterator[ForecastBefore]:
    """Yield what was forecast of each level that came, and of the fullest moment."""
    if stores.forecasts is None:
        return
    for one in reached:
        if one.came_s is not None:
            yield from forecasts_before(
                stores.forecasts, asked.site, zone.id, one.came_s, one.level
            )
    counted = [one for one in moments if one.shown is not None and one.shown.is_counted]
    if counted:
        peak = max(counted, key=lambda one: one.shown.people if one.shown else 0.0)
        yield from forecasts_before(stores.forecasts, asked.site, zone.id, peak.at_s, None)
