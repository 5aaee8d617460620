# SPDX-License-Identifier: Apache-2.0
"""A boulevard that is made up, so that what each event and each warm day did is known exactly.

People follow the hour, the week, the season, the weather of the day and what is on. A calendar
tells of events weeks ahead, with some called off and none of its titles said with a size; a weather
forecast is revised each day and errs less the nearer it is.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.events import NEVER, Event, Events
from fusion_service.estimate.forecast.inputs.panel import (
    Floats,
    Panel,
    PanelColumn,
    calendar_of,
)
from fusion_service.estimate.forecast.inputs.revised import Revised, revised

FIRST = datetime(2022, 1, 3)  # noqa: DTZ001 - a Monday on the wall clock.
HOURS, SATURDAY = 24, 5
ZONES = 6
AHEAD_D = 7
TOLD_D = (10, 60)
CALLED_OFF = 0.06
KINDS = {
    # How often a year, the hour it begins, how many hours it lasts, and by what share people are
    # more in the zone where it is; half of that next to it.
    "Concert on the beach": (9, 19, 4, 1.6),
    "Fireworks": (8, 21, 2, 2.2),
    "Kite festival": (4, 11, 6, 1.0),
    "Night run": (6, 20, 2, 0.7),
    "Fish auction": (12, 9, 3, 0.4),
    "Regatta": (5, 12, 5, 0.9),
}
NEW_KINDS = {
    # Never seen before the window: what they do is anybody's guess.
    "Tall ships": (12, 7, 2.6),
    "Drone show": (21, 2, 1.9),
    "Rowing cup": (10, 5, 0.3),
    "Food trucks": (12, 8, 0.8),
    "Open air cinema": (20, 4, 0.6),
    "Sand castles": (11, 6, 1.3),
}
ERROR_C, ERROR_OF_DAY_C = 0.8, 0.5
"""How far a forecast of the day's warmth errs today, and more for each day ahead."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A panel of zones, what is told of it, and what only its maker knows.

    lifted: (T, Z), the log of what events did. is_new: (T, Z), whether one that was never on before
    is on there. Of both the calendar tells no size.
    """

    panel: Panel
    weather: Revised
    events: Events
    lifted: Floats
    is_new: NDArray[np.bool_]

    def with_columns(self, *columns: PanelColumn) -> Panel:
        """Return the panel with such columns."""
        panel = self.panel
        return Panel(
            panel.first, panel.step_s, panel.counts, panel.positions_m, panel.calendar, columns
        )


def boulevard(days: int, new_from: int, *, seed: int = 1) -> Truth:
    """Make so many days from a Monday in January on; new kinds of events come from a day on."""
    rng = np.random.default_rng(seed)
    steps = days * HOURS
    warmth = _warmth(days, rng)
    events, lifted, is_new = _events(days, new_from, rng)
    hour = np.arange(steps) % HOURS
    day = np.arange(steps) // HOURS
    shape = 15.0 + 220.0 * np.clip(np.sin((hour - 8) / 15 * np.pi), 0.0, None)
    weekend = np.where(day % 7 >= SATURDAY, 1.3, 1.0)
    season = np.exp(0.25 * np.sin((day - 100) / 365.25 * 2 * np.pi))
    mood = np.zeros(steps)
    for step in range(1, steps):
        mood[step] = 0.93 * mood[step - 1] + rng.normal(0.0, 0.07)
    sizes = np.linspace(0.6, 1.6, ZONES)
    people = (shape * weekend * season * np.exp(0.07 * warmth[day] + mood))[:, None] * sizes
    counts = rng.poisson(people * np.exp(lifted)).astype(np.float32)
    places = np.stack([np.arange(ZONES) * 200.0, np.zeros(ZONES)], axis=1).astype(np.float32)
    panel = Panel(FIRST, 3600, counts, places, calendar_of(FIRST.date(), days, _king_days(days)))
    nothing = np.zeros(steps, dtype=np.bool_)
    return Truth(
        panel,
        _forecast(warmth, nothing, rng),
        Events("calendar", events, nothing),
        lifted.astype(np.float32),
        is_new,
    )


def _king_days(days: int) -> dict[date, str]:
    last = FIRST + timedelta(days=days + 9)
    return {date(year, 4, 27): "King's Day" for year in range(FIRST.year, last.year + 1)}


def _warmth(days: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return how much warmer each day is than the season, degrees; spells of some days."""
    warmth = np.zeros(days + AHEAD_D)
    for day in range(1, len(warmth)):
        warmth[day] = 0.75 * warmth[day - 1] + rng.normal(0.0, 2.4)
    return warmth


