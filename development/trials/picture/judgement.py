# SPDX-License-Identifier: Apache-2.0
"""What faults did to a picture: marked in time, no level lowered, nothing lost."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from development.chaos.committed import entries
from development.trials.picture.looking import Moment, Shown
from development.trials.picture.signers import Signed

MARKED_S_MAX = 180.0
NEWEST_S_MAX = 60.0
SAME_PEOPLE = 0.5


@dataclass(frozen=True, slots=True)
class Lowered:
    """A zone that was shown a lower level than without the faults, at a moment."""

    zone: str
    at_s: int
    level: str
    level_without: str
    people: float
    people_without: float
    condition: str


@dataclass(slots=True)
class Kill:
    """One death of a centre: what it kept, and how soon the picture went on.

    up_s: until its API answered, newest_s: until the newest minute was shown, both since the kill.
    """

    up_s: float = 0.0
    newest_s: float = 0.0
    gone: int = 0
    """Moments that had an estimate before and have none after."""
    known_otherwise: int = 0
    """Moments that were over, of which what was known by then is told otherwise after."""
    revised: int = 0
    """Moments whose newest number is another than before, by half a person or more."""
    revised_people_max: float = 0.0
    levels_lowered: int = 0
    """Of those that were over and shown, how many have a lower level in the series after."""
    compared: int = 0


@dataclass(slots=True)
class Verdict:
    """All of it."""

    marked_s: dict[str, float | None] = field(default_factory=dict)
    """Of each box that was pulled: seconds until every counter of it was shown to be silent."""
    liar: str = ""
    liar_marked_s: float | None = None
    liar_condition: str = ""
    zone_minutes: int = 0
    lowered: list[Lowered] = field(default_factory=list)
    raised: int = 0
    lowered_before: int = 0
    """Before the first fault: both centres are to say the same."""
    kills: list[Kill] = field(default_factory=list)
    signed: int = 0
    committed: int = 0
    missing: int = 0
    crossings_signed: int = 0
    crossings_committed: int = 0

    @property
    def bars(self) -> dict[str, bool]:
        """Say which of what must hold holds."""
        return {
            "marked": all(
                one is not None and one <= MARKED_S_MAX for one in self.marked_s.values()
            ),
            "no level lowered": not self.lowered
            and not any(one.levels_lowered for one in self.kills),
            "nothing lost": not self.missing and self.crossings_signed == self.crossings_committed,
            "goes on": all(one.newest_s - one.up_s <= NEWEST_S_MAX for one in self.kills),
            "estimates kept": not any(one.gone or one.known_otherwise for one in self.kills),
        }

    def as_json(self) -> dict[str, Any]:
        """Return it as what JSON writes."""
        bars = self.bars
        return {**asdict(self), "bars": bars, "ok": all(bars.values())}


def compare_levels(
    verdict: Verdict,
    faulted: Mapping[Moment, Shown],
    without: Mapping[Moment, Shown],
    *,
    from_s: int,
    first_fault_s: int,
) -> None:
    """Compare what was shown with and without the faults, moment by moment."""
    for moment in sorted(set(faulted) & set(without), key=lambda one: (one[1], one[0])):
        zone, at_s = moment
        if at_s < from_s:
            continue
        here, there = faulted[moment], without[moment]
        if at_s < first_fault_s:
            verdict.lowered_before += here.height < there.height
            continue
        verdict.zone_minutes += 1
        verdict.raised += here.height > there.height
        if here.height < there.height:
            verdict.lowered.append(
                Lowered(
                    zone, at_s, here.level, there.level, here.people, there.people, here.condition
                )
            )


def compare_series(
    kill: Kill,
    before: Mapping[Moment, Mapping[str, Any]],
    after: Mapping[Moment, Mapping[str, Any]],
    levels: tuple[str, ...],
    over_before_s: int,
) -> None:
    """Say of what was estimated before a death how it is told after.

    Of the minute that was still worked on it is only asked whether it is there.
    """
    for moment, was in before.items():
        now = after.get(moment)
        kill.compared += 1
        if now is None:
            kill.gone += 1
            continue
        if moment[1] >= over_before_s:
            continue
        apart = abs(now["people"] - was["people"])
        kill.revised += apart >= SAME_PEOPLE
        kill.revised_people_max = max(kill.revised_people_max, apart)
        kill.levels_lowered += levels.index(now["level"]) < levels.index(was["level"])


def compare_known(
    kill: Kill,
    before: Mapping[Moment, Mapping[str, Any]],
    after: Mapping[Moment, Mapping[str, Any]],
    over_before_s: int,
) -> None:
    """Hold what was known by a moment against what is told of it later, of minutes past."""
    kill.known_otherwise = sum(
        after.get(moment) != was for moment, was in before.items() if moment[1] < over_before_s
    )


def compare_committed(verdict: Verdict, store: Path, signed: Signed) -> None:
    """Hold what was signed against what the centre's file has, by SQL of another hand."""
    held = entries(store)
    query = (
        "SELECT count(DISTINCT r.id), sum(ifnull(l.in_count, 0) + ifnull(l.out_count, 0)) FROM "
        "report r LEFT JOIN line_count l ON l.report_id = r.id"
    )
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        committed, crossings = connection.execute(query).fetchone()
    verdict.signed, verdict.committed = len(signed.reports), committed
    verdict.missing = len(signed.reports - held)
    verdict.crossings_signed, verdict.crossings_committed = signed.crossings, crossings


def in_words(verdict: Verdict, names: Iterable[str]) -> str:
    """Say it line by line."""
    said = [
        f"box {name}: " + ("never marked" if marked is None else f"silent after {marked:.0f} s")
        for name, marked in verdict.marked_s.items()
    ]
    liar_s = verdict.liar_marked_s
    said.append(
        f"box {verdict.liar} lies: "
        + ("not marked" if liar_s is None else f"{verdict.liar_condition} after {liar_s:.0f} s")
    )
    said += [
        f"killed: up after {one.up_s:.1f} s, newest minute after {one.newest_s:.1f} s; "
        f"{one.compared} estimates before, {one.gone} gone, {one.known_otherwise} known otherwise, "
        f"{one.revised} revised (by {one.revised_people_max:.0f} at most), "
        f"{one.levels_lowered} to a lower level"
        for one in verdict.kills
    ]
    said.append(
        f"levels: {len(verdict.lowered)} of {verdict.zone_minutes} zone minutes lower than without "
        f"the faults, {verdict.raised} higher; before the first fault {verdict.lowered_before}"
    )
    said += [
        f"  {one.zone} at {one.at_s}: {one.level} ({one.people:.0f}), without "
        f"{one.level_without} ({one.people_without:.0f}), {one.condition}"
        for one in verdict.lowered[:40]
    ]
    said.append(
        f"reports: {verdict.signed} signed, {verdict.committed} committed, {verdict.missing} "
        f"missing; crossings {verdict.crossings_signed} and {verdict.crossings_committed}"
    )
    said += [f"{name}: {'held' if verdict.bars[name] else 'NOT HELD'}" for name in names]
    return "\n".join(said)
