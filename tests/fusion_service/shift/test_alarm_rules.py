# SPDX-License-Identifier: Apache-2.0
"""One alarm for one cause: of boxes, of the broker, of people who stand too close; and a flood."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fusion_service.estimate.levels import Coming, Proposal, Safety, Service
from fusion_service.estimate.observation import (
    Basis,
    Contribution,
    SensorCondition,
    ZoneCondition,
    ZoneEstimate,
)
from fusion_service.ledger.shift_log import Deed
from fusion_service.registry.site import Level
from fusion_service.shift.alarm_rules import GATHER_MS, Seen, changes, silent_devices
from fusion_service.shift.causes import Cause, Kind
from fusion_service.shift.desk import Actor, Desk
from fusion_service.shift.state import FLOOD_BEGINS, FLOOD_WINDOW_MS
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from tests.fusion_service.estimate.sites import site_of

ZONES = tuple(f"zone-{number}" for number in range(12))
SITE = site_of(ZONES, ())
BOXES = tuple(f"box-{number:02}" for number in range(1, 15))


@dataclass
class Room:
    """A desk, and what is seen at its site."""

    desk: Desk
    now_ms: int = 1_800_000_000_000
    proposals: dict[str, Proposal] = field(default_factory=dict)

    def see(self, minutes: float = 1, **more: object) -> list[tuple[Deed, Kind]]:
        """Let time pass, see something, and write what has changed; return what that was."""
        self.now_ms += int(minutes * 60_000)
        shift = self.desk.site("s")
        seen = Seen(SITE, self.proposals, **more)  # type: ignore[arg-type] - parts by their names
        found = changes(seen, shift, self.now_ms)
        written = []
        for cause in found.raised:
            self.desk.raise_alarm("s", cause)
            written.append((Deed.RAISED, cause.kind))
        for alarm, cause in found.worsened:
            self.desk.change_alarm(alarm, Deed.WORSENED, cause)
            written.append((Deed.WORSENED, cause.kind))
        for alarm in found.ended:
            self.desk.change_alarm(alarm, Deed.ENDED)
            written.append((Deed.ENDED, alarm.cause.kind))
        return written


def proposal(zone: str, level: Level, safety: Safety = Safety.FREE) -> Proposal:
    return Proposal(zone, 0, level, 0, (), level, level, Service.A, safety)


@pytest.fixture(name="room")
def _room(tmp_path: Path) -> Iterator[Room]:
    with ShiftFile(tmp_path / "fusion.sqlite", size_mib_max=64) as keeper:
        room = Room(Desk(keeper, lambda: 0))
        room.desk.now_ms = lambda: room.now_ms
        yield room


def test_boxes_that_fall_silent_together_are_one_alarm(room: Room) -> None:
    assert room.see(silent=BOXES[:1]) == [(Deed.RAISED, Kind.BOXES)]
    assert room.see(silent=BOXES) == [(Deed.WORSENED, Kind.BOXES)]
    assert room.see(silent=BOXES[3:]) == []
    (alarm,) = room.desk.site("s").open.values()
    assert alarm.cause.members == BOXES
    assert room.see() == [(Deed.ENDED, Kind.BOXES)]


def test_a_box_that_falls_silent_much_later_is_silent_for_another_reason(room: Room) -> None:
    room.see(silent=BOXES[:2])
    later = GATHER_MS / 60_000 + 1
    assert room.see(later, silent=BOXES[:3]) == [(Deed.RAISED, Kind.BOXES)]
    assert room.see(silent=BOXES[2:3]) == [(Deed.ENDED, Kind.BOXES)]


def test_a_pulled_broker_is_one_alarm_and_no_box_is_blamed(room: Room) -> None:
    assert room.see(broker="refused") == [(Deed.RAISED, Kind.BROKER)]
    assert room.see(3, broker="refused", silent=BOXES) == []
    assert room.see(silent=BOXES, broker_back=True) == [(Deed.ENDED, Kind.BROKER)]
    # Those that are still silent when the others have sent again are another matter.
    assert room.see(6, silent=BOXES[:2]) == [(Deed.RAISED, Kind.BOXES)]


def test_people_who_stand_too_close_are_one_alarm_beside_what_is_declared(room: Room) -> None:
    room.proposals["zone-0"] = proposal("zone-0", Level.RED, Safety.CONTACT)
    assert room.see() == [(Deed.RAISED, Kind.DENSITY)]
    room.desk.declare("s", "zone-0", Level.RED, "full", who=Actor("p", "p", "police"), seen=0)
    # Declared red is no answer to it: it goes on for as long as they do.
    assert room.see() == [(Deed.RAISED, Kind.DECLARED)]
    room.proposals["zone-0"] = proposal("zone-0", Level.RED)
    assert room.see() == [(Deed.ENDED, Kind.DENSITY)]


def test_a_proposal_is_an_alarm_until_somebody_declares_as_much(room: Room) -> None:
    room.proposals["zone-0"] = proposal("zone-0", Level.YELLOW)
    assert room.see() == [(Deed.RAISED, Kind.LEVEL)]
    room.proposals["zone-0"] = proposal("zone-0", Level.ORANGE)
    assert room.see() == [(Deed.WORSENED, Kind.LEVEL)]
    who = Actor("p", "p", "police")
    room.desk.declare("s", "zone-0", Level.ORANGE, "full", who=who, seen=0)
    assert room.see() == [(Deed.RAISED, Kind.DECLARED), (Deed.ENDED, Kind.LEVEL)]
    version = room.desk.site("s").zone_version("zone-0")
    room.desk.declare("s", "zone-0", Level.YELLOW, "less", who=who, seen=version)
    assert (Deed.WORSENED, Kind.DECLARED) in room.see()


def test_a_level_that_is_warned_of_is_one_alarm_until_it_is_proposed_or_declared(
    room: Room,
) -> None:
    orange = Coming(Level.ORANGE, "zone-0", 3_600, 0.7)
    assert room.see(coming=(orange,)) == [(Deed.RAISED, Kind.COMING)]
    # The next hour's is likelier in another zone: it is the same warning of the same room.
    assert room.see(coming=(replace(orange, zone="zone-1"),)) == []
    (alarm,) = room.desk.site("s").open.values()
    assert (alarm.cause.zone, alarm.cause.severity) == ("zone-0", 2)
    red = replace(orange, level=Level.RED)
    assert red.level > orange.level
    assert room.see(coming=(orange, red)) == []  # no more can be done before it has come
    room.proposals["zone-0"] = proposal("zone-0", Level.ORANGE)
    assert room.see(coming=(orange,)) == [(Deed.RAISED, Kind.LEVEL), (Deed.ENDED, Kind.COMING)]


def test_what_is_declared_already_is_not_warned_of(room: Room) -> None:
    who = Actor("p", "p", "police")
    room.desk.declare("s", "zone-0", Level.ORANGE, "a concert", who=who, seen=0)
    coming = (Coming(Level.ORANGE, "zone-0", 3_600, 0.7), Coming(Level.RED, "gone", 3_600, 0.9))
    assert room.see(coming=coming) == [(Deed.RAISED, Kind.DECLARED)]


def test_a_warning_takes_nothing_from_what_the_density_says(room: Room) -> None:
    room.proposals["zone-0"] = proposal("zone-0", Level.RED, Safety.CONTACT)
    assert room.see(coming=(Coming(Level.YELLOW, "zone-0", 0, 0.2),)) == [
        (Deed.RAISED, Kind.DENSITY)
    ]


def test_more_than_one_alarm_a_minute_is_itself_an_alarm(room: Room) -> None:
    for zone in ZONES[:FLOOD_BEGINS]:
        room.proposals[zone] = proposal(zone, Level.YELLOW)
        assert room.see(0.5) == [(Deed.RAISED, Kind.LEVEL)]
    room.proposals[ZONES[-1]] = proposal(ZONES[-1], Level.YELLOW)
    assert room.see(0.5) == [(Deed.RAISED, Kind.LEVEL), (Deed.RAISED, Kind.FLOOD)]
    assert room.see(1) == []
    assert room.see(FLOOD_WINDOW_MS / 60_000) == [(Deed.ENDED, Kind.FLOOD)]


def test_ten_alarms_an_hour_are_no_flood(room: Room) -> None:
    for zone in ZONES:
        room.proposals[zone] = proposal(zone, Level.YELLOW)
        assert room.see(5) == [(Deed.RAISED, Kind.LEVEL)]


def estimate(*said: tuple[str, SensorCondition, int | None]) -> ZoneEstimate:
    given = tuple(
        Contribution(sensor, 0.0, age, condition, None) for sensor, condition, age in said
    )
    return ZoneEstimate(
        "z", 0, *([0.0] * 9), basis=Basis.COUNTED, condition=ZoneCondition.FINE, contributions=given
    )


def test_a_box_is_silent_where_all_its_counters_are() -> None:
    silent, fine = SensorCondition.SILENT, SensorCondition.FINE
    found = silent_devices(
        [
            estimate(("a/line/x", silent, 400), ("b/line/x", silent, 400)),
            estimate(("a/zone/y", silent, 400), ("b/zone/y", fine, 10)),
            estimate(("new/zone/y", silent, None)),  # it has not come once
        ]
    )
    assert found == {"a"}


def test_a_cause_is_called_the_same_for_as_long_as_it_lasts() -> None:
    levels = [Cause(Kind.LEVEL, "deck", level).key for level in Level]
    assert len(set(levels)) == 1
