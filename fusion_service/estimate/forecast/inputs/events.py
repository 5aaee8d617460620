# SPDX-License-Identifier: Apache-2.0
"""What a calendar says: what is on when, how soon, since when, and what it did the times before.

An event has no size in a calendar. Its title has a past: how far each place was from its usual
while it was on. One that was never seen before is told apart, so that a forecast is less sure of
it. What goes on for days, a school holiday or a festival's week, is a period and counts apart.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.panel import Floats, Integers, Panel

FAR_H = 24
"""Beyond this the next begin and the last end are far."""
NEAR_H = 3
"""People come before an event begins, and leave after its end."""
PERIOD_H = 72
COUNTED = ("running", "of_day", "new", "period")
"""What is counted at a target, of what is on or near."""
NEVER = np.iinfo(np.int64).max
SPREAD_START, SPREAD_WEIGHT = 0.6, 4.0
"""How far what events do is apart, as a log-ratio, before any was seen; and how many that counts
as. 0.6 is near a factor of two either way."""
_YEAR_OR_NUMBER = re.compile(r"\W*\d+\W*")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing in a calendar, in steps: it is on from `begin` to before `end`.

    known: the first origin that knows of it. gone: the first that knows it was called off.
    """

    title: str
    begin: int
    end: int
    known: int
    gone: int = NEVER


@dataclass(frozen=True, slots=True)
class Events:
    """A calendar as it was known; missing: (T,), whether at an origin it was too old."""

    group: str
    events: tuple[Event, ...]
    missing: NDArray[np.bool_]

    def read(
        self, panel: Panel, ratio: Floats, targets: Integers, horizons: Integers
    ) -> Iterator[tuple[str, Floats]]:
        """Yield what is on at the targets, by what their origins knew."""
        order = np.argsort(targets, kind="stable")
        targets, origins = targets[order], (targets - horizons)[order]
        found = _Reading(panel, targets, origins)
        pasts = self.pasts(panel, ratio)
        for event in self.events:
            found.note(event, pasts.get(title_key(event.title)))
        unknown = self.missing[np.clip(origins, 0, len(self.missing) - 1)] | (origins < 0)
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        for name, values in found.features():
            values[unknown] = np.nan
            yield f"{self.group}:{name}", values[back]

    def cut(self, first: int, end: int) -> "Events":
        """Return what was known of when the steps before `end` had passed."""
        kept = tuple(
            Event(
                one.title,
                one.begin - first,
                one.end - first,
                max(one.known - first, 0),
                one.gone - first if one.gone < end else NEVER,
            )
            for one in self.events
            if one.known < end
        )
        return Events(self.group, kept, self.missing[first:end])

    def scrambled(self, origin: int, rng: np.random.Generator) -> "Events":
        """Return it with other times of what nobody knew of at `origin`, and other ends of it."""
        other = []
        for event in self.events:
            moved = int(rng.integers(1, 9)) if event.known > origin else 0
            gone = event.gone
            if gone > origin:
                gone = origin + 1 + int(rng.integers(0, 9)) if gone == NEVER else NEVER
            one = replace(event, begin=event.begin + moved, end=event.end + 2 * moved, gone=gone)
            other.append(one)
        missing = self.missing.copy()
        missing[origin + 1 :] = ~missing[origin + 1 :]
        return Events(self.group, tuple(other), missing)

    def spread(self, panel: Panel, ratio: Floats, until: int) -> float:
        """Return how far what events do is apart, a standard deviation of the log-ratio.

        Of each title the first time that it was on, over before `until`, about their mean: so far
        off is who knows nothing of one but that it is on.
        """
        firsts = [
            float(np.nanmean(past.sums[0]))
            for past in self.pasts(panel, ratio).values()
            if past.known[0] < until and np.isfinite(past.sums[0]).any()
        ]
        off = float(np.var(firsts) * len(firsts)) if firsts else 0.0
        variance = (SPREAD_WEIGHT * SPREAD_START**2 + off) / (SPREAD_WEIGHT + len(firsts))
        return float(np.sqrt(variance))

    def pasts(self, panel: Panel, ratio: Floats) -> "dict[str, Past]":
        """Return what each title did, the earliest first."""
        each: dict[str, list[tuple[int, Floats]]] = {}
        for event in self.events:
            first, end = max(event.begin, 0), min(event.end, panel.steps)
            if _is_period(event, panel) or event.gone <= event.end or first >= end:
                continue
            rows = ratio[first:end]
            known = np.isfinite(rows)
            if known.any():
                number = known.sum(axis=0)
                total = np.where(known, rows, 0.0).sum(axis=0)
                mean = np.where(number > 0, total / np.maximum(number, 1), np.nan)
                at = max(event.end - 1, event.known)
                each.setdefault(title_key(event.title), []).append((at, mean.astype(np.float32)))
        return {title: Past.of(sorted(one, key=lambda two: two[0])) for title, one in each.items()}