def _forecast(
    warmth: NDArray[np.float64], missing: NDArray[np.bool_], rng: np.random.Generator
) -> Revised:
    """Return the forecast of each day's warmth, said anew at midnight for the week ahead."""
    hours, known, amounts = [], [], []
    days = len(warmth) - AHEAD_D
    for made in range(days):
        # The error of one forecast goes the same way for all of its days.
        error = np.cumsum(rng.normal(0.0, ERROR_OF_DAY_C, AHEAD_D)) + rng.normal(0.0, ERROR_C)
        for ahead in range(AHEAD_D):
            day = made + ahead
            hours.append(np.arange(HOURS) + day * HOURS)
            known.append(np.full(HOURS, made * HOURS))
            wave = 3.0 * np.sin((np.arange(HOURS) - 9) / HOURS * 2 * np.pi)
            amounts.append(warmth[day] + error[ahead] + wave)
    said = (
        np.concatenate(hours).astype(np.int64),
        np.concatenate(known).astype(np.int64),
        np.concatenate(amounts).astype(np.float32),
    )
    return revised("weather:temperature", said, missing)


def _events(
    days: int, new_from: int, rng: np.random.Generator
) -> tuple[tuple[Event, ...], NDArray[np.float64], NDArray[np.bool_]]:
    steps = days * HOURS
    lifted, is_new = np.zeros((steps, ZONES)), np.zeros((steps, ZONES), dtype=np.bool_)
    found = []
    for number, (title, (yearly, at, hours, share)) in enumerate(KINDS.items()):
        zone = number % ZONES
        for day in np.flatnonzero(rng.random(days) < yearly / 365.0).tolist():
            one = _told(title, day * HOURS + at, hours, rng)
            found.append(one)
            if one.gone == NEVER:
                _lift(lifted, one, zone, share * rng.lognormal(0.0, 0.2))
    for number, (title, (at, hours, share)) in enumerate(NEW_KINDS.items()):
        day = new_from + 5 + number * max((days - new_from - 10) // len(NEW_KINDS), 1)
        one = _told(title, day * HOURS + at, hours, rng)
        one = Event(one.title, one.begin, one.end, one.known)
        found.append(one)
        _lift(lifted, one, number % ZONES, share)
        is_new[one.begin : one.end, number % ZONES] = True
    return tuple(found), lifted, is_new


def _told(title: str, begin: int, hours: int, rng: np.random.Generator) -> Event:
    known = max(begin - int(rng.integers(*TOLD_D)) * HOURS, 0)
    off = rng.random() < CALLED_OFF
    gone = begin - int(rng.integers(1, 5)) * HOURS if off else NEVER
    return Event(title, begin, begin + hours, known, max(gone, 0))


def _lift(lifted: NDArray[np.float64], event: Event, zone: int, share: float) -> None:
    """Lift the zone while an event is on, the hour before by half, and the next zones by half."""
    for apart, part in ((0, 1.0), (1, 0.5), (-1, 0.5)):
        if 0 <= zone + apart < ZONES:
            gain = np.log1p(share * part)
            lifted[event.begin : event.end, zone + apart] += gain
            lifted[max(event.begin - 1, 0) : event.begin, zone + apart] += gain / 2
