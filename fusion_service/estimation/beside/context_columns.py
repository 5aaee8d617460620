# SPDX-License-Identifier: Apache-2.0
"""What feeds said, as columns of a panel: as it was known then, and what was missing then.

Whatever a feed said later of a moment is there with when it became known, and no origin before that
reads it. Bounded: so many places of a quantity, so many revisions of a week, so many events.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusion_service.context.port import Feed
from fusion_service.estimate.forecast.inputs.events import NEVER, Event, Events
from fusion_service.estimate.forecast.inputs.observed import observed
from fusion_service.estimate.forecast.inputs.panel import (
    DAY_S,
    HOUR_S,
    WEEK_S,
    Floats,
    Integers,
    PanelColumn,
)
from fusion_service.estimate.forecast.inputs.revised import revised
from fusion_service.estimation.history import Clock
from fusion_service.store.context import ContextKnown, MissingSpell, Quantity, Revision

AHEAD_KINDS = frozenset({"open-meteo"})
"""Kinds of feeds that say what will be; the others say what is."""
AHEAD = (
    Quantity.TEMPERATURE,
    Quantity.PRECIPITATION,
    Quantity.CLOUD_COVER,
    Quantity.WIND_SPEED,
    Quantity.RADIATION,
)
OBSERVED = (
    Quantity.TEMPERATURE,
    Quantity.PRECIPITATION,
    Quantity.WIND_SPEED,
    Quantity.RADIATION,
    Quantity.TRANSIT_ARRIVALS,
    Quantity.TRANSIT_DELAY,
    Quantity.TRANSIT_SKIPPED,
    Quantity.TRANSIT_OCCUPANCY,
    Quantity.PARKING_OCCUPANCY,
    Quantity.VEHICLE_FLOW,
    Quantity.BICYCLE_FLOW,
)
CALENDAR = (Quantity.EVENT, Quantity.CLOSURE)
PLACES_MAX = 8
"""Of one quantity of a feed; where there are more, their mean is one."""
REVISIONS_OF_A_WEEK_MAX = 200_000
EVENTS_MAX = 4_000
AHEAD_S = 9 * DAY_S
"""How long after the last step a target may lie, and its day end."""
LENGTH_S_MAX = 400 * DAY_S
"""An entry of a calendar is on at most so long."""


def columns_of(
    known: ContextKnown,
    feeds: Sequence[Feed],
    clock: Clock,
    *,
    known_s: int,
    from_s: int | None = None,
) -> tuple[PanelColumn, ...]:
    """Return the columns of what feeds said up to a moment, on the steps of a clock.

    from_s: what is of before is left out, and unknown: a forecast needs the last weeks only. A feed
    that never said anything has no column.
    """
    begin_s = clock.from_s if from_s is None else max(from_s, clock.from_s)
    steps = _Steps(clock)
    found: list[PanelColumn] = []
    for feed in feeds:
        said = _Said(known, feed, steps, begin_s, known_s)
        if feed.kind in AHEAD_KINDS:
            found += said.ahead()
        else:
            found += said.lately()
            found += said.calendar()
    return tuple(found)


class _Steps:
    """Steps of a clock by time, each time worked out once."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.hour = max(HOUR_S // clock.step_s, 1)
        self._known: dict[int, int] = {}

    def at(self, time_s: int) -> int:
        if time_s not in self._known:
            self._known[time_s] = self.clock.step_at(time_s)
        return self._known[time_s]

    def of(self, times_s: Sequence[int]) -> Integers:
        return np.array([self.at(one) for one in times_s], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Said:
    """What one feed said from a time on, up to a moment."""

    known: ContextKnown
    feed: Feed
    steps: _Steps
    begin_s: int
    known_s: int

    def ahead(self) -> Iterator[PanelColumn]:
        """Yield a column for each quantity and place of what will be."""
        for quantity, place, rows in self._places(AHEAD):
            step, known, amounts = rows
            hour = step - step % self.steps.hour
            name = self._name(quantity, place)
            yield revised(name, (hour, known, amounts), self._missing(quantity, place))

    def lately(self) -> Iterator[PanelColumn]:
        """Yield two columns for each quantity and place of what is."""
        hour = self.steps.hour
        week = WEEK_S // self.steps.clock.step_s
        for quantity, place, rows in self._places(OBSERVED):
            missing, name = self._missing(quantity, place), self._name(quantity, place)
            yield from observed(name, rows, missing, hour=hour, week=week)

    def calendar(self) -> Iterator[PanelColumn]:
        """Yield the column of what is on, or closed."""
        for quantity in CALENDAR:
            if quantity in self.feed.gives:
                begin_s = max(self.begin_s - LENGTH_S_MAX, 0)
                end_s = self.known_s + LENGTH_S_MAX
                rows = self.known.revisions(
                    self.feed.name,
                    quantity,
                    from_s=begin_s,
                    until_s=end_s,
                    known_s=self.known_s,
                    limit=EVENTS_MAX,
                )
                # One without an entry has its column too: the first that comes is new.
                events = tuple(_events(rows, self.steps))
                yield Events(self.feed.name, events, self._missing(quantity, None))

    def _name(self, quantity: Quantity, place: str) -> str:
        return f"{self.feed.name}:{quantity.value}" + (f":{place}" if place else "")

    def _places(
        self, wanted: tuple[Quantity, ...]
    ) -> Iterator[tuple[Quantity, str, tuple[Integers, Integers, Floats]]]:
        """Yield (step, known, amount) of each place, or of all as one with an empty name."""
        for quantity in wanted:
            if quantity not in self.feed.gives:
                continue
            each = self._by_place(quantity)
            if len(each) > PLACES_MAX:
                each = {"": np.concatenate(list(each.values()), axis=1)}
            for place in sorted(each):
                step, known, amounts = each[place]
                said = (step.astype(np.int64), known.astype(np.int64), amounts.astype(np.float32))
                yield quantity, place, said

    def _by_place(self, quantity: Quantity) -> dict[str, NDArray[np.float64]]:
        """Return (3, R) of each place: step, known, amount. Read week by week."""
        clock, parts = self.steps.clock, defaultdict[str, list[NDArray[np.float64]]](list)
        end_s = clock.from_s + clock.days * DAY_S + AHEAD_S
        for from_s in range(self.begin_s, end_s, WEEK_S):
            rows = self.known.revisions(
                self.feed.name,
                quantity,
                from_s=from_s,
                until_s=min(from_s + WEEK_S, end_s),
                known_s=self.known_s,
                limit=REVISIONS_OF_A_WEEK_MAX,
            )
            places = defaultdict[str, list[Revision]](list)
            for row in rows:
                places[row.place].append(row)
            for place, said in places.items():
                table = [
                    self.steps.of([one.valid_s for one in said]),
                    self.steps.of([one.known_s for one in said]),
                    np.array([one.amount for one in said]),
                ]
                parts[place].append(np.stack([one.astype(np.float64) for one in table]))
        return {place: np.concatenate(each, axis=1) for place, each in parts.items()}

    def _missing(self, quantity: Quantity, place: str | None) -> NDArray[np.bool_]:
        """Return at the end of which steps a quantity was missing at a place; None is any."""
        clock = self.steps.clock
        missing = np.zeros(clock.steps, dtype=np.bool_)
        for spell in self.known.missing_spells(self.feed.name, known_s=self.known_s):
            if spell.quantity is quantity and (place is None or spell.place in {"", place}):
                missing[_spell_steps(spell, self.steps)] = True
        return missing


def _spell_steps(spell: MissingSpell, steps: _Steps) -> slice:
    end = steps.clock.steps if spell.until_s is None else steps.at(spell.until_s)
    return slice(max(steps.at(spell.from_s), 0), max(end, 0))


def _events(rows: Sequence[Revision], steps: _Steps) -> Iterator[Event]:
    """Yield an event for each time that an entry was said otherwise, until it was said anew."""
    entries = defaultdict[tuple[str, int], list[Revision]](list)
    for row in rows:
        entries[row.place, row.valid_s].append(row)
    for (_, valid_s), said in entries.items():
        for index, row in enumerate(said):
            if row.amount <= 0.0:
                continue
            gone = steps.at(said[index + 1].known_s) if index + 1 < len(said) else NEVER
            begin = steps.at(valid_s)
            # What ends at the full hour does not reach into the next step.
            end = steps.at(max(valid_s + row.length_s - 1, valid_s)) + 1
            yield Event(row.note, begin, end, max(steps.at(row.known_s), 0), gone)