@dataclass(frozen=True, slots=True)
class Past:
    """Of one title: the first origin that knows each time it was on, and the sums up to it."""

    known: Integers
    sums: Floats
    numbers: Floats

    @staticmethod
    def of(times: list[tuple[int, Floats]]) -> "Past":
        """Sum up what was known from which origin on, in that order."""
        effects = np.stack([one for _, one in times])
        known = np.array([at for at, _ in times], dtype=np.int64)
        numbers = np.cumsum(np.isfinite(effects), axis=0).astype(np.float32)
        return Past(known, np.cumsum(np.nan_to_num(effects), axis=0), numbers)

    def at(self, origins: Integers) -> tuple[Floats, NDArray[np.bool_]]:
        """Return the mean of what origins know, (N, S), and whether they know any, (N,)."""
        number = np.searchsorted(self.known, origins, side="right")
        place = np.maximum(number - 1, 0)
        mean = self.sums[place] / np.maximum(self.numbers[place], 1.0)
        return np.asarray(mean * (number > 0)[:, None], dtype=np.float32), number > 0


class _Reading:
    """The features of targets in the order of time, filled event by event."""

    def __init__(self, panel: Panel, targets: Integers, origins: Integers) -> None:
        self._panel, self._targets, self._origins = panel, targets, origins
        self._days = panel.day_of(targets)
        shape = (len(targets), 1)
        nothing = {name: np.zeros(shape, dtype=np.float32) for name in COUNTED}
        far = {name: np.full(shape, FAR_H, dtype=np.float32) for name in ("until", "since")}
        effect = np.zeros((len(targets), panel.series), dtype=np.float32)
        self._tables: dict[str, Floats] = {**nothing, **far, "effect": effect}

    def note(self, event: Event, past: Past | None) -> None:
        """Add what one event is to the targets around it."""
        panel, far = self._panel, FAR_H * self._panel.hour
        begin, end = event.begin - max(far, panel.day), event.end + max(far, panel.day)
        around = slice(
            int(np.searchsorted(self._targets, begin)), int(np.searchsorted(self._targets, end))
        )
        targets, origins = self._targets[around], self._origins[around]
        if not len(targets):
            return
        known = (event.known <= origins) & (origins < event.gone)
        running = known & (targets >= event.begin) & (targets < event.end)
        if _is_period(event, panel):
            self._tables["period"][around, 0] += running
            return
        first, last = (int(panel.day_of(np.array(one))) for one in (event.begin, event.end - 1))
        days = self._days[around]
        self._tables["running"][around, 0] += running
        self._tables["of_day"][around, 0] += known & (days >= first) & (days <= last)
        for table, apart in (
            (self._tables["until"], event.begin - targets),
            (self._tables["since"], targets - event.end + 1),
        ):
            hours = np.where(known & (apart > 0), apart / panel.hour, FAR_H)
            table[around, 0] = np.minimum(table[around, 0], hours)
        near = NEAR_H * panel.hour
        is_near = known & (targets >= event.begin - near) & (targets < event.end + near)
        if past is None:
            self._tables["new"][around, 0] += is_near
            return
        effect, is_seen = past.at(origins)
        self._tables["effect"][around] += effect * is_near[:, None]
        self._tables["new"][around, 0] += is_near & ~is_seen

    def features(self) -> Iterator[tuple[str, Floats]]:
        """Yield each by its name."""
        yield from self._tables.items()


def title_key(title: str) -> str:
    """Return what a title has in common with that of other years: no number, no capitals."""
    return " ".join(_YEAR_OR_NUMBER.sub(" ", title.casefold()).split())


def _is_period(event: Event, panel: Panel) -> bool:
    return event.end - event.begin >= PERIOD_H * panel.hour
