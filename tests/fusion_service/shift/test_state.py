# SPDX-License-Identifier: Apache-2.0
"""What is open follows from the log; two who act at once do not undo each other."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fusion_service.ledger.access_log import fault_of_chain
from fusion_service.ledger.shift_log import Deed, ShiftEntry
from fusion_service.registry.site import Level, Measure
from fusion_service.shift.causes import Cause, Kind
from fusion_service.shift.desk import SHELF_MAX_MS, Actor, Desk, Refusal, Step, Why
from fusion_service.shift.measures import checklist, measure_id
from fusion_service.shift.state import CLOSED_MAX, OPEN_MAX
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from tests.fusion_service.estimate.sites import site_of

ONE, OTHER = Actor("p1", "one", "police"), Actor("p2", "other", "municipality")
YELLOW, RED = (Cause(Kind.LEVEL, "deck", level) for level in (Level.YELLOW, Level.RED))
MINUTE_MS = 60_000


@dataclass
class Clock:
    now_ms: int = 1_800_000_000_000

    def read(self) -> int:
        return self.now_ms


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="desk")
def _desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    with ShiftFile(tmp_path / "fusion.sqlite", size_mib_max=64) as keeper:
        yield Desk(keeper, clock.read)


def done(found: ShiftEntry | Refusal) -> ShiftEntry:
    assert not isinstance(found, Refusal), found
    return found


def refused(found: ShiftEntry | Refusal) -> Refusal:
    assert isinstance(found, Refusal), found
    return found


def shelf(until_ms: int) -> Step:
    return Step(Deed.SHELVED, "busy", (("until_ms", until_ms),))


def test_a_restart_knows_all_that_was_known(desk: Desk, clock: Clock) -> None:
    alarm = desk.raise_alarm("beach", YELLOW)
    seen = done(desk.act("beach", alarm.id, Step(Deed.ACKNOWLEDGED), who=ONE, seen=alarm.id))
    assign = Step(Deed.ASSIGNED, texts=(("person", "x"), ("to", "police")))
    given = done(desk.act("beach", alarm.id, assign, who=ONE, seen=seen.id))
    until = clock.now_ms + MINUTE_MS
    done(desk.act("beach", alarm.id, shelf(until), who=ONE, seen=given.id))
    done(desk.declare("beach", "deck", Level.ORANGE, "full", who=ONE, seen=0))
    done(desk.tick("beach", "deck", "m" * 12, "", is_done=True, who=ONE, seen=0))
    handed = done(desk.hand_over("beach", "", who=ONE, seen=desk.site("beach").last_id))
    done(desk.take_over("beach", "", who=OTHER, seen=handed.id))
    again = Desk(desk.keeper, clock.read)
    assert again.site("beach") == desk.site("beach")
    assert fault_of_chain(desk.keeper.whole_log()) is None


def test_what_is_worse_must_be_acknowledged_anew_and_is_off_its_shelf(
    desk: Desk, clock: Clock
) -> None:
    alarm = desk.raise_alarm("beach", YELLOW)
    seen = done(desk.act("beach", alarm.id, Step(Deed.ACKNOWLEDGED), who=ONE, seen=alarm.id))
    until = clock.now_ms + MINUTE_MS
    done(desk.act("beach", alarm.id, shelf(until), who=ONE, seen=seen.id))
    known = desk.site("beach").open[alarm.id]
    desk.change_alarm(known, Deed.WORSENED, RED)
    worse = desk.site("beach").open[alarm.id]
    assert (worse.cause.level, worse.acknowledged, worse.shelved) == (Level.RED, None, None)


@pytest.mark.parametrize(
    ("minutes", "cause", "is_allowed"),
    [
        (1, YELLOW, True),
        (SHELF_MAX_MS // MINUTE_MS, YELLOW, True),
        (SHELF_MAX_MS // MINUTE_MS + 1, YELLOW, False),
        (30, RED, True),
        (31, RED, False),  # what is critical comes back soon
        (0, YELLOW, False),
    ],
)
def test_a_shelf_has_an_end_that_is_not_too_far(
    desk: Desk, clock: Clock, minutes: int, cause: Cause, *, is_allowed: bool
) -> None:
    alarm = desk.raise_alarm("beach", cause)
    step = shelf(clock.now_ms + minutes * MINUTE_MS)
    found = desk.act("beach", alarm.id, step, who=ONE, seen=alarm.id)
    assert isinstance(found, ShiftEntry) == is_allowed


def test_of_two_who_act_at_once_one_is_told_what_the_other_did(desk: Desk) -> None:
    alarm = desk.raise_alarm("beach", YELLOW)
    found: list[ShiftEntry | Refusal] = []
    gate = threading.Barrier(2)

    def act(who: Actor) -> None:
        gate.wait(10)
        step = Step(Deed.ACKNOWLEDGED, who.name)
        found.append(desk.act("beach", alarm.id, step, who=who, seen=alarm.id))

    threads = [threading.Thread(target=act, args=(who,)) for who in (ONE, OTHER)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(10)
    (refusal,) = [one for one in found if isinstance(one, Refusal)]
    (entry,) = [one for one in found if isinstance(one, ShiftEntry)]
    assert (refusal.why, refusal.meanwhile) == (Why.CHANGED, (entry,))


def test_what_has_ended_cannot_be_acknowledged(desk: Desk) -> None:
    alarm = desk.raise_alarm("beach", YELLOW)
    desk.change_alarm(desk.site("beach").open[alarm.id], Deed.ENDED)
    ended = desk.site("beach").alarm(alarm.id)
    assert ended is not None
    step = Step(Deed.ACKNOWLEDGED)
    found = desk.act("beach", alarm.id, step, who=ONE, seen=ended.version)
    assert refused(found).why is Why.IMPOSSIBLE
    assert refused(desk.act("beach", 99, step, who=ONE, seen=1)).why is Why.UNKNOWN


def test_a_level_is_declared_with_a_reason(desk: Desk) -> None:
    found = desk.declare("beach", "deck", Level.RED, "  ", who=ONE, seen=0)
    assert refused(found).wanted == "why this level is declared"


def test_the_checklist_has_what_is_of_the_level_and_below_and_begins_anew_after_green(
    desk: Desk,
) -> None:
    site = site_of(("deck",), ())
    measures = tuple(Measure(level, level.name, "police", ()) for level in Level)
    elsewhere = Measure(Level.YELLOW, "not here", "police", ("pier",))
    drawn = type(site)("beach", "beach", "UTC", site.zones, (), (), (), (*measures, elsewhere))

    def asked() -> list[tuple[str, bool]]:
        items = checklist(drawn, desk.site("beach"), "deck")
        return [(one.measure.text, one.is_done) for one in items]

    assert asked() == [("GREEN", False)]
    first = done(desk.declare("beach", "deck", Level.ORANGE, "full", who=ONE, seen=0))
    yellow = measure_id(measures[Level.YELLOW])
    ticked = done(desk.tick("beach", "deck", yellow, "", is_done=True, who=ONE, seen=0))
    assert asked() == [("YELLOW", True), ("ORANGE", False)]
    changed = refused(desk.declare("beach", "deck", Level.RED, "x", who=ONE, seen=first.id))
    assert changed.meanwhile == (ticked,)
    for level in (Level.GREEN, Level.ORANGE):
        version = desk.site("beach").zone_version("deck")
        done(desk.declare("beach", "deck", level, "over", who=ONE, seen=version))
    assert asked() == [("YELLOW", False), ("ORANGE", False)]


def test_everything_has_a_bound(desk: Desk) -> None:
    draft = desk._draft(
        "beach", ONE, Deed.RAISED, "", detail=(("about", "x"), ("kind", "feed down"))
    )
    desk.keeper.append([draft] * (OPEN_MAX + CLOSED_MAX + 5))
    shift = Desk(desk.keeper, desk.now_ms).site("beach")
    assert (len(shift.open), len(shift.closed)) == (OPEN_MAX, CLOSED_MAX)
