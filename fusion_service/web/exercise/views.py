# SPDX-License-Identifier: Apache-2.0
"""What exercise control sees: the script with what is to come, the pace, and what was done."""

from typing import Literal

from fusion_service.exercise.control.direction import Direction
from fusion_service.exercise.control.script import Line
from fusion_service.exercise.scenario import MOMENTS
from fusion_service.store.exercise.kept import ControlEntry
from fusion_service.web.form.instants import (
    MillisecondsOut,
    SecondsOut,
    of_milliseconds,
    of_seconds,
)
from fusion_service.web.views.base import View

PaceWord = Literal["running", "paused", "jumping", "over"]


class ScriptLineView(View):
    """A line of the script. until: null of what happens once. by_hand: somebody had it begin."""

    line: int
    kind: str
    state: Literal["to come", "under way", "over", "left out"]
    at: SecondsOut
    until: SecondsOut | None
    by_hand: bool
    zones: tuple[str, ...]
    links: tuple[str, ...]
    devices: tuple[str, ...]
    to: str | None
    factor: float
    people: int
    text: str

    @classmethod
    def of_line(cls, line: Line, next_s: int) -> "ScriptLineView":
        """Show a line, where next_s is the minute that is drawn next."""
        one = line.inject
        return cls(
            line=line.number,
            kind=one.kind.value,
            state=line.state(next_s).value,
            at=of_seconds(one.at_s),
            until=None if one.kind in MOMENTS else of_seconds(one.until_s),
            by_hand=line.by_hand,
            zones=one.zones,
            links=one.links,
            devices=one.devices,
            to=one.to,
            factor=one.factor,
            people=one.people,
            text=one.text,
        )


class ControlEntryView(View):
    """What exercise control did: `at` by the exercise's clock, `real_at` by that on the wall.

    actor: an id, or `script` of what happened by the scenario's own time.
    """

    id: int
    at: MillisecondsOut
    real_at: MillisecondsOut
    actor: str
    organisation: str
    deed: str
    detail: str

    @classmethod
    def of_entry(cls, one: ControlEntry) -> "ControlEntryView":
        """Show an entry."""
        return cls(
            id=one.id,
            at=of_milliseconds(one.at_ms),
            real_at=of_milliseconds(one.real_ms),
            actor=one.actor,
            organisation=one.organisation,
            deed=one.deed.value,
            detail=one.detail,
        )


class ExerciseView(View):
    """The exercise as it is controlled. speed: null is as fast as it goes.

    next_line: when the next line begins; null where none is left. log: the last first.
    """

    scenario: str
    text: str
    site: str
    begins: SecondsOut
    ends: SecondsOut
    now: SecondsOut
    pace: PaceWord
    speed: float | None
    speed_max: float
    next_line: SecondsOut | None
    lines: tuple[ScriptLineView, ...]
    log: tuple[ControlEntryView, ...]


def pace_of(direction: Direction) -> PaceWord:
    """Say in a word how time goes."""
    pace = direction.pace
    if pace.is_over:
        return "over"
    if pace.until_s is not None:
        return "jumping"
    return "paused" if pace.is_paused else "running"
